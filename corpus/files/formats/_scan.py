"""Pictures of text on a PDF's page, read by text recognition where the extra `ocr` is installed.

RapidOCR reads with the models that its package carries, without any network. What it reads is told as such: it may take
one letter for another.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from statistics import fmean, median
from typing import Any

from corpus.files.formats._page import Word

_PER_INCH = 200  # dots: as letters of 8 points need
_POINTS = 72  # of an inch
_LONGEST = 2400  # dots of a picture's longer side: what is larger takes more memory than a file is given
_SIDE = 1280  # dots of a picture's longer side in which lines are looked for; they are read in all dots
_LETTERS = 0.75  # of a line's box is the size of its letters
_ALIKE = 0.3  # of the usual size: lines that differ less are of one size
_APART = 0.5  # of a line's height: a gap between letters that parts words, whatever was read there
_LEAST_SURE = 0.5  # what is less sure is no text

_Box = tuple[float, float, float, float]  # left, top, right, foot


def can_recognise() -> bool:
    """Whether the extra is installed."""
    return find_spec("rapidocr") is not None


def recognised(page: Any) -> tuple[list[Word], float]:  # noqa: ANN401 - a page of pypdfium2
    """The words of a page that is a picture, with their boxes, and how sure they are, from 0 to 1."""
    scale = min(_PER_INCH / _POINTS, _LONGEST / max(page.get_size()))
    picture = page.render(scale=scale, draw_annots=False).to_numpy()
    found = _engine()(picture, use_cls=False, return_word_box=True, return_single_char_box=True)
    if found.boxes is None or not found.txts:
        return [], 0.0
    boxes = [_around(corners, scale) for corners in found.boxes]
    usual = median(foot - top for _, top, _, foot in boxes)
    words = []
    for box, text, letters in zip(boxes, found.txts, found.word_results, strict=True):
        height = box[3] - box[1]
        even = usual if abs(height - usual) <= _ALIKE * usual else height
        for part, left, right in _parted(text, [_around(corners, scale) for _, _, corners in letters], box):
            plain = unicodedata.normalize("NFKC", part)
            words.append(Word(plain, left, right, box[1], box[3], round(_LETTERS * even, 1), ends=True))
    return words, fmean(found.scores)


def _around(corners: Any, scale: float) -> _Box:  # noqa: ANN401 - four points of a picture
    """The box around four corners, in points of the page."""
    across, down = [float(x) / scale for x, _ in corners], [float(y) / scale for _, y in corners]
    return min(across), min(down), max(across), max(down)


def _parted(text: str, letters: Sequence[_Box], line: _Box) -> Iterator[tuple[str, float, float]]:
    """The words of a line with where they begin and end: parted by spaces, and by gaps that were read as none.

    A gap that is overlooked would make one figure of two cells.
    """
    if len(letters) != len("".join(text.split())):
        yield text, line[0], line[2]
        return
    wide, at, held, left = _APART * (line[3] - line[1]), 0, "", 0.0
    for char in text:
        if held and (char.isspace() or letters[at][0] - letters[at - 1][2] > wide):
            yield held, left, letters[at - 1][2]
            held = ""
        if not char.isspace():
            left = left if held else letters[at][0]
            held += char
            at += 1
    if held:
        yield held, left, letters[at - 1][2]


@cache
def _engine() -> Any:  # noqa: ANN401 - the package carries no types of use
    """The recogniser, in one thread: a confined process starts no other."""
    import cv2
    import rapidocr

    cv2.setNumThreads(1)
    models = Path(str(rapidocr.__file__)).parent / "models"
    named = {task: next(models.glob(f"*_{task}_*.onnx")) for task in ("det", "rec")}
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.text_score": _LEAST_SURE,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.limit_type": "max",
            "Det.limit_side_len": _SIDE,
            "Rec.rec_batch_num": 1,
            "Det.model_path": str(named["det"]),
            "Rec.model_path": str(named["rec"]),
        }
    )


def warm_up() -> None:
    """Import what is needed, once for all files."""
    if can_recognise():
        import cv2  # noqa: F401
        import rapidocr  # noqa: F401
