"""A market-entry plan: ordered steps, what the library says of each with its sources, and what it leaves open."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from assistant.answers import Citation, Claim, citation_json, cited, claim_json
from assistant.language.quantities import figures
from assistant.market.aspects import FactWriter, Told, aspects, told_json
from assistant.market.spans import Span, amounts_of, span_of
from assistant.texts import TranslatedError, say
from assistant.understand.questions import Profile
from corpus.documents import Reader
from corpus.units import Unit
from corpus.vocabulary import Cluster, Vocabulary

_MOST_COSTS = 5  # rows of the table of costs
_MOST_DATES = 4  # claims with days to come, beside those of the steps
_MOST_UNKNOWN = 6  # of what was looked for and not found


class PlanNeedsMore(TranslatedError):
    """A profile without the one market and the kind of product that a plan is for."""


@dataclass(frozen=True)
class Fact:
    """What the library says of an aspect; where there are no claims, it is a question for an expert."""

    aspect: str
    told: Told

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims, the best first."""
        return self.told.claims


@dataclass(frozen=True)
class Step:
    """Something to do: what it is called, who does it, and what is known of it.

    `begins` and `lasts` are months from the day of the plan, a proposal; `spans` is how long it takes by the library,
    at most once by an authority's own clock and once by what is less sure.
    """

    code: str
    who: str
    facts: tuple[Fact, ...]
    begins: int = 0
    lasts: int = 1
    spans: tuple[Span, ...] = ()

    @property
    def claims(self) -> tuple[Claim, ...]:
        """What is known of it."""
        return tuple(claim for fact in self.facts for claim in fact.claims)


@dataclass(frozen=True)
class Deadline:
    """A day to come that a claim gives, or by which the plan's documents are to be looked at again."""

    day: date
    text: str
    url: str
    language: str
    claim: Claim | None = None


@dataclass(frozen=True)
class Plan:
    """A plan for one product and one market, as of a day.

    `costs` are the claims that name amounts of money, `dated` those that name days to come, beside those of the steps;
    `unknown` tell what was looked for and not found.
    """

    profile: Profile
    market: str
    language: str
    made_on: date
    steps: tuple[Step, ...]
    risks: tuple[Claim, ...]
    contact: tuple[Cluster, ...]
    costs: tuple[Claim, ...] = ()
    dated: tuple[Claim, ...] = ()
    unknown: tuple[Unit, ...] = ()

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All claims, each once, in reading order."""
        known = (claim for step in self.steps for claim in step.claims)
        return tuple({claim.text: claim for claim in (*known, *self.risks, *self.costs, *self.dated)}.values())

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations of all claims, by number."""
        return cited(self.claims)

    @property
    def open(self) -> tuple[str, ...]:
        """The aspects of which the library says nothing: questions for an expert."""
        return tuple(fact.aspect for step in self.steps for fact in step.facts if not fact.claims)

    @property
    def gaps(self) -> tuple[str, ...]:
        """What the library does not know, in the reader's language: what it says nothing of, and what it looked for."""
        language = self.language
        silent = (say(language, "plan_gap", aspect=say(language, f"aspect_{aspect}")) for aspect in self.open)
        return (*silent, *(unit.question.get(language, unit.question["en"]) for unit in self.unknown))

    @property
    def filled(self) -> tuple[int, int]:
        """How many facts of steps are known, and how many there are."""
        facts = [fact for step in self.steps for fact in step.facts]
        return sum(bool(fact.claims) for fact in facts), len(facts)

    @property
    def look_again(self) -> date | None:
        """The day by which the first of its documents is to be looked at again; None where it rests on none."""
        return min((citation.document.metadata.review_by for citation in self.citations), default=None)

    @property
    def deadlines(self) -> tuple[Deadline, ...]:
        """What falls due after the day on which it was made, soonest first; see `Deadline`."""
        days = [
            Deadline(day, claim.text, claim.citations[0].url or "", claim.language, claim)
            for claim in self.claims
            for day in dict.fromkeys(days_of(claim))
        ]
        if self.look_again:
            days.append(Deadline(self.look_again, say(self.language, "plan_look_again"), "", self.language))
        return tuple(sorted((one for one in days if one.day > self.made_on), key=lambda one: (one.day, one.text)))

    @property
    def dates(self) -> tuple[tuple[Deadline, ...], ...]:
        """The deadlines of each claim together, that which is due first before others."""
        told: dict[str, list[Deadline]] = {}
        for one in self.deadlines:
            told.setdefault(one.text, []).append(one)
        return tuple(map(tuple, told.values()))


