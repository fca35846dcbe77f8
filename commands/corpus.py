"""The commands on documents: `market-entry corpus ...`. One that changes documents prints them as they are then."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.intake import Id, add, concerns, confirm, settle
from commands.terminal import Json, as_text, counting, me, opened_app, opened_catalogue
from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.exchange import export_to, import_from
from corpus.catalogue.listing import rested_on
from corpus.catalogue.stages import OPEN
from corpus.differences import compare
from corpus.documents import Document, Stage
from corpus.errors import KnownError
from corpus.front_matter import render
from corpus.release.checks import check as findings_of
from corpus.release.release import LIBRARY, bring_in_anew
from corpus.vocabulary import vocabulary

if TYPE_CHECKING:
    from assistant.app import App

app = typer.Typer(no_args_is_help=True, help="The documents.")
for command in (add, confirm, settle, concerns):
    app.command()(command)

_A_YEAR = timedelta(days=365)

Ids = Annotated[list[str], typer.Argument(metavar="ID", help="The ids of documents, as `corpus list` shows them.")]
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="A day as YYYY-MM-DD.")]
Why = Annotated[str, typer.Option(help="The reason, for the history.")]


class NoDraftToCompare(KnownError):
    """There is no draft beside the version that stands."""


class LeftOut(KnownError):
    """An import that could not take in everything."""


class LinksNotChecked(KnownError):
    """The settings do not let this machine ask other servers."""


@app.command("list")
def list_documents(
    stage: Annotated[Stage | None, typer.Option(help="Only versions at this stage.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what had to be looked at by now.")] = False,
    due_by: Day = None,
    market: Annotated[str | None, typer.Option(help="Only documents about this market.")] = None,
    source: Annotated[str | None, typer.Option(help="Only what rests on it: key, address or a part of title.")] = None,
    as_json: Json = False,
) -> None:
    """List the documents; with --overdue or --due-by, the published ones that are to be looked at again."""
    code = vocabulary().market(market).code if market else None
    day = date.today() if overdue else due_by and due_by.date()
    with opened_catalogue() as catalogue:
        found = catalogue.due(day) if day else catalogue.documents(stage)
        shown = _rows(
            catalogue,
            [
                document
                for document in found
                if (stage is None or document.stage is stage)
                and (code is None or code in document.metadata.markets)
                and (source is None or any(known.named(source) for known in document.metadata.sources))
            ],
        )
    _print(shown, as_json)


@app.command()
def show(
    document_id: Id,
    version: Annotated[int | None, typer.Option(help="This version instead of the one that stands.")] = None,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print it as a file that `revise` takes.")] = False,
    as_json: Json = False,
) -> None:
    """Show one document with its passages."""
    with opened_catalogue() as catalogue:
        document = catalogue.document(document_id, version)
        passages = catalogue.passages_of(document_id, version)
        [row] = _rows(catalogue, [document])
        comments = [asdict(comment) for comment in catalogue.comments(document_id)]
        original = catalogue.original(document_id, document.version.number)
    if as_markdown:
        print(render(document.metadata, document.version.body), end="")
        return
    if as_json:
        shown = [
            {
                "passage_id": passage.id,
                "section": passage.section,
                "language": passage.language,
                "text": passage.text,
            }
            for passage in passages
        ]
        more = {"original": asdict(original) if original else None, "comments": comments}
        print(as_text(row | more | {"body": document.version.body, "passages": shown}))
        return
    for name, value in row.items():
        print(f"{name:<14} {', '.join(value) if isinstance(value, list) else value}")
    for comment in comments:
        print(
            f"comment        {comment['who']}, {comment['at'][:10]}, on version {comment['version']}: {comment['text']}"
        )
    print(f"\n{document.version.body}")


@app.command()
def history(document_id: Id, as_json: Json = False) -> None:
    """Show what was done to a document, by whom, when and why."""
    with opened_catalogue() as catalogue:
        events = catalogue.history(document_id)
        reviews = {known.version.number: known.version.self_reviewed for known in catalogue.versions(document_id)}
        if not events:
            catalogue.document(document_id)
    if as_json:
        print(as_text([asdict(event) for event in events]))
        return
    for event in events:
        number = f"version {event.version}" if event.version else ""
        change = " → ".join(filter(None, (event.before, event.after)))
        alone = " (reviewed by its author)" * (event.after == Stage.PUBLISHED and reviews.get(event.version, False))
        why = f": {event.why}" if event.why else ""
        print(f"{event.at[:16]}  {number:<11}{event.act:<15}{change}{alone}  by {event.who}{why}")


@app.command("compare")
def compare_versions(
    document_id: Id,
    before: Annotated[int | None, typer.Argument(help="A version; the one that stands unless said.")] = None,
    after: Annotated[int | None, typer.Argument(help="Another; the one in work unless said.")] = None,
    as_json: Json = False,
) -> None:
    """Show what changed from one version of a document to another."""
    with opened_catalogue() as catalogue:
        old = catalogue.document(document_id, before)
        new = catalogue.document(document_id, after) if after else catalogue.draft(document_id)
    if new is None:
        raise NoDraftToCompare(f"No version of '{document_id}' is in work; name two versions to compare.")
    difference = compare(old.version, new.version)
    if as_json:
        print(as_text(asdict(difference)))
        return
    for change in difference.fields:
        print(f"{change.field}\n- {change.before}\n+ {change.after}")
    print("\n".join(difference.body))


@app.command()
def revise(
    document_id: Id,
    file: Annotated[Path, typer.Argument(help="A file of any format that is read; Markdown may have front matter.")],
    began_from: Annotated[
        int | None, typer.Option("--from", help="The version it was made from; else the newest.")
    ] = None,
    why: Why = "",
    as_json: Json = False,
) -> None:
    """Make a file the document's draft; what is published stays so until the draft is."""
    with opened_app(make_ready=False) as opened:
        from corpus.intake.intake import Intake

        intake = Intake(opened.catalogue, who=me(), confined=opened.settings.require_confinement)
        _show_changed(opened, [intake.revise(document_id, file, began_from=began_from, why=why)], as_json)


