"""Commands on what is remembered: gaps, the report, for how long things are kept, and their erasure."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from assistant.app import App, open_app
from assistant.desk.digest import digests, sent
from assistant.desk.draft_trial import Changed, read_version, try_version
from assistant.desk.report_pdf import to_pdf
from assistant.desk.usage_report import report, to_csv
from assistant.evaluation.evaluate import Asked, read_questions
from assistant.journal.gaps import (
    Gap,
    State,
    assign,
    close,
    ensure_answered,
    evaluation_questions,
    gap,
    gather,
    list_gaps,
)
from assistant.mail import MailNotSent, mailing
from assistant.settings import read_settings
from corpus.errors import KnownError, UnknownCode
from corpus.vocabulary import LANGUAGES

gaps_app = typer.Typer(no_args_is_help=True, help="What the library could not answer.")

_PERIOD = timedelta(days=90)
_DAY = ["%Y-%m-%d"]

Day = datetime | None
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
Wording = Annotated[str, typer.Option(help="The question in your words, without anything that tells who asked.")]
Language = Annotated[str, typer.Option(help="The language of the wording, or of the report.")]


class NothingToAsk(KnownError):
    """A version that is to be tried without any question."""


class ReportNotWritten(KnownError):
    """A report that cannot be written as wished."""


@gaps_app.command("list")
def list_command(
    state: Annotated[State | None, typer.Option(help="Only these.")] = None,
    market: Annotated[str | None, typer.Option(help="Only those asked about this market.")] = None,
    as_json: Json = False,
) -> None:
    """List the gaps, those asked most first."""
    with closing(_opened()) as app:
        code = app.vocabulary.market(market).code if market else None
        app.journal.forget()
        gather(app.journal, app.cache.model)
        found = [
            one
            for one in list_gaps(app.journal)
            if state in (None, one.state) and (code is None or code in one.markets)
        ]
    if as_json:
        _print_json([_row(one) for one in found])
        return
    for one in found:
        print(f"{one.id:>4}  {one.state:<8}  {one.count:>3} times  {_counts(one.languages):<20}  {one.title}")


@gaps_app.command("show")
def show_command(gap_id: int, as_json: Json = False) -> None:
    """Show a gap with the questions that fell into it."""
    with closing(_opened()) as app:
        found = gap(app.journal, gap_id)
    if as_json:
        _print_json(_row(found))
        return
    for name, value in _row(found).items():
        shown = "".join(f"\n  {text}" for text in value) if isinstance(value, list) else value
        print(f"{name:<12} {_counts(value) if isinstance(value, dict) else shown or '–'}")


@gaps_app.command("assign")
def assign_command(gap_id: int, name: str, wording: Wording = "", language: Language = "en") -> None:
    """Give a gap to the account of that name."""
    with closing(_opened()) as app:
        assign(app.journal, gap_id, name, wording=wording, language=_language(language))


@gaps_app.command("close")
def close_command(
    gap_id: int,
    wording: Wording,
    language: Language = "en",
    document: Annotated[
        str | None, typer.Option(help="The document that answers it; without one, the library is not to answer it.")
    ] = None,
    note: Annotated[str, typer.Option(help="For whoever looks at the gap later.")] = "",
    by: Annotated[str, typer.Option(help="The account that closes it.")] = "command line",
) -> None:
    """Close a gap; its wording becomes a question of the evaluation."""
    with closing(_opened()) as app:
        found = app.catalogue.document(document) if document else None
        if found:
            app.make_ready(_notice)
            ensure_answered(app.assistant, found, wording, _language(language))
        close(app.journal, gap_id, found, who=by, wording=wording, language=_language(language), note=note)


@gaps_app.command("export")
def export_command(out: Annotated[Path, typer.Option(help="The JSONL file, for `market-entry evaluate`.")]) -> None:
    """Write the questions of closed gaps as a file of evaluation questions."""
    with closing(_opened()) as app:
        lines = evaluation_questions(list_gaps(app.journal))
    _write(out, "".join(f"{line}\n" for line in lines).encode())
    print(f"{len(lines)} questions in {out}")


@gaps_app.command("try")
def try_command(
    document_id: str,
    file: Annotated[Path, typer.Argument(help="The new version, in the library's form.")],
    questions: Annotated[Path | None, typer.Option(help="More questions, as `market-entry evaluate` takes.")] = None,
    as_json: Json = False,
) -> None:
    """Say which answers to the questions of closed gaps would change if this version of a document were published."""
    more = read_questions(questions) if questions else []
    with closing(_opened()) as app:
        asked = [Asked(f"gap-{one.id}", (one.wording,)) for one in list_gaps(app.journal) if one.closed_by] + more
        if not asked:
            raise NothingToAsk("No gap is closed yet, so there is nothing to ask; name a file of questions.")
        app.make_ready(_notice)
        version, passages = read_version(file, document_id, app.catalogue)
        changes = [change for change in try_version(app, version, passages, asked) if change]
    if as_json:
        _print_json([_changed(change) for change in changes])
        return
    print(f"{len(changes)} of {len(asked)} answers change")
    for change in changes:
        print(f"\n{change.id}  {change.how}: {change.before.outcome} → {change.after.outcome}  {change.question}")
        print(f"  - {change.before.text}\n  + {change.after.text}")


def report_command(
    out: Annotated[Path, typer.Option(help="The file, .csv for all figures or .pdf with plots.")],
    first: Annotated[Day, typer.Option("--from", formats=_DAY, help="Its first day; 90 days before the last.")] = None,
    last: Annotated[Day, typer.Option("--to", formats=_DAY, help="Its last day; today.")] = None,
    language: Language = "en",
) -> None:
    """Write the report of a period; nobody can be told from its figures."""
    until = last.date() if last else date.today()
    since = first.date() if first else until - _PERIOD
    if since > until:
        raise ReportNotWritten(f"The period begins on {since} and ends on {until}; give the earlier day as --from.")
    with closing(_opened()) as app:
        app.journal.forget()
        told = report(app.journal, app.catalogue, since, until)
        titles = {document.id: document.metadata.title for document in app.catalogue.documents()}
        match out.suffix.lower():
            case ".csv":
                written = to_csv(told).encode()
            case ".pdf":
                written = to_pdf(told, _language(language), app.vocabulary, titles)
            case _:
                raise ReportNotWritten(f"A report is a .csv or a .pdf file, and {out} is neither; name it so.")
    _write(out, written)
    print(f"{len(told.figures)} figures in {out}")


def digest_command(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the mails instead of sending them.")] = False,
) -> None:
    """Send each person of the staff for whom something waits a mail, at most one a week; run it every day."""
    with closing(_opened()) as app:
        app.journal.forget()
        gather(app.journal, app.cache.model)
        if dry_run:
            for one in digests(app):
                print(f"To: {one.mail.to}\nSubject: {one.mail.subject}\n\n{one.mail.text}")
            return
        failed: list[str] = []
        with mailing(app.settings) as send:
            for one in digests(app):
                try:
                    send(one.mail)
                except MailNotSent as error:
                    failed.append(str(error))
                else:
                    sent(app, one)
                    print(f"sent to {one.mail.to}")
    if failed:
        raise MailNotSent(" ".join(failed))


def _opened() -> App:
    return open_app(read_settings(), _notice)


def _notice(text: str) -> None:
    print(f"market-entry: {text}", file=sys.stderr)


def _language(code: str) -> str:
    if code not in LANGUAGES:
        raise UnknownCode("language", code, list(LANGUAGES))
    return code


def _row(one: Gap) -> dict[str, object]:
    return asdict(one) | {"questions": list(one.questions), "title": one.title}


def _changed(change: Changed) -> dict[str, object]:
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


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1, default=str))


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise ReportNotWritten(f"The file {path} cannot be written ({error.strerror}); name another one.") from error
