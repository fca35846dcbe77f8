"""PDF: the text layer as a reader follows it, under bookmarks or else under headings recognised by their size."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from itertools import groupby, pairwise
from typing import Any, TypeVar

from corpus.documents import Read
from corpus.errors import Damaged, Empty, Encrypted, Scanned, UnknownFormat
from corpus.files.formats import _layout, _page, _scan
from corpus.files.formats._blocks import Outline, plain
from corpus.files.formats._contents import entry, names_contents
from corpus.files.formats._lines import is_bullet, paragraphs, usual_width
from corpus.files.titles import is_generic, title_words

T = TypeVar("T")

SUFFIXES = (".pdf",)
BY_NAME = False

_SEARCHED = 1024  # bytes before which the header has to stand
_SPARSE = 20  # letters: a page with fewer, and a picture, is taken for a scan
_LONGEST_RECOGNISING = 90.0  # seconds for a file; later pages stay pictures
_EDGE = 3  # lines at the head and at the foot of a page that may repeat on others
_REPEATS = 0.4  # of the pages
_BODY = 0.65  # of the letters are at most as large as the body's
_LARGER = 1.1  # than the body's letters: then a line is a heading
_LEVELS = 3  # sizes of headings that are distinguished
_LONGEST_HEADING = 150  # characters
_HEADING_LINES = 3
_NUMBERING = 8  # letters and figures before a title: "Chapter 12"
_SMALLER = 0.93  # than the page's letters: then lines at its foot may be notes
_NOTE = re.compile(r"[(\[]?(?:\d{1,3}|[*†‡§]+|[a-z])[)\].]?\s+\S|[*†‡§]+\S")
_ENTRIES = 3  # lines of a table of contents, at least
_NUMBERED_LINE = re.compile(r".*\D\s*\d{1,4}")
_WAITING = re.compile(r"please wait|adobe reader", re.IGNORECASE)
_PASSWORD, _SECURITY = 4, 5  # why PDFium does not open a file
_XFA = (2, 3)  # kinds of forms
_TITLE_PAGES = 2
_LEAST_TITLE, _LONGEST_TITLE = 4, 250  # letters, characters
_NO_TITLE = re.compile(r"(?i)\.(docx?|pdf|pptx?|xlsx?|indd|rtf|odt|tex|dvi|qxd|ps)\b|^(untitled|microsoft word\b)|^$")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


@dataclass(frozen=True)
class _Line:
    text: str
    size: float  # of most of its letters, in points
    page: int
    row: bool = False  # of a table
    apart: bool = False  # from the line above
    note: bool = False  # at the foot of its page
    turned: bool = False  # the first of a column


@dataclass(frozen=True)
class _Page:
    lines: list[_Line]
    scanned: bool
    sure: float | None = None  # of its text, which was recognised in a picture


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
    document = _open(data)
    until = time.monotonic() + _LONGEST_RECOGNISING
    pages = [_spared(partial(_looked_at, document, number, until)) for number in range(1, len(document) + 1)]
    if not any(pages):
        _looked_at(document, 1, until)  # raises what is wrong with it
    values = _spared(partial(_form, data)) or []
    scans = tuple(number for number, page in enumerate(pages, start=1) if page and page.scanned)
    if len(scans) == len(pages) and not values:
        raise Scanned
    lines = _without_contents(_without_furniture([page.lines if page else [] for page in pages]))
    if document.get_formtype() in _XFA and any(_WAITING.search(line.text) for line in lines):
        raise UnknownFormat(why="a form (XFA) that only the program of its maker shows")
    headings = _spared(partial(_bookmarked, document, lines)) or _set_large(lines)
    headings |= {at: heading for at, heading in _articles(lines).items() if at not in headings}
    outline = Outline()
    _lay_out(lines, headings, outline)
    outline.blocks(values)
    stated = _spared(document.get_metadata_dict) or {}
    first = [_without_contents(page.lines) if page else [] for page in pages[:_TITLE_PAGES]]
    return Read(
        sections=outline.sections(),
        title=_title(str(stated.get("Title") or ""), outline.title, first, lines),
        published_on=_day(stated.get("ModDate")) or _day(stated.get("CreationDate")),
        unread=scans,
        recognised=tuple(
            (number, round(100 * page.sure)) for number, page in enumerate(pages, start=1) if page and page.sure
        ),
    )


def _spared(look: Callable[[], T]) -> T | None:
    """What a look at a part of the file gives; nothing when the part is damaged, which spares the others."""
    try:
        return look()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - the border to the libraries, which meet damage with any error
        return None


def _open(data: bytes) -> Any:  # noqa: ANN401 - pypdfium2 carries no types
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if _spared(partial(_is_empty, data)):
            raise Empty from error
        raise (Encrypted if error.err_code in (_PASSWORD, _SECURITY) else Damaged) from error
    return document


def _is_empty(data: bytes) -> bool:
    """Whether a file has no pages, which PDFium takes for damage."""
    from pypdf import PdfReader

    return not PdfReader(BytesIO(data)).pages


def _looked_at(document: Any, number: int, until: float) -> _Page:  # noqa: ANN401
    """A page as its lines; what is a picture is recognised where that can be, and the clock does not stand beyond."""
    page = document[number - 1]
    words, rules = _page.page_words(page)
    lines = _lines_of(words, rules, number)
    scanned = _letters_in(lines) < _SPARSE and _shows_pictures(page)
    sure = None
    if scanned and _scan.can_recognise() and time.monotonic() < until:
        words, sure = _spared(partial(_scan.recognised, page)) or ([], None)
        read = _lines_of(words, _page.Rules(), number)
        scanned = not _letters_in(read)
        lines = lines if scanned else read
    page.close()
    return _Page(list(_with_notes(lines)), scanned, None if scanned else sure)


def _lines_of(words: Sequence[_page.Word], rules: _page.Rules, number: int) -> list[_Line]:
    return [
        _Line(line.text, line.size, number, line.row, line.apart, turned=line.turned)
        for line in _layout.laid_out(words, rules)
        if line.text.strip()
    ]


def _letters_in(lines: Iterable[_Line]) -> int:
    return sum(char.isalnum() for line in lines for char in line.text)


def _shows_pictures(page: Any) -> bool:  # noqa: ANN401
    import pypdfium2.raw as pdfium

    return any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4))


def _with_notes(lines: Sequence[_Line]) -> Iterator[_Line]:
    """The lines of a page; those at its end that are smaller than most, from the first with a mark on, are notes."""
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += 0 if line.row else len(line.text)
    usual = max(letters, key=lambda size: letters[size], default=0.0)
    small = len(lines)
    while small and lines[small - 1].size <= _SMALLER * usual and not lines[small - 1].row:
        small -= 1
    begin = next((at for at in range(small, len(lines)) if _NOTE.match(plain(lines[at].text))), len(lines))
    for at, line in enumerate(lines):
        yield replace(line, note=at >= begin)


def _form(data: bytes) -> list[str]:
    """What was filled into a form's fields, which is no part of the pages' text."""
    from pypdf import PdfReader

    reader = PdfReader(BytesIO(data))
    if b"AcroForm" not in data and "/AcroForm" not in reader.root_object:
        return []
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


def _without_contents(lines: list[_Line]) -> list[_Line]:
    """The lines without tables of contents: several in a row with leaders, or below their name with page numbers."""
    dropped: set[int] = set()
    for at, line in enumerate(lines):
        if not names_contents(line.text):
            continue
        end = at + 1
        while end < len(lines) and _NUMBERED_LINE.fullmatch(plain(lines[end].text)):
            end += 1
        if end - at > _ENTRIES:
            dropped.update(range(at, end))
    for led, run in groupby(range(len(lines)), key=lambda at: entry(plain(lines[at].text)) is not None):
        places = list(run)
        if led and len(places) >= _ENTRIES:
            dropped.update(places)
            dropped.update(at for at in (places[0] - 1,) if at >= 0 and names_contents(lines[at].text))
    return [line for at, line in enumerate(lines) if at not in dropped]


def _articles(lines: Sequence[_Line]) -> dict[int, _Heading]:
    """The lines that are the number of an article and nothing else, with the title below it."""
    found: dict[int, _Heading] = {}
    for at, line in enumerate(lines):
        text = plain(line.text)
        words = text.casefold().split()
        if len(words) != 2 or words[0] not in title_words()["articles"] or not words[1][:1].isdigit():
            continue
        below = plain(lines[at + 1].text) if at + 1 < len(lines) else ""
        titled = (
            below and len(below) <= _LONGEST_HEADING and not below.endswith((".", ";", ":", ",")) and below[0].isupper()
        )
        found[at] = _Heading(f"{text} {below}" if titled else text, _LEVELS - 1, 1 + bool(titled))
    return found if len(found) > 1 else {}


def _bookmarked(document: Any, lines: list[_Line]) -> dict[int, _Heading]:  # noqa: ANN401
    """The bookmarks as headings, by the line where they stand, or else the first of their page."""
    found: dict[int, _Heading] = {}
    first = {line.page: at for at, line in reversed(list(enumerate(lines)))}
    for item in document.get_toc():
        target = item.get_dest()
        title, page = plain(item.get_title() or ""), target.get_index() if target else None
        if title and page is not None and page + 1 in first:
            at, takes = _place(title, lines, first[page + 1])
            text = plain(" ".join(line.text for line in lines[at : at + takes]))  # with its number
            found.setdefault(at, _Heading(text or title, item.level, takes))
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
    letters = _letters(lines)
    body = _body_size(letters)
    larger = sorted((size for size in letters if size >= _LARGER * body), reverse=True)
    found: dict[int, _Heading] = {}
    at = 0
    while at < len(lines):
        takes = 1
        if lines[at].size in larger and not is_bullet(lines[at].text) and not lines[at].row:
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
    """Give the outline the paragraphs between the headings; notes follow the text under theirs."""
    width = usual_width(line.text for line in lines if not line.row)
    starts = sorted({0, *headings, len(lines)})
    for start, end in pairwise(starts):
        heading = headings.get(start)
        if heading:
            outline.page(lines[start].page)
            outline.heading(heading.text, heading.depth)
        under = lines[start + (heading.takes if heading else 0) : end]
        for is_row, run in groupby((line for line in under if not line.note), key=lambda line: line.row):
            if is_row:
                for line in run:
                    outline.page(line.page)
                    outline.block(line.text)
            else:
                _write(list(run), width, outline)
        for page, notes in groupby((line for line in under if line.note), key=lambda line: line.page):
            _write([replace(line, apart=bool(_NOTE.match(plain(line.text)))) for line in notes], width, outline)
            outline.page(page)


def _write(lines: Sequence[_Line], width: int, outline: Outline) -> None:
    """Give the outline the paragraphs that lines make; what stands apart begins one."""
    spread = [part for line in lines for part in ((replace(line, text=""), line) if line.apart else (line,))]
    breaks = {at for at in range(1, len(spread)) if spread[at].turned or spread[at].page != spread[at - 1].page}
    for at, paragraph in paragraphs([_even(line.text) for line in spread], width, breaks):
        outline.page(spread[at].page)
        outline.block(paragraph)


def _even(text: str) -> str:
    """A line's text, with the space at its end where the file has one, which tells whether a word was parted there."""
    return plain(text) + " " * text.endswith(" ")