@app.command()
def move(
    ids: Ids, stage: Annotated[Stage, typer.Argument(help="Where they are to go.")], why: Why, as_json: Json = False
) -> None:
    """Bring documents to another stage, all or none; ID@NUMBER names a version where two are in play."""
    numbers = dict(_named(name) for name in ids)
    with opened_app(make_ready=False) as opened:
        opened.catalogue.move_all(numbers, stage, who=me(), why=why)
        _show_changed(opened, [opened.catalogue.document(key, number) for key, number in numbers.items()], as_json)


@app.command()
def still_valid(
    ids: Ids,
    until: Day = None,
    note: Annotated[str, typer.Option(help="What was looked at.")] = "",
    as_json: Json = False,
) -> None:
    """Say of published documents that they still hold, all or none: for a year, or until a date."""
    today = date.today()
    day = until.date() if until else today + _A_YEAR
    with opened_app(make_ready=False) as opened:
        opened.catalogue.still_valid(ids, until=day, today=today, who=me(), note=note)
        _print(_rows(opened.catalogue, [opened.catalogue.document(key) for key in ids]), as_json)


@app.command()
def changed(
    source: Annotated[str, typer.Argument(help="A source's key, its address, or a part of its title or publisher.")],
    note: Annotated[str, typer.Option(help="What changed.")] = "",
    as_json: Json = False,
) -> None:
    """Say that a source or a law has changed: flags every document that rests on it."""
    with opened_app(make_ready=False) as opened:
        _print(_rows(opened.catalogue, opened.catalogue.source_changed(source, who=me(), note=note)), as_json)


@app.command()
def restore(
    document_id: Id,
    version: Annotated[int, typer.Argument(help="The number of the old one.")],
    why: Why,
    as_json: Json = False,
) -> None:
    """Make an old version the document's draft again."""
    with opened_app(make_ready=False) as opened:
        newest = opened.catalogue.draft(document_id) or opened.catalogue.document(document_id)
        draft = opened.catalogue.restore(document_id, version, began_from=newest.version.number, who=me(), why=why)
        _show_changed(opened, [draft], as_json)


@app.command("links")
def check_links(
    source: Annotated[str, typer.Argument(help="Only sources named so: key, address or a part of title.")] = "",
    as_json: Json = False,
) -> None:
    """Ask whether the web addresses of the sources still answer; slow, and only where the settings allow it."""
    from corpus.web.link_check import check

    with opened_app(make_ready=False) as opened:
        if not opened.settings.check_links:
            raise LinksNotChecked(
                "Links are not checked here; set MARKET_ENTRY_CHECK_LINKS=true to let this machine ask the servers of"
                " the sources."
            )
        urls = [rested.source.url for rested in rested_on(opened.catalogue, source)]
        found = check(urls, opened.links)
        if as_json:
            print(as_text([asdict(link) for link in found]))
            return
        for link in found:
            print(f"{link.status or '-':<5}{link.url}" + (f" ({link.problem})" if link.problem else ""), flush=True)


@app.command()
def purge(ids: Ids, why: Why) -> None:
    """Remove documents for good, all or none: versions, originals, vectors, index, and what the disk remembers."""
    with opened_app(make_ready=False) as opened:
        opened.purge(ids, who=me(), why=why)
    print(f"{', '.join(ids)}: purged. Exports and backups made before still hold it.")


