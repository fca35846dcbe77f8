"""Characters keep their meaning, and what nobody sees is no text, in every format."""

from __future__ import annotations

import io

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from pptx.util import Inches

from corpus.documents import Read
from corpus.errors import UnknownFormat
from corpus.files.formats import format_of
from corpus.files.formats._script import lowered, raised, settled
from corpus.files.formats._text import decode
from tests.made_files import package, pdf

# A text in pieces: plain, or with what is done to it.
SENTENCE = (("The fee is EUR 880", ""), ("3", "up"), (" for 10", ""), ("9", "up"), (" cells on 4 m", ""), ("2", "up"))
READ = "The fee is EUR 880 for 10^9 cells on 4 m²"


def lines(data: bytes, suffix: str = "") -> list[str]:
    return [line for section in read(data, suffix).sections for line in section.text.split("\n")]


def read(data: bytes, suffix: str = "") -> Read:
    return format_of(data, suffix).read(data)


def saved(document: object) -> bytes:
    written = io.BytesIO()
    document.save(written)  # type: ignore[attr-defined]
    return written.getvalue()


def in_html() -> bytes:
    tags = {"": "{}", "up": "<sup>{}</sup>"}
    return f"<html><body><p>{''.join(tags[how].format(text) for text, how in SENTENCE)}</p></body></html>".encode()


def in_markdown() -> bytes:
    tags = {"": "{}", "up": "<sup>{}</sup>"}
    return "".join(tags[how].format(text) for text, how in SENTENCE).encode()


def in_word() -> bytes:
    document = docx.Document()
    paragraph = document.add_paragraph()
    for text, how in SENTENCE:
        paragraph.add_run(text).font.superscript = True if how else None
    return saved(document)


def on_a_slide() -> bytes:
    show = pptx.Presentation()
    slide = show.slides.add_slide(show.slide_layouts[6])
    paragraph = slide.shapes.add_textbox(Inches(1), Inches(1), Inches(8), Inches(1)).text_frame.paragraphs[0]
    for text, how in SENTENCE:
        run = paragraph.add_run()
        run.text = text
        if how:
            run.font._element.set("baseline", "30000")
    return saved(show)


def in_a_sheet() -> bytes:
    book = openpyxl.Workbook()
    up = InlineFont(vertAlign="superscript")
    book.active["A1"] = CellRichText(*(TextBlock(up, text) if how else text for text, how in SENTENCE))
    return saved(book)


