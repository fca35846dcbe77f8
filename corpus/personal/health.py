"""Illnesses that people tell of themselves; those that a product is for are no personal data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from corpus.personal.spans import Span, apart

_MOST_WORDS = 4  # of an illness that is in no list


def conditions(text: str) -> Iterator[Span]:
    """Illnesses behind `I suffer from` and the like, whatever they are, and known ones behind `I have`."""
    return apart(found.span("value") for pattern in _patterns() for found in pattern.finditer(text))


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    table: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
    sure, perhaps, between, ends, products = map(
        _any, (table[words] for words in ("sure", "perhaps", "between", "ends", "products"))
    )
    illness = _any(sorted(table["illnesses"], key=len, reverse=True))
    word = rf"(?!{ends}(?!\w))[^\W_][\w'’-]*"
    few = rf"(?:{between}(?:(?<=['’])|\s))"
    return (
        re.compile(
            rf"(?<!\w){sure}(?:(?<=\s)|(?<=['’])|\s){few}{{0,2}}(?P<value>{word}(?:\s{word}){{0,{_MOST_WORDS - 1}}})",
            re.IGNORECASE,
        ),
        re.compile(
            rf"(?<!\w){perhaps}\s{few}{{0,3}}?(?P<value>(?:{between}\s)?{illness})(?!\w|-|\s{products}(?!\w))",
            re.IGNORECASE,
        ),
        *(re.compile("".join(pieces)) for pieces in table["east_asian"]["patterns"]),
    )


def _any(words: list[str]) -> str:
    return f"(?:{'|'.join(words)})"
