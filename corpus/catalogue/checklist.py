"""What a reviewer looks at before a version is published: what may be right, and often is not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from corpus.documents import Metadata, Passage
from corpus.files.titles import is_odd
from corpus.passages import SUMMARY

_ROW = re.compile(r"- [^;]+: [^;]+; \S", re.MULTILINE)  # of a table, as formats write it
_ROWS = 2  # from which there is a table
_HOST = re.compile(r"[\w-]+(\.[\w-]+)+")


class CheckPoint(StrEnum):
    """What there is to look at."""

    TITLE = "title"
    PUBLISHER = "publisher"
    SHORT_ANSWER = "short-answer"
    SECTION_ANSWERS = "section-answers"
    TABLES = "tables"


@dataclass(frozen=True)
class Check:
    """Something to look at; `detail` is what was seen, in the document's own words."""

    point: CheckPoint
    detail: str = ""


def checklist(metadata: Metadata, passages: Iterable[Passage], *, from_file: bool) -> list[Check]:
    """What there is to look at in a version. Tables count where they were read `from_file` and not written by staff."""
    return list(_checks(metadata, passages, from_file))


def _checks(metadata: Metadata, passages: Iterable[Passage], from_file: bool) -> Iterator[Check]:
    if is_odd(metadata.title):
        yield Check(CheckPoint.TITLE, metadata.title)
    if not metadata.publisher or _HOST.fullmatch(metadata.publisher):
        yield Check(CheckPoint.PUBLISHER, metadata.publisher)
    if not metadata.summary:
        yield Check(CheckPoint.SHORT_ANSWER)
    if not any(unit.answer for unit in metadata.units):
        yield Check(CheckPoint.SECTION_ANSWERS)
    tables = _tables(passages) if from_file else []
    if tables:
        yield Check(CheckPoint.TABLES, "; ".join(tables))


def _tables(passages: Iterable[Passage]) -> list[str]:
    """Where tables stand: their sections and pages."""
    rows: Counter[tuple[str, int | None]] = Counter()
    for passage in passages:
        if passage.section != SUMMARY:
            rows[passage.section, passage.page] += len(_ROW.findall(passage.text))
    found = [place for place, count in rows.items() if count >= _ROWS]
    return [" ".join(filter(None, [section, f"[{page}]" if page else ""])) or "–" for section, page in found]