def in_an_open_document(*, body: str = "", styles: str = "") -> bytes:
    spans = {"": "{}", "up": '<text:span text:style-name="up">{}</text:span>'}
    said = body or f"<text:p>{''.join(spans[how].format(text) for text, how in SENTENCE)}</text:p>"
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "style", "table")
    )
    content = (
        f"<office:document-content {spaces}><office:automatic-styles>"
        '<style:style style:name="up"><style:text-properties style:text-position="super 58%"/></style:style>'
        f"{styles}</office:automatic-styles><office:body><office:text>{said}</office:text></office:body>"
        "</office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.text"
    return package({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": "<manifest/>"})


def in_rtf() -> bytes:
    groups = {"": "{}", "up": "{{\\super {}}}"}
    return ("{\\rtf1\\ansi " + "".join(groups[how].format(text) for text, how in SENTENCE) + "\\par}").encode()


def in_a_pdf() -> bytes:
    shown = "".join(f"{4 if how else 0} Ts /F {6 if how else 10} Tf ({text}) Tj " for text, how in SENTENCE)
    return pdf([f"BT 60 700 Td {shown} ET".encode()])


@pytest.mark.parametrize(
    ("data", "suffix"),
    [
        *((in_html(), ".html"), (in_markdown(), ".md"), (in_word(), ""), (on_a_slide(), ""), (in_a_sheet(), "")),
        *(
            (in_an_open_document(), ""),
            (in_rtf(), ""),
            (in_a_pdf(), ""),
            (f"{READ.replace('880', '880³')}".encode(), ""),
        ),
    ],
    ids="html markdown word slide sheet odt rtf pdf text".split(),
)
def test_a_note_s_mark_is_never_a_part_of_a_figure_and_a_power_stays_one(data: bytes, suffix: str) -> None:
    assert lines(data, suffix) == [READ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"5 × 10{raised('-3')} mol", "5 × 10^-3 mol"),
        (f"12{raised('(4)')} months", "12 months"),
        (f"firms{raised('1, 2')} pay", "firms pay"),
        (f"CO{lowered('2')} and Na{raised('+')}", "CO2 and Na+"),
        (f"the 1{raised('st')} of May", "the 1st of May"),
        (f"kg/m{raised('3')}", "kg/m³"),
        (f"2{raised('16')} codes", "2^16 codes"),
        (f"class 2{raised('1')}", "class 2"),
        (f"EUR 10{raised('2')}", "EUR 10"),
        (f"{raised('2')}From May on", "2 From May on"),
        ("1.200 €⁴ a year, 10⁷ units", "1.200 € a year, 10^7 units"),
        (f"{raised('a')}{raised('b')} x", "ab x"),
    ],
)
def test_what_is_raised_or_lowered_is_read_by_what_stands_before_it(text: str, said: str) -> None:
    assert settled(text) == said


def test_a_raised_link_within_a_page_is_a_note_whatever_stands_before_it() -> None:
    page = "<p>At most 10<sup><a href='#n2'>2</a></sup> units are free.</p>"
    assert lines(f"<html><body>{page}</body></html>".encode()) == ["At most 10 units are free."]


# What is not seen


def test_what_a_page_hides_or_strikes_is_no_text() -> None:
    page = (
        "<html><body><p>The fee is 70.</p><p style='visibility: hidden'>It was 60.</p><div hidden><p>Draft</p></div>"
        "<p>Firms pay <strike>50</strike> <span style='text-decoration: line-through'>55</span> 70.</p></body></html>"
    )
    assert lines(page.encode()) == ["The fee is 70.", "Firms pay 70."]


def test_what_word_hides_or_strikes_by_a_run_or_by_a_style_is_no_text() -> None:
    document = docx.Document()
    style = document.styles.add_style("Secret", 2)
    style.font.hidden = True
    paragraph = document.add_paragraph("The fee is ")
    paragraph.add_run("60 ").font.strike = True
    paragraph.add_run("65 ").font.double_strike = True
    paragraph.add_run("margin 40 % ", style="Secret")
    shown = paragraph.add_run("70.", style="Secret")
    shown.font.hidden = False
    assert lines(saved(document)) == ["The fee is 70."]


def test_what_an_open_document_hides_or_strikes_is_no_text() -> None:
    styles = (
        '<style:style style:name="gone"><style:text-properties style:text-line-through-style="solid"/></style:style>'
        '<style:style style:name="off"><style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="child" style:parent-style-name="off"/>'
    )
    body = (
        '<text:p>It costs <text:span text:style-name="gone">60 </text:span>70.</text:p>'
        '<text:p text:style-name="child">Internal.</text:p><text:section text:display="none"><text:p>Old.</text:p>'
        "</text:section>"
    )
    assert lines(in_an_open_document(body=body, styles=styles)) == ["It costs 70."]


def test_what_rtf_hides_strikes_or_deletes_is_no_text() -> None:
    text = rb"{\rtf1\ansi It costs {\strike 60 }{\v margin }{\deleted 65 }70\v  hidden\v0 .\par}"
    assert lines(text) == ["It costs 70."]


def test_what_markdown_strikes_is_no_text() -> None:
    assert lines(b"It costs ~~60~~ <del>65</del> 70 EUR.", ".md") == ["It costs 70 EUR."]


def test_hidden_slides_and_shapes_and_struck_words_are_no_text() -> None:
    show = pptx.Presentation()
    for text in ("Seen.", "Not seen."):
        slide = show.slides.add_slide(show.slide_layouts[6])
        slide.shapes.add_textbox(Inches(1), Inches(1), Inches(8), Inches(1)).text_frame.text = text
    show.slides[1]._element.set("show", "0")
    box = show.slides[0].shapes.add_textbox(Inches(1), Inches(3), Inches(8), Inches(1))
    box.text_frame.text = "A note behind the slide."
    box._element.nvSpPr.cNvPr.set("hidden", "1")
    run = show.slides[0].shapes[0].text_frame.paragraphs[0].add_run()
    run.text = " Struck."
    run.font._element.set("strike", "sngStrike")
    assert lines(saved(show)) == ["Seen."]


def test_hidden_rows_columns_and_sheets_and_struck_cells_are_no_text() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (["class", "fee", "margin"], ["A", 100, 0.4], ["draft", 999, 0.1], ["B", 200, 0.3], ["C", 300, 0.2]):
        sheet.append(row)
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["C"].hidden = True
    sheet["B5"].font = openpyxl.styles.Font(strike=True)
    book.create_sheet("internal").append(["secret"])
    book["internal"].sheet_state = "hidden"
    assert lines(saved(book)) == ["- class: A; fee: 100", "- class: B; fee: 200", "- class: C"]


# Symbols


def test_word_s_symbols_are_the_characters_that_they_show() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("A dose ")
    for code, after in (("F0A3", " 5 "), ("F06D", "g at "), ("F0B1", "2 "), ("F0B0", "C")):
        run = parse_xml(f'<w:r {nsdecls("w")}><w:sym w:font="Symbol" w:char="{code}"/></w:r>')
        paragraph._p.append(run)
        paragraph.add_run(after)
    greek = paragraph.add_run(" \uf061")
    greek.font.name = "Symbol"
    assert lines(saved(document)) == ["A dose ≤ 5 μg at ±2 °C α"]


# Furniture


def test_a_table_of_contents_is_no_text_whether_word_made_it_or_a_person() -> None:
    document = docx.Document()
    document.add_paragraph("Inhaltsverzeichnis")
    document.add_paragraph("1 Gebühren\t2")
    document.add_paragraph("2 Fristen ........\t5")
    for title, text in (("Gebühren", "Sie betragen 70 Euro."), ("Fristen", "Es sind 12 Monate.")):
        document.add_heading(title, 1)
        document.add_paragraph(text)
    assert lines(saved(document)) == ["Sie betragen 70 Euro.", "Es sind 12 Monate."]


def test_a_table_of_contents_of_a_pdf_is_no_text() -> None:
    contents = ["Contents", "1 Fees ............ 3", "2 Terms ........... 8", "3 Persons ......... 9"]
    text = "The fee is paid once, and the authority gives no money back when an application is withdrawn by its maker."
    assert lines(pdf([contents, [text]])) == [text]


@pytest.mark.parametrize(
    "notice",
    [
        "<div id='onetrust-banner-sdk'><p>We use cookies to measure visits.</p></div>",
        "<section role='dialog' aria-modal='true'><p>Wir verwenden Cookies. Datenschutz</p></section>",
        "<div class='tarteaucitron-box'><p>Ce site utilise des cookies.</p><button>Accepter</button></div>",
    ],
)
def test_a_notice_on_cookies_is_no_text(notice: str) -> None:
    text = "The fee of a device is 70, and that of its renewal after five years is 30 for all makers."
    page = f"<html><body>{notice}<main><h1>Fees of devices</h1><p>{text}</p></main><script>x</script></body></html>"
    assert lines(page.encode()) == [text]


def test_a_page_that_speaks_of_consent_keeps_its_text() -> None:
    text = "Informed consent is given in writing before a study begins, and privacy is kept by the sponsor."
    page = f"<html><body><div class='consent-rules'><h1>Consent in studies</h1><p>{text}</p></div></body></html>"
    assert lines(page.encode()) == [text]


# Encodings


@pytest.mark.parametrize(
    ("label", "encoding"),
    [
        ("x-sjis", "cp932"),
        ("iso-8859-8-i", "iso8859_8"),
        ("windows-31j", "cp932"),
        ("l2", "iso8859_2"),
        ("ks_c_5601-1987", "cp949"),
    ],
)
def test_charsets_are_known_by_the_names_that_browsers_know(label: str, encoding: str) -> None:
    text = {"cp932": "承認の費用", "iso8859_8": "אגרה", "iso8859_2": "Opłata", "cp949": "수수료"}[encoding]
    assert decode(text.encode(encoding), label) == text


def test_what_cannot_be_decoded_is_refused_and_never_taken_garbled() -> None:
    with pytest.raises(UnknownFormat, match="encoding"):
        decode(b"\xff\xfe" + b"\x00\xd8" * 60 + "x".encode("utf-16-le"))


def letter(head: str, body: bytes) -> bytes:
    fields = "From: Ada <ada@example.org>\r\nDate: Tue, 18 Mar 2025 10:00:00 +0100\r\nMIME-Version: 1.0\r\n"
    return (fields + head).encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Subject: Fee", "Die Gebühr beträgt 70 €.".encode()),
        ("Subject: Fee\r\nContent-Type: text/plain; charset=utf8x", "Die Gebühr beträgt 70 €.".encode()),
        ("Subject: Fee\r\nContent-Type: text/plain; charset=windows-1252", "Die Gebühr beträgt 70 €.".encode("cp1252")),
    ],
)
def test_a_letter_is_decoded_as_it_says_or_as_it_looks(head: str, body: bytes) -> None:
    found = read(letter(head, body))
    assert ([section.text for section in found.sections], found.title) == (["Die Gebühr beträgt 70 €."], "Fee")


def test_a_letter_whose_plain_text_only_stands_in_is_read_from_its_page() -> None:
    head = "Subject: Fee\r\nContent-Type: multipart/alternative; boundary=x"
    parts = (
        "--x\r\nContent-Type: text/plain\r\n\r\nThis message has no plain part.\r\n"
        "--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>The fee of class A is 70.</p>\r\n--x--\r\n"
    )
    assert lines(letter(head, parts.encode())) == ["The fee of class A is 70."]


def test_the_name_of_whoever_wrote_a_file_is_never_its_publisher() -> None:
    document = docx.Document()
    document.core_properties.author = "Ada Lovelace"
    document.add_paragraph("The fee is 70.")
    assert read(saved(document)).publisher == ""
    assert read(letter("Subject: Fee", b"The fee is 70.")).publisher == ""
