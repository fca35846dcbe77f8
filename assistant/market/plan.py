"""A market-entry plan: ordered steps, what the library says of each with its sources, and what it leaves open."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from assistant.answers import Citation, Claim, citation_json, cited, claim_json
from assistant.language.quantities import figures
from assistant.market.aspects import FactWriter, Told, aspects, told_json
from assistant.texts import TranslatedError, say
from assistant.understand.questions import Profile
from corpus.documents import Reader
from corpus.vocabulary import Cluster, Vocabulary


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
    """Something to do: what it is called, who does it, and what is known of it."""

    code: str
    who: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Deadline:
    """A day to come that a claim gives, or by which the plan's documents are to be looked at again."""

    day: date
    text: str
    url: str
    language: str


@dataclass(frozen=True)
class Plan:
    """A plan for one product and one market, as of a day."""

    profile: Profile
    market: str
    language: str
    made_on: date
    steps: tuple[Step, ...]
    risks: tuple[Claim, ...]
    contact: tuple[Cluster, ...]

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All claims, in reading order."""
        known = [claim for step in self.steps for fact in step.facts for claim in fact.claims]
        return (*known, *self.risks)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations of all claims, by number."""
        return cited(self.claims)

    @property
    def open(self) -> tuple[str, ...]:
        """The aspects of which the library says nothing: questions for an expert."""
        return tuple(fact.aspect for step in self.steps for fact in step.facts if not fact.claims)

    @property
    def filled(self) -> tuple[int, int]:
        """How many facts of steps are known, and how many there are."""
        facts = [fact for step in self.steps for fact in step.facts]
        return sum(bool(fact.claims) for fact in facts), len(facts)

    @property
    def deadlines(self) -> tuple[Deadline, ...]:
        """What falls due after the day on which it was made, soonest first; see `Deadline`."""
        days = {
            Deadline(day, claim.text, claim.citations[0].url or "", claim.language)
            for claim in self.claims
            for day in _days(claim)
        }
        if self.citations:
            first = min(citation.document.metadata.review_by for citation in self.citations)
            days.add(Deadline(first, say(self.language, "plan_look_again"), "", self.language))
        return tuple(sorted((one for one in days if one.day > self.made_on), key=lambda one: (one.day, one.text)))


@cache
def _steps() -> list[tuple[str, str, list[str]]]:
    """Of each step of `plan.toml`: its code, who does it, the aspects that are to be known for it."""
    steps = tomllib.loads((Path(__file__).parent / "plan.toml").read_text("utf-8"))["steps"]
    return [(step["code"], step["who"], step["facts"]) for step in steps]


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

    def fact(aspect: str) -> Fact:
        return Fact(aspect, fact_writer.write(aspects()[aspect], profile.product, market, reader, language))

    steps = tuple(Step(code, who, tuple(map(fact, wanted))) for code, who, wanted in _steps())
    home = [vocabulary.clusters[profile.home]] if profile.home in vocabulary.clusters else vocabulary.clusters.values()
    return Plan(profile, market, language, today, steps, fact("risks").claims, tuple(home))


def _days(claim: Claim) -> list[date]:
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
        "deadlines": [{"day": one.day.isoformat(), "text": one.text, "url": one.url} for one in made.deadlines],
        "contacts": [{"name": cluster.name, "url": cluster.url} for cluster in made.contact],
        "filled": made.filled[0],
        "facts": made.filled[1],
        "citations": [citation_json(citation) for citation in made.citations],
    }
