"""DOCX: headings, paragraphs, lists and tables in order, text boxes where they are anchored, notes at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from corpus.documents import Read
from corpus.errors import Scanned
from corpus.files.formats._blocks import Outline, plain
from corpus.files.formats._contents import entry, names_contents, unnumbered
from corpus.files.formats._drawings import drawn
from corpus.files.formats._grid import Cell, grid_lines
from corpus.files.formats._package import holds, office, parsed, shows_pictures
from corpus.files.formats._script import lowered, raised
from corpus.files.formats._symbols import in_font, symbol

if TYPE_CHECKING:
    from docx.document import Document

SUFFIXES = (".docx", ".docm", ".dotx")
BY_NAME = False

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_SAID_ELSEWHERE = {_W + "txbxContent", _W + "del", _W + "moveFrom", _W + "instrText", _FALLBACK}
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CONTENTS = re.compile(r"toc \d+|toc heading|table of figures|contents \d+", re.IGNORECASE)
_SPACE = {_W + "br": " ", _W + "cr": " ", _W + "noBreakHyphen": "-"}
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
    walk = _DocxWalk(document, outline)
    walk.blocks(document.element.body)
    outline.blocks(walk.notes())
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
        self._looked: dict[str, _Looks] = {}
        self._headings = {
            plain("".join(self._text(paragraph)))
            for paragraph in document.element.body.iter(_W + "p")
            if self._depth(paragraph) is not None
        }

    def blocks(self, parent: Any) -> None:  # noqa: ANN401 - an lxml element
        """Give the outline all that stands under an element."""
        for element in parent:
            if element.tag == _W + "p":
                if not self._is_contents(element):
                    self._paragraph(element)
            elif element.tag == _W + "sdt" and _is_gallery(element):
                continue
            elif element.tag == _W + "altChunk":
                self._chunk(element)
            elif element.tag == _W + "tbl":
                self._table(element)
            elif element.tag not in _SAID_ELSEWHERE and isinstance(element.tag, str):
                self.blocks(element)  # a content control, an insertion, a custom element: what it wraps

    def _paragraph(self, paragraph: Any) -> None:  # noqa: ANN401
        text = "".join(self._text(paragraph))
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

    def notes(self) -> Iterator[str]:
        """The texts of the footnotes and endnotes."""
        for relation in self._part.rels.values():
            if relation.is_external or not _NOTES.fullmatch(relation.reltype):
                continue
            for note in parsed(relation.target_part.blob):
                if note.get(_W + "type") is None:  # the others are separators
                    yield "".join(self._text(note))

    def _is_contents(self, paragraph: Any) -> bool:  # noqa: ANN401
        """Whether a paragraph is a line of a table of contents, or names one."""
        if self._is_entry(paragraph):
            return True
        below = paragraph.getnext()
        named = names_contents("".join(self._text(paragraph)))
        return named and below is not None and (below.tag != _W + "p" or self._is_entry(below))

    def _is_entry(self, paragraph: Any) -> bool:  # noqa: ANN401
        """Whether it is in such a style, or a heading of the document with a page number behind it."""
        if any(_CONTENTS.fullmatch(_value(style.find(_W + "name"), "")) for style in self._chain(paragraph)):
            return True
        own = paragraph.find(f"{_W}pPr/{_W}pStyle")
        if own is not None and _CONTENTS.fullmatch(re.sub(r"(?<=\D)(?=\d)", " ", own.get(_W + "val", ""))):
            return True
        heading = entry("".join(self._text(paragraph, tab="\t")))
        return heading is not None and {plain(heading), plain(unnumbered(heading))} & self._headings != set()

    def _chunk(self, element: Any) -> None:  # noqa: ANN401
        """What is kept as a file of its own within the document."""
        from corpus.files.formats import format_of

        relation = self._part.rels.get(element.get(_R + "id"))
        if relation is None or relation.is_external:
            return
        part = relation.target_part
        read = format_of(part.blob, f".{str(part.partname).rpartition('.')[2]}").read(part.blob)
        if read.title and all(section.heading != read.title for section in read.sections):
            self._outline.heading(read.title)
        for section in read.sections:
            if section.heading:
                self._outline.heading(section.heading)
            self._outline.blocks(section.text.split("\n"))

    def _table(self, element: Any) -> None:  # noqa: ANN401
        lines = [row for row in element.iter(_W + "tr") if _table_of(row) is element and not _is_left_out(row)]
        rows = self._rows(lines)
        if max((sum(cell.columns for cell in row) for row in rows), default=0) < 2 or len(rows) < 2:
            for cell in element.iter(_W + "tc"):  # a frame around text
                if _table_of(cell) is element:
                    self.blocks(cell)
            return
        marked = 0
        while marked < len(lines) and lines[marked].find(f"{_W}trPr/{_W}tblHeader") is not None:
            marked += 1
        self._outline.blocks(grid_lines(rows, headed=marked or (1 if self._bold(lines[0]) else None)))

    def _rows(self, lines: list[Any]) -> list[list[Cell]]:
        """The cells of a table's rows; what is merged into a cell above is a part of that one."""
        rows: list[list[Cell]] = []
        open_cells: dict[int, tuple[int, int]] = {}  # by column: the row and place of the cell that spans rows there
        for number, line in enumerate(lines):
            row: list[Cell] = []
            before = line.find(f"{_W}trPr/{_W}gridBefore")
            column = int(_value(before, "0"))
            row += [Cell("")] * column
            for cell in _cells_of(line):
                columns = int(_value(cell.find(f"{_W}tcPr/{_W}gridSpan"), "1"))
                merged = cell.find(f"{_W}tcPr/{_W}vMerge")
                continued = merged is not None and _value(merged, "continue") == "continue"
                if continued and column in open_cells:
                    at, place = open_cells[column]
                    rows[at][place] = replace(rows[at][place], rows=number - at + 1)
                else:
                    text = " ".join(plain("".join(self._text(each))) for each in cell.iter(_W + "p"))
                    open_cells.pop(column, None)
                    if merged is not None:
                        open_cells[column] = (number, len(row))
                    row.append(Cell(text, columns))
                column += columns
            rows.append(row)
        return rows

    def _bold(self, row: Any) -> bool:  # noqa: ANN401
        runs = [run for run in row.iter(_W + "r") if "".join(self._text(run)).strip()]
        return bool(runs) and all(run.find(f"{_W}rPr/{_W}b") is not None for run in runs)

    def _text(self, element: Any, tab: str = " ") -> Iterator[str]:  # noqa: ANN401
        """The words under an element, without what is deleted, struck, hidden, or stands in a box of its own."""
        for child in element:
            if child.tag == _W + "r":
                yield from self._run(child, tab)
            elif child.tag in (_W + "t", _M + "t"):
                yield child.text or ""
            elif child.tag == _W + "tab":
                yield "" if element.tag == _W + "tabs" else tab
            elif child.tag in _SPACE:
                yield _SPACE[child.tag]
            elif child.tag == _W + "sym":
                yield symbol(child.get(_W + "font", ""), int(child.get(_W + "char", "20"), 16))
            elif child.tag not in _SAID_ELSEWHERE:
                yield from self._text(child, tab)

    def _run(self, run: Any, tab: str) -> Iterator[str]:  # noqa: ANN401
        looks = self._looks(run)
        if looks.hidden or looks.struck:
            return
        text = in_font("".join(self._text(run, tab)), looks.font or "")
        yield {"superscript": raised, "subscript": lowered}.get(looks.position or "", str)(text)

    def _looks(self, run: Any) -> _Looks:  # noqa: ANN401
        """How a run is set: by itself, or else by its styles."""
        looks = _looks_of(run)
        for name in (run.find(f"{_W}rPr/{_W}rStyle"), _paragraph_style(run)):
            if name is not None:
                looks = looks.over(self._style_looks(name.get(_W + "val", "")))
        return looks

    def _style_looks(self, name: str) -> _Looks:
        if name not in self._looked:
            self._looked[name] = _Looks()  # while it is looked at: a style may be based on itself
            looks = _Looks()
            if name in self._styles:
                looks = _looks_of(self._styles[name])
                based = self._styles[name].find(_W + "basedOn")
                if based is not None:
                    looks = looks.over(self._style_looks(based.get(_W + "val", "")))
            self._looked[name] = looks
        return self._looked[name]


