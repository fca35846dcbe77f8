"""What a PDF draws itself: the bars of a time line and the ground of a cover. Types are reportlab's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assistant.export.fonts import REGULAR
from assistant.market.timeline import Bar, Mark, Timeline, TimelineRow

INK, QUIET = "#17252c", "#49565c"
ACCENT, WEAK = "#0a5c68", "#a9cfd3"
PEOPLE, PEOPLE_WASH = "#96410f", "#fbeee4"
LINE, EDGE, SUNKEN, CANVAS = "#d5d1c7", "#757d80", "#f1efe9", "#f7f5f0"

_BAR, _BELOW, _TEXT = 7.0, 8.5, 6.5  # height of a bar, of the text under it, of its letters
_SPINE = 36.0  # the band at the side of a cover


def track(line: Timeline, row: TimelineRow | None, width: float, key: Mapping[Mark, str] | None = None) -> Any:  # noqa: ANN401
    """The bars of a row with what they say; or without a row what the bars mean."""
    from reportlab.platypus import Flowable

    class _Track(Flowable):  # type: ignore[misc, unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            self.width, self.height = width, _BAR + _BELOW

        def draw(self) -> None:
            canvas = self.canv
            canvas.setFont(REGULAR, _TEXT)
            if row:
                _draw_row(canvas, line, row, width)
            at = 0.0
            for mark, text in (key or {}).items():
                _draw_bar(canvas, mark, at, _BELOW / 2, 16.0)
                canvas.setFillColor(QUIET)
                canvas.drawString(at + 20, _BELOW / 2 + 1, text)
                at += 34 + canvas.stringWidth(text, REGULAR, _TEXT)

    return _Track()


def _draw_row(canvas: Any, line: Timeline, row: TimelineRow, width: float) -> None:  # noqa: ANN401
    month = width / line.months
    canvas.setStrokeColor(LINE)
    canvas.setLineWidth(0.4)
    for at, _ in line.ticks:
        canvas.line(at * month, _BELOW, at * month, _BELOW + _BAR)
    for bar in row.bars:
        _draw_bar(canvas, bar.mark, bar.begins * month, _BELOW, _length(bar, line) * month)
    room = width - canvas.stringWidth(row.text, REGULAR, _TEXT)
    canvas.setFillColor(QUIET)
    canvas.drawString(max(0.0, min(row.begins * month, room)), 1.5, row.text)


def _length(bar: Bar, line: Timeline) -> float:
    return min(bar.lasts, line.months - bar.begins)


def _draw_bar(canvas: Any, mark: Mark, at: float, bottom: float, length: float) -> None:  # noqa: ANN401
    canvas.setLineWidth(0.8)
    canvas.setStrokeColor(EDGE if mark is Mark.FREE else ACCENT)
    canvas.setFillColor(PEOPLE if mark is Mark.EVENT else WEAK if mark is Mark.WEAK else ACCENT)
    if mark is Mark.EVENT:
        path = canvas.beginPath()
        for step, (x, y) in enumerate(((0, 0), (3.5, 3.5), (0, 7), (-3.5, 3.5))):
            (path.lineTo if step else path.moveTo)(at + x + 3.5 * (length > 0), bottom + y)
        path.close()
        canvas.drawPath(path, stroke=0, fill=1)
        return
    canvas.setDash(*((2, 1.5),) if mark is Mark.FREE else ())
    canvas.rect(at, bottom + 1, length, _BAR - 2, stroke=1, fill=mark is not Mark.FREE)
    canvas.setDash()


def cover_drawn(canvas: Any, size: tuple[float, float]) -> None:  # noqa: ANN401
    """The ground of a cover: a band at its side, and the sign of the alliance."""
    canvas.saveState()
    canvas.setFillColor(CANVAS)
    canvas.rect(0, 0, *size, stroke=0, fill=1)
    canvas.setFillColor(ACCENT)
    canvas.rect(0, 0, _SPINE, size[1], stroke=0, fill=1)
    x, y, radius = 112.0, size[1] - 130.0, 24.0
    canvas.setLineWidth(6.5)
    canvas.setLineCap(1)
    canvas.setStrokeColor(ACCENT)
    for start in (15, 105, 285):
        canvas.arc(x - radius, y - radius, x + radius, y + radius, start, 60)
    canvas.setStrokeColor(PEOPLE)
    canvas.line(x - 20, y - 20, x - 9, y - 9)
    canvas.setFillColor(ACCENT)
    canvas.circle(x, y, 7, stroke=0, fill=1)
    canvas.restoreState()
