"""What the readers of formats make of files: every sample holds the same document."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches
from pypdf import PdfReader, PdfWriter

from corpus.documents import Read, Section
from corpus.errors import Empty, Encrypted, Scanned, TooLarge, UnknownFormat
from corpus.files.formats import format_of, formats
from corpus.files.formats._text import decode
from tests.made_files import PICTURE, changed, package, pdf
from tests.samples.make import ITEMS, PARAGRAPH, TIME, TITLE

SAMPLES = Path(__file__).parents[2] / "samples"
LIST = "\n".join(f"- {item}" for item in ITEMS)
TABLE = "- class: I; route: Notification; fee: 250 EUR\n- class: II; route: Certification; fee: 1,200 EUR"


def read(data: bytes, suffix: str = "") -> Read:
    return format_of(data, suffix).read(data)


def sample(suffix: str) -> bytes:
    return (SAMPLES / f"sample{suffix}").read_bytes()


def lines(found: Read) -> list[str]:
    return [line for section in found.sections for line in section.text.split("\n")]


# What all formats have in common


@pytest.mark.parametrize("suffix", [".docx", ".odt", ".html", ".md"])
def test_a_text_document_comes_under_its_headings_with_lists_and_tables(suffix: str) -> None:
    found = read(sample(suffix), suffix)
    assert found.sections == (
        Section("Routes", f"{PARAGRAPH}\n{LIST}\n{TABLE}"),
        Section("Time", TIME),
    )
    assert found.title == TITLE


def test_a_slide_is_a_page_with_its_table_and_its_notes() -> None:
    found = read(sample(".pptx"))
    assert found.title == "Routes"
    assert found.sections == (Section("Routes", f"{LIST}\n{TABLE}", 1), Section("Time", TIME, 2))


def test_a_pdf_keeps_its_pages_and_takes_large_lines_for_headings() -> None:
    found = read(sample(".pdf"))
    assert found.sections == (Section("Routes", PARAGRAPH, 1), Section("Time", TIME, 2))
    assert found.title == TITLE


@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".tsv"])
def test_a_row_carries_its_columns_names(suffix: str) -> None:
    found = read(sample(suffix), suffix)
    assert found.sections == (Section("Routes" if suffix == ".xlsx" else "", TABLE),)


@pytest.mark.parametrize("suffix", [".eml", ".rtf", ".txt"])
def test_what_has_no_headings_is_one_section_of_paragraphs(suffix: str) -> None:
    found = read(sample(suffix), suffix)
    assert lines(found)[0] == PARAGRAPH
    assert lines(found)[1].startswith(TIME)
    assert {section.heading for section in found.sections} == {""}


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("sample.*")), ids=lambda path: path.suffix)
def test_every_format_has_a_sample_and_is_known_by_its_content(path: Path) -> None:
    data = path.read_bytes()
    by_content = [known for known in formats() if known.recognises(data)]
    by_name = [known for known in formats() if known.BY_NAME and path.suffix in known.SUFFIXES]
    assert format_of(data, path.suffix) in (by_content or by_name)
    assert path.suffix in format_of(data, path.suffix).SUFFIXES


def test_no_format_is_without_a_sample() -> None:
    here = {path.suffix for path in SAMPLES.glob("sample.*")}
    assert [known.__name__ for known in formats() if not here.intersection(known.SUFFIXES)] == []


# The content decides, not the name


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".xlsx", ".odt", ".pdf", ".html", ".rtf", ".eml"])
@pytest.mark.parametrize("false_name", [".txt", ".pdf", ".docx", ""])
def test_a_false_name_does_not_mislead(suffix: str, false_name: str) -> None:
    assert suffix in format_of(sample(suffix), false_name).SUFFIXES


def test_text_under_the_name_of_a_package_is_read_as_text() -> None:
    assert lines(read(b"No document of Word's, but plain words.", ".docx")) == [
        "No document of Word's, but plain words."
    ]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "a picture"),
        (b"\x7fELF" + bytes(99), "a program"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "old kind"),
        (b"<?xml version='1.0'?><data><value>1</value></data>", "XML data"),
        (package({"letter.txt": "x"}), "an archive"),
        (bytes(range(256)) * 9, "of an unknown kind"),
    ],
)
def test_what_is_not_read_is_told_by_its_kind(data: bytes, what: str) -> None:
    with pytest.raises(UnknownFormat, match=what):
        format_of(data, ".pdf")


def test_an_office_file_with_a_password_is_told_from_an_old_one() -> None:
    with pytest.raises(Encrypted):
        format_of(b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), ".docx")


# Encodings


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8-sig", "Gebühr 250 €"),
        ("utf-16", "Gebühr 250 €"),
        ("utf-16-le", "Die Gebühr beträgt 250 €."),
        ("utf-16-be", "plain ASCII"),
        ("cp1252", "Preço: R$ 200 – a homologação não é necessária"),
        ("cp1252", "Les données cliniques sont évaluées à l’étranger."),
        ("cp1250", "Zgłoszenie wyrobu medycznego: opłata 200 zł, żółty"),
        ("cp1251", "Регистрация медицинских изделий в России"),
        ("cp932", "医療機器の承認申請について"),
        ("gb18030", "医疗器械注册申请资料要求"),
        ("big5", "醫療器材查驗登記審查準則"),
        ("euc_kr", "의료기기 허가 신청"),
    ],
)
def test_text_of_any_common_encoding_is_understood(encoding: str, text: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_a_page_s_declared_encoding_goes_before_the_looks() -> None:
    page = '<html><head><meta charset="euc-jp"></head><body><p>医療機器の承認申請を説明します。</p></body></html>'
    assert lines(read(page.encode("euc-jp")))[0] == "医療機器の承認申請を説明します。"


# Lines to paragraphs


def test_lines_of_a_paragraph_are_joined_and_parted_words_made_whole() -> None:
    text = (
        b"The manufacturer appoints a represen-\ntative that is established in the country, and\n"
        b"keeps the post-market file, which is a\nliving one. It names a post-\nmarket contact for questions.\n"
    )
    assert "\n".join(lines(read(text, ".txt"))) == (
        "The manufacturer appoints a representative that is established in the country, and keeps the post-market file,"
        " which is a living one. It names a post-market contact for questions."
    )


def test_short_lines_and_items_stay_apart() -> None:
    text = (
        "Documents\nA form that is signed by the maker of the device or by its representative in the land\n"
        "• a label that is written in the language of the\n  country where it is sold\n2. a manual\nThe end."
    )
    assert lines(read(text.encode(), ".txt")) == [
        "Documents",
        "A form that is signed by the maker of the device or by its representative in the land",
        "- a label that is written in the language of the country where it is sold",
        "2. a manual",
        "The end.",
    ]


def test_rows_of_figures_stay_apart() -> None:
    rows = ["Class II 250 1,200 12 3.5 7 14", "Class III 900 4,800 24 7.5 9 28", "Class IV 900 9,600 36 9.5 9 28"]
    assert lines(read("\n".join(rows).encode(), ".txt")) == rows


def test_japanese_lines_are_joined_without_a_space() -> None:
    assert lines(read("医療機器の承認申請には、次の書類を\n提出します。".encode(), ".txt")) == [
        "医療機器の承認申請には、次の書類を提出します。"
    ]


# PDF

LONG = "The rules for devices ask for a technical file that is kept up to date by the maker of the device"


def test_running_heads_and_feet_are_removed_and_repeated_text_within_the_page_is_not() -> None:
    subjects = ["labels", "manuals", "repairs", "recalls"]
    text = "\n".join(
        lines(
            read(
                pdf(
                    [
                        "Ministry of Devices",
                        f"On {subject}.",
                        "See the annex.",
                        LONG,
                        f"about {subject}.",
                        f"Page {at} of 4",
                    ]
                    for at, subject in enumerate(subjects)
                )
            )
        )
    )
    assert "Ministry" not in text
    assert "Page" not in text
    assert text.count("See the annex.") == 4


def test_pages_that_are_all_alike_keep_their_text() -> None:
    text = "\n".join(lines(read(pdf([["A form.", "Name:", "Place:", "Date:", "Signature:"]] * 3))))
    assert [text.count(word) for word in ("A form.", "Place:", "Signature:")] == [3, 3, 3]


def test_a_sentence_that_crosses_a_page_is_whole_on_the_page_where_it_begins() -> None:
    found = read(pdf([["First.", LONG], ["in the country where it is sold.", "Second."]]))
    assert found.sections == (
        Section("", f"First.\n{LONG} in the country where it is sold.", 1),
        Section("", "Second.", 2),
    )


def test_bookmarks_are_headings_where_their_words_stand() -> None:
    writer = PdfWriter(
        clone_from=io.BytesIO(pdf([["1 Fees", "They are low.", "1.1 Small firms", "They are none."], ["Words."]]))
    )
    fees = writer.add_outline_item(title="Fees", page_number=0)
    writer.add_outline_item(title="Small firms", page_number=0, parent=fees)
    writer.add_outline_item(title="Annex", page_number=1)
    written = io.BytesIO()
    writer.write(written)
    assert read(written.getvalue()).sections == (
        Section("1 Fees", "They are low.", 1),
        Section("1 Fees › 1.1 Small firms", "They are none.", 1),
        Section("Annex", "Words.", 2),
    )


def encrypted(password: str, algorithm: str = "AES-256") -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(sample(".pdf")))
    writer.encrypt(user_password=password, owner_password="owner", algorithm=algorithm)  # noqa: S106 - a test's
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256"])
def test_a_pdf_that_only_forbids_changes_is_read_and_one_with_a_password_is_not(algorithm: str) -> None:
    assert read(encrypted("", algorithm)).sections == read(sample(".pdf")).sections
    with pytest.raises(Encrypted):
        read(encrypted("secret", algorithm))


def test_a_pdf_that_is_locked_with_a_certificate_is_encrypted() -> None:
    with pytest.raises(Encrypted):
        read(encrypted("").replace(b"/Standard", b"/Adobe.Pub"))


def test_a_scan_is_told_from_an_empty_page() -> None:
    with pytest.raises(Scanned):
        read(pdf([PICTURE, PICTURE]))
    assert read(pdf([b""])).sections == ()


def test_scanned_pages_among_others_are_named() -> None:
    found = read(pdf([[LONG], PICTURE, [LONG]]))
    assert found.unread == (2,)
    assert [section.page for section in found.sections] == [1, 3]


def test_a_damaged_page_does_not_lose_the_others() -> None:
    found = read(pdf([[LONG], b"BT /F 10 Tf [(broken", [LONG]]))
    assert [section.page for section in found.sections] == [1, 3]


def test_a_pdf_without_pages_is_empty() -> None:
    with pytest.raises(Empty):
        read(pdf([]))


def test_the_title_a_program_made_of_a_file_s_name_is_not_proposed() -> None:
    assert read(pdf([[("Fees", 20), LONG]], title="Microsoft Word - fees_final.docx")).title == "Fees"
    assert read(pdf([[LONG]], title="Fees of the agency")).title == "Fees of the agency"


def test_what_was_filled_into_a_form_is_read() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(pdf([[LONG]])))
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

    field = DictionaryObject(
        {
            NameObject("/FT"): NameObject("/Tx"),
            NameObject("/T"): TextStringObject("Applicant"),
            NameObject("/V"): TextStringObject("Example Ltd"),
        }
    )
    form = DictionaryObject({NameObject("/Fields"): ArrayObject([writer._add_object(field)])})
    writer.root_object[NameObject("/AcroForm")] = form
    written = io.BytesIO()
    writer.write(written)
    assert "- Applicant: Example Ltd" in lines(read(written.getvalue()))


# DOCX


def saved(document: object) -> bytes:
    written = io.BytesIO()
    document.save(written)  # type: ignore[attr-defined]
    return written.getvalue()


def test_word_s_numbers_are_shown_as_word_shows_them() -> None:
    document = docx.Document()
    for text in ("first", "second"):
        document.add_paragraph(text, style="List Number")
    document.add_paragraph("between")
    document.add_paragraph("third", style="List Number")
    assert lines(read(saved(document))) == ["1. first", "2. second", "between", "3. third"]


def test_deleted_words_are_left_out_and_inserted_ones_are_read() -> None:
    document = docx.Document()
    document.add_paragraph("The fee is ")._p.append(
        parse_xml(
            f"<w:ins {nsdecls('w')}><w:r><w:t>300</w:t></w:r>"
            "<w:del><w:r><w:delText>250</w:delText><w:t>250</w:t></w:r></w:del></w:ins>"
        )
    )
    assert lines(read(saved(document))) == ["The fee is 300"]


def test_a_cell_that_spans_rows_stands_in_each() -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    for at, text in enumerate(["class", "route", "fee", "II", "Shonin", "250", "", "Ninsho", "300"]):
        table.cell(at // 3, at % 3).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    assert lines(read(saved(document))) == [
        "- class: II; route: Shonin; fee: 250",
        "- class: II; route: Ninsho; fee: 300",
    ]


def test_a_frame_of_one_cell_is_no_table() -> None:
    document = docx.Document()
    document.add_table(rows=1, cols=1).cell(0, 0).text = "Note: the fee changes in May."
    assert lines(read(saved(document))) == ["Note: the fee changes in May."]


def test_footnotes_follow_the_text() -> None:
    note = (
        f"<w:footnotes {nsdecls('w')}><w:footnote w:type='separator' w:id='0'><w:p/></w:footnote>"
        "<w:footnote w:id='1'><w:p><w:r><w:t>As amended in 2025.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    data = sample(".docx")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        relations = archive.read("word/_rels/document.xml.rels")
        types = archive.read("[Content_Types].xml")
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    data = changed(
        data,
        {
            "word/footnotes.xml": note.encode(),
            "word/_rels/document.xml.rels": relations.replace(
                b"</Relationships>", b'<Relationship Id="n1" Type="%s" Target="footnotes.xml"/></Relationships>' % kind
            ),
            "[Content_Types].xml": types.replace(
                b"</Types>",
                b'<Override PartName="/word/footnotes.xml" ContentType="application/vnd.openxmlformats-officedocument'
                b'.wordprocessingml.footnotes+xml"/></Types>',
            ),
        },
    )
    assert lines(read(data))[-1] == "As amended in 2025."


def test_the_strict_form_of_office_files_is_read() -> None:
    data = sample(".docx")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    strict = {
        name: content.replace(
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        ).replace(
            b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
            b"http://purl.oclc.org/ooxml/officeDocument/relationships",
        )
        for name, content in parts.items()
        if name.endswith((".xml", ".rels"))
    }
    assert read(changed(data, strict)).sections == read(data).sections


# PPTX and XLSX


def test_word_s_title_is_the_title_and_no_section() -> None:
    document = docx.Document()
    document.add_heading("Devices in Testland", 0)
    document.add_heading("Fees", 1)
    document.add_paragraph("They are low.")
    found = read(saved(document))
    assert (found.title, found.sections) == ("Devices in Testland", (Section("Fees", "They are low."),))


def test_pictures_of_text_in_an_office_file_are_a_scan() -> None:
    document = docx.Document()
    with pytest.raises(Scanned):
        read(changed(saved(document), {"word/media/scan.png": b"\x89PNG"}))
    assert read(saved(document)).sections == ()


def test_a_slide_with_nothing_but_a_title_keeps_it_on_its_page() -> None:
    show = pptx.Presentation()
    for title in ("Devices in Testland", "Questions?", "Thank you"):
        show.slides.add_slide(show.slide_layouts[5]).shapes.title.text = title
    found = read(saved(show))
    assert found.title == "Devices in Testland"
    assert [(section.text, section.page) for section in found.sections] == [("Questions?", 2), ("Thank you", 3)]


def test_a_chart_is_read_as_the_table_it_was_drawn_from() -> None:
    show = pptx.Presentation()
    data = CategoryChartData()  # type: ignore[no-untyped-call]
    data.categories = ["2024", "2025"]
    data.add_series("Approvals", (120, 4.4))  # type: ignore[no-untyped-call]
    slide = show.slides.add_slide(show.slide_layouts[6])
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(1), Inches(4), Inches(3), data)
    assert lines(read(saved(show))) == ["- 2024; Approvals: 120", "- 2025; Approvals: 4.4"]


def test_values_of_cells_are_shown_as_a_reader_sees_them() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Fees of the agency"])
    sheet.append([])
    sheet.append(["what", "amount", "rate", "since"])
    sheet.append(["review", 1200.50, 0.05, None])
    sheet["C4"].number_format = "0%"
    sheet["D4"] = "2025-03-18"
    assert lines(read(saved(book))) == [
        "Fees of the agency",
        "- what: review; amount: 1200.5; rate: 5%; since: 2025-03-18",
    ]


def test_names_and_values_in_two_columns_are_no_table_with_a_header() -> None:
    rows = b"Applicant,Example Ltd\nContact,Ada\n"
    assert lines(read(b"a;b\n1;2\n", ".csv")) == ["- a: 1; b: 2"]
    book = openpyxl.Workbook()
    for line in rows.decode().splitlines():
        book.active.append(line.split(","))
    assert lines(read(saved(book))) == ["- Applicant: Example Ltd", "- Contact: Ada"]


def test_a_package_that_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(TooLarge, match="unpacks to 600 MiB"):
        read(changed(sample(".docx"), {"word/document.xml": bytes(600 * 2**20)}))


# HTML


def test_a_site_s_furniture_is_left_behind_and_an_article_keeps_its_lists_and_tables() -> None:
    article = (
        "<h1>New rules for devices</h1>"
        + "<p>The agency published new rules for medical devices. They ask for a local holder of the approval, and for"
        " a quality system that is inspected every five years by the agency or by a body that it trusts.</p>"
        * 3
        + "<h2>Classes</h2><ul><li>Class I is notified.</li></ul>"
        + "<table><tr><th>class</th><th>fee</th></tr><tr><td>I</td><td>250</td></tr></table>"
    )
    page = (
        f"<!DOCTYPE html><html><head><title>New rules | Agency</title></head><body>"
        "<nav><ul><li><a href='/'>Home</a></li><li><a href='/about'>About us</a></li></ul></nav>"
        f"<main><article>{article}</article></main>"
        "<footer><p>Copyright. Imprint. Cookie settings. Follow us.</p></footer></body></html>"
    )
    found = read(page.encode())
    text = "\n".join(lines(found))
    assert "Cookie" not in text
    assert "About us" not in text
    assert "- Class I is notified." in text
    assert "- class: I; fee: 250" in text
    assert found.sections[-1].heading == "Classes"


def test_a_plain_document_in_html_is_taken_whole() -> None:
    assert lines(read(b"<html><body><h2>Fees</h2><p>Low.<p>A<br>B</body></html>")) == ["Low.", "A B"]


def test_nothing_that_a_page_hides_in_scripts_or_pictures_is_read() -> None:
    page = (
        b"<html><body><p>Seen.</p><script>x()</script><img alt='picture'><!-- note --><style>p{}</style></body></html>"
    )
    assert lines(read(page)) == ["Seen."]


# Markdown


def test_markdown_s_first_heading_is_its_title() -> None:
    found = read(b"# The title\n## Part\nWords.", ".md")
    assert (found.title, found.sections) == ("The title", (Section("Part", "Words."),))


def test_a_letter_in_html_is_read() -> None:
    letter = (
        b"From: Ada <ada@example.org>\r\nSubject: Fees\r\nDate: Tue, 18 Mar 2025 10:00:00 +0100\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>The fee is low.</p>\r\n"
    )
    found = read(letter)
    assert lines(found) == ["The fee is low."]
    assert (found.title, found.publisher, found.published_on) == ("Fees", "", "2025-03-18")


def test_samples_open_in_the_libraries_that_made_them() -> None:
    assert len(PdfReader(io.BytesIO(sample(".pdf"))).pages) == 2
