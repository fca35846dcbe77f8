"""PDF: the text layer in the order of the page, under bookmarks or else under headings recognised by their size."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING, Any, TypeVar

from corpus.documents import Read
from corpus.errors import Empty, Encrypted, Scanned
from corpus.files.formats._blocks import Outline, plain
from corpus.files.formats._lines import is_bullet, paragraphs, usual_width

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

T = TypeVar("T")

SUFFIXES = (".pdf",)
BY_NAME = False

_SEARCHED = 1024  # bytes before which the header has to stand
_SPARSE = 20  # letters: a page with fewer, and a picture, is taken for a scan
_EDGE = 3  # lines at the head and at the foot of a page that may repeat on others
_REPEATS = 0.4  # of the pages
_BODY = 0.65  # of the letters are at most as large as the body's
_LARGER = 1.1  # than the body's letters: then a line is a heading
_LEVELS = 3  # sizes of headings that are distinguished
_LONGEST_HEADING = 150  # characters
_HEADING_LINES = 3
_NUMBERING = 8  # letters and figures before a title: "Chapter 12"
_INLINE_PICTURE = re.compile(rb"\bBI\b.*?\bID\b", re.DOTALL)
_NO_TITLE = re.compile(r"(?i)\.(docx?|pdf|pptx?|xlsx?|indd|rtf|odt|tex|dvi|qxd|ps)\b|^(untitled|microsoft word\b)|^$")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


@dataclass(frozen=True)
class _Line:
    text: str
    size: float  # of its largest letters, in points
    page: int


@dataclass(frozen=True)
class _Page:
    lines: list[_Line]
    scanned: bool


@dataclass(frozen=True)
class _Heading:
    text: str
    depth: int
    takes: int = 0  # lines of the page that say it


def recognises(data: bytes) -> bool:
    """A PDF's header, which some programs put a little below the beginning."""
    return b"%PDF-" in data[:_SEARCHED]


def read(data: bytes) -> Read:
    """Sections of one page each; a heading opens a new one. A paragraph stands on the page where it begins."""
    reader = _open(data)
    pages = [_spared(partial(_page, page, number)) for number, page in enumerate(reader.pages, start=1)]
    if not any(pages):
        _page(reader.pages[0], 1)  # raises what is wrong with it
    values = _spared(partial(_form, reader)) or []
    scans = tuple(number for number, page in enumerate(pages, start=1) if page and page.scanned)
    if len(scans) == len(pages) and not values:
        raise Scanned
    lines = _without_furniture([page.lines if page else [] for page in pages])
    headings = _spared(partial(_bookmarked, reader, lines)) or _set_large(lines)
    outline = Outline()
    _lay_out(lines, headings, outline)
    outline.blocks(values)
    stated = _spared(lambda: dict(reader.metadata or {})) or {}
    return Read(
        sections=outline.sections(),
        title=outline.title or _title(str(stated.get("/Title") or ""), headings, lines),
        publisher=plain(str(stated.get("/Author") or "")),
        published_on=_day(stated.get("/ModDate")) or _day(stated.get("/CreationDate")),
        unread=scans,
    )


def _spared(look: Callable[[], T]) -> T | None:
    """What a look at a part of the file gives; nothing when the part is damaged, which spares the others."""
    try:
        return look()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the border to pypdf, which meets damage with any error
        return None


def _open(data: bytes) -> PdfReader:
    from pypdf import PdfReader, errors

    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise Encrypted
    except (errors.FileNotDecryptedError, NotImplementedError) as error:  # the latter: locked with a certificate
        raise Encrypted from error
    if not len(reader.pages):
        raise Empty
    return reader


def _page(page: PageObject, number: int) -> _Page:
    lines = _lines(page, number)
    letters = sum(char.isalnum() for line in lines for char in line.text)
    return _Page(lines, scanned=letters < _SPARSE and _shows_pictures(page))


def _lines(page: PageObject, number: int) -> list[_Line]:
    lines: list[_Line] = []
    text, size = "", 0.0

    def visit(piece: str, cm: list[float], tm: list[float], _font: object, font_size: float) -> None:
        nonlocal text, size
        height = round(abs(font_size) * hypot(tm[2], tm[3]) * hypot(cm[2], cm[3]), 1)
        first, *rest = piece.translate(_LIGATURES).split("\n")
        for part, ended in ((first, False), *((after, True) for after in rest)):
            if ended:
                lines.append(_Line(text, size, number))
                text, size = "", 0.0
            text += part
            size = max(size, height) if any(char.isalnum() for char in part) else size

    page.extract_text(visitor_text=visit)
    return [*lines, _Line(text, size, number)]


def _shows_pictures(page: PageObject) -> bool:
    resources = _resolved(page.get("/Resources"))
    objects = _resolved(resources.get("/XObject")) if isinstance(resources, Mapping) else None
    contents = page.get_contents()
    return bool(objects) or (contents is not None and _INLINE_PICTURE.search(contents.get_data()) is not None)


def _resolved(thing: Any) -> Any:  # noqa: ANN401 - any object of a PDF
    return thing.get_object() if hasattr(thing, "get_object") else thing


def _form(reader: PdfReader) -> list[str]:
    """What was filled into a form's fields, which is no part of the pages' text."""
    filled = {field.get("/TU") or name: field.get("/V") for name, field in (reader.get_fields() or {}).items()}
    return [
        f"- {name}: {value}"
        for name, value in filled.items()
        if isinstance(value, str) and value.strip() and not value.startswith("/")  # a box that is ticked
    ]


