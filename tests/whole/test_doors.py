"""Every route that there is, asked of the application itself: what the chat page does not need is not served."""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from assistant.app import App
from assistant.assistant import Assistant, Event
from assistant.texts import say
from assistant.understand.questions import Question
from assistant.verify.verification import Verifier
from assistant.write.quoting_writer import QuotingWriter
from tests.conftest import PATIENCE, TODAY, free_port, served
from tests.endurance.visitors import Visitors
from tests.staff_pages import Browser
from tests.whole.conftest import with_people
from ui import web

# What the chat page asks of Gradio, as a browser that uses all of it was seen to do, and what its script asks when the
# connection was lost.
NEEDED = {
    *(("GET", path) for path in ("/", "/config", "/config/", "/theme.css", "/favicon.ico", "/robots.txt")),
    *(("GET", path) for path in ("/manifest.json", "/assets/{path:path}", "/static/{path:path}")),
    *(("GET", f"/gradio_api/{path}") for path in ("queue/data", "heartbeat/{session_hash}", "app_id", "info")),
    *(("POST", f"/gradio_api/{path}") for path in ("queue/join", "cancel", "reset")),
    ("HEAD", "/"),
}


@pytest.fixture(scope="module")
def door(shipped: App, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with with_people(shipped, tmp_path_factory.mktemp("door")) as app, served(web(app)) as url:
        yield url


def routes_of_gradio(app: App) -> set[tuple[str, str]]:
    [chat] = [route for route in web(app).routes if isinstance(route, Mount) and not route.path]
    return {
        (method, route.path)
        for route in iter_route_contexts(chat.routes)
        for method in route.methods or ()
        if isinstance(route.path, str)
    }


def test_of_gradios_routes_only_those_that_the_page_needs_are_served(app: App, door: str) -> None:
    routes = routes_of_gradio(app)
    assert len(routes) > 60
    assert routes >= NEEDED - {("GET", "/config/")}
    browser = Browser(door)
    browser.sign_in("anna")  # nobody may, whoever it is
    for method, path in sorted(routes - NEEDED):
        address = re.sub(r"{[^}]*}", "0" * 12, path)
        answer = browser.client.request(method, address, json={} if method == "POST" else None)
        assert answer.status_code == 404, f"{method} {path}: {answer.status_code}"


def test_no_file_of_this_machine_is_given_away_and_nothing_is_fetched_for_others(app: App, door: str) -> None:
    assert (app.home / "catalogue.sqlite").exists()
    wanted = [str(app.home / "catalogue.sqlite"), "/etc/passwd", "pyproject.toml", f"http://127.0.0.1:{free_port()}/"]
    ways = (
        "gradio_api/file={}",
        "file={}",
        "gradio_api/file/{}",
        "gradio_api/proxy={}",
        "proxy={}",
        "static/{}",
        "assets/{}",
    )
    ups = ("", "../" * 12, "%2e%2e/" * 12, "..%2f" * 12, "//")
    with httpx.Client(base_url=door, timeout=PATIENCE) as stranger:
        for way in ways:
            for want in wanted:
                for up in ups:
                    address = "/" + way.format(up + (want if way.startswith(("static", "assets")) else quote(want)))
                    answer = stranger.get(address)
                    assert answer.status_code in (400, 403, 404), address
                    assert "root:" not in answer.text
                    assert str(app.home) not in answer.text


def test_nobody_uploads_anything(door: str) -> None:
    folder = Path(tempfile.gettempdir()) / "gradio"
    before = set(folder.rglob("*"))
    for path in ("gradio_api/upload", "gradio_api/upload/", "upload", "gradio_api/process_recording"):
        answer = httpx.post(f"{door}/{path}", files={"files": ("a.txt", b"x" * 9)}, timeout=PATIENCE)
        assert answer.status_code in (404, 405), path
    assert set(folder.rglob("*")) == before


def test_what_is_sent_to_the_chat_is_of_a_size_that_is_said_beforehand(door: str) -> None:
    join = f"{door}/gradio_api/queue/join"
    assert httpx.post(join, content=b"{" + b" " * (256 * 2**10), timeout=PATIENCE).status_code == 413
    assert httpx.post(join, content=iter([b"{}"]), timeout=PATIENCE).status_code == 411


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"data": [], "fn_index": 10**6, "session_hash": "x"},
        {"data": [], "fn_index": -1, "session_hash": "x"},
        {"data": [None] * 99, "fn_index": 0, "session_hash": "../x"},
        {
            "data": [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}] * 8,
            "fn_index": 0,
            "session_hash": "x",
        },
        {"data": "\ud800", "fn_index": 0, "session_hash": "\ud800"},
        [[[[]]]],
    ],
)
def test_an_event_that_no_page_sends_is_refused_or_fails_without_a_word_of_our_insides(door: str, sent: object) -> None:
    headers = {"Content-Type": "application/json"}
    with httpx.Client(base_url=door, timeout=PATIENCE) as stranger:
        joined = stranger.post("/gradio_api/queue/join", content=json.dumps(sent), headers=headers)
        told = joined.text
        if joined.status_code == 200 and isinstance(sent, dict):
            query = {"session_hash": str(sent["session_hash"])}
            with stranger.stream("GET", "/gradio_api/queue/data", params=query) as events:
                told += next((line for line in events.iter_lines() if "process_completed" in line), "")
        assert joined.status_code < 500
        assert "Traceback" not in told
        assert "root:" not in told
        assert str(Path(__file__).parents[2]) not in told