@cache
def _steps() -> list[dict[str, Any]]:
    """The steps of `plan.toml`."""
    steps: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "plan.toml").read_text("utf-8"))["steps"]
    return steps


def plan(
    profile: Profile, language: str, fact_writer: FactWriter, vocabulary: Vocabulary, *, reader: Reader, today: date
) -> Plan:
    """A plan for a company's product and the one market that it names.

    Raises:
        PlanNeedsMore: the profile names no product, or not exactly one market.
    """
    if not profile.product or len(profile.markets) != 1:
        raise PlanNeedsMore("plan_needs_more")
    [market] = profile.markets

    def told(aspect: str, *most: int) -> Told:
        return fact_writer.write(aspects()[aspect], profile.product, market, reader, language, *most)

    steps = tuple(_step(row, told, vocabulary.official_kinds) for row in _steps())
    asked = {code for row in _steps() for aspect in row["facts"] for code in aspects()[aspect].units}
    unknown = [unit for unit in fact_writer.unknown(profile.product, market, reader) if unit.aspects[0] in asked]
    home = [vocabulary.clusters[profile.home]] if profile.home in vocabulary.clusters else vocabulary.clusters.values()
    return Plan(
        profile,
        market,
        language,
        today,
        steps,
        risks=told("risks").claims,
        contact=tuple(home),
        costs=tuple(claim for claim in told("cost", _MOST_COSTS).claims if any(amounts_of(claim))),
        dated=tuple(claim for claim in told("dates", _MOST_DATES).claims if any(day > today for day in days_of(claim))),
        unknown=tuple(sorted(unknown, key=lambda unit: not unit.products)[:_MOST_UNKNOWN]),
    )


def _step(row: Mapping[str, Any], told: Callable[[str], Told], official: frozenset[str]) -> Step:
    step = Step(
        row["code"],
        row["who"],
        tuple(Fact(aspect, told(aspect)) for aspect in row["facts"]),
        begins=row["begins"],
        lasts=row["lasts"],
    )
    of_step = {"time", "overview", *(code for fact in step.facts for code in aspects()[fact.aspect].units)}
    timed = step.claims if row.get("timed") else ()
    spans = [span for claim in timed if (span := span_of(claim, official, of_step))]
    first = {span.sure: span for span in reversed(spans)}
    return replace(step, spans=tuple(first[sure] for sure in (True, False) if sure in first))


def days_of(claim: Claim) -> list[date]:
    """The whole dates that a claim gives."""
    written = figures(claim.text, claim.language).said
    return [date.fromisoformat(figure) for figure in written if len(figure) == 10 and figure[4] == figure[7] == "-"]


def to_json(made: Plan) -> dict[str, object]:
    """The object that `plan --json` prints."""
    language = made.language
    return {
        "market": made.market,
        "product": made.profile.product,
        "risk_class": made.profile.risk_class,
        "language": language,
        "made_on": made.made_on.isoformat(),
        "made_by": say(language, "plan_made_by", day=made.made_on),
        "steps": [
            {
                "code": step.code,
                "title": say(language, f"step_{step.code}"),
                "what": say(language, f"step_{step.code}_about"),
                "who": say(language, f"who_{step.who}"),
                "takes": [{"text": span.text(language), "official": span.sure} for span in step.spans],
                "facts": [
                    {
                        "aspect": fact.aspect,
                        "title": say(language, f"aspect_{fact.aspect}"),
                        "claims": told_json(fact.told, made.profile.product),
                    }
                    for fact in step.facts
                ],
            }
            for step in made.steps
        ],
        "risks": [claim_json(claim) for claim in made.risks],
        "open": [say(language, f"aspect_{aspect}") for aspect in made.open],
        "gaps": list(made.gaps),
        "costs": [
            {**claim_json(claim), "amounts": [one.text("en") for one in amounts_of(claim)]} for claim in made.costs
        ],
        "deadlines": [{"day": one.day.isoformat(), "text": one.text, "url": one.url} for one in made.deadlines],
        "contacts": [{"name": cluster.name, "url": cluster.url} for cluster in made.contact],
        "filled": made.filled[0],
        "facts": made.filled[1],
        "citations": [citation_json(citation) for citation in made.citations],
    }
