"""What a question means that leans on the ones before it: the texts that it may stand for."""

from __future__ import annotations

import re

from assistant.language.phrasing import needs_context, own_words
from corpus.mentions import WITHOUT_SPACES, mentioned, words_of
from corpus.vocabulary import Term, Vocabulary

# Laws, authorities, routes, classes.
_ACRONYM = re.compile(r"\b(?:[A-Z][A-Z0-9]{2,}|\d{3}\([a-z]\)|[IV]{2,3}[ab]?)(?!\w)")


def readings(text: str, earlier: tuple[str, ...], language: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The texts that a question may stand for, the likeliest first; itself where it leans on nothing.

    `And in Japan?` asks the question before it about Japan. `What does it cost?` asks something else of the same
    market and product; since it may also ask it of what was asked before, both are looked up. So is a question that
    could stand alone and names no market where one was spoken of: with that market and product, and without.
    """
    if not earlier:
        return (text,)
    before = readings(earlier[-1], earlier[:-1], language, vocabulary)[0]
    kinds = (vocabulary.markets, vocabulary.products)
    if not needs_context(text, language):
        spoken_of = mentioned(before, vocabulary.markets)
        if mentioned(text, vocabulary.markets) or not spoken_of:
            return (text,)
        names = [
            terms[code].name(language)
            for terms in kinds
            if not mentioned(text, terms)
            for code in sorted(mentioned(before, terms))
        ]
        return (f"{text} ({', '.join(names)})", text)
    kept = before
    for terms in kinds:
        if named := mentioned(text, terms):
            kept = without(kept, [term for code, term in terms.items() if code not in named])
    together = f"{kept} {text}"
    if not own_words(without(text, [term for terms in kinds for term in terms.values()]), language):
        return (together,)
    frame = [
        terms[code].name(language) for terms in kinds if not mentioned(text, terms) for code in mentioned(before, terms)
    ]
    frame += [name for name in _ACRONYM.findall(kept) if name not in text]
    return (f"{text} ({', '.join(dict.fromkeys(frame))})", together) if frame else (together,)


def without(text: str, terms: list[Term]) -> str:
    """A text without the names of terms."""
    names = sorted((name for term in terms for name in words_of(term)), key=len, reverse=True)
    for name in names:
        together = re.escape(name)
        text = re.sub(together if WITHOUT_SPACES.search(name) else rf"(?<!\w){together}(?!\w)", "", text)
    return " ".join(text.split())
