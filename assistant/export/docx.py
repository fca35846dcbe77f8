"""A paper as a Word document."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

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
from assistant.market.timeline import Mark, Timeline, TimelineRow
from assistant.texts import say

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import _Cell

_A_CELL = 2  # months of a time line
_FILLS = {Mark.SURE: "0A5C68", Mark.WEAK: "A9CFD3", Mark.FREE: "E6E3DC", Mark.EVENT: "96410F"}
_ACCENT, _QUIET = "0A5C68", "49565C"


def to_docx(paper: Paper) -> bytes:
    """A paper as a Word document."""
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm, Pt, RGBColor

    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.language = paper.title, paper.language
    properties.author, properties.keywords = say(paper.language, "title"), MADE_BY_MACHINE
    properties.comments = paper.made_by
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    if paper.sideways:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(20)
    section.different_first_page_header_footer = bool(paper.cover)
    normal: Any = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(10)
    normal.paragraph_format.space_after = Pt(4)
    for name in ("Title", "Heading 1", "Heading 2"):
        heading: Any = document.styles[name]
        heading.font.name, heading.font.color.rgb = "Calibri", RGBColor.from_string(_ACCENT)
    _number(section.footer.paragraphs[0], say(paper.language, "title"))
    _begin(document, paper)
    for part in paper.parts:
        _add_part(document, part)
    document.add_heading(say(paper.language, "sources"), 1)
    for reference in paper.sources:
        title, rest = entry_of(reference, paper.language)
        entry = document.add_paragraph()
        for text, bold in ((f"{reference.n}. {title}. ", True), (rest, False)):
            run = entry.add_run(text)
            run.bold, run.font.size = bold, Pt(8)
    if has_picture(paper):
        document.add_picture(paper.foot.emblem, height=Mm(EMBLEM_HEIGHT))
    if paper.foot.disclaimer:
        document.add_paragraph(paper.foot.disclaimer)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _begin(document: Document, paper: Paper) -> None:
    """The title, on a cover where there is one."""
    from docx.enum.text import WD_BREAK
    from docx.shared import Pt

    title = document.add_heading(paper.title, 0)
    if paper.cover:
        title.paragraph_format.space_before = Pt(160)
        title.paragraph_format.space_after = Pt(120)
        drawn = document.add_table(rows=0, cols=2)
        for name, value in paper.cover:
            cells = drawn.add_row().cells
            cells[0].text, cells[1].text = name, value
        document.add_paragraph()
    document.add_paragraph(paper.made_by, style="Intense Quote")
    if paper.cover:
        document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _add_part(document: Document, part: PaperPart) -> None:
    if part.headlines:
        drawn = document.add_table(rows=1, cols=len(part.headlines), style="Table Grid")
        for cell, one in zip(drawn.rows[0].cells, part.headlines, strict=True):
            cell.paragraphs[0].add_run(one.text).bold = True
            cell.add_paragraph(one.about)
    document.add_heading(part.heading, 2 if part.within else 1)
    for line in part.text:
        _write(document.add_paragraph(), line)
    for line in part.points:
        _write(document.add_paragraph(style="List Bullet"), line)
    if part.line:
        _add_timeline(document, part.line)
    if part.table:
        _add_table(document, part.table)


def _write(paragraph: Any, line: PaperLine) -> None:  # noqa: ANN401 - docx's type
    """A line, with what it is about in grey and its numbers raised."""
    from docx.shared import RGBColor

    if line.lead:
        paragraph.add_run(f"{line.lead} ").font.color.rgb = RGBColor.from_string(_QUIET)
    paragraph.add_run(line.text)
    if line.numbers:
        numbers = paragraph.add_run(f" {', '.join(map(str, line.numbers))}")
        numbers.font.superscript, numbers.font.color.rgb = True, RGBColor.from_string(_ACCENT)


def _add_table(document: Document, table: PaperTable) -> None:
    drawn = document.add_table(rows=1, cols=1 + len(table.columns), style="Table Grid")
    for cell, name in zip(drawn.rows[0].cells, (table.corner, *table.columns), strict=True):
        cell.paragraphs[0].add_run(name).bold = True
    for name, cells in table.rows:
        row = drawn.add_row().cells
        row[0].paragraphs[0].add_run(name).bold = True
        for cell, lines in zip(row[1:], cells, strict=True):
            for at, line in enumerate(lines):
                _write(cell.add_paragraph() if at else cell.paragraphs[0], line)


def _add_timeline(document: Document, line: Timeline) -> None:
    """A row a step: its name with what is known of its time, and a cell for every other month, filled where it runs."""
    from docx.shared import Mm, Pt

    count = line.months // _A_CELL
    drawn = document.add_table(rows=1, cols=1 + count, style="Table Grid")
    drawn.autofit = False
    names = dict(line.ticks)
    for at, cell in enumerate(drawn.rows[0].cells[1:]):
        run = cell.paragraphs[0].add_run(names.get(at * _A_CELL, ""))
        run.font.size = Pt(6)
    for row in line.rows:
        cells = drawn.add_row().cells
        cells[0].paragraphs[0].add_run(f"{row.number}. {say(line.language, f'step_{row.step.code}')}").font.size = Pt(8)
        cells[0].add_paragraph().add_run(row.text).font.size = Pt(7)
        for at, cell in enumerate(cells[1:]):
            if mark := _mark(row, at * _A_CELL):
                _fill(cell, _FILLS[mark])
    for cells in (row.cells for row in drawn.rows):
        cells[0].width = Mm(62)
        for cell in cells[1:]:
            cell.width = Mm(108 / count)
    key = document.add_paragraph()
    for mark in line.marks:
        square = key.add_run("■ ")
        square.font.color.rgb = _color(_FILLS[mark])
        key.add_run(f"{say(line.language, f'mark_{mark}')}   ").font.size = Pt(8)


def _mark(row: TimelineRow, month: int) -> Mark | None:
    """What a step is drawn with from a month on; a day goes before a length of time, and what is sure before others."""
    inside = [
        bar.mark
        for bar in row.bars
        if bar.begins < month + _A_CELL and month < max(bar.begins + bar.lasts, bar.begins + 0.1)
    ]
    return next((mark for mark in (Mark.EVENT, Mark.SURE, Mark.WEAK, Mark.FREE) if mark in inside), None)


def _color(code: str) -> Any:  # noqa: ANN401
    from docx.shared import RGBColor

    return RGBColor.from_string(code)


def _fill(cell: _Cell, color: str) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    cell._tc.get_or_add_tcPr().append(parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:fill="{color}"/>'))


def _number(paragraph: Any, name: str) -> None:  # noqa: ANN401
    """The foot of a page: what the paper is from, and the number of the page, which Word counts."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph.add_run(f"{name}   ")
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        run = paragraph.add_run()
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)
