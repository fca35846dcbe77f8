"""Names of people.

A name is recognised by what stands before it (`Frau`, `me llamo`), as a given name with another capitalised word behind
it, as a family name with a given name behind it, and in Chinese, Japanese and Korean by its family name beside a title
or the words of an introduction. Single names, and those in small letters that nothing introduces, are not found.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from corpus.personal.spans import Span, apart

_SPACES = " \t\n\r\v\f\u00a0\u202f"

_WORD = re.compile(r"(?![LlDdn]['’])[^\W\d_](?:[\w'’-]*\w)?")  # without an article before it: l'Oriol
_NAME_WORDS = 4  # that a name has at most, particles apart
_AROUND = 40  # characters before a word in which what introduces it stands
_HAN = "\u3400-\u9fff々"
_NAMES_OF = (
    "de_DE", "de_AT", "es_ES", "es_CA", "fr_FR", "it_IT", "pt_PT", "en_GB", "en_US", "nl_NL", "tr_TR", "en_IN", "pl_PL",
)  # fmt: skip

_ROMANISED = ("zh_CN", "ja_JP")
_SYLLABLES = re.compile(r"[A-Z][a-z]{1,4}-[a-z]{2,5}")  # Min-su


def names(text: str) -> Iterator[Span]:
    """The names of people, without the titles before them."""
    return apart([*_in_latin_letters(text), *_in_east_asian_scripts(text)])


def _in_latin_letters(text: str) -> Iterator[Span]:
    words = list(_WORD.finditer(text))
    at = 0
    while at < len(words):
        begins = _name_begins(text, words, at)
        end = _end_of_name(text, words, at) if begins else _end_of_reversed(text, words, at)
        if end > at:
            yield words[at].start(), words[end - 1].end()
        at = max(end, at + 1)


def _name_begins(text: str, words: list[re.Match[str]], at: int) -> bool:
    word = words[at].group()
    before = text[max(words[at].start() - _AROUND, 0) : words[at].start()]
    if _before("introductions").search(before):
        return True
    sure = (_is_given(word) or _is_romanised(word)) and _followed_by_family(text, words, at)
    given = sure or _is_given(word)
    capital = word[0].isupper() and (
        (given and not _is_word(word)) or (_is_romanised(word) and _end_of_name(text, words, at) > at + 1)
    )
    if (sure or capital) and _before("perhaps").search(before):
        return True
    if not word[0].isupper() or word.lower() in _listed("titles"):
        return False
    if at > 0 and _beside(text, words, at - 1) and words[at - 1].group().lower() in _listed("titles"):
        return True
    if _closing().search(before) and (given or (not word.isupper() and _end_of_name(text, words, at) > at + 1)):
        return True
    end = _end_of_name(text, words, at)
    acronym = word.isupper() and end > at + 1 and not words[at + 1].group().isupper()
    return given and end > at + 1 and not _names_no_person(words, end) and (sure or not (acronym or _is_word(word)))


def _end_of_name(text: str, words: list[re.Match[str]], at: int) -> int:
    """The word behind a name that begins at a word: capitalised ones in a row, with particles between them.

    A name in small letters has the family name behind it that is known as one.
    """
    end = at + 1
    if words[at].group()[0].islower() and _followed_by_family(text, words, at):
        return end + 1
    capitals = 1
    ahead = end
    while ahead < len(words) and capitals < _NAME_WORDS and _beside(text, words, ahead - 1):
        word = words[ahead].group()
        ahead += 1
        if word[0].isupper():
            end = ahead
            capitals += 1
        elif word not in _listed("particles"):
            break
    return end


def _end_of_reversed(text: str, words: list[re.Match[str]], at: int) -> int:
    """The word behind `Family, Given` or `Family Given`; where it begins, if it is neither."""
    if at + 1 == len(words):
        return at
    family, given = words[at].group(), words[at + 1].group()
    called = (_is_given(given) and not _is_word(given)) or (_is_romanised(given) and _is_romanised(family))
    if not (family[0].isupper() and given[0].isupper() and called):
        return at
    between = text[words[at].end() : words[at + 1].start()]
    if between.startswith(","):
        ending = family.endswith(tuple(_table()["family_endings"]))
        known = _is_family(family) or ending or text[: words[at].start()].rstrip().endswith(":")
    else:
        partners = _is_family(given) and not _is_romanised(family)  # a firm named after two
        known = (_is_family(family) and not partners) or (
            _is_romanised(family) and _SYLLABLES.fullmatch(given) is not None
        )
    beside = not between.removeprefix(",").strip(_SPACES)
    end = _end_of_name(text, words, at + 1)
    return end if known and beside and not _names_no_person(words, end) else at


def _beside(text: str, words: list[re.Match[str]], at: int) -> bool:
    """Whether a word and the next have nothing but space between them, or the stop of an abbreviation."""
    between = text[words[at].end() : words[at + 1].start()]
    short = len(words[at].group()) == 1 or words[at].group().lower() in _listed("titles")
    return not (between.removeprefix(".") if short else between).strip(_SPACES)


def _followed_by_family(text: str, words: list[re.Match[str]], at: int) -> bool:
    return at + 1 < len(words) and _beside(text, words, at) and _is_family(words[at + 1].group())


def _names_no_person(words: list[re.Match[str]], end: int) -> bool:
    """Whether the last word of a name says that it is the name of a firm, a law, an institution."""
    return words[end - 1].group().rpartition("-")[2] in _listed("no_people")


def _is_given(word: str) -> bool:
    name = word.split("-")[0].capitalize()
    return name in _listed_by_faker("first_names", _NAMES_OF) or name in _listed("given")


def _is_romanised(word: str) -> bool:
    """Whether it is a Chinese, Japanese or Korean name in Latin letters; many are words, and count only in pairs."""
    known = word in _listed_by_faker("first_romanized_names", _ROMANISED) or word in _listed("korean_families")
    return known or word in _listed_by_faker("last_romanized_names", _ROMANISED) or bool(_SYLLABLES.fullmatch(word))


def _is_word(given: str) -> bool:
    return given.capitalize() in _listed("no_names")


def _is_family(word: str) -> bool:
    name = word.capitalize() if word.islower() or word.isupper() else word
    known = name in _listed_by_faker("last_names", _NAMES_OF) or name in _listed("korean_families")
    romanised = name in _listed_by_faker("last_romanized_names", _ROMANISED)
    return (known or romanised) and name not in _listed("no_families")


def _in_east_asian_scripts(text: str) -> Iterator[Span]:
    return (found.span("name") for pattern in _east_asian() for found in pattern.finditer(text))


@cache
def _east_asian() -> tuple[re.Pattern[str], ...]:
    return tuple(
        map(
            re.compile, (*_chinese(_table()["chinese"]), *_japanese(_table()["japanese"]), *_korean(_table()["korean"]))
        )
    )


def _chinese(table: dict[str, Any]) -> Iterator[str]:
    family = rf"(?!{_any(table['no_names'])})(?:{_any(table['double'])}|[{table['surnames']}])"
    ends = rf"(?=[^{_HAN}]|$|{_any(table['clauses'])})"
    introduced = rf"{_any(table['introductions'])}\s?"
    yield rf"(?<![{_HAN}])(?P<name>{family}[{_HAN}]{{0,2}}?)(?={_any(table['titles'])})"
    yield rf"{introduced}(?P<name>{family}[{_HAN}]{{0,2}}?)(?:{ends}|(?={_any(table['titles'])}))"
    yield rf"{introduced}(?P<name>{family}[{_HAN}]{{1,2}})"
    yield rf"{_any(table['perhaps'])}\s?(?P<name>{family}[{_HAN}]{{1,2}})(?=[^{_HAN}]|$)"


def _japanese(table: dict[str, Any]) -> Iterator[str]:
    family = _any([*_listed_by_faker("last_names", ("ja_JP",)), *table["more"]])
    given = _any([*_listed_by_faker("first_names", ("ja_JP",)), rf"[{_HAN}]{{1,2}}{_any(table['given_endings'])}"])
    no_name = rf"(?![{_HAN}]{{0,2}}{_any(table['no_names'])})"
    called = _any([*table["titles"], *table["saying"]])
    anything = rf"[{_HAN}\u3040-\u30ff]"
    yield rf"(?P<name>{family}{no_name}\s?{given})"
    yield rf"(?P<name>{family}{no_name}\s?{anything}{{0,3}}?)(?=\s?{called})"
    yield rf"(?P<name>[\u30a1-\u30f6ー]+(?:[・=][\u30a1-\u30f6ー]+)+)(?=\s?{called})"


def _korean(table: dict[str, Any]) -> Iterator[str]:
    family = rf"(?<![가-힣])(?!{_any(table['no_names'])}){_any(_listed_by_faker('last_names', ('ko_KR',)))}"
    yield rf"(?P<name>{family}{_any(_listed_by_faker('first_names', ('ko_KR',)))})"
    yield rf"(?P<name>{family}[가-힣]{{2}})(?=\s?(?:씨|님)(?![가-힣]))"
    yield rf"(?:저는|제 이름은|이름은|성함은)\s(?P<name>{family}[가-힣]{{2}})(?={_any(table['saying'])})"


def _any(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(sorted(words, key=len, reverse=True))})"


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@cache
def _listed(words: str) -> frozenset[str]:
    return frozenset(_table()[words])


@cache
def _before(words: str) -> re.Pattern[str]:
    """What ends with one of the words and leaves only space to the name."""
    return re.compile(rf"(?<!\w){_any(_table()[words])}(?:\s+|(?<=['’]))$", re.IGNORECASE)


@cache
def _closing() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){_any(_table()['closings'])}(?:,\s*|[.!]?\s*\n\s*)$", re.IGNORECASE)


@cache
def _listed_by_faker(names: str, countries: tuple[str, ...]) -> frozenset[str]:
    """The given or the family names of countries."""
    providers = (import_module(f"faker.providers.person.{country}").Provider for country in countries)
    return frozenset(name for provider in providers for name in getattr(provider, names, ()))
