"""What a chat model proposes for a section, put into the form in which a document is being written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from starlette.datastructures import UploadFile

from assistant.app import App
from assistant.desk.proposing import LeftOut, NothingToProposeFrom, propose
from assistant.model.budget import BudgetSpent
from assistant.model.chat_model import ModelRefused, ModelUnavailable
from assistant.texts import TranslatedError
from corpus.documents import Metadata, Version, digest
from corpus.errors import KnownError
from corpus.units import ASKED_IN
from pages.staff.sheet import Sheet
from pages.staff.unit_fields import filled, unit_typed


class NoProposal(TranslatedError):
    """The chat model fails; what was typed is kept."""

    retryable = True


@dataclass(frozen=True)
class Proposed:
    """The form with what was proposed for a section in it, what was left out, and what went wrong."""

    sheet: Sheet
    section: str
    left_out: tuple[LeftOut, ...] = ()
    problem: KnownError | None = None


_FAILURES: Mapping[type[KnownError], str] = {
    BudgetSpent: "propose_budget_spent",
    ModelRefused: "propose_refused",
    ModelUnavailable: "propose_unavailable",
}


def proposed(app: App, sheet: Sheet, number: UploadFile | str | None) -> Proposed | None:
    """The form with what is proposed for its unit of a number; None where no proposal is asked for, or can be."""
    at = next((at for at in range(len(sheet.units)) if str(at) == number), None)
    if app.chat is None or at is None:
        return None
    fields = sheet.units[at]
    try:
        found = propose(app, app.chat.model, _as_typed(sheet), unit_typed(fields))
    except NothingToProposeFrom as problem:
        return Proposed(sheet, fields.section, problem=problem)
    units = (*sheet.units[:at], filled(fields, found.unit), *sheet.units[at + 1 :])
    return Proposed(replace(sheet, units=units), fields.section, found.left_out, _told(found.failure))


def _told(failure: KnownError | None) -> NoProposal | None:
    name = next((_FAILURES[kind] for kind in type(failure).__mro__ if kind in _FAILURES), None)
    return NoProposal(name) if name else None


def _as_typed(sheet: Sheet) -> Version:
    """The document as far as it was typed, for whoever reads its text."""
    today = date.today()
    metadata = Metadata(
        title=sheet.title,
        kind=sheet.kind,
        language=sheet.language if sheet.language in ASKED_IN else "en",
        publisher=sheet.publisher,
        published_on=today,
        facts_as_of=sheet.facts_as_of,
        review_by=today,
        markets=sheet.markets,
        sources=sheet.sources,
    )
    return Version("", 0, metadata, sheet.body, digest(sheet.body))
