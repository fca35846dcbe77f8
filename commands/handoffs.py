"""The commands `market-entry handoffs ...`: what companies have handed over, and who sees to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from textwrap import shorten
from typing import Annotated

import typer

from assistant.app import open_handoffs
from assistant.handoff import delivery
from assistant.handoff.handoffs import Handoff, HandoffOutcome, Handoffs, HandoffStage, day_of
from assistant.handoff.letters import LetterKind
from assistant.handoff.partners import matches
from assistant.handoff.partners import search as search_partners
from assistant.settings import read_settings
from commands.terminal import Json, as_text, me, opened_app, save
from corpus.vocabulary import vocabulary

app = typer.Typer(no_args_is_help=True, help="What companies hand over to a person.")

Number = Annotated[int, typer.Argument(help="As `handoffs list` shows it.")]
By = Annotated[str, typer.Option("--by", help="Who does it; the system's user unless set.")]
Why = Annotated[str, typer.Option(help="A note for those who look later.")]


@app.command("list")
def list_command(
    stage: Annotated[HandoffStage | None, typer.Option(help="Only these.")] = None,
    kind: Annotated[LetterKind | None, typer.Option(help="Only these.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Only those to this cluster.")] = None,
    as_json: Json = False,
) -> None:
    """List the hand-offs, oldest first, with why some wait."""
    code = vocabulary().cluster(cluster).code if cluster else None
    with closing(_opened()) as store:
        found = store.find(stage=stage, kind=kind, cluster=code)
    if as_json:
        print(as_text([_row(one) for one in found]))
        return
    for one in found:
        state = f"{one.stage} {one.taken_by or one.failure}".strip() if one.outcome is None else str(one.outcome)
        print(f"{one.number:>4}  {day_of(one.made_at)}  {one.draft.cluster:<12} {one.letter.subject}  ({state})")


@app.command()
def show(number: Number, as_json: Json = False) -> None:
    """Show the letter, and what was done with it."""
    with closing(_opened()) as store:
        found = store.handoff(number)
        moves = store.history(number)
    if as_json:
        print(as_text(_row(found) | {"history": [asdict(move) for move in moves]}))
        return
    print(found.letter)
    for move in moves:
        print(f"{day_of(move.at)}  {move.stage:<10} {move.who}: {move.why}")
    if found.stage is HandoffStage.WAITING and found.failure:
        print(f"sent {found.attempts} times without success: {found.failure}")


@app.command()
def match(number: Number, as_json: Json = False) -> None:
    """Show companies that may be the partner that a company seeks."""
    with opened_app(make_ready=False) as opened:
        here = None if opened.settings.embedding_url else opened.cache.model
        found = matches(opened.handoffs, number, here)
    rows = [
        {
            "number": one.handoff.number,
            "subject": one.handoff.letter.subject,
            "likeness": round(one.similarity, 3),
            "areas": sorted(one.areas),
            "markets": sorted(one.markets),
        }
        for one in found
    ]
    if as_json:
        print(as_text(rows))
        return
    for one in found:
        shared = ", ".join(sorted(one.areas | one.markets))
        print(f"{one.handoff.number:>4}  {one.similarity:.3f}  {one.handoff.letter.subject}  ({shared})")


@app.command()
def search(
    text: Annotated[str, typer.Argument(help="What is offered or sought, in your words.")], as_json: Json = False
) -> None:
    """Find companies that seek a partner, by what they offer and seek: the likest first."""
    with opened_app(make_ready=False) as opened:
        here = None if opened.settings.embedding_url else opened.cache.model
        found = search_partners(opened.handoffs, text, here)
    if as_json:
        print(as_text([_row(one) for one in found]))
        return
    for one in found:
        print(f"{one.number:>4}  {one.letter.subject}: {_short(one.draft.offered)} / {_short(one.draft.sought)}")


@app.command()
def take(number: Number, by: By = "", why: Why = "") -> None:
    """Say that you see to it."""
    with closing(_opened()) as store:
        store.take(number, who=by or me(), why=why)


@app.command()
def close(
    number: Number,
    outcome: Annotated[HandoffOutcome, typer.Option(help="What became of it.")],
    by: By = "",
    why: Why = "",
) -> None:
    """Close a hand-off with what became of it."""
    with closing(_opened()) as store:
        store.settle(number, outcome, who=by or me(), why=why)


@app.command()
def deliver() -> None:
    """Send what waits and is due."""
    settings = read_settings()
    send = delivery.sending(settings)
    with closing(_opened()) as store:
        delivered, failed = delivery.deliver(store, send)
        waiting = len(store.find(stage=HandoffStage.WAITING))
    print(f"{delivered} delivered, {failed} not, {waiting} waiting")


@app.command()
def export(out: Annotated[Path, typer.Option(help="A file of JSON lines; it holds personal data.")]) -> None:
    """Write all hand-offs with their history to a file, for another system."""
    with closing(_opened()) as store:
        lines = list(_lines(store))
    save(out, "".join(f"{line}\n" for line in lines).encode(), private=True)
    print(f"{len(lines)} hand-offs in {out}")


def _short(text: str) -> str:
    return shorten(text, 60, placeholder="…")


def _opened() -> Handoffs:
    return open_handoffs(read_settings())


def _lines(store: Handoffs) -> Iterator[str]:
    for one in store.find():
        row = _row(one) | {"history": [asdict(move) for move in store.history(one.number)]}
        yield json.dumps(row, ensure_ascii=False)


def _row(handoff: Handoff) -> dict[str, object]:
    draft = asdict(handoff.draft)
    return asdict(handoff) | {
        "draft": draft | {"areas": sorted(handoff.draft.areas), "markets": sorted(handoff.draft.markets)}
    }
