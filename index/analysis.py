"""Text to lexical tokens: stems of words; codes such as 510(k) or RDC 751/2022 whole; pairs of CJK characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

ANALYSER = "3"  # goes into the index's manifest; change it when tokens come out differently

_WORDS = 1 << 16  # that are remembered: most words of a library are a few thousand

_STEMMERS = {
    "en": "english",
    "ca": "catalan",
    "es": "spanish",
    "fr": "french",
    "it": "italian",
    "de": "german",
    "pt": "portuguese",
}
_WIDE = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(
    rf"""
      (?P<clause>\d+\s?\([A-Za-z0-9]{{1,3}}\))        # 510(k), 5(2)
    | (?P<wide>[{_WIDE}]+)
    | (?P<code>[^\W\d_{_WIDE}]+\d[^\W_{_WIDE}]*)      # RDC751, G0552, e5
    | (?P<number>\d+(?:[.,]\d+)*[^\W\d_{_WIDE}]*)     # 26,067, 43.5, 510k
    | (?P<word>[^\W\d_{_WIDE}]+)
    """,
    re.VERBOSE,
)
_ACRONYM = re.compile(r"[^\W\d_a-zß-ÿ]{2,6}")  # capitals only, by which laws and forms are named: RDC, ISO, MHLW


def tokens(text: str, language: str) -> list[str]:
    """The tokens of a text, in order, with repeats; the same function serves documents and questions.

    Words are folded to plain lower-case letters and stemmed by the rules of their language; in a language without
    rules they stay whole. `510(k)`, `510 (k)` and `510k` give the same token; figures lose their separators. An
    acronym and the number that follows it give a third token, so that `RDC 751/2022` is found by `RDC751`.
    """
    return [token for token, _ in named_tokens(text, language)]


def named_tokens(text: str, language: str) -> Iterator[tuple[str, bool]]:
    """The tokens of a text, each with whether it was written as a name: a word that begins with a capital."""
    acronym = ""
    for match in _TOKEN.finditer(_narrow(text)):
        written = match.group()
        plain = _fold(written)
        followed, acronym = acronym, ""
        match match.lastgroup:
            case "clause":
                yield re.sub(r"[\s()]", "", plain), False
            case "wide":
                yield from ((plain[at : at + 2], False) for at in range(max(len(plain) - 1, 1)))
            case "code":
                yield plain, False
                yield from ((part, False) for part in re.findall(r"[a-z]{2,}|\d{2,}", plain))
            case "number":
                figure = re.sub(r"[.,](?=\d{3}(?!\d))", "", plain)
                yield figure, False
                if followed:
                    yield followed + figure, False
            case _:
                yield _stem(plain, language), written[0].isupper()
                if _ACRONYM.fullmatch(written):
                    acronym = plain


def _narrow(text: str) -> str:
    """Compatibility forms folded, as full-width letters are in Chinese, Japanese and Korean texts."""
    return unicodedata.normalize("NFKC", text)


@lru_cache(maxsize=_WORDS)
def _fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.lower())
    return unicodedata.normalize("NFC", "".join(char for char in decomposed if not unicodedata.combining(char)))


@cache
def _stemmer(language: str) -> Any:  # noqa: ANN401 - the stemmer's package carries no types
    import Stemmer

    return Stemmer.Stemmer(_STEMMERS[language])


@lru_cache(maxsize=_WORDS)
def _stem(word: str, language: str) -> str:
    if language not in _STEMMERS or len(word) < 3:
        return word
    return str(_stemmer(language).stemWord(word))
