"""The command `market-entry qualify`: may this chat model write the answers here?"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import track

from assistant.settings import read_settings
from commands.terminal import Json, as_text, notice, opened_app

if TYPE_CHECKING:
    from assistant.evaluation.qualification import Qualification

app = typer.Typer()

_WIDTH = 24  # of the names of what is shown


@app.command("qualify")
def qualify_command(
    questions: Annotated[
        int | None, typer.Option(min=1, help="Ask the first so many of the 40 questions only.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where what was asked is taken down; without one, a file of the home.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask everything anew.")] = False,
    as_json: Json = False,
) -> None:
    """Ask the chat model 40 questions, and say whether it may write the answers: yes, with limits, or no.

    A run that was broken off goes on where it was. What is asked costs what 40 answers cost.
    """
    from assistant.evaluation.qualification import (
        TAKEN_DOWN,
        NoModel,
        Qualified,
        TakenDown,
        qualification_questions,
        qualify,
    )

    asked = qualification_questions(questions)
    if not read_settings().chat_model:
        raise NoModel
    with opened_app() as opened:
        taken_down = TakenDown(out or opened.home / TAKEN_DOWN, opened, fresh=fresh)
        done = sum(one.digest in taken_down.known for one in asked)
        _with_bar(taken_down.ask(opened, asked), done, len(asked))
        found = qualify(opened.settings, asked, taken_down.known)
    if as_json:
        print(as_text(asdict(found) | {"why": [str(one) for one in found.why]}))
    else:
        notice(f"what was asked and written stands in {taken_down.path}")
        print(readable(found))
    sys.exit(1 if found.verdict is Qualified.NO else 0)


def _with_bar(steps: Iterable[object], done: int, total: int) -> None:
    """Take all steps, under a progress bar on stderr where a person is looking at it."""
    stderr = Console(stderr=True)
    for _ in track(steps, "questions", total=total, completed=done, console=stderr, disable=not stderr.is_terminal):
        pass


def readable(found: Qualification) -> str:
    """What was found out, as a person reads it."""
    seconds = (found.first_word_seconds, found.seconds_median, found.seconds_p95)
    first, whole, late = map(_number, seconds)
    read, written = _number(found.tokens_in, 0), _number(found.tokens_out, 0)
    cost = found.cost_of_a_thousand
    rows = [
        ("chat model", found.model),
        ("answered", f"{found.answered} of {found.sent} requests; {found.questions} questions"),
        *(("  came to nothing", f"{count} times: {words}") for words, count in found.failures.items()),
        ("refused parameters", "" if found.refused_parameters else "none"),
        *((f"  {name}", f"“{words}”") for name, words in found.refused_parameters.items()),
        ("sentences", f"{found.statements}, {_share(found.shown)} of them shown"),
        *((f"  dropped for {cause}", _share(share)) for cause, share in found.dropped.items()),
        ("gaps named", _share(found.gaps_named)),
        ("languages", ", ".join(f"{name} {_share(share)}" for name, share in found.languages.items())),
        ("seconds", f"first word {first}, whole {whole}, one of twenty over {late}"),
        ("tokens of a question", f"{read} read, {written} written; counted in {_share(found.counted)} of the answers"),
        ("1,000 questions cost", _NO_PRICES if cost is None else _number(cost)),
    ]
    lines = [f"{name:<{_WIDTH}}  {value}".rstrip() for name, value in rows]
    return "\n".join([*lines, "", f"May it write? {found.verdict.capitalize()}.", *(f"- {one}" for one in found.why)])


_NO_PRICES = "unknown: set MARKET_ENTRY_CHAT_PRICE_IN and _OUT"


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"
