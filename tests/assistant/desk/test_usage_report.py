"""What is told of a period: the figures, what is told together, and the two files."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from assistant.desk.due import SOON, due
from assistant.desk.report_pdf import to_pdf
from assistant.desk.usage_figures import FEWEST, OTHERS, together
from assistant.desk.usage_report import Report, report, to_csv
from assistant.evaluation.intervals import wilson
from assistant.journal.gaps import gather
from assistant.journal.records import Rating
from assistant.texts import say
from corpus.vocabulary import LANGUAGES, vocabulary
from tests.conftest import TODAY, House, word_vectors
from tests.journals import Diary, due_by


@pytest.fixture
def diary(tmp_path: Path) -> Diary:
    return Diary(tmp_path)


def told(diary: Diary, house: House, days: int = 28) -> Report:
    return report(diary.journal, house.catalogue, diary.day - timedelta(days=days), diary.day)


def values(figures: Report, section: str, measure: str) -> dict[str, float]:
    return {figure.group: figure.value for figure in figures.of(section, measure)}


def test_questions_are_told_by_week_market_and_outcome_with_the_share_that_was_answered(
    diary: Diary, house: House
) -> None:
    japan = house.catalogue.document("japan/devices")
    diary.answered("Who represents us in Japan?", japan)
    diary.declined("Welche Gebühr gilt in Brasilien für Implantate?")
    diary.days_pass(7)
    diary.declined("And in Japan, what does it cost?")
    figures = told(diary, house, days=13)
    assert values(figures, "week", "questions") == {"2026-11-16": 2, "2026-11-23": 1}
    assert values(figures, "week", "answered") == {"2026-11-16": 0.5, "2026-11-23": 0.0}
    assert values(figures, "market", "questions") == {"japan": 2, "brazil": 1}
    assert values(figures, "language", "questions") == {"en": 2, "de": 1}
    assert values(figures, "outcome", "questions") == {"not-in-library": 2, "grounded": 1}
    [answered] = figures.of("overall", "answered")
    assert answered.low is not None
    assert answered.high is not None
    assert answered.low < answered.value == 0.3333 < answered.high


def test_only_the_days_of_the_period_count(diary: Diary, house: House) -> None:
    diary.declined("Before the period?")
    diary.days_pass(3)
    first = diary.day
    diary.declined("On its first day?")
    diary.days_pass(2)
    diary.declined("On its last day?")
    figures = report(diary.journal, house.catalogue, first, diary.day)
    assert values(figures, "overall", "questions") == {"": 2}


def test_a_region_with_few_questions_is_told_with_others_so_that_no_company_stands_alone(
    diary: Diary, house: House
) -> None:
    for home, count in {"biocat": 9, "biom": 5, "biopmed": 4, "lyonbiopole": 1}.items():
        for n in range(count):
            diary.answered(f"Question {n} of somebody?", home=home)
    assert values(told(diary, house), "home", "questions") == {"biocat": 9, "biom": 5, OTHERS: 5}
    for n in range(2):
        diary.answered(f"Question {n} of nobody?")
    assert values(told(diary, house), "home", "questions") == {"biocat": 9, "biom": 5, "biopmed": 4, OTHERS: 3}


@given(st.dictionaries(st.sampled_from("abcdefg"), st.integers(1, 12)))
def test_what_is_told_together_is_never_few_nor_a_single_region(counts: dict[str, int]) -> None:
    joined = together(counts)
    assert all(counts[name] >= FEWEST for name in counts.keys() - joined)
    if joined and joined != counts.keys():
        assert len(joined) > 1
        assert sum(counts[name] for name in joined) >= FEWEST
    if all(count >= FEWEST for count in counts.values()):
        assert not joined


def test_evidence_is_as_old_as_the_facts_were_when_the_answer_was_given(diary: Diary, house: House) -> None:
    diary.answered("Who represents us in Japan?", house.catalogue.document("japan/devices"))  # facts of May
    [overall] = [one for one in told(diary, house).of("evidence", "median_months") if not one.group]
    assert overall.value == pytest.approx((TODAY - date(2026, 5, 1)).days / 30.44, abs=0.1)


def test_documents_are_told_by_how_many_answers_rested_on_them(diary: Diary, house: House) -> None:
    japan, brazil = (house.catalogue.document(name) for name in ("japan/devices", "brazil/food"))
    diary.answered("Both?", japan, brazil)
    diary.answered("Japan?", japan)
    assert values(told(diary, house), "documents", "answers") == {japan.id: 2, brazil.id: 1}


def test_what_is_to_be_reviewed_comes_by_use_and_what_is_not_due_soon_does_not_come(house: House) -> None:
    japan, brazil, staff = house.catalogue.documents()[1], *house.catalogue.documents()[::2]
    documents = [
        due_by(japan, TODAY - timedelta(days=5)),
        due_by(brazil, TODAY + timedelta(days=SOON - 1)),
        due_by(staff, TODAY + timedelta(days=SOON)),
    ]
    found = due(documents, {brazil.id: 7, japan.id: 2}, TODAY)
    assert [(one.document.id, one.answers, one.days) for one in found] == [
        (brazil.id, 7, 1 - SOON),
        (japan.id, 2, 5),
    ]


def test_feedback_and_gaps_are_counted_by_what_became_of_them(diary: Diary, house: House) -> None:
    answer = diary.answered("Who represents us in Japan?")
    diary.journal.rate(answer, Rating.WRONG_SOURCE, question="Who represents us in Japan?")
    diary.journal.reply(answer, "Put right.", who="ana")
    gather(diary.journal, word_vectors())
    figures = told(diary, house)
    assert values(figures, "feedback", "ratings")["wrong-source"] == 1
    assert values(figures, "feedback", "replied") == {"": 1}
    assert values(figures, "gaps", "gaps") == {"open": 1, "assigned": 0, "closed": 0}


@pytest.mark.parametrize(
    ("count", "of", "low", "high"), [(0, 10, 0.0, 0.2775), (5, 10, 0.2366, 0.7634), (10, 10, 0.7225, 1.0)]
)
def test_intervals_are_those_of_wilson(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of)[1:] == pytest.approx((low, high), abs=1e-4)


def test_the_csv_is_one_tidy_table_without_any_word_of_a_person(diary: Diary, house: House) -> None:
    diary.answered("Who represents us?", house.catalogue.document("japan/devices"), home="biocat")
    rated = diary.declined("Does our zirconium graft need a licence?", session="one")
    diary.journal.rate(rated, Rating.WRONG, comment="a zirconium remark")
    gather(diary.journal, word_vectors())
    text = to_csv(told(diary, house))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert set(rows[0]) == {"first", "last", "section", "group", "measure", "value", "low", "high"}
    assert len(rows) == len({(row["section"], row["group"], row["measure"]) for row in rows})
    assert all(float(row["value"]) is not None for row in rows)
    assert "zirconium" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_says_in_each_language_what_the_csv_says(diary: Diary, house: House, language: str) -> None:
    japan = house.catalogue.document("japan/devices")
    for home in ("biocat", "biocat", "biocat", "biom", "biom", "biom"):
        diary.answered("Who represents us in Japan?", japan, home=home)
    written = PdfReader(io.BytesIO(to_pdf(told(diary, house), language, vocabulary(), {japan.id: "Geräte: é à ç ï ·"})))
    text = " ".join(" ".join(page.extract_text() for page in written.pages).split())
    assert written.metadata is not None
    assert written.metadata.title == say(language, "report_title")
    for name in ("report_period", "report_section_home", "report_grounded", "report_median_months"):
        first, last = TODAY - timedelta(days=28), TODAY
        words = say(language, name, first=first, last=last) if name == "report_period" else say(language, name)
        assert words.split()[0] in text
    clusters, markets = vocabulary().clusters, vocabulary().markets
    assert clusters["biocat"].region[language] in text
    assert markets["japan"].name(language) in text
    assert "Geräte: é à ç ï ·" in text


def test_a_report_of_an_empty_period_can_be_written(diary: Diary, house: House) -> None:
    figures = told(diary, house)
    assert values(figures, "overall", "questions") == {"": 0}
    assert to_pdf(figures, "en", vocabulary(), {}).startswith(b"%PDF")
