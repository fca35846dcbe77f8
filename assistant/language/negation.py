"""Whether one text says the contrary of another: by words of denial and by pairs of contraries, in any language."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from assistant.language.quantities import fold
from corpus.mentions import WITHOUT_SPACES

_SHORTENED = re.compile(r"n['’]t\b")  # doesn't
_NO_WORD = re.compile(r"\bno\.? (?=\d)|\b\d{1,2} may\b|\bmay(?= \d)")  # Ordinance No. 169, and the month


@dataclass(frozen=True)
class Polarity:
    """How a text says what it says.

    Whether it denies; whether something is without something; whether it denies in a way that other words may not
    show; and on which sides of which pairs of contraries it stands.
    """

    negates: bool
    lacks: bool
    unclear: bool
    sides: frozenset[tuple[int, int]]

    def contradicts(self, source: Polarity) -> bool:
        """Whether a text says the contrary of another one about the same thing.

        One denies and the other does not, or they stand on different sides of a pair of contraries. Both at once make
        the same again: "not mandatory" and "voluntary". What is weighty, as a guarantee, has to be said by both.
        """
        if self.lacks == source.lacks:
            denies, source_denies = self.negates, source.negates
        else:
            denies = self.negates or self.lacks
            source_denies = source.negates or source.lacks
        differ = denies != source_denies
        twice = self.negates and self.lacks and not source.lacks  # "without it there is none"
        if differ and (self.unclear or source.unclear or twice):
            return False
        turned = self._turns(source)
        added = any((pair, 1) in self.sides and (pair, 1) not in source.sides for pair in _weighty())
        return differ != turned or added

    def turns(self, copied: Polarity) -> bool:
        """Whether a text stands on the other side of a pair than words that it says it rests on.

        Words are no sentence: what they do not deny may be denied beside them.
        """
        same = (self.negates or self.lacks) == (copied.negates or copied.lacks)
        return same and not self.unclear and not copied.unclear and self._turns(copied)

    def _turns(self, source: Polarity) -> bool:
        return any((pair, 1 - side) in source.sides and (pair, side) not in source.sides for pair, side in self.sides)


@lru_cache(maxsize=2048)
def polarity(text: str, language: str) -> Polarity:
    """The polarity of a text. A pair counts only where one side of it occurs, and not both."""
    plain = _NO_WORD.sub(" ", _SHORTENED.sub(" not", fold(text)))
    table = _table(language)
    sides = frozenset(
        (pair, side)
        for pair, forms in enumerate(table.pairs)
        for side in (0, 1)
        if forms[side].search(plain) and not forms[1 - side].search(plain)
    )
    plain = table.seeming.sub(" ", plain)
    negates, lacks, unclear = (bool(form.search(plain)) for form in (table.negations, table.without, table.unclear))
    return Polarity(negates, lacks, unclear, sides)


@dataclass(frozen=True)
class _Table:
    negations: re.Pattern[str]
    without: re.Pattern[str]
    unclear: re.Pattern[str]
    seeming: re.Pattern[str]
    pairs: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "negation.toml").read_text("utf-8"))


@cache
def _weighty() -> tuple[int, ...]:
    """The pairs of whose second side nobody may speak alone."""
    return tuple(pair for pair, row in enumerate(_tables()["pairs"]) if row.get("weighty"))


@cache
def _table(language: str) -> _Table:
    """The table of a language, of English for one that has none."""
    tables = _tables()
    language = language if language in tables else "en"
    pairs = [tuple(map(_any_of, row[language].split("|"))) for row in tables["pairs"]]
    return _Table(
        negations=_any_of(tables[language]["negations"]),
        without=_any_of(tables[language]["without"]),
        unclear=_any_of(tables[language]["unclear"]),
        seeming=_any_of(tables[language].get("seeming", "")),
        pairs=tuple((first, second) for first, second in pairs),
    )


def _any_of(words: str) -> re.Pattern[str]:
    """Any of the words, longest first; where a script does not part its words, also within others."""
    forms = sorted(fold(words).split(), key=len, reverse=True)
    return re.compile("|".join(map(_form, forms)) or r"(?!)")


def _form(word: str) -> str:
    plain = re.escape(word.replace("_", " "))
    if WITHOUT_SPACES.search(word):
        return plain
    stem = plain.replace(r"\*", r"[\w-]*")
    return rf"(?<![\w-]){stem}(?![\w-])"
