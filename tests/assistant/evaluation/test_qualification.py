"""Whether a chat model may write, by providers of several kinds on this machine."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from assistant.app import App, open_app
from assistant.evaluation.qualification import (
    GAP,
    Asked,
    NoModel,
    Qualification,
    Qualified,
    TakenDown,
    qualification_questions,
    qualify,
)
from assistant.model.chat_model import Usage
from assistant.settings import Settings
from tests import provider_server as play
from tests.provider_server import Body, Played, playing, refused

FIRST = qualification_questions(3)
ALL = qualification_questions()
ROOM = {"prompt_tokens": 3000, "completion_tokens": 40}


def copied(body: Body) -> str:
    """Sentences of the passages, word for word, each with its key: what verification lets through."""
    prompt = "\n".join(message["content"] for message in body["messages"])
    passages = re.findall(r"^\[(P\d+)\] [^\n]*\n(.+?)(?=\n\n|\Z)", prompt, re.MULTILINE | re.DOTALL)
    sentences = ((key, re.split(r"(?<=\.)\s", text.strip())[0]) for key, text in passages)
    return "".join(f"{text} [{key}]\n" for key, text in sentences if text.endswith("."))


def run(shipped: App, played: Played, out: Path, **settings: object) -> Qualification:
    with playing(played) as url:
        wanted = {"home": shipped.home, "chat_model": "m", "chat_url": url, "chat_seconds": 20} | settings
        opened = open_app(Settings.model_validate(wanted))
        taken_down = TakenDown(out, opened)
        list(taken_down.ask(opened, FIRST))
        found = qualify(opened.settings, FIRST, taken_down.known)
        opened.close()
    return found


def test_there_are_forty_questions_in_ten_languages_and_each_comes_before_any_comes_again() -> None:
    assert len(ALL) == 40
    assert len({one.digest for one in ALL}) == 40
    assert len({one.language for one in ALL[:10]}) == 10
    assert {one.kind for one in ALL} == {"answer", GAP}


@pytest.mark.timeout(300)
def test_a_model_that_copies_what_the_passages_say_is_asked_and_counted(shipped: App, tmp_path: Path) -> None:
    played = Played(text=copied, writes=lambda speaker, text: play.in_events(speaker, text, usage=ROOM))
    found = run(shipped, played, tmp_path / "out", chat_price_in=1, chat_price_out=4)
    assert (found.sent, found.answered, found.counted) == (3, 3, 1.0)
    assert found.statements > 0
    assert found.cost_of_a_thousand is not None
    lines = [json.loads(line) for line in (tmp_path / "out").read_text("utf-8").splitlines()]
    assert [line["id"] for line in lines] == [one.id for one in FIRST]
    assert all("[P" in line["texts"][0] for line in lines)
    assert found.shown
    assert found.languages["en"]


@pytest.mark.timeout(300)
def test_a_provider_that_refuses_is_no_and_its_words_are_told(shipped: App, tmp_path: Path) -> None:
    played = Played(refuses=play.always(401, refused(401, "Incorrect API key provided")[1]))
    found = run(shipped, played, tmp_path / "out")
    assert found.verdict is Qualified.NO
    assert "Incorrect API key provided" in str(found.why[0])
    assert len(played.asked) == 3


@pytest.mark.timeout(300)
def test_what_was_asked_is_not_asked_again_but_what_failed_is(shipped: App, tmp_path: Path) -> None:
    played = Played(text=copied, writes=lambda speaker, text: play.in_events(speaker, text, usage=ROOM))
    played.refuses = lambda body: refused(401, "no") if len(played.asked) == 2 else None
    with playing(played) as url:
        opened = open_app(Settings(home=shipped.home, chat_model="m", chat_url=url, chat_seconds=20))
        first = TakenDown(tmp_path / "out", opened)
        list(first.ask(opened, FIRST))
        before = len(played.asked)
        with (tmp_path / "out").open("a", encoding="utf-8") as file:
            file.write('{"id": "torn')
        again = TakenDown(tmp_path / "out", opened)
        assert len(again.known) == 2
        assert [one.id for one in again.ask(opened, FIRST)] == [FIRST[1].id]
        assert len(played.asked) > before
        other = opened.settings.model_copy(update={"chat_options": '{"seed": 1}'})
        reopened = open_app(other)
        assert TakenDown(tmp_path / "other", reopened).known == {}
        reopened.close()
        opened.close()


def test_without_a_model_there_is_nothing_to_ask(shipped: App, tmp_path: Path) -> None:
    with pytest.raises(NoModel, match="MARKET_ENTRY_CHAT_MODEL"):
        list(TakenDown(tmp_path / "out", shipped).ask(shipped, FIRST))


def judged(**changes: object) -> Qualification:
    """The verdict on forty questions that went well but for what is changed in each."""
    known = {}
    for one in ALL:
        usage = Usage(calls=1, counted=1, tokens_in=3000, tokens_out=60)
        well = {"shown": 9, "dropped": {"support": 1}, "named": True, "characters": 9000, "usage": usage}
        rest = {"seconds": (1.0, 4.0), "sent": True, "language": one.language, "kind": one.kind} | well | changes
        known[one.digest] = Asked(id=one.id, installation={}, question=one.digest, **rest)  # type: ignore[arg-type]
    return qualify(Settings(chat_model="m"), ALL, known)


VERDICTS: dict[str, tuple[dict[str, object], Qualified, str]] = {
    "all is well": ({}, Qualified.YES, ""),
    "most is dropped": ({"shown": 2, "dropped": {"source": 8}}, Qualified.NO, "20% of its sentences"),
    "some is dropped": ({"shown": 7, "dropped": {"names": 3}}, Qualified.LIMITS, "30% of its sentences are dropped"),
    "nothing is written": ({"shown": 0, "dropped": {}}, Qualified.NO, "nothing that could be read"),
    "gaps are not named": ({"named": False}, Qualified.LIMITS, "names 0%"),
    "it is slow": ({"seconds": (1.0, 45.0)}, Qualified.LIMITS, "45 seconds"),
    "nothing is counted": ({"usage": Usage(calls=1)}, Qualified.LIMITS, "estimated in the budget"),
    "the context is short": (
        {"characters": 60_000},
        Qualified.NO,
        "OLLAMA_CONTEXT_LENGTH",
    ),
    "nothing is sent": ({"sent": False}, Qualified.NO, "no question was sent"),
    "it is down": ({"failure": "The chat model m does not answer"}, Qualified.NO, "does not answer"),
}


@pytest.mark.parametrize("what", VERDICTS)
def test_the_verdict_says_why(what: str) -> None:
    changes, verdict, why = VERDICTS[what]
    found = judged(**changes)
    assert found.verdict is verdict, found.why
    assert any(why in str(one) for one in found.why) if why else found.why == (), found.why
