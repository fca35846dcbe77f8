"""The conversation on its way to the browser and back."""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import replace
from random import Random

import pytest

from assistant.answers import Outcome, Reason, Rejected
from corpus.units import Unit
from pages.chat.answers import turn_html
from pages.shared.conversation import (
    LARGEST,
    MOST_TURNS,
    Turn,
    earlier,
    kept,
    language_of,
    may_ask_back,
    to_keep,
    unpacked,
)
from tests.shown_answers import answer


def turns(*questions: str) -> list[Turn]:
    return [Turn(question, "en", (), answer()) for question in questions]


@pytest.mark.parametrize("outcome", Outcome)
def test_a_finished_turn_looks_the_same_when_it_comes_back(outcome: Outcome) -> None:
    turn = Turn("What?", "it", (), answer(outcome, "it"))
    (back,) = kept(to_keep([turn]))
    assert turn_html(back, 1) == turn_html(turn, 1)


def test_so_does_one_that_was_stopped() -> None:
    turn = Turn("What?", "it", answer(language="it").claims)
    assert kept(to_keep([turn])) == [turn]


def test_what_is_never_shown_does_not_travel() -> None:
    turn = Turn("What?", "en", answer().claims, answer())
    claim = answer().claims[0]
    document = claim.citations[0].document
    long_text = "word " * 10_000
    version = document.version
    units = (Unit("5", {"en": long_text}, {"en": long_text}),)
    metadata = replace(version.metadata, summary={"en": long_text}, units=units)
    with_body = replace(document, version=replace(version, metadata=metadata, body=long_text))
    long = replace(claim, citations=(replace(claim.citations[0], document=with_body),))
    (text,) = to_keep([replace(turn, answer=replace(answer(), claims=(long,)))])
    assert len(unpacked(text)) < 5_000


def test_what_was_rejected_never_reaches_the_browser() -> None:
    rejected = (Rejected("a lie of the model", Reason.FIGURES),)
    (text,) = to_keep([Turn("What?", "en", (), replace(answer(), rejected=rejected))])
    assert b"a lie of the model" not in unpacked(text)


def test_the_oldest_turns_are_let_go() -> None:
    many = turns(*map(str, range(MOST_TURNS + 5)))
    assert [turn.question for turn in kept(to_keep(many))] == [turn.question for turn in many[5:]]
    assert len(kept(["broken", *to_keep(many)])) == MOST_TURNS


@pytest.mark.parametrize(
    "texts",
    [None, "text", {"question": "?"}, [None, 1, {}], ["", "broken", "[]", "{}"], ['{"question": 1, "language": "en"}']],
)
def test_what_cannot_be_read_is_left_out(texts: object) -> None:
    assert kept(texts) == []


def test_a_conversation_is_no_larger_than_it_may_be_so_that_the_oldest_turns_are_let_go() -> None:
    noise = Random(7)  # noqa: S311 - which no packing makes smaller
    long = turns(*(f"{number} {noise.randbytes(7_000).hex()}" for number in range(20)))
    texts = to_keep(long)
    assert LARGEST * 0.8 < sum(len(text.encode()) for text in texts) <= LARGEST
    assert kept(texts) == kept(to_keep(long[-len(texts) :]))
    assert [turn.question[0] for turn in kept(texts)] == [turn.question[0] for turn in long[-len(texts) :]]


def test_what_is_too_large_is_not_even_read() -> None:
    short, long = json.dumps({"question": "?", "language": "en"}), json.dumps({"question": "x" * LARGEST})
    assert kept([short] * 3 + [long]) == []
    assert [turn.question for turn in kept([long, short])] == ["?"]
    assert [turn.question for turn in kept([["x"] * 10**6, short])] == ["?"]


def test_a_turn_that_unpacks_to_more_than_any_turn_is_left_out() -> None:
    bomb = zlib.compress(b'{"question": "' + b" " * 10**8 + b'", "language": "en"}', 9)
    assert len(bomb) < LARGEST
    assert kept([base64.b64encode(bomb).decode()]) == []


def test_a_turn_of_an_earlier_release_which_was_not_packed_is_read() -> None:
    assert [turn.question for turn in kept(['{"question": "What?", "language": "en"}'])] == ["What?"]


def test_markup_put_into_the_browsers_storage_stays_text() -> None:
    (text,) = to_keep(turns("What?"))
    table = json.loads(unpacked(text))
    table["question"] = table["answer"]["claims"][0]["text"] = "<form action='https://x.org'><img src=x>"
    table["answer"]["claims"][1]["citations"][0]["sources"][0]["url"] = "javascript:alert(1)"
    html = turn_html(kept([json.dumps(table)])[0], 1)
    assert "<form" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html


@pytest.mark.parametrize("language", ["xx", '"><b>', ""])
def test_a_turn_in_a_language_that_the_house_does_not_speak_is_left_out(language: str) -> None:
    (text,) = to_keep(turns("What?"))
    table = json.loads(unpacked(text))
    assert kept([json.dumps(table | {"language": language})]) == []
    assert kept([json.dumps(table | {"answer": table["answer"] | {"language": language}})]) == []


def test_a_follow_up_may_lean_on_the_last_three_questions() -> None:
    assert earlier(turns("1", "2", "3", "4")) == ("2", "3", "4")


def test_a_question_too_short_to_tell_is_in_the_language_of_the_conversation_or_else_the_page() -> None:
    german = [Turn("Wer?", "de")]
    assert language_of("FDA 510(k)", german, "fr") == "de"
    assert language_of("FDA 510(k)", [], "fr") == "fr"
    assert language_of("Who pays for it in Japan?", german, "fr") == "en"


def test_one_question_back_is_enough() -> None:
    asked_back = Turn("?", "en", (), answer(Outcome.CLARIFY))
    assert may_ask_back([])
    assert may_ask_back([asked_back, *turns("answered")])
    assert not may_ask_back([asked_back])
