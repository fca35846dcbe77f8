"""The command `market-entry evaluate`: a file of questions is run, and the run is shown as a person reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from assistant.evaluation.evaluate import evaluate, read_questions
from assistant.evaluation.results import Provenance, read_results, results_file
from assistant.evaluation.runs import AnswerChange, Group, RunComparison, Share, Summary, compare, summarise
from assistant.settings import read_settings
from commands.terminal import Json, as_text, opened_app

app = typer.Typer()

_WIDTH = 100  # of a quoted text


# What is shown of a group; all but the first only where authors say which questions are answerable.
_COLUMNS: dict[str, Callable[[Group], Share]] = {
    "declined": lambda group: group.declined,
    "false declines": lambda group: group.declines.false,
    "unanswerable declined": lambda group: group.declines.recall,
}


@app.command("evaluate")
def evaluate_command(
    questions: Annotated[Path, typer.Argument(help='The file: `{"id": ..., "turns": [...]}` a line.')],
    out: Annotated[Path, typer.Option(help="The results file; a run that was broken off goes on there.")],
    against: Annotated[Path | None, typer.Option(help="Earlier results: show which answers changed.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start the results file anew.")] = False,
    as_json: Json = False,
) -> None:
    """Run a JSONL file of questions, one result a line, and sum the results up."""
    asked = read_questions(questions)
    earlier = read_results(against) if against else []
    with opened_app() as opened, results_file(out, {one.id: one.digest for one in asked}, fresh=fresh) as results:
        _with_bar(evaluate(opened, asked, results), "questions", len(results.finished), len(asked))
    answers = read_results(out)
    summary = summarise(list(zip(asked, answers, strict=True)), read_settings().chat_prices)
    comparison = compare(asked, earlier, answers) if against else None
    if as_json:
        print(as_text({"summary": asdict(summary), "comparison": comparison and asdict(comparison)}))
        return
    print(readable(summary))
    if comparison:
        print(f"\n{readable_comparison(comparison, str(against))}")


def _with_bar(steps: Iterable[None], what: str, done: int, total: int) -> None:
    """Take all steps, under a progress bar on stderr where a person is looking at it."""
    stderr = Console(stderr=True)
    for _ in track(steps, what, total=total, completed=done, console=stderr, disable=not stderr.is_terminal):
        pass


def readable(summary: Summary) -> str:
    """The summary as tables."""
    claims, declines, usage = summary.claims, summary.declines, summary.usage
    judged = bool(declines.recall.of or declines.false.of)
    lines = [f"{summary.questions} questions", *map(_provenance, summary.provenance), ""]
    lines += _table([("outcome", ""), *((name, _share_text(part)) for name, part in summary.outcomes.items())])
    if judged:
        lines += _table(
            [
                ("declines", ""),
                ("precision", _share_text(declines.precision)),
                ("recall", _share_text(declines.recall)),
                ("false declines", _share_text(declines.false)),
            ]
        )
    kinds = ", ".join(f"{count} {kind}" for kind, count in claims.kinds.items())
    lines += _table(
        [
            ("claims", ""),
            ("shown", f"{_share_text(claims.shown)}{kinds and f': {kinds}'}"),
            ("dropped", _share_text(claims.dropped)),
            ("answers with a notice", _share_text(summary.notices)),
        ]
    )
    columns = list(_COLUMNS)[: None if judged else 1]
    for what, groups in summary.groups.items():
        if groups:
            rows = [(group.name, *(_share_text(_COLUMNS[column](group)) for column in columns)) for group in groups]
            lines += _table([(what, *columns), *rows])
    lines.append(f"seconds: median {summary.median_seconds:.2f}, 95th percentile {summary.p95_seconds:.2f}")
    if usage.calls:
        cost = "" if summary.cost is None else f"; cost {summary.cost:.4f}"
        lines.append(
            f"tokens: {usage.tokens_in:,} read, {usage.tokens_out:,} written"
            f" in {usage.counted} counted of {usage.calls} calls{cost}"
        )
    return "\n".join(lines)


def readable_comparison(comparison: RunComparison, against: str) -> str:
    """What changed, as a list: each answer with what it gained (+) and lost (-)."""
    changes = comparison.changes
    lines = [f"{len(changes)} of {comparison.compared} answers changed against {against}"]
    if comparison.not_compared:
        lines.append(f"{comparison.not_compared} questions have no result there as they are asked now")
    lines += [f"  {name}: {old or 'none'}, now {new or 'none'}" for name, old, new in comparison.installation]
    what = ""
    for change in changes:
        if change.what != what:
            what = change.what
            lines += ["", f"{what} ({sum(other.what == what for other in changes)})"]
        lines += _change(change)
    return "\n".join(lines)


def _change(change: AnswerChange) -> Iterator[str]:
    turn = "" if change.outcomes[0] == change.outcomes[1] else " → ".join(change.outcomes)
    verdict = {True: "better", False: "worse", None: ""}[change.better]
    yield "  ".join(filter(None, (change.id, turn, verdict, _short(change.question))))
    yield from (f"    + {_short(text)}" for text in change.claims_gained)
    yield from (f"    - {_short(text)}" for text in change.claims_lost)
    yield from (f"    + cites {_short(text)}" for text in change.citations_gained)
    yield from (f"    - cites {_short(text)}" for text in change.citations_lost)


def _provenance(made_by: Provenance) -> str:
    writer = f"{made_by.chat_model} (prompts {made_by.prompts})" if made_by.chat_model else "quotations"
    reranker = f", reranker {made_by.reranker}" if made_by.reranker else ""
    return f"answered by {writer}, {made_by.embedding}{reranker}, index {made_by.index}, code {made_by.code}"


def _share_text(part: Share) -> str:
    if part.share is None or part.low is None or part.high is None:
        return "–"
    return f"{part.count} of {part.of}, {part.share:.0%} ({part.low:.0%}–{part.high:.0%})"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Aligned columns under their heads, and an empty line."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [*lines, ""]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"
