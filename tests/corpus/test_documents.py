"""Documents, stages, and who may read what."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.documents import (
    NEXT_STAGES,
    Access,
    Document,
    Passage,
    Reader,
    Reuse,
    SourceMark,
    Stage,
    Version,
    may_quote,
    may_read,
    quotables,
)
from corpus.front_matter import parse
from tests.conftest import DOCUMENT, TODAY


@pytest.fixture
def document() -> Document:
    text = DOCUMENT.format(title="T", market="japan", access="public", body="B.", summary_hash="0")
    metadata, body = parse(text, "t")
    return Document("t", "library/t.md", Stage.PUBLISHED, Version("t", 1, metadata, body, "0"))


def at(document: Document, stage: Stage, access: Access, reuse: Reuse = Reuse.QUOTE) -> Document:
    metadata = replace(document.metadata, access=access, reuse=reuse)
    return replace(document, stage=stage, version=replace(document.version, metadata=metadata))


@pytest.mark.parametrize(
    ("reader", "access", "allowed"),
    [
        (Reader.ANYONE, Access.PUBLIC, True),
        (Reader.ANYONE, Access.MEMBERS, False),
        (Reader.ANYONE, Access.STAFF, False),
        (Reader.MEMBER, Access.PUBLIC, True),
        (Reader.MEMBER, Access.MEMBERS, True),
        (Reader.MEMBER, Access.STAFF, False),
        (Reader.STAFF, Access.STAFF, True),
    ],
)
def test_access_decides_who_reads_a_published_document(
    document: Document, reader: Reader, access: Access, allowed: bool
) -> None:
    assert may_read(at(document, Stage.PUBLISHED, access), reader) is allowed


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.PUBLISHED])
def test_only_staff_see_what_is_not_published(document: Document, stage: Stage) -> None:
    assert not may_read(at(document, stage, Access.PUBLIC), Reader.ANYONE)
    assert not may_read(at(document, stage, Access.PUBLIC), Reader.MEMBER)
    assert may_read(at(document, stage, Access.PUBLIC), Reader.STAFF)


def test_a_document_that_may_only_be_cited_is_read_and_not_quoted(document: Document) -> None:
    cited = at(document, Stage.PUBLISHED, Access.PUBLIC, Reuse.CITE_ONLY)
    assert may_read(cited, Reader.ANYONE)
    assert not may_quote(cited, Reader.ANYONE)


@given(st.lists(st.sampled_from(list(Stage)), max_size=12))
def test_no_sequence_of_allowed_moves_publishes_without_review(wished: list[Stage]) -> None:
    stage, seen = Stage.DRAFT, [Stage.DRAFT]
    for wish in wished:
        if wish in NEXT_STAGES[stage]:
            stage = wish
            seen.append(wish)
    assert all(before is Stage.IN_REVIEW for before, after in itertools.pairwise(seen) if after is Stage.PUBLISHED)


def test_overdue_begins_the_day_after_the_review_date(document: Document) -> None:
    metadata = replace(document.metadata, review_by=TODAY)
    assert not metadata.overdue(TODAY)
    assert metadata.overdue(TODAY.replace(day=23))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It rests on law (21 U.S.C. 343(r)(6)). The next.", ["It rests on law (21 U.S.C. 343(r)(6)).", "The next."]),
        ("One sentence. Another one!", ["One sentence.", "Another one!"]),
        (
            "It costs approx. 3 days, e.g. for class II. Then pay.",
            ["It costs approx. 3 days, e.g. for class II.", "Then pay."],
        ),
        (
            "See Art. 5 of the law. MHLW Ordinance No. 169 applies.",
            ["See Art. 5 of the law.", "MHLW Ordinance No. 169 applies."],
        ),
        ("A fee of 8.6 million. Two more.", ["A fee of 8.6 million.", "Two more."]),
        ("1. First do this. And that.\n2. Then rest.", ["First do this. And that.", "Then rest."]),
        ("- class: I; route: none", ["class: I; route: none"]),
        ("¿Qué vía hay? La notificación.", ["¿Qué vía hay?", "La notificación."]),
        ("承認が必要です。期間は12か月です。", ["承認が必要です。", "期間は12か月です。"]),
        ("", []),
    ],
)
def test_a_text_falls_apart_into_what_can_be_quoted_alone(text: str, expected: list[str]) -> None:
    assert [unit.text for unit in quotables(text)] == expected


@given(st.text(alphabet=st.sampled_from("aB1 .?!\n-()“”。á"), max_size=200))
def test_every_unit_stands_in_its_text_word_for_word(text: str) -> None:
    found = quotables(text)
    assert all(text[unit.start : unit.end] == unit.text for unit in found)
    assert all(one.end <= other.start for one, other in itertools.pairwise(found))


def test_a_quote_names_its_own_sources_or_those_that_close_its_paragraph() -> None:
    text = "First. Second.\nThird. Fourth."
    marks = (SourceMark(14, ("a",)), SourceMark(len(text), ("b", "c")))
    passage = Passage("d", 1, 0, "S", text, "en", marks=marks)
    assert passage.source_keys(0, 6) == ("a",)
    assert passage.source_keys(7, 14) == ("a",)
    assert passage.source_keys(15, 21) == ("b", "c")
    assert passage.source_keys(22, len(text)) == ("b", "c")
