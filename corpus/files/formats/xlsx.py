"""XLSX: a section a sheet; each row a line with its columns' names."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import groupby
from typing import Any

from corpus.documents import Read
from corpus.errors import TooLarge
from corpus.files.formats._blocks import Outline, plain
from corpus.files.formats._grid import Cell, grid_lines
from corpus.files.formats._package import holds, office
from corpus.files.formats._script import lowered, raised

SUFFIXES = (".xlsx", ".xlsm", ".xltx")
BY_NAME = False

_MOST_ROWS = 100_000  # with something in them, in a sheet
_MOST_PARTS = 1_000_000  # cells that are merged into others
_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?")
_UNCOUNTED = "not calculated"
_TRUE = ("1", "true")
# A number format: what stands in quotes or behind a stroke is said, `_x` and `*x` are space, brackets hold conditions.
_FORMAT = re.compile(
    r'"([^"]*)"|\\(.)|\[\$([^\]-]*)[^\]]*\]|\[[^\]]*\]|_.|\*.|([0#?][0#?,.]*(?:[eE][+-]0+)?|@|General)|(%)|(.)', re.DOTALL
)
_SECTION = re.compile(r'((?:"[^"]*"|\\.|\[[^\]]*\]|[^;])*);?')


@dataclass
class _Layout:
    """What a sheet's rows do not say of themselves: hidden rows and columns, merged cells, formulas without a value."""

    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    merged: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)  # first cell -> rows, columns
    parts: set[tuple[int, int]] = field(default_factory=set)  # the other cells of merged ones
    uncounted: set[tuple[int, int]] = field(default_factory=set)


def recognises(data: bytes) -> bool:
    """A package with a workbook in it."""
    return holds(data, "xl/workbook.xml")


def read(data: bytes) -> Read:
    """The sheets that are not hidden. Rows between empty ones are a table of their own; formulas give their values."""
    from openpyxl import load_workbook

    packed = office(data)
    book = load_workbook(packed, read_only=True, data_only=True)
    texts = _texts(packed)
    outline = Outline()
    uncounted = 0
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        outline.heading(sheet.title)
        layout = _layout(sheet)
        uncounted += len(layout.uncounted)
        sheet.reset_dimensions()  # what it says of its size may be false, and rows are filled up to it
        for filled, rows in groupby(_rows(sheet, layout, texts), key=lambda line: any(line[1])):
            if filled:
                outline.blocks(_block(list(rows), layout))
    properties = book.properties
    dated = properties.modified or properties.created
    return Read(
        sections=outline.sections(),
        title=plain(properties.title or ""),
        published_on=dated.date().isoformat() if dated else "",
        language=properties.language or "",
        lost=(f"{uncounted} formulas have no value; open the file where it was made and save it",) if uncounted else (),
    )


def _texts(packed: Any) -> dict[str, str]:  # noqa: ANN401 - a file in memory
    """The texts of which a part is raised, lowered or struck, by what they would be without that."""
    from lxml import etree

    found: dict[str, str] = {}
    with zipfile.ZipFile(packed) as package:
        if "xl/sharedStrings.xml" not in package.namelist():
            return found
        with package.open("xl/sharedStrings.xml") as part:
            for _, item in etree.iterparse(part, tag=_S + "si", resolve_entities=False, no_network=True):
                runs = item.findall(_S + "r")
                if runs and any(run.find(f"{_S}rPr/{_S}{tag}") is not None for run in runs for tag in _SET_APART):
                    bare = "".join(run.findtext(_S + "t") or "" for run in runs)
                    found[bare] = "".join(map(_run, runs))
                item.clear()
    return found


_SET_APART = ("vertAlign", "strike")


def _run(run: Any) -> str:  # noqa: ANN401
    text = run.findtext(_S + "t") or ""
    position = run.find(f"{_S}rPr/{_S}vertAlign")
    struck = run.find(f"{_S}rPr/{_S}strike")
    if struck is not None and struck.get("val", "1") in _TRUE:
        return ""
    where = "" if position is None else position.get("val", "")
    return raised(text) if where == "superscript" else lowered(text) if where == "subscript" else text


def _layout(sheet: Any) -> _Layout:  # noqa: ANN401 - openpyxl carries no types
    """A first look at a sheet's part, element by element."""
    from lxml import etree

    layout = _Layout()
    with sheet._get_source() as part:
        tags = [_S + name for name in ("col", "row", "mergeCell", "c")]
        for _, element in etree.iterparse(part, tag=tags, resolve_entities=False, no_network=True):
            if element.tag == _S + "c":
                formula, value = element.find(_S + "f"), element.findtext(_S + "v")
                place = _RANGE.fullmatch(element.get("r", ""))
                if formula is not None and not value and element.find(_S + "is") is None and place:
                    layout.uncounted.add((int(place[2]), _column(place[1])))
                continue
            if element.get("hidden") in _TRUE and element.tag == _S + "row" and element.get("r"):
                layout.rows.add(int(element.get("r")))
            elif element.get("hidden") in _TRUE and element.tag == _S + "col":
                layout.columns.update(range(int(element.get("min")), min(int(element.get("max")), 16_384) + 1))
            elif element.tag == _S + "mergeCell" and (found := _RANGE.fullmatch(element.get("ref", ""))):
                top, left = int(found[2]), _column(found[1])
                height, width = int(found[4] or top) - top + 1, _column(found[3] or found[1]) - left + 1
                if height * width + len(layout.parts) <= _MOST_PARTS:
                    layout.merged[top, left] = (height, width)
                    layout.parts |= {(top + down, left + on) for down in range(height) for on in range(width)}
                    layout.parts.discard((top, left))
            element.clear()
    return layout


