"""Plain text in any common encoding: paragraphs stand apart by empty lines, or each line is one."""

from __future__ import annotations

from corpus.documents import Read
from corpus.files.formats._blocks import Outline
from corpus.files.formats._lines import paragraphs, usual_width
from corpus.files.formats._text import decode

SUFFIXES = (".txt", ".text", ".log")
BY_NAME = True


def recognises(_data: bytes) -> bool:
    """Any text may be read as plain text, when nothing else fits."""
    return False


def read(data: bytes) -> Read:
    """One section without a heading."""
    lines = decode(data).splitlines()
    outline = Outline()
    outline.blocks(paragraph for _, paragraph in paragraphs(lines, usual_width(lines)))
    return Read(outline.sections())
