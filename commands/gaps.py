"""The commands on what the library could not answer: `market-entry gaps ...`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from assistant.desk.draft_trial import TrialChange, read_version, try_version
from assistant.evaluation.evaluate import EvaluationQuestion, read_questions
from assistant.journal.gaps import (
    Gap,
    GapState,
    assign,
    close,
    ensure_answered,
    evaluation_questions,
    gap,
    gather,
    list_gaps,
)
from commands.terminal import Json, as_text, known_language, notice, opened_app, save
from corpus.errors import KnownError

app = typer.Typer(no_args_is_help=True, help="What the library could not answer.")

GapId = Annotated[int, typer.Argument(help="The gap's number, as `gaps list` shows it.")]
Wording = Annotated[str, typer.Option(help="The question in your words, without anything that tells who asked.")]
Language = Annotated[str, typer.Option(help="The language of the wording.")]


class NothingToAsk(KnownError):
    """A version that is to be tried without any question."""


@app.command("list")
def list_command(
    state: Annotated[GapState | None, typer.Option(help="Only these.")] = None,
    market: Annotated[str | None, typer.Option(help="Only those asked about this market.")] = None,
    as_json: Json = False,
) -> None:
    """List the gaps, those asked most first."""
    with opened_app(make_ready=False) as opened:
        code = opened.vocabulary.market(market).code if market else None
        opened.journal.forget()
        gather(opened.journal, opened.cache.model)
        found = [
            one
            for one in list_gaps(opened.journal)
            if state in (None, one.state) and (code is None or code in one.markets)
        ]
    if as_json:
        print(as_text([_row(one) for one in found]))
        return
    for one in found:
        print(f"{one.id:>4}  {one.state:<8}  {one.count:>3} times  {_counts(one.languages):<20}  {one.title}")


@app.command("show")
def show_command(gap_id: GapId, as_json: Json = False) -> None:
    """Show a gap with the questions that fell into it."""
    with opened_app(make_ready=False) as opened:
        found = gap(opened.journal, gap_id)
    if as_json:
        print(as_text(_row(found)))
        return
    for name, value in _row(found).items():
        shown = "".join(f"\n  {text}" for text in value) if isinstance(value, list) else value
        print(f"{name:<12} {_counts(value) if isinstance(value, dict) else shown or '–'}")


@app.command("assign")
def assign_command(
    gap_id: GapId,
    name: Annotated[str, typer.Argument(help="The name of an account.")],
    wording: Wording = "",
    language: Language = "en",
) -> None:
    """Give a gap to the account of that name."""
    with opened_app(make_ready=False) as opened:
        assign(opened.journal, gap_id, name, wording=wording, language=known_language(language))


@app.command("close")
def close_command(
    gap_id: GapId,
    wording: Wording,
    language: Language = "en",
    document: Annotated[
        str | None, typer.Option(help="The document that answers it; without one, the library is not to answer it.")
    ] = None,
    note: Annotated[str, typer.Option(help="For whoever looks at the gap later.")] = "",
    by: Annotated[str, typer.Option(help="The account that closes it.")] = "command line",
) -> None:
    """Close a gap; its wording becomes a question of the evaluation."""
    with opened_app(make_ready=False) as opened:
        found = opened.catalogue.document(document) if document else None
        if found:
            opened.upkeep.make_ready(notice)
            ensure_answered(opened.assistant, found, wording, known_language(language))
        close(opened.journal, gap_id, found, who=by, wording=wording, language=known_language(language), note=note)


@app.command("export")
def export_command(out: Annotated[Path, typer.Option(help="The JSONL file, for `market-entry evaluate`.")]) -> None:
    """Write the questions of closed gaps as a file of evaluation questions."""
    with opened_app(make_ready=False) as opened:
        lines = evaluation_questions(list_gaps(opened.journal))
    save(out, "".join(f"{line}\n" for line in lines).encode())
    print(f"{len(lines)} questions in {out}")


@app.command("try")
def try_command(
    document_id: Annotated[str, typer.Argument(help="The id of the document.")],
    file: Annotated[Path, typer.Argument(help="The new version, in the library's form.")],
    questions: Annotated[Path | None, typer.Option(help="More questions, as `market-entry evaluate` takes.")] = None,
    as_json: Json = False,
) -> None:
    """Say which answers to the questions of closed gaps would change if this version of a document were published."""
    more = read_questions(questions) if questions else []
    with opened_app(make_ready=False) as opened:
        asked = [
            EvaluationQuestion(f"gap-{one.id}", (one.wording,)) for one in list_gaps(opened.journal) if one.closed_by
        ] + more
        if not asked:
            raise NothingToAsk("No gap is closed yet, so there is nothing to ask; name a file of questions.")
        opened.upkeep.make_ready(notice)
        version, passages = read_version(file, document_id, opened.catalogue)
        changes = [change for change in try_version(opened, version, passages, asked) if change]
    if as_json:
        print(as_text([_changed(change) for change in changes]))
        return
    print(f"{len(changes)} of {len(asked)} answers change")
    for change in changes:
        print(f"\n{change.id}  {change.how}: {change.before.outcome} → {change.after.outcome}  {change.question}")
        print(f"  - {change.before.text}\n  + {change.after.text}")


def _row(one: Gap) -> dict[str, object]:
    return asdict(one) | {"questions": list(one.questions), "title": one.title}


def _changed(change: TrialChange) -> dict[str, object]:
    return {
        "id": change.id,
        "question": change.question,
        "how": change.how,
        "outcomes": [change.before.outcome, change.after.outcome],
        "before": change.before.text,
        "after": change.after.text,
    }


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