def _title(stated: str, headed: str, pages: Sequence[Sequence[_Line]], lines: Sequence[_Line]) -> str:
    """The title that the file states, if it stands on the first pages too; else what is set largest there."""
    stated = plain(stated)
    sound = not _NO_TITLE.search(stated) and len(stated) >= _LEAST_TITLE
    opening = _squeezed("".join(line.text for page in pages for line in page))
    if sound and _squeezed(stated) in opening and not is_generic(stated):
        return stated
    largest = _largest([line for page in pages for line in page], lines)
    return largest or headed or (stated if sound else "")


def _largest(lines: Sequence[_Line], all_lines: Sequence[_Line]) -> str:
    """The largest lines in a row that name something: with what stands next to them where they are generic words."""
    body = _body_size(_letters(all_lines))
    groups = [list(run) for _, run in groupby(lines, key=lambda line: (line.size, line.page, line.row))]
    texts = [(group[0].size, plain(" ".join(line.text for line in group))) for group in groups if not group[0].row]
    ranked = sorted(range(len(texts)), key=lambda at: -texts[at][0])
    for at in ranked:
        size, text = texts[at]
        if size < _LARGER * body:
            break
        if is_generic(text) and at + 1 < len(texts):
            text = f"{text}: {texts[at + 1][1]}" if any(map(str.isalpha, text)) else texts[at + 1][1]
        if sum(map(str.isalpha, text)) >= _LEAST_TITLE // (1 if text.isascii() else 2) and len(text) <= _LONGEST_TITLE:
            return text
    return ""


def _letters(lines: Sequence[_Line]) -> Counter[float]:
    letters: Counter[float] = Counter()
    for line in lines:
        letters[line.size] += len(line.text.strip())
    return letters


def _day(stamp: object) -> str:
    """The day of a PDF's time stamp, `D:20250318...`."""
    found = re.match(r"(?:D:)?(\d{4})(\d{2})?(\d{2})?", str(stamp or ""))
    return "-".join(part for part in found.groups() if part) if found else ""
