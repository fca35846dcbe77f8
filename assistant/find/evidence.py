"""What the library has on a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from assistant.find.sections import OPENING, SectionHit, admits, best_first, sections_of
from assistant.understand.frame import in_short
from assistant.understand.questions import Understood
from assistant.understand.recognisers import NONE, likely
from assistant.understand.subject import turn_vector
from corpus.passages import SUMMARY
from corpus.vocabulary import vocabulary
from index.build import point_text
from index.embedding import EmbeddingModel, Vectors
from index.search import Filters, Findings, Hit, Search, SentenceHit

PASSAGES = 16  # found for a question
_LOOKED_AT = 60  # of whose sections one may answer
READ = 6  # of these, as many are read sentence by sentence
_WHOLE = 5  # sections that the question is read over, and of which all passages are at hand


@dataclass(frozen=True)
class Evidence:
    """The hits of a question, their sentences and the sections that they are of, each best first.

    `question` is the question's vector, `background` the mean similarity of all passages that were looked at, and
    `plain` its cosine to what its frame alone says: high where it says nothing but market, product and aspect.
    `foreign` is how likely it asks for the way in of a product that is none of those that the library is about.
    `turn` is what the model of turns reads of one that comes after others.

    Where several things are asked, `parts` holds what is found for each alone. It tells which of them the library
    answers; an answer is written from the whole, since giving each part a turn measured worse.
    """

    hits: tuple[Hit, ...]
    sentences: tuple[SentenceHit, ...]
    question: Vectors
    background: float
    parts: tuple[Evidence, ...] = ()
    sections: tuple[SectionHit, ...] = ()
    plain: float = 0.0
    foreign: float = 0.0
    turn: Vectors | None = None
    aspects: Mapping[str, float] = field(default_factory=dict)  # how likely each is what it wants to know


def find(search: Search, understood: Understood, today: date) -> Evidence:
    """Look a question up, as of today, and each of several things that it asks.

    What is looked at stands inside the walls of the markets that it names, where anything inside them was found.
    """
    findings, hits = _looked_up(search, understood, _walled(understood), today)
    if not any(admits(hit, understood) for hit in hits):
        findings, hits = _looked_up(search, understood, understood.filters, today)
    aspects = _aspects(search.model, understood)
    frame = in_short(understood, aspects, vocabulary())
    plain = float(findings.question @ search.vector(frame)) if frame else 0.0
    products = dict(likely("products", search.model, understood.text))
    foreign = aspects.get(OPENING, 0.0) * products.pop(NONE, 0.0)
    sections = sections_of(hits, understood, aspects, {} if understood.products else products, plain)
    whole = [replace(section, hits=search.whole(section.hits)) for section in sections[:_WHOLE]]
    sections = _read_over(search.model, understood, (*whole, *sections[_WHOLE:]))
    return Evidence(
        hits[:PASSAGES],
        search.sentences(findings.question, hits[:READ]),
        findings.question,
        findings.background,
        tuple(find(search, part, today) for part in understood.parts),
        _with_points(search, findings.question, sections),
        plain,
        foreign,
        turn_vector(search.vector, understood.in_conversation) if understood.in_conversation else None,
        aspects,
    )


def _read_over(
    model: EmbeddingModel, understood: Understood, sections: tuple[SectionHit, ...]
) -> tuple[SectionHit, ...]:
    """The sections with what comes of reading the question over the first ones, by a model trained for that."""
    text = understood.in_conversation or understood.text
    odds = model.answered(text, [section.answering for section in sections[:_WHOLE]]) if sections else None
    if not odds:
        return sections
    read = odds + [min(odds)] * (len(sections) - len(odds))
    return best_first(replace(section, reads=one) for section, one in zip(sections, read, strict=True))


def _with_points(search: Search, question: Vectors, sections: tuple[SectionHit, ...]) -> tuple[SectionHit, ...]:
    """The sections, the points of the first ones in the order of how near they lie to the question."""
    texts = [
        [point_text(section.unit, point) for point in section.unit.points.get("en", ())] if section.unit else []
        for section in sections[:READ]
    ]
    near = iter(search.similarities(question, [text for some in texts for text in some]))
    read = []
    for section, some in zip(sections, texts, strict=False):
        likeness = [next(near) for _ in some]
        read.append(replace(section, points=tuple(sorted(range(len(some)), key=lambda at: -likeness[at]))))
    return (*read, *sections[READ:])


def _aspects(model: EmbeddingModel, understood: Understood) -> Mapping[str, float]:
    """How likely each aspect is what a question wants to know; one after others is read with them."""
    if understood.in_conversation:
        return likely("turn_aspects", model, understood.in_conversation)
    return likely("aspects", model, understood.text)


def _walled(understood: Understood) -> Filters:
    """The walls that a reader set; where they set none, those of the markets that the question names."""
    filters = understood.filters
    named = understood.target_markets or understood.markets
    return filters if filters.markets else replace(filters, markets=named)


def _looked_up(search: Search, understood: Understood, walls: Filters, today: date) -> tuple[Findings, tuple[Hit, ...]]:
    """What is found inside walls; of its hits those first that the question admits, and no summary, which is none."""
    findings = search.find(
        understood.text,
        in_conversation=understood.in_conversation,
        language=understood.language,
        today=today,
        filters=walls,
        preferences=understood.preferences,
        limit=_LOOKED_AT,
        enough=PASSAGES,
    )
    passages = [hit for hit in findings.hits if hit.passage.section != SUMMARY]
    return findings, tuple(sorted(passages, key=lambda hit: not admits(hit, understood)))
