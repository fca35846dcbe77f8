"""Markdown to sections."""

from corpus.documents import Section
from corpus.formats.markdown import sections


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
