"""True statements and the errors planted into them, judged by a verifier: for a sample and its long form."""

from __future__ import annotations

from typing import Any

from assistant.app import App
from assistant.verify.verification import Verifier
from corpus.vocabulary import LANGUAGES
from tests.benchmarks.verification import Case, Judged, Planter, judge, read_statements, rejected

LEAST_CAUGHT = {"figure": 95, "unit": 95, "date": 95, "name": 90, "market": 85, "negation": 60, "citation": 85}
LEAST_CAUGHT_ABROAD = {"figure": 85, "unit": 85, "date": 85, "market": 60, "name": 60, "negation": 45}


def cases_of_our_languages(app: App, every: int, *, quick: bool) -> list[Case]:
    """Every so many of the true statements in the languages of the house, and what is planted into them."""
    statements = read_statements()
    planter = Planter(app, statements, quick=quick)
    ours = [statement for statement in statements if statement.language in LANGUAGES]
    return [case for statement in ours[::every] for case in planter.cases(statement)]


def share_rejected(app: App, cases: list[Case], kind: str) -> dict[str, Any]:
    """What share of the cases of a kind is rejected."""
    return rejected(_judged(app, cases, {kind}))


def foreign_shares(app: App, every: int) -> dict[str, float]:
    """What share of every so many foreign statements is rejected, by the kind of their error."""
    foreign = [one for one in read_statements() if one.wrong][::every]
    planter = Planter(app, foreign, quick=True)  # no swapped citation is judged
    kinds = {"true", *LEAST_CAUGHT_ABROAD}
    judged = _judged(app, [case for statement in foreign for case in planter.cases(statement)], kinds)
    return {kind: rejected([one for one in judged if one.case.kind == kind])["rejected"] for kind in kinds}


def _judged(app: App, cases: list[Case], kinds: set[str]) -> list[Judged]:
    return list(judge(Verifier(app.cache, app.vocabulary), (case for case in cases if case.kind in kinds)))
