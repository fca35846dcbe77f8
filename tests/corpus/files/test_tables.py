"""Tables are laid out as grids before their rows are named: a row says what its cells are, whatever spans them."""

from __future__ import annotations

import io
import zipfile

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import OxmlElement
from pptx.util import Inches

from corpus.documents import Read
from corpus.files.formats import format_of
from corpus.files.formats._grid import Cell, grid_lines
from corpus.files.formats.xlsx import formatted
from tests.made_files import changed, package, pdf

GRID = [
    ["class", "fee", ""],
    ["", "new", "renewal"],
    ["A", "70", "30"],
    ["", "90 a year", "10 a year"],
    ["B", "200", "80"],
]
MERGED = {(0, 0): (2, 1), (0, 1): (1, 2), (2, 0): (2, 1)}  # the first cell: rows, columns
SAID = [
    "- class: A; fee, new: 70; fee, renewal: 30",
    "- class: A; fee, new: 90 a year; fee, renewal: 10 a year",
    "- class: B; fee, new: 200; fee, renewal: 80",
]


def read(data: bytes, suffix: str = "") -> Read:
    return format_of(data, suffix).read(data)


def lines(data: bytes, suffix: str = "") -> list[str]:
    return [line for section in read(data, suffix).sections for line in section.text.split("\n")]


def saved(document: object) -> bytes:
    written = io.BytesIO()
    document.save(written)  # type: ignore[attr-defined]
    return written.getvalue()


def covered(at: int, on: int) -> bool:
    return any(
        (top, left) != (at, on) and top <= at < top + height and left <= on < left + width
        for (top, left), (height, width) in MERGED.items()
    )


