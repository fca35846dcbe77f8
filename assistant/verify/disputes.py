"""Sources that disagree: sentences of two documents that say the same of the same market, but for one figure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations

from assistant.answers import Citation, Dispute
from assistant.language.quantities import Quantities, figures
from corpus.mentions import mentioned
from corpus.vocabulary import Vocabulary
from index.analysis import tokens
from index.embedding import Vectors

# A false "these sources disagree" is worse than none, so both must hold: together they fire nowhere in the library.
ALIKE = 0.93  # cosine of the two sentences
SHARED = 0.7  # of the words of the longer one, figures and the commonest words left out
_MONEY = frozenset("EUR USD JPY CNY KRW BRL CAD AUD GBP CHF".split())
_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.4, "year": 365.0}
_ROUGHLY = 0.05  # two durations in different units are one within this share: 12 months and a year
_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SHORTEST = 4  # letters of a word that counts


def disputes(
    citations: Sequence[Citation], vectors: Mapping[str, Vectors], vocabulary: Vocabulary
) -> tuple[Dispute, ...]:
    """The pairs of citations whose quotes disagree; `vectors` are those of the quotes, by text."""
    return tuple(
        Dispute(one, other)
        for one, other in combinations(citations, 2)
        if one.document.id != other.document.id
        and not {source.url for source in one.sources} & {source.url for source in other.sources}
        and float(vectors[one.quote] @ vectors[other.quote]) >= ALIKE
        and _disagree(one, other)
        and _markets(one, vocabulary) == _markets(other, vocabulary)
    )


def _markets(citation: Citation, vocabulary: Vocabulary) -> frozenset[str]:
    return mentioned(citation.quote, vocabulary.markets) or citation.document.metadata.markets


def _disagree(one: Citation, other: Citation) -> bool:
    """Whether two quotes in one language use the same words and differ in one figure."""
    language = one.document.metadata.language
    if other.document.metadata.language != language:
        return False
    words = [content_words(citation.quote, language) for citation in (one, other)]
    if len(words[0] & words[1]) < SHARED * max(map(len, words)):
        return False
    first, second = (dict(_values(figures(citation.quote, language))) for citation in (one, other))
    if first.keys() != second.keys():
        return False
    differing = [kind for kind in first if not _compatible(kind, first[kind], second[kind])]
    return len(differing) == 1 and all(len(values[differing[0]]) == 1 for values in (first, second))


def content_words(text: str, language: str) -> frozenset[str]:
    """The stems of the words of a text, figures and the shortest words left out."""
    return frozenset(token for token in tokens(text, language) if len(token) >= _SHORTEST and token.isalpha())


def _values(found: Quantities) -> Iterator[tuple[str, frozenset[str]]]:
    """The figures of a sentence by kind: money and durations with their unit."""
    kinds: dict[str, set[str]] = {}
    for figure in found.said:
        units = found.units.get(figure, frozenset())
        if _DATE.fullmatch(figure):
            kinds.setdefault("date", set()).add(figure)
        elif figure.startswith("class"):
            kinds.setdefault("class", set()).add(figure)
        elif units & _MONEY:
            kinds.setdefault("money", set()).update(f"{figure} {unit}" for unit in units & _MONEY)
        elif "%" in units:
            kinds.setdefault("rate", set()).add(figure)
        elif units & _DAYS.keys():
            kinds.setdefault("duration", set()).update(f"{figure} {unit}" for unit in units & _DAYS.keys())
        else:
            kinds.setdefault("year" if _YEAR.fullmatch(figure) else "number", set()).add(figure)
    yield from ((kind, frozenset(values)) for kind, values in kinds.items())


def _compatible(kind: str, one: Collection[str], other: Collection[str]) -> bool:
    """Whether two sets of values can stand beside each other: one holds the other, or is less exact."""
    shorter, longer = sorted((one, other), key=len)
    return all(any(_same(kind, value, wanted) for wanted in longer) for value in shorter)


def _same(kind: str, one: str, other: str) -> bool:
    if kind == "date":
        return one.startswith(other) or other.startswith(one)
    if kind == "duration":
        first, second = (float(number) * _DAYS[unit] for number, unit in (one.split(), other.split()))
        return abs(first - second) <= _ROUGHLY * max(first, second)
    if kind == "money" and one.split()[1] != other.split()[1]:
        return True  # the same amount in another currency, for all we know
    return one == other
