"""Months in short, labels and amounts of money as the readers of a language write them."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

_INFLECTED = re.compile(r"^(der|die|das) (\w+e)n? (?=[A-Z])")  # "das Vereinigte Königreich"
_SECOND_ARTICLE = re.compile(r"(?<= ou )une? ")


def short_month(language: str, month: int) -> str:
    """The abbreviation of a month of the year."""
    short: str = _written(language)["short"][month - 1]
    return short


def money_in(language: str, code: str, figure: Decimal) -> str:
    """An amount in a currency."""
    signs = str.maketrans({",": _written(language)["thousands"], ".": _written(language)["decimal"]})
    grouped = f"{figure:,}".translate(signs)
    money: str = _written(language)["money"]
    return money.format(code=code, figure=grouped)


def labelled(language: str, label: str) -> str:
    """A label with the colon after it."""
    return f"{label}\u00a0:" if language == "fr" else f"{label}:"


def bare(name: str) -> str:
    """A name without its article; the vocabulary has it as it stands in a sentence."""
    ends: dict[str, str] = _tables()["de"]["without_article"]
    inflected = _INFLECTED.sub(lambda found: f"{found[2]}{ends[found[1]]} ", name)
    article = next((one for one in _articles() if inflected.startswith(one)), "")
    return _SECOND_ARTICLE.sub("", inflected.removeprefix(article))


def alone(name: str) -> str:
    """A name as it stands by itself."""
    without = bare(name)
    return without[:1].upper() + without[1:]


@cache
def _articles() -> tuple[str, ...]:
    return tuple(article for table in _tables().values() for article in table["articles"])


def _written(language: str) -> dict[str, Any]:
    return _tables().get(language, _tables()["en"])


@cache
def _tables() -> dict[str, dict[str, Any]]:
    tables: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "writing.toml").read_text("utf-8"))
    return tables
