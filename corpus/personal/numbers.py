"""Numbers of a person, recognised by their form: of an account, a card, an identity."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from corpus.personal.spans import Span, apart

DAY = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}")
_LONG_NUMBER = re.compile(r"\d{9,}")  # of an account, a person, a parcel
_SEPARATORS = re.compile(r"[ .-]")
_SHORTEST = 8  # characters of a number with check digits


def ibans(text: str) -> Iterator[Span]:
    """Numbers of bank accounts."""
    return _checked("iban", text)


def cards(text: str) -> Iterator[Span]:
    """Numbers of payment cards."""
    return _checked("card", text)


def identities(text: str) -> Iterator[Span]:
    """Numbers that a state gives people and companies, of those forms that are sure without a word beside them."""
    return _checked("id", text)


def long_numbers(text: str) -> Iterator[Span]:
    """Any long number but those of products and their registrations."""
    return (found.span() for found in _LONG_NUMBER.finditer(text) if not of_a_product(text, found.start()))


def _checked(kind: str, text: str) -> Iterator[Span]:
    spans = (
        (found.start(), found.start() + length)
        for shape, checks in _shapes()[kind]
        for found in shape.finditer(text)
        if (length := _valid(found.group(), checks))
    )
    return apart(spans)


def _valid(number: str, checks: tuple[Any, ...]) -> int:
    """How many characters of it, words behind it left out, are a number with the right check digits."""
    if not checks:
        return len(number)
    ends = [word.end() for word in re.finditer(r"[A-Za-z0-9]+", number) if word.end() >= _SHORTEST]
    plain = ((at, _SEPARATORS.sub("", number[:at])) for at in reversed(ends))
    return next((at for at, digits in plain if any(check.is_valid(digits) for check in checks)), 0)


def of_a_product(text: str, start: int) -> bool:
    """Whether what stands before a number says that it is one of a product, a registration, a parcel."""
    words, within = _of_products()
    return words.search(text, max(start - within, 0), start) is not None


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@cache
def _shapes() -> dict[str, list[tuple[re.Pattern[str], tuple[Any, ...]]]]:
    """The shapes of each kind, with the modules that know their check digits, read on first use."""
    return {
        kind: [
            (
                re.compile(rf"(?<![A-Za-z0-9])(?:{one['shape']})(?![A-Za-z0-9]|-\d)"),
                tuple(import_module(f"stdnum.{name}") for name in one["checks"]),
            )
            for one in _table()[kind]
        ]
        for kind in ("iban", "card", "id")
    }


@cache
def _of_products() -> tuple[re.Pattern[str], int]:
    table = _table()["of_products"]
    return re.compile("|".join(table["words"]), re.IGNORECASE), table["within"]
