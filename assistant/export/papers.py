"""A comparison or a plan as a paper to take along: parts with numbered statements, and the sources at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice, zip_longest

from assistant.answers import Claim
from assistant.language.dates import dated
from assistant.language.writing import alone, labelled
from assistant.market.aspects import Told, asked
from assistant.market.comparison import Comparison, title_of
from assistant.market.digest import Headline, PlanDigest, digest, soon_answered
from assistant.market.plan import Plan, Step
from assistant.market.references import Reference, References, references
from assistant.market.timeline import Timeline
from assistant.texts import say
from corpus.vocabulary import Cluster, Vocabulary

# How machines are told that a machine made a text: the term of the IPTC for it.
MADE_BY_MACHINE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
EMBLEM_HEIGHT = 15  # millimetres
_MOST_PUBLISHERS = 8  # of an entry of the sources


@dataclass(frozen=True)
class PaperLine:
    """A statement in a language, with the numbers of its sources; one that has none is said by the assistant itself.

    `lead` stands before it, as what it is about.
    """

    text: str
    language: str
    numbers: tuple[int, ...] = ()
    lead: str = ""

    @property
    def numbered(self) -> str:
        """The statement with its numbers in brackets."""
        return " ".join([*filter(None, [self.lead]), self.text, *(f"[{number}]" for number in self.numbers)])


@dataclass(frozen=True)
class PaperTable:
    """Rows with a heading each; a cell holds lines. `corner` stands above the headings."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[PaperLine, ...], ...]], ...]
    corner: str = ""


@dataclass(frozen=True)
class PaperPart:
    """A heading, what stands under it as text, and as points.

    Attributes:
        headlines: what is read before all else.
        line: a time line that is drawn.
        within: whether it is a part of the one before it.
        asking: whether it is what a person is to be asked.
    """

    heading: str
    text: tuple[PaperLine, ...] = ()
    points: tuple[PaperLine, ...] = ()
    table: PaperTable | None = None
    headlines: tuple[Headline, ...] = ()
    line: Timeline | None = None
    within: bool = False
    asking: bool = False


@dataclass(frozen=True)
class Foot:
    """What an installation puts under every paper: a sentence, and the file of an emblem beside it."""

    disclaimer: str = ""
    emblem: str = ""


NOTHING = Foot()


@dataclass(frozen=True)
class Paper:
    """What is written to a file.

    `made_by` says that a machine made it, and when; `made_on` is that day. `cover` is what stands on a first page of
    its own, each with what it is; a paper without one begins at once.
    """

    title: str
    language: str
    made_by: str
    made_on: str
    parts: tuple[PaperPart, ...]
    sources: tuple[Reference, ...]
    foot: Foot = NOTHING
    cover: tuple[tuple[str, str], ...] = ()

    @property
    def sideways(self) -> bool:
        """Whether it has a table that is wider than a page is."""
        return any(part.table and len(part.table.columns) > _UPRIGHT for part in self.parts)


_UPRIGHT = 2  # columns beside the headings that fit on a page upright


def of_comparison(compared: Comparison, vocabulary: Vocabulary, made_on: str, foot: Foot = NOTHING) -> Paper:
    """A comparison as a paper: one table, with the best claim of each cell."""
    language = compared.language
    filled, cells = compared.filled
    cited = references(compared.best)
    rows = tuple(
        (
            say(language, f"aspect_{row.aspect}"),
            tuple(tuple(islice(_lines(cell.told, cited, vocabulary, language), 1)) for cell in row.cells),
        )
        for row in compared.rows
    )
    columns = tuple(alone(vocabulary.markets[code].name(language)) for code in compared.markets)
    product = alone(vocabulary.products[compared.product].name(language)) if compared.product else ""
    heading = compared.question or product or say(language, "compare_title")
    counted = PaperLine(say(language, "compare_filled", filled=filled, cells=cells), language)
    return Paper(
        title=title_of(compared, vocabulary),
        language=language,
        made_by=say(language, "plan_made_by", day=dated(language, date.fromisoformat(made_on))),
        made_on=made_on,
        parts=(PaperPart(heading, (counted,), table=PaperTable(columns, rows)),),
        sources=cited.entries,
        foot=foot,
    )


def of_plan(made: Plan, vocabulary: Vocabulary, foot: Foot = NOTHING, notes: Sequence[str] = ()) -> Paper:
    """A plan as a paper: a cover, what is read at a glance, the steps, what is open, dates, contacts.

    `notes` are what the company has written beside the steps, in their order; an empty one is none.
    """
    language = made.language
    told = digest(made, vocabulary)
    parts = tuple(_parts_of(told, vocabulary, notes))
    return Paper(
        title=told.title,
        language=language,
        made_by=say(language, "plan_made_by", day=dated(language, made.made_on)),
        made_on=made.made_on.isoformat(),
        parts=parts,
        sources=told.references.entries,
        foot=foot,
        cover=(
            (say(language, "cover_made"), dated(language, made.made_on)),
            *([(say(language, "cover_again"), dated(language, made.look_again))] if made.look_again else []),
            (say(language, "contacts"), ", ".join(cluster.name for cluster in made.contact)),
            (say(language, "cover_contents"), " · ".join(part.heading for part in parts if not part.within)),
        ),
    )


