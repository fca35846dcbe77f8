"""How people ask: the language of a question, the things that it asks, and whether it leans on the one before it."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from corpus.passages import words
from corpus.patterns import Entry, any_of
from corpus.vocabulary import LANGUAGES

_FOREIGN = ("pt", "zh", "ja", "ko")  # asked in, though the interface does not speak them
_SHORT = 4  # words up to which a question may lean on nothing but its being short, and its language may be anything
_OF_A_WORD = 2.0  # what a frequent word adds to the logarithm of a language's probability
_FEW = 8  # words up to which what is said in a conversation is taken to be in its language
_STAYS = 4.0  # what a conversation's language adds there
_SURE = 0.5  # probability from which the language of a short question is believed
_SENTENCE_END = re.compile(r"(?<=[?.!:])\s+|(?<=[。？！])")
_OWN = 3  # letters of a word that may say what is asked, where scripts part their words
_BETWEEN = 2  # words that may stand there too: `in Canada or in the USA`
_FIRST = 4  # words among which one that points back counts: later ones point into the question itself


@dataclass(frozen=True)
class Phrasing:
    """The patterns of one language."""

    asking: re.Pattern[str]
    second: re.Pattern[str]  # where a second thing asked begins, within a sentence
    leaning: re.Pattern[str]
    back: re.Pattern[str]
    frequent: re.Pattern[str]
    own: re.Pattern[str]
    others: re.Pattern[str]
    whom: re.Pattern[str]
    common: re.Pattern[str]
    row: str  # what stands between two things that are named one after the other


@cache
def phrasings() -> Mapping[str, Phrasing]:
    """The patterns shipped with the product, by language."""
    tables = tomllib.loads((Path(__file__).parent / "phrasing.toml").read_text("utf-8"))
    return {language: _phrasing(table) for language, table in tables.items()}


def _phrasing(table: Mapping[str, Sequence[Entry]]) -> Phrasing:
    def pattern(text: str) -> re.Pattern[str]:
        return re.compile(text, re.IGNORECASE)

    parts = {name: any_of(entries) for name, entries in table.items()}
    asking, join = rf"{parts['asking']}(?!\w)", rf"{parts['and']}\s+"
    place = rf"(?:(?!\s(?:{parts['and']}|{parts['towards']})\s)[^,.;:?!。，、？])*"
    return Phrasing(
        asking=pattern(rf"(?<!\w){asking}"),
        second=pattern(rf"\s*,\s*(?=(?:{join})?{asking})|\s+(?={join}{asking})"),
        leaning=pattern(rf"\W*{parts['leaning']}(?!\w)"),
        back=pattern(rf"(?<![\w-]){parts['back']}(?!\w)"),
        frequent=pattern(rf"(?<!\w){parts['frequent']}(?!\w)"),
        own=pattern(rf"(?<!\w)(?:{parts['ourselves']}|{parts['company']}){place}"),
        others=pattern(rf"(?<!\w){parts['others']}{place}"),
        whom=pattern(parts["whom"]),
        row=rf"\s*(?:(?<!\w){parts['and']}(?!\w)|,|/)+\s*(?:{parts['and']}\s+)?(?:\w+\s+){{0,{_BETWEEN}}}",
        common=pattern(rf"(?<![\w-])(?:{parts['leaning']}|{parts['and']}|{parts['back']})(?!\w)"),
    )


def recognise_language(text: str, default: str = "en", *, conversing: bool = False) -> str:
    """The language a text is written in, among those that people ask in.

    A short text is judged by its frequent words too; where that leaves it open, it is taken to be in `default`. Who is
    `conversing` in that language hardly ever leaves it for a few words.
    """
    weights: dict[str, float] = {
        language: math.log(max(float(share), 1e-9)) for language, share in _identifier().rank(text)
    }
    if words(text) > (_FEW if conversing else _SHORT):
        return max(weights, key=lambda language: weights[language])
    if conversing:
        weights[default] += _STAYS
    for language, phrasing in phrasings().items():
        weights[language] += _OF_A_WORD * len(phrasing.frequent.findall(text))
    first = max(weights, key=lambda language: weights[language])
    share = 1 / sum(math.exp(weight - weights[first]) for weight in weights.values())
    return first if share >= _SURE else default


@dataclass(frozen=True)
class Sentences:
    """A text's sentences: those that state something, and those that ask."""

    stating: tuple[str, ...]
    asking: tuple[str, ...]


def sentences(text: str) -> Sentences:
    """The sentences of a question; where none bears a question mark, all of them ask."""
    every = [sentence.strip() for sentence in _SENTENCE_END.split(text) if sentence.strip()]
    asking = [sentence for sentence in every if sentence.endswith(("?", "？"))]
    if not asking:
        return Sentences((), tuple(every))
    return Sentences(tuple(sentence for sentence in every if sentence not in asking), tuple(asking))


def things_asked(text: str, language: str) -> tuple[str, ...]:
    """The things that a question asks; empty for a single one.

    `We make an implant. Who files it, and what is the fee?` asks who files it, and what the fee is.
    """
    phrasing = phrasings().get(language)
    if phrasing is None:
        return ()
    asked: list[str] = []
    about = ""  # what a thing asked is about, where it stands before it: `new drug prices in Japan, when`
    for thing in (one.strip() for sentence in sentences(text).asking for one in phrasing.second.split(sentence)):
        whole = f"{about}, {thing}" if about else thing
        if phrasing.asking.search(thing):
            asked.append(whole)
            about = ""
        else:
            about = whole
    if about:
        asked.append(about)
    return tuple(asked) if len(asked) > 1 else ()


def in_one(text: str, mark: str, language: str) -> str:
    """A text in which marks that stand in a row, with an `and` or an `or` between them, are one mark."""
    phrasing = phrasings().get(language)
    return text if phrasing is None else re.sub(f"{mark}(?:{phrasing.row}{mark})+", mark, text, flags=re.IGNORECASE)


def origin(text: str, language: str) -> tuple[str, str]:
    """What a person says of their own company (`We are a Korean maker`), and of one that may be (`a Korean maker`).

    Both end where it is said what the company wants.
    """
    phrasing = phrasings().get(language)
    if phrasing is None:
        return "", ""
    return " ".join(phrasing.own.findall(text)), " ".join(phrasing.others.findall(text))


def wants_contact(text: str, language: str) -> bool:
    """Whether somebody to turn to is asked for, as it is mostly worded."""
    phrasing = phrasings().get(language)
    return phrasing is not None and bool(phrasing.whom.search(text))


def needs_context(text: str, language: str) -> bool:
    """Whether a question says too little to be understood without the one before it."""
    phrasing = phrasings().get(language)
    if words(text) <= _SHORT or phrasing is None:
        return words(text) <= _SHORT
    beginning = " ".join(text.split()[:_FIRST])
    return bool(phrasing.leaning.match(text) or phrasing.back.search(beginning))


def own_words(text: str, language: str) -> tuple[str, ...]:
    """The words of a question that may say what it asks, and do not merely join it to the one before."""
    phrasing = phrasings().get(language)
    if phrasing is None:
        return ()
    found = re.findall(r"\w+", phrasing.common.sub(" ", text))
    return tuple(word for word in found if len(word) >= (_OWN if word.isascii() or language in LANGUAGES else 2))


@cache
def _identifier() -> Any:  # noqa: ANN401 - the package carries no types
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*LANGUAGES, *_FOREIGN])
    return identifier
