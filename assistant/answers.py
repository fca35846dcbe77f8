"""What the assistant gives back: claims, the citations they rest on, and the outcome. Plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypedDict

from assistant.model.chat_model import Usage
from assistant.understand.frame import Slot
from corpus.documents import Document, Reader, Reuse, Source, may_quote
from corpus.vocabulary import Cluster, Organisation
from index.search import Hit


class Outcome(StrEnum):
    """How a question ended. Not knowing is a value, not an exception."""

    GROUNDED = "grounded"
    PARTIAL = "partial"  # several things were asked, and the library answers some of them
    CLARIFY = "clarify"  # one question back
    PEOPLE = "people"  # somebody to turn to was asked for: the contacts are the answer
    NOT_IN_LIBRARY = "not-in-library"
    OUT_OF_SCOPE = "out-of-scope"

    @property
    def declined(self) -> bool:
        """Whether the question went unanswered."""
        return self in (Outcome.NOT_IN_LIBRARY, Outcome.OUT_OF_SCOPE)


@dataclass(frozen=True)
class Citation:
    """What a claim rests on: a quote that stands word for word in a passage, and where that passage comes from.

    `n` is counted by this program in the order of the answer; no model ever chooses it.
    """

    n: int
    passage_id: str
    quote: str
    section: str
    page: int | None
    document: Document
    sources: tuple[Source, ...]
    overdue: bool

    @property
    def url(self) -> str | None:
        """The address of the first source, if there is one."""
        return self.sources[0].url if self.sources else None


class ClaimKind(StrEnum):
    """What a claim is, so that the reader can be shown it."""

    ANSWER = "answer"  # what an editor wrote as the answer of a section, in the reader's language
    SUMMARY = "summary"  # the document's own short answer, in the reader's language
    QUOTATION = "quotation"
    STATEMENT = "statement"  # written by a chat model, and verified


@dataclass(frozen=True)
class Claim:
    """A whole statement that has been verified, with the numbers of its citations. Nothing else is shown."""

    text: str
    kind: ClaimKind
    language: str
    citations: tuple[Citation, ...]

    @property
    def overdue(self) -> bool:
        """Whether it rests on nothing but documents that are overdue for review."""
        return bool(self.citations) and all(citation.overdue for citation in self.citations)


class Reason(StrEnum):
    """Why a statement is not shown."""

    SOURCE = "source"  # it names no passage, or one that was not found, or a quote that does not stand there
    FORM = "form"  # it is no plain sentence that states something: markup, an address, a question, no words, endless
    REPEATED = "repeated"
    LANGUAGE = "language"  # it is not in the reader's language
    SUPPORT = "support"  # no sentence of the passages says about the same, or not all of it
    CITATION = "citation"  # another passage says it, and not those that it names
    FIGURES = "figures"  # a figure, date, amount, class or unit that the bearing sentences do not give
    NAMES = "names"
    MARKETS = "markets"
    DENIAL = "denial"  # it says the contrary
    ENTAILMENT = "entailment"  # read together with its passages, they do not say it


@dataclass(frozen=True)
class Rejected:
    """A statement that was written and is not shown: for staff to see, never for the person."""

    text: str
    reason: Reason


@dataclass(frozen=True)
class Dispute:
    """Two citations whose documents disagree: they say the same, with another figure."""

    first: Citation
    second: Citation


@dataclass(frozen=True)
class Clarification:
    """The one question back of a CLARIFY answer, and the replies it offers, in the reader's language."""

    question: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Contact:
    """Whom a company can turn to, and why, in the reader's language."""

    who: Cluster | Organisation
    reason: str

    @property
    def kind(self) -> str:
        """What it is: a cluster of the alliance, or another public organisation."""
        return "cluster" if isinstance(self.who, Cluster) else "organisation"

    @property
    def name(self) -> str:
        """What it is called."""
        return self.who.name

    @property
    def url(self) -> str:
        """Its page."""
        return self.who.url

    @property
    def region(self) -> Mapping[str, str]:
        """Where it works, by language."""
        return self.who.region

    @property
    def helps_with(self) -> Mapping[str, str]:
        """What it helps with, by language."""
        return self.who.helps_with

    @property
    def answers_within(self) -> int:
        """In how many working days it answers; 0 where nothing is said of it."""
        return self.who.answers_within if isinstance(self.who, Cluster) else 0


