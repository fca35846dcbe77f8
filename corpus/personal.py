"""Finds personal data in a text: addresses, telephone numbers, names, as far as a program can.

A name is recognised by what stands before it (`Frau`, `me llamo`), or as a given name with another capitalised word
behind it. Names alone, in small letters, or of scripts without capitals are not found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType

from phonenumbers import Leniency, PhoneNumberMatcher

Span = tuple[int, int]

_EMAIL = re.compile(r"[^\s@<>()\[\],;:]{1,64}@[^\s@<>()\[\],;:]+\.\w[^\s@<>()\[\],;:]*")
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]+", re.IGNORECASE)
_LONG_NUMBER = re.compile(r"\d{9,}")  # of an account, a person, a parcel
_DAY = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}")
_ABROAD = re.compile(
    r"\+(?:\d[ ()./-]{0,2}){7,14}\d"
)  # what is written like this is a number, even if none of a country
_SHORTEST_PHONE = 7  # digits
_HOMES = ("ES", "DE", "FR", "IT")  # where numbers are written without the code of their country
_SPACES = " \t\n\r\v\f\u00a0\u202f"

_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?")
_NAME_WORDS = 4  # that a name has at most, particles apart
_TITLES = frozenset(
    "mr mrs ms dr dra prof mme mlle monsieur madame herr herrn frau señor señora sr sra srta senyor senyora signor"
    " signora sig ra dott ssa".split()  # Sig.ra, Dott.ssa
)
_PARTICLES = frozenset("de del della der den di da do dos du la le van von zu zur i y e".split())
_INTRODUCTIONS = (
    "my name is",
    "ich heiße",
    "ich heisse",
    "mein name ist",
    "me llamo",
    "mi nombre es",
    "je m['’]appelle",
    "mon nom est",
    "mi chiamo",
    "il mio nome è",
    "em dic",
    "el meu nom és",
)
_INTRODUCTION = re.compile(rf"(?:{'|'.join(_INTRODUCTIONS)})\s+$", re.IGNORECASE)
_NAMES_OF = ("de_DE", "de_AT", "es_ES", "es_CA", "fr_FR", "it_IT", "pt_PT", "en_GB", "en_US")


def _matches(pattern: re.Pattern[str]) -> Callable[[str], Iterator[Span]]:
    return lambda text: (found.span() for found in pattern.finditer(text))


def _phones(text: str) -> Iterator[Span]:
    at_home = (
        (match.start, match.end)
        for home in _HOMES
        for match in PhoneNumberMatcher(text, home, leniency=Leniency.VALID)
        if sum(map(str.isdigit, match.raw_string)) >= _SHORTEST_PHONE and not _DAY.fullmatch(match.raw_string)
    )
    end = 0
    for span in sorted([*_matches(_ABROAD)(text), *at_home]):
        if span[0] >= end:
            yield span
            end = span[1]


def _names(text: str) -> Iterator[Span]:
    words = list(_WORD.finditer(text))
    at = 0
    while at < len(words):
        end = _end_of_name(text, words, at) if _name_begins(text, words, at) else at
        if end > at:
            yield words[at].start(), words[end - 1].end()
        at = max(end, at + 1)


def _name_begins(text: str, words: list[re.Match[str]], at: int) -> bool:
    word = words[at].group()
    if _INTRODUCTION.search(text[: words[at].start()]):
        return True
    if not word[0].isupper() or word.lower() in _TITLES:
        return False
    titled = at > 0 and _beside(text, words, at - 1) and words[at - 1].group().lower() in _TITLES
    given = word.split("-")[0].capitalize() in _given_names()
    return titled or (given and _end_of_name(text, words, at) > at + 1)


def _end_of_name(text: str, words: list[re.Match[str]], at: int) -> int:
    """The word behind a name that begins at a word: capitalised ones in a row, with particles between them."""
    end = at + 1
    capitals = 1
    ahead = end
    while ahead < len(words) and capitals < _NAME_WORDS and _beside(text, words, ahead - 1):
        word = words[ahead].group()
        ahead += 1
        if word[0].isupper():
            end = ahead
            capitals += 1
        elif word not in _PARTICLES:
            break
    return end


def _beside(text: str, words: list[re.Match[str]], at: int) -> bool:
    """Whether a word and the next have nothing but space between them, or the stop of an abbreviation."""
    between = text[words[at].end() : words[at + 1].start()]
    short = len(words[at].group()) == 1 or words[at].group().lower() in _TITLES
    return not (between.removeprefix(".") if short else between).strip(_SPACES)


@cache
def _given_names() -> frozenset[str]:
    """The given names of the countries whose companies ask."""
    providers = (import_module(f"faker.providers.person.{country}").Provider for country in _NAMES_OF)
    return frozenset(name for provider in providers for name in provider.first_names)


# In this order: a link may hold an address, an address a name.
KINDS: Mapping[str, Callable[[str], Iterator[Span]]] = MappingProxyType(
    {
        "link": _matches(_LINK),
        "e-mail": _matches(_EMAIL),
        "phone": _phones,
        "number": _matches(_LONG_NUMBER),
        "name": _names,
    }
)