def test_a_question_without_a_place_is_refused_in_our_words_before_gradio_reads_it(app: App) -> None:
    gate = threading.Event()
    settings = app.settings.model_copy(update={"waiting_at_most": 0})
    crowded = replace(app, settings=settings, assistant=Gated(app, gate))
    with served(web(crowded)) as door, httpx.Client(base_url=door, timeout=PATIENCE) as client:
        visitors = Visitors(door)
        for _ in range(4):  # as many as are answered at once
            assert asyncio.run(visitors.abandon("Who files?", [])) == 200
        sent = visitors.sent("Who files?", "late") | {"data": []}  # which Gradio would not take
        refused = client.post("/gradio_api/queue/join", json=sent, headers={"Accept-Language": "de-AT"})
        assert (refused.status_code, refused.json()) == (429, {"detail": say("de", "unreachable")})
        assert int(refused.headers["retry-after"]) > 0
        gate.set()
        while client.post("/gradio_api/queue/join", json=sent).status_code == 429:
            time.sleep(0.1)


class Gated(Assistant):
    """The assistant of an installation, that answers once a gate is open."""

    def __init__(self, app: App, gate: threading.Event) -> None:
        super().__init__(app.search, QuotingWriter(app.vocabulary), Verifier(app.cache, app.vocabulary), app.vocabulary)
        self._gate = gate

    def ask(self, question: Question) -> Iterator[Event]:
        self._gate.wait(PATIENCE)
        yield from super().ask(question)


def test_one_address_does_not_take_all_streams_and_leaves_them_free_when_it_goes(app: App) -> None:
    with served(web(app, connections=100)) as door, ExitStack() as stack:  # six of which are heartbeats
        streams = [stack.enter_context(heartbeat(door, number)) for number in range(6)]
        assert [stream.status_code for stream in streams] == [200] * 5 + [429]
        with heartbeat(door, 7, address="127.0.0.9") as other:
            assert other.status_code == 200
        assert httpx.get(f"{door}/library", timeout=PATIENCE).status_code == 200
        streams[0].close()
        while True:
            with heartbeat(door, 8) as again:
                if again.status_code == 200:
                    return


def heartbeat(door: str, number: int, address: str = "127.0.0.1") -> AbstractContextManager[httpx.Response]:
    client = httpx.Client(transport=httpx.HTTPTransport(local_address=address), timeout=PATIENCE)
    return client.stream("GET", f"{door}/gradio_api/heartbeat/page{number}")


def test_the_server_of_chroma_is_not_even_imported(app: App) -> None:
    app.search.find("fees in Japan", language="en", today=TODAY)
    assert "chromadb" in sys.modules
    assert [name for name in sys.modules if name.startswith(("chromadb.server", "chromadb.app"))] == []


def test_what_describes_the_page_holds_no_path_of_this_machine_and_offers_no_endpoint(app: App, door: str) -> None:
    told = {
        path: httpx.get(door + path, timeout=PATIENCE)
        for path in ("/", "/config", "/gradio_api/info", "/gradio_api/app_id")
    }
    for path, answer in told.items():
        assert str(Path(__file__).parents[2]) not in answer.text, path
        assert str(app.home) not in answer.text, path
    assert told["/gradio_api/info"].json() == {"named_endpoints": {}, "unnamed_endpoints": {}}
