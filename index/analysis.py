"""Text to lexical tokens: stems of words; codes such as 510(k) or RDC 751/2022 whole; pairs of CJK characters."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

ANALYSER = "1"  # goes into the index's manifest; change it when tokens come out differently

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
    rf"(?P<clause>\d+\([a-z0-9]{{1,3}}\))|(?P<wide>[{_WIDE}]+)|(?P<number>\d+(?:[.,]\d+)*[a-z]*)|(?P<word>[^\W\d_{_WIDE}]+\d*)"
)


def tokens(text: str, language: str) -> list[str]:
    """The tokens of a text, in order, with repeats; the same function serves documents and questions.

    Words are folded to plain lower-case letters and stemmed by the rules of their language; in a language without
    rules they stay whole. `510(k)`, `510 (k)` and `510k` give the same token; figures lose their separators.
    """
    plain = _fold(text)
    plain = re.sub(r"(?<=\d)\s+(?=\([a-z]\))", "", plain)
    found: list[str] = []
    for match in _TOKEN.finditer(plain):
        token = match.group()
        match match.lastgroup:
            case "clause":
                found.append(re.sub(r"[()]", "", token))
            case "number":
                found.append(re.sub(r"[.,](?=\d{3}(?!\d))", "", token))
            case "wide":
                found.extend(token[at : at + 2] for at in range(max(len(token) - 1, 1)))
            case _:
                found.append(_stem(token, language))
    return found


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return unicodedata.normalize("NFC", "".join(char for char in decomposed if not unicodedata.combining(char)))


@cache
def _stemmer(language: str) -> Any:  # noqa: ANN401 - the stemmer's package carries no types
    import Stemmer

    return Stemmer.Stemmer(_STEMMERS[language])


def _stem(word: str, language: str) -> str:
    if language not in _STEMMERS or len(word) < 3 or any(char.isdigit() for char in word):
        return word
    return str(_stemmer(language).stemWord(word))
