"""Tables laid out as grids before their rows are named: what spans rows or columns stands in each of its places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from corpus.files.formats._blocks import names_columns, plain, table

_WIDEST = 500  # columns, and rows that one cell spans: what claims more is damaged
_LONGEST_LABEL = 80  # characters; what is longer, or ends as a sentence does, is a remark below or between the rows
_STOP = (".", "。", "!", "?")


@dataclass(frozen=True)
class Cell:
    """A cell as the file has it. `head` says that it is marked as a name of a column or row."""

    text: str
    columns: int = 1
    rows: int = 1
    head: bool = False


@dataclass(frozen=True)
class _Placed:
    cell: Cell
    row: int  # the first of its rows
    column: int  # the first of its columns


def grid_lines(rows: Iterable[Sequence[Cell]], *, headed: int | None = None) -> Iterator[str]:
    """The lines of a table, laid out. `headed` says how many rows are its header where the file says so.

    A row that is one cell over the whole width is a title above the header, a label of the rows below it, which each of
    them then carries, or a remark.
    """
    placed = _laid_out(rows)
    width = max(map(len, placed), default=0)
    while placed and width > 1 and (title := _over_all(placed[0], width)) is not None:
        if title:
            yield title
        placed = placed[1:]
        headed = max(headed - 1, 0) if headed is not None else None
    header = _header(placed, headed)
    if header is None and placed:
        texts = [[plain(one.cell.text) if one else "" for one in line] for line in placed]
        header = int(names_columns(texts[0], [cells for cells in texts[1:] if any(cells)]))
    yield from _named(placed, header or 0, width)


def _laid_out(rows: Iterable[Sequence[Cell]]) -> list[list[_Placed | None]]:
    """Each row with what stands in each of its columns."""
    laid: list[list[_Placed | None]] = []
    carried: dict[int, tuple[int, _Placed]] = {}  # by column: rows still to come, and what stands in them
    for number, cells in enumerate(rows):
        line: list[_Placed | None] = []
        for cell in cells:
            _carry(line, carried)
            placed = _Placed(cell, number, len(line))
            for _ in range(max(min(cell.columns, _WIDEST), 1)):
                carried[len(line)] = (max(min(cell.rows, _WIDEST), 1) - 1, placed)
                line.append(placed)
        _carry(line, carried)
        laid.append(line)
    return laid


def _carry(line: list[_Placed | None], carried: dict[int, tuple[int, _Placed]]) -> None:
    """Put into a row what spans it from above, as far as it stands next."""
    while carried.get(len(line), (0, None))[0] > 0:
        left, placed = carried[len(line)]
        carried[len(line)] = (left - 1, placed)
        line.append(placed)


def _over_all(line: Sequence[_Placed | None], width: int) -> str | None:
    """The text of a row that is one cell over the whole width; None for any other."""
    first = line[0] if line else None
    if first is None or len(line) < width or first.cell.rows > 1 or any(one is not first for one in line):
        return None
    return plain(first.cell.text)


def _header(placed: Sequence[Sequence[_Placed | None]], headed: int | None) -> int | None:
    """How many rows name the columns: those that are said to, those marked so, or those that the first one spans."""
    if headed:
        return _deepened(placed, headed)
    marked = 0
    for line in placed[:-1]:
        if not line or not all(one is None or one.cell.head or not plain(one.cell.text) for one in line):
            break
        marked += 1
    if marked and any(one is not None and one.cell.text.strip() for one in placed[0]):
        return marked
    first = [one for one in placed[0] if one is not None] if placed else []
    split = any(one.cell.columns > 1 for one in first)
    spanning = max((one.cell.rows for one in first), default=1)
    if split and len(placed) > 2 and _names_parts(placed[0], placed[1]):
        return max(spanning if spanning < len(placed) else 2, 2)
    return None


def _deepened(placed: Sequence[Sequence[_Placed | None]], headed: int) -> int:
    """A header as deep as the cells that begin in it."""
    ends = [one.row + one.cell.rows - placed[0][0].row for one in placed[0] if one and placed[0][0]]
    return min(max([headed, *ends]), max(len(placed) - 1, headed))


def _names_parts(first: Sequence[_Placed | None], second: Sequence[_Placed | None]) -> bool:
    """Whether a second row names the parts of what spans columns in the first: words, and different ones."""
    parts = [
        plain(under.cell.text) for over, under in zip_longest(first, second) if over and under and over.cell.columns > 1
    ]
    return bool(parts) and len(set(parts)) > 1 and all(any(map(str.isalpha, part)) for part in parts)


def _named(placed: Sequence[Sequence[_Placed | None]], header: int, width: int) -> Iterator[str]:
    """The lines of the rows, those under a label with it."""
    texts = [[plain(one.cell.text) if one else "" for one in line] for line in placed]
    label = ""
    held: list[list[str]] = texts[:header]
    for at in range(header, len(placed)):
        over = _over_all(placed[at], width) if width > 1 else None
        if over is None:
            held.append(texts[at] + [""] * (width - len(texts[at])))
            continue
        yield from _labelled(held, header, label)
        held = texts[:header]
        is_label = len(over) <= _LONGEST_LABEL and not over.endswith(_STOP) and at + 1 < len(placed)
        label = over if is_label else ""
        if over and not is_label:
            yield over
    yield from _labelled(held, header, label)


def _labelled(rows: list[list[str]], header: int, label: str) -> Iterator[str]:
    if len(rows) > header:
        for line in table(rows, headed=header):
            yield f"- {label}; {line.removeprefix('- ')}" if label else line