@app.command()
def readmit(document_id: Id, why: Why) -> None:
    """Let what was purged be taken in again."""
    with opened_app(make_ready=False) as opened:
        opened.readmit(document_id, who=me(), why=why)
        bring_in_anew(opened.catalogue)
    print(f"{document_id} can be taken in again.")


@app.command("check")
def check_library(
    folder: Annotated[Path, typer.Argument(help="A library folder.", show_default="the shipped one")] = LIBRARY,
) -> None:
    """Hold a library folder to its style sheet."""
    findings = findings_of(folder, vocabulary(), date.today())
    for finding in findings:
        print(finding)
    if findings:
        sys.exit(1)
    print("Nothing to mend.")


@app.command("export")
def export_documents(file: Annotated[Path, typer.Argument(help="The zip file to write.")]) -> None:
    """Write all documents, versions, originals and the history to one file."""
    with opened_catalogue() as catalogue:
        count = export_to(file, catalogue)
    print(f"{count} documents in {file}")


@app.command("import")
def import_documents(
    file: Annotated[Path, typer.Argument(help="A file that `export` wrote.")], as_json: Json = False
) -> None:
    """Take in the documents of an export; what people have changed here stays as it is here."""
    from index.removal import purge_again

    with opened_app(make_ready=False) as opened:
        imported = import_from(file, opened.catalogue, who=me())
        purge_again(opened.catalogue, imported.purged)
        bring_in_anew(opened.catalogue)
        result = {
            "taken": imported.taken,
            "known": imported.known,
            "purged": [tombstone.document_id for tombstone in imported.purged],
            "conflicts": imported.conflicts,
        }
        print(as_text(result) if as_json else "\n".join(f"{name:<10} {len(some)}" for name, some in result.items()))
        opened.upkeep.follow(counting("texts embedded"))
    if imported.conflicts:
        left = "; ".join(f"{key} ({reason})" for key, reason in imported.conflicts.items())
        raise LeftOut(f"Left as they are here: {left}; compare them, then change them here or purge them.")


def _named(name: str) -> tuple[str, int | None]:
    """A document's id, and a version's number where one follows it."""
    parts = re.fullmatch(r"(.+)@(\d+)", name)
    return (parts[1], int(parts[2])) if parts else (name, None)


def _show_changed(opened: App, documents: list[Document], as_json: bool) -> None:
    """Print documents that have changed, and let the index follow."""
    _print(_rows(opened.catalogue, documents), as_json)
    sys.stdout.flush()
    opened.upkeep.follow(counting("texts embedded"))


def _print(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        print(as_text(rows))
        return
    for row in rows:
        notes = [f"version {row['draft']} is in work"] if row["draft"] not in (None, row["version"]) else []
        notes += ["a source has changed"] if row["flagged"] else []
        notes += [f"open: {', '.join(row['open'])}"] if row["open"] else []
        print(f"{row['stage']:<10} {row['id']:<55} {row['title']}" + (f" ({', '.join(notes)})" if notes else ""))


def _rows(catalogue: Catalogue, documents: Iterable[Document]) -> list[dict[str, Any]]:
    drafts = {known.id: known.version.number for stage in OPEN for known in catalogue.documents(stage)}
    unsettled = catalogue.unsettled()
    flagged = {(known.id, known.version.number) for known in catalogue.flagged()}
    return [
        _row(document)
        | {
            "draft": drafts.get(document.id),
            "flagged": (document.id, document.version.number) in flagged,
            "open": [concern.matter.value for concern in unsettled.get(document.id, ())],
        }
        for document in documents
    ]


def _row(document: Document) -> dict[str, Any]:
    version, metadata = document.version, document.metadata
    return {
        "id": document.id,
        "version": version.number,
        "stage": document.stage.value,
        "title": metadata.title,
        "kind": metadata.kind,
        "language": metadata.language,
        "publisher": metadata.publisher,
        "owner": document.owner,
        "markets": sorted(metadata.markets),
        "areas": sorted(metadata.areas),
        "topics": sorted(metadata.topics),
        "access": metadata.access.value,
        "reuse": metadata.reuse.value,
        "published_on": metadata.published_on.isoformat(),
        "facts_as_of": metadata.facts_as_of,
        "review_by": metadata.review_by.isoformat(),
        "overdue": metadata.overdue(date.today()),
        "added_by": version.added_by,
        "added_at": version.added_at,
        "reviewed_by": version.reviewed_by,
        "self_reviewed": version.self_reviewed,
    }
