"""What a running server writes to its log when strangers send what no page sends: nothing of it, and no traceback."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.conftest import PATIENCE
from tests.endurance.visitors import Visitors
from tests.serving import serving_with

pytestmark = pytest.mark.servers

MARK = "zyzzyva7781"
QUESTION = "Do we need a local representative to sell a class II device in Japan?"


@pytest.fixture(scope="module")
def door(shipped_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server's address, and the file of its log."""
    path = tmp_path_factory.mktemp("log") / "log"
    with path.open("w") as log, serving_with({}, shipped_home, log=log) as address:
        log.flush()
        path.write_text("")  # what it said while it started
        yield address, path


def logged(path: Path) -> list[dict[str, object]]:
    """The lines of a log, each of which is JSON."""
    return [json.loads(line) for line in path.read_text("utf-8").replace("\0", "").splitlines() if line]


def event(address: str) -> dict[str, object]:
    """A question as a fresh page sends it."""
    return Visitors(address).sent(QUESTION, "stranger")


def bad_events(address: str) -> Iterator[object]:
    good = event(address)
    values = good["data"]
    assert isinstance(values, list)
    for place, value in enumerate(values):
        for bad in (MARK, [MARK], {"path": MARK}, [[MARK]], 7, {MARK: MARK}):
            if type(bad) is not type(value) or value not in ("", []):
                yield good | {"data": [*values[:place], bad, *values[place + 1 :]]}
    for session in (f"../{MARK}", MARK * 50, f"{MARK}\n{{}}", "", None, [MARK]):
        yield good | {"session_hash": session}
    for fn_index in (-1, 10**9, MARK, None):
        yield good | {"fn_index": fn_index}
    yield good | {"data": MARK}
    yield good | {"trigger_id": MARK, "event_data": {MARK: MARK}}
    yield good | {"batched": True, "event_id": MARK}
    yield [MARK]


def test_events_that_no_page_sends_are_refused_and_leave_nothing_in_the_log(door: tuple[str, Path]) -> None:
    address, log = door
    with httpx.Client(base_url=f"{address}/gradio_api", timeout=PATIENCE) as stranger:
        for sent in bad_events(address):
            joined = stranger.post("/queue/join", json=sent)
            if joined.status_code == httpx.codes.OK:  # it is text where text belongs
                with stranger.stream("GET", "/queue/data", params={"session_hash": "stranger"}) as answer:
                    answer.read()
        for session in (MARK, f"../{MARK}", "", MARK * 99):
            assert stranger.get("/queue/data", params={"session_hash": session}).status_code == httpx.codes.OK
        for path, body in (("cancel", {"session_hash": MARK, "fn_index": 1, "event_id": MARK}), ("reset", {})):
            assert stranger.post(f"/{path}", json=body).status_code < 500
        for raw in (b"{" + MARK.encode(), b'{"data":"\\ud800' + MARK.encode() + b'"}', b"\xff" + MARK.encode()):
            headers = {"content-type": "application/json"}
            assert stranger.post("/queue/join", content=raw, headers=headers).status_code < 500
    told = log.read_text("utf-8")
    assert MARK not in told
    assert "raceback" not in told
    assert [line for line in logged(log) if line["level"] != "info"] == []


def test_forms_and_addresses_that_no_page_sends_leave_nothing_in_the_log(door: tuple[str, Path]) -> None:
    address, log = door
    bad = {"language": MARK, "market": MARK, "product": MARK, "home": MARK, "words": MARK, "area": MARK, "topic": MARK}
    bad |= {"since": MARK, "order": MARK, "number": MARK, "question": MARK, "risk_class": MARK, "cluster": MARK}
    headers = {"Accept-Language": MARK, "Cookie": f"market-entry={MARK}", "X-Forwarded-For": MARK}
    with httpx.Client(base_url=address, timeout=PATIENCE, headers=headers) as stranger:
        for path in ("/", "/compare", "/plan", "/library", "/contact", f"/library/{MARK}", "/staff/", f"/{MARK}"):
            for query in (bad, {"language": MARK}, {**bad, "number": "1", "since": ""}):
                assert stranger.get(path, params=query).status_code < 500
            assert stranger.post(path, data=bad).status_code < 500
        for path in ("/feedback", "/best-practice/", "/staff/sign-in"):
            assert stranger.post(path, data=bad).status_code < 500
    told = log.read_text("utf-8")
    assert MARK not in told
    assert "raceback" not in told


@pytest.mark.parametrize(
    "path", ["/feedback", "/gradio_api/queue/join", "/contact", "/best-practice/", "/staff/sign-in"]
)
def test_a_form_whose_sender_goes_away_leaves_no_traceback(door: tuple[str, Path], path: str) -> None:
    address, log = door
    there = urlsplit(address)
    head = f"POST {path} HTTP/1.1\r\nHost: {there.netloc}\r\nContent-Length: 1000\r\n"
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        with socket.create_connection((str(there.hostname), int(there.port or 0)), PATIENCE) as connection:
            connection.sendall(f"{head}Content-Type: {kind}\r\n\r\n{MARK}".encode())
    with socket.create_connection((str(there.hostname), int(there.port or 0)), PATIENCE) as connection:
        connection.sendall(f"GET /{MARK} HTTP/9.9\r\n{MARK}\r\n\r\n".encode())
        with suppress(OSError):
            connection.recv(100)
    assert httpx.get(f"{address}/healthz", timeout=PATIENCE).status_code == httpx.codes.OK
    assert MARK not in log.read_text("utf-8")
    assert "raceback" not in log.read_text("utf-8")
    assert logged(log) is not None
