"""HTML: the main text without menus and footers, under its headings, with lists and tables."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from corpus.documents import Read
from corpus.files.formats._blocks import Outline, plain
from corpus.files.formats._grid import Cell, grid_lines
from corpus.files.formats._script import lowered, raised
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
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|text-decoration[^;]*line-through", re.I)
_STRUCK = ("s", "strike", "del")
_NOTICE = 0.5  # share of a page's words: what is longer is no notice upon it
_MOST_OF = 0.6  # of the words of what the page calls its main part have to be in what was found
_LITTLE = 25  # words: with fewer, the main text was not found


def recognises(data: bytes) -> bool:
    """HTML's own first words."""
    return _START.match(data[:_HEAD]) is not None


def declared(data: bytes) -> str | None:
    """The charset that a page states itself."""
    found = _CHARSET.search(data[:_HEAD])
    return found[1].decode("ascii", "replace") if found else None


def blocks(source: str) -> list[str]:
    """The blocks of a piece of HTML, without headings."""
    import lxml.html

    page = lxml.html.fragment_fromstring(source, create_parent="div")
    _prepare(page)
    outline = _outline(page)
    return [line for section in outline.sections() for line in section.text.split("\n")]


def read(data: bytes) -> Read:
    """The main text by trafilatura, or the whole page when it is a plain document; title and date as it finds them."""
    import lxml.html
    import trafilatura
    from trafilatura.settings import Document

    text = decode(data, declared(data))
    if not text.strip():
        return Read(())
    page = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=lxml.html.HTMLParser(encoding="utf-8"))
    language = page.get("lang") or page.get("{http://www.w3.org/XML/1998/namespace}lang") or ""
    stated = trafilatura.extract_metadata(page)
    _prepare(page)
    is_document = _is_document(page)
    found = None if is_document else trafilatura.bare_extraction(page, include_comments=False, fast=True)
    main = _outline(found.body) if isinstance(found, Document) else Outline()
    if not is_document:
        _take_away_furniture(page)
    marked = _outline(_main_part(page))
    if is_document or _words(main) < max(_LITTLE, _MOST_OF * _words(marked) if _main_part(page) is not page else 0):
        main = marked
    return Read(
        sections=main.sections(),
        title=main.title or plain(stated.title or ""),
        publisher=plain(stated.sitename or ""),
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


def _prepare(page: Any) -> None:  # noqa: ANN401
    """Take from a page what is not seen, and write out what only its code says."""
    _take_away_unseen(page)
    _mark_scripts(page)
    _write_out_tables(page)
    _name_definitions(page)


def _take_away_unseen(page: Any) -> None:  # noqa: ANN401
    """Take away what a browser does not show, what is struck, and notices that lie upon the page."""
    size = len(page.text_content().split())
    for element in list(page.iter()):
        if element is page or not isinstance(element.tag, str) or element.getparent() is None:
            continue
        hidden = element.get("hidden") is not None and element.get("hidden") != "until-found"
        if hidden or element.tag in _STRUCK or _HIDDEN_STYLE.search(element.get("style") or "") or _is_notice(element, size):
            _drop(element)


def _is_notice(element: Any, size: int) -> bool:  # noqa: ANN401
    """Whether an element asks for consent to cookies: it is a dialog or is called so, and speaks of them."""
    if element.tag in ("body", "main", "article"):
        return False
    words = _notices()
    name = f"{element.get('id') or ''} {element.get('class') or ''}".lower()
    apart = element.get("role") in ("dialog", "alertdialog") or element.get("aria-modal") == "true"
    if not apart and not any(word in name for word in words["names"]):
        return False
    text = element.text_content().casefold()
    about = any(word in text for word in words["words"])
    return about and len(text.split()) <= _NOTICE * size if not apart else about


@cache
def _notices() -> dict[str, list[str]]:
    table = tomllib.loads(Path(__file__).with_name("notices.toml").read_text("utf-8"))
    return {name: list(words) for name, words in table.items()}


def _take_away_furniture(page: Any) -> None:  # noqa: ANN401
    """Take away menus, and the head and foot of the site."""
    for element in list(page.iter("nav", "header", "footer")):
        within = any(above.tag in ("main", "article") for above in element.iterancestors())
        if element.getparent() is not None and (element.tag == "nav" or not within):
            _drop(element)


def _main_part(page: Any) -> Any:  # noqa: ANN401
    """What the page calls its main part, where there is one."""
    parts = list(page.iter("main")) or list(page.iter("article"))
    return parts[0] if len(parts) == 1 else page


def _drop(element: Any) -> None:  # noqa: ANN401
    """Take an element away, and leave what follows it."""
    element.tail, tail = None, element.tail
    before, above = element.getprevious(), element.getparent()
    if before is not None:
        before.tail = f"{before.tail or ''} {tail or ''}"
    else:
        above.text = f"{above.text or ''} {tail or ''}"
    above.remove(element)


def _mark_scripts(page: Any) -> None:  # noqa: ANN401
    """Mark what is raised and lowered; a raised link within the page refers to a note and is taken away."""
    for element in list(page.iter("sup", "sub")):
        if element.getparent() is None:
            continue
        links = [link.get("href") or "" for link in element.iter("a")]
        if element.tag == "sup" and any("#" in link for link in links):
            element.tail = element.tail or ""
            before, above = element.getprevious(), element.getparent()
            if before is not None:
                before.tail = (before.tail or "") + element.tail
            else:
                above.text = (above.text or "") + element.tail
            element.tail = None
            above.remove(element)
            continue
        text = element.text_content()
        for child in list(element):
            element.remove(child)
        element.text = raised(text) if element.tag == "sup" else lowered(text)
        element.drop_tag()


def _write_out_tables(page: Any) -> None:  # noqa: ANN401
    """Put in the place of each table the lines that it says, as a list; tables that are there for the layout stay."""
    import lxml.html

    for element in list(page.iter("table")):
        rows = _rows(element)
        if not rows or element.getparent() is None:
            continue
        written = lxml.html.Element("div")
        caption = next(element.iter("caption"), None)
        heads = sum(1 for line in element.iter("tr") if _within(line, "thead"))
        told = "".join(_spoken(caption)) if caption is not None else ""
        listed = None
        for line in [*([told] if told.strip() else []), *grid_lines(rows, headed=heads or None)]:
            if not line.startswith("- "):
                lxml.html.etree.SubElement(written, "p").text = plain(line)
                listed = None
                continue
            listed = lxml.html.etree.SubElement(written, "ul") if listed is None else listed
            lxml.html.etree.SubElement(listed, "li").text = line.removeprefix("- ")
        written.tail = element.tail
        element.getparent().replace(element, written)


def _name_definitions(page: Any) -> None:  # noqa: ANN401
    """Put each term of a list of definitions before what is said of it; what opens a folded part is its heading."""
    for element in page.iter("summary"):
        element.tag = "h4"
    for element in list(page.iter("dl")):
        terms: list[str] = []
        said = False
        for child in list(element.iter("dt", "dd")):
            text = plain("".join(_spoken(child)))
            if child.tag == "dt":
                terms, said = ([] if said else terms) + [text], False
                _drop(child)
                continue
            if not any(True for _ in child.iter("p", "ul", "ol", "div")):
                for inner in list(child):
                    child.remove(inner)
                child.text = f"{' / '.join(terms).removesuffix(':')}: {text}" if terms else text
            elif terms:
                child.text = f"{' / '.join(terms)}: {child.text or ''}"
            child.tag, said = "li", True
        element.tag = "ul"


def _within(element: Any, tag: str) -> bool:  # noqa: ANN401
    return any(above.tag == tag for above in element.iterancestors("thead", "table") if above.tag == tag)


def _rows(element: Any) -> list[list[Cell]]:  # noqa: ANN401
    """A table's cells; none when it is there for the layout: one column, or tables in its cells."""
    if any(True for inner in element.iter("table") if inner is not element):
        return []
    rows = [
        [
            Cell("".join(_spoken(cell)), _span(cell, "colspan"), _span(cell, "rowspan"), head=cell.tag == "th")
            for cell in line.iterchildren("td", "th")
        ]
        for line in element.iter("tr")
    ]
    rows = [row for row in rows if row]
    return rows if len(rows) > 1 and max(sum(cell.columns for cell in row) for row in rows) > 1 else []


def _span(cell: Any, name: str) -> int:  # noqa: ANN401
    """How many columns or rows a cell spans, within reason."""
    value = (cell.get(name) or "1").strip()
    return min(max(int(value), 1), 100) if value.isdecimal() else 1
