"""What a reviewer is told to look at before a version is published."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from corpus.catalogue.checklist import CheckPoint, checklist
from corpus.documents import Metadata, Passage
from corpus.files.titles import is_odd
from corpus.units import Unit

WHOLE = Metadata(
    "Fees for devices in Japan",
    "guidance-summary",
    "en",
    "Pharmaceuticals and Medical Devices Agency",
    date(2026, 1, 1),
    "2026-01",
    date(2027, 1, 1),
    summary={"en": "Devices cost a fee."},
    units=(Unit("Fees", answer={"en": "It costs a fee."}, question={"en": "What does it cost?"}),),
)
TABLE = "The fees are these.\n- Class: IIa; Fee: 1,250\n- Class: III; Fee: 9,800"


def passages(*texts: str) -> list[Passage]:
    return [Passage("x", 1, at, "Fees", text, "en", 3) for at, text in enumerate(texts)]


def test_a_document_that_says_all_has_nothing_to_look_at() -> None:
    assert checklist(WHOLE, passages("A fee is paid; it depends on the class."), from_file=True) == []


def test_what_is_lacking_is_told() -> None:
    bare = replace(WHOLE, title="MEDICAL DEVICE", publisher="www.example.org", summary={}, units=())
    found = [check.point for check in checklist(bare, [], from_file=True)]
    assert found == [
        CheckPoint.TITLE,
        CheckPoint.PUBLISHER,
        CheckPoint.SHORT_ANSWER,
        CheckPoint.SECTION_ANSWERS,
    ]


def test_tables_that_were_read_from_a_file_are_told_with_their_place() -> None:
    [check] = checklist(WHOLE, passages(TABLE), from_file=True)
    assert (check.point, check.detail) == (CheckPoint.TABLES, "Fees [3]")
    assert checklist(WHOLE, passages(TABLE), from_file=False) == []


@pytest.mark.parametrize(
    "title",
    ["", "Foreword", "Medical Device", "report_final_v2.docx", "Fees,", "HOW TO SELL DEVICES", "Untitled", "x" * 200],
)
def test_titles_that_nobody_wrote_for_readers_are_odd(title: str) -> None:
    assert is_odd(title)


@pytest.mark.parametrize(
    "title", ["Fees for devices in Japan", "医療機器の手数料", "eSTAR", "MDR and IVDR: what changes"]
)
def test_titles_that_name_something_are_not(title: str) -> None:
    assert not is_odd(title)
