"""A page of a PDF as its words and rules stand on it, by PDFium; lengths in points."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import copysign, hypot
from statistics import median
from typing import Any

from corpus.files.formats._script import lowered, raised

_STRAIGHT = 0.997  # of a line's length along an axis: what is more aslant, as watermarks are, is left out
_APART = 1.0  # of the letters' size: a gap that parts words where the file has put no space
_BACK = 1.1  # likewise, back to the left: another word
_SAME_LINE = 0.35  # of the size: letters whose feet differ less stand on one line
_SMALL = 0.86  # of a line's letters: what is smaller may be raised or lowered
_RISE = 0.12  # of their size, at least
_TOUCHING = 0.15  # of the size: what stands nearer to a raised word is a part of it
_SEGMENT = 0.9  # of the size: a wider gap parts a line into what may be cells
_THIN = 2.5  # points: what is thinner is a rule
_LEAST_RULE = 6.0  # points: what is shorter is a part of a letter or a dot
_MOST_PATHS = 20_000  # objects of a page that are looked at for rules
_MOST_STROKES = 2_000  # of one of them
_HYPHEN = 2  # what PDFium gives for a hyphen at a line's end
_NO_CHARACTER = (0, 0xFFFE, 0xFFFF, *range(0xD800, 0xE000))
_SPACE = 32
_HIGH, _LOW, _LAST = 0xD800, 0xDC00, 0xDFFF  # halves of a pair
_ABOVE, _BELOW = 0.1, 0.25  # of the size: room around a word in its box
_LEFTWARD = re.compile("[\u0590-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc]")  # Hebrew, Arabic

Box = tuple[float, float, float, float]  # left, low, right, high, in points of the page, its height growing upwards


@dataclass(frozen=True)
class Word:
    """A word with its box: from `left` to `right`; `foot` is where its letters stand, growing downwards."""

    text: str
    left: float
    right: float
    top: float
    foot: float
    size: float
    ends: bool = False  # the file has a space after it


@dataclass(frozen=True)
class Segment:
    """Words of a line that stand near each other."""

    words: tuple[Word, ...]

    @property
    def left(self) -> float:
        """Where it begins."""
        return self.words[0].left

    @property
    def right(self) -> float:
        """Where it ends."""
        return max(word.right for word in self.words)

    @property
    def size(self) -> float:
        """The size of most of its letters."""
        sizes: Counter[float] = Counter()
        for word in self.words:
            sizes[word.size] += len(word.text)
        return max(sizes, key=lambda size: (sizes[size], size))

    @property
    def text(self) -> str:
        """Its words, those raised and lowered marked so."""
        return _written(self.words, self.size)


@dataclass(frozen=True)
class Row:
    """All that stands on one line of the page, from left to right."""

    segments: tuple[Segment, ...]

    @property
    def top(self) -> float:
        """Where its highest letters begin."""
        return min(word.top for segment in self.segments for word in segment.words)

    @property
    def foot(self) -> float:
        """Where most of its letters stand."""
        return median(word.foot for segment in self.segments for word in segment.words)

    @property
    def size(self) -> float:
        """The size of its largest letters that make up words."""
        return max(segment.size for segment in self.segments)


@dataclass(frozen=True)
class Rules:
    """The straight lines of a page: those across as (height, from, to), those down as (place, from, to)."""

    across: tuple[tuple[float, float, float], ...] = ()
    down: tuple[tuple[float, float, float], ...] = ()


@dataclass(frozen=True)
class _Char:
    text: str
    left: float
    right: float
    top: float
    foot: float
    size: float
    spaced: bool  # there is a space before it
    ends: bool = False  # and one of the file's own after it


def page_words(page: Any) -> tuple[list[Word], Rules]:  # noqa: ANN401 - a page of pypdfium2
    """The words of a page as it is turned for reading, and its rules. What stands aslant (a watermark) is left out."""
    words, way = _turned(page)
    return words, _rules(page, way)


def placed_words(page: Any) -> tuple[list[Word], list[Box]]:  # noqa: ANN401
    """The same words, and the box of each as the file has the page, whichever way it is turned for reading."""
    words, way = _turned(page)
    return words, [_box(word, way) for word in words]


def _turned(page: Any) -> tuple[list[Word], _Way]:  # noqa: ANN401
    """The words along the way in which most lines of a page run."""
    found = list(_chars(page))
    ways = Counter(way for way, _ in found)
    way = max(ways, key=lambda known: ways[known], default=(1, 0))
    return list(_words([char for known, char in found if known == way])), way


def _box(word: Word, way: _Way) -> Box:
    """Where a word stands on the page: `_along`, taken back."""
    a, b = way
    corners = [(word.left, word.top - _ABOVE * word.size), (word.right, word.foot + _BELOW * word.size)]
    xs, ys = [u * a + v * b for u, v in corners], [u * b - v * a for u, v in corners]
    return min(xs), min(ys), max(xs), max(ys)


def rows(words: Sequence[Word]) -> list[Row]:
    """The lines of the page from the top, each with its segments from the left."""
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda word: word.foot):
        line = next((line for line in reversed(lines[-6:]) if _stands_on(word, line)), None)
        if line is None:
            lines.append([word])
        else:
            line.append(word)
    made = [Row(tuple(_segments(sorted(line, key=lambda word: word.left)))) for line in _joined(lines)]
    return sorted(made, key=lambda row: row.foot)


def _joined(lines: list[list[Word]]) -> list[list[Word]]:
    """The lines, those of raised or lowered words alone put to the line beside which they stand."""
    lines = sorted(lines, key=lambda line: min(word.foot for word in line))
    kept: list[list[Word]] = []
    for at, line in enumerate(lines):
        size = max(word.size for word in line)
        near = [other for other in (*kept[-1:], *lines[at + 1 : at + 2]) if _is_beside(line, size, other)]
        if near:
            near[0].extend(line)
        else:
            kept.append(line)
    return kept


def _is_beside(line: list[Word], size: float, other: list[Word]) -> bool:
    """Whether small words touch a word of another line, as marks and exponents do."""
    large = [word for word in other if word.size * _SMALL >= size]
    return bool(large) and all(
        any(
            word.size * _SMALL >= small.size
            and word.top - 0.5 * word.size <= small.foot <= word.foot + 0.4 * word.size
            and (_touch(word, small) or _touch(small, word))
            for word in large
        )
        for small in line
    )


def _touch(word: Word, after: Word) -> bool:
    return -0.2 * max(word.size, after.size) <= after.left - word.right <= 0.5 * max(word.size, after.size)


def _stands_on(word: Word, line: list[Word]) -> bool:
    main = max(line, key=lambda known: (known.size, len(known.text)))
    return abs(word.foot - main.foot) <= _SAME_LINE * min(word.size, main.size)


def _segments(words: Sequence[Word]) -> Iterator[Segment]:
    held: list[Word] = []
    for word in words:
        if held and word.left - max(known.right for known in held[-3:]) > _SEGMENT * min(word.size, held[-1].size):
            yield Segment(tuple(held))
            held = []
        held.append(word)
    if held:
        yield Segment(tuple(held))


def _written(words: Sequence[Word], size: float) -> str:
    if 2 * sum(bool(_LEFTWARD.match(word.text)) for word in words) > len(words):
        return " ".join(word.text for word in words[::-1])
    main = [word.foot for word in words if word.size > _SMALL * size]
    foot = median(main) if main else 0.0
    said: list[str] = []
    apart = False  # the word before stands above or below the line
    for at, word in enumerate(words):
        rise = foot - word.foot if main and word.size <= _SMALL * size else 0.0
        text = raised(word.text) if rise > _RISE * size else lowered(word.text) if rise < -_RISE * size else word.text
        touches = at > 0 and word.left - words[at - 1].right < _TOUCHING * size
        said.append(text if not at or (touches and (apart or text != word.text)) else f" {text}")
        apart = text != word.text
    return "".join(said)


# From PDFium

_Way = tuple[int, int]  # along an axis: to the right is (1, 0)


def _chars(page: Any) -> Iterator[tuple[_Way, _Char]]:  # noqa: ANN401
    """The letters of a page in the order of the file, each with the way in which its line runs."""
    import pypdfium2.raw as pdfium

    text = page.get_textpage()
    left, right, low, high, x, y = (ctypes.c_double() for _ in range(6))
    matrix = pdfium.FS_MATRIX()
    spaced, half = True, 0
    held: tuple[_Way, _Char] | None = None  # until it is known what follows
    for at in range(text.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text, at)
        if _HIGH <= code < _LOW:
            half = code
            continue
        if half and _LOW <= code <= _LAST:
            code = 0x10000 + ((half - _HIGH) << 10) + (code - _LOW)
        half = 0
        char = "-" if code == _HYPHEN else chr(code)
        if char.isspace() or code in _NO_CHARACTER:
            if held is not None and code == _SPACE and not pdfium.FPDFText_IsGenerated(text, at):
                held = (held[0], replace(held[1], ends=True))
            spaced = True
            continue
        pdfium.FPDFText_GetMatrix(text, at, matrix)
        way = _way(matrix.a, matrix.b)
        if way is None or not pdfium.FPDFText_GetCharBox(text, at, left, right, low, high):
            continue
        pdfium.FPDFText_GetCharOrigin(text, at, x, y)
        size = pdfium.FPDFText_GetFontSize(text, at) * (hypot(matrix.c, matrix.d) or 1.0)
        first, second = _along(way, left.value, low.value), _along(way, right.value, high.value)
        _, foot = _along(way, x.value, y.value)
        box = (min(first[0], second[0]), max(first[0], second[0]), min(first[1], second[1]))
        if held is not None:
            yield held
        held = way, _Char(char, *box, foot, round(size, 1) or 1.0, spaced)
        spaced = False
    if held is not None:
        yield held


def _way(across: float, up: float) -> _Way | None:
    """The axis along which a line runs; None where it is aslant."""
    length = hypot(across, up)
    if not length:
        return (1, 0)
    if max(abs(across), abs(up)) < _STRAIGHT * length:
        return None
    return (int(copysign(1, across)), 0) if abs(across) > abs(up) else (0, int(copysign(1, up)))


def _along(way: _Way, x: float, y: float) -> tuple[float, float]:
    """A place of the page, whose height grows upwards, as a place along lines that run this way, growing downwards."""
    return x * way[0] + y * way[1], x * way[1] - y * way[0]


def _words(chars: Sequence[_Char]) -> Iterator[Word]:
    held: list[_Char] = []
    for char in chars:
        if held and _parts(held[-1], char):
            yield _word(held)
            held = []
        held.append(char)
    if held:
        yield _word(held)


def _parts(before: _Char, char: _Char) -> bool:
    """Whether a new word begins: by a space of the file, a gap, another line, or another size."""
    size = max(before.size, char.size)
    gap = before.left - char.right if _LEFTWARD.match(char.text) else char.left - before.right
    return (
        char.spaced
        or gap > _APART * size
        or gap < -_BACK * size
        or abs(char.foot - before.foot) > _RISE * size
        or min(before.size, char.size) < _SMALL * size
    )


def _word(chars: Sequence[_Char]) -> Word:
    return Word(
        "".join(char.text for char in chars),
        min(char.left for char in chars),
        max(char.right for char in chars),
        min(char.top for char in chars),
        chars[0].foot,
        max(char.size for char in chars),
        chars[-1].ends,
    )


def _rules(page: Any, way: _Way) -> Rules:  # noqa: ANN401
    """The lines that are drawn, those of frames among them."""
    import pypdfium2.raw as pdfium

    across: list[tuple[float, float, float]] = []
    down: list[tuple[float, float, float]] = []
    for drawn in islice(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=4), _MOST_PATHS):
        for start, end in _strokes(drawn):
            one, other = _along(way, *start), _along(way, *end)
            if abs(one[1] - other[1]) <= _THIN and abs(one[0] - other[0]) >= _LEAST_RULE:
                across.append(((one[1] + other[1]) / 2, min(one[0], other[0]), max(one[0], other[0])))
            elif abs(one[0] - other[0]) <= _THIN and abs(one[1] - other[1]) >= _LEAST_RULE:
                down.append(((one[0] + other[0]) / 2, min(one[1], other[1]), max(one[1], other[1])))
    return Rules(tuple(sorted(set(across))), tuple(sorted(set(down))))


def _strokes(drawn: Any) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:  # noqa: ANN401
    """The straight strokes of a path; of a thin filled one, that which it looks like."""
    import pypdfium2.raw as pdfium

    left, low, right, high = drawn.get_bounds()
    if right - left <= _THIN or high - low <= _THIN:
        yield (left, low), (right, high)
        return
    count = min(pdfium.FPDFPath_CountSegments(drawn), _MOST_STROKES)
    matrix = drawn.get_matrix()
    x, y = ctypes.c_float(), ctypes.c_float()
    start = last = None
    for at in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(drawn, at)
        pdfium.FPDFPathSegment_GetPoint(segment, x, y)
        place = matrix.on_point(x.value, y.value)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_LINETO and last is not None:
            yield last, place
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            start = place
        if pdfium.FPDFPathSegment_GetClose(segment) and start is not None:
            yield place, start
        last = place
