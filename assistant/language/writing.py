"""Days, months and amounts of money as the readers of a language write them."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any


def day_in(language: str, day: date) -> str:
    """A day, with the name of its month."""
    number = "1er" if language == "fr" and day.day == 1 else str(day.day)
    return _elided(language, "day", day=number, month=day.month, year=day.year)


def month_in(language: str, told: str) -> str:
    """A month that is told as `2026-02`; anything else as it is told."""
    year, _, month = told.partition("-")
    if not (year.isdecimal() and month.isdecimal() and 1 <= int(month) <= 12):
        return told
    return _elided(language, "month", month=int(month), year=year)


def short_month(language: str, month: int) -> str:
    """The abbreviation of a month of the year."""
    short: str = _written(language)["short"][month - 1]
    return short


def money_in(language: str, code: str, figure: Decimal) -> str:
    """An amount in a currency."""
    grouped = f"{figure:,}".replace(",", _written(language)["thousands"])
    money: str = _written(language)["money"]
    return money.format(code=code, figure=grouped)


def labelled(language: str, label: str) -> str:
    """A label with the colon after it."""
    return f"{label}\u00a0:" if language == "fr" else f"{label}:"


def _elided(language: str, form: str, *, month: int, **values: object) -> str:
    written = _written(language)
    text: str = written[form].format(month=written["months"][month - 1], **values)
    return text.replace(" de a", " d’a").replace(" de o", " d’o") if language == "ca" else text


@cache
def _written(language: str) -> dict[str, Any]:
    tables: dict[str, dict[str, Any]] = tomllib.loads((Path(__file__).parent / "writing.toml").read_text("utf-8"))
    return tables.get(language, tables["en"])
