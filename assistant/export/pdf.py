"""A paper as a PDF."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from assistant.export.drawing import ACCENT, INK, LINE, PEOPLE, PEOPLE_WASH, QUIET, SUNKEN, cover_drawn, track
from assistant.export.fonts import BOLD, REGULAR, register_fonts, spelled
from assistant.export.papers import (
    EMBLEM_HEIGHT,
    MADE_BY_MACHINE,
    Paper,
    PaperLine,
    PaperPart,
    PaperTable,
    entry_of,
    has_picture,
)
from assistant.market.timeline import Timeline
from assistant.texts import say

_MARGIN = 52.0
_WITH_HEADING = 130.0  # points of a page that a heading without text of its own wants below it
_LABELS = 0.3  # of the width of a time line
_SHARES = {2: (0.27, 0.19, 0.54)}  # of the width of a table with so many columns beside its headings
_ASIDE = 0.14


@dataclass(frozen=True)
class _Styles:
    """How paragraphs look; the types are reportlab's."""

    body: Any
    quiet: Any
    small: Any
    point: Any
    bold: Any
    title: Any
    heading: Any
    within: Any
    note: Any
    asking: Any


def to_pdf(paper: Paper) -> bytes:
    """A paper as a PDF; one with a wide table lies on its side."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

    register_fonts()
    size = landscape(A4) if paper.sideways else A4
    file = io.BytesIO()
    document = BaseDocTemplate(
        file,
        pagesize=size,
        title=paper.title,
        author=say(paper.language, "title"),
        subject=paper.made_by,
        keywords=MADE_BY_MACHINE,
        lang=paper.language,
        **dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), _MARGIN),
    )
    frame = Frame(_MARGIN, _MARGIN, document.width, document.height, 0, 0, 0, 0, id="body")
    cover = PageTemplate("cover", [frame], onPage=lambda canvas, _: cover_drawn(canvas, size))
    document.addPageTemplates([*([cover] if paper.cover else []), PageTemplate("body", [frame])])
    styles = _styles()
    document.build(
        [*_cover(paper, styles), *_flowing(paper, document.width, styles)],
        canvasmaker=_numbering(say(paper.language, "title"), size[0], bool(paper.cover)),
    )
    return file.getvalue()


def _numbering(name: str, width: float, covered: bool) -> Callable[..., Any]:
    """A canvas that writes at the foot of each page but a cover what it is and which of how many."""
    from reportlab.pdfgen.canvas import Canvas

    class _Numbered(Canvas):  # type: ignore[misc, unused-ignore]
        def __init__(self, *words: Any, **options: Any) -> None:  # noqa: ANN401 - reportlab's types
            super().__init__(*words, **options)
            self._drawn: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self._drawn.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            for number, page in enumerate(self._drawn, start=1):
                self.__dict__.update(page)
                if number > 1 or not covered:
                    self.setFont(REGULAR, 7)
                    self.setFillColor(QUIET)
                    self.drawString(_MARGIN, 30, name)
                    self.drawRightString(width - _MARGIN, 30, f"{number} / {len(self._drawn)}")
                super().showPage()
            super().save()

    return _Numbered


def _styles() -> _Styles:
    from reportlab.lib.styles import ParagraphStyle

    body = ParagraphStyle("body", fontName=REGULAR, fontSize=9, leading=12.4, spaceAfter=3, textColor=INK)
    bold = ParagraphStyle("bold", body, fontName=BOLD)
    quiet = ParagraphStyle("quiet", body, fontSize=8, leading=11, textColor=QUIET)
    return _Styles(
        body=body,
        quiet=quiet,
        small=ParagraphStyle("small", quiet, fontSize=7, leading=9, spaceAfter=0),
        point=ParagraphStyle("point", body, leftIndent=12, bulletIndent=2, bulletFontName=REGULAR, bulletColor=ACCENT),
        bold=bold,
        title=ParagraphStyle("title", bold, fontSize=16, leading=21, spaceAfter=5),
        heading=ParagraphStyle(
            "heading", bold, fontSize=12.5, leading=16, spaceBefore=14, spaceAfter=5, keepWithNext=1
        ),
        within=ParagraphStyle("within", bold, fontSize=9.5, leading=13, spaceBefore=7, spaceAfter=1, keepWithNext=1),
        note=ParagraphStyle(
            "note",
            body,
            fontSize=7,
            leading=9.2,
            leftIndent=13,
            bulletIndent=0,
            bulletFontSize=7,
            bulletFontName=REGULAR,
            spaceAfter=3,
        ),
        asking=ParagraphStyle("asking", bold, fontSize=11, leading=15, textColor=PEOPLE, keepWithNext=1),
    )


def _cover(paper: Paper, styles: _Styles) -> Iterator[Any]:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import NextPageTemplate, PageBreak, Spacer, Table

    if not paper.cover:
        return
    big = ParagraphStyle("big", styles.title, fontSize=26, leading=33, leftIndent=30, rightIndent=40)
    text = ParagraphStyle("cover", styles.body, fontSize=10, leading=15)
    label = ParagraphStyle("label", text, textColor=QUIET)
    rows = [[_styled(name, label), _styled(value, text)] for name, value in paper.cover]
    yield from (Spacer(0, 150), _styled(paper.title, big), Spacer(0, 190))
    yield Table(
        rows,
        [110, 300],
        hAlign="LEFT",
        style=[("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, -1), 30)],
    )
    yield from (
        Spacer(0, 60),
        _styled(paper.made_by, ParagraphStyle("fine", styles.quiet, leftIndent=30, rightIndent=90)),
    )
    yield from (NextPageTemplate("body"), PageBreak())


def _flowing(paper: Paper, width: float, styles: _Styles) -> Iterator[Any]:
    from reportlab.lib.units import mm
    from reportlab.platypus import BalancedColumns, Image, KeepTogether

    if not paper.cover:
        yield _styled(paper.title, styles.title)
        yield _styled(paper.made_by, styles.quiet)
    for part in paper.parts:
        yield from _part(part, width, styles)
    if paper.sources:
        yield _headed(say(paper.language, "sources"), styles)
        notes = []
        for reference in paper.sources:
            title, rest = entry_of(reference, paper.language)
            notes.append(_marked(f"<b>{spelled(title)}.</b> {spelled(rest)}", styles.note, f"{reference.n}."))
        yield BalancedColumns(notes, nCols=3 if paper.sideways else 2, innerPadding=14)
    foot: list[Any] = []  # its picture and its words stand on one page
    if has_picture(paper):
        foot.append(
            Image(paper.foot.emblem, width=width, height=EMBLEM_HEIGHT * mm, kind="proportional", hAlign="LEFT")
        )
    if paper.foot.disclaimer:
        foot.append(_styled(paper.foot.disclaimer, styles.quiet))
    yield KeepTogether(foot)


def _part(part: PaperPart, width: float, styles: _Styles) -> Iterator[Any]:
    from reportlab.platypus import CondPageBreak, KeepTogether

    points = [_line(line, styles.point, "•") for line in part.points]
    if part.asking:
        yield _boxed([_styled(part.heading, styles.asking), *points], width)
        return
    if part.headlines:
        yield _headlines(part, width, styles)
    if not (part.text or points or part.table):  # what follows belongs to it
        yield CondPageBreak(_WITH_HEADING)
    head = [_styled(part.heading, styles.within) if part.within else _headed(part.heading, styles)]
    head += [_line(line, styles.quiet) for line in part.text]
    yield KeepTogether([*head, *points[:1]])
    yield from points[1:]
    if part.line:
        yield _timeline(part.line, width, styles)
    if part.table:
        yield _laid_out(part.table, width, styles)


def _headed(text: str, styles: _Styles) -> Any:  # noqa: ANN401 - reportlab's type
    """A heading with a line under it."""
    from reportlab.platypus import Table

    return Table(
        [[_styled(text, styles.heading)]],
        ["100%"],
        style=[
            ("LINEBELOW", (0, 0), (-1, -1), 1.2, ACCENT),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
        ],
        spaceBefore=12,
        spaceAfter=6,
    )


def _headlines(part: PaperPart, width: float, styles: _Styles) -> Any:  # noqa: ANN401
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.platypus import Table

    big = ParagraphStyle("headline", styles.bold, fontSize=11, leading=14, spaceAfter=1)
    cells = [[_styled(one.text, big), _styled(one.about, styles.small)] for one in part.headlines]
    style = [("BOX", (at, 0), (at, 0), 0.6, LINE) for at in range(len(cells))]
    return Table(
        [cells], [width / len(cells)] * len(cells), style=[*style, ("VALIGN", (0, 0), (-1, -1), "TOP"), *_padded(7)]
    )


def _timeline(line: Timeline, width: float, styles: _Styles) -> Any:  # noqa: ANN401
    from reportlab.platypus import Table

    label, drawn = _LABELS * width, (1 - _LABELS) * width - 12
    months = Table(
        [[_styled(name, styles.small) for _, name in line.ticks]],
        [drawn / len(line.ticks)] * len(line.ticks),
        style=_padded(0),
    )
    rows: list[list[Any]] = [["", months]]
    for row in line.rows:
        name = say(line.language, f"step_{row.step.code}")
        rows.append([_styled(f"{row.number}  {name}", styles.quiet), track(line, row, drawn)])
    key = [say(line.language, f"mark_{mark}") for mark in line.marks]
    rows.append(["", track(line, None, drawn, dict(zip(line.marks, key, strict=True)))])
    return Table(
        rows,
        [label, drawn + 12],
        style=[
            ("BOX", (0, 0), (-1, -1), 0.6, LINE),
            ("LINEBELOW", (0, 0), (-1, -2), 0.4, LINE),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            *_padded(3, side=6),
        ],
    )


def _boxed(flowing: list[Any], width: float) -> Any:  # noqa: ANN401
    from reportlab.platypus import Table

    return Table(
        [[flowing]],
        [width],
        style=[
            ("BOX", (0, 0), (-1, -1), 0.8, PEOPLE, None, (3, 2)),
            ("BACKGROUND", (0, 0), (-1, -1), PEOPLE_WASH),
            *_padded(9),
        ],
        spaceBefore=14,
        spaceAfter=4,
        splitInRow=1,
    )


def _laid_out(table: PaperTable, width: float, styles: _Styles) -> Any:  # noqa: ANN401
    """A table that breaks over pages, also within a row."""
    from reportlab.platypus import Table as Laid

    columns = len(table.columns)
    even = (_ASIDE, *[(1 - _ASIDE) / columns] * columns)
    rows = [[_styled(name, styles.bold) for name in (table.corner, *table.columns)]]
    rows += [
        [_styled(name, styles.bold), *([_line(one, styles.body) for one in cell] for cell in cells)]
        for name, cells in table.rows
    ]
    return Laid(
        rows,
        [share * width for share in _SHARES.get(columns, even)],
        repeatRows=1,
        splitInRow=1,
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("BACKGROUND", (0, 0), (-1, 0), SUNKEN),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
            ("BOX", (0, 0), (-1, -1), 0.6, LINE),
            *_padded(5),
        ],
    )


def _padded(points: float, side: float | None = None) -> list[tuple[Any, ...]]:
    every = ((0, 0), (-1, -1))
    return [
        *((f"{edge}PADDING", *every, points) for edge in ("TOP", "BOTTOM")),
        *((f"{edge}PADDING", *every, points if side is None else side) for edge in ("LEFT", "RIGHT")),
    ]


def _line(line: PaperLine, style: Any, bullet: str | None = None) -> Any:  # noqa: ANN401
    lead = f'<font color="{QUIET}">{spelled(line.lead)}</font> ' if line.lead else ""
    numbers = ", ".join(map(str, line.numbers))
    raised = f'&nbsp;<font color="{ACCENT}"><super size="5.5">{numbers}</super></font>' if numbers else ""
    return _marked(f"{lead}{spelled(line.text)}{raised}", style, bullet)


def _styled(text: str, style: Any) -> Any:  # noqa: ANN401
    return _marked(spelled(text), style)


def _marked(text: str, style: Any, bullet: str | None = None) -> Any:  # noqa: ANN401
    from reportlab.platypus import Paragraph

    return Paragraph(text, style, bulletText=bullet)
