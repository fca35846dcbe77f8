"""A paper as a Word document."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from assistant.export.papers import EMBLEM_HEIGHT, MADE_BY_MACHINE, Paper, PaperTable, has_picture, place_of, sources_of
from assistant.texts import say

if TYPE_CHECKING:
    from docx.document import Document


def to_docx(paper: Paper) -> bytes:
    """A paper as a Word document."""
    import docx
    from docx.shared import Mm

    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.language = paper.title, paper.language
    properties.author, properties.keywords = say(paper.language, "title"), MADE_BY_MACHINE
    properties.comments = paper.made_by
    document.add_heading(paper.title, 0)
    document.add_paragraph(paper.made_by, style="Intense Quote")
    for part in paper.parts:
        document.add_heading(part.heading, 1)
        for line in part.text:
            document.add_paragraph(line.numbered)
        for line in part.points:
            document.add_paragraph(line.numbered, style="List Bullet")
        if part.table:
            _add_table(document, part.table)
    document.add_heading(say(paper.language, "sources"), 1)
    for citation in paper.sources:
        document.add_paragraph(f"[{citation.n}] {place_of(citation, paper.language)}")
        document.add_paragraph(citation.quote, style="Quote")
        for source, url in sources_of(citation):
            document.add_paragraph(f"{source}: {url}", style="List Bullet")
    if has_picture(paper):
        document.add_picture(paper.foot.emblem, height=Mm(EMBLEM_HEIGHT))
    if paper.foot.disclaimer:
        document.add_paragraph(paper.foot.disclaimer)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _add_table(document: Document, table: PaperTable) -> None:
    drawn = document.add_table(rows=1, cols=1 + len(table.columns), style="Table Grid")
    for cell, name in zip(drawn.rows[0].cells[1:], table.columns, strict=True):
        cell.text = name
    for name, cells in table.rows:
        row = drawn.add_row().cells
        row[0].text = name
        for cell, lines in zip(row[1:], cells, strict=True):
            cell.text = "\n".join(line.numbered for line in lines)
