"""Tells tables of contents from text."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

_LEADERS = re.compile(r"(.{2,}?)\s*(?:(?:\s?[.…·_]){4,}|\t[\t .…·_]*)\s*(?:\d{1,4}|[ivxlc]{1,6})\s*", re.IGNORECASE)
_NUMBERED = re.compile(r"^(?:[A-Z]|[\dIVX]+)(?:\.\d+)*[.)]?\s+")


def entry(line: str) -> str | None:
    """The heading that a line refers to by leaders or a tab and a page number; None for any other line."""
    found = _LEADERS.fullmatch(line.strip())
    return found[1].strip(" .…·_") if found else None


def unnumbered(heading: str) -> str:
    """A heading without the number before it."""
    return _NUMBERED.sub("", heading)


def names_contents(line: str) -> bool:
    """Whether a line says that a table of contents follows."""
    return " ".join(line.split()).strip(" :").casefold() in _names()


@cache
def _names() -> frozenset[str]:
    return frozenset(tomllib.loads(Path(__file__).with_name("contents.toml").read_text("utf-8"))["names"])
