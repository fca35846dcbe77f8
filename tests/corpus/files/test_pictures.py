"""A page of a PDF drawn with the words of a passage marked, whatever the file is."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from corpus.documents import Section
from corpus.errors import Damaged, Unreadable
from corpus.files.confinement import Unconfined, lacking
from corpus.files.formats._page import placed_words
from corpus.files.pictures import places_of
from corpus.files.reading import page_picture, read_file
from tests.made_files import pdf, raw_pdf, scan

FEE = "The fee for class II devices is 5,429 EUR and is paid with the form."
RULE = "A holder in the country answers for every device that is made abroad."
TABLE = (
    b"BT /F 10 Tf 60 700 Td (Class) Tj 150 0 Td (Fee) Tj -150 -20 Td (IIa) Tj 150 0 Td (EUR 250) Tj"
    b" -150 -20 Td (III) Tj 150 0 Td (EUR 900) Tj -150 -60 Td (Nothing of this is about the fees above.) Tj ET"
)


def marked(data: bytes, passage: str, number: int = 1) -> str:
    """The words of a page that are marked."""
    words, _ = placed_words(pypdfium2.PdfDocument(data)[number - 1])
    found = places_of(words, passage)
    return " ".join(word.text for at, word in enumerate(words) if at in found)


def heights(data: bytes, passage: str, number: int = 1) -> set[int]:
    """At which tenths of the picture something is marked."""
    picture = Image.open(BytesIO(page_picture(data, number, passage)))
    colours = picture.convert("RGB").tobytes()
    yellow = [at // 3 for at in range(0, len(colours), 3) if colours[at : at + 3] == bytes((255, 232, 128))]
    return {10 * (at // picture.width) // picture.height for at in yellow}


def test_the_words_of_a_passage_are_marked_and_no_others() -> None:
    data = pdf([[RULE, FEE, "Another line of the same page."]])
    assert marked(data, FEE) == FEE
    assert marked(data, f"{RULE}\n{FEE}") == f"{RULE} {FEE}"
    assert marked(data, "Not a word of this stands anywhere in that file.") == ""


def test_a_word_parted_at_a_lines_end_is_found() -> None:
    data = pdf([["The holder is respon-", "sible for every device in the country."]])
    assert marked(data, "The holder is responsible for every device in the country.").split()[3:5] == [
        "respon-",
        "sible",
    ]


def test_what_is_said_twice_is_marked_where_more_of_the_passage_stands() -> None:
    data = pdf([["In accordance with the regulation of the council", "", RULE, "in accordance with the regulation."]])
    assert marked(data, f"{RULE[:-1]} in accordance with the regulation.").startswith("A holder")


def test_the_lines_of_a_table_are_marked_by_their_cells() -> None:
    assert marked(pdf([TABLE]), "- Class: IIa; Fee: EUR 250\n- Class: III; Fee: EUR 900") == (
        "Class Fee IIa EUR 250 III EUR 900"
    )
    assert marked(pdf([TABLE]), "- Class: III; Fee: EUR 900") == "Class Fee III EUR 900"


def test_a_passage_is_marked_where_it_was_read(tmp_path: Path) -> None:
    file = tmp_path / "two.pdf"
    file.write_bytes(pdf([["On the first page stands nothing of it."], [RULE, *[""] * 30, FEE]]))
    sections: tuple[Section, ...] = read_file(file).sections
    assert FEE in sections[-1].text
    assert heights(file.read_bytes(), FEE, 2) == {5}
    assert heights(file.read_bytes(), FEE, 1) == set()


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_page_that_is_turned_is_marked_on_its_words(turned: int) -> None:
    """Each dot that is marked lies where the same page, drawn without a mark, has the words and their surroundings."""
    stream = b"BT /F 20 Tf 60 780 Td (" + FEE[:40].encode() + b") Tj ET"
    data = raw_pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[6 0 R]/Count 1>>",
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
            b"<<>>",
            b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Rotate %d/Resources<</Font<</F 3 0 R>>>>/Contents 5 0 R>>"
            % turned,
        ]
    )
    shown = Image.open(BytesIO(page_picture(data, 1, FEE[:40]))).convert("RGB")
    plain = Image.open(BytesIO(page_picture(data, 1, ""))).convert("L")
    letters = plain.point(lambda dot: 255 * (dot < 128)).getbbox()
    mark = shown.getchannel("B").point(lambda dot: 255 * (dot < 200)).getbbox()
    assert letters is not None
    assert mark is not None
    assert all(abs(one - other) < 15 for one, other in zip(letters, mark, strict=True))


def test_a_scan_is_drawn_without_marks() -> None:
    assert heights(scan([[FEE]]), FEE) == set()


@pytest.mark.parametrize(
    ("data", "number"),
    [(b"%PDF-1.7 and nothing more", 1), (b"MZ\x90", 1), (pdf([[FEE]]), 2), (pdf([[FEE]]), 0)],
    ids=["damaged", "another format", "beyond the last page", "before the first"],
)
def test_what_cannot_be_drawn_is_told(data: bytes, number: int) -> None:
    with pytest.raises(Unreadable) as told:
        page_picture(data, number, FEE)
    assert isinstance(told.value, Damaged)


def test_a_page_of_any_size_becomes_a_picture_that_a_browser_can_show() -> None:
    data = pdf([[FEE]]).replace(b"/MediaBox[0 0 595 842]", b"/MediaBox[0 0 14400 14400]")
    assert max(Image.open(BytesIO(page_picture(data, 1, FEE))).size) <= 2400


def test_nothing_is_drawn_where_nothing_confines() -> None:
    if not lacking():
        assert page_picture(pdf([[FEE]]), 1, FEE, confined=True)
        return
    with pytest.raises(Unconfined):
        page_picture(pdf([[FEE]]), 1, FEE, confined=True)
