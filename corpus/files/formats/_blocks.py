"""The line form of a section, made alike by all readers: blocks under headings, rows with their columns' names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from corpus.documents import Section

_LONGEST_NAME = 80  # characters; what is longer names no column
_FIGURE = re.compile(r"[\W\d_]+")


class Outline:
    """Gathers the blocks of a file as they come, and makes a section of those under one heading.

    A deeper heading names its parents: `Fees › Small firms`. One with nothing under it is kept as a line of text;
    at the top it is the document's `title`.
    """

    def __init__(self) -> None:
        self.title = ""
        self._path: list[str] = []
        self._bare = ""
        self._blocks: list[str] = []
        self._page: int | None = None
        self._sections: list[Section] = []

    def heading(self, text: str, depth: int = 0) -> None:
        """Open a section; `depth` 0 is the highest. Without text, the one before is over."""
        self._close(keep_bare=depth < len(self._path))
        self._bare = plain(text)
        self._path[depth:] = [""] * (depth - len(self._path)) + [self._bare]

    def page(self, number: int) -> None:
        """What follows stands on this page."""
        if number != self._page:
            self._close(keep_bare=False)
            self._page = number

    def block(self, line: str) -> None:
        """Add a paragraph, a list item with its bullet, or a row."""
        line = plain(line)
        if line:
            self._blocks.append(line)
            self._bare = ""

    def blocks(self, lines: Iterable[str]) -> None:
        """Add several."""
        for line in lines:
            self.block(line)

    def sections(self) -> tuple[Section, ...]:
        """All that was gathered."""
        self._close(keep_bare=True)
        return tuple(self._sections) or ((Section(self.title, self.title, self._page),) if self.title else ())

    def _close(self, *, keep_bare: bool) -> None:
        if self._bare and keep_bare:
            if self._sections or self.title:
                self._blocks.append(self._bare)
            else:
                self.title = self._bare
            self._bare = ""
        if self._blocks:
            heading = " › ".join(filter(None, self._path))
            self._sections.append(Section(heading, "\n".join(self._blocks), self._page))
            self._blocks = []


def plain(text: str) -> str:
    """The text on one line, with single spaces."""
    return " ".join(text.split())


def row(header: Iterable[str], cells: Iterable[str]) -> str:
    """A table row as one readable line: each cell with its column's name, empty ones left out."""
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(header, cells, strict=False) if cell)


def table(rows: Iterable[list[str]], *, headed: bool | None = None) -> Iterator[str]:
    """The rows of a table as lines. `headed` says whether the first row names the columns; None lets its looks say.

    Two columns without such a row are names and values: `Fee: 250 EUR`.
    """
    filled = [cells for cells in ([plain(cell) for cell in row] for row in rows) if any(cells)]
    if not filled:
        return
    header, body = filled[0], filled[1:]
    if body and (_names_columns(header, body) if headed is None else headed):
        for cells in body:
            yield "- " + row([*header, *[""] * (len(cells) - len(header))], cells)
    else:
        for cells in filled:
            yield "- " + _unnamed(cells)


def _unnamed(cells: list[str]) -> str:
    if len(cells) == 2 and all(cells):
        return f"{cells[0].removesuffix(':')}: {cells[1]}"
    return "; ".join(filter(None, cells))


def _names_columns(header: list[str], body: list[list[str]]) -> bool:
    """Whether a first row looks like names: nearly all filled, short and different, none a mere figure.

    With two columns it takes figures below a word, since names and values look the same.
    """
    names = [cell for cell in header if cell]
    if len(names) < len(header) - 1 or len(set(names)) < len(names):
        return False
    if any(len(name) > _LONGEST_NAME or _FIGURE.fullmatch(name) for name in names):
        return False
    below = [[cells[at] for cells in body if at < len(cells) and cells[at]] for at in range(len(header))]
    return len(header) > 2 or any(cells and all(map(_FIGURE.fullmatch, cells)) for cells in below)
