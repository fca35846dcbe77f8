"""DOCX: headings, paragraphs, lists and tables in order, text boxes where they are anchored, notes at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corpus.documents import Read
from corpus.errors import Scanned
from corpus.files.formats._blocks import Outline, plain, table
from corpus.files.formats._drawings import drawn
from corpus.files.formats._package import holds, office, parsed, shows_pictures

if TYPE_CHECKING:
    from docx.document import Document

SUFFIXES = (".docx", ".docm", ".dotx")
BY_NAME = False

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SAID_ELSEWHERE = {_W + "txbxContent", _W + "del", _W + "moveFrom", _W + "instrText", _FALLBACK}
_SPACE = {_W + "tab": " ", _W + "br": " ", _W + "cr": " ", _W + "noBreakHyphen": "-"}
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
_BODY_LEVEL = 9  # the outline level of what is no heading
_ITEM = re.compile(r"-|\d+\.|")  # what begins an item, or nothing; other numbers stand behind a bullet
_PLACE = re.compile(r"%(\d)")
_ROMAN = {"M": 1000, "CM": 900, "D": 500, "CD": 400, "C": 100, "XC": 90, "L": 50, "XL": 40, "X": 10}
_ROMAN |= {"IX": 9, "V": 5, "IV": 4, "I": 1}
_NOTES = re.compile(r".*/(?:footnotes|endnotes)$")


def recognises(data: bytes) -> bool:
    """A package with a Word document in it."""
    return holds(data, "word/document.xml")


def read(data: bytes) -> Read:
    """Sections under Word's own headings."""
    import docx

    document = docx.Document(office(data))
    outline = Outline()
    _DocxWalk(document, outline).blocks(document.element.body)
    outline.blocks(_notes(document))
    sections = outline.sections()
    if not sections and shows_pictures(data):
        raise Scanned
    properties = document.core_properties
    dated = properties.modified or properties.created
    return Read(
        sections=sections,
        title=outline.title or plain(properties.title or "") or _titled(document),
        publisher=plain(properties.author or ""),
        published_on=dated.date().isoformat() if dated else "",
        language=properties.language or "",
    )


class _DocxWalk:
    """A walk over the document's blocks, which knows its styles and counts its lists."""

    def __init__(self, document: Document, outline: Outline) -> None:
        self._outline = outline
        self._part = document.part
        self._styles = {style.style_id: style.element for style in document.styles}
        self._numbering = _numbering(document)
        self._counts: dict[str, dict[int, int]] = {}  # of a list's levels

    def blocks(self, parent: Any) -> None:  # noqa: ANN401 - an lxml element
        """Give the outline all that stands under an element."""
        for element in parent:
            if element.tag == _W + "p":
                self._paragraph(element)
            elif element.tag == _W + "tbl":
                self._table(element)
            elif element.tag not in _SAID_ELSEWHERE and isinstance(element.tag, str):
                self.blocks(element)  # a content control, an insertion, a custom element: what it wraps

    def _paragraph(self, paragraph: Any) -> None:  # noqa: ANN401
        text = "".join(_text(paragraph))
        depth = self._depth(paragraph)
        if depth is not None and text.strip():
            self._outline.heading(f"{self._number(paragraph).strip('-')} {text}", depth)
        elif text.strip():
            number = self._number(paragraph)
            self._outline.block(f"{number if _ITEM.fullmatch(number) else f'- {number}'} {text}")
        self._outline.blocks(drawn(paragraph, self._part))
        for box in paragraph.iter(_W + "txbxContent"):
            if not any(above.tag == _FALLBACK for above in box.iterancestors()):
                self.blocks(box)

    def _depth(self, paragraph: Any) -> int | None:  # noqa: ANN401
        """How deep a heading is; None for other paragraphs."""
        for properties in self._properties(paragraph):
            level = properties.find(_W + "outlineLvl")
            if level is not None:
                number = int(level.get(_W + "val", _BODY_LEVEL))
                return number if number < _BODY_LEVEL else None
        names = [_value(style.find(_W + "name"), "") for style in self._chain(paragraph)]
        found = next((match for match in map(_HEADING.fullmatch, names) if match), None)
        return int(found[1]) - 1 if found else 0 if "Title" in names else None

    def _number(self, paragraph: Any) -> str:  # noqa: ANN401
        """A paragraph's number as Word shows it (`2.1.`, `b)`), `-` for a bullet, nothing outside of lists."""
        for properties in self._properties(paragraph):
            numbering = properties.find(_W + "numPr")
            if numbering is not None:
                number = _value(numbering.find(_W + "numId"), "0")
                level = int(_value(numbering.find(_W + "ilvl"), "0"))
                return self._next(number, level) if number != "0" else ""  # 0 switches it off
        return ""

    def _next(self, number: str, level: int) -> str:
        levels = self._numbering.get(number, {})
        if level not in levels or levels[level].how in ("bullet", "none"):
            return "-"
        counts = self._counts.setdefault(number, {})
        for deeper in [known for known in counts if known > level]:
            del counts[deeper]
        counts[level] = counts.get(level, levels[level].start - 1) + 1
        return _PLACE.sub(lambda place: _shown(int(place[1]) - 1, levels, counts), levels[level].text)

    def _properties(self, paragraph: Any) -> Iterator[Any]:  # noqa: ANN401
        """The paragraph's own properties, then those of its styles."""
        for holder in (paragraph, *self._chain(paragraph)):
            properties = holder.find(_W + "pPr")
            if properties is not None:
                yield properties

    def _chain(self, paragraph: Any) -> Iterator[Any]:  # noqa: ANN401
        """The paragraph's style and those that it is based on."""
        own = paragraph.find(f"{_W}pPr/{_W}pStyle")
        seen = set()
        while own is not None and (name := own.get(_W + "val")) in self._styles and name not in seen:
            seen.add(name)
            yield self._styles[name]
            own = self._styles[name].find(_W + "basedOn")

    def _table(self, element: Any) -> None:  # noqa: ANN401
        rows: list[list[str]] = []
        for row in element.iter(_W + "tr"):
            if _table_of(row) is element:
                rows.append(_cells(row, rows[-1] if rows else []))
        if max(map(len, rows), default=0) < 2 or len(rows) < 2:
            for cell in element.iter(_W + "tc"):  # a frame around text
                if _table_of(cell) is element:
                    self.blocks(cell)
            return
        first = next(element.iter(_W + "tr"))
        marked = first.find(f"{_W}trPr/{_W}tblHeader") is not None or _bold(first)
        self._outline.blocks(table(rows, headed=marked or None))


