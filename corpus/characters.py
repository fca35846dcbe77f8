"""Texts that people typed, without what nobody can read."""

from __future__ import annotations

import re
import unicodedata

LONGEST_SLUG = 60  # characters


def printable(text: str) -> str:
    """The text with line feeds as its only line ends, and a space for each control or format character."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char if char == "\n" or unicodedata.category(char)[0] != "C" else " " for char in lines)


def one_line(text: str) -> str:
    """The printable text on one line, with single spaces."""
    return " ".join(printable(text).split())


def slug(text: str) -> str:
    """A text as part of an id: small letters and digits with dashes between them; nothing for other scripts."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain)
    joined = ""
    for word in words:
        longer = f"{joined}-{word}" if joined else word[:LONGEST_SLUG]
        if len(longer) > LONGEST_SLUG:
            break
        joined = longer
    return joined
