"""What the chat page sends of an answer, and what a tick under the notice means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from assistant.journal.journal import LONGEST_COMMENT
from assistant.journal.records import Rating
from assistant.settings import KeepQuestions
from corpus.vocabulary import LANGUAGES
from pages.chat.feedback import consent, feedback
from tests.conftest import PATIENCE, served
from tests.journals import Diary

QUESTION = "Who represents us in Japan?"


@dataclass
class Door:
    """The route over a journal that remembers one answer."""

    diary: Diary
    answer: str
    url: str

    def send(self, language: str = "en", origin: str = "", **changes: str) -> httpx.Response:
        form = {"answer": self.answer, "question": QUESTION, "verdict": "wrong", "comment": ""} | changes
        headers = {"Origin": origin or self.url}
        return httpx.post(f"{self.url}/feedback?language={language}", data=form, headers=headers, timeout=PATIENCE)


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    diary = Diary(tmp_path)
    web = FastAPI()
    web.post("/feedback")(feedback(diary.journal))
    with served(web) as url:
        yield Door(diary, diary.answered(QUESTION), url)
    diary.journal.close()


@pytest.mark.parametrize("verdict", list(Rating))
def test_each_verdict_is_kept_with_its_comment_masked(door: Door, verdict: Rating) -> None:
    told = door.send(verdict=verdict, comment="Ask ana@acme.example <b>now</b>").json()["told"]
    [kept] = door.diary.journal.feedback(door.answer)
    assert (kept.verdict, kept.comment) == (verdict, "Ask [e-mail] <b>now</b>")
    assert kept.comment in told


def test_a_comment_is_cut_at_its_length(door: Door) -> None:
    assert door.send(comment="é" * 3 * LONGEST_COMMENT).status_code == 200
    assert len(door.diary.journal.feedback(door.answer)[0].comment) == LONGEST_COMMENT


def test_who_objects_leaves_no_wording(door: Door) -> None:
    door.send(ticked="")
    assert door.diary.journal.feedback(door.answer)[0].question == ""
    door.send()
    assert door.diary.journal.feedback(door.answer)[0].question == QUESTION
    door.send(ticked="")
    assert door.diary.journal.feedback(door.answer)[0].question == ""


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"verdict": "excellent"}, "could not be read"),
        ({"comment": "x" * 70_000}, "could not be read"),
        ({"answer": "of-somebody-else"}, "not remembered any more"),
        ({"origin": "https://evil.example"}, "not sent from a page of yours"),
    ],
)
def test_what_cannot_be_taken_is_told_in_a_sentence(door: Door, changes: dict[str, str], told: str) -> None:
    refused = door.send(**changes)
    assert refused.status_code == 400
    assert told in refused.json()["told"]
    assert door.diary.journal.feedback() == []


def test_it_is_told_in_the_language_of_the_answer_or_in_english(door: Door) -> None:
    told = {language: door.send(language).json()["told"] for language in (*LANGUAGES, "xx")}
    assert len(set(told.values())) == len(LANGUAGES)
    assert told["xx"] == told["en"]


@pytest.mark.parametrize(
    ("keep", "ticked", "said"),
    [
        (KeepQuestions.DECLINED, False, None),
        (KeepQuestions.DECLINED, True, False),
        (KeepQuestions.CONSENTED, False, False),
        (KeepQuestions.CONSENTED, True, True),
        (KeepQuestions.NEVER, True, None),
    ],
)
def test_a_tick_objects_where_wordings_are_kept_and_agrees_where_that_is_asked(
    keep: KeepQuestions, ticked: bool, said: bool | None
) -> None:
    assert consent(keep, ticked=ticked) is said
