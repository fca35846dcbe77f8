"""Which terms of the vocabulary a text names, under whatever name or alias, in any language.

Words are compared without case and accents; aliases in capitals (US, EU, AI) only match capitals.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache

from corpus.vocabulary import Cluster, Term

_LETTER = r"[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"  # of the scripts that part their words
WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # scripts that do not part their words

Terms = Mapping[str, Term] | Mapping[str, Cluster]


def mentioned(text: str, terms: Terms) -> frozenset[str]:
    """The codes of those terms that a text names."""
    return frozenset(where_mentioned(text, terms))


def where_mentioned(text: str, terms: Terms) -> dict[str, int]:
    """The codes of those terms that a text names, each with where it first does so."""
    folded = _fold(text)
    found = {
        code: [
            place.start()
            for word in words_of(term)
            if (place := _pattern(word).search(text if word.isupper() else folded))
        ]
        for code, term in terms.items()
    }
    return {code: min(places) for code, places in found.items() if places}


def mentions(text: str, terms: Terms) -> Counter[str]:
    """How often a text names each term; a name within another one counts as well."""
    folded = _fold(text)
    return Counter(
        {
            code: sum(len(_pattern(word).findall(text if word.isupper() else folded)) for word in words_of(term))
            for code, term in terms.items()
        }
    )


def words_of(term: Term | Cluster) -> set[str]:
    """The names and aliases of a term."""
    names = {term.name} if isinstance(term, Cluster) else set(term.names.values())
    return names | set(term.aliases)


@cache
def _pattern(word: str) -> re.Pattern[str]:
    wanted = re.escape(word if word.isupper() else _fold(word))
    return re.compile(wanted if WITHOUT_SPACES.search(word) else rf"(?<!{_LETTER}){wanted}(?!{_LETTER})")


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))
