"""A comparison or a plan as a paper to take along: parts with numbered statements, and the sources at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.answers import Citation, Claim
from assistant.market.aspects import Told
from assistant.market.comparison import Comparison
from assistant.market.digest import title_of
from assistant.market.plan import Plan
from assistant.texts import say
from corpus.passages import SUMMARY
from corpus.vocabulary import Vocabulary

# How machines are told that a machine made a text: the term of the IPTC for it.
MADE_BY_MACHINE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
EMBLEM_HEIGHT = 15  # millimetres


@dataclass(frozen=True)
class PaperLine:
    """A statement in a language, with the numbers of its sources; one that has none is said by the assistant itself."""

    text: str
    language: str
    numbers: tuple[int, ...] = ()

    @property
    def numbered(self) -> str:
        """The statement with its numbers in brackets."""
        return " ".join([self.text, *(f"[{number}]" for number in self.numbers)])


@dataclass(frozen=True)
class PaperTable:
    """Rows with a heading each; a cell holds lines."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[PaperLine, ...], ...]], ...]


@dataclass(frozen=True)
class PaperPart:
    """A heading, what stands under it as text, and as points."""

    heading: str
    text: tuple[PaperLine, ...] = ()
    points: tuple[PaperLine, ...] = ()
    table: PaperTable | None = None


@dataclass(frozen=True)
class Foot:
    """What an installation puts under every paper: a sentence, and the file of an emblem beside it."""

    disclaimer: str = ""
    emblem: str = ""


NOTHING = Foot()


@dataclass(frozen=True)
class Paper:
    """What is written to a file. `made_by` says that a machine made it, and when; `made_on` is that day."""

    title: str
    language: str
    made_by: str
    made_on: str
    parts: tuple[PaperPart, ...]
    sources: tuple[Citation, ...]
    foot: Foot = NOTHING


def of_comparison(compared: Comparison, vocabulary: Vocabulary, made_on: str, foot: Foot = NOTHING) -> Paper:
    """A comparison as a paper: one table."""
    language = compared.language
    filled, cells = compared.filled
    rows = tuple(
        (
            say(language, f"aspect_{row.aspect}"),
            tuple(tuple(_told_lines(cell.told, vocabulary, language)) for cell in row.cells),
        )
        for row in compared.rows
    )
    columns = tuple(vocabulary.markets[code].name(language) for code in compared.markets)
    counted = PaperLine(say(language, "compare_filled", filled=filled, cells=cells), language)
    return Paper(
        title=say(language, "compare_title"),
        language=language,
        made_by=say(language, "plan_made_by", day=made_on),
        made_on=made_on,
        parts=(PaperPart(compared.question, (counted,), table=PaperTable(columns, rows)),),
        sources=compared.citations,
        foot=foot,
    )


def of_plan(made: Plan, vocabulary: Vocabulary, foot: Foot = NOTHING) -> Paper:
    """A plan as a paper: a part for each step, then mistakes, dates and what is open."""
    language = made.language
    return Paper(
        title=title_of(made, vocabulary),
        language=language,
        made_by=say(language, "plan_made_by", day=made.made_on),
        made_on=made.made_on.isoformat(),
        parts=tuple(_parts_of(made, vocabulary)),
        sources=made.citations,
        foot=foot,
    )


def _parts_of(made: Plan, vocabulary: Vocabulary) -> Iterator[PaperPart]:
    language = made.language

    def own(name: str, **values: object) -> PaperLine:
        return PaperLine(say(language, name, **values), language)

    filled, facts = made.filled
    yield PaperPart(say(language, "plan_steps"), (own("plan_filled", filled=filled, facts=facts),))
    for number, step in enumerate(made.steps, start=1):
        who = PaperLine(f"{say(language, 'plan_who')}: {say(language, f'who_{step.who}')}", language)
        points = [line for fact in step.facts for line in _told_lines(fact.told, vocabulary, language, fact.aspect)]
        heading = f"{number}. {say(language, f'step_{step.code}')}"
        yield PaperPart(heading, (own(f"step_{step.code}_about"), who), tuple(points))
    if made.risks:
        yield PaperPart(say(language, "aspect_risks"), points=tuple(map(_claim_line, made.risks)))
    if made.deadlines:
        dates = tuple(PaperLine(f"{one.day}: {one.text}", language) for one in made.deadlines)
        yield PaperPart(say(language, "plan_dates"), points=dates)
    if made.open:
        missing = (own("plan_open_point", aspect=say(language, f"aspect_{aspect}")) for aspect in made.open)
        yield PaperPart(say(language, "plan_open"), points=tuple(missing))
    contact_lines = tuple(PaperLine(f"{cluster.name}: {cluster.url}", language) for cluster in made.contact)
    yield PaperPart(say(language, "contacts"), points=contact_lines)


def _told_lines(told: Told, vocabulary: Vocabulary, language: str, aspect: str = "") -> Iterator[PaperLine]:
    """Claims as lines, each below the kind of product that it is of, where that is another than was asked for.

    Where there are none, that the library says nothing, of an aspect by its name.
    """
    for claim in told.claims:
        if claim in told.inherited:
            product = vocabulary.products[told.product].name(language)
            yield PaperLine(say(language, "told_of", product=product), language)
        yield _claim_line(claim)
    if not told.claims:
        empty = say(language, "cell_empty")
        yield PaperLine(f"{say(language, f'aspect_{aspect}')}: {empty}" if aspect else empty, language)


def _claim_line(claim: Claim) -> PaperLine:
    return PaperLine(claim.text, claim.language, tuple(citation.n for citation in claim.citations))


def has_picture(paper: Paper) -> bool:
    """Whether the emblem can be put into a file; the libraries draw no SVG."""
    return paper.foot.emblem.lower().endswith(".png")


def place_of(citation: Citation, language: str) -> str:
    """Where a citation stands: document, section, and of when its facts are."""
    metadata = citation.document.metadata
    section = say(language, "summary_section") if citation.section == SUMMARY else citation.section
    return f"{metadata.title} › {section} ({say(language, 'as_of', facts=metadata.facts_as_of)})"


def sources_of(citation: Citation) -> Iterator[tuple[str, str]]:
    """The sources that a citation rests on, each with its address."""
    return ((f"{source.title}, {source.publisher}, {source.date}", source.url) for source in citation.sources)
