"""Gradio's queue with an end, over a page of each kind of part that ours has."""

from __future__ import annotations

import asyncio
from functools import cache

import gradio as gr
import pytest
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event
from gradio.server_messages import ProcessGeneratingMessage
from starlette.requests import Request

from assistant.texts import say
from pages.chat.queue import BoundedQueue, QueueLimits
from pages.shared.admission import Admission, Crowded
from tests.conftest import Clock

FRESH = ["Who files?", "en", ["japan"], True, ["{}"]]
MOST = 8


@cache
def page() -> gr.Blocks:
    blocks: gr.Blocks
    with gr.Blocks() as blocks:
        question = gr.Textbox()
        language = gr.Radio([("English", "en"), ("Deutsch", "de")])
        markets = gr.CheckboxGroup(["japan", "brazil"])
        keeping = gr.Checkbox()
        turns = gr.BrowserState([])
        values = [question, language, markets, keeping, turns]
        question.submit(lambda *_: None, values, concurrency_limit=None)
        language.input(lambda *_: None, values)
    blocks.queue()
    return blocks


class Door:
    """A queue that is not worked off unless it is asked to be."""

    def __init__(self, admission: Admission | None = None, **limits: float) -> None:
        self.clock = Clock()
        full = (admission or Admission(100, 0, 12)).full
        self.queue = BoundedQueue(page(), MOST, 60, full, QueueLimits(**limits), self.clock)  # type: ignore[arg-type]

    def push(
        self, session: str = "a", address: str = "192.0.2.1", length: int = 100, **changes: object
    ) -> tuple[bool, str]:
        """Send an event; returns whether it was taken, and its id or why not."""
        headers = [(b"content-length", str(length).encode())]
        request = Request({"type": "http", "client": (address, 1), "headers": headers})
        sent = {"data": FRESH, "fn_index": 0, "session_hash": session} | changes
        body = PredictBodyInternal(**sent, request=request)
        try:
            taken, event_id, state = asyncio.run(self.queue.push(body, request, None))
        except Crowded as crowded:
            return False, str(crowded)
        return taken, str(event_id if taken else state)

    def event(self, event_id: str) -> Event:
        return self.queue.event_ids_to_events[event_id]

    def tell(self, event_id: str, characters: int) -> None:
        message = ProcessGeneratingMessage(output={"data": ["x" * characters]}, success=True)
        self.queue.send_message(self.event(event_id), message)

    def sessions(self) -> set[str]:
        return set(self.queue.pending_messages_per_session)


@pytest.mark.parametrize(
    "changes",
    [
        {"data": ["Who?", "xx", [], True, []]},
        {"data": ["Who?", "en", ["atlantis"], True, []]},
        {"data": ["Who?", "en", "japan", True, []]},
        {"data": ["Who?", "en", [], "yes", []]},
        {"data": ["Who?", "en", [], True, {"path": "/etc/passwd"}]},
        {"data": ["Who?", "en", [], True, [["x"]]]},
        {"data": ["Who?", "en", [], True, ["{}"] * 1000]},
        {"data": [{"text": "Who?"}, "en", [], True, []]},
        {"data": [7, "en", [], True, []]},
        {"data": []},
        {"fn_index": 7},
        {"fn_index": None},
        {"batched": True},
        {"simple_format": True},
        {"session_hash": "../a"},
        {"session_hash": "a" * 65},
        {"session_hash": ""},
        {"session_hash": None},
        {"session_hash": "\ud800"},
    ],
)
def test_what_is_no_event_of_the_page_is_refused_before_anything_is_kept_of_it(changes: dict[str, object]) -> None:
    door = Door()
    assert door.push(**changes) == (False, "error")  # type: ignore[arg-type]
    assert not door.sessions()
    assert not door.queue.event_ids_to_events


def test_an_event_of_the_page_is_taken_also_with_nothing_chosen() -> None:
    door = Door()
    assert door.push()[0]
    assert door.push(data=["", None, [], False, None], trigger_id=0)[0]  # of the page itself, when it is opened


def test_what_goes_beside_an_event_and_the_page_does_not_need_is_not_kept() -> None:
    door = Door()
    body = door.event(door.push(event_data={"x": ["y"] * 1000}, oauth_token="z" * 1000)[1]).data
    assert body is not None
    assert (body.event_data, body.oauth_token) == (None, None)


