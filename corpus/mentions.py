"""Which terms of the vocabulary a text names, under whatever name or alias, in any language.

Words are compared without case and accents; aliases in capitals (US, EU, AI) only match capitals.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from corpus.vocabulary import Cluster, Term

_LETTER = re.compile(r"[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # of the scripts that part their words
WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # scripts that do not part their words

Terms = Mapping[str, Term] | Mapping[str, Cluster]
Span = tuple[int, int]


def mentioned(text: str, terms: Terms) -> frozenset[str]:
    """The codes of those terms that a text names."""
    return frozenset(where_mentioned(text, terms))


def where_mentioned(text: str, terms: Terms) -> dict[str, int]:
    """The codes of those terms that a text names, each with where it first does so."""
    return {code: min(spans)[0] for code, spans in spans_of(text, terms).items()}


def spans_of(text: str, terms: Terms) -> dict[str, list[Span]]:
    """The codes of those terms that a text names, each with the characters of each name, from and up to.

    A name that stands within a longer one of another term is none: `British Columbia` is not British.
    """
    letters = [(letter, at) for at, char in enumerate(text) for letter in _fold(char)]
    folded, origins = "".join(letter for letter, _ in letters), [at for _, at in letters]

    def span(word: str, start: int) -> Span:
        if word.isupper():
            return start, start + len(word)
        return origins[start], origins[start + len(_folded(word)) - 1] + 1

    found = {
        code: [span(word, start) for word in _words_in(term, text, folded) for start in _places(word, text, folded)]
        for code, term in terms.items()
    }
    every = {one for spans in found.values() for one in spans}
    whole = {one for one in every if not any(one != other and _within(one, other) for other in every)}
    return {code: kept for code, spans in found.items() if (kept := [one for one in spans if one in whole])}


def mentions(text: str, terms: Terms) -> Counter[str]:
    """How often a text names each term; a name within another one counts as well."""
    folded = _fold(text)
    return Counter(
        {
            code: sum(1 for word in _words_in(term, text, folded) for _ in _places(word, text, folded))
            for code, term in terms.items()
        }
    )


def replaced(text: str, terms: Iterable[Term], by: str = "") -> str:
    """A text with something else, or nothing, in the place of all names of terms."""
    named = spans_of(text, {str(number): term for number, term in enumerate(terms)})
    kept, end = [], 0
    for first, last in sorted({span for spans in named.values() for span in spans}):
        if first >= end:
            kept += [text[end:first], by]
            end = last
    return " ".join("".join([*kept, text[end:]]).split())


def words_of(term: Term | Cluster) -> set[str]:
    """The names and aliases of a term."""
    names = {term.name} if isinstance(term, Cluster) else set(term.names.values())
    return names | set(term.aliases)


def _within(span: Span, other: Span) -> bool:
    return other[0] <= span[0] and span[1] <= other[1]


def _words_in(term: Term | Cluster, text: str, folded: str) -> list[str]:
    """The words of a term that stand in a text, be it within other words: of hundreds of names hardly any does."""
    return [word for word in words_of(term) if (word in text if word.isupper() else _folded(word) in folded)]


def _places(word: str, text: str, folded: str) -> Iterator[int]:
    """Where a text has a word; as part of another one only in the scripts that do not part their words.

    Patterns would do the same, but compiling them for all names takes seconds when the first question is asked.
    """
    within, wanted = (text, word) if word.isupper() else (folded, _folded(word))
    together = bool(WITHOUT_SPACES.search(word))
    start = within.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        around = within[max(start - 1, 0) : start] + within[end : end + 1]
        if together or not _LETTER.search(around):
            yield start
        start = within.find(wanted, end)


@cache
def _folded(word: str) -> str:
    return _fold(word)


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