def _without_furniture(pages: list[list[_Line]]) -> list[_Line]:
    """All lines but running heads and feet: up to three at a page's edge that stand at that of many, but for figures.

    Where more than three repeat, the pages are alike, and nothing is taken away.
    """
    filled = [[line for line in lines if line.text.strip()] for lines in pages]
    edges = [*_shapes(filled, 1), *_shapes(filled, -1)]
    counted = Counter(shape for shapes in edges for shape in set(shapes))
    often = {
        shape
        for shape, count in counted.items()
        if count >= max(3 if any(map(str.isalpha, shape)) else 2, _REPEATS * len(pages))
    }
    kept: list[_Line] = []
    for lines, head, foot in zip(filled, edges[: len(pages)], edges[len(pages) :], strict=True):
        kept += lines[_run(head, often) : len(lines) - _run(foot, often)]
    return kept


def _shapes(pages: list[list[_Line]], step: int) -> list[list[str]]:
    """The first lines of each page, or with step -1 the last ones from the end, with every number alike."""
    return [[re.sub(r"\d+", "#", plain(line.text)) for line in lines[::step][: _EDGE + 1]] for lines in pages]


def _run(shapes: list[str], often: set[str]) -> int:
    run = next((at for at, shape in enumerate(shapes) if shape not in often), len(shapes))
    return run if run <= _EDGE and run < len(shapes) else 0


def _bookmarked(reader: PdfReader, lines: list[_Line]) -> dict[int, _Heading]:
    """The bookmarks as headings, by the line where they stand, or else the first of their page."""
    found: dict[int, _Heading] = {}
    first = {line.page: at for at, line in reversed(list(enumerate(lines)))}

    def walk(items: list[Any], depth: int) -> None:
        for item in items:
            if isinstance(item, list):
                walk(item, depth + 1)
                continue
            page = reader.get_destination_page_number(item)
            title = plain(str(item.title))
            if title and page is not None and page + 1 in first:
                at, takes = _place(title, lines, first[page + 1])
                text = plain(" ".join(line.text for line in lines[at : at + takes]))  # with its number
                found.setdefault(at, _Heading(text or title, depth, takes))

    walk(reader.outline, 0)
    return found


def _place(title: str, lines: list[_Line], start: int) -> tuple[int, int]:
    """Where on its page a title stands, and in how many lines; a number may stand before it."""
    wanted = _squeezed(title)
    for at in range(start, len(lines)):
        if lines[at].page != lines[start].page:
            break
        for takes in range(1, _HEADING_LINES + 1):
            squeezed = _squeezed("".join(line.text for line in lines[at : at + takes]))
            if wanted and squeezed.endswith(wanted) and len(squeezed) <= len(wanted) + _NUMBERING:
                return at, takes
    return start, 0


def _squeezed(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _set_large(lines: list[_Line]) -> dict[int, _Heading]:
    """The lines in larger letters than most of the text as headings, as deep as their size ranks below the title."""
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text.strip())
    body = _body_size(letters)
    larger = sorted((size for size in letters if size >= _LARGER * body), reverse=True)
    found: dict[int, _Heading] = {}
    at = 0
    while at < len(lines):
        takes = 1
        if lines[at].size in larger and not is_bullet(lines[at].text):
            while at + takes < len(lines) and takes < _HEADING_LINES and _alike(lines[at], lines[at + takes]):
                takes += 1
            text = plain(" ".join(line.text for line in lines[at : at + takes]))
            if len(text) <= _LONGEST_HEADING and sum(map(str.isalpha, text)) > 2:
                found[at] = _Heading(text, larger.index(lines[at].size), takes)
        at += takes
    titled = sum(heading.depth == 0 for heading in found.values()) == 1
    return {
        at: replace(heading, depth=min(max(heading.depth - titled, 0), _LEVELS - 1)) for at, heading in found.items()
    }


def _body_size(letters: Counter[float]) -> float:
    """The size that most of the letters do not exceed."""
    reached = 0
    for size in sorted(letters):
        reached += letters[size]
        if reached >= _BODY * letters.total():
            return size
    return 0.0


def _alike(one: _Line, next_one: _Line) -> bool:
    return (one.size, one.page) == (next_one.size, next_one.page)


def _lay_out(lines: list[_Line], headings: Mapping[int, _Heading], outline: Outline) -> None:
    """Give the outline the paragraphs between the headings."""
    width = usual_width(line.text for line in lines)
    starts = sorted({0, *headings, len(lines)})
    for start, end in pairwise(starts):
        heading = headings.get(start)
        if heading:
            outline.page(lines[start].page)
            outline.heading(heading.text, heading.depth)
        under = lines[start + (heading.takes if heading else 0) : end]
        breaks = {at for at in range(1, len(under)) if under[at].page != under[at - 1].page}
        for at, paragraph in paragraphs([line.text for line in under], width, breaks):
            outline.page(under[at].page)
            outline.block(paragraph)


def _title(stated: str, headings: Mapping[int, _Heading], lines: list[_Line]) -> str:
    """The title that the file states, unless it is a file's name; else the highest heading of the first page."""
    if not _NO_TITLE.search(stated.strip()):
        return plain(stated)
    first = [heading for at, heading in sorted(headings.items()) if at < len(lines) and lines[at].page == 1]
    return min(first, key=lambda heading: heading.depth).text if first else ""


def _day(stamp: object) -> str:
    """The day of a PDF's time stamp, `D:20250318...`."""
    found = re.match(r"(?:D:)?(\d{4})(\d{2})?(\d{2})?", str(stamp or ""))
    return "-".join(part for part in found.groups() if part) if found else ""
