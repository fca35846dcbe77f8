"""A PDF is read as a reader follows it: columns, tables, notes, headings, and what is no text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from corpus.documents import Read
from corpus.files.formats import format_of
from tests.made_files import pdf

Place = tuple[float, float, str]  # from the left and from the foot of the page, in points, and a text
LEFT = [
    "A maker from abroad names a holder in the",
    "country who answers for the product. The",
    "holder has an office and keeps the file for",
    "ten years. It tells the authority of each",
    "incident within fifteen days of knowing it.",
]
RIGHT = [
    "Fees are paid with the application. They are",
    "not given back when it is withdrawn. A firm",
    "with fewer than fifty people pays one half,",
    "and a university pays nothing at all in the",
    "first year of a study that it leads itself.",
]


def read(data: bytes) -> Read:
    return format_of(data, "").read(data)


def lines(data: bytes) -> list[str]:
    return [line for section in read(data).sections for line in section.text.split("\n")]


def placed(*texts: Place, size: float = 10, drawn: str = "") -> bytes:
    shown = [f"BT /F {size} Tf {x} {y} Td ({text}) Tj ET" for x, y, text in texts]
    return "\n".join([*shown, drawn]).encode("cp1252")


def column(x: float, texts: Iterable[str], top: float = 700, step: float = 13) -> list[Place]:
    return [(x, top - step * at, text) for at, text in enumerate(texts)]


def row(y: float, cells: Sequence[str], xs: Sequence[float] = (60, 180, 300, 420)) -> list[Place]:
    return [(x, y, cell) for x, cell in zip(xs, cells, strict=False) if cell]


# Columns


@pytest.mark.parametrize("shift", [0, 5])
def test_columns_are_read_one_after_the_other_whether_their_lines_are_level_or_not(shift: float) -> None:
    page = placed(*column(60, LEFT), *column(320, RIGHT, top=700 - shift))
    assert lines(pdf([page])) == [" ".join(LEFT), " ".join(RIGHT)]


def test_what_spans_columns_stands_before_and_after_them() -> None:
    first = "This leaflet tells makers from abroad what they pay and what they have to send to the authority."
    last = "It was written for information only, and the law alone decides what is owed by whom and when it is."
    page = placed((60, 740, first), *column(60, LEFT), *column(320, RIGHT), (60, 610, last))
    assert lines(pdf([page])) == [first, " ".join(LEFT), " ".join(RIGHT), last]


# Tables


def test_an_empty_cell_stays_empty_in_a_table_without_rules() -> None:
    page = placed(
        *row(700, ["class", "route", "fee", "small firms"]),
        *row(684, ["A", "notice", "", "30"]),
        *row(668, ["B", "", "900", "450"]),
        *row(652, ["C", "review", "2,400", ""]),
    )
    assert lines(pdf([page])) == [
        "- class: A; route: notice; small firms: 30",
        "- class: B; fee: 900; small firms: 450",
        "- class: C; route: review; fee: 2,400",
    ]


def test_a_header_over_two_columns_goes_with_the_names_below_it() -> None:
    page = placed(
        *((60, 700, "class"), (215, 700, "fee in euros")),
        *row(684, ["", "standard", "small firms"]),
        *(
            place
            for at, cells in enumerate((["A", "70", "30"], ["B", "900", "450"]))
            for place in row(668 - 16 * at, cells)
        ),
    )
    said = lines(pdf([page]))
    assert len(said) in (2, 3, 4)
    assert any("A" in line and "70" in line and "30" in line for line in said)


def test_a_cell_of_two_lines_is_one_cell() -> None:
    grid = "60 650 480 50 re 60 675 480 25 re 60 650 160 50 re S"
    page = placed(
        *((64, 688, "what"), (224, 688, "time")),
        *((64, 668, "A review of a new"), (64, 656, "device from abroad"), (224, 662, "ten months")),
        drawn=grid,
    )
    assert lines(pdf([page])) == ["- what: time", "- A review of a new device from abroad: ten months"]


def test_a_frame_around_text_is_no_table() -> None:
    page = placed(*column(64, LEFT), drawn="60 640 300 75 re S")
    assert lines(pdf([page])) == [" ".join(LEFT)]


def test_bullets_with_a_gap_behind_them_are_items_and_no_table() -> None:
    page = placed(
        *(
            (x, 700 - 14 * at, text)
            for at, item in enumerate(("a form", "a label", "a manual"))
            for x, text in ((60, "•"), (80, item))
        )
    )
    assert lines(pdf([page])) == ["- a form", "- a label", "- a manual"]


# Characters


def test_raised_figures_are_powers_or_notes_and_lowered_ones_a_part_of_the_word() -> None:
    page = (
        "BT 60 700 Td /F 10 Tf (A dose has 10) Tj 4 Ts /F 6 Tf (8) Tj 0 Ts /F 10 Tf ( cells and costs 880) Tj "
        "4 Ts /F 6 Tf (2) Tj 0 Ts /F 10 Tf ( euros, with H) Tj -2 Ts /F 6 Tf (2) Tj 0 Ts /F 10 Tf (O.) Tj ET"
    )
    assert lines(pdf([page.encode()])) == ["A dose has 10^8 cells and costs 880 euros, with H2O."]


def test_words_set_with_space_between_their_letters_are_words() -> None:
    page = b"BT /F 10 Tf 60 700 Td 3 Tc (Fees are low) Tj ET"
    assert lines(pdf([page])) == ["Fees are low"]


def test_ligatures_are_letters() -> None:
    font = "/Differences[1/fi/ff]"
    data = pdf([placed((60, 700, "A \x01le of the o\x02ice"))]).replace(
        b"/Encoding/WinAnsiEncoding", f"/Encoding<<{font}>>".encode()
    )
    assert lines(data) == ["A file of the office"]


def test_a_watermark_across_the_page_is_no_text() -> None:
    mark = b"\nBT /F 60 Tf 0.7 0.7 -0.7 0.7 150 300 Tm (DRAFT COPY) Tj ET"
    assert lines(pdf([placed((60, 700, "The fee of a device is seventy euros.")) + mark])) == [
        "The fee of a device is seventy euros."
    ]


# Notes, headings, titles


def test_a_note_at_the_foot_does_not_break_the_sentence_that_goes_on_over_the_page() -> None:
    first = "The authority asks for a fee when a device is placed on the market for the first time, and the fee"
    second = "has to be paid before the review begins."
    note = b"\nBT /F 7 Tf 60 60 Td (1 Until 31 May 2027 only.) Tj ET"
    said = lines(pdf([placed((60, 700, first)) + note, placed((60, 700, second))]))
    assert said == [f"{first} {second}", "1 Until 31 May 2027 only."]


def test_articles_are_sections_with_their_titles() -> None:
    text = "Makers pay a fee for each application that they send, and the authority confirms that it was paid."
    found = read(pdf([["Article 4", "Fees", text, "Article 5", "Terms", text.replace("fee", "tax")]]))
    assert [section.heading for section in found.sections] == ["Article 4 Fees", "Article 5 Terms"]


def test_the_title_is_what_is_set_largest_and_no_running_head() -> None:
    text = "Makers pay a fee for each application that they send, and the authority confirms that it was paid."
    head = "Ministry of Devices"
    found = read(pdf([[head, ("What a device costs", 22), text], [head, text], [head, text]]))
    assert found.title == "What a device costs"


def test_a_title_that_names_nothing_takes_what_stands_below_it() -> None:
    text = "Makers pay a fee for each application that they send, and the authority confirms that it was paid."
    found = read(pdf([[("Guidance", 24), ("Fees of devices from abroad", 16), text, text]]))
    assert found.title == "Guidance: Fees of devices from abroad"


def test_the_author_of_a_pdf_is_no_publisher() -> None:
    data = pdf([["The fee is low."]], title="x").replace(b"/Title(x)", b"/Author(ada.lovelace)")
    assert read(data).publisher == ""
