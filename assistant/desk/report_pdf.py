"""A report as a PDF: questions over time and by market as plots, every kind of figure as a table."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from assistant.desk.report_tables import ReportTable, tables
from assistant.desk.usage_report import Figure, Report
from assistant.export.fonts import BOLD, REGULAR, register_fonts, spelled
from assistant.texts import say
from corpus.vocabulary import Vocabulary

_WIDTH = 482.0  # points between the margins of A4
_PLOT = 150.0  # points high
_MARGIN = 57.0
_MOST_ROWS = 60  # of a table; the CSV has them all
_MOST_LABELS = 14  # under a plot
_LIGHT, _DARK, _LINE = "#f0b45a", "#1f5f8b", "#b8c2c9"  # distinct in their lightness, too

_PLOTTED = frozenset({"week", "market"})


def to_pdf(report: Report, language: str, vocabulary: Vocabulary, titles: Mapping[str, str]) -> bytes:
    """The report in a language of the interface; `titles` are those of the documents, by id."""
    from reportlab.platypus import SimpleDocTemplate

    register_fonts()
    file = io.BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), _MARGIN)
    title, author = say(language, "report_title"), say(language, "title")
    document = SimpleDocTemplate(file, title=title, author=author, lang=language, **margins)
    document.build(list(_parts(report, language, tables(report, language, vocabulary, titles))))
    return file.getvalue()


def _parts(report: Report, language: str, found: Iterable[ReportTable]) -> Iterator[Any]:
    from reportlab.platypus import Paragraph, Spacer

    body, head, heading, title = _styles()
    yield Paragraph(spelled(say(language, "report_title")), title)
    yield Paragraph(spelled(say(language, "report_period", first=report.first, last=report.last)), body)
    yield Paragraph(spelled(say(language, "report_no_person")), body)
    for table in found:
        yield Paragraph(spelled(table.title), heading)
        if table.section in _PLOTTED and "answered" in table.figures:
            yield _plot(table.labels, table.figures, language)
            yield Spacer(0, 8)
        heads = [Paragraph(spelled(text), head) for text in table.heads]
        rows = [
            [Paragraph(spelled(label), body), *cells] for label, cells in zip(table.labels, table.rows, strict=True)
        ]
        yield _table([["", *heads], *rows[:_MOST_ROWS]])


def _table(rows: Sequence[Sequence[Any]]) -> Any:  # noqa: ANN401 - reportlab's own types
    from reportlab.platypus import Table

    columns = len(rows[0]) - 1
    width = min(110.0, 0.7 * _WIDTH / columns)
    return Table(
        rows,
        [_WIDTH - columns * width, *[width] * columns],
        repeatRows=1,
        style=[
            ("FONT", (0, 0), (-1, -1), REGULAR, 8),
            ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
            ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
            ("VALIGN", (0, 1), (-1, -1), "MIDDLE"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
        ],
    )


def _plot(labels: Sequence[str], table: Mapping[str, Sequence[Figure]], language: str) -> Any:  # noqa: ANN401
    """Questions as bars, answered ones below, declined ones above."""
    from reportlab.graphics.charts.barcharts import VerticalBarChart
    from reportlab.graphics.charts.legends import Legend
    from reportlab.graphics.shapes import Drawing
    from reportlab.lib.colors import HexColor

    shares = {figure.group: figure.value for figure in table["answered"]}
    asked = {figure.group: figure.value for figure in table["questions"]}
    answered = [round(shares.get(group, 0.0) * count) for group, count in asked.items()]
    declined = [count - answered_count for count, answered_count in zip(asked.values(), answered, strict=True)]
    every = -(-len(labels) // _MOST_LABELS)
    chart = VerticalBarChart()
    chart.x, chart.y, chart.width, chart.height = 30, 45, _WIDTH - 40, _PLOT - 70
    chart.data = [answered, declined]
    chart.categoryAxis.style = "stacked"
    chart.categoryAxis.categoryNames = [label if at % every == 0 else "" for at, label in enumerate(labels)]
    chart.categoryAxis.labels.angle = 30
    chart.categoryAxis.labels.boxAnchor = "ne"
    chart.categoryAxis.labels.fontName = chart.valueAxis.labels.fontName = REGULAR
    chart.categoryAxis.labels.fontSize = chart.valueAxis.labels.fontSize = 7
    chart.valueAxis.valueMin = 0
    chart.valueAxis.labelTextFormat = "%d"
    chart.barWidth, chart.groupSpacing = 10, 4
    colours = [HexColor(_DARK), HexColor(_LIGHT)]
    for at, colour in enumerate(colours):
        chart.bars[at].fillColor, chart.bars[at].strokeColor = colour, None
    legend = Legend()
    legend.x, legend.y, legend.alignment, legend.columnMaximum, legend.deltax = 30, _PLOT - 6, "right", 1, 120
    legend.fontName, legend.fontSize = REGULAR, 8
    legend.colorNamePairs = list(
        zip(colours, (say(language, "report_answered"), say(language, "report_declined")), strict=True)
    )
    drawing = Drawing(_WIDTH, _PLOT)
    drawing.add(chart)
    drawing.add(legend)
    return drawing


def _styles() -> tuple[Any, Any, Any, Any]:
    """Of a text, a column's head, a section's heading and the title."""
    from reportlab.lib.enums import TA_RIGHT
    from reportlab.lib.styles import ParagraphStyle

    body = ParagraphStyle("body", fontName=REGULAR, fontSize=8, leading=11)
    return (
        body,
        ParagraphStyle("head", body, fontName=BOLD, alignment=TA_RIGHT),
        ParagraphStyle("heading", fontName=BOLD, fontSize=11, leading=14, spaceBefore=14, spaceAfter=4, keepWithNext=1),
        ParagraphStyle("title", fontName=BOLD, fontSize=16, leading=22, spaceAfter=4),
    )
