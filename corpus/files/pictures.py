"""Draws a page of a PDF with the words of a passage marked on it: the worker's side of `reading.page_picture`.

A passage and a page are compared by their letters and figures alone, since the text that was read has other spaces,
hyphens and line ends than the page. What both have in common for long enough is marked, each part of the passage once;
of a table also the lines of the page all of whose cells the passage names.
"""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

from corpus.files.formats import _page
from corpus.files.sandbox import Limits, write_frame

_PER_INCH, _POINTS = 130, 72  # dots, points
_LONGEST = 2400  # dots of a picture's longer side
_LEAST = 12  # letters in a row that a passage and a page both have
_SURE = 20  # letters: what is shorter and stands alone may be chance
_CELLS = 6  # letters of a table's line, together
_SHORTEST = 4  # letters of a passage that is looked for
_MARKER, _LINE = (255, 232, 128), (150, 75, 0)  # what is marked is underlined too, for those who see no colours
_THICK = 2  # dots


@dataclass(frozen=True)
class _Stretch:
    """Letters that a page has at `start` and a passage at `said`."""

    length: int
    start: int
    said: int


def draw(file: BinaryIO, answer: BinaryIO, _limits: Limits, asked: str) -> None:
    """Write the picture, a PNG; nothing where the page is not there. `asked` is JSON: the `page` and the `passage`."""
    import pypdfium2

    wanted = json.loads(asked)
    document = pypdfium2.PdfDocument(file.read())
    inside = 1 <= wanted["page"] <= len(document)
    write_frame(answer, _picture(document[wanted["page"] - 1], wanted["passage"]) if inside else b"")


def places_of(words: Sequence[_page.Word], passage: str) -> set[int]:
    """Which of a page's words are those of a passage, by their numbers."""
    said = _letters(passage)
    found = _in_a_row(words, said) if len(said) >= _SHORTEST else set()
    return found | set(_in_cells(words, said))


def _in_a_row(words: Sequence[_page.Word], said: str) -> set[int]:
    owners = [at for at, word in enumerate(words) for _ in _letters(word.text)]
    page = "".join(_letters(word.text) for word in words)
    least = min(_LEAST, len(said))
    taken = bytearray(len(said))
    found: set[int] = set()
    for stretch in sorted(_stretches(page, said, least), key=lambda stretch: -stretch.length):
        part = slice(stretch.said, stretch.said + stretch.length)
        if stretch.length >= min(_SURE, len(said)) and 2 * sum(taken[part]) <= stretch.length:
            taken[part] = b"\1" * stretch.length
            found.update(owners[stretch.start : stretch.start + stretch.length])
    return found


def _stretches(page: str, said: str, least: int) -> Iterator[_Stretch]:
    """What both have in common, in the order of the page."""
    starts = defaultdict(list)
    for at in range(len(said) - least + 1):
        starts[said[at : at + least]].append(at)
    at = 0
    while at <= len(page) - least:
        stretches = (_Stretch(_common(page[at:], said[known:]), at, known) for known in starts[page[at : at + least]])
        longest = max(stretches, key=lambda stretch: stretch.length, default=None)
        if longest:
            yield longest
        at += longest.length if longest else 1


def _common(one: str, other: str) -> int:
    """How many letters two texts begin with alike."""
    most = min(len(one), len(other))
    return next((at for at in range(most) if one[at] != other[at]), most)


def _in_cells(words: Sequence[_page.Word], said: str) -> Iterator[int]:
    numbers = {id(word): at for at, word in enumerate(words)}
    for row in _page.rows(words):
        cells = ["".join(_letters(word.text) for word in segment.words) for segment in row.segments]
        if len(cells) > 1 and len("".join(cells)) >= _CELLS and all(cell in said for cell in cells):
            yield from (numbers[id(word)] for segment in row.segments for word in segment.words)


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def _picture(page: Any, passage: str) -> bytes:  # noqa: ANN401 - a page of pypdfium2
    from PIL import Image, ImageChops, ImageDraw

    words, boxes = _page.placed_words(page)
    bitmap = page.render(scale=min(_PER_INCH / _POINTS, _LONGEST / max(page.get_size())))
    place = bitmap.get_posconv(page)
    picture = bitmap.to_pil().convert("RGB")
    marker = Image.new("RGB", picture.size, "white")
    lines = []
    for left, low, right, high in _joined(places_of(words, passage), words, boxes):
        (x, y), (other_x, other_y) = place.to_bitmap(left, low), place.to_bitmap(right, high)
        box = min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)
        ImageDraw.Draw(marker).rectangle(box, fill=_MARKER)
        lines.append((box[0], box[3], box[2], box[3]))
    picture = ImageChops.multiply(picture, marker)
    for line in lines:
        ImageDraw.Draw(picture).line(line, fill=_LINE, width=_THICK)
    written = BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def _joined(found: Collection[int], words: Sequence[_page.Word], boxes: Sequence[_page.Box]) -> Iterable[_page.Box]:
    """One box for words in a row on one line."""
    joined: list[_page.Box] = []
    before = -2
    for at in sorted(found):
        box = boxes[at]
        if before == at - 1 and abs(words[before].foot - words[at].foot) < words[at].size / 2:
            last = joined.pop()
            box = min(last[0], box[0]), min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3])
        joined.append(box)
        before = at
    return joined
