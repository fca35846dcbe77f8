"""Holds a library folder to its style sheet: what can be checked without judgement is checked here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

from corpus.documents import Metadata, Section, digest, quotables
from corpus.errors import BadDocument
from corpus.files.formats import markdown
from corpus.passages import words
from corpus.release.release import Shipped, read_library
from corpus.release.unit_checks import KEYS, numbers_of, of_units
from corpus.vocabulary import LANGUAGES, Vocabulary

_FIGURE = re.compile(r"\d")
_SOURCE_DATE = re.compile(r"undated|\d{4}(-\d{2}(-\d{2})?)?")
_COMING = re.compile(
    r"\b(?:will|is due|are due|is expected|are expected|is to|are to|comes? into force|enters? into force)\b"
)
_DAY = re.compile(
    r"\b(\d{1,2}) (January|February|March|April|May|June|July|August|September|October|November|December) (\d{4})"
)
_SHINGLE = 8  # words in a row; documents that share many of them say the same thing twice
_NEAR = 0.3
_LONGEST_SECTION = 260  # words; longer sections answer more than one question


@dataclass(frozen=True)
class Finding:
    """One thing to mend, in one document."""

    document_id: str
    text: str

    def __str__(self) -> str:
        return f"{self.document_id}: {self.text}"


def check(folder: Path, vocabulary: Vocabulary, today: date) -> list[Finding]:
    """All that is wrong with a library folder; an empty list when nothing is."""
    try:
        library = read_library(folder)
    except BadDocument as error:
        return [Finding(folder.name, str(error))]
    findings = [Finding(shipped.id, text) for shipped in library for text in _document(shipped, vocabulary, today)]
    return findings + list(_near_duplicates(library))


def _document(shipped: Shipped, vocabulary: Vocabulary, today: date) -> Iterator[str]:
    sections = markdown.sections(shipped.body)
    yield from _codes(shipped, vocabulary)
    yield from _dates(shipped, today)
    yield from _summary(shipped)
    yield from _sources(shipped, sections, vocabulary)
    yield from of_units(shipped.metadata.units, sections, vocabulary)
    for section in sections:
        yield from _section(section)
        yield from _past_as_coming(section, shipped.metadata.published_on)


def unknown_codes(metadata: Metadata, vocabulary: Vocabulary) -> Iterator[str]:
    """The codes of a document that the vocabulary does not hold, a sentence each."""
    for what, codes, known in (
        ("market", metadata.markets, vocabulary.markets),
        ("area", metadata.areas, vocabulary.areas),
        ("topic", metadata.topics, vocabulary.topics),
        ("kind", {metadata.kind}, vocabulary.kinds),
    ):
        for code in sorted(codes - set(known)):
            yield f"there is no {what} '{code}' in the vocabulary"


def _codes(shipped: Shipped, vocabulary: Vocabulary) -> Iterator[str]:
    metadata = shipped.metadata
    yield from unknown_codes(metadata, vocabulary)
    if not metadata.topics:
        yield "name at least one topic"
    if metadata.language not in LANGUAGES:
        yield f"the language '{metadata.language}' is not one of {', '.join(LANGUAGES)}"


def _dates(shipped: Shipped, today: date) -> Iterator[str]:
    metadata = shipped.metadata
    if metadata.facts_as_of > f"{metadata.published_on:%Y-%m}":
        yield "facts_as_of is later than published_on"
    if metadata.published_on > today:
        yield "published_on lies in the future"
    if metadata.review_by <= metadata.published_on:
        yield "review_by is not after published_on"
    if metadata.review_by.isoweekday() > 5:
        yield f"review_by {metadata.review_by} is a weekend"
    if (metadata.kind == "event") != (metadata.expires_on is not None):
        yield "an event needs expires_on, and only an event has it"


def _summary(shipped: Shipped) -> Iterator[str]:
    summary = shipped.metadata.summary
    missing = [language for language in LANGUAGES if not summary.get(language, "").strip()]
    if missing:
        yield f"the summary is missing in {', '.join(missing)}"
        return
    if set(summary) - set(LANGUAGES):
        yield f"the summary has unknown languages: {', '.join(sorted(set(summary) - set(LANGUAGES)))}"
    expected = digest(summary["en"])[:12]
    if shipped.metadata.summary_hash != expected:
        yield f"bring the summary's translations up to date with the English, then set en_hash to {expected}"
    english = numbers_of(summary["en"])
    for language in LANGUAGES[1:]:
        figures = numbers_of(summary[language])
        if figures != english:
            differing = sorted((english - figures) + (figures - english))
            yield f"the summary in '{language}' has other figures than the English: {', '.join(differing)}"


def _sources(shipped: Shipped, sections: list[Section], vocabulary: Vocabulary) -> Iterator[str]:
    sources = shipped.metadata.sources
    keys = [source.key for source in sources]
    cited = {key.strip() for section in sections for group in KEYS.findall(section.text) for key in group.split(",")}
    if len(set(keys)) < len(keys):
        yield "two sources have the same key"
    for key in sorted(cited - set(keys)):
        yield f"[{key}] is cited and not among the sources"
    for key in sorted(set(keys) - cited):
        yield f"the source '{key}' is never cited"
    for source in sources:
        url = urlsplit(source.url)
        if url.scheme not in ("http", "https") or "." not in url.netloc or re.search(r"\s", source.url):
            yield f"the source '{source.key}' has no well-formed web address"
        if not _SOURCE_DATE.fullmatch(source.date):
            yield f"the source '{source.key}' is dated '{source.date}'; write 2025-03-18, 2025-03, 2025 or undated"
        if source.kind not in vocabulary.source_kinds:
            yield f"the source '{source.key}' has the kind '{source.kind}'; write {', '.join(vocabulary.source_kinds)}"


def _section(section: Section) -> Iterator[str]:
    if not section.heading:
        yield "there is text before the first heading"
    length = words(KEYS.sub("", section.text))
    if length > _LONGEST_SECTION:
        yield f"the section '{section.heading}' has {length} words; divide it"
    for block in section.text.split("\n"):
        if _FIGURE.search(re.sub(r"^(-|\d+\.) ", "", block)) and not KEYS.search(block):
            yield f"a paragraph with a figure has no source: '{block[:60]}...'"


def _past_as_coming(section: Section, published_on: date) -> Iterator[str]:
    """Sentences that speak of the future and name no day but past ones."""
    for unit in quotables(section.text):
        days = [datetime.strptime(" ".join(day), "%d %B %Y").date() for day in _DAY.findall(unit.text)]
        if days and max(days) < published_on and _COMING.search(unit.text):
            yield f"a past day seems told as coming: '{unit.text[:80]}...'"


def _near_duplicates(library: list[Shipped]) -> Iterator[Finding]:
    shingles = {shipped.id: _shingles(shipped.body) for shipped in library}
    for (one, first), (other, second) in combinations(shingles.items(), 2):
        smaller = min(len(first), len(second))
        shared = len(first & second)
        if smaller and shared / smaller > _NEAR:
            yield Finding(other, f"{shared / smaller:.0%} of it stands in {one} too; join them or part them")


def _shingles(body: str) -> set[tuple[str, ...]]:
    plain = re.findall(r"\w+", KEYS.sub("", body).lower())
    return {tuple(plain[start : start + _SHINGLE]) for start in range(len(plain) - _SHINGLE + 1)}
