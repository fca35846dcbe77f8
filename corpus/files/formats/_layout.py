"""The words of a page in the order in which they are read: tables as rows, columns one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from corpus.files.formats._blocks import plain
from corpus.files.formats._grid import Cell, grid_lines
from corpus.files.formats._lines import joined
from corpus.files.formats._page import Row, Rules, Segment, Word, rows

_SNAP = 3.0  # points: rules that are nearer to each other are one
_LEAST_CELLS = 3  # with words in them: a grid with fewer is a frame
_MOST_GRID = 20_000  # places of a grid: what has more is a drawing
_GUTTER = 0.6  # of the size: what is free between columns, at least
_WIDE_GUTTER = 2.0  # likewise, where there are two rows only
_FEW, _MANY = 2, 3  # rows
_FAR = 5.0  # times the size: rows that are further apart are no table together
_BESIDE = 0.9  # of the size: rows that are nearer overlap
_FULL = 0.55  # of a column's width is what half of its lines have at least, in running text
_WHOLE, _OFTEN = 0.85, 0.25  # or what one line in four has
_LONG = 22  # characters that half of the lines of running text have at least
_COLUMN_LINES = 4  # lines that a column of running text has at least
_MOST_COLUMNS = 4  # of running text
_TIGHT = 1.2  # times the least distance of rows: those nearer may be one row whose cells have several lines
_PARAGRAPH = 1.45  # times the usual distance of lines: what is further below begins a paragraph
_BETWEEN = 1.6  # times the size: rows between which another stands that belongs to both
_DEPTH = 3  # columns within columns


@dataclass(frozen=True)
class Line:
    """A line of text; `row` marks one of a table, which stands for itself, and `apart` one after a gap."""

    text: str
    size: float
    top: float
    row: bool = False
    apart: bool = False


@dataclass(frozen=True)
class _Table:
    """A table that was found: its box and its lines."""

    left: float
    right: float
    top: float
    foot: float
    size: float
    lines: tuple[str, ...]


_Gap = tuple[float, float]


def laid_out(words: Sequence[Word], rules: Rules) -> list[Line]:
    """The lines of a page in the order in which they are read."""
    tables = list(_ruled(words, rules))
    left = [word for word in words if not any(_within(word, table) for table in tables)]
    stands = {f"\ufdd4{at}": table for at, table in enumerate(tables)}
    marks = [Word(mark, table.left, table.right, table.top, table.foot, 1.0) for mark, table in stands.items()]
    found = [*rows(left), *(Row((Segment((mark,)),)) for mark in marks)]
    lines = list(_read(sorted(found, key=lambda row: row.top), rules, _DEPTH))
    return list(_spaced(lines, stands))


def _spaced(lines: Sequence[Line], tables: dict[str, _Table]) -> Iterator[Line]:
    """The lines with their tables in place, each that begins a paragraph marked."""
    steps = [after.top - before.top for before, after in pairwise(lines) if 0 < after.top - before.top < 4 * before.size]
    usual = median(steps) if steps else 0.0
    before: Line | None = None
    for line in lines:
        table = tables.get(line.text)
        if table:
            yield from (Line(text, table.size, line.top, row=text.startswith("- ")) for text in table.lines)
        else:
            step = line.top - before.top if before else 0.0
            yield replace(line, apart=before is not None and (before.row or step > _PARAGRAPH * usual > 0))
        before = replace(line, row=True) if table else line


# Tables whose cells are drawn


def _ruled(words: Sequence[Word], rules: Rules) -> Iterator[_Table]:
    for across, down in _nets(rules):
        ys = _snapped([at for at, _, _ in across])
        xs = _snapped([*(at for at, _, _ in down), *(end for _, *ends in across for end in ends)])
        if len(xs) < 3 or len(ys) < 3 or len(xs) * len(ys) > _MOST_GRID:  # noqa: PLR2004 - two columns and two rows
            continue
        inside = [word for word in words if xs[0] <= _middle(word)[0] <= xs[-1] and ys[0] <= _middle(word)[1] <= ys[-1]]
        grid = list(_cells(xs, ys, across, down, inside))
        filled = sum(bool(cell.text) for row in grid for cell in row)
        columns = max((len([cell for cell in row if cell.text]) for row in grid), default=0)
        if filled >= _LEAST_CELLS and columns > 1:
            size = median(word.size for word in inside)
            yield _Table(xs[0], xs[-1], ys[0], ys[-1], size, tuple(grid_lines(grid)))


_Rule = tuple[float, float, float]


def _nets(rules: Rules) -> Iterator[tuple[list[_Rule], list[_Rule]]]:
    """The rules that hang together, those across and those down."""
    left = _whole(rules.down)
    free = _whole(rules.across)
    while left:
        down, across = [left.pop()], []
        grown = True
        while grown:
            met = [rule for rule in free if any(_cross(rule, other) for other in down)]
            free = [rule for rule in free if rule not in met]
            across += met
            more = [rule for rule in left if any(_cross(rule_across, rule) for rule_across in across)]
            left = [rule for rule in left if rule not in more]
            down += more
            grown = bool(met or more)
        yield across, down


def _whole(rules: Iterable[_Rule]) -> list[_Rule]:
    """The rules, those that carry on one another as one."""
    kept: list[_Rule] = []
    for at, start, end in sorted(rules, key=lambda rule: (round(rule[0] / _SNAP), rule[1])):
        last = kept[-1] if kept else None
        if last and abs(last[0] - at) <= _SNAP and start <= last[2] + _SNAP:
            kept[-1] = (last[0], last[1], max(last[2], end))
        else:
            kept.append((at, start, end))
    return kept


def _cross(across: _Rule, down: _Rule) -> bool:
    y, from_x, to_x = across
    x, from_y, to_y = down
    return from_x - _SNAP <= x <= to_x + _SNAP and from_y - _SNAP <= y <= to_y + _SNAP


def _snapped(places: Iterable[float]) -> list[float]:
    kept: list[float] = []
    for place in sorted(places):
        if not kept or place - kept[-1] > _SNAP:
            kept.append(place)
    return kept


def _cells(
    xs: Sequence[float], ys: Sequence[float], across: list[_Rule], down: list[_Rule], words: list[Word]
) -> Iterator[list[Cell]]:
    """The rows of a drawn grid. Where no rule parts two places, they are one cell."""
    taken: set[tuple[int, int]] = set()
    held: dict[tuple[int, int], list[Word]] = {}
    for word in words:
        x, y = _middle(word)
        held.setdefault((_place(ys, y), _place(xs, x)), []).append(word)
    for at in range(len(ys) - 1):
        row: list[tuple[Cell, list[Word]]] = []
        for on in range(len(xs) - 1):
            if (at, on) in taken:
                continue
            width, height = _extent(at, on, xs, ys, across, down)
            places = [(at + below, on + beside) for below in range(height) for beside in range(width)]
            taken.update(places)
            inside = [word for place in places for word in held.get(place, ())]
            row.append((Cell(_told(inside), width, height), inside))
        yield from _split(row)


def _extent(
    at: int, on: int, xs: Sequence[float], ys: Sequence[float], across: list[_Rule], down: list[_Rule]
) -> tuple[int, int]:
    """How many columns and rows the cell at a place spans."""
    middle_y, middle_x = (ys[at] + ys[at + 1]) / 2, (xs[on] + xs[on + 1]) / 2
    width = height = 1
    while on + width < len(xs) - 1 and not _is_drawn(down, xs[on + width], middle_y):
        width += 1
    while at + height < len(ys) - 1 and not _is_drawn(across, ys[at + height], middle_x):
        height += 1
    return width, height


def _is_drawn(rules: list[_Rule], place: float, middle: float) -> bool:
    return any(abs(at - place) <= _SNAP and start - _SNAP <= middle <= end + _SNAP for at, start, end in rules)


def _place(borders: Sequence[float], place: float) -> int:
    return max(sum(border <= place for border in borders) - 1, 0)


def _split(row: list[tuple[Cell, list[Word]]]) -> Iterator[list[Cell]]:
    """A row of a grid; as several where its lines are rows that no rule parts: several cells have a figure in each."""
    lines = [rows(inside) for _, inside in row]
    most = max(map(len, lines), default=0)
    columns = [
        [[word for segment in line.segments for word in segment.words] for line in inside] if len(inside) == most else None
        for inside in lines
    ]
    parted = [column for column in columns if column is not None]
    figures = sum(all(any(map(str.isdigit, _told(words))) for words in column) for column in parted)
    if most < _FEW or figures < _FEW or any(cell.rows > 1 for cell, _ in row):
        yield [cell for cell, _ in row]
        return
    for at in range(most):
        yield [
            Cell(cell.text if column is None else _told(column[at]), cell.columns)
            for (cell, _), column in zip(row, columns, strict=True)
        ]


def _told(words: Sequence[Word]) -> str:
    """The text of a cell, its lines joined."""
    return joined([" ".join(segment.text for segment in row.segments) for row in rows(words)])


def _middle(word: Word) -> tuple[float, float]:
    return (word.left + word.right) / 2, word.foot - word.size / 4


def _within(word: Word, table: _Table) -> bool:
    x, y = _middle(word)
    return table.left <= x <= table.right and table.top <= y <= table.foot


# Columns and tables by what is free between them


def _read(found: Sequence[Row], rules: Rules, depth: int) -> Iterator[Line]:
    at = 0
    while at < len(found):
        band, gutters = _band(found, at)
        if depth and _is_running(band, gutters):
            for column in range(len(gutters) + 1):
                yield from _read(_column(band, gutters, column), rules, depth - 1)
        elif _is_table(band, gutters):
            yield from _table(band, gutters, rules)
        else:
            band = found[at : at + 1]
            yield from map(_line, band)
        at += len(band)


def _line(row: Row) -> Line:
    text = " ".join(segment.text for segment in row.segments)
    return Line(text + " " * row.segments[-1].words[-1].ends, row.size, row.foot)


def _band(found: Sequence[Row], start: int) -> tuple[list[Row], list[_Gap]]:
    """The rows from one on that have gaps in common, and these."""
    first = found[start]
    gaps = _inner(first.segments)
    taken = 1
    if not gaps and start + 1 < len(found) and abs(found[start + 1].foot - first.foot) < _BESIDE * first.size:
        gaps = _inner(sorted((*first.segments, *found[start + 1].segments), key=lambda segment: segment.left))
        taken = 2
    if not gaps:
        return [first], []
    for row in found[start + taken :]:
        last = found[start + taken - 1]
        if row.top - last.foot > _FAR * max(row.size, last.size):
            break
        common = [gap for gap in _common(gaps, _free(row)) if gap[1] - gap[0] >= _GUTTER * min(row.size, 10.0)]
        if not common or _is_another(gaps, common, found, start + taken, taken):
            break
        gaps, taken = common, taken + 1
    band = list(found[start : start + taken])
    while len(band) > 1 and len(band[-1].segments) == 1 and not _is_running(band, gaps):
        if _column_of(band[-1].segments[0], gaps) and band[-1].foot - band[-2].foot <= 2 * band[-1].size:
            break  # a cell's second line
        band.pop()
    return band, _refined(band, gaps)


def _is_another(gaps: Sequence[_Gap], common: Sequence[_Gap], found: Sequence[Row], at: int, taken: int) -> bool:
    """Whether a row begins another table: it has far fewer of the gaps, or it and the next have far more."""
    if taken >= _MANY and 2 * len(common) < len(gaps):
        return True
    more = _inner(found[at].segments)
    if taken < _FEW or len(more) < len(gaps) + _FEW or at + 1 >= len(found):
        return False
    return len(_common(more, _free(found[at + 1]))) >= len(gaps) + _FEW and len(found[at + 1].segments) > len(gaps) + 1


def _inner(segments: Sequence[Segment]) -> list[_Gap]:
    return [(one.right, other.left) for one, other in pairwise(segments) if other.left > one.right]


def _free(row: Row) -> list[_Gap]:
    """What is free in a row, to both sides without an end."""
    ends = [-1e9, *(end for segment in row.segments for end in (segment.left, segment.right)), 1e9]
    return [(ends[at], ends[at + 1]) for at in range(0, len(ends), 2) if ends[at + 1] > ends[at]]


def _common(some: Sequence[_Gap], others: Sequence[_Gap]) -> list[_Gap]:
    both = ((max(one[0], other[0]), min(one[1], other[1])) for one in some for other in others)
    return [gap for gap in both if gap[1] > gap[0]]


def _refined(band: Sequence[Row], gaps: list[_Gap]) -> list[_Gap]:
    """The gaps that all rows have below the first two, when they are more: a header may span them."""
    best = gaps
    for skipped in (1, 2):
        full = [row for row in band[skipped:] if len(row.segments) > 1]
        if len(full) < _FEW:
            break
        common = _inner(max(full, key=lambda row: len(row.segments)).segments)
        for row in band[skipped:]:
            common = [gap for gap in _common(common, _free(row)) if gap[1] - gap[0] >= _GUTTER * min(row.size, 10.0)]
        best = common if len(common) > len(best) else best
    return sorted(best)


def _column_of(segment: Segment, gaps: Sequence[_Gap]) -> int:
    middle = (segment.left + segment.right) / 2
    return sum((gap[0] + gap[1]) / 2 < middle for gap in gaps)


def _column(band: Sequence[Row], gaps: Sequence[_Gap], column: int) -> list[Row]:
    parts = (tuple(one for one in row.segments if _column_of(one, gaps) == column) for row in band)
    return [Row(part) for part in parts if part]


def _is_running(band: Sequence[Row], gaps: Sequence[_Gap]) -> bool:
    """Whether the rows of a band are lines of columns of running text."""
    if not gaps or len(gaps) >= _MOST_COLUMNS:
        return False
    return all(_runs(_column(band, gaps, at)) for at in range(len(gaps) + 1))


def _runs(lines: Sequence[Row]) -> bool:
    if len(lines) < _COLUMN_LINES:
        return False
    left, right = min(line.segments[0].left for line in lines), max(line.segments[-1].right for line in lines)
    widths = [line.segments[-1].right - line.segments[0].left for line in lines]
    filled = sum(width >= _WHOLE * (right - left) for width in widths)
    full = median(widths) >= _FULL * (right - left) or filled >= _OFTEN * len(lines)
    long = median(len(plain(_line(line).text)) for line in lines)
    return full and long >= _LONG


def _is_table(band: Sequence[Row], gaps: Sequence[_Gap]) -> bool:
    full = [row for row in band if len(row.segments) > 1]
    if not gaps or len(full) < _FEW:
        return False
    widest = max(gap[1] - gap[0] for gap in gaps)
    if len(full) < _MANY and widest < _WIDE_GUTTER * band[0].size:
        return False
    marks = _column(band, gaps, 0)
    return not all(_is_mark(plain(_line(row).text)) for row in marks)


def _is_mark(text: str) -> bool:
    """Whether a text is a bullet or a number before an item."""
    return len(text) <= 4 and not text.isalpha()  # noqa: PLR2004 - "(iv)", "1.1."


def _table(band: Sequence[Row], gaps: Sequence[_Gap], rules: Rules) -> Iterator[Line]:
    grouped = _grouped(_filled(band, gaps), gaps, rules)
    headed = _headed(grouped, rules)
    cells = [_aligned(group, gaps) for group in grouped]
    for text in grid_lines(cells, headed=headed):
        yield Line(text, band[-1].size, band[0].foot, row=text.startswith("- "))


def _filled(band: Sequence[Row], gaps: Sequence[_Gap]) -> list[Row]:
    """The rows of a table; what stands between two others, for both of them, stands in each."""
    kept = list(band)
    columns = [{_column_of(segment, gaps) for segment in row.segments} for row in band]
    for at in range(1, len(band) - 1):
        above, below = band[at - 1], band[at + 1]
        near = below.foot - above.foot <= _BETWEEN * max(above.size, below.size)
        if near and len(columns[at - 1]) > 1 and not columns[at] & (columns[at - 1] | columns[at + 1]):
            for other in (at - 1, at + 1):
                parts = sorted((*kept[other].segments, *band[at].segments), key=lambda segment: segment.left)
                kept[other] = Row(tuple(parts))
    said = [
        at
        for at in range(1, len(band) - 1)
        if set(band[at].segments) <= set(kept[at - 1].segments) & set(kept[at + 1].segments)
    ]
    return [row for at, row in enumerate(kept) if at not in said]


def _grouped(band: Sequence[Row], gaps: Sequence[_Gap], rules: Rules) -> list[list[Row]]:
    """The rows of a table, each with the lines that it has on the page."""
    steps = [after.foot - before.foot for before, after in pairwise(band)]
    tight = _TIGHT * min(steps, default=0.0)
    drawn = [any(before.foot < rule[0] < after.foot for rule in rules.across) for before, after in pairwise(band)]
    by_rules = sum(drawn) >= len(drawn) / 2
    grouped = [[band[0]]]
    for row, step, parted in zip(band[1:], steps, drawn, strict=True):
        goes_on = not parted if by_rules else not parted and step <= tight and _continues(row, gaps)
        if goes_on:
            grouped[-1].append(row)
        else:
            grouped.append([row])
    return grouped


def _continues(row: Row, gaps: Sequence[_Gap]) -> bool:
    """Whether a row reads as the second line of the one above: nothing in its first column, or small letters throughout."""
    if _column_of(row.segments[0], gaps):
        return not any(map(str.isdigit, "".join(segment.text for segment in row.segments)))
    return all(segment.text[:1].islower() for segment in row.segments) and len(row.segments) < len(gaps) + 1


def _headed(grouped: Sequence[Sequence[Row]], rules: Rules) -> int | None:
    """How many rows stand above the first rule within a table that has few rules; None where there is none."""
    drawn = [
        at
        for at, (before, after) in enumerate(pairwise(grouped), start=1)
        if any(before[-1].foot < rule[0] < after[0].foot for rule in rules.across)
    ]
    few: Callable[[int], bool] = lambda at: at <= _FEW and at < len(grouped)  # noqa: E731
    return drawn[0] if len(drawn) == 1 and few(drawn[0]) else None


def _aligned(group: Sequence[Row], gaps: Sequence[_Gap]) -> list[Cell]:
    """The cells of a row: each segment in its column, or in the columns whose gaps it crosses."""
    texts: dict[int, list[str]] = {}
    spans: dict[int, int] = {}
    for row in group:
        for segment in row.segments:
            middles = [(gap[0] + gap[1]) / 2 for gap in gaps]
            first = sum(middle < segment.left for middle in middles)
            last = sum(middle < segment.right for middle in middles)
            texts.setdefault(first, []).append(segment.text)
            spans[first] = max(spans.get(first, 1), last - first + 1)
    cells: list[Cell] = []
    column = 0
    while column <= len(gaps):
        width = spans.get(column, 1)
        cells.append(Cell(joined(texts.get(column, [])), width))
        column += width
    return cells
