"""Writes the samples beside this file, one a format, all of the same document: `python -m tests.samples.make`."""

from __future__ import annotations

from pathlib import Path

import docx
import openpyxl
import pptx
from docx.document import Document
from pptx.util import Inches

from tests.made_files import package, pdf

HERE = Path(__file__).parent
TITLE = "Devices in Testland"
PARAGRAPH = "A maker abroad works through a local holder."
ITEMS = ["Class I is notified.", "Class II is certified."]
ROWS = [["class", "route", "fee"], ["I", "Notification", "250 EUR"], ["II", "Certification", "1,200 EUR"]]
TIME = "The review takes twelve months."

_ODT = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"><office:body><office:text>
<text:h text:outline-level="1">Routes</text:h><text:p>{paragraph}</text:p>
<text:list>{items}</text:list><table:table>{rows}</table:table>
<text:h text:outline-level="1">Time</text:h><text:p>{time}</text:p>
</office:text></office:body></office:document-content>"""
_ODT_META = """<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><office:meta><dc:title>{title}</dc:title>
<dc:date>2025-03-18T10:00:00</dc:date></office:meta></office:document-meta>"""
_HTML = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head><body>
<h1>{title}</h1>
<h2>Routes</h2><p>{paragraph}</p><ul>{items}</ul><table>{rows}</table>
<h2>Time</h2><p>{time}</p>
</body></html>
"""
_MARKDOWN = """---
title: {title}
date: 2025-03-18
---
## Routes
{paragraph}

{items}

{rows}

## Time
{time}
"""
_MAIL = """From: Ada Example <ada@example.org>
To: staff@example.org
Subject: {title}
Date: Tue, 18 Mar 2025 10:00:00 +0100
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

{paragraph}

{time}
"""
_RTF = r"""{{\rtf1\ansi{{\info{{\title {title}}}}}
{paragraph}\par
{time}\par
}}"""


def main() -> None:
    """Write them all."""
    _save("sample.pdf", pdf([[(TITLE, 18), ("Routes", 14), PARAGRAPH], [("Time", 14), TIME]]))
    _docx()
    _pptx()
    _xlsx()
    _save("sample.odt", _odt())
    items = "".join(f"<li>{item}</li>" for item in ITEMS)
    tagged = zip(("th", "td", "td"), ROWS, strict=True)
    table = "".join("<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in row) + "</tr>" for tag, row in tagged)
    _save("sample.html", _HTML.format(title=TITLE, paragraph=PARAGRAPH, items=items, rows=table, time=TIME).encode())
    items = "\n".join(f"- {item}" for item in ITEMS)
    table = "\n".join(f"| {' | '.join(row)} |" for row in (ROWS[0], ["---"] * 3, *ROWS[1:]))
    _save("sample.md", _MARKDOWN.format(title=TITLE, paragraph=PARAGRAPH, items=items, rows=table, time=TIME).encode())
    _save("sample.csv", "".join(",".join(f'"{cell}"' for cell in row) + "\r\n" for row in ROWS).encode())
    _save("sample.tsv", "".join("\t".join(row) + "\n" for row in ROWS).encode("utf-16"))
    _save(
        "sample.txt",
        f"{PARAGRAPH}\n\n{TIME} Die Prüfung dauert zwölf Monate, die Gebühr beträgt 250 €.\n".encode("cp1252"),
    )
    _save("sample.eml", _MAIL.format(title=TITLE, paragraph=PARAGRAPH, time=TIME).encode())
    _save("sample.rtf", _RTF.format(title=TITLE, paragraph=PARAGRAPH, time=TIME).encode())


def _docx() -> None:
    document: Document = docx.Document()
    document.core_properties.title = TITLE
    document.add_heading("Routes")
    document.add_paragraph(PARAGRAPH)
    for item in ITEMS:
        document.add_paragraph(item, style="List Bullet")
    table = document.add_table(rows=0, cols=3)
    for row in ROWS:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_heading("Time")
    document.add_paragraph(TIME)
    document.save(str(HERE / "sample.docx"))


def _pptx() -> None:
    show = pptx.Presentation()
    show.core_properties.title = TITLE
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = "Routes"
    slide.placeholders[1].text = "\n".join(ITEMS)
    grid = slide.shapes.add_table(3, 3, Inches(1), Inches(4), Inches(6), Inches(2)).table
    for at, row in enumerate(ROWS):
        for column, text in enumerate(row):
            grid.cell(at, column).text = text
    slide = show.slides.add_slide(show.slide_layouts[5])
    slide.shapes.title.text = "Time"
    slide.notes_slide.notes_text_frame.text = TIME
    show.save(str(HERE / "sample.pptx"))


def _xlsx() -> None:
    book = openpyxl.Workbook()
    book.properties.title = TITLE
    sheet = book.active
    sheet.title = "Routes"
    for row in ROWS:
        sheet.append(row)
    hidden = book.create_sheet("Notes")
    hidden.append(["not to be read"])
    hidden.sheet_state = "hidden"
    book.save(HERE / "sample.xlsx")


def _odt() -> bytes:
    items = "".join(f"<text:list-item><text:p>{item}</text:p></text:list-item>" for item in ITEMS)
    cells = [[f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row] for row in ROWS]
    rows = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in cells)
    return package(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "META-INF/manifest.xml": "<manifest/>",
            "content.xml": _ODT.format(paragraph=PARAGRAPH, items=items, rows=rows, time=TIME),
            "meta.xml": _ODT_META.format(title=TITLE),
        }
    )


def _save(name: str, content: bytes) -> None:
    (HERE / name).write_bytes(content)


if __name__ == "__main__":
    main()
