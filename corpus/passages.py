"""From sections to passages: headings and pages kept, sentences whole, source keys lifted out of the text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import groupby
from operator import itemgetter

from corpus.documents import Passage, Section, SourceMark, Version, quotables
from corpus.files.formats import markdown

SPLITTER = "1"  # goes into the index's manifest; change it when passages come out differently
SUMMARY = "In short"  # the section name of a summary's passage
_BEGINNING = 60  # characters of a line by which it is known again
_CHANGED = 0.6  # of two lines is the same, where one is the other after a change
_MOST_CHANGED = 50  # lines in a row among which that is looked for
MOST_WORDS = 200  # about 300 tokens of English, so title and heading fit below the embedding's 512

_KEYS = re.compile(r"\s*\[([a-z0-9][\w.-]*(?:\s*[,;]\s*[a-z0-9][\w.-]*)*)\]")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def split(version: Version, sections: list[Section]) -> list[Passage]:
    """The passages of a version: first its summaries, a language each, then its sections in order."""
    known = {source.key for source in version.metadata.sources}
    language = version.metadata.language
    passages = [
        _passage(version, ordinal, SUMMARY, text, written_in)
        for ordinal, (written_in, text) in enumerate(version.metadata.summary.items())
    ]
    for section in sections:
        for block in _pieces(section.text):
            text, marks = _lift_keys(block, known)
            if text.strip():
                passages.append(_passage(version, len(passages), section.heading, text, language, section.page, marks))
    return passages


def split_markdown(version: Version) -> list[Passage]:
    """The passages of a version whose body is Markdown."""
    return split(version, markdown.sections(version.body))


def split_edited(version: Version, before: Iterable[Passage]) -> list[Passage]:
    """The passages of a version whose Markdown was edited: each line stands on the page on which it stood `before`.

    A line that was changed keeps the page of the one in whose place it is, a new one has that of the line above.
    """
    stood = [(line, one.page) for one in before if one.section != SUMMARY for line in one.text.split("\n")]
    if not any(page for _, page in stood):
        return split_markdown(version)
    known = {source.key for source in version.metadata.sources}
    written = markdown.sections(version.body)
    lines = [_lift_keys(line, known)[0] for section in written for line in section.text.split("\n")]
    pages = iter(_pages(lines, stood))
    return split(version, [part for section in written for part in _by_page(section, pages)])


def _pages(lines: Sequence[str], stood: Sequence[tuple[str, int | None]]) -> list[int | None]:
    """The page of each line."""
    old, new = [line[:_BEGINNING] for line, _ in stood], [line[:_BEGINNING] for line in lines]
    pages: list[int | None] = [None] * len(lines)
    for act, first, last, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for at in range(start, end):
            above = pages[at - 1] if at else stood[0][1]
            others = old[first : min(last, first + _MOST_CHANGED)]
            alike = at - start if act == "equal" else _alike(new[at], others)
            pages[at] = above if alike is None else stood[first + alike][1]
    return pages


def _alike(line: str, others: Sequence[str]) -> int | None:
    """The place of the line that another one was before it was changed; nothing for a new one."""
    shares = [SequenceMatcher(None, line, other).ratio() for other in others]
    best = max(range(len(others)), key=shares.__getitem__, default=None)
    return best if best is not None and shares[best] >= _CHANGED else None


def _by_page(section: Section, pages: Iterator[int | None]) -> Iterator[Section]:
    """A section as one for each page on which it stands."""
    placed = [(line, next(pages)) for line in section.text.split("\n")]
    for page, run in groupby(placed, key=itemgetter(1)):
        yield replace(section, text="\n".join(line for line, _ in run), page=page)


def words(text: str) -> int:
    """How many words a text counts; two characters of Chinese, Japanese or Korean count as one."""
    return len(_WIDE.sub("", text).split()) + len(_WIDE.findall(text)) // 2


def _passage(
    version: Version,
    ordinal: int,
    section: str,
    text: str,
    language: str,
    page: int | None = None,
    marks: tuple[SourceMark, ...] = (),
) -> Passage:
    return Passage(version.document_id, version.number, ordinal, section, text, language, page, marks)


def _pieces(text: str) -> Iterator[str]:
    """Neighbouring lines together up to MOST_WORDS; a longer line falls apart at its sentences."""
    piece: list[str] = []
    size = 0
    for line in _lines(text):
        length = words(line)
        if piece and size + length > MOST_WORDS:
            yield "\n".join(piece)
            piece, size = [], 0
        piece.append(line)
        size += length
    if piece:
        yield "\n".join(piece)


def _lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if words(line) <= MOST_WORDS:
            yield line
            continue
        held = ""
        for unit in _short_enough(line):
            joined = f"{held} {unit}".strip()
            if held and words(joined) > MOST_WORDS:
                yield held
                joined = unit
            held = joined
        yield held


def _short_enough(line: str) -> Iterator[str]:
    """The sentences of a line; one that is itself too long (a table without stops) is cut between words."""
    for unit in quotables(line):
        if words(unit.text) <= MOST_WORDS:
            yield unit.text
            continue
        step = MOST_WORDS * 2 if len(unit.text.split()) < MOST_WORDS else 0
        if step:  # no spaces to cut at
            yield from (unit.text[start : start + step] for start in range(0, len(unit.text), step))
        else:
            tokens = unit.text.split()
            yield from (" ".join(tokens[start : start + MOST_WORDS]) for start in range(0, len(tokens), MOST_WORDS))


def _lift_keys(text: str, known: set[str]) -> tuple[str, tuple[SourceMark, ...]]:
    """The text without its `[key, key]` groups, and where they stood. Brackets with unknown words stay."""
    clean = ""
    marks: list[SourceMark] = []
    at = 0
    for group in _KEYS.finditer(text):
        keys = tuple(re.split(r"\s*[,;]\s*", group[1]))
        if not known.issuperset(keys):
            continue
        clean += text[at : group.start()]
        marks.append(SourceMark(len(clean), keys))
        at = group.end()
    return clean + text[at:], tuple(marks)
