"""Figures, dates and denials of a text in one form, whatever the language it is written in."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

_SEPARATED = re.compile(r"(?<![\d.,])(\d{1,3})((?:[.,'\u00a0\u202f ]\d{3})+)(?!\d)")
_DECIMAL = re.compile(r"(?<=\d),(?=\d)")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_ISO = re.compile(r"\b(\d{4})-(\d{2})(?:-(\d{2}))?\b")
_CLASS = re.compile(r"\b(?:class|klasse|classe|clase|grade|grado|grau)\s+([ivx]{1,4}[ab]?|[a-d])\b")


def fold(text: str) -> str:
    """Lower-case letters without accents."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def figures(text: str) -> frozenset[str]:
    """The figures of a text: `26,067`, `26.067` and `26 067` are one, `43,5` is `43.5`, a date is its ISO form.

    A date gives its month and year too, so that `February 2026` stands where `2 February 2026` does. Classes (`class
    II`, `Klasse II`) count as figures.
    """
    plain = fold(text)
    found = {f"class {name}" for name in _CLASS.findall(plain)}
    plain = _dates(plain, found)
    plain = _SEPARATED.sub(lambda match: match[1] + re.sub(r"\D", "", match[2]), plain)
    plain = _DECIMAL.sub(".", plain)
    plain = _number_words().sub(lambda match: _counted()[match[0]], plain)
    return frozenset(found | set(_NUMBER.findall(plain)))


def denies(text: str) -> bool:
    """Whether a text has a word of denial."""
    return bool(_denials() & set(re.findall(r"\w+", fold(text))))


def _dates(plain: str, found: set[str]) -> str:
    """The text without its dates, which go into `found`; a bare year stays a number."""

    def keep(year: str, month: int, day: str | None) -> str:
        found.add(f"{year}-{month:02}")
        if day:
            found.add(f"{year}-{month:02}-{int(day):02}")
        return f" {year} "

    months, of = _months(), r"\s*(?:de |d'|of |del )?\s*"
    names = "|".join(sorted(months, key=len, reverse=True))
    plain = _ISO.sub(lambda match: keep(match[1], int(match[2]), match[3]), plain)
    plain = re.sub(
        rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th|er|\.)?{of})?\b({names})\.?,?{of}(\d{{4}})\b",
        lambda match: keep(match[3], months[match[2]], match[1]),
        plain,
    )
    return re.sub(
        rf"\b({names})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b",
        lambda match: keep(match[3], months[match[1]], match[2]),
        plain,
    )


@cache
def _tables() -> dict[str, list[str] | str]:
    return tomllib.loads((Path(__file__).parent / "figures.toml").read_text("utf-8"))


@cache
def _months() -> dict[str, int]:
    return {name: number for number, names in enumerate(_tables()["months"], 1) for name in names.split()}


@cache
def _counted() -> dict[str, str]:
    return {word: str(number) for words in _tables()["numbers"] for number, word in enumerate(words.split(), 2)}


@cache
def _number_words() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(_counted())})\b")


@cache
def _denials() -> frozenset[str]:
    return frozenset(str(_tables()["denials"]).split())
