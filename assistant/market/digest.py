"""A plan at a glance, for a page and for paper: its headlines, its time line, its costs, its sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from assistant.answers import Claim
from assistant.language.writing import alone, bare, labelled
from assistant.market.plan import Plan
from assistant.market.references import References, references
from assistant.market.spans import amounts_of, unit_of
from assistant.market.timeline import Timeline, timeline
from assistant.texts import say
from corpus.vocabulary import Vocabulary

_MOST_AMOUNTS = 3  # of a row
_TIMED = "file"  # the step whose time is the time of the plan


@dataclass(frozen=True)
class Headline:
    """Something that is read before all else, and what it is."""

    text: str
    about: str


@dataclass(frozen=True)
class Cost:
    """Amounts of money, what they are for, and the claim that names them."""

    item: str
    amounts: tuple[str, ...]
    claim: Claim


@dataclass(frozen=True)
class PlanDigest:
    """A plan, and what is read of it before its steps."""

    made: Plan
    title: str
    headlines: tuple[Headline, ...]
    line: Timeline
    costs: tuple[Cost, ...]
    references: References


def digest(made: Plan, vocabulary: Vocabulary) -> PlanDigest:
    """A plan at a glance."""
    costs = tuple(_costs(made))
    headlines = (
        *_headlines(made),
        *(Headline(cost.amounts[0], say(made.language, "figure_cost")) for cost in costs[:1]),
    )
    return PlanDigest(made, title_of(made, vocabulary), headlines, timeline(made), costs, references(made.claims))


def title_of(made: Plan, vocabulary: Vocabulary) -> str:
    """What a plan is called: its product and market."""
    product = bare(vocabulary.products[made.profile.product].name(made.language))
    if made.profile.risk_class:
        product = f"{product} ({made.profile.risk_class})"
    market = alone(vocabulary.markets[made.market].name(made.language))
    return say(made.language, "plan_title", product=product, market=market)


def counted(language: str, name: str, number: int) -> str:
    """So many of something, which has a text for one and a text for many."""
    return say(language, f"{name}_one") if number == 1 else say(language, f"{name}_many", n=number)


def soon_answered(days: int, language: str) -> str:
    """That a desk answers within so many working days, as its cluster has said; nothing where it has not."""
    return f"{say(language, 'contact_answers')} {counted(language, 'within', days)}." if days else ""


def _headlines(made: Plan) -> Iterator[Headline]:
    language = made.language
    facts = sum(len(step.claims) for step in made.steps)
    told = ", ".join([counted(language, "fact", facts), counted(language, "gap", len(made.gaps))])
    yield Headline(told, say(language, "figure_facts"))
    for span in (span for step in made.steps if step.code == _TIMED for span in step.spans):
        yield Headline(
            span.text(language), f"{labelled(language, say(language, 'aspect_time'))} {span.strength(language)}"
        )


def _costs(made: Plan) -> Iterator[Cost]:
    for claim in made.costs:
        unit = unit_of(claim)
        amounts = tuple(one.text(made.language) for one in amounts_of(claim))
        if unit and amounts:
            item = unit.question.get(made.language, unit.question["en"])
            yield Cost(item, amounts[:_MOST_AMOUNTS], claim)
