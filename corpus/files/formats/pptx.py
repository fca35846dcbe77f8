"""PPTX: a section a slide, with its number as the page; tables, charts and the speaker's notes with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from corpus.documents import Read
from corpus.errors import Scanned
from corpus.files.formats._blocks import Outline, plain, table
from corpus.files.formats._drawings import drawn
from corpus.files.formats._package import holds, office, shows_pictures

if TYPE_CHECKING:
    from pptx.slide import Slide

SUFFIXES = (".pptx", ".pptm", ".ppsx")
BY_NAME = False

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_UNMARKED = "buNone"


def recognises(data: bytes) -> bool:
    """A package with a presentation in it."""
    return holds(data, "ppt/presentation.xml")


def read(data: bytes) -> Read:
    """Each slide under its title."""
    from pptx import Presentation

    presentation = Presentation(office(data))
    outline = Outline()
    titles = []
    for number, slide in enumerate(presentation.slides, start=1):
        outline.heading("")
        outline.page(number)
        title = slide.shapes.title
        named = plain(title.text_frame.text) if title is not None else ""
        titles.append(named)
        outline.heading(named)
        outline.blocks(_shapes(shape for shape in slide.shapes if title is None or shape.shape_id != title.shape_id))
        outline.blocks(_notes(slide))
    sections = outline.sections()
    if not sections and shows_pictures(data):
        raise Scanned
    properties = presentation.core_properties
    dated = properties.modified or properties.created
    return Read(
        sections=sections,
        title=next(filter(None, titles), "") or plain(properties.title or ""),
        publisher=plain(properties.author or ""),
        published_on=dated.date().isoformat() if dated else "",
        language=properties.language or "",
    )


def _shapes(shapes: Iterable[Any]) -> Iterator[str]:
    for shape in shapes:
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        elif getattr(shape, "has_table", False):
            yield from table(_rows(shape.table), headed=shape.table.first_row or None)
        else:
            yield from drawn(shape._element, shape.part)
            yield from _paragraphs(shape)


def _rows(grid: Any) -> Iterator[list[str]]:  # noqa: ANN401 - python-pptx carries no types
    """The rows' texts. A cell that spans rows stands in each, a heading that spans columns in each of them."""
    above: list[str] = []
    for number, line in enumerate(grid.rows):
        cells: list[str] = []
        for at, cell in enumerate(line.cells):
            text = cell.text
            if cell.is_spanned and number == 0 and at:
                text = cells[-1]
            elif cell.is_spanned and cell._tc.get("vMerge"):
                text = above[at]
            cells.append(text)
        yield cells
        above = cells


def _paragraphs(shape: Any) -> Iterator[str]:  # noqa: ANN401 - python-pptx carries no types
    """The paragraphs of a shape; in a placeholder for content they are list items unless their bullet is off."""
    listed = shape.is_placeholder and "OBJECT" in str(shape.placeholder_format.type)
    count = 0
    for paragraph in shape._element.iter(_A + "p"):
        text = "".join(node.text or " " for node in paragraph.iter(_A + "t", _A + "br"))
        properties = paragraph.find(_A + "pPr")
        marks = {node.tag.removeprefix(_A) for node in properties} if properties is not None else set()
        count = count + 1 if "buAutoNum" in marks else 0
        if count:
            yield f"{count}. {text}"
        elif text.strip():
            yield ("- " if "buChar" in marks or (listed and _UNMARKED not in marks) else "") + text


def _notes(slide: Slide) -> Iterator[str]:
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        yield from slide.notes_slide.notes_text_frame.text.splitlines()
