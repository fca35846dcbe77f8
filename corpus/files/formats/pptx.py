"""PPTX: a section a slide, with its number as the page; tables, charts and the speaker's notes with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from corpus.documents import Read
from corpus.errors import Scanned
from corpus.files.formats._blocks import Outline, plain
from corpus.files.formats._drawings import drawn
from corpus.files.formats._grid import Cell, grid_lines
from corpus.files.formats._package import holds, office, shows_pictures
from corpus.files.formats._script import lowered, raised
from corpus.files.formats._symbols import in_font

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
        if slide._element.get("show", "1") in ("0", "false"):
            continue
        outline.heading("")
        outline.page(number)
        title = slide.shapes.title
        named = plain(" ".join(map(_spoken, title._element.iter(_A + "p")))) if title is not None else ""
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
        published_on=dated.date().isoformat() if dated else "",
        language=properties.language or "",
    )


def _shapes(shapes: Iterable[Any]) -> Iterator[str]:
    for shape in shapes:
        if shape._element.xpath("./*/p:cNvPr[@hidden='1' or @hidden='true']") or _is_edge(shape):
            continue
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        elif getattr(shape, "has_table", False):
            yield from grid_lines(_rows(shape.table), headed=1 if shape.table.first_row else None)
        else:
            yield from drawn(shape._element, shape.part)
            yield from _paragraphs(shape)


def _is_edge(shape: Any) -> bool:  # noqa: ANN401
    """Whether a shape is a slide's date, number or foot."""
    kind = str(shape.placeholder_format.type) if shape.is_placeholder else ""
    return kind.startswith(("DATE", "FOOTER", "SLIDE_NUMBER", "HEADER"))


def _rows(grid: Any) -> Iterator[list[Cell]]:  # noqa: ANN401 - python-pptx carries no types
    """The rows' cells, without those that are a part of a merged one."""
    for line in grid.rows:
        yield [
            Cell(
                " ".join(map(_spoken, cell._tc.iter(_A + "p"))),
                cell.span_width if cell.is_merge_origin else 1,
                cell.span_height if cell.is_merge_origin else 1,
            )
            for cell in line.cells
            if not cell.is_spanned
        ]


def _spoken(paragraph: Any) -> str:  # noqa: ANN401
    """A paragraph's words, without what is struck."""
    said = []
    for node in paragraph.iter(_A + "t", _A + "br", _A + "tab"):
        properties = node.getparent().find(_A + "rPr")
        if node.tag != _A + "t":
            said.append(" ")
            continue
        looks = properties.attrib if properties is not None else {}
        if looks.get("strike", "noStrike") != "noStrike":
            continue
        font = properties.find(_A + "sym") if properties is not None else None
        text = in_font(node.text or "", "" if font is None else font.get("typeface", ""))
        rise = int(looks.get("baseline", "0").removesuffix("%") or 0)
        said.append(raised(text) if rise > 0 else lowered(text) if rise < 0 else text)
    return "".join(said)


def _paragraphs(shape: Any) -> Iterator[str]:  # noqa: ANN401 - python-pptx carries no types
    """The paragraphs of a shape; in a placeholder for content they are list items unless their bullet is off."""
    listed = shape.is_placeholder and "OBJECT" in str(shape.placeholder_format.type)
    count = 0
    for paragraph in shape._element.iter(_A + "p"):
        text = _spoken(paragraph)
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