def test_a_session_that_fetches_nothing_for_thirty_seconds_is_dropped_and_its_events_end() -> None:
    door = Door()
    event_id = door.push()[1]
    event = door.event(event_id)
    door.clock.now += 29
    asyncio.run(door.queue.drop_unheard())
    assert door.sessions() == {"a"}
    door.clock.now += 2
    asyncio.run(door.queue.drop_unheard())
    assert not door.sessions()
    assert not event.alive
    assert not door.queue.event_ids_to_events
    assert not door.queue.pending_event_ids_session
    assert len(door.queue) == 0


def test_one_that_fetches_is_kept_however_long_it_takes() -> None:
    door = Door()
    event_id = door.push()[1]
    for _ in range(100):
        door.tell(event_id, 10)
        while not door.queue.pending_messages_per_session["a"].empty():
            door.queue.pending_messages_per_session["a"].get_nowait()
        door.clock.now += 25
        asyncio.run(door.queue.drop_unheard())
    assert door.sessions() == {"a"}
    assert door.queue.unheard == 0


def test_of_a_session_so_much_is_kept_unheard_and_then_it_is_dropped() -> None:
    door = Door(unheard_of_session=1000)
    event_id = door.push()[1]
    event = door.event(event_id)
    door.tell(event_id, 900)
    assert (door.queue.unheard, event.alive) == (900, True)
    door.tell(event_id, 200)
    assert (door.queue.unheard, event.alive) == (0, False)
    door.queue.send_message(event, ProcessGeneratingMessage(output={"data": ["x"]}, success=True))
    assert not door.sessions()


def test_of_all_together_so_much_is_kept_and_what_waits_longest_is_dropped_first() -> None:
    door = Door(unheard=1000)
    for session in ("a", "b", "c"):
        door.tell(door.push(session)[1], 400)
        door.clock.now += 1
    assert door.sessions() == {"b", "c"}
    assert door.queue.unheard == 800


def test_so_many_events_of_a_session_wait_at_once() -> None:
    door = Door(events_of_session=2)
    assert [door.push()[0] for _ in range(3)] == [True, True, False]
    assert door.push("b")[0]


def test_so_much_of_requests_is_held_at_once() -> None:
    door = Door(held=1000)
    assert door.push("a", length=800)[0]
    assert door.push("b", "198.51.100.7", length=300) == (False, say("en", "unreachable"))
    assert door.push("c", "198.51.100.7", length=100)[0]


def test_one_address_with_ever_new_sessions_leaves_room_for_others() -> None:
    door = Door()
    taken = [door.push(f"s{number}")[0] for number in range(MOST)]
    assert taken.count(True) == MOST * 3 // 4
    assert door.push("other", "198.51.100.7")[0]


def test_a_question_without_a_place_is_refused_and_what_needs_none_is_taken() -> None:
    door = Door(Admission(1, 2, 12))
    assert [door.push(f"s{number}", f"192.0.2.{number}")[0] for number in range(4)] == [True, True, True, False]
    assert door.push("late", fn_index=1)[0]


def test_a_question_that_is_over_makes_room_for_the_next() -> None:
    door = Door(Admission(1, 0, 12))
    event_id = door.push("a")[1]
    assert not door.push("b")[0]
    asyncio.run(door.queue.remove_from_queue(event_id))
    assert door.push("b")[0]


def test_turns_go_round_by_address() -> None:
    door = Door()
    door.queue.active_jobs = [None] * 4
    pushed = [door.push(f"s{number}")[1] for number in range(5)] + [door.push("other", "198.51.100.7")[1]]
    order = []
    for place in range(3):
        found = door.queue.get_events()
        assert found is not None
        door.queue.active_jobs[place] = found[0]
        order.append(found[0][0]._id)
    assert order == [pushed[0], pushed[5], pushed[1]]


def test_as_long_as_nobody_waits_an_address_is_held_to_nothing() -> None:
    door = Door(held=1000)
    event_id = door.push("a", length=700)[1]
    [waiting] = door.queue.event_queue_per_concurrency_id.values()
    waiting.queue.clear()  # it is at work
    assert door.event(event_id)
    assert door.push("b", length=200)[0]
