"""Addresses: of mail, of the web, and of a street with its number, an office's too."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from corpus.personal.spans import Span, apart

_EMAIL = re.compile(r"[^\s@<>()\[\],;:]{1,64}@[^\s@<>()\[\],;:]+\.\w(?:[^\s@<>()\[\],;:]*\w)?")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]+", re.IGNORECASE)
_HOUSE = r"\d{1,5}(?:[ -]?[a-z]\b)?(?: (?:bis|ter)\b)?"
_CAPITALISED = r"(?-i:[A-ZÀ-ÖØ-ÞŞĞİ])[\w'’.-]*"
_EAST_ASIAN = (
    r"[\u4e00-\u9fff]{2,12}(?:路|街|道|巷)\s?\d{1,5}\s?[号號]",
    r"[\u4e00-\u9fff]{1,3}[都道府県][\u3040-\u9fff]{1,6}[区市町村][\u3040-\u9fff]{1,8}\d{1,4}(?:[-‐−丁目番地号]{1,2}\d{1,4}){0,3}",
    r"[가-힣]{1,5}[시도군구]\s[가-힣\d]{1,8}[로길]\s?\d{1,4}(?:-\d{1,4})?",
)


def links(text: str) -> Iterator[Span]:
    """Addresses of the web."""
    return (found.span() for found in _LINK.finditer(text))


def emails(text: str) -> Iterator[Span]:
    """Addresses of mail, also as people write them out: `name [at] example [dot] org`."""
    return apart(found.span() for pattern in (_EMAIL, _written_out()) for found in pattern.finditer(text))


def streets(text: str) -> Iterator[Span]:
    """Streets with the number of a house."""
    return apart(found.span() for pattern in _streets() for found in pattern.finditer(text))


@cache
def _table() -> dict[str, list[str]]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def _any(words: str) -> str:
    return f"(?:{'|'.join(_table()[words])})"


@cache
def _written_out() -> re.Pattern[str]:
    """Either @ or the dot is a word; in brackets the one is enough, else both must be."""
    at, dot = _any("at"), _any("dot")
    name, label = r"[\w.+-]{1,64}", r"[\w-]{1,63}"
    bracketed_at, bracketed_dot = (
        rf"\s*[\[({{<]\s*(?:{at}|@)\s*[\])}}>]\s*",
        rf"\s*[\[({{<]\s*(?:{dot}|\.)\s*[\])}}>]\s*",
    )
    any_dot = rf"(?:\.|{bracketed_dot}|\s+{dot}\s+)"
    return re.compile(
        rf"(?<![\w.]){name}(?:(?:{bracketed_dot}|\s+{dot}\s+){name})?"
        rf"(?:{bracketed_at}{label}(?:{any_dot}{label}){{1,3}}|\s+(?:{at}|@)\s+{label}(?:(?:\s+{dot}\s+|{bracketed_dot}){label}){{1,3}}"
        rf"|\s+@\s+{label}(?:\.{label}){{1,3}})",
        re.IGNORECASE,
    )


@cache
def _streets() -> tuple[re.Pattern[str], ...]:
    no_street = rf"(?!{_any('no_streets')}\b)"
    name = rf"{no_street}{_CAPITALISED}"
    further = rf"(?:\s(?:{_any('particles')}\s?)?{name}){{0,3}}"
    named = rf"(?:\s{_any('particles')}){{0,2}}\s?{name}{further}"
    to_number = rf",?\s(?:{_any('number')}\s?)?"
    town = rf"(?:,?\s(?-i:[A-Z]{{1,2}}-)?\d{{4,5}}(?:\s(?-i:[A-Z]{{2}}))?\s{_CAPITALISED})?"
    patterns = (
        rf"(?<!\w){_any('before')}{named}{to_number}(?!(?:19|20)\d\d){_HOUSE}(?!\w|[.,]\d){town}",
        rf"(?<!\w){_HOUSE},?\s{_any('before')}{named}{town}",
        rf"(?<![\w.,])(?!(?:19|20)\d\d\s){_HOUSE},?\s(?:{name}\s){{1,3}}{_any('after')}(?!\w)",
        rf"(?<!\w)(?:(?-i:[A-ZÄÖÜ])[\w-]*{_any('ending')}|{_CAPITALISED}[\s-](?:{_any('ending')}))\s{_HOUSE}(?!\w|[.,]\d){town}",
        *_EAST_ASIAN,
    )
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
