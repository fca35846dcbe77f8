"""Holds units of answer to their sections: what can be checked without judgement."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from corpus.documents import Section
from corpus.passages import words
from corpus.units import ASKED_IN, WITHIN, Unit, english_hash
from corpus.vocabulary import LANGUAGES, Vocabulary

KEYS = re.compile(r"\[([^\[\]]+)\]")  # of sources
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
LONGEST = 45  # words of an answer in English
LONGEST_POINT = 28  # words of a point


def of_units(units: Sequence[Unit], sections: Sequence[Section], vocabulary: Vocabulary) -> Iterator[str]:
    """What is wrong with the units of a document, a sentence each."""
    texts: defaultdict[str, str] = defaultdict(str)
    for section in sections:  # a unit answers for the parts of its section, too
        texts[section.heading.split(WITHIN)[0]] += f"\n{section.text}"
    named = Counter(unit.section for unit in units)
    for heading in sorted(set(texts) - set(named)):
        yield f"the section '{heading}' has no unit"
    for heading in sorted(set(named) - set(texts)):
        yield f"the unit '{heading}' has no section of that name"
    for heading, count in named.items():
        if count > 1:
            yield f"the section '{heading}' has {count} units; join them"
    for unit in units:
        text = f"{unit.section} {KEYS.sub('', texts[unit.section])}"
        found = (
            *_codes(unit, vocabulary),
            *_missing(unit),
            *_english(unit, text),
            *_translations(unit),
            *_unread(unit),
        )
        for finding in found:
            yield f"the unit '{unit.section}': {finding}"


def numbers_of(text: str) -> Counter[str]:
    """The numbers of a text, `26,067`, `26.067` and `26 067` being the same."""
    joined = re.sub(r"(?<=\d)[\s\u00a0\u202f](?=\d{3}\b)", "", text)
    return Counter(number.replace(",", "").replace(".", "") for number in _NUMBER.findall(joined))


def strange_figures(text: str, source: str) -> list[str]:
    """The numbers of a text that its source has not."""
    return sorted(set(numbers_of(text)) - set(numbers_of(source)))


def differing_figures(text: str, other: str) -> list[str]:
    """The numbers that one of two texts has more often than the other."""
    ours, theirs = numbers_of(text), numbers_of(other)
    return sorted((ours - theirs) + (theirs - ours))


def _codes(unit: Unit, vocabulary: Vocabulary) -> Iterator[str]:
    for what, codes, known in (
        ("product", unit.products, vocabulary.products),
        ("aspect", unit.aspects, vocabulary.aspects),
    ):
        for code in sorted(set(codes) - set(known)):
            yield f"there is no {what} '{code}' in the vocabulary"
    if not unit.aspects:
        yield "name at least one aspect"


def _missing(unit: Unit) -> Iterator[str]:
    parts: Sequence[tuple[str, Mapping[str, str], tuple[str, ...]]] = (
        ("answer", unit.answer, LANGUAGES),
        ("question", unit.question, ASKED_IN),
        ("row", unit.row, LANGUAGES if unit.row else ()),
    )
    for name, texts, languages in parts:
        if missing := [language for language in languages if not texts.get(language)]:
            yield f"the {name} is missing in {', '.join(missing)}"


def _english(unit: Unit, text: str) -> Iterator[str]:
    answer = unit.answer.get("en", "")
    if words(answer) > LONGEST:
        yield f"the answer has {words(answer)} words; {LONGEST} are the most"
    if strange := strange_figures(answer, text):
        yield f"the answer has figures that its section has not: {', '.join(strange)}"
    for point in unit.points.get("en", ()):
        if words(point) > LONGEST_POINT:
            yield f"the point '{point}' has {words(point)} words; {LONGEST_POINT} are the most"
        if strange := strange_figures(point, text):
            yield f"the point '{point}' has figures that its section has not: {', '.join(strange)}"


def _translations(unit: Unit) -> Iterator[str]:
    if unit.stale:
        hashed = english_hash(unit.answer, unit.points)
        yield f"bring the translations of answer and points up to date with the English, then set hash to {hashed}"
    for language in LANGUAGES[1:]:
        answer = unit.answer.get(language, "")
        if answer and (differing := differing_figures(unit.answer.get("en", ""), answer)):
            yield f"the answer in '{language}' has other figures: {', '.join(differing)}"
        points, english = unit.points.get(language, ()), unit.points.get("en", ())
        if len(points) != len(english):
            yield f"there are {len(points)} points in '{language}' and {len(english)} in English"
            continue
        for ours, theirs in zip(english, points, strict=True):
            if differing := differing_figures(ours, theirs):
                yield f"the point '{theirs}' has other figures than the English: {', '.join(differing)}"


def _unread(unit: Unit) -> Iterator[str]:
    if unit.unread:
        yield f"read what a model has proposed, then take it out of proposed: {', '.join(unit.unread)}"
