"""The line form of a section, made alike by all readers: blocks under headings, rows with their columns' names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from corpus.documents import Section
from corpus.files.formats._script import settled

_LONGEST_NAME = 80  # characters; what is longer names no column
_SAID = re.compile(r":$|: |\d[\d.,/-]{4,}")  # of a value, or of a name with its value
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
    """The text on one line, with single spaces, and with what is raised or lowered as it is read."""
    return " ".join(settled(text).split())


def row(header: Iterable[str], cells: Iterable[str]) -> str:
    """A table row as one readable line: each cell with its column's name, empty ones left out."""
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(header, cells, strict=False) if cell)


def table(rows: Iterable[list[str]], *, headed: bool | int | None = None) -> Iterator[str]:
    """The rows of a table as lines. `headed` says how many rows name the columns; None lets their looks say.

    Two columns without such a row are names and values: `Fee: 250 EUR`.
    """
    filled = [cells for cells in ([plain(cell) for cell in row] for row in rows) if any(cells)]
    if not filled:
        return
    if headed is None:
        headed = names_columns(filled[0], filled[1:])
    body = filled[headed:]
    if headed and body:
        header = _names(filled[:headed], max(map(len, filled)))
        for cells in body:
            yield "- " + row(header, cells)
    else:
        for cells in filled:
            yield "- " + _unnamed(cells)


def _names(header: list[list[str]], width: int) -> list[str]:
    """The names of the columns: what stands in the rows of the header above each, from the top."""
    columns = ([cells[at] for cells in header if at < len(cells) and cells[at]] for at in range(width))
    return [", ".join(dict.fromkeys(names)) for names in columns]


def _unnamed(cells: list[str]) -> str:
    if len(cells) == 2 and all(cells):
        return f"{cells[0].removesuffix(':')}: {cells[1]}"
    return "; ".join(filter(None, cells))


def names_columns(header: list[str], body: list[list[str]]) -> bool:
    """Whether a first row looks like names: nearly all filled, short and different, none a figure or with its value.

    With two columns it takes figures below a word, since names and values look the same.
    """
    names = [cell for cell in header if cell]
    if not body or len(names) < len(header) - 1 or len(set(names)) < len(names):
        return False
    if any(len(name) > _LONGEST_NAME or _FIGURE.fullmatch(name) or _SAID.search(name) for name in names):
        return False
    below = [[cells[at] for cells in body if at < len(cells) and cells[at]] for at in range(len(header))]
    return len(header) > 2 or any(cells and all(map(_FIGURE.fullmatch, cells)) for cells in below)
