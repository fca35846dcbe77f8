"""Whom to ask, and a letter to them: filled in, shown as it will be sent, agreed to, and then sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import BaseModel, Field

from assistant.answers import Contact
from assistant.handoff.handoffs import Handoff
from assistant.handoff.letters import LONGEST_LINE, LONGEST_TEXT, Letter, LetterDraft, LetterKind, preview
from assistant.language.writing import alone
from assistant.market.digest import counted
from assistant.texts import TranslatedError, say
from assistant.understand.questions import LONGEST
from corpus.vocabulary import Cluster, Vocabulary
from pages.public.layout import language_of, page
from pages.shared.access import address_of
from pages.shared.company import homes
from pages.shared.rendering import installation

router = APIRouter()


class LetterForm(BaseModel):
    """What the form sends; longer than it may be is reported by the letter's own rules."""

    kind: LetterKind = LetterKind.QUESTION
    cluster: str = ""
    company: str = Field("", max_length=2 * LONGEST_LINE)
    person: str = Field("", max_length=2 * LONGEST_LINE)
    email: str = Field("", max_length=2 * LONGEST_LINE)
    country: str = Field("", max_length=2 * LONGEST_LINE)
    product: str = Field("", max_length=2 * LONGEST_LINE)
    areas: list[str] = []
    markets: list[str] = []
    message: str = Field("", max_length=2 * LONGEST_TEXT)
    question: str = Field("", max_length=LONGEST)
    offered: str = Field("", max_length=2 * LONGEST_TEXT)
    sought: str = Field("", max_length=2 * LONGEST_TEXT)
    consent: str = ""  # the sentence that stood beside the box, once it is ticked
    subject: str = ""  # of the letter that was shown
    text: str = ""
    change: str = ""  # the button that leads back
    website: str = ""  # which nobody sees; a program fills it in


class ContactQuery(BaseModel):
    """What is known of the company and its question before it writes."""

    question: str = Field("", max_length=LONGEST)
    home: str = ""
    kind: LetterKind = LetterKind.QUESTION
    cluster: str = ""  # whom the letter is to go to, where it is not the nearest


@dataclass(frozen=True)
class Desk:
    """A cluster as it is shown: the company's own one, or why it is named, where there is a reason."""

    cluster: Cluster
    own: bool
    reason: str

    @property
    def monogram(self) -> str:
        """Two letters of its name, the second one a capital where there is one."""
        first, others = self.cluster.name[0], self.cluster.name[1:]
        return first + next((letter for letter in others if letter.isupper()), others[:1])


@router.get("/contact")
def show(request: Request, asked: Annotated[ContactQuery, Query()]) -> Response:
    """Whom to ask, and the empty form."""
    app = installation(request)
    contacts, clusters = app.contacts(asked.question, asked.home, language_of(request)), app.vocabulary.clusters
    nearest = next((one.who.code for one in contacts if one.who.code in clusters), "")
    to = asked.cluster if asked.cluster in clusters else nearest
    return _page(request, LetterForm(kind=asked.kind, question=asked.question, cluster=to), contacts, home=asked.home)


@router.post("/contact")
def send(request: Request, filled: Annotated[LetterForm, Form()]) -> Response:
    """Show what will be sent; once that is agreed to, keep it to be sent."""
    if filled.change:
        return _page(request, filled)
    app = installation(request)
    draft = _draft(filled, language_of(request))
    try:
        request.app.state.making.admit(address_of(request))
        letter = preview(draft, app.vocabulary)
        if not filled.consent:
            return _page(request, filled, letter=letter, consent=app.handoffs.consent_for(draft))
        request.app.state.sending.admit(address_of(request))
        if filled.website:
            return _page(request, LetterForm(), sent_to=app.vocabulary.cluster(draft.cluster).name)
        seen = Letter(filled.subject, _lines(filled.text))
        handed = app.handoffs.hand_over(draft, agreed=filled.consent, seen=seen)
    except TranslatedError as problem:
        return _page(request, filled, problem=problem)
    return _page(request, LetterForm(), handed=handed, sent_to=app.vocabulary.cluster(draft.cluster).name)


def _desks(vocabulary: Vocabulary, contacts: Sequence[Contact], home: str) -> list[Desk]:
    """All clusters, those first that are named, the nearest first."""
    reasons = {one.who.code: one.reason for one in contacts}
    codes = dict.fromkeys([code for code in reasons if code in vocabulary.clusters] + list(vocabulary.clusters))
    return [Desk(vocabulary.clusters[code], code == home, reasons.get(code, "")) for code in codes]


def _draft(filled: LetterForm, language: str) -> LetterDraft:
    return LetterDraft(
        kind=filled.kind,
        cluster=filled.cluster,
        language=language,
        company=filled.company,
        person=filled.person,
        email=filled.email.strip(),
        country=filled.country,
        product=filled.product,
        areas=frozenset(filled.areas),
        markets=frozenset(filled.markets),
        message=_lines(filled.message),
        question=filled.question,
        offered=_lines(filled.offered),
        sought=_lines(filled.sought),
    )


def _lines(text: str) -> str:
    """A text with its lines ended as everywhere; browsers send them as mail does."""
    return text.replace("\r\n", "\n")


def _page(
    request: Request,
    filled: LetterForm,
    contacts: tuple[Contact, ...] = (),
    *,
    home: str = "",
    problem: TranslatedError | None = None,
    letter: Letter | None = None,
    consent: str = "",
    handed: Handoff | None = None,
    sent_to: str = "",
) -> Response:
    vocabulary, language = installation(request).vocabulary, language_of(request)
    return page(
        request,
        "contact.html",
        problem,
        filled=filled,
        desks=_desks(vocabulary, contacts, home),
        others=[one for one in contacts if one.who.code not in vocabulary.clusters],
        home=home,
        regions=[(code, name) for name, code in homes(vocabulary, language)],
        clusters=[(code, one.name) for code, one in vocabulary.clusters.items()],
        kinds=[(kind.value, say(language, f"contact_kind_{kind}")) for kind in LetterKind],
        areas=[(code, alone(one.name(language))) for code, one in vocabulary.areas.items()],
        markets=[(code, alone(one.name(language))) for code, one in vocabulary.markets.items()],
        longest={"line": LONGEST_LINE, "text": LONGEST_TEXT, "question": LONGEST},
        letter=letter,
        consent=consent,
        handed=handed,
        sent_to=sent_to,
        counted=counted,
    )
