"""How long something takes and what it costs, read from the English answer that a claim gives in any language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from decimal import Decimal

from assistant.answers import Claim
from assistant.language.writing import money_in
from assistant.texts import say
from corpus.units import Unit

_NUMBERS = {word: str(n) for n, word in enumerate("one two three four five six seven eight nine ten".split(), 1)}
_NUMBER = "|".join(_NUMBERS)
_NUMBER_WORD = re.compile(rf"\b({_NUMBER})\b(?=[ -](?:(?:to|or) (?:{_NUMBER}|\d)|(?:\w+ )?(?:day|week|month|year)))")
_SPAN = re.compile(
    r"(?<![\d.,])(\d{1,4})(?:\s*(?:to|or|-|–)\s*(\d{1,4}))?[ -]"
    r"(FDA |calendar |working |business )?(day|week|month|year)s?\b"
)
_FIGURE = re.compile(r"\d+")
_AMOUNT = re.compile(r"\b([A-Z]{3}) (\d[\d,]*(?:\.\d+)?)( million| billion)?")
_CURRENCIES = frozenset({"USD", "EUR", "JPY", "CNY", "KRW", "BRL", "CAD", "AUD", "GBP", "CHF"})
_SCALES = {"": 1, " million": 10**6, " billion": 10**9}
_A_MONTH = {"day": 30.4, "working": 21.0, "week": 4.35, "month": 1.0, "year": 1 / 12}


@dataclass(frozen=True)
class Span:
    """How long something takes; `sure` where the source is official, so that it is the authority's own clock."""

    least: int
    most: int
    unit: str
    sure: bool

    @property
    def months(self) -> float:
        """The longest that it takes."""
        return self.most / _A_MONTH[self.unit]

    def text(self, language: str) -> str:
        """`90 days`, `3–11 months`."""
        if self.most == 1:
            return say(language, f"span_one_{self.unit}")
        return say(
            language, f"span_{self.unit}", n=str(self.most) if self.least == self.most else f"{self.least}–{self.most}"
        )

    def strength(self, language: str) -> str:
        """What it rests on, in words."""
        return say(language, "span_sure" if self.sure else "span_weak")


@dataclass(frozen=True)
class Amount:
    """What something costs."""

    code: str
    figure: Decimal

    def text(self, language: str) -> str:
        """`USD 26,067`."""
        return money_in(language, self.code, self.figure)


def unit_of(claim: Claim) -> Unit | None:
    """The unit whose answer a claim gives; None where it is not one."""
    return next((unit for one in claim.citations if (unit := one.document.metadata.unit(one.section))), None)


def span_of(claim: Claim, official: Set[str], aspects: Set[str]) -> Span | None:
    """How long it takes, by a claim of a unit that tells a time, and beside it nothing but these aspects.

    Where it differs from class to class, from the shortest to the longest that are counted as the first is.
    `official` are the kinds of sources that are so.
    """
    unit = unit_of(claim)
    if unit is None or "time" not in unit.aspects or not aspects >= set(unit.aspects):
        return None
    told = [
        (int(one[1]), int(one[2] or one[1]), _counted(one)) for one in _SPAN.finditer(_in_figures(unit.answer["en"]))
    ]
    if not told:
        return None
    first, _, counted = told[0]
    figures = [figure for least, most, other in told if other == counted for figure in (least, most)]
    bearing = [one for one in claim.citations if str(first) in _FIGURE.findall(_in_figures(one.quote))]
    sure = any(source.kind in official for one in bearing for source in one.sources)
    return Span(min(figures), max(figures), counted, sure) if min(figures) > 0 else None


def _counted(found: re.Match[str]) -> str:
    return "working" if found[3] in ("working ", "business ") else found[4]


def _in_figures(text: str) -> str:
    return _NUMBER_WORD.sub(lambda word: _NUMBERS[word[1]], text)


def amounts_of(claim: Claim) -> Iterator[Amount]:
    """The amounts of money that a claim of a unit names, each once, in their order."""
    unit = unit_of(claim)
    found = _AMOUNT.findall(unit.answer["en"]) if unit else []
    for code, figure, scale in dict.fromkeys(found):
        if code in _CURRENCIES:
            amount = Decimal(figure.replace(",", "")) * _SCALES[scale]
            yield Amount(code, amount.to_integral() if amount == amount.to_integral() else amount)
