"""Rows of text: CSV and TSV, whatever stands between the cells."""

from __future__ import annotations

import csv
import io

from corpus.documents import Read
from corpus.errors import Damaged
from corpus.files.formats._blocks import Outline, table
from corpus.files.formats._text import decode

SUFFIXES = (".csv", ".tsv", ".tab")
BY_NAME = True

_SAMPLE = 64 * 1024  # characters


def recognises(_data: bytes) -> bool:
    """A line with commas may be prose: the name decides."""
    return False


def read(data: bytes) -> Read:
    """One section; each row a line with its columns' names."""
    text = decode(data)
    usual = csv.field_size_limit(len(text) + 1)  # of the whole process
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text[:_SAMPLE])))
    except csv.Error as error:
        raise Damaged from error
    finally:
        csv.field_size_limit(usual)
    outline = Outline()
    outline.blocks(table(rows, headed=len(rows) > 1 and len(rows[0]) > 1))
    return Read(outline.sections())


def _delimiter(sample: str) -> str:
    """The sign that parts the lines most evenly: the one most frequent in the line that has fewest of it."""
    lines = [line for line in sample.splitlines()[:50] if line.strip()]
    return max("\t;,|", key=lambda sign: min((line.count(sign) for line in lines), default=0))
