"""Questions by the API: whole, as they are answered, dropped, rated and erased."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.answers import to_json
from assistant.assistant import Assistant, Event
from assistant.journal.records import Door
from assistant.settings import KeepQuestions
from assistant.understand.questions import Question
from assistant.verify.verification import Verifier
from assistant.write.quoting_writer import QuotingWriter
from corpus.vocabulary import vocabulary
from pages.api.forms import AnswerForm
from pages.api.site import PATH
from pages.shared.observation import REGISTRY
from tests.conftest import PATIENCE, House, served
from tests.pages.api.conftest import ApiDoor, api_of
from tests.staff_pages import peopled

ASKED = {"question": "Does a foreign maker work through a Marketing Authorisation Holder (MAH) in Japan?"}
UNKNOWN = {"question": "What does a patent in Japan cost, asks Erika Muster, erika@muster.example?"}


def events_of(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def unscored(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what differs when it is given once more: how long it took, and how near the first time was."""
    return answer | {"seconds": 0, "passages": [passage | {"score": 0} for passage in answer["passages"]]}


def test_an_answer_has_exactly_the_form_of_the_command(door: ApiDoor, client: httpx.Client) -> None:
    answer = client.post("/ask", json=ASKED).json()
    same = json.loads(json.dumps(to_json(door.app.assistant.answer(Question(ASKED["question"])))))
    assert unscored(answer) == unscored(same)
    assert answer["outcome"] == "grounded"
    assert answer["citations"][0]["sources"][0]["url"] == "https://example.org/law"


def test_what_the_description_says_of_an_answer_is_all_that_it_has(client: httpx.Client) -> None:
    for asked in (ASKED, UNKNOWN, {"question": "What do the rules for devices ask?"}):
        answer = client.post("/ask", json=asked).json()
        assert AnswerForm.model_validate(answer, strict=True, extra="forbid").model_dump() == answer


def test_earlier_questions_walls_and_language_are_heeded(client: httpx.Client) -> None:
    followed = client.post("/ask", json={"question": "And how long does it take?", "after": ["Devices in Japan?"]})
    assert followed.json()["frame"]["markets"]["codes"] == ["japan"]
    walled = client.post("/ask", json=ASKED | {"markets": ["brazil"], "language": "de"}).json()
    assert (walled["language"], "japan/devices" in str(walled["citations"])) == ("de", False)


def test_the_events_of_a_question_come_in_order_and_end_with_the_answer(client: httpx.Client) -> None:
    with client.stream("POST", "/ask", json=ASKED, headers={"Accept": "text/event-stream"}) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        events = list(events_of(stream.iter_lines()))
    names = [name for name, _ in events]
    assert list(dict.fromkeys(names)) == ["understood", "found", "claim", "answer", "remembered"]
    told = dict(events)
    assert told["claim"]["sources"][0]["document_id"] == "japan/devices"
    assert unscored(told["answer"]) == unscored(client.post("/ask", json=ASKED).json())


def test_what_fails_before_the_first_event_is_a_problem_and_no_stream(client: httpx.Client) -> None:
    refused = client.post("/ask", json={"question": "?"}, headers={"Accept": "text/event-stream"})
    assert (refused.status_code, refused.json()["code"]) == (422, "unclear-question")


class Slow(Assistant):
    """An assistant that waits at a gate after its first event."""

    def __init__(self, house: House, gate: threading.Event) -> None:
        terms = vocabulary()
        super().__init__(house.search, QuotingWriter(terms), Verifier(house.cache, terms), terms)
        self.gate, self.closed = gate, threading.Event()

    def ask(self, question: Question) -> Iterator[Event]:
        try:
            for event in super().ask(question):
                yield event
                self.gate.wait(PATIENCE)
        finally:
            self.closed.set()


@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_a_client_that_drops_its_question_gives_its_place_back(house: House, tmp_path: Path, accept: str) -> None:
    gate = threading.Event()
    slow = Slow(house, gate)
    app = replace(peopled(house, tmp_path / "accounts.sqlite"), assistant=slow)
    with served(api_of(app)) as url:
        door = ApiDoor(app, f"{url}{PATH}")
        with door.client(door.token()) as client:
            if accept == "application/json":
                with pytest.raises(httpx.ReadTimeout):
                    client.post("/ask", json=ASKED, timeout=0.5)
            else:
                with client.stream("POST", "/ask", json=ASKED, headers={"Accept": accept}) as stream:
                    next(stream.iter_lines())
        gate.set()
        assert slow.closed.wait(PATIENCE)
        with door.client(door.token()) as client:
            assert client.post("/ask", json=ASKED).status_code == 200
    while not (answers := app.journal.answers(app.journal.today(), app.journal.today())):
        time.sleep(0.01)
    assert len(answers) == 1  # the dropped one is nobody's
    for store in (app.journal, app.accounts):
        store.close()


def test_the_journal_keeps_of_a_question_what_it_keeps_of_the_chats(door: ApiDoor, client: httpx.Client) -> None:
    declined = client.post("/ask", json=UNKNOWN | {"session": "k1"})
    rated = client.post("/feedback", json={"answer": declined.headers["market-entry-answer"], "verdict": "incomplete"})
    assert rated.json()["verdict"] == "incomplete"
    [held] = door.app.journal.held("k1")
    assert held["door"] == "api"
    assert held["outcome"] == "not-in-library"
    assert "patent" in held["question"]
    assert "erika" not in str(held).lower()
    assert "k1" not in str((door.app.home / "journal.sqlite").read_bytes())
    erased = client.post("/erase", json={"session": "k1"}).json()
    assert erased["erased"]["answers"] == 1
    assert erased["receipt"]
    assert door.app.journal.held("k1") == []


@pytest.mark.parametrize(
    ("keep", "said", "kept"),
    [
        (KeepQuestions.DECLINED, None, True),
        (KeepQuestions.DECLINED, False, False),
        (KeepQuestions.CONSENTED, None, False),
        (KeepQuestions.CONSENTED, True, True),
        (KeepQuestions.NEVER, True, False),
    ],
)
def test_the_wording_is_kept_only_as_the_person_has_said(
    door: ApiDoor, client: httpx.Client, keep: KeepQuestions, said: bool | None, kept: bool
) -> None:
    door.app.journal.keep = keep
    answer = client.post("/ask", json=UNKNOWN | {"session": "k", "keep_wording": said})
    client.post("/feedback", json={"answer": answer.headers["market-entry-answer"], "verdict": "helpful"})
    held = door.app.journal.held("k")
    assert any(one["question"] for one in held) is kept
    assert bool(held) is (said is not False)


def test_the_metrics_count_what_programs_ask_apart(client: httpx.Client) -> None:
    def asked(door: Door) -> float:
        return REGISTRY.get_sample_value("market_entry_asked_total", {"door": door.value}) or 0

    before = {door: asked(door) for door in Door}
    client.post("/ask", json=ASKED)
    assert {door: asked(door) - before[door] for door in Door} == {door: int(door is Door.API) for door in Door}


def test_an_answer_that_is_not_remembered_cannot_be_rated(client: httpx.Client) -> None:
    refused = client.post("/feedback", json={"answer": "nobody's", "verdict": "wrong"})
    assert (refused.status_code, refused.json()["code"]) == (404, "unknown-answer")


def test_questions_that_come_at_once_are_all_answered_in_their_turn(door: ApiDoor) -> None:
    token = door.token()
    statuses: list[int] = []

    def ask() -> None:
        with door.client(token) as client:
            statuses.append(client.post("/ask", json=ASKED).status_code)

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 12
