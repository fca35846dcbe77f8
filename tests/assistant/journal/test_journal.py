"""What is remembered of questions and answers, for how long, and what is left when it is gone."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import MetaData, create_engine, select

from assistant.answers import Outcome
from assistant.app import App
from assistant.journal.journal import LONGEST_COMMENT, Journal, UnknownAnswer
from assistant.journal.records import Rating
from assistant.journal.tables import questions, schema
from assistant.settings import KeepDays, KeepQuestions
from assistant.understand.questions import LONGEST, Question, understand
from tests.conftest import TODAY, House
from tests.journals import BROWSER, GRAFT, Diary, recorded
from tests.privileges import without_privileges
from tests.servers import Places, in_files

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def diary(tmp_path: Path, places: Places) -> Iterator[Diary]:
    diary = Diary(tmp_path, places=places)
    yield diary
    diary.journal.close()


def texts(diary: Diary) -> list[str]:
    with diary.journal.store.reading() as connection:
        return list(connection.scalars(select(questions.c.text)))


# What is kept


def test_who_asks_whom_to_turn_to_and_is_told_leaves_no_question_that_was_not_answered(
    shipped: App, diary: Diary
) -> None:
    question = Question("¿Quién nos puede ayudar?")
    answer = shipped.assistant.answer(question)
    assert answer.contacts
    diary.journal.remember(question, understand(question, shipped.vocabulary), answer)
    assert texts(diary) == []


@in_files
def test_an_answered_question_leaves_figures_and_no_text(diary: Diary, house: House) -> None:
    japan = house.catalogue.document("japan/devices")
    diary.answered("Who represents our zirconium graft in Japan?", japan, session=BROWSER, home="biocat")
    [kept] = diary.journal.answers(TODAY, TODAY)
    assert (kept.language, kept.home, kept.markets, kept.outcome) == (
        "en",
        "biocat",
        frozenset({"japan"}),
        Outcome.GROUNDED,
    )
    assert [(one.document_id, one.version, one.facts_as_of) for one in kept.rested] == [(japan.id, 1, "2026-05")]
    assert b"zirconium" not in diary.bytes()


@in_files
def test_nothing_tells_the_hour_or_the_browser(diary: Diary) -> None:
    diary.declined(GRAFT, session=BROWSER)
    held = diary.bytes()
    assert BROWSER.encode() not in held
    assert not re.search(rb"\d{2}:\d{2}", held)


def test_two_installations_know_one_browser_by_different_pseudonyms(tmp_path: Path) -> None:
    pseudonyms = set()
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        diary = Diary(tmp_path / name)
        diary.declined(GRAFT, session=BROWSER)
        with sqlite3.connect(diary.path) as connection:
            pseudonyms |= set(connection.execute("SELECT session FROM answers"))
    assert len(pseudonyms) == 2


@pytest.mark.parametrize(
    ("keep", "kept"),
    [
        (KeepQuestions.NEVER, []),
        (KeepQuestions.DECLINED, [None, True]),
        (KeepQuestions.CONSENTED, [True]),
    ],
)
def test_whose_wording_is_kept_is_for_the_setting_and_the_person(
    tmp_path: Path, keep: KeepQuestions, kept: list[bool | None]
) -> None:
    diary = Diary(tmp_path, keep)
    for consent in (None, False, True):
        diary.declined(f"Is {consent} a licence in Vietnam?", consent=consent)
    assert texts(diary) == [f"Is {consent} a licence in Vietnam?" for consent in kept]


def test_a_kept_wording_is_masked_and_stands_alone(diary: Diary) -> None:
    diary.declined("I am Anna Schmidt (anna@acme.example). Do we need a licence in Vietnam?")
    assert texts(diary) == ["I am [name] ([e-mail]). Do we need a licence in Vietnam?"]


def test_a_question_of_a_kind_that_is_always_refused_is_never_kept(diary: Diary) -> None:
    refused = "What is the personal mobile number of the Lyonbiopole project coordinator?"
    diary.declined(refused, consent=True)
    diary.journal.rate(diary.answered(refused), Rating.WRONG, question=refused, consent=True)
    assert texts(diary) == []


# Feedback


def test_a_badly_rated_question_is_kept_masked_until_its_writer_takes_it_back(diary: Diary) -> None:
    answer = diary.answered("Who represents us in Japan?")
    diary.journal.rate(answer, Rating.OUTDATED, comment="Call Frau Huber", question="Who represents Anna Schmidt?")
    [given] = diary.journal.feedback(answer)
    assert (given.verdict, given.comment, given.question) == (
        Rating.OUTDATED,
        "Call Frau [name]",
        "Who represents [name]?",
    )
    diary.journal.rate(answer, Rating.HELPFUL)
    [given] = diary.journal.feedback(answer)
    assert (given.verdict, given.comment, given.question) == (Rating.HELPFUL, "", "")


def test_finding_a_decline_helpful_does_not_take_the_gap_away(diary: Diary) -> None:
    answer = diary.declined(GRAFT)
    diary.journal.rate(answer, Rating.HELPFUL)
    assert texts(diary) == [GRAFT]


def test_who_objects_while_rating_takes_the_wording_back(diary: Diary) -> None:
    diary.journal.rate(diary.declined(GRAFT), Rating.WRONG, question=GRAFT, consent=False)
    assert texts(diary) == []


def test_the_writer_of_a_feedback_sees_what_became_of_it(diary: Diary) -> None:
    answer = diary.answered("Who represents us in Japan?")
    diary.journal.rate(answer, Rating.WRONG)
    assert [one.answer_id for one in diary.journal.feedback(open_only=True)] == [answer]
    diary.days_pass(2)
    diary.journal.reply(answer, "Put right on Monday.", who="ana")
    [seen] = diary.journal.feedback(answer)
    assert (seen.reply, seen.replied_by, seen.replied_on) == ("Put right on Monday.", "ana", diary.day)
    assert diary.journal.feedback(open_only=True) == []


def test_a_new_verdict_opens_an_answered_feedback_again(diary: Diary) -> None:
    answer = diary.answered("Who represents us in Japan?")
    diary.journal.rate(answer, Rating.WRONG)
    diary.journal.reply(answer, "It is right.", who="ana")
    diary.journal.rate(answer, Rating.WRONG, comment="No!")
    assert [one.reply for one in diary.journal.feedback(open_only=True)] == [""]


def test_a_comment_is_cut_off(diary: Diary) -> None:
    answer = diary.answered("Who represents us in Japan?")
    diary.journal.rate(answer, Rating.WRONG, comment="no " * LONGEST_COMMENT)
    assert len(diary.journal.feedback(answer)[0].comment) == LONGEST_COMMENT


def test_whatever_a_browser_sends_is_kept_as_one_line_of_text(diary: Diary) -> None:
    answer = diary.answered("Who represents us in Japan?")
    diary.journal.rate(answer, Rating.WRONG, comment="no\x1b[2J\ud800\n\0 never", question="a\udfffb " * 5000)
    [given] = diary.journal.feedback(answer)
    assert given.comment == "no [2J never"
    assert given.question.startswith("a b a b")
    assert len(given.question) <= LONGEST


def test_an_answer_that_is_not_remembered_cannot_be_rated(diary: Diary) -> None:
    with pytest.raises(UnknownAnswer, match="ask the question again"):
        diary.journal.rate("no-such-answer", Rating.WRONG)
    with pytest.raises(UnknownAnswer):
        diary.journal.reply(diary.answered("Never rated?"), "Why?", who="ana")


# For how long


def test_each_kind_goes_when_its_days_are_over_and_leaves_no_trace_on_the_disk(tmp_path: Path) -> None:
    diary = Diary(tmp_path, sessions=10, questions=20, comments=30, answers=40)
    answer = diary.declined(GRAFT, session=BROWSER)
    diary.journal.rate(answer, Rating.WRONG, comment="a zirconium remark")
    gone = []
    for _ in range(4):
        gone.append({kind for kind, count in diary.journal.forget().items() if count})
        diary.days_pass(11)
    assert gone == [set(), {"sessions"}, {"questions"}, {"comments"}]
    assert b"zirconium" not in diary.bytes()
    assert diary.journal.forget()["answers"] == 1
    assert diary.journal.feedback() == []


def test_nothing_goes_on_the_last_of_its_days(tmp_path: Path) -> None:
    diary = Diary(tmp_path, questions=20)
    diary.declined(GRAFT)
    diary.days_pass(20)
    assert diary.journal.forget()["questions"] == 0
    diary.days_pass(1)
    assert diary.journal.forget()["questions"] == 1


def test_a_stricter_setting_also_holds_for_what_was_kept_before(diary: Diary) -> None:
    diary.declined("Unasked, in Vietnam?")
    diary.declined("Agreed, in Vietnam?", consent=True)
    diary.journal.keep = KeepQuestions.CONSENTED
    diary.journal.forget()
    assert texts(diary) == ["Agreed, in Vietnam?"]
    diary.journal.keep = KeepQuestions.NEVER
    diary.journal.forget()
    assert texts(diary) == []


def test_what_is_held_is_told_by_kind(diary: Diary) -> None:
    diary.declined(GRAFT, session=BROWSER)
    diary.journal.rate(diary.answered("And Japan?"), Rating.WRONG, comment="no")
    held = {one.kind: (one.days, one.count, one.oldest) for one in diary.journal.holdings()}
    days = KeepDays()
    assert held == {
        "questions": (days.questions, 1, TODAY),
        "sessions": (days.sessions, 1, TODAY),
        "comments": (days.comments, 1, TODAY),
        "answers": (days.answers, 2, TODAY),
    }


# Erasure


@in_files
def test_everything_of_a_browser_is_erased_with_a_receipt_and_nothing_of_others(diary: Diary) -> None:
    diary.declined(GRAFT, session=BROWSER)
    rated = diary.answered("Who represents us in Japan?", session=BROWSER)
    diary.journal.rate(rated, Rating.WRONG, comment="a zirconium remark", question="Our zirconium graft?")
    diary.declined("Is a licence needed in Peru?", session="another")
    receipt = diary.journal.erase(BROWSER)
    assert receipt.erased == {"answers": 2, "questions": 2, "feedback": 1}
    assert b"zirconium" not in diary.bytes()
    assert texts(diary) == ["Is a licence needed in Peru?"]
    assert diary.journal.erase(BROWSER).erased == {"answers": 0, "questions": 0, "feedback": 0}


# A journal that fails


def test_a_journal_that_cannot_be_opened_costs_a_line_in_the_log_and_no_word_of_the_question(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "journal.sqlite").mkdir()
    journal = Journal(tmp_path / "journal.sqlite")
    assert recorded(journal) is None
    assert "not in the journal" in caplog.text
    assert "zirconium" not in caplog.text
    assert BROWSER not in caplog.text
    (tmp_path / "journal.sqlite").rmdir()
    assert recorded(journal) is not None


@in_files
def test_a_locked_journal_is_waited_for_two_seconds_and_used_again_when_it_is_free(diary: Diary) -> None:
    assert recorded(diary.journal) is not None
    with sqlite3.connect(diary.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert recorded(diary.journal) is None
        other.execute("ROLLBACK")
    assert recorded(diary.journal) is not None
    assert len(diary.journal.answers(TODAY, TODAY)) == 2


FAILING = """
import logging, resource, sys
from pathlib import Path
from assistant.journal.journal import Journal
from tests.journals import recorded
logging.basicConfig(format="%(message)s")
journal = Journal(Path(sys.argv[1]))
if sys.argv[2] == "full":
    recorded(journal)
    limit = Path(sys.argv[1] + "-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
print(recorded(journal))
"""


@pytest.mark.servers
@in_files
@pytest.mark.parametrize("how", ["full", "read-only"])
def test_a_full_disk_and_a_read_only_file_cost_no_answer(diary: Diary, how: str) -> None:
    recorded(diary.journal)
    diary.journal.close()
    if how == "read-only":
        diary.path.chmod(0o444)
        diary.path.parent.chmod(0o555)
    done = subprocess.run(
        [*without_privileges(), sys.executable, "-c", FAILING, str(diary.path), how],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    diary.path.parent.chmod(0o755)
    diary.path.chmod(0o644)
    assert (done.returncode, done.stdout) == (0, "None\n"), done.stderr
    told = "can only be read" if how == "read-only" else "check its rights and the free space on the disk"
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert len(diary.journal.answers(diary.day, diary.journal.today())) >= 1


@pytest.mark.servers
def test_processes_that_answer_at_once_are_all_remembered(tmp_path: Path) -> None:
    with get_context("spawn").Pool(3) as pool:
        ids = pool.map(_decline, [(tmp_path, n) for n in range(12)])
    assert len(set(ids)) == 12
    assert len(Diary(tmp_path).journal.answers(TODAY, TODAY)) == 12


def _decline(given: tuple[Path, int]) -> str:
    folder, n = given
    return Diary(folder).declined(f"Is licence {n} needed in Vietnam?", session="one")


@in_files
def test_a_new_journal_has_every_table_that_the_code_reads_with_the_same_columns(diary: Diary) -> None:
    diary.declined(GRAFT)
    found = MetaData()
    found.reflect(create_engine(f"sqlite:///{diary.path}"))
    written = {name: set(table.columns.keys()) for name, table in found.tables.items() if name != "alembic_version"}
    assert written == {name: set(table.columns.keys()) for name, table in schema.tables.items()}


def test_uses_are_counted_once_an_answer(diary: Diary, house: House) -> None:
    japan, brazil = (house.catalogue.document(name) for name in ("japan/devices", "brazil/food"))
    diary.answered("Old?", japan)
    diary.days_pass(10)
    first = diary.day
    diary.answered("Both?", japan, brazil, japan)
    diary.answered("Japan?", japan)
    assert diary.journal.uses(first) == {japan.id: 2, brazil.id: 1}
    assert diary.journal.uses(TODAY)[japan.id] == 3
