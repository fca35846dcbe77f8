"""Markdown to sections."""

from hypothesis import given
from hypothesis import strategies as st

from corpus.documents import Section
from corpus.files.formats.markdown import sections, written

_LINES = (
    st.tuples(st.sampled_from(["", "- ", "1. ", "12) "]), st.text(list('ab1 .-#*_`<>&[]()!:|\\~=+"é中'), min_size=1))
    .map(lambda parts: " ".join("".join(parts).split()))
    .filter(lambda line: any(map(str.isalnum, line.removeprefix("1. ").removeprefix("12) "))))
)
_SECTIONS = st.builds(
    Section, st.sampled_from(["A", "Fees › Small *firms*", "# x"]), st.lists(_LINES, min_size=1).map("\n".join)
)


def joined(parts: list[Section]) -> list[tuple[str, list[str]]]:
    """Sections with those together that follow each other under one heading, as on the pages of a file."""
    found: list[tuple[str, list[str]]] = []
    for part in parts:
        if not found or found[-1][0] != part.heading:
            found.append((part.heading, []))
        found[-1][1].extend(part.text.split("\n"))
    return found


@given(st.lists(_SECTIONS, min_size=1, max_size=4))
def test_sections_written_as_markdown_are_read_as_the_same_whatever_stands_in_them(parts: list[Section]) -> None:
    assert joined(sections(written(parts))) == joined(parts)


def test_each_heading_opens_a_section_and_deeper_ones_name_their_parents() -> None:
    text = "## Fees\nOne.\n### Small firms\nTwo.\n## Time\nThree."
    assert sections(text) == [
        Section("Fees", "One."),
        Section("Fees › Small firms", "Two."),
        Section("Time", "Three."),
    ]


def test_lists_keep_their_bullets_and_numbers() -> None:
    assert sections("## L\n3. three\n4. four\n\n- dot")[0].text == "3. three\n4. four\n- dot"


def test_a_table_row_carries_its_column_names_and_its_sources_stand_last() -> None:
    table = "## T\n| class | route | sources |\n|---|---|---|\n| II | Ninsho | [emergo, freyr] |"
    assert sections(table)[0].text == "- class: II; route: Ninsho [emergo, freyr]"


def test_images_raw_html_and_link_targets_are_left_behind() -> None:
    text = (
        "## X\n![x](http://evil.example/t.png) <b onclick=1>bold</b> [law](http://evil.example)"
        " <script>alert(1)</script>"
    )
    text_read = sections(text)[0].text
    assert "evil" not in text_read
    assert "<" not in text_read
    assert "bold law" in text_read


def test_lines_of_a_paragraph_are_joined() -> None:
    assert sections("## P\none\ntwo")[0].text == "one two"


def test_text_before_the_first_heading_is_kept() -> None:
    assert sections("Hello.") == [Section("", "Hello.")]
