"""Proposes what a document says about itself, from its text, what its file says, and the vocabulary.

A proposal is for a person to confirm; each field has a grade by what it rests on.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path, PurePath
from urllib.parse import urlsplit

from corpus.documents import Metadata, Read, Source
from corpus.mentions import Terms, mentions
from corpus.patterns import any_of
from corpus.vocabulary import Vocabulary

_OPENING = 60_000  # characters by which a document is judged
_BEGINNING = 3_000  # characters in which whoever publishes is named
_HEADLINE = 300  # characters in which the kind is
_LETTERHEAD = 8  # lines
_LONGEST_NAME = 9  # words of an organisation
_OFTEN = 4.0  # mentions in 1,000 words, from which a document is about something
_IN_TITLE = 10  # mentions that one in the title is worth
_BESIDE = 0.4  # of the most frequent one: what a document is about too
_MOST_MARKETS = 3  # a document about more is about none in particular
_VALID = timedelta(days=365)
_DEFAULT_KIND = "practice"
_DEFAULT_LANGUAGE = "en"
_TELLING = 500  # characters of a text from which its language is not mistaken
_OPENED = "They are proposals"
_UNFOUNDED = "; nothing was found for "
_FOUNDED = "; surely found were "
_SOURCE = "original"  # the key of the source that a document from the web has


class Confidence(StrEnum):
    """What a proposed field rests on: the weakest first."""

    GUESS = "guess"  # nothing was found
    LIKELY = "likely"  # it was concluded from the text, or said in one place alone
    SURE = "sure"  # two places say so, or a name in the title


GRADED = ("title", "publisher", "kind", "language", "markets", "areas", "topics", "published_on", "facts_as_of")

Grades = Mapping[str, Confidence]  # by the names of fields


@dataclass(frozen=True)
class Proposal:
    """Metadata for a person to confirm, with how sure each field of `GRADED` is."""

    metadata: Metadata
    grades: Grades


def detail_of(grades: Grades) -> str:
    """What a person is told of proposals: for which nothing was found, and which are sure."""
    parts = ((_UNFOUNDED, Confidence.GUESS), (_FOUNDED, Confidence.SURE))
    named = ((said, ", ".join(field for field in grades if grades[field] is grade)) for said, grade in parts)
    return f"{_OPENED}{''.join(said + fields for said, fields in named if fields)}."


def graded(detail: str) -> Grades:
    """The grades as `detail_of` tells them; none where it tells of no proposals.

    Earlier releases named nothing as sure: there a field that is not named is likely.
    """
    if not detail.startswith(_OPENED):
        return {}
    rest, _, sure = detail.removesuffix(".").partition(_FOUNDED)
    _, _, guessed = rest.partition(_UNFOUNDED)
    told = dict.fromkeys(guessed.split(", "), Confidence.GUESS) | dict.fromkeys(sure.split(", "), Confidence.SURE)
    return {field: told.get(field, Confidence.LIKELY) for field in GRADED}


def propose(read: Read, name: str, vocabulary: Vocabulary, today: date, *, url: str = "") -> Proposal:
    """What a file seems to be. `name` is its path for people, `url` where it was fetched."""
    stated = read.title.strip() or _headed(read)
    title = stated or _named(name)
    publisher = _publisher(read)
    named = publisher or urlsplit(url).hostname or ""
    published = _day(read.published_on, today)
    opening, about = _opening(read), f"{name} {title}"
    kind = _kind(title) or _kind(_named(name)) or _kind(_beginning(read)[:_HEADLINE])
    metadata = Metadata(
        title=title,
        kind=kind or _DEFAULT_KIND,
        language=read.language or _DEFAULT_LANGUAGE,
        publisher=named,
        published_on=published,
        facts_as_of=f"{published:%Y-%m}",
        review_by=_workday(today + _VALID),
        markets=_few(_about(about, opening, vocabulary.markets)),
        areas=_about(about, opening, vocabulary.areas),
        topics=_about(about, opening, vocabulary.products) | _about(about, opening, vocabulary.topics),
        expires_on=_workday(today + _VALID) if kind == "event" else None,
        sources=(Source(_SOURCE, title, named, read.published_on or "undated", url),) if url else (),
        recognised=min((sure for _, sure in read.recognised), default=0),
    )
    grades = {
        "title": _grade(stated, sure=_folded(stated) in _folded(_beginning(read))),
        "publisher": _grade(publisher, sure=bool(_known_publisher(read.publisher))),
        "kind": _grade(kind, sure=bool(_kind(title))),
        "language": _grade(read.language, sure=len(opening) >= _TELLING),
        "markets": _grade_of_terms(metadata.markets, about, vocabulary.markets),
        "areas": _grade_of_terms(metadata.areas, about, vocabulary.areas),
        "topics": _grade_of_terms(metadata.topics, about, vocabulary.products, vocabulary.topics),
        "published_on": _grade(read.published_on, sure=False),  # a file knows when it was written
        "facts_as_of": _grade(read.published_on, sure=False),
    }
    return Proposal(metadata, {field: grades[field] for field in GRADED})


def _grade(found: object, *, sure: bool) -> Confidence:
    return Confidence.GUESS if not found else Confidence.SURE if sure else Confidence.LIKELY


def _grade_of_terms(found: frozenset[str], title: str, *kinds: Terms) -> Confidence:
    """Terms of these kinds are sure where the title names each of them."""
    return _grade(found, sure=found <= {code for terms in kinds for code in +mentions(title, terms)})


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _headed(read: Read) -> str:
    """The one heading under which all of a text stands; nothing where there are several, or none."""
    headings = {section.heading.partition(" › ")[0] for section in read.sections}
    return headings.pop() if len(headings) == 1 else ""


def _publisher(read: Read) -> str:
    """An organisation: the one that the file states, that of the list named most at its beginning, or its letterhead.

    Never a person: who wrote a file down is not who publishes it.
    """
    stated = read.publisher.strip()
    beginning = _beginning(read)
    known = _known_publisher(stated) or _known_publisher(beginning)
    if known or not stated:
        return known or _letterhead(beginning)
    return stated


def _known_publisher(text: str) -> str:
    """The organisation of the list whose names a text has most often; of equals the first in the text."""
    folded = text.casefold()
    counts = {name: sum(map(folded.count, said)) for name, said in _publishers()["names"].items()}
    places = {
        name: min((folded.find(one) for one in said if one in folded), default=0)
        for name, said in _publishers()["names"].items()
    }
    named = [name for name, count in counts.items() if count]
    return max(named, key=lambda name: (counts[name], -places[name]), default="")


def _letterhead(text: str) -> str:
    """The first short line that is the name of an organisation, and no sentence."""
    words = frozenset(_publishers()["letterhead"]["words"])
    for line in text.split("\n")[:_LETTERHEAD]:
        said = re.findall(r"[^\W\d_]+", line.casefold())
        if said and len(said) <= _LONGEST_NAME and words & set(said) and line[:1].isupper() and not line.endswith("."):
            return line.strip()
    return ""


@cache
def _publishers() -> Mapping[str, Mapping[str, list[str]]]:
    return tomllib.loads(Path(__file__).with_name("publishers.toml").read_text("utf-8"))


def _beginning(read: Read) -> str:
    return "\n".join(f"{section.heading}\n{section.text}" for section in read.sections[:3])[:_BEGINNING]


def _named(name: str) -> str:
    """A title from a file's name."""
    stem = PurePath(re.split(r" › |/", name)[-1]).stem
    title = re.sub(r"[_\s]+|(?<=\w)-(?=\w)", " ", stem).strip()
    return title[:1].upper() + title[1:] or name


