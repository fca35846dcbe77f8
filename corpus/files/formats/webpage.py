"""HTML: the main text without menus and footers, under its headings, with lists and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from corpus.documents import Read
from corpus.files.formats._blocks import Outline, plain, table
from corpus.files.formats._text import decode

SUFFIXES = (".html", ".htm", ".xhtml")
BY_NAME = True

_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>|<!--.*?-->|\s)*(?:<!doctype\s+html|<html|<head|<body)", re.I | re.S
)
_CHARSET = re.compile(rb"<(?:meta|\?xml)[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_HEAD = 4096  # bytes in which the charset is declared

_SILENT = set(
    "script style noscript template head title svg math button select option input iframe graphic img".split()
)
_FURNITURE = "nav header footer aside script".split()  # of a site; a document has none
_INLINE = set(
    "a abbr acronym b bdi bdo big cite code data del dfn em font hi i ins kbd label mark q ref ruby s samp small span "
    "strike strong sub sup time tt u var wbr".split()
)
_LISTS = {"ul", "ol", "list", "menu", "dir"}
_LINKED = 0.3  # share of a page's letters that stand in links, from which on it is a site's page and no document
_LITTLE = 25  # words: with fewer, the main text was not found


def recognises(data: bytes) -> bool:
    """HTML's own first words."""
    return _START.match(data[:_HEAD]) is not None


def read(data: bytes) -> Read:
    """The main text by trafilatura, or the whole page when it is a plain document; title and date as it finds them."""
    import lxml.html
    import trafilatura
    from trafilatura.settings import Document

    declared = _CHARSET.search(data[:_HEAD])
    text = decode(data, declared[1].decode("ascii", "replace") if declared else None)
    if not text.strip():
        return Read(())
    page = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8"))
    language = page.get("lang") or page.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    whole = _outline(page)
    found = None if _is_document(page) else trafilatura.bare_extraction(page, include_comments=False, fast=True)
    main = _outline(found.body) if isinstance(found, Document) else whole
    if _words(main) < _LITTLE:
        main = whole
    stated = trafilatura.extract_metadata(page)
    return Read(
        sections=main.sections(),
        title=main.title or plain(stated.title or ""),
        publisher=plain(stated.sitename or stated.author or ""),
        published_on=stated.date or "",
        language=language.split("-")[0].lower(),
    )


def _is_document(page: Any) -> bool:  # noqa: ANN401 - an lxml element
    """Whether a page is a document without a site around it: no menus, few links."""
    if any(True for _ in page.iter(*_FURNITURE)):
        return False
    letters = len("".join(page.itertext()))
    return sum(len("".join(link.itertext())) for link in page.iter("a")) <= _LINKED * letters


def _words(outline: Outline) -> int:
    return sum(len(section.text.split()) for section in outline.sections())


def _outline(page: Any) -> Outline:  # noqa: ANN401
    outline = Outline()
    walk = _WebpageWalk(outline)
    walk.element(page)
    walk.flush()
    return outline


class _WebpageWalk:
    """A walk over a page, in HTML or in trafilatura's tags, that gathers running text until a block ends."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._held: list[str] = []
        self._bullet = ""
        self._numbers: list[int | None] = []  # of the lists that are open; None when it has bullets

    def flush(self) -> None:
        """End the block."""
        text = plain("".join(self._held))
        if text:
            self._outline.block(self._bullet + text)
            self._bullet = ""
        self._held = []

    def element(self, element: Any) -> None:  # noqa: ANN401
        """Take in an element and what it holds."""
        tag = element.tag if isinstance(element.tag, str) else "script"  # a comment
        level = _level(element)
        if level:
            self.flush()
            self._outline.heading("".join(_spoken(element)), max(level - 2, 0))
        elif tag in ("br", "lb", "hr"):
            self._held.append(" ")
        elif tag == "table" and (rows := _rows(element)):
            self.flush()
            self._outline.blocks(table(rows, headed=_headed(element)))
        elif tag in _LISTS:
            self._list(element)
        elif tag not in _SILENT:
            self._block(element, inline=tag in _INLINE)

    def _block(self, element: Any, *, inline: bool) -> None:  # noqa: ANN401
        if not inline:
            self.flush()
        if element.tag in ("li", "item"):
            self._bullet = self._next_bullet()
        self._held.append(element.text or "")
        for child in element:
            self.element(child)
            self._held.append(child.tail or "")
        if not inline:
            self.flush()

    def _list(self, element: Any) -> None:  # noqa: ANN401
        self.flush()
        numbered = element.tag == "ol" or element.get("rend") == "ol"
        start = element.get("start", "1")
        self._numbers.append((int(start) if start.isdecimal() else 1) if numbered else None)
        self._block(element, inline=False)
        self._numbers.pop()
        self._bullet = ""

    def _next_bullet(self) -> str:
        number = self._numbers[-1] if self._numbers else None
        if number is None:
            return "- "
        self._numbers[-1] = number + 1
        return f"{number}. "


def _level(element: Any) -> int:  # noqa: ANN401
    """1 to 6 for a heading, 0 for anything else."""
    name = str(element.get("rend") if element.tag == "head" else element.tag)
    return int(name[1]) if re.fullmatch(r"h[1-6]", name) else 0


def _spoken(element: Any) -> Iterator[str]:  # noqa: ANN401
    """An element's words, without scripts and the like."""
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _SILENT:
            yield " " if child.tag in ("br", "lb") else ""
            yield from _spoken(child)
            yield "" if child.tag in _INLINE else " "
        yield child.tail or ""


def _rows(element: Any) -> list[list[str]]:  # noqa: ANN401
    """The texts of a table's cells; none when it is there for the layout: one column, or tables in its cells."""
    if any(True for inner in element.iter("table") if inner is not element):
        return []
    rows: list[list[str]] = []
    carried: dict[int, tuple[int, str]] = {}  # cells that span rows: column -> rows still to come, text
    for line in element.iter("tr", "row"):
        row: list[str] = []
        for cell in line.iterchildren("td", "th", "cell"):
            _carry(row, carried)
            text = plain("".join(_spoken(cell)))
            for _ in range(_span(cell, "colspan")):
                carried[len(row)] = (_span(cell, "rowspan") - 1, text)
                row.append(text)
                text = text if cell.tag == "th" else ""
        _carry(row, carried)
        rows.append(row)
    return rows if len(rows) > 1 and max(map(len, rows)) > 1 else []


def _carry(row: list[str], carried: dict[int, tuple[int, str]]) -> None:
    while carried.get(len(row), (0, ""))[0] > 0:
        left, text = carried[len(row)]
        carried[len(row)] = (left - 1, text)
        row.append(text)


def _span(cell: Any, name: str) -> int:  # noqa: ANN401
    """How many columns or rows a cell spans, within reason."""
    value = cell.get(name, "1")
    return min(max(int(value), 1), 100) if value.isdecimal() else 1


def _headed(element: Any) -> bool | None:  # noqa: ANN401
    """Whether the first row names the columns: all its cells are marked so. Else the looks say, see `table`."""
    first = next(element.iter("tr", "row"))
    cells = list(first)
    marked = [cell.tag == "th" or cell.get("role") == "head" for cell in cells]
    return True if cells and all(marked) else None