def _bold(row: Any) -> bool:  # noqa: ANN401
    runs = [run for run in row.iter(_W + "r") if "".join(_text(run)).strip()]
    return bool(runs) and all(run.find(f"{_W}rPr/{_W}b") is not None for run in runs)


def _table_of(element: Any) -> Any:  # noqa: ANN401
    return next(element.iterancestors(_W + "tbl"), None)


def _cells(row: Any, above: list[str]) -> list[str]:  # noqa: ANN401
    """The texts of a row's cells. One that spans rows stands in each; one that spans columns only in the first."""
    cells: list[str] = []
    for cell in row.iter(_W + "tc"):
        if next(cell.iterancestors(_W + "tr")) is not row:
            continue
        merged = cell.find(f"{_W}tcPr/{_W}vMerge")
        if merged is not None and _value(merged, "continue") == "continue":
            cells.extend(above[len(cells) : len(cells) + 1])
        else:
            cells.append(" ".join(plain("".join(_text(paragraph))) for paragraph in cell.iter(_W + "p")))
        span = cell.find(f"{_W}tcPr/{_W}gridSpan")
        cells.extend([""] * (int(_value(span, "1")) - 1))
    return cells


def _text(element: Any) -> Iterator[str]:  # noqa: ANN401
    """The words under an element, without what is deleted or stands in a box of its own."""
    for child in element:
        if child.tag in (_W + "t", _M + "t"):
            yield child.text or ""
        elif child.tag in _SPACE:
            yield _SPACE[child.tag]
        elif child.tag not in _SAID_ELSEWHERE:
            yield from _text(child)


def _notes(document: Document) -> Iterator[str]:
    for relation in document.part.rels.values():
        if relation.is_external or not _NOTES.fullmatch(relation.reltype):
            continue
        for note in parsed(relation.target_part.blob):
            if note.get(_W + "type") is None:  # the others are separators
                yield "".join(_text(note))


@dataclass(frozen=True)
class _Level:
    """How a level of a list is numbered: `decimal`, `lowerLetter`, `bullet` ...; `%1.%2.` shows two levels."""

    how: str
    text: str
    start: int


def _numbering(document: Document) -> dict[str, dict[int, _Level]]:
    """The levels of each list, by its id."""
    try:
        part = document.part.numbering_part.element
    except (KeyError, NotImplementedError):  # how python-docx says that a document has no lists
        return {}
    abstract = {
        one.get(_W + "abstractNumId"): {
            int(level.get(_W + "ilvl", "0")): _Level(
                _value(level.find(_W + "numFmt"), "decimal"),
                _value(level.find(_W + "lvlText"), ""),
                int(_value(level.find(_W + "start"), "1")),
            )
            for level in one.iter(_W + "lvl")
        }
        for one in part.iter(_W + "abstractNum")
    }
    return {
        number.get(_W + "numId"): abstract.get(_value(number.find(_W + "abstractNumId"), ""), {})
        for number in part.iter(_W + "num")
    }


def _shown(level: int, levels: Mapping[int, _Level], counts: Mapping[int, int]) -> str:
    """A level's count in its own figures or letters."""
    count = counts.get(level, 1)
    how = levels[level].how if level in levels else "decimal"
    if how.endswith("Letter"):
        letters = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letters.upper() if how.startswith("upper") else letters
    if how.endswith("Roman"):
        return _roman(count) if how.startswith("upper") else _roman(count).lower()
    return str(count)


def _roman(count: int) -> str:
    numeral = ""
    for sign, value in _ROMAN.items():
        numeral += sign * (count // value)
        count %= value
    return numeral


def _value(element: Any, default: str) -> str:  # noqa: ANN401
    return default if element is None else str(element.get(_W + "val", default))


def _titled(document: Document) -> str:
    """The first paragraph in the style of a title."""
    styled = (paragraph for paragraph in document.paragraphs if paragraph.style and paragraph.style.name == "Title")
    return next((plain(paragraph.text) for paragraph in styled), "")