@cache
def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _rows(sheet: Any, layout: _Layout, texts: dict[str, str]) -> Iterator[tuple[int, list[str]]]:  # noqa: ANN401
    """The rows that are seen, each with its number; hidden ones are as if they were not there."""
    filled = 0
    covered = _covered(layout)
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number in layout.rows:
            continue
        row = [
            "" if at in layout.columns else _UNCOUNTED if (number, at) in layout.uncounted else _shown(cell, texts)
            for at, cell in enumerate(cells, start=1)
        ]
        for at in covered.get(number, ()):  # below a merged cell that has a text: no gap between tables
            row += [""] * (at - len(row))
        filled += any(row)
        if filled > _MOST_ROWS:
            raise TooLarge(why=f"the sheet '{sheet.title}' has more than {_MOST_ROWS:,} rows")
        yield number, row


def _covered(layout: _Layout) -> dict[int, list[int]]:
    rows: dict[int, list[int]] = {}
    for (top, left), (height, _) in layout.merged.items():
        for row in range(top + 1, min(top + height, top + _MOST_ROWS)):
            rows.setdefault(row, []).append(left)
    return rows


def _block(rows: list[tuple[int, list[str]]], layout: _Layout) -> Iterator[str]:
    """Rows with one cell before the table are its title."""
    while rows and sum(map(bool, rows[0][1])) == 1 and not _begins_header(rows[0], layout):
        yield "".join(rows.pop(0)[1])
    first = min((at for _, row in rows for at, cell in enumerate(row) if cell), default=0)
    width = max((at + 1 for _, row in rows for at, cell in enumerate(row) if cell), default=0)
    numbers = [number for number, _ in rows]
    yield from grid_lines([_cells(number, row, first, width, numbers, layout) for number, row in rows])


def _begins_header(line: tuple[int, list[str]], layout: _Layout) -> bool:
    """Whether a row's one cell spans some of the columns below it."""
    number, row = line
    at = next(at for at, cell in enumerate(row, start=1) if cell)
    _, columns = layout.merged.get((number, at), (1, 1))
    return columns > 1 and at > 1


def _cells(
    number: int, row: list[str], first: int, width: int, numbers: list[int], layout: _Layout
) -> list[Cell]:
    """A row's cells, without those that are hidden or a part of a merged one."""
    cells = []
    for at in range(first + 1, width + 1):
        if at in layout.columns or (number, at) in layout.parts:
            continue
        height, columns = layout.merged.get((number, at), (1, 1))
        seen = sum(column not in layout.columns for column in range(at, min(at + columns, width + 1)))
        below = sum(number <= other < number + height for other in numbers)
        cells.append(Cell(row[at - 1] if at <= len(row) else "", max(seen, 1), max(below, 1)))
    return cells


def _shown(cell: Any, texts: dict[str, str]) -> str:  # noqa: ANN401
    """A cell's value as a reader sees it, near enough."""
    value = cell.value
    if value is None or (getattr(cell, "font", None) is not None and cell.font.strike):
        return ""
    match value:
        case bool():
            return str(value).upper()
        case int() | float():
            return formatted(value, cell.number_format or "General")
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date():
            return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
        case time() | timedelta():
            return str(value)
        case _:
            return texts.get(str(value), str(value)).strip()


def formatted(value: float, number_format: str) -> str:
    """A number as its format shows it, with the units that stand in the format: `#,##0 "EUR"` gives `5,429 EUR`."""
    sections = [found[1] for found in _SECTION.finditer(number_format) if found[0]]
    section = sections[1] if value < 0 and len(sections) > 1 else sections[0] if sections else "General"
    if value == 0 and len(sections) > 2:  # noqa: PLR2004 - positive, negative, zero
        section = sections[2]
    parts = [found.groups() for found in _FORMAT.finditer(section)]
    percent = any(part[4] for part in parts)
    digits = next((part[3] for part in parts if part[3]), "")
    negative = value < 0 and len(sections) > 1
    amount = _amount(abs(value) if negative else value, digits, percent=percent)
    said: list[str] = []
    done = False
    for quoted, escaped, currency, number, _, other in parts:
        if number and not done:
            said.append(amount)
            done = True
        elif not number:
            said.append(quoted or escaped or currency or other or " " * (quoted is None and other is None))
    text = " ".join("".join(said).split()) + ("%" if percent else "")
    text = text if done or text else amount
    return f"-{text.removeprefix('(').removesuffix(')')}" if negative and "-" not in text else text


def _amount(value: float, digits: str, *, percent: bool) -> str:
    value = value * 100 if percent else value
    if not re.search(r"[0#?]", digits) or "e" in digits.lower():
        return f"{value:.12g}"
    whole, _, decimals = digits.partition(".")
    scaled = len(digits) - len(digits.rstrip(","))
    value /= 1000**scaled
    least, most = decimals.count("0"), sum(map(decimals.count, "0#?"))
    text = f"{value:,.{most}f}" if "," in whole.rstrip(",") else f"{value:.{most}f}"
    text = text.rjust(whole.count("0") + (len(text) - len(text.partition(".")[0])), "0") if "," not in text else text
    if most > least:
        kept, _, fraction = text.partition(".")
        fraction = fraction[:least] + fraction[least:].rstrip("0")
        text = f"{kept}.{fraction}" if fraction else kept
    if not float(text.replace(",", "")) and value:  # smaller than the format shows
        return f"{value:.12g}"
    return text
