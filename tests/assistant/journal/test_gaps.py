"""What the library could not answer: grouped by meaning, given to somebody, closed, asked again."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.app import App
from assistant.evaluation.evaluate import read_questions
from assistant.journal.gaps import (
    ALIKE,
    Gap,
    GapNotClosed,
    GapState,
    UnknownGap,
    assign,
    close,
    evaluation_questions,
    gap,
    gather,
    grouped,
    list_gaps,
)
from assistant.journal.records import Rating
from corpus.documents import Stage
from tests.conftest import House, word_vectors
from tests.journals import Diary

QUESTIONS = Path(__file__).parents[2] / "benchmarks" / "questions.jsonl"
MODEL = word_vectors()
GRAFT = "Does our zirconium graft need a licence in Vietnam?"
ELSE = "Which tax applies to samples?"


@pytest.fixture
def diary(tmp_path: Path) -> Diary:
    return Diary(tmp_path)


def gathered(diary: Diary) -> list[Gap]:
    gather(diary.journal, MODEL)
    return list_gaps(diary.journal)


# Grouping


def test_one_question_in_six_languages_is_one_gap_and_another_about_the_same_country_is_not(
    diary: Diary, shipped: App
) -> None:
    same = [
        "Do we need to register our wound dressing before we sell it in Vietnam?",
        "Müssen wir unsere Wundauflage registrieren, bevor wir sie in Vietnam verkaufen?",
        "¿Tenemos que registrar nuestro apósito antes de venderlo en Vietnam?",
        "Devons-nous enregistrer notre pansement avant de le vendre au Vietnam ?",
        "Dobbiamo registrare la nostra medicazione prima di venderla in Vietnam?",
        "Hem de registrar el nostre apòsit abans de vendre'l al Vietnam?",
    ]
    for text in [*same, "Which Vietnamese hospitals buy robots for surgery?", "Cosa costa un volo per Hanoi?"]:
        diary.declined(text)
    gather(diary.journal, shipped.cache.model)
    first, *others = list_gaps(diary.journal)
    assert set(first.questions) == set(same)
    assert first.languages == dict.fromkeys(("en", "de", "es", "fr", "it", "ca"), 1)
    assert [one.count for one in others] == [1, 1]


def test_groups_of_development_questions_are_those_that_ask_the_same(diary: Diary, shipped: App) -> None:
    rows = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    ids = sorted({row["id"] for row in rows})[::3]
    asked = {row["text"]: row["id"] for row in rows if row["id"] in ids}
    for at, text in enumerate(sorted(asked, key=lambda text: text[::-1]), start=1):  # mixed, and in two goes
        diary.declined(text)
        if at == len(asked) // 2:
            gather(diary.journal, shipped.cache.model)
    gather(diary.journal, shipped.cache.model)
    groups = {text: one.id for one in list_gaps(diary.journal) for text in one.questions}
    pairs = [(asked[one] == asked[other], groups[one] == groups[other]) for one, other in combinations(groups, 2)]
    found = sum(same and together for same, together in pairs)
    assert found / sum(together for _, together in pairs) > 0.9
    assert found / sum(same for same, _ in pairs) > 0.85


def test_questions_about_different_markets_are_never_one_gap(diary: Diary) -> None:
    for market in ("Japan", "Brazil"):
        diary.declined(f"Who pays for a zirconium graft with surgery and implant in {market}?")
    assert [one.markets for one in gathered(diary)] == [{"brazil": 1}, {"japan": 1}]


def test_a_gap_keeps_its_number_when_others_ask_the_same(diary: Diary) -> None:
    diary.declined(GRAFT)
    diary.declined(ELSE)
    numbers = {one.title: one.id for one in gathered(diary)}
    diary.days_pass(3)
    diary.declined(f"{GRAFT} ")
    first, *_ = gathered(diary)
    assert (first.id, first.count) == (numbers[GRAFT], 2)
    assert (first.last - first.first).days == 3  # type: ignore[operator]
    assert gather(diary.journal, MODEL) == 0


def test_two_who_look_at_once_make_each_gap_once(diary: Diary) -> None:
    for n in range(30):
        diary.declined(f"Subject{n} word{n} thing{n} matter{n}?")
    threads = [Thread(target=gather, args=(Diary(diary.path.parent).journal, MODEL)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    members = [text for one in list_gaps(diary.journal) for text in one.questions]
    assert sorted(members) == sorted(set(members))
    assert len(members) == 30


def test_another_embedding_makes_its_own_vectors_of_what_is_kept(diary: Diary) -> None:
    diary.declined(GRAFT)
    [before] = gathered(diary)
    diary.declined(GRAFT)
    gather(diary.journal, word_vectors("other words"))
    [after] = list_gaps(diary.journal)
    assert (after.id, after.count) == (before.id, 2)


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(0, 4))
def test_every_row_falls_into_a_group_known_ones_into_their_own_and_markets_stay_apart(
    seed: int, rows: int, known: int
) -> None:
    random = np.random.default_rng(seed)
    known = min(known, rows)
    vectors = random.normal(size=(rows, 3)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    markets = [frozenset({frozenset(["a", "b", ""][random.integers(3)])}) for _ in range(rows)]
    labels = grouped(vectors, np.ones(rows, dtype=int), markets, known)
    assert labels[:known] == list(range(known))
    assert all(labels[label] == label for label in labels)
    groups: dict[int, list[int]] = defaultdict(list)
    for row, label in enumerate(labels):
        groups[label].append(row)
    for members in groups.values():
        named = {market for row in members for names in markets[row] for market in names}
        assert len(named) < 2
    fresh = [members for label, members in groups.items() if label >= known]
    for some, others in combinations(fresh, 2):
        if {"a", "b"} <= {market for row in some + others for names in markets[row] for market in names}:
            continue
        assert float(np.mean(vectors[some] @ vectors[others].T)) < ALIKE + 1e-6


# What becomes of a gap


def test_what_was_answered_is_no_gap_and_what_was_rated_badly_is(diary: Diary) -> None:
    diary.answered("Who represents us?")
    rated = diary.answered("Who pays for surgery robots?")
    diary.journal.rate(rated, Rating.OUTDATED, question="Who pays for surgery robots?")
    [found] = gathered(diary)
    assert (found.title, found.why) == ("Who pays for surgery robots?", {"outdated": 1})


def test_a_gap_is_given_to_an_account_and_worded_by_staff(diary: Diary) -> None:
    diary.declined(GRAFT)
    [found] = gathered(diary)
    assert found.state is GapState.OPEN
    assign(diary.journal, found.id, "ana", wording="Devices in Vietnam?", language="en")
    found = gap(diary.journal, found.id)
    assert (found.state, found.assignee, found.title) == (GapState.ASSIGNED, "ana", "Devices in Vietnam?")
    assign(diary.journal, found.id, "")
    assert gap(diary.journal, found.id).state is GapState.OPEN


def test_a_closed_gap_is_open_again_when_the_same_is_asked_and_declined_again(diary: Diary, house: House) -> None:
    diary.declined(GRAFT)
    [found] = gathered(diary)
    diary.declined(GRAFT)  # before the gap is closed, though it is gathered later
    japan = house.catalogue.document("japan/devices")
    close(diary.journal, found.id, japan, who="ana", wording=GRAFT, language="en", note="see section 2")
    [closed] = gathered(diary)
    assert (closed.state, closed.count, closed.document_id, closed.closed_by) == (GapState.CLOSED, 2, japan.id, "ana")
    diary.days_pass(1)
    diary.declined(GRAFT)
    [again] = gathered(diary)
    assert (again.id, again.state, again.reopened_on) == (found.id, GapState.OPEN, diary.day)
    assert (again.document_id, again.note) == (japan.id, "see section 2")


def test_what_the_library_is_not_to_answer_stays_closed_and_is_to_be_declined(diary: Diary) -> None:
    diary.declined("Where is the best pizza in Turin?")
    [found] = gathered(diary)
    close(diary.journal, found.id, None, who="ana", wording="Where is good pizza?", language="en")
    diary.declined("Where is the best pizza in Turin?")
    [still] = gathered(diary)
    assert (still.state, still.count) == (GapState.CLOSED, 2)
    assert json.loads(evaluation_questions([still])[0])["answerable"] is False


def test_only_a_published_document_closes_a_gap_and_only_with_a_wording(diary: Diary, house: House) -> None:
    diary.declined(GRAFT)
    [found] = gathered(diary)
    house.catalogue.move("japan/devices", Stage.WITHDRAWN, who="ana", why="wrong")
    withdrawn = house.catalogue.document("japan/devices")
    with pytest.raises(GapNotClosed, match="publish it first"):
        close(diary.journal, found.id, withdrawn, who="ana", wording=GRAFT, language="en")
    with pytest.raises(GapNotClosed, match="evaluations will ask it"):
        close(diary.journal, found.id, None, who="ana", wording=" ", language="en")
    with pytest.raises(UnknownGap, match="There is no gap 99"):
        assign(diary.journal, 99, "ana")
    assert gap(diary.journal, found.id).state is GapState.OPEN


def test_closed_gaps_become_questions_of_the_evaluation(diary: Diary, house: House, tmp_path: Path) -> None:
    diary.declined("Welche Gebühr gilt in Japan für Implantate aus Zirkonium?")
    diary.declined(ELSE)
    for found in gathered(diary):
        if found.markets:
            japan = house.catalogue.document("japan/devices")
            close(diary.journal, found.id, japan, who="ana", wording="Gebühr in Japan?", language="de")
    lines = evaluation_questions(list_gaps(diary.journal))
    (tmp_path / "questions.jsonl").write_text("\n".join(lines), "utf-8")
    [asked] = read_questions(tmp_path / "questions.jsonl")
    assert asked.turns == ("Gebühr in Japan?",)
    written = json.loads(lines[0])
    assert (written["lang"], written["scope"], written["answerable"]) == ("de", ["japan"], True)
    assert written["documents"] == ["japan/devices"]


# What goes, and what stays


def test_counts_outlive_the_wordings_where_staff_have_put_the_gap_into_words(diary: Diary) -> None:
    diary.declined(GRAFT)
    diary.declined(ELSE)
    for found in gathered(diary):
        if found.title == GRAFT:
            assign(diary.journal, found.id, "ana", wording="Grafts in Vietnam: is a licence needed?")
    diary.days_pass(91)
    diary.journal.forget()
    [kept] = list_gaps(diary.journal)
    assert (kept.count, kept.questions, kept.title) == (1, (), "Grafts in Vietnam: is a licence needed?")


def test_new_questions_still_join_a_gap_of_which_only_the_words_of_staff_are_left(diary: Diary) -> None:
    diary.declined(GRAFT)
    [found] = gathered(diary)
    assign(diary.journal, found.id, "ana", wording=GRAFT)
    diary.days_pass(91)
    diary.journal.forget()
    diary.declined(GRAFT)
    [joined] = gathered(diary)
    assert (joined.id, joined.count) == (found.id, 2)


def test_erasing_a_browser_takes_its_questions_out_of_the_gaps(diary: Diary) -> None:
    diary.declined(GRAFT, session="one")
    diary.declined(GRAFT, session="other")
    diary.declined(ELSE, session="one")
    assert [one.count for one in gathered(diary)] == [2, 1]
    diary.journal.erase("one")
    assert [(one.title, one.count) for one in list_gaps(diary.journal)] == [(GRAFT, 1)]
    assert b"samples" not in diary.bytes()
