"""Papers as files: Markdown, DOCX and PDF; the dates of a plan for a calendar. Each says that a machine made it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from assistant.answers import Citation
from assistant.export.fonts import register_fonts
from assistant.export.papers import Paper, PaperLine, PaperTable
from assistant.market.plan import Plan
from assistant.texts import say
from corpus.errors import KnownError
from corpus.passages import SUMMARY

if TYPE_CHECKING:
    from docx.document import Document

# How machines are told that a machine made a text: the term of the IPTC for it.
MADE_BY_MACHINE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
_OF_ADDRESSES = "%:/?#[]@!$&'()*+,;=~"  # what else may stand in an address, beside letters, digits and -._
_GREY = "#b8c2c9"
_EMBLEM = 15  # millimetres high


class UnknownFileFormat(KnownError):
    """A file whose name does not say in which of our forms it is to be written."""


def written(paper: Paper, path: Path) -> bytes:
    """A paper in the form that the name of a file asks for.

    Raises:
        UnknownForm: it is none of ours.
    """
    form = FORMS.get(path.suffix.lower())
    if form is None:
        raise UnknownFileFormat(
            f"{path} is none of the files that can be written; end its name with {', '.join(FORMS)}."
        )
    return form(paper)


def to_markdown(paper: Paper) -> bytes:
    """A paper as Markdown with front matter."""
    return "\n".join(_markdown(paper)).encode()


def _markdown(paper: Paper) -> Iterator[str]:
    yield f"---\nlang: {paper.language}\ndate: {paper.made_on}\ndigital-source-type: {MADE_BY_MACHINE}\n---"
    yield f"# {_plain(paper.title)}\n\n*{_plain(paper.made_by)}*"
    for part in paper.parts:
        yield f"\n## {_plain(part.heading)}"
        yield from (f"\n{_line(line)}" for line in part.text)
        if part.points:
            yield ""
            yield from (f"- {_line(line)}" for line in part.points)
        if part.table:
            yield ""
            yield f"| | {' | '.join(map(_plain, part.table.columns))} |"
            yield f"|{'---|' * (len(part.table.columns) + 1)}"
            for name, cells in part.table.rows:
                told = ("<br>".join(map(_line, cell)) for cell in cells)
                yield f"| {_plain(name)} | {' | '.join(told)} |"
    yield f"\n## {say(paper.language, 'sources')}\n"
    for citation in paper.sources:
        yield f"{citation.n}. {_plain(_place(citation, paper.language))}"
        yield f"   > {_plain(citation.quote)}"
        yield from (f"   - {_plain(source)}: {_address(url)}" for source, url in _sources(citation))
    if paper.foot.disclaimer:
        yield f"\n{_plain(paper.foot.disclaimer)}"
    yield ""


def _line(line: PaperLine) -> str:
    return " ".join([_plain(line.text), *(f"[{number}]" for number in line.numbers)])


def _plain(text: str) -> str:
    """Text that stays text in Markdown."""
    marked = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]<>#|~"})
    return " ".join(text.split()).translate(marked)


def _address(url: str) -> str:
    """An address of the web as a link in Markdown; anything else stays text."""
    if not url.startswith(("https://", "http://")):
        return _plain(url)
    return f"<{quote(url, safe=_OF_ADDRESSES)}>"


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
        document.add_paragraph(f"[{citation.n}] {_place(citation, paper.language)}")
        document.add_paragraph(citation.quote, style="Quote")
        for source, url in _sources(citation):
            document.add_paragraph(f"{source}: {url}", style="List Bullet")
    if _has_picture(paper):
        document.add_picture(paper.foot.emblem, height=Mm(_EMBLEM))
    if paper.foot.disclaimer:
        document.add_paragraph(paper.foot.disclaimer)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _add_table(document: Document, told: PaperTable) -> None:
    table = document.add_table(rows=1, cols=1 + len(told.columns), style="Table Grid")
    for cell, name in zip(table.rows[0].cells[1:], told.columns, strict=True):
        cell.text = name
    for name, cells in told.rows:
        row = table.add_row().cells
        row[0].text = name
        for cell, lines in zip(row[1:], cells, strict=True):
            cell.text = "\n".join(line.numbered for line in lines)


def to_pdf(paper: Paper) -> bytes:
    """A paper as a PDF; a comparison lies on its side."""
    from reportlab.lib.pagesizes import A4, landscape
    from reportlab.platypus import SimpleDocTemplate

    register_fonts()
    lying = any(part.table for part in paper.parts)
    file = io.BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=landscape(A4) if lying else A4,
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

    def said(text: str, style: ParagraphStyle, bullet: str | None = None) -> Any:  # noqa: ANN401 - reportlab's type
        return Paragraph(escape(text), style, bulletText=bullet)

    yield said(paper.title, title)
    yield said(paper.made_by, body)
    for part in paper.parts:
        yield said(part.heading, heading)
        yield from (said(line.numbered, body) for line in part.text)
        yield from (said(line.numbered, point, "•") for line in part.points)
        if part.table:
            yield _laid_out(part.table, width, lambda line: said(line.numbered, body), lambda name: said(name, bold))
    yield said(say(paper.language, "sources"), heading)
    for citation in paper.sources:
        yield said(f"[{citation.n}] {_place(citation, paper.language)}", body)
        yield said(f"“{citation.quote}”", point)
        yield from (said(f"{source}: {url}", point, "•") for source, url in _sources(citation))
    if _has_picture(paper):
        yield Image(paper.foot.emblem, width=width, height=_EMBLEM * mm, kind="proportional", hAlign="LEFT")
    if paper.foot.disclaimer:
        yield said(paper.foot.disclaimer, body)


def _laid_out(told: PaperTable, width: float, line: Callable[[PaperLine], Any], name: Callable[[str], Any]) -> Any:  # noqa: ANN401
    """A table that breaks over pages, also within a row."""
    from reportlab.platypus import Table as Laid

    first = 0.14 * width
    rows = [["", *map(name, told.columns)]]
    rows += [[name(aspect), *([line(one) for one in cell] for cell in cells)] for aspect, cells in told.rows]
    return Laid(
        rows,
        [first, *[(width - first) / len(told.columns)] * len(told.columns)],
        repeatRows=1,
        splitInRow=1,
        style=[("VALIGN", (0, 0), (-1, -1), "TOP"), ("GRID", (0, 0), (-1, -1), 0.4, _GREY)],
    )


def to_calendar(made: Plan, title: str) -> bytes:
    """The dates to come of a plan as a calendar file, whole days."""
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", f"-//{say('en', 'title')}//")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", " ".join(title.split()))
    for number, one in enumerate(made.deadlines, start=1):
        event = Event()
        event.add("uid", f"{made.made_on}-{made.market}-{made.profile.product}-{number}@market-entry")
        event.add("dtstamp", datetime.combine(made.made_on, time(), UTC))
        event.add("dtstart", one.day)
        event.add("dtend", one.day + timedelta(days=1))
        event.add("summary", f"{title}: {one.text}"[:200])
        made_by = say(made.language, "plan_made_by", day=made.made_on)
        event.add("description", "\n".join(filter(None, (one.text, one.url, made_by))))
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _has_picture(paper: Paper) -> bool:
    """Whether the emblem can be put into a file; the libraries draw no SVG."""
    return paper.foot.emblem.lower().endswith(".png")


def _place(citation: Citation, language: str) -> str:
    metadata = citation.document.metadata
    section = say(language, "summary_section") if citation.section == SUMMARY else citation.section
    return f"{metadata.title} › {section} ({say(language, 'as_of', facts=metadata.facts_as_of)})"


def _sources(citation: Citation) -> Iterator[tuple[str, str]]:
    return ((f"{source.title}, {source.publisher}, {source.date}", source.url) for source in citation.sources)


FORMS: Mapping[str, Callable[[Paper], bytes]] = {".md": to_markdown, ".docx": to_docx, ".pdf": to_pdf}
