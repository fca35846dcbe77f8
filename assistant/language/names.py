"""Proper names of a text, and whether another text has them, under whatever name its language knows them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from pathlib import Path

from assistant.language.numerals import spaced
from assistant.language.quantities import fold, months
from corpus.mentions import WITHOUT_SPACES

# Acronyms, codes and words with capitals inside: names in every language, and the same in all.
_SPECIAL = re.compile(r"[A-ZÀ-Þ]{2,}\w*|\w*[a-zß-ÿ][A-ZÀ-Þ]\w*|[^\W\d]+\d\w*")
_TOKEN = re.compile(r"[^\W_]+(?:[&+·][^\W_]+)*")
_OPENING = re.compile(r"(?:^|[.!?:;…]|\d\.)[\s\"'“„«»(\[–-]*$")
_ROMAN = re.compile(r"[IVX]+[ab]?")
_LINK = re.compile(r", | (?:[a-zà-ÿ]{1,4}(?: |['’])){1,3}")  # as in "Agencia de la ..."
_NAME = re.compile(r"[A-ZÀ-Þ]\w+(?: (?:(?:of|for|and|the|de|del|di) )*[A-ZÀ-Þ]\w+)+")
_GERMAN_NOUN = re.compile(r"(?:ung|heit|keit|schaft|tion|tät|nis|tum|ismus|ment|ik|ur)(?:e?n|s)?$")
_SHORTEST = 3  # letters of a word that can be a name
_SIMILARITY = 0.75  # of the letters; names of one thing in two languages, as Bavaria and Bavière


def missing_names(
    text: str,
    language: str,
    source: str,
    *,
    translated: bool = True,
    nearby: Sequence[str] = (),
    known: Collection[str] = (),
) -> frozenset[str]:
    """The names in a text that do not stand in what it rests on.

    Acronyms, codes and words with capitals inside must stand there as they are, or as the same name in another
    language; so must other words that are known names, or names `nearby`, in texts on which the statement does not
    rest. Besides, words count as names that are written with a capital inside a sentence: in German, which writes all
    nouns so, two side by side; in a translation not those that go on with a title ("Agència d'Afers del Consum").
    Words that are `known`, folded, are no names. In Chinese, Japanese and Korean, where names do not stand out, only
    known ones count.
    """
    source_names = _SourceNames(source)
    missing = {name for name in _within(text) if name not in source and not source_names.name(name)}
    text = _spelt_out(spaced(text), source_names)
    before = _Word("", 0, 0, opening=True)
    stood = titled = True
    for word in _capital_words(text, language, known):
        between = text[before.end : word.start]
        stands = source_names.name(word.text)
        goes_on = titled and bool(_LINK.fullmatch(between))
        titled = translated and ((stands and fold(word.text) in _titles()) or goes_on)
        if word.opening:
            named = False
        elif language == "de":
            nouns = _GERMAN_NOUN.search(before.text) or _GERMAN_NOUN.search(word.text)
            named = between == " " and not (stood or before.opening or nouns)
        else:
            named = not titled
        listed = word.text in _listed() or any(fold(word.text) in _names_in(other) for other in nearby)
        if not stands and (word.special or named or listed):
            missing.add(word.text)
        before, stood = word, stands
    return frozenset(missing)


def _spelt_out(text: str, source: _SourceNames) -> str:
    """The text with an acronym of what it rests on in place of the words that it spells out."""

    def shorten(match: re.Match[str]) -> str:
        initials = "".join(word[0] for word in _TOKEN.findall(match[0]) if word[0].isupper())
        acronyms = (initials[start:] for start in range(len(initials) - _SHORTEST + 1))  # "The" may stand before
        return next((acronym for acronym in acronyms if fold(acronym) in source.words), match[0])

    return _NAME.sub(shorten, text)


@dataclass(frozen=True)
class _Word:
    """A word with a capital: where it stands, and whether it opens a sentence."""

    text: str
    start: int
    end: int
    opening: bool

    @property
    def special(self) -> bool:
        return bool(_SPECIAL.fullmatch(self.text))


class _SourceNames:
    """The words and names of the text that a statement rests on."""

    def __init__(self, text: str) -> None:
        self.words = _words(text)
        self.line = f" {' '.join(_TOKEN.findall(fold(text)))} "

    def name(self, name: str) -> bool:
        """Whether it has a name, or another name of the same thing; of plain words one that is spelt nearly alike."""
        plain = fold(name)
        forms = {plain, plain.removesuffix("s"), f"{plain}s"}
        if forms & self.words or any(f" {other} " in self.line for other in _same(plain)):
            return True
        return not _SPECIAL.fullmatch(name) and any(_similar(plain, word) for word in self.words)


def _within(text: str) -> frozenset[str]:
    """The known names in scripts that have no capitals, the longest where one is within another."""
    return frozenset(_without_capitals().findall(text))


def _capital_words(text: str, language: str, known: Collection[str]) -> Iterator[_Word]:
    """The words of a text that may be names, in order."""
    for match in _TOKEN.finditer(text):
        word = match[0]
        if _ROMAN.fullmatch(word) or not (_SPECIAL.fullmatch(word) or _may_be_name(word, language, known)):
            continue
        yield _Word(word, match.start(), match.end(), bool(_OPENING.search(text[: match.start()])))


def _may_be_name(word: str, language: str, known: Collection[str]) -> bool:
    if not word[0].isupper() or len(word) < _SHORTEST:
        return False
    plain = fold(word)
    return plain not in known and plain not in _plain() and word.lower() not in months(language)


@lru_cache(maxsize=512)
def _names_in(text: str) -> frozenset[str]:
    """The words that a text writes with a capital inside sentences, and never without; not for German."""
    capital = {fold(word.text) for word in _capital_words(text, "en", ()) if not word.opening}
    return frozenset(capital - {fold(word) for word in _TOKEN.findall(text) if word[0].islower()})


@lru_cache(maxsize=256)
def _words(text: str) -> frozenset[str]:
    return frozenset(_TOKEN.findall(fold(text)))


def _similar(first: str, second: str) -> bool:
    if first[0] != second[0] or min(len(first), len(second)) < 5:
        return False
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    return matcher.real_quick_ratio() >= _SIMILARITY and matcher.ratio() >= _SIMILARITY


@cache
def _table() -> dict[str, str]:
    return tomllib.loads((Path(__file__).parent / "names.toml").read_text("utf-8"))


@cache
def _rows() -> dict[str, frozenset[str]]:
    """For each name all names of the same thing."""
    found: dict[str, frozenset[str]] = {}
    for line in (_table()["same"] + _table()["titles"]).split("\n"):
        row = frozenset(_plain_name(name) for name in line.split())
        for name in row:
            found[name] = found.get(name, frozenset()) | row
    return found


@cache
def _same(name: str) -> frozenset[str]:
    """The other names of a thing, also where the word is only part of a name."""
    rows = _rows()
    return rows.get(name, frozenset()).union(*(row for key, row in rows.items() if " " in key and name in key.split()))


@cache
def _listed() -> frozenset[str]:
    """Words that are names wherever they stand; as they are written, since UNO is no "Uno"."""
    return frozenset(_table()["same"].split())


@cache
def _without_capitals() -> re.Pattern[str]:
    names = (name.replace("_", " ") for name in _table()["same"].split() if WITHOUT_SPACES.search(name))
    return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))


@cache
def _titles() -> frozenset[str]:
    return frozenset(map(_plain_name, _table()["titles"].split()))


@cache
def _plain() -> frozenset[str]:
    return frozenset(map(_plain_name, _table()["plain"].split()))


def _plain_name(name: str) -> str:
    return " ".join(_TOKEN.findall(fold(name.replace("_", " "))))