def _parts_of(told: PlanDigest, vocabulary: Vocabulary, notes: Sequence[str]) -> Iterator[PaperPart]:
    made, language, cited = told.made, told.made.language, told.references

    def own(name: str, **values: object) -> PaperLine:
        return PaperLine(say(language, name, **values), language)

    yield PaperPart(say(language, "plan_time"), (own("plan_time_hint"),), headlines=told.headlines, line=told.line)
    if told.costs:
        rows = tuple(
            (cost.item, (tuple(PaperLine(one, language) for one in cost.amounts), (_line(cost.claim, cited),)))
            for cost in told.costs
        )
        columns = (say(language, "cost_amount"), say(language, "cost_worth"))
        yield PaperPart(say(language, "plan_costs"), table=PaperTable(columns, rows, say(language, "cost_item")))
    yield PaperPart(say(language, "plan_steps"))
    for number, (step, note) in enumerate(zip_longest(made.steps, islice(notes, len(made.steps))), start=1):
        who = f"{labelled(language, say(language, 'plan_who'))} {say(language, f'who_{step.who}')}"
        about = PaperLine(f"{say(language, f'step_{step.code}_about')} {who}.", language)
        points = tuple(_points(step, cited, vocabulary, language))
        heading = f"{number}. {say(language, f'step_{step.code}')}"
        beside = (PaperLine(note, language, lead=labelled(language, say(language, "plan_note"))),) if note else ()
        yield PaperPart(heading, (about,), (*points, *beside), within=True)
    if made.risks:
        risks = tuple(_line(claim, cited) for claim in made.risks)
        yield PaperPart(say(language, "aspect_risks"), points=risks)
    if made.gaps:
        yield PaperPart(
            say(language, "plan_gaps"), points=tuple(PaperLine(gap, language) for gap in made.gaps), asking=True
        )
    if made.dates:
        dates = (
            PaperLine(
                due[0].text,
                due[0].language,
                cited.of(due[0].claim) if due[0].claim else (),
                lead=labelled(language, ", ".join(dated(language, one.day) for one in due)),
            )
            for due in made.dates
        )
        yield PaperPart(say(language, "plan_dates"), points=tuple(dates))
    people = (
        PaperLine(
            " ".join(filter(None, [_helps(one, language), soon_answered(one.answers_within, language), one.url])),
            language,
            lead=labelled(language, f"{one.name} ({one.region.get(language, one.region['en'])})"),
        )
        for one in made.contact
    )
    yield PaperPart(say(language, "contacts"), points=tuple(people))


def _helps(cluster: Cluster, language: str) -> str:
    return cluster.helps_with.get(language, cluster.helps_with["en"])


def _points(step: Step, cited: References, vocabulary: Vocabulary, language: str) -> Iterator[PaperLine]:
    for fact in step.facts:
        if fact.claims:
            yield from _lines(fact.told, cited, vocabulary, language)
        else:
            lead = labelled(language, say(language, f"aspect_{fact.aspect}"))
            yield PaperLine(say(language, "cell_empty"), language, lead=lead)


def _lines(told: Told, cited: References, vocabulary: Vocabulary, language: str) -> Iterator[PaperLine]:
    """Claims as lines, each after the kind of product that it is of, where that is another, and what it replies to.

    Where there are none, that the library says nothing.
    """
    for claim in told.claims:
        product = vocabulary.products[told.product].name(language) if claim in told.inherited else ""
        lead = " ".join(filter(None, [product and say(language, "told_of", product=product), asked(claim, language)]))
        yield _line(claim, cited, lead)
    if not told.claims:
        yield PaperLine(f"– {say(language, 'cell_empty')}", language)


def _line(claim: Claim, cited: References, lead: str = "") -> PaperLine:
    return PaperLine(claim.text, claim.language, cited.of(claim), lead)


def has_picture(paper: Paper) -> bool:
    """Whether the emblem can be put into a file; the libraries draw no SVG."""
    return paper.foot.emblem.lower().endswith(".png")


def entry_of(reference: Reference, language: str) -> tuple[str, str]:
    """An entry of the sources: the title of the document, and of when its facts are and with whom they rest."""
    metadata = reference.document.metadata
    publishers = dict.fromkeys(
        source.publisher if source.date == "undated" else f"{source.publisher}, {source.date}"
        for source in reference.sources
    )
    facts = say(language, "facts_as_of", month=dated(language, metadata.facts_as_of))
    more = " …" if len(publishers) > _MOST_PUBLISHERS else ""
    return metadata.title, f"{facts[:1].upper()}{facts[1:]}. {'; '.join(list(publishers)[:_MOST_PUBLISHERS])}{more}"
