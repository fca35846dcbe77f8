"""Rows of text: CSV and TSV, whatever stands between the cells."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from corpus.documents import Read
from corpus.errors import Damaged
from corpus.files.formats._blocks import Outline, table
from corpus.files.formats._text import decode

SUFFIXES = (".csv", ".tsv", ".tab")
BY_NAME = True

_SAMPLE = 64 * 1024  # characters
_LINES = 100  # of them that are looked at
_TOLD = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # how spreadsheet programs say what stands between the cells
_SIGNS_WEIGHT = {",": 1.01}  # of equals a comma loses: it may be one of decimals


def recognises(_data: bytes) -> bool:
    """A line with commas may be prose: the name decides."""
    return False


def read(data: bytes) -> Read:
    """One section; each row a line with its columns' names."""
    text = decode(data)
    told = _TOLD.match(text)
    text = text[told.end() :] if told else text
    usual = csv.field_size_limit(len(text) + 1)  # of the whole process
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=told[1] if told else _delimiter(text[:_SAMPLE])))
    except csv.Error as error:
        raise Damaged from error
    finally:
        csv.field_size_limit(usual)
    outline = Outline()
    outline.blocks(_lines(rows))
    return Read(outline.sections())


def _lines(rows: list[list[str]]) -> Iterator[str]:
    """The rows of a table; what stands in one cell above it, below it or between its rows is a line of its own."""
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    usual = _usual_width(filled)
    begun = next((at for at, row in enumerate(filled) if len(row) >= usual and _cells(row) > 1), len(filled))
    for row in filled[:begun]:
        yield " ".join(filter(None, map(str.strip, row)))
    held = filled[begun:]
    while held and usual > 1 and _cells(held[-1]) == 1 and len(held) > 1:
        held.pop()
    yield from table(held, headed=len(held) > 1 and len(held[0]) > 1)
    for row in filled[begun + len(held) :]:
        yield " ".join(filter(None, map(str.strip, row)))


def _usual_width(rows: list[list[str]]) -> int:
    widths = Counter(len(row) for row in rows)
    return max(widths, key=lambda width: (width > 1, widths[width], width), default=0)


def _cells(row: list[str]) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _delimiter(sample: str) -> str:
    """The sign that parts most lines into equally many cells, more than one; what stands in quotes does not count."""
    return max("\t;,|", key=lambda sign: _evenness(sample, sign))


def _evenness(sample: str, sign: str) -> tuple[float, int]:
    """How many lines have the same number of cells with this sign, and how many cells these have."""
    counted = Counter(len(row) for row in _rows(sample, sign) if row)
    counted.pop(1, None)
    if not counted:
        return 0, 0
    cells, lines = max(counted.items(), key=lambda found: (found[1], found[0]))
    return lines / _SIGNS_WEIGHT.get(sign, 1), cells


def _rows(sample: str, sign: str) -> list[list[str]]:
    lines = "\n".join(sample.splitlines()[:_LINES])
    try:
        return list(csv.reader(io.StringIO(lines), delimiter=sign))
    except csv.Error:
        return []