@dataclass(frozen=True)
class _Looks:
    """How letters are set; None where nothing is said."""

    hidden: bool | None = None
    struck: bool | None = None
    position: str | None = None
    font: str | None = None

    def over(self, below: _Looks) -> _Looks:
        """These looks, and where they say nothing those below."""
        said = {name: value for name, value in vars(self).items() if value is not None}
        return replace(below, **said)


def _looks_of(holder: Any) -> _Looks:  # noqa: ANN401 - a run or a style
    properties = holder.find(_W + "rPr")
    if properties is None:
        return _Looks()
    struck = [_switch(properties.find(_W + name)) for name in ("strike", "dstrike")]
    position = properties.find(_W + "vertAlign")
    font = properties.find(_W + "rFonts")
    return _Looks(
        hidden=_switch(properties.find(_W + "vanish")),
        struck=None if struck == [None, None] else True in struck,
        position=None if position is None else _value(position, ""),
        font=None if font is None else font.get(_W + "ascii") or font.get(_W + "hAnsi"),
    )


def _switch(element: Any) -> bool | None:  # noqa: ANN401
    return None if element is None else _value(element, "1") not in ("0", "false", "off")


def _paragraph_style(run: Any) -> Any:  # noqa: ANN401
    above = next(run.iterancestors(_W + "p"), None)
    return None if above is None else above.find(f"{_W}pPr/{_W}pStyle")


def _is_gallery(control: Any) -> bool:  # noqa: ANN401
    """Whether a content control holds a table of contents."""
    gallery = control.find(f"{_W}sdtPr/{_W}docPartObj/{_W}docPartGallery")
    return gallery is not None and "contents" in _value(gallery, "").lower()


def _is_left_out(row: Any) -> bool:  # noqa: ANN401
    """Whether a row is hidden or deleted."""
    properties = row.find(_W + "trPr")
    return properties is not None and any(
        _switch(properties.find(_W + name)) for name in ("hidden", "del")
    )


def _table_of(element: Any) -> Any:  # noqa: ANN401
    return next(element.iterancestors(_W + "tbl"), None)


def _cells_of(row: Any) -> list[Any]:  # noqa: ANN401
    return [cell for cell in row.iter(_W + "tc") if next(cell.iterancestors(_W + "tr")) is row]


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
