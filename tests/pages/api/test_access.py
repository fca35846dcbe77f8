"""Which keys may do what, how often, and what others are told."""

from __future__ import annotations

from datetime import date

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from assistant.accounts.keys import Scope
from pages.api.access import KeyPace
from pages.api.site import ApiVersion, ensure_keyed
from pages.shared.rate_limit import TooOften
from tests.conftest import PATIENCE, Clock
from tests.pages.api.conftest import ApiDoor

ASKED = {"question": "Who reviews devices in Japan?"}


def is_a_problem(answer: httpx.Response, status: int, code: str) -> bool:
    told = answer.json()
    return (
        answer.headers["content-type"] == "application/problem+json"
        and (answer.status_code, told["status"], told["code"]) == (status, status, code)
        and bool(told["title"] and told["detail"])
        and answer.headers["api-version"] == "1.0"
    )


def test_without_a_key_or_with_a_wrong_or_revoked_one_nothing_is_answered(door: ApiDoor) -> None:
    revoked = door.token()
    door.app.keys.revoke(1, who="test")
    for token in ("", "mek_wrong", revoked, "ü"):
        headers = {b"Authorization": f"Bearer {token}".encode()} if token else {}
        refused = httpx.post(f"{door.url}/ask", json=ASKED, headers=headers, timeout=PATIENCE)
        assert is_a_problem(refused, 401, "key-refused")
        assert refused.headers["www-authenticate"] == "Bearer"
    for other in ({"Authorization": "Basic YTpi"}, {"Cookie": "market-entry=x"}):
        assert httpx.get(f"{door.url}/documents", headers=other, timeout=PATIENCE).status_code == 401


def test_a_key_does_what_its_scope_says_and_nothing_else(door: ApiDoor) -> None:
    asks, reads = door.client(door.token(Scope.ASK)), door.client(door.token(Scope.READ))
    assert asks.post("/ask", json=ASKED).status_code == reads.get("/documents").status_code == 200
    refused = reads.post("/ask", json=ASKED, headers={"Accept-Language": "de"})
    assert is_a_problem(refused, 403, "scope-lacking")
    assert "„ask“" in refused.json()["detail"]
    assert is_a_problem(asks.post("/search", json={"query": "fees"}), 403, "scope-lacking")


def test_a_key_reads_what_anybody_may_unless_it_works_in_the_name_of_an_account(door: ApiDoor) -> None:
    public, staff = door.client(door.token()), door.client(door.token(account="ada"))
    notes = "/documents/japan/staff-notes"
    assert is_a_problem(public.get(notes), 404, "no-such-page")
    assert "secret telephone list" in staff.get(notes).text
    asked = {"query": "the secret telephone list of the ministry"}
    assert "secret" not in public.post("/search", json=asked).text
    assert "secret" in staff.post("/search", json=asked).text
    assert "japan/staff-notes" not in public.get("/documents").text
    door.app.accounts.disable("ada", who="test")
    assert is_a_problem(staff.get(notes), 401, "key-refused")


def test_a_key_that_comes_too_often_is_told_when_to_come_back(door: ApiDoor) -> None:
    client = door.client(door.token(a_minute=2))
    assert [client.post("/ask", json=ASKED).status_code for _ in range(2)] == [200, 200]
    refused = client.post("/ask", json=ASKED)
    assert is_a_problem(refused, 429, "too-often")
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert refused.headers["retry-after"] in refused.json()["detail"]
    assert client.get("/documents").status_code == 200  # which costs less, and may be done more often
    assert door.client(door.token(a_minute=2)).post("/ask", json=ASKED).status_code == 200


def test_an_agent_that_asks_ten_thousand_times_is_held_to_its_pace_and_costs_no_answers(door: ApiDoor) -> None:
    clock = Clock()
    door.token(a_minute=60)
    [key] = door.app.keys.all()
    pace = KeyPace(clock)
    let_in, waits = 0, []
    for _ in range(10_000):
        try:
            pace.admit(key, asks=True)
            let_in += 1
        except TooOften as refusal:
            waits.append(refusal.seconds)
        clock.now += 0.01
    assert let_in == 60 * 2  # in 100 seconds
    assert max(waits) <= 60


def test_what_cannot_be_read_says_where(client: httpx.Client) -> None:
    refused = client.post("/ask", json={"question": 7, "who": "me"})
    assert is_a_problem(refused, 422, "unreadable")
    assert [one["where"] for one in refused.json()["errors"]] == ["body/question", "body/who"]
    assert is_a_problem(
        client.post("/ask", content=b"{", headers={"Content-Type": "application/json"}), 422, "unreadable"
    )
    assert is_a_problem(client.post("/ask", content=iter([b"{}"])), 411, "length-required")
    assert is_a_problem(client.post("/ask", content=b" " * (2**20 + 1)), 413, "request-entity-too-large")
    assert is_a_problem(client.get("/nothing"), 404, "not-found")
    assert is_a_problem(client.get("/ask"), 405, "method-not-allowed")
    unknown = client.post("/ask", json={"question": "Fees?", "markets": ["atlantis"]})
    assert is_a_problem(unknown, 422, "unknown-code")
    assert "atlantis" in unknown.json()["detail"]
    assert is_a_problem(client.post("/ask", json={"question": "?!"}), 422, "unclear-question")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/ask", rb'{"question": "\ud800 Fees in Japan?", "session": "\udfff"}'),
        ("/ask", rb'{"question": "Fees?", "markets": ["\ud800"]}'),
        ("/ask", rb'{"question": "Fees?", "\ud800": 1}'),
        ("/feedback", rb'{"answer": "\ud800", "verdict": "wrong"}'),
        ("/chat/completions", rb'{"model": "\ud800", "messages": [{"role": "user", "content": "\ud800"}]}'),
        ("/ask", b'{"question": ' + b"[" * 900 + b"]" * 900 + b"}"),
        ("/ask", b"[" * 100_000),
        ("/ask", b"\xff\xfe"),
    ],
)
def test_what_no_text_can_hold_is_left_out_or_refused_and_breaks_nothing(
    client: httpx.Client, path: str, body: bytes
) -> None:
    answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (200, 400, 404, 422), answer.text
    assert answer.json()


def test_a_page_of_another_site_cannot_send_with_a_key_that_its_browser_has(client: httpx.Client) -> None:
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert is_a_problem(client.post("/ask", json=ASKED, headers=headers), 403, "foreign-form")


def test_a_route_that_forgets_to_say_which_keys_may_use_it_is_not_served() -> None:
    router = APIRouter()

    @router.get("/forgotten")
    def forgotten() -> None: ...

    assert isinstance(router.routes[0], APIRoute)
    with pytest.raises(RuntimeError, match="does not say which keys"):
        ensure_keyed(router)


def test_a_version_that_ends_says_so_in_headers() -> None:
    old = ApiVersion("1.0", deprecated=date(2027, 1, 15), ends=date(2028, 1, 15))
    assert old.headers == {
        "API-Version": "1.0",
        "Deprecation": "@1799971200",
        "Sunset": "Sat, 15 Jan 2028 00:00:00 GMT",
    }