@dataclass(frozen=True)
class Answer:
    """Everything about one answered, or declined, question.

    `frame` is what the question was taken to be about. `missing` are those parts of it that the library does not
    answer: all that makes an answer PARTIAL. `wants_contact` is true where the contacts are what was asked for.
    `answering` is the question that the library answers here, in the reader's language: a reader who sees it is not
    misled by an answer to one near theirs; `closest` says that such a one is all that is answered, by `nearest`.
    `reason` is why a question was declined whatever the library says, as a key of the texts.
    """

    outcome: Outcome
    language: str
    text: str
    frame: tuple[Slot, ...] = ()
    answering: str = ""
    reason: str = ""
    claims: tuple[Claim, ...] = ()
    nearest: tuple[Claim, ...] = ()
    closest: bool = False
    hits: tuple[Hit, ...] = ()
    contacts: tuple[Contact, ...] = ()
    wants_contact: bool = False
    follow_ups: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    clarification: Clarification | None = None
    rejected: tuple[Rejected, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    usage: Usage = field(default_factory=Usage)
    notice: str = ""
    seconds: float = 0.0

    @property
    def dropped(self) -> int:
        """How many statements were written and not shown."""
        return len(self.rejected)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations of all claims, shown and nearest, by number."""
        return cited((*self.claims, *self.nearest))


def cited(claims: Iterable[Claim]) -> tuple[Citation, ...]:
    """The citations of claims, by number."""
    found = {citation.n: citation for claim in claims for citation in claim.citations}
    return tuple(found[n] for n in sorted(found))


@dataclass
class Numbering:
    """Gives citations their numbers: the same quote of the same passage keeps its number."""

    today: date
    _known: dict[tuple[str, str], Citation] = field(default_factory=dict)

    def cite(self, hit: Hit, quote: str, sources: tuple[Source, ...]) -> Citation:
        """The citation of this quote, numbered on first use."""
        passage = hit.passage
        key = (passage.id, quote)
        if key not in self._known:
            self._known[key] = Citation(
                n=len(self._known) + 1,
                passage_id=passage.id,
                quote=quote,
                section=passage.section,
                page=passage.page,
                document=hit.document,
                sources=sources,
                overdue=hit.document.metadata.overdue(self.today),
            )
        return self._known[key]


def shown_text(hit: Hit) -> str:
    """The words of a hit, or nothing where they may not be quoted."""
    return hit.passage.text if hit.document.metadata.reuse is Reuse.QUOTE else ""


class ClaimJson(TypedDict):
    """A claim on the command line."""

    text: str
    citations: list[int]


def to_json(answer: Answer) -> dict[str, object]:
    """The object that `ask --json` prints; its form is a contract with scripts."""
    return {
        "answer": answer.text,
        "language": answer.language,
        "outcome": answer.outcome.value,
        "declined": answer.outcome.declined,
        "reason": answer.reason,
        "frame": {slot.what: {"codes": list(slot.terms), "origin": slot.origin.value} for slot in answer.frame},
        "answering": answer.answering,
        "claims": [claim_json(claim) for claim in answer.claims],
        "citations": [citation_json(citation) for citation in answer.citations],
        "nearest": [claim_json(claim) for claim in answer.nearest],
        "closest": answer.closest,
        "missing": list(answer.missing),
        "clarification": answer.clarification and asdict(answer.clarification),
        "disputes": [[dispute.first.n, dispute.second.n] for dispute in answer.disputes],
        "passages": [
            {
                "passage_id": hit.passage.id,
                "document_id": hit.document.id,
                "title": hit.document.metadata.title,
                "text": shown_text(hit),
                "score": round(hit.score, 4),
                "ranks": dict(hit.ranks),
            }
            for hit in answer.hits
        ],
        "contacts": [contact_json(contact, answer.language) for contact in answer.contacts],
        "follow_ups": list(answer.follow_ups),
        "seconds": round(answer.seconds, 3),
    }


def claim_json(claim: Claim) -> ClaimJson:
    """A claim as the commands print it."""
    return {"text": claim.text, "citations": [citation.n for citation in claim.citations]}


def contact_json(contact: Contact, language: str) -> dict[str, object]:
    """Somebody to turn to as the commands print it."""
    return {
        "name": contact.name,
        "region": contact.region.get(language, contact.region["en"]),
        "url": contact.url,
        "helps_with": contact.helps_with.get(language, contact.helps_with["en"]),
        "reason": contact.reason,
        "kind": contact.kind,
        "answers_within": contact.answers_within or None,
    }


def hits_json(hits: Iterable[Hit], reader: Reader) -> list[dict[str, object]]:
    """What was found, as `search --json` prints it; without words that this reader may not see quoted."""
    return [
        {
            "rank": rank,
            "score": round(hit.score, 4),
            "passage_id": hit.passage.id,
            "document_id": hit.document.id,
            "title": hit.document.metadata.title,
            "section": hit.passage.section,
            "page": hit.passage.page,
            "text": hit.passage.text if may_quote(hit.document, reader) else "",
            "ranks": dict(hit.ranks),
        }
        for rank, hit in enumerate(hits, start=1)
    ]


def citation_json(citation: Citation) -> dict[str, object]:
    """A citation as the commands print it."""
    metadata = citation.document.metadata
    return {
        "n": citation.n,
        "passage_id": citation.passage_id,
        "document_id": citation.document.id,
        "version": citation.document.version.number,
        "title": metadata.title,
        "publisher": metadata.publisher,
        "section": citation.section,
        "page": citation.page,
        "quote": citation.quote,
        "url": citation.url,
        "sources": [
            {
                "key": source.key,
                "title": source.title,
                "publisher": source.publisher,
                "date": source.date,
                "url": source.url,
                "kind": source.kind,
            }
            for source in citation.sources
        ],
        "published_on": metadata.published_on.isoformat(),
        "facts_as_of": metadata.facts_as_of,
        "review_by": metadata.review_by.isoformat(),
        "overdue": citation.overdue,
        "recognised": metadata.recognised,
    }
