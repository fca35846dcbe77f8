"""Risk classes of devices: which a text names, which there are in a market, and a question asked of another one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from corpus.vocabulary import Term

_KINDS = ("diagnostics", "devices")  # of product that have classes; that which says more first
_NUMERAL = r"I{1,3}[ab]?|IV|i{2,3}[ab]?|iv|[A-D]|[1-4]"
_CLASS = re.compile(rf"\b((?i:class|klasse|classe|clase)\s+)({_NUMERAL})(?![\w'’])(?!\.\d)")
_ADDED = re.compile(rf"\s*\({_CLASS.pattern}\)\s*$")
_ROMAN = ("I", "II", "III", "IV")


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    table: dict[str, Any] = tomllib.loads((Path(__file__).parent / "classes.toml").read_text("utf-8"))
    return table


def class_named(text: str) -> str:
    """The risk class that a text names first, as it is mostly written: `IIa`; empty where it names none."""
    found = _CLASS.search(text)
    return _written(found[2]) if found else ""


def classes_of(market: str, products: frozenset[str]) -> tuple[str, ...]:
    """The risk classes of a kind of product in a market, lowest first; none where it has none there."""
    return tuple(_entry(market, products).get("classes", ()))


def term_of(name: str, market: str, products: frozenset[str]) -> Term:
    """A class as a term, whose name says the law that it is of where that has a name of its own: `IIa (MDR)`."""
    known = classes_of(market, products)
    if name not in known and name in "1234":  # as people write it who mean II
        name = _ROMAN[int(name) - 1] if _ROMAN[int(name) - 1] in known else name
    law = _entry(market, products).get("law", "") if name in known else ""
    return Term(name, {"en": f"{name} ({law})" if law else name})


def have_classes(products: frozenset[str]) -> bool:
    """Whether these kinds of product may have risk classes; where none is known, they may."""
    return not products or bool(products & {*_KINDS, "software"})


def asked_of_class(question: str, name: str) -> str:
    """The same question of a class, of which `name` is how people say it: `class III`."""
    bare = _ADDED.sub("", question)
    code = name.rsplit(maxsplit=1)[-1]
    changed = _CLASS.sub(lambda found: found[1] + code, bare)
    return changed if changed != bare or _CLASS.search(bare) else f"{bare} ({name})"


def _entry(market: str, products: frozenset[str]) -> Mapping[str, Any]:
    kind = next((kind for kind in _KINDS if kind in products), "devices")
    return _table().get(market, {}).get(kind, {}) if have_classes(products) else {}


def _written(name: str) -> str:
    """A class as it is mostly written: numerals large, a letter after them small."""
    return name.upper() if name[-1] not in "ab" else name[:-1].upper() + name[-1]
