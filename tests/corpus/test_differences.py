"""How two versions of a text differ, line by line and within lines."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from corpus.differences import FieldChange, compare, marked
from corpus.documents import Metadata, Source, Version
from corpus.units import Unit

METADATA = Metadata("T", "practice", "en", "P", date(2026, 1, 1), "2026-01", date(2027, 1, 1))


def version(body: str, number: int = 1) -> Version:
    return Version("a/b", number, METADATA, body, "")


def told(before: str, after: str) -> list[tuple[str, list[str]]]:
    """The lines of a difference, each with what is marked in it."""
    lines = marked(compare(version(before), version(after, 2)))
    return [(line.sign, [text for text, changed in line.pieces if changed]) for line in lines if line.sign != "@"]


def test_words_that_changed_within_a_line_are_marked_alone() -> None:
    assert told("It takes 12 months in Japan.", "It takes 9 months in Japan.") == [("-", ["12"]), ("+", ["9"])]
    assert told("An approval has no expiry date. [law]", "An approval never expires. [law]") == [
        ("-", ["has no expiry date"]),
        ("+", ["never expires"]),
    ]


def test_lines_that_share_little_are_marked_as_wholes() -> None:
    assert told("Old rules hold.", "Something new entirely") == [
        ("-", ["Old rules hold."]),
        ("+", ["Something new entirely"]),
    ]


def test_lines_that_only_went_or_came_are_marked_as_wholes_beside_those_that_stay() -> None:
    assert told("one\ntwo\nthree", "one\nthree\nfour") == [
        (" ", []),
        ("-", ["two"]),
        (" ", []),
        ("+", ["four"]),
    ]


@given(st.lists(st.text("ab 1.", max_size=6), max_size=6), st.lists(st.text("ab 1.", max_size=6), max_size=6))
def test_nothing_is_lost_or_made_up_in_marking(before: list[str], after: list[str]) -> None:
    difference = compare(version("\n".join(before)), version("\n".join(after), 2))
    joined = [line.sign + "".join(text for text, _ in line.pieces) for line in marked(difference)]
    plain = [line if line[0] != "@" else "@" + line[1:] for line in difference.body[2:]]
    assert joined == plain


def test_each_field_of_a_unit_is_one_that_changes_alone() -> None:
    unit = Unit("How long?", {"en": "A year.", "de": "Ein Jahr."}, {"en": "When?"}, ("Soon?",), unknown=True, hash="a1")
    other = replace(
        unit,
        answer={"en": "A year.", "de": "Zwei."},
        also_asked=("Soon?", "Late?"),
        aspects=("time", "cost"),
        points={"en": ("At most.", "Or two.")},
    )
    before, after = (
        replace(version(""), metadata=replace(METADATA, units=units)) for units in ((unit,), (replace(other, hash=""),))
    )
    assert compare(before, after).fields == (
        FieldChange("units.How long?.answer.de", "Ein Jahr.", "Zwei."),
        FieldChange("units.How long?.also_asked", "Soon?", "Soon?\nLate?"),
        FieldChange("units.How long?.hash", "a1", None),
        FieldChange("units.How long?.aspects", None, "time, cost"),
        FieldChange("units.How long?.points.en", None, "At most.\nOr two."),
    )


def test_a_source_changes_its_kind_alone() -> None:
    source = Source("law", "Law", "P", "2025", "https://a.b", "press")
    before, after = (
        replace(version(""), metadata=replace(METADATA, sources=(replace(source, kind=kind),))) for kind in ("", "law")
    )
    assert compare(before, after).fields == (FieldChange("sources.law.kind", None, "law"),)
