"""How long things take and what they cost, as a plan tells it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from assistant.answers import Citation, Claim, ClaimKind
from assistant.language.writing import money_in
from assistant.market.spans import Span, amounts_of, span_of
from corpus.documents import Source
from corpus.units import Unit
from tests.conftest import House, write_document

OFFICIAL = frozenset({"authority"})


def claim_of(house: House, answer: str, kind: str = "authority", aspects: tuple[str, ...] = ("time",)) -> Claim:
    """A claim of a unit with that answer, which stands word for word in a passage."""
    write_document(house.library, "japan/review", "Review in Japan", answer)
    house.publish()
    document = next(one for one in house.catalogue.documents() if one.id == "japan/review")
    unit = Unit("Review in Japan", {"en": answer}, {"en": "How long?"}, aspects=aspects)
    version = replace(document.version, metadata=replace(document.metadata, units=(unit,)))
    source = Source("pmda", "Targets", "PMDA", "2026", "https://example.org", kind)
    cited = Citation(1, "p", answer, unit.section, None, replace(document, version=version), (source,), overdue=False)
    return Claim(answer, ClaimKind.ANSWER, "en", (cited,))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("The review takes 90 FDA days.", "90 days"),
        ("It takes one month for class I and 6 to 10 months for class IV.", "1–10 months"),
        ("Thirty is no figure here; nine months are.", "9 months"),
        ("The goal is 200 working days, 30 days are for questions.", "200 working days"),
        ("It takes 1 week.", "1 week"),
    ],
)
def test_a_time_is_told_with_what_it_is_counted_in(house: House, answer: str, told: str) -> None:
    span = span_of(claim_of(house, answer), OFFICIAL, {"time"})
    assert span
    assert span.text("en") == told


def test_a_time_is_sure_only_where_the_source_of_its_figure_is_official(house: House) -> None:
    answer = "The review takes 12 months."
    assert span_of(claim_of(house, answer), OFFICIAL, {"time"}) == Span(12, 12, "month", sure=True)
    assert span_of(claim_of(house, answer, "consultancy"), OFFICIAL, {"time"}) == Span(12, 12, "month", sure=False)


def test_a_time_of_something_else_is_none_of_the_step(house: House) -> None:
    claim = claim_of(house, "A patent lasts 20 years.", aspects=("property", "time"))
    assert span_of(claim, OFFICIAL, {"time", "cost"}) is None


def test_amounts_are_written_as_the_reader_writes_them(house: House) -> None:
    claim = claim_of(house, "It costs USD 26,067, or KRW 2.4 million, and ISO 13485 helps.", aspects=("cost",))
    assert [one.text("de") for one in amounts_of(claim)] == ["26.067\u00a0USD", "2.400.000\u00a0KRW"]
    assert [one.text("en") for one in amounts_of(claim)] == ["USD\u00a026,067", "KRW\u00a02,400,000"]
    assert money_in("fr", "EUR", Decimal("1234.5")) == "1\u00a0234,5\u00a0EUR"
