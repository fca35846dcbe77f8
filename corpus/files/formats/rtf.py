"""RTF: its text, paragraph by paragraph."""

from __future__ import annotations

import re

from corpus.documents import Read
from corpus.files.formats._blocks import Outline, table

SUFFIXES = (".rtf",)
BY_NAME = False

_TITLE = re.compile(r"\{\\title ([^{}\\]*)\}")


def recognises(data: bytes) -> bool:
    """RTF's first word."""
    return data.startswith(b"{\\rtf")


def read(data: bytes) -> Read:
    """One section without a heading; cells of a row stand in one line."""
    from striprtf.striprtf import rtf_to_text

    source = data.decode("latin-1")  # RTF is ASCII; what is beyond stands in escapes that name their encoding
    title = _TITLE.search(source)
    outline = Outline()
    for line in rtf_to_text(source, errors="replace").splitlines():  # type: ignore[no-untyped-call]
        cells = line.split("|")
        outline.blocks(table([cells]) if len(cells) > 2 else [line])
    return Read(outline.sections(), title=title[1].strip() if title else "")
