"""XLSX: a section a sheet; each row a line with its columns' names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import groupby
from typing import Any

from corpus.documents import Read
from corpus.errors import TooLarge
from corpus.files.formats._blocks import Outline, plain, table
from corpus.files.formats._package import holds, office

SUFFIXES = (".xlsx", ".xlsm", ".xltx")
BY_NAME = False

_MOST_ROWS = 100_000  # with something in them, in a sheet


def recognises(data: bytes) -> bool:
    """A package with a workbook in it."""
    return holds(data, "xl/workbook.xml")


def read(data: bytes) -> Read:
    """The sheets that are not hidden. Rows between empty ones are a table of their own; formulas give their values."""
    from openpyxl import load_workbook

    book = load_workbook(office(data), read_only=True, data_only=True)
    outline = Outline()
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        outline.heading(sheet.title)
        sheet.reset_dimensions()  # what it says of its size may be false, and rows are filled up to it
        for filled, rows in groupby(_rows(sheet), key=any):
            if filled:
                outline.blocks(_block(list(rows)))
    properties = book.properties
    dated = properties.modified or properties.created
    return Read(
        sections=outline.sections(),
        title=plain(properties.title or ""),
        publisher=plain(properties.creator or ""),
        published_on=dated.date().isoformat() if dated else "",
        language=properties.language or "",
    )


def _rows(sheet: Any) -> Iterator[list[str]]:  # noqa: ANN401 - openpyxl carries no types
    filled = 0
    for cells in sheet.iter_rows():
        row = [_shown(cell) for cell in cells]
        filled += any(row)
        if filled > _MOST_ROWS:
            raise TooLarge(why=f"the sheet '{sheet.title}' has more than {_MOST_ROWS:,} rows")
        yield row


def _block(rows: list[list[str]]) -> Iterator[str]:
    """Rows with one cell before the table are its title."""
    while rows and sum(map(bool, rows[0])) == 1:
        yield "".join(rows.pop(0))
    first = min((at for row in rows for at, cell in enumerate(row) if cell), default=0)
    width = max((len(row) for row in rows), default=0)
    yield from table([row[first:] + [""] * (width - len(row)) for row in rows])


def _shown(cell: Any) -> str:  # noqa: ANN401
    """A cell's value as a reader sees it, near enough."""
    value = cell.value
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case int() | float() if "%" in (cell.number_format or ""):
            return f"{value * 100:g}%"
        case float():
            return f"{value:.12g}"
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime() | date():
            return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
        case _:
            return plain(str(value))
