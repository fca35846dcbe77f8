"""A paper as a PDF."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from assistant.export.fonts import register_fonts
from assistant.export.papers import (
    EMBLEM_HEIGHT,
    MADE_BY_MACHINE,
    Paper,
    PaperLine,
    PaperTable,
    has_picture,
    place_of,
    sources_of,
)
from assistant.texts import say

_GREY = "#b8c2c9"


def to_pdf(paper: Paper) -> bytes:
    """A paper as a PDF; a comparison lies on its side."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.platypus import SimpleDocTemplate

    register_fonts()
    sideways = any(part.table for part in paper.parts)
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=landscape(A4) if sideways else A4,
        title=paper.title,
        author=say(paper.language, "title"),
        subject=paper.made_by,
        keywords=MADE_BY_MACHINE,
        lang=paper.language,
        **dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), 48.0),
    )
    document.build(list(_flowing(paper, document.width)))
    return file.getvalue()


def _flowing(paper: Paper, width: float) -> Iterator[Any]:
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import mm
    from reportlab.platypus import Image, Paragraph

    body = ParagraphStyle("body", fontName="Vera", fontSize=8.5, leading=12, spaceAfter=4)
    point = ParagraphStyle("point", body, leftIndent=12, bulletIndent=2)
    bold = ParagraphStyle("bold", body, fontName="VeraBd")
    heading = ParagraphStyle("heading", bold, fontSize=11, leading=15, spaceBefore=10, keepWithNext=1)
    title = ParagraphStyle("title", bold, fontSize=16, leading=21)

    def styled(text: str, style: ParagraphStyle, bullet: str | None = None) -> Any:  # noqa: ANN401 - reportlab's type
        return Paragraph(escape(text), style, bulletText=bullet)

    yield styled(paper.title, title)
    yield styled(paper.made_by, body)
    for part in paper.parts:
        yield styled(part.heading, heading)
        yield from (styled(line.numbered, body) for line in part.text)
        yield from (styled(line.numbered, point, "•") for line in part.points)
        if part.table:
            yield _laid_out(
                part.table, width, lambda line: styled(line.numbered, body), lambda name: styled(name, bold)
            )
    yield styled(say(paper.language, "sources"), heading)
    for citation in paper.sources:
        yield styled(f"[{citation.n}] {place_of(citation, paper.language)}", body)
        yield styled(f"“{citation.quote}”", point)
        yield from (styled(f"{source}: {url}", point, "•") for source, url in sources_of(citation))
    if has_picture(paper):
        yield Image(paper.foot.emblem, width=width, height=EMBLEM_HEIGHT * mm, kind="proportional", hAlign="LEFT")
    if paper.foot.disclaimer:
        yield styled(paper.foot.disclaimer, body)


def _laid_out(table: PaperTable, width: float, line: Callable[[PaperLine], Any], name: Callable[[str], Any]) -> Any:  # noqa: ANN401
    """A table that breaks over pages, also within a row."""
    from reportlab.platypus import Table as Laid

    first = 0.14 * width
    rows = [["", *map(name, table.columns)]]
    rows += [[name(aspect), *([line(one) for one in cell] for cell in cells)] for aspect, cells in table.rows]
    return Laid(
        rows,
        [first, *[(width - first) / len(table.columns)] * len(table.columns)],
        repeatRows=1,
        splitInRow=1,
        style=[("VALIGN", (0, 0), (-1, -1), "TOP"), ("GRID", (0, 0), (-1, -1), 0.4, _GREY)],
    )
