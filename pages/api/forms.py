"""The forms of what goes in and comes out: what the API's description says of them, for those who generate a client.

What comes out is made by the same functions as the `--json` of the commands.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from corpus.vocabulary import LANGUAGES

_LONGEST_WORDS = 20_000  # characters that are read at all; a question may have a tenth, and says so in its own words

Words = Annotated[str, Field(max_length=_LONGEST_WORDS)]
Language = Annotated[
    Literal[LANGUAGES] | None,  # type: ignore[valid-type]  # a tuple of codes is what it takes
    Field(description="The language to answer in; that of the question unless set."),
]
Session = Annotated[
    str,
    Field(
        max_length=64,
        description="A random key of the conversation, by which its person can have all erased. It is kept as a"
        " pseudonym; send nothing that tells who somebody is.",
    ),
]
Wording = Annotated[
    bool | None,
    Field(
        description="What the person has said about the masked wording of a question being kept where it is not"
        " answered: true where they agree, false where they object, null where they have said nothing."
    ),
]


class SentForm(BaseModel):
    """What goes in, without halves of pairs of characters, which no store and no answer can hold."""

    @model_validator(mode="before")
    @classmethod
    def _readable(cls, sent: object) -> object:
        try:
            return _readable(sent)
        except RecursionError as error:
            raise ValueError("it is nested too deep") from error


class GivenForm(SentForm):
    """What goes in; what is not known is refused, so that nobody believes it to be heeded."""

    model_config = ConfigDict(extra="forbid")


class ClaimForm(BaseModel):
    """A verified statement, with the numbers of its citations."""

    text: str
    citations: list[int]


class SourceForm(BaseModel):
    """Where a fact comes from."""

    key: str
    title: str
    publisher: str
    date: str
    url: str
    kind: str


class CitationForm(BaseModel):
    """What a statement rests on: words of a passage, and where that comes from."""

    n: int
    passage_id: str
    document_id: str
    version: int
    title: str
    publisher: str
    section: str
    page: int | None
    quote: str
    url: str | None
    sources: list[SourceForm]
    published_on: str
    facts_as_of: str
    review_by: str
    overdue: bool
    recognised: int = Field(description="How sure, in percent, where its text was recognised in pictures; else 0.")


class SlotForm(BaseModel):
    """What a question was taken to be about in one respect."""

    codes: list[str]
    origin: str


class ClarificationForm(BaseModel):
    """The question back, and the replies that it offers."""

    question: str
    choices: list[str]


class EvidenceForm(BaseModel):
    """A passage that was found for a question."""

    passage_id: str
    document_id: str
    title: str
    text: str
    score: float
    ranks: dict[str, int]


class ContactForm(BaseModel):
    """Somebody to turn to, and why; `answers_within` counts working days."""

    name: str
    region: str
    url: str
    helps_with: str
    reason: str
    kind: str
    answers_within: int | None


class AnswerForm(BaseModel):
    """An answer, as `market-entry ask --json` prints it."""

    answer: str
    language: str
    outcome: Literal["grounded", "partial", "clarify", "people", "not-in-library", "out-of-scope"]
    declined: bool
    reason: str
    frame: dict[str, SlotForm]
    answering: str
    claims: list[ClaimForm]
    citations: list[CitationForm]
    nearest: list[ClaimForm]
    closest: bool
    missing: list[str]
    clarification: ClarificationForm | None
    disputes: list[list[int]]
    passages: list[EvidenceForm]
    contacts: list[ContactForm]
    follow_ups: list[str]
    seconds: float


class HitForm(EvidenceForm):
    """A passage that a search has found, as `market-entry search --json` prints it."""

    rank: int
    section: str
    page: int | None


class PassageForm(BaseModel):
    """A passage of a document, in reading order; `sources` are keys of the document's sources."""

    passage_id: str
    section: str
    page: int | None
    language: str
    text: str
    sources: list[str]


class ListedForm(BaseModel):
    """A document as a list shows it; codes are the vocabulary's, no market or area means all."""

    document_id: str
    version: int
    title: str
    kind: str
    language: str
    publisher: str
    published_on: str
    facts_as_of: str
    review_by: str
    overdue: bool
    markets: list[str]
    areas: list[str]
    topics: list[str]
    reuse: str
    summary: str
    url: str


class DocumentForm(ListedForm):
    """A document to be read; without passages where its words may not be quoted."""

    sources: list[SourceForm]
    passages: list[PassageForm]


class DocumentsForm(BaseModel):
    """A page of documents."""

    count: int
    page: int
    pages: int
    documents: list[ListedForm]


class ToldForm(ClaimForm):
    """A statement, and the kind of product that it is told of."""

    product: str


class CellForm(BaseModel):
    """What the library says of an aspect for a market; nothing where there are no claims."""

    market: str
    claims: list[ToldForm]


class RowForm(BaseModel):
    """An aspect, or the question itself, for each of the markets."""

    aspect: str
    title: str
    cells: list[CellForm]


class ComparisonTable(BaseModel):
    """Markets side by side, as `market-entry compare --json` prints them."""

    question: str
    language: str
    product: str
    markets: list[str]
    rows: list[RowForm]
    filled: int
    cells: int
    citations: list[CitationForm]


class SpanForm(BaseModel):
    """How long something takes; `official` by an authority's own clock."""

    text: str
    official: bool


class FactForm(BaseModel):
    """What the library says of an aspect; without claims a question for an expert."""

    aspect: str
    title: str
    claims: list[ToldForm]


class StepForm(BaseModel):
    """Something to do, and who does it."""

    code: str
    title: str
    what: str
    who: str
    takes: list[SpanForm]
    facts: list[FactForm]


class CostForm(ClaimForm):
    """A statement that names amounts of money."""

    amounts: list[str]


class DeadlineForm(BaseModel):
    """A day to come."""

    day: str
    text: str
    url: str


class DeskForm(BaseModel):
    """Whom a plan names."""

    name: str
    url: str


class PlanForm(BaseModel):
    """A market-entry plan, as `market-entry plan --json` prints it."""

    market: str
    product: str
    risk_class: str
    language: str
    made_on: str
    made_by: str
    steps: list[StepForm]
    risks: list[ClaimForm]
    open: list[str]
    gaps: list[str]
    costs: list[CostForm]
    deadlines: list[DeadlineForm]
    contacts: list[DeskForm]
    filled: int
    facts: int
    citations: list[CitationForm]


def _readable(sent: object) -> object:
    match sent:
        case str():
            return sent.encode("utf-8", "ignore").decode()
        case list():
            return [_readable(one) for one in sent]
        case dict():
            return {_readable(name): _readable(one) for name, one in sent.items()}
    return sent
