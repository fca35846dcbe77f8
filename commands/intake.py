"""The commands that take documents in: `market-entry corpus add`, and what is settled before they are published."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from commands.terminal import Json, as_text, counting, me, opened_app
from corpus.catalogue.records import BY_CONFIRMING, Matter
from corpus.documents import Access, Document, Reuse, Stage
from corpus.intake.intake import AlreadyKnown, Intake, IntakeOptions, IntakeOutcome, Refused, Taken
from corpus.intake.report import report
from corpus.vocabulary import vocabulary

if TYPE_CHECKING:
    from assistant.app import App

Id = Annotated[str, typer.Argument(help="The document's id, as `corpus list` shows it.")]
Note = Annotated[str, typer.Option(help="What was looked at, for the history.")]
Markets = Annotated[list[str] | None, typer.Option("--market", help="What it is about; may be given several times.")]


class As(StrEnum):
    """What files are taken in as."""

    DRAFT = "draft"
    PUBLISHED = "published"


class Flagged(StrEnum):
    """What is settled one by one."""

    PERSONAL = Matter.PERSONAL.value
    INSTRUCTIONS = Matter.INSTRUCTIONS.value
    RESEMBLANCE = Matter.RESEMBLANCE.value
    UNREAD = Matter.UNREAD.value
    RECOGNISED = Matter.RECOGNISED.value


def add(
    places: Annotated[list[str], typer.Argument(metavar="PATH_OR_URL", help="Files, folders, archives, addresses.")],
    stage: Annotated[
        As, typer.Option("--as", help="`published` is your word for what is proposed, and for quoting; see --reuse.")
    ] = As.DRAFT,
    document_id: Annotated[str, typer.Option("--id", help="The id of a single file's document.")] = "",
    market: Markets = None,
    reuse: Annotated[Reuse | None, typer.Option(help="What may be done with their words.")] = None,
    note: Annotated[str, typer.Option(help="Why flags may stand: with it, flagged files are published too.")] = "",
    as_json: Json = False,
) -> None:
    """Take documents in: new ones, new versions of known ones; what is known stays. Goes on where it was stopped."""
    options = IntakeOptions(
        stage=Stage(stage.value),
        document_id=document_id,
        markets=frozenset(vocabulary().market(code).code for code in market or ()),
        reuse=reuse,
        note=note,
    )
    started = time.monotonic()
    outcomes: list[IntakeOutcome] = []
    with opened_app(make_ready=False) as opened:
        intake = Intake(opened.catalogue, who=me(), confined=opened.settings.require_confinement)
        for place in places:
            for outcome in intake.add(place, options):
                outcomes.append(outcome)
                print(line(outcome), file=sys.stderr if as_json else sys.stdout, flush=True)
        result = report(outcomes) | {"seconds": round(time.monotonic() - started, 1)}
        print(as_text(result) if as_json else summary(result), flush=True)
        opened.upkeep.follow(counting("texts embedded"))


def confirm(
    document_id: Id,
    reuse: Annotated[Reuse | None, typer.Option(help="What may be done with its words.")] = None,
    access: Annotated[Access | None, typer.Option(help="Who may see it.")] = None,
    title: Annotated[str, typer.Option(help="Its title, if another than was proposed.")] = "",
    market: Markets = None,
    note: Note = "",
    as_json: Json = False,
) -> None:
    """Say that the metadata of a document's newest version are right, but for what is given here."""
    with opened_app(make_ready=False) as opened:
        document = _newest(opened, document_id)
        metadata = document.metadata
        confirmed = replace(
            metadata,
            title=title or metadata.title,
            reuse=reuse or metadata.reuse,
            access=access or metadata.access,
            markets=frozenset(vocabulary().market(code).code for code in market) if market else metadata.markets,
        )
        opened.catalogue.confirm(document_id, document.version.number, confirmed, who=me(), note=note)
        _show_concerns(opened, document_id, as_json=as_json)
        opened.upkeep.follow(counting("texts embedded"))


def settle(
    document_id: Id,
    matter: Annotated[Flagged, typer.Argument(help="What was flagged.")],
    note: Note,
    as_json: Json = False,
) -> None:
    """Say that what was flagged about a document's newest version was looked at and may stand."""
    with opened_app(make_ready=False) as opened:
        opened.catalogue.settle(document_id, Matter(matter.value), who=me(), note=note)
        _show_concerns(opened, document_id, as_json=as_json)


def concerns(
    document_id: Annotated[str, typer.Argument(help="A document; all of them unless said.")] = "", as_json: Json = False
) -> None:
    """Show what has to be settled before documents can be published, and what was."""
    with opened_app(make_ready=False) as opened:
        if document_id:
            _show_concerns(opened, document_id, as_json=as_json)
            return
        found = opened.catalogue.unsettled()
    if as_json:
        print(as_text({key: [asdict(concern) for concern in some] for key, some in found.items()}))
        return
    for key, some in found.items():
        print(f"{key:<55} {', '.join(concern.matter for concern in some)}")


def line(outcome: IntakeOutcome) -> str:
    """An outcome for the person."""
    match outcome:
        case Taken(name, document, before, still_open):
            what = "new" if before is None else f"version {document.version.number}"
            flagged = [matter for matter in still_open if matter not in BY_CONFIRMING]
            return f"taken    {name} → {document.id} ({what}, {document.stage})" + (
                f"; look at: {', '.join(flagged)}" if flagged else ""
            )
        case AlreadyKnown(name, document, why):
            return f"known    {name} → {document.id}, version {document.version.number} ({document.stage}): {why}"
        case Refused(name, error):
            return f"refused  {error}" if str(error).startswith(name) else f"refused  {name}: {error}"


def summary(result: Mapping[str, Any]) -> str:
    """What became of all of them, in a line."""
    counts = ", ".join(f"{len(result[name])} {name}" for name in ("taken", "known", "refused"))
    seconds = f" in {result['seconds']} s" if "seconds" in result else ""
    to_look_at = sum(bool(one["open"]) for one in result["taken"])
    more = f"; {to_look_at} to be confirmed: `market-entry corpus concerns`" if to_look_at else ""
    return f"{counts}{seconds}{more}"


def _newest(opened: App, document_id: str) -> Document:
    return opened.catalogue.draft(document_id) or opened.catalogue.document(document_id)


def _show_concerns(opened: App, document_id: str, *, as_json: bool) -> None:
    version = _newest(opened, document_id).version.number
    found = opened.catalogue.concerns(document_id, version)
    if as_json:
        print(as_text([asdict(concern) for concern in found]))
        return
    for concern in found:
        settled = f" – settled by {concern.settled_by}: {concern.note}" if concern.settled_by else ""
        print(f"{concern.matter:<15} {concern.detail}{settled}")
