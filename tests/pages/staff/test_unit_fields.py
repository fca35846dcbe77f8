"""The answers of the sections in a document's form, without a browser: what is typed becomes the units of a version."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.documents import Metadata
from corpus.units import ASKED_IN, Unit, english_hash, marks_of
from corpus.vocabulary import LANGUAGES, vocabulary
from pages.staff.unit_fields import DROPPED, BadUnit, UnitFields, groups, read_units, shown

METADATA = Metadata("T", "practice", "en", "P", date(2026, 1, 1), "2026-01", date(2027, 1, 1))
BODY = "## Time\nIt takes 12 months.\n\n## Cost\nIt costs EUR 5.\n\n### Small firms\nThey pay half.\n"
TIME = Unit(
    "Time",
    {"en": "12 months.", "de": "12 Monate.", "pt": "12 meses."},
    {"en": "How long?", "ja": "どのくらい?", "xx": "?"},
    ("key words\nand more", "When at last?"),
    ("devices", "gadgets"),
    ("time", "luck", "cost", "route"),
    {"en": "{step} takes {months}."},
    unknown=True,
    hash=english_hash({"en": "12 months."}),
)
COST = Unit("Cost", {"en": "EUR 5."}, {"en": "How much?"}, hash=english_hash({"en": "EUR 5."}))


def read(*typed: UnitFields, body: str = BODY, before: tuple[Unit, ...] = (TIME, COST)) -> tuple[Unit, ...]:
    return read_units(typed, body, replace(METADATA, units=before), vocabulary())


_WORDS = st.text("ab \u00a0é{}.,", max_size=6).map(lambda text: " ".join(text.split(" ")).strip(" "))
_UNITS = st.builds(
    Unit,
    section=st.sampled_from(["Time", "Cost"]),
    answer=st.dictionaries(st.sampled_from(["en", "de", "pt"]), _WORDS),
    question=st.dictionaries(st.sampled_from(["en", "ja", "xx"]), _WORDS),
    also_asked=st.lists(st.text("ab \n", max_size=4), max_size=3).map(tuple),
    products=st.lists(st.sampled_from(["devices", "gadgets"])).map(tuple),
    aspects=st.lists(st.sampled_from(["time", "cost", "luck"])).map(tuple),
    row=st.dictionaries(st.sampled_from(LANGUAGES), _WORDS),
    unknown=st.booleans(),
    hash=st.sampled_from(["", "0123456789ab"]),
    proposed=st.dictionaries(st.sampled_from(["answer.en", "question.ja", "also_asked"]), st.just("0123456789ab")),
    points=st.dictionaries(
        st.sampled_from(["en", "de", "pt"]), st.lists(_WORDS.filter(bool), min_size=1, max_size=2).map(tuple)
    ),
)


@given(st.lists(_UNITS, max_size=2, unique_by=lambda unit: unit.section))
def test_a_form_that_is_saved_as_it_was_opened_changes_nothing(units: list[Unit]) -> None:
    opened = [group.fields for group in groups([shown(unit) for unit in units], BODY)]
    assert read(*opened, before=tuple(units)) == tuple(units)


def test_what_the_form_does_not_show_stays_as_it_was() -> None:
    typed = replace(shown(TIME), answer={"en": "13 months.", "de": "13 Monate.", "fr": "13 mois."}, aspects=("cost",))
    changed, _ = read(typed, shown(COST))
    assert changed == replace(
        TIME,
        answer={"en": "13 months.", "de": "13 Monate.", "pt": "12 meses.", "fr": "13 mois."},
        aspects=("cost",),
        hash=english_hash({"en": "13 months."}),
    )


def test_points_are_written_a_line_each_and_mark_their_translations_stale() -> None:
    typed = replace(
        shown(COST), points={"en": "Small firms pay half.\n\n It is paid once. ", "de": "Kleine zahlen halb."}
    )
    _, cost = read(shown(TIME), typed)
    assert cost.points == {"en": ("Small firms pay half.", "It is paid once."), "de": ("Kleine zahlen halb.",)}
    assert not cost.stale
    english = replace(shown(cost), points={**typed.points, "en": "Small firms pay a third."})
    _, changed = read(shown(TIME), english, before=(TIME, cost))
    assert changed.stale


def test_translations_count_as_stale_while_only_the_english_answer_has_changed() -> None:
    english = read(replace(shown(TIME), answer={"en": "13 months.", "de": "12 Monate."}), shown(COST))
    assert (english[0].stale, english[1].stale) == (True, False)
    again = read(replace(shown(english[0]), unknown=False), shown(COST), before=english)
    assert again[0].stale
    german = read(replace(shown(again[0]), answer={"en": "13 months.", "de": "13 Monate."}), shown(COST), before=again)
    assert not german[0].stale


def test_only_fields_that_still_say_what_was_proposed_count_as_unread() -> None:
    marks = marks_of(TIME)
    proposed = replace(TIME, proposed={name: marks[name] for name in ("answer.en", "answer.de", "aspects")})
    assert proposed.unread == ("answer.en", "answer.de", "aspects")
    typed = replace(shown(proposed), answer={"en": "12 months.", "de": "Ein Jahr."}, aspects=("cost",))
    kept, _ = read(typed, shown(COST), before=(proposed, COST))
    assert kept.unread == tuple(kept.proposed) == ("answer.en",)
    gone, _ = read(replace(shown(proposed), read=True), shown(COST), before=(proposed, COST))
    assert gone == TIME


def test_an_answer_in_english_alone_is_never_stale() -> None:
    assert not any(unit.stale for unit in read(shown(TIME), replace(shown(COST), answer={"en": "EUR 6."})))


def test_a_section_whose_answer_and_question_are_empty_has_no_unit() -> None:
    emptied = replace(shown(COST), answer={}, question={})
    assert read(shown(TIME), emptied) == (TIME,)


def test_questions_without_an_answer_in_english_are_refused() -> None:
    for unused in (
        replace(shown(COST), answer={"de": "5 Euro."}),
        replace(shown(COST), answer={}),
        replace(shown(COST), answer={}, question={}, also_asked="fees"),
    ):
        with pytest.raises(BadUnit, match="“Cost” needs an answer in English"):
            read(shown(TIME), unused)


@pytest.mark.parametrize(
    "planted", [replace(shown(COST), products=frozenset({"x"})), replace(shown(COST), aspects=("time", "x"))]
)
def test_a_product_or_aspect_that_is_not_offered_is_refused(planted: UnitFields) -> None:
    with pytest.raises(BadUnit, match="“Cost” has a product or subject that is not offered"):
        read(shown(TIME), planted)


def test_answers_are_kept_on_one_line_with_their_no_break_spaces() -> None:
    typed = UnitFields(
        "Cost", answer={"en": "EUR 5\nat  least.", "fr": "5\u00a0euros."}, also_asked=" fees \n\n price\n"
    )
    _, made = read(shown(TIME), typed)
    assert made.answer == {"en": "EUR 5 at least.", "fr": "5\u00a0euros."}
    assert made.also_asked == ("fees", "price")
    assert not made.stale


def test_deeper_headings_are_parts_of_their_section() -> None:
    assert [group.fields.section for group in groups([], BODY)] == ["Time", "Cost"]
    assert [group.fields.section for group in groups([], "Nothing above.\n")] == [""]
    assert groups([], "") == []


def test_new_units_stand_in_the_order_of_their_sections() -> None:
    typed = UnitFields("Time", answer={"en": "12 months."})
    assert [unit.section for unit in read(shown(COST), typed, before=())] == ["Time", "Cost"]


# Headings that were renamed


RENAMED = BODY.replace("## Time", "## Duration")


def test_a_unit_follows_its_heading_where_only_that_one_can_be_meant() -> None:
    assert read(shown(TIME), shown(COST), body=RENAMED) == (replace(TIME, section="Duration"), COST)
    reopened = [group.fields for group in groups([shown(TIME), shown(COST)], RENAMED)]
    assert read(*reopened, body=RENAMED) == (replace(TIME, section="Duration"), COST)


def test_a_unit_that_has_lost_its_section_is_not_dropped_unasked() -> None:
    for body in ("## Cost\nIt costs EUR 5.\n", RENAMED + "## More\nText.\n"):
        with pytest.raises(BadUnit, match="no section “Time” any more"):
            read(shown(TIME), shown(COST), body=body)
        homeless, *_ = groups([shown(TIME), shown(COST)], body)
        assert (homeless.homeless, homeless.fields) == (True, shown(TIME))


def test_whoever_was_asked_chooses_where_it_belongs_or_lets_it_go() -> None:
    body = RENAMED + "## More\nText.\n"
    given = replace(shown(TIME), section="More")
    assert read(given, UnitFields("Duration"), shown(COST), body=body) == (COST, replace(TIME, section="More"))
    gone = replace(shown(TIME), section=f"{DROPPED}Time")
    assert read(gone, UnitFields("Duration"), shown(COST), body=body) == (COST,)


def test_a_heading_that_comes_back_has_its_unit_again() -> None:
    gone = replace(shown(TIME), section=f"{DROPPED}Time")
    assert read(gone, shown(COST)) == (TIME, COST)


def test_a_new_section_of_an_old_name_does_not_take_what_belongs_to_the_renamed_one() -> None:
    moved = replace(shown(TIME), section="Duration")
    fresh = UnitFields("Time", answer={"en": "Soon."})
    body = "## Time\nSoon.\n\n" + RENAMED
    made = read(fresh, moved, shown(COST), body=body)
    assert [(unit.section, unit.row) for unit in made] == [("Time", {}), ("Duration", TIME.row), ("Cost", {})]


def test_a_form_without_answers_leaves_them_as_they_were() -> None:
    assert read() == (TIME, COST)


def test_the_form_shows_each_language_in_which_there_is_something() -> None:
    assert set(shown(TIME).answer) <= set(LANGUAGES)
    assert set(shown(TIME).question) <= set(ASKED_IN)