def _day(text: str, today: date) -> date:
    """A day as exact as known, made whole by its first day; today where nothing is known or it is yet to come."""
    parts = [int(part) for part in text.split("-")] if text else []
    try:
        found = date(*[*parts, 1, 1][:3]) if parts else today
    except ValueError:
        return today
    return min(found, today)


def _workday(day: date) -> date:
    return day + timedelta(days=8 - day.isoweekday() if day.isoweekday() > 5 else 0)


def _kind(title: str) -> str:
    folded = f" {title.casefold()} "
    return next((kind for kind, pattern in _kinds().items() if pattern.search(folded)), "")


@cache
def _kinds() -> Mapping[str, re.Pattern[str]]:
    table = tomllib.loads(Path(__file__).with_name("proposals.toml").read_text("utf-8"))
    return {
        kind: re.compile(rf"(?<!\w){any_of([re.escape(word) for word in entry['words']])}(?!\w)")
        for kind, entry in table.items()
    }


def _opening(read: Read) -> str:
    left = _OPENING
    pieces = []
    for section in read.sections:
        pieces.append(f"{section.heading}\n{section.text}"[:left])
        left -= len(pieces[-1])
        if left <= 0:
            break
    return "\n".join(pieces)


def _about(title: str, text: str, terms: Terms) -> frozenset[str]:
    """The terms that a document is about: named in its title, or often and not much less often than another."""
    counts = mentions(text, terms)
    counts.update({code: _IN_TITLE * count for code, count in mentions(title, terms).items()})
    most = max(counts.values(), default=0)
    threshold = max(_OFTEN * len(text.split()) / 1000, 2)
    return frozenset(code for code, count in counts.items() if count >= threshold and count >= _BESIDE * most)


def _few(markets: frozenset[str]) -> frozenset[str]:
    return markets if len(markets) <= _MOST_MARKETS else frozenset()
