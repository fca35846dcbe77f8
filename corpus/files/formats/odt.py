"""ODT (LibreOffice): headings, paragraphs, lists and tables in order, notes at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from corpus.documents import Read
from corpus.errors import Encrypted
from corpus.files.formats._blocks import Outline, plain
from corpus.files.formats._grid import Cell, grid_lines
from corpus.files.formats._package import holds, open_package, parsed
from corpus.files.formats._script import lowered, raised

SUFFIXES = (".odt", ".ott")
BY_NAME = False

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_SILENT = {
    *(_OFFICE + name for name in ("annotation", "annotation-end", "forms")),
    *(_TEXT + name for name in ("note", "tracked-changes", "hidden-text", "hidden-paragraph", "ruby-text")),
    *(_TEXT + f"{name}-index" for name in ("alphabetical", "illustration", "table", "object", "user")),
    _TEXT + "table-of-content",
}
_MOST_REPEATED = 100  # columns or rows that one element stands for
_KIND = b"application/vnd.oasis.opendocument.text"


def recognises(data: bytes) -> bool:
    """An OpenDocument package that holds a text."""
    return _KIND in data[:200] and holds(data, "content.xml")


def read(data: bytes) -> Read:
    """Sections under the document's headings."""
    with open_package(data) as package:
        if b"encryption-data" in package.read("META-INF/manifest.xml"):
            raise Encrypted
        content = parsed(package.read("content.xml"))
        stated = parsed(package.read("meta.xml")) if "meta.xml" in package.namelist() else content
        styles = parsed(package.read("styles.xml")) if "styles.xml" in package.namelist() else content
    outline = Outline()
    walk = _OdtWalk(outline, _all_looks(styles, content))
    body = content.find(f"{_OFFICE}body/{_OFFICE}text")
    walk.blocks(body if body is not None else content)
    for note in content.iter(_TEXT + "note-body"):
        outline.block("".join(walk.words(note)))
    return Read(
        sections=outline.sections(),
        title=outline.title or plain(stated.findtext(f".//{_DC}title", "")),
        published_on=stated.findtext(f".//{_DC}date", "")[:10],
        language=stated.findtext(f".//{_DC}language", ""),
    )


@dataclass(frozen=True)
class _Looks:
    """How a style sets letters: not at all (hidden, or struck), raised, lowered."""

    unseen: bool = False
    position: str = ""


def _all_looks(*parts: Any) -> dict[str, _Looks]:  # noqa: ANN401 - lxml elements
    """The looks of the styles, by their names."""
    styles = {style.get(_STYLE + "name", ""): style for part in parts for style in part.iter(_STYLE + "style")}
    return {name: _looks(name, styles) for name in styles}


def _looks(name: str, styles: dict[str, Any]) -> _Looks:
    seen: set[str] = set()
    unseen, position = None, ""
    while name in styles and name not in seen:
        seen.add(name)
        properties = styles[name].find(_STYLE + "text-properties")
        said = properties.attrib if properties is not None else {}
        struck = said.get(_STYLE + "text-line-through-style") or said.get(_STYLE + "text-line-through-type")
        hidden = said.get(_TEXT + "display")
        if unseen is None and (struck or hidden):
            unseen = (struck or "none") != "none" or hidden == "none"
        position = position or said.get(_STYLE + "text-position", "")
        name = styles[name].get(_STYLE + "parent-style-name", "")
    return _Looks(bool(unseen), position)


class _OdtWalk:
    """A walk over the document's blocks, which knows how its styles look."""

    def __init__(self, outline: Outline, looks: dict[str, _Looks]) -> None:
        self._outline = outline
        self._looks = looks

    def blocks(self, parent: Any, bullet: str = "") -> None:  # noqa: ANN401 - an lxml element
        """Give the outline all that stands under an element."""
        for element in parent:
            if element.tag in (_TEXT + "h", _TEXT + "p") and self._of(element).unseen:
                continue
            if element.tag == _TEXT + "h":
                depth = max(int(element.get(_TEXT + "outline-level", "1")) - 1, 0)
                self._outline.heading("".join(self.words(element)), depth)
            elif element.tag == _TEXT + "p":
                text = plain("".join(self.words(element)))
                self._outline.block(bullet + text if text else "")
            elif element.tag in (_TEXT + "list-item", _TEXT + "list-header"):
                self.blocks(element, "- ")
            elif element.tag == _TABLE + "table":
                self._table(element)
            elif element.tag == _TEXT + "section" and element.get(_TEXT + "display") == "none":
                continue
            elif element.tag not in _SILENT and isinstance(element.tag, str):
                self.blocks(element, bullet)

    def words(self, element: Any) -> Iterator[str]:  # noqa: ANN401
        """The words under an element, without what is not seen."""
        yield element.text or ""
        for child in element:
            if child.tag in (_TEXT + "s", _TEXT + "tab", _TEXT + "line-break"):
                yield " "
            elif child.tag == _TEXT + "span":
                yield self._span(child)
            elif child.tag not in _SILENT:
                yield from self.words(child)
            yield child.tail or ""

    def _of(self, element: Any) -> _Looks:  # noqa: ANN401
        return self._looks.get(element.get(_TEXT + "style-name", ""), _Looks())

    def _span(self, span: Any) -> str:  # noqa: ANN401
        looks = self._of(span)
        text = "" if looks.unseen else "".join(self.words(span))
        rise = re.match(r"super|sub|-?[1-9]", looks.position)
        if rise is None:
            return text
        return lowered(text) if rise[0] == "sub" or rise[0].startswith("-") else raised(text)

    def _table(self, element: Any) -> None:  # noqa: ANN401
        rows = [self._cells(row) for row in element.iter(_TABLE + "table-row") if _is_seen(row)]
        headers = element.find(_TABLE + "table-header-rows")
        headed = len(headers.findall(_TABLE + "table-row")) if headers is not None else None
        self._outline.blocks(grid_lines(rows, headed=headed))

    def _cells(self, row: Any) -> list[Cell]:  # noqa: ANN401
        cells: list[Cell] = []
        for cell in row.iter(_TABLE + "table-cell"):
            text = " ".join(
                plain("".join(self.words(paragraph)))
                for paragraph in cell.iter(_TEXT + "p", _TEXT + "h")
                if not self._of(paragraph).unseen
            )
            columns, rows = (int(cell.get(f"{_TABLE}number-{what}-spanned", "1")) for what in ("columns", "rows"))
            times = min(int(cell.get(_TABLE + "number-columns-repeated", "1")), _MOST_REPEATED)
            cells += [Cell(text, columns, rows)] * times
        return cells


def _is_seen(row: Any) -> bool:  # noqa: ANN401
    return row.get(_TABLE + "visibility", "visible") == "visible"