def in_html(tag: str = "td") -> str:
    rows = []
    for at, row in enumerate(GRID):
        cells = []
        for on, text in enumerate(row):
            height, width = MERGED.get((at, on), (1, 1))
            name = tag if at < 2 else "td"
            if not covered(at, on):
                cells.append(f"<{name} rowspan='{height}' colspan='{width}'>{text}</{name}>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table>{''.join(rows)}</table>"


def in_word() -> bytes:
    table = (document := docx.Document()).add_table(rows=len(GRID), cols=3)
    for at, row in enumerate(GRID):
        for on, text in enumerate(row):
            table.cell(at, on).text = text
    for (top, left), (height, width) in MERGED.items():
        merged = table.cell(top, left).merge(table.cell(top + height - 1, left + width - 1))
        merged.text = GRID[top][left]
    return saved(document)


def in_a_sheet() -> bytes:
    sheet = (book := openpyxl.Workbook()).active
    for row in GRID:
        sheet.append([text or None for text in row])
    for (top, left), (height, width) in MERGED.items():
        sheet.merge_cells(start_row=top + 1, start_column=left + 1, end_row=top + height, end_column=left + width)
    return saved(book)


def on_a_slide() -> bytes:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    table = slide.shapes.add_table(len(GRID), 3, Inches(1), Inches(1), Inches(6), Inches(3)).table
    table.first_row = False
    for at, row in enumerate(GRID):
        for on, text in enumerate(row):
            table.cell(at, on).text = text
    for (top, left), (height, width) in MERGED.items():
        table.cell(top, left).merge(table.cell(top + height - 1, left + width - 1))
    return saved(show)


def in_an_open_document() -> bytes:
    rows = []
    for at, row in enumerate(GRID):
        cells = []
        for on, text in enumerate(row):
            height, width = MERGED.get((at, on), (1, 1))
            spans = f'table:number-rows-spanned="{height}" table:number-columns-spanned="{width}"'
            hidden = "<table:covered-table-cell/>"
            cell = f"<table:table-cell {spans}><text:p>{text}</text:p></table:table-cell>"
            cells.append(hidden if covered(at, on) else cell)
        rows.append(f"<table:table-row>{''.join(cells)}</table:table-row>")
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table")
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:text><table:table>{''.join(rows)}</table:table>"
        "</office:text></office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.text"
    return package({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": "<manifest/>"})


def drawn(rules: bool) -> bytes:
    """The same table in a PDF, its cells at their places, with rules around them or without."""
    xs, ys = [60, 160, 260, 360], [700, 680, 660, 640, 620, 600]
    shown = []
    for at, row in enumerate(GRID):
        for on, text in enumerate(row):
            height, width = MERGED.get((at, on), (1, 1))
            if not text:
                continue
            x = xs[on] + 4 + (60 if width > 1 and not rules else 0)
            shown.append(f"BT /F 10 Tf {x} {ys[at + 1] + 6} Td ({text}) Tj ET")
            if rules:
                shown.append(f"{xs[on]} {ys[at + height]} {xs[on + width] - xs[on]} {ys[at] - ys[at + height]} re S")
    if rules:
        return pdf(["\n".join(shown).encode()])
    return pdf(["\n".join(shown).encode()])


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        *((f"<html><body>{in_html(tag)}</body></html>".encode(), ".html") for tag in ("td", "th")),
        *((f"# Fees\n\n{in_html('th')}\n".encode(), ".md"), (in_word(), ""), (in_a_sheet(), ""), (on_a_slide(), "")),
        *((in_an_open_document(), ""), (drawn(rules=True), "")),
    ],
    ids="html html-heads markdown word sheet slide odt pdf".split(),
)
def test_what_spans_rows_or_columns_stands_in_each_of_its_places(data: bytes, suffix: str) -> None:
    assert lines(data, suffix) == SAID


def test_a_site_s_table_keeps_its_spans() -> None:
    text = "<p>The authority asks each maker of a device for a holder in the country and for an inspected system.</p>"
    article = f"<article><h1>Fees</h1>{text * 6}{in_html()}</article>"
    page = f"<html><body><nav><a href='/'>Home</a></nav><main>{article}</main></body></html>"
    assert [line for line in lines(page.encode()) if line.startswith("- ")] == SAID


def test_a_label_over_the_whole_width_goes_with_the_rows_below_it_and_a_remark_does_not() -> None:
    rows = [
        [Cell("Fees of 2026", 3)],
        [Cell("class"), Cell("new"), Cell("renewal")],
        [Cell("Devices", 3)],
        [Cell("A"), Cell("70"), Cell("30")],
        [Cell("Medicines", 3)],
        [Cell("B"), Cell("free", 2)],
        [Cell("All fees are in euros.", 3)],
    ]
    assert list(grid_lines(rows)) == [
        "Fees of 2026",
        "- Devices; class: A; new: 70; renewal: 30",
        "- Medicines; class: B; new: free; renewal: free",
        "All fees are in euros.",
    ]


def test_a_grid_that_claims_more_than_it_has_is_read_all_the_same() -> None:
    rows = [[Cell("a", columns=10**9), Cell("b", rows=10**9)], [Cell("c")], []]
    assert any("c" in line for line in grid_lines(rows))
    assert list(grid_lines([])) == []


# Spreadsheets


@pytest.mark.parametrize(
    ("value", "number_format", "said"),
    [
        (880, '#,##0 "CHF"', "880 CHF"),
        (4880.5, "[$£-809]#,##0.00", "£4,880.50"),
        (0.075, "0.0%", "7.5%"),
        (18, '0" months"', "18 months"),
        (2.5, '0.0 "µg/ml"', "2.5 µg/ml"),
        (-40, "#,##0;[Red]-#,##0", "-40"),
        (0, '0;-0;"free"', "free"),
        (7, "000", "007"),
        (1234.5, "General", "1234.5"),
        (3_400_000, '0.0,,"m"', "3.4m"),
        (12, "0.##", "12"),
    ],
)
def test_a_number_is_said_with_the_units_of_its_format(value: float, number_format: str, said: str) -> None:
    assert formatted(value, number_format) == said


def test_a_formula_without_a_value_is_told_and_its_column_stays() -> None:
    book = openpyxl.Workbook()
    for row in (["class", "fee", "with tax"], ["A", 70, "=B2*1.2"]):
        book.active.append(row)
    found = read(saved(book))
    assert found.sections[0].text == "- class: A; fee: 70; with tax: not calculated"
    assert "1 formulas have no value" in found.lost[0]


def test_a_formula_gives_its_last_value() -> None:
    book = openpyxl.Workbook()
    for row in (["class", "fee", "with tax"], ["A", 70, "=B2*1.2"]):
        book.active.append(row)
    data = saved(book)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").replace(b"<v></v>", b"<v>84</v>").replace(b"<v />", b"<v>84</v>")
    found = read(changed(data, {"xl/worksheets/sheet1.xml": sheet}))
    assert (found.sections[0].text, found.lost) == ("- class: A; fee: 70; with tax: 84", ())


# Rows of text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sep=|\na|b\nx|70\n", ["- a: x; b: 70"]),
        (
            "Prices of 2026\n\na;b;c\nx;1,5;2\ny;2,5;3\n",
            ["Prices of 2026", "- a: x; b: 1,5; c: 2", "- a: y; b: 2,5; c: 3"],
        ),
        ("a\tb\nx\t70\nSum: 70\n", ["- a: x; b: 70", "Sum: 70"]),
        ('a,b\n"x, new",70\n"y, old",80\n', ["- a: x, new; b: 70", "- a: y, old; b: 80"]),
        ("a;b\nx;1,20\n\nSource: notice, 2026\n", ["- a: x; b: 1,20", "Source: notice, 2026"]),
    ],
)
def test_rows_are_parted_by_the_sign_that_parts_them_evenly(text: str, said: list[str]) -> None:
    assert lines(text.encode(), ".csv") == said


# Word and the web


def test_a_row_that_word_hides_is_no_text() -> None:
    table = (document := docx.Document()).add_table(rows=3, cols=2)
    for at, text in enumerate(["class", "fee", "draft", "999", "A", "70"]):
        table.cell(at // 2, at % 2).text = text
    table.rows[1]._tr.get_or_add_trPr().append(OxmlElement("w:hidden"))
    assert lines(saved(document)) == ["- class: A; fee: 70"]


def test_terms_stand_before_what_is_said_of_them() -> None:
    page = b"<html><body><dl><dt>Fee</dt><dd>70 euros</dd><dt>Term</dt><dd>12 months</dd></dl></body></html>"
    assert lines(page) == ["- Fee: 70 euros", "- Term: 12 months"]
