"""The text of a document to be read: its passages in order, each a place that a citation can open."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count, groupby

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from corpus.characters import slug
from corpus.documents import Document, Passage
from corpus.passages import SUMMARY
from corpus.units import WITHIN, Unit

_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")
_ITEM = re.compile(r"(?P<bullet>-|(?P<number>\d+)\.)\s+")


@dataclass(frozen=True)
class Piece:
    """A stretch of text, and the numbers of the sources named at its end."""

    text: str
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class ReadingLine:
    """A paragraph, a list item, or a table row with its cells."""

    kind: str
    pieces: tuple[Piece, ...]
    number: int = 0
    header: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of all sources that it names."""
        return tuple(dict.fromkeys(number for piece in self.pieces for number in piece.numbers))


@dataclass(frozen=True)
class Block:
    """Neighbouring lines of one kind, and of one table."""

    kind: str
    lines: tuple[ReadingLine, ...]


@dataclass(frozen=True)
class ReadingPlace:
    """A passage as it is shown."""

    anchor: str
    language: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class ReadingUnit:
    """The question that a section answers, its answer and points in one language; `unknown` where nothing was found."""

    question: str
    answer: str
    language: str
    unknown: bool
    points: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadingSection:
    """The passages under one heading, on one page of the original where it has pages.

    `unit` is what the section answers; its parts and further pages, which come after, have none. `anchor` is where an
    address leads to it, for as long as it is called so.
    """

    heading: str
    page: int | None
    anchor: str
    places: tuple[ReadingPlace, ...]
    unit: ReadingUnit | None = None

    @property
    def is_part(self) -> bool:
        """Whether it belongs to the section before it."""
        return WITHIN in self.heading

    @property
    def is_summary(self) -> bool:
        """Whether it holds the document's short answers, one a language."""
        return self.heading == SUMMARY


def sections(passages: Sequence[Passage], document: Document, language: str) -> list[ReadingSection]:
    """The parts of a document in reading order; of the short answers, the one in the reader's language first."""
    numbers = {source.key: number for number, source in enumerate(document.metadata.sources, start=1)}
    headers = _headers(document.version.body)
    parts: list[ReadingSection] = []
    met: set[str] = set()
    for (heading, at), some in groupby(passages, key=lambda passage: (passage.section, passage.page)):
        places = [ReadingPlace(f"p{one.ordinal}", one.language, tuple(_blocks(one, numbers, headers))) for one in some]
        if heading == SUMMARY:
            places.sort(key=lambda place: (place.language != language, place.language != "en"))
        unit = document.metadata.unit(heading) if heading != SUMMARY else None
        shown = _unit(unit, language, document.metadata.language) if unit and unit.section not in met else None
        met |= {unit.section} if unit else set()
        anchor = _free(f"section-{slug(heading) or len(parts)}", {part.anchor for part in parts})
        parts.append(ReadingSection(heading, at, anchor, tuple(places), shown))
    return parts


def _free(anchor: str, taken: Container[str]) -> str:
    """The anchor, numbered where another section has it."""
    numbered = (f"{anchor}-{number}" for number in count(2))
    return anchor if anchor not in taken else next(one for one in numbered if one not in taken)


def _unit(unit: Unit, language: str, of_text: str) -> ReadingUnit | None:
    """A unit in the reader's language, in English where its translation is none or stale; None without an answer.

    Its points, which say what the text says, are for who reads another language than that of the text.
    """
    if not unit.answer.get("en"):
        return None
    answer, written_in = unit.answered_in(language)
    points = unit.points.get(written_in, ()) if written_in != of_text else ()
    return ReadingUnit(unit.question.get(written_in, ""), answer, written_in, unit.unknown, points)


def _blocks(passage: Passage, numbers: dict[str, int], headers: Sequence[tuple[str, ...]]) -> Iterator[Block]:
    lines = _lines(passage, numbers, headers)
    for (kind, _), some in groupby(lines, key=lambda line: (line.kind, line.header)):
        yield Block(kind, tuple(some))


def _lines(passage: Passage, numbers: dict[str, int], headers: Sequence[tuple[str, ...]]) -> Iterator[ReadingLine]:
    start = 0
    for text in passage.text.split("\n"):
        end = start + len(text)
        item = _ITEM.match(text)
        begin = start + (item.end() if item else 0)
        pieces = tuple(_pieces(passage, begin, end, numbers))
        if item is None:
            yield ReadingLine("text", pieces)
        elif item["number"]:
            yield ReadingLine("numbered", pieces, number=int(item["number"]))
        else:
            header, cells = _row(passage.text[begin:end], headers)
            yield ReadingLine("row" if header else "item", pieces, header=header, cells=cells)
        start = end + 1


def _pieces(passage: Passage, start: int, end: int, numbers: dict[str, int]) -> Iterator[Piece]:
    """The text from `start` to `end`, cut where sources are named."""
    at = start
    for mark in passage.marks:
        if start < mark.offset <= end:
            named = tuple(numbers[key] for key in mark.keys if key in numbers)
            yield Piece(passage.text[at : mark.offset], named)
            at = mark.offset
    if at < end:
        yield Piece(passage.text[at:end])


def _headers(body: str) -> list[tuple[str, ...]]:
    """The names of the columns of each table of a Markdown text."""
    tables = [node for node in SyntaxTreeNode(_PARSER.parse(body)).walk() if node.type == "table"]
    heads = [next(node for node in table.walk() if node.type == "tr") for table in tables]
    return [tuple(_plain(cell) for cell in head.children) for head in heads]


def _plain(cell: SyntaxTreeNode) -> str:
    return " ".join(" ".join(node.content for node in cell.walk() if node.type in ("text", "code_inline")).split())


def _row(text: str, headers: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns and cells of a line that is a row of one of the tables; a row keeps the names of its full columns."""
    for header in headers:
        found = _row_of(header).fullmatch(text)
        if found and any(found.groups()):
            return header, tuple(cell or "" for cell in found.groups())
    return (), ()


@cache
def _row_of(header: tuple[str, ...]) -> re.Pattern[str]:
    """How a row of a table is written as a line, see `corpus.files.formats`: a cell after its column's name."""
    cells = [rf"(?:(?:^|; ){re.escape(name)}{': ' if name else ''}(.*?))?" for name in header]
    return re.compile("".join(cells) + r"\s*")
