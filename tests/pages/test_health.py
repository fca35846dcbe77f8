"""What machines ask of a server, over real sockets."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from assistant.app import App, Chat
from assistant.model.budget import Budget, WithinBudget
from assistant.model.chat_model import Usage
from corpus.catalogue.catalogue import Catalogue
from index.circuit_breaker import CircuitBreaker
from tests.conftest import PATIENCE, House, installation, served
from tests.endurance.visitors import Ended, Visitors
from tests.serving import serving_with
from ui import web

KNOWN = "Do we need a local representative to sell a class II device in Japan?"


@dataclass
class Server:
    """A server as people start it, and what it has written to its log so far."""

    address: str
    log: Path

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines() if line.startswith("{")]

    def figures(self) -> dict[str, float]:
        text = httpx.get(f"{self.address}/metrics", timeout=PATIENCE).text
        return {
            sample.name + "".join(f" {value}" for key, value in sample.labels.items() if key != "le"): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


@pytest.fixture(scope="module")
def server(shipped_as_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("health")
    home = folder / "home"
    shutil.copytree(shipped_as_built, home)
    settings = {
        "MARKET_ENTRY_QUESTIONS_A_MINUTE": "3",
        "MARKET_ENTRY_TRUSTED_PROXY": "127.0.0.1",
        "MARKET_ENTRY_METRICS_FROM": "192.0.2.0/24",
    }
    with (folder / "log").open("w") as log, serving_with(settings, home, log=log) as address:
        yield Server(address, folder / "log")


@pytest.mark.servers
def test_a_server_that_can_answer_is_ready(server: Server) -> None:
    answer = httpx.get(f"{server.address}/readyz", timeout=PATIENCE)
    assert (answer.status_code, answer.json()) == (HTTPStatus.OK, {"status": "ready"})


@pytest.mark.servers
def test_an_answer_is_one_line_of_the_log_with_no_word_of_it_and_counted_in_the_metrics(server: Server) -> None:
    before = server.figures()
    visit = asyncio.run(Visitors(server.address).ask(KNOWN, "sessionofana"))
    assert visit.ended is Ended.ANSWERED
    [line] = [line for line in server.lines() if line["message"] == "answered"]
    assert line["outcome"] == "grounded"
    assert line["language"] == "en"
    assert line["claims"]
    assert line["passages"]
    assert line["model"] == {"calls": 0, "tokens_in": 0, "tokens_out": 0}
    seconds = line["seconds"]
    assert isinstance(seconds, dict)
    assert seconds["understood"] <= seconds["found"] <= seconds["first_claim"] <= seconds["whole"]
    assert len(str(line["request"])) == 16
    written = json.dumps(server.lines())
    assert not [told for told in ("representative", "sessionofana", "127.0.0.1") if told in written]
    after = server.figures()
    for name in ("answers_total grounded", "first_claim_seconds_count", "answer_seconds_count"):
        assert after[f"market_entry_{name}"] == before.get(f"market_entry_{name}", 0) + 1
    assert after["market_entry_documents_published"] > 50
    assert after["market_entry_disk_free_bytes"] > 0
    assert after["market_entry_index_age_seconds"] > 0
    assert after["market_entry_handoffs_waiting"] == 0
    assert after["market_entry_waiting"] == 0


@pytest.mark.servers
def test_whoever_asks_too_often_is_told_politely_logged_and_counted(server: Server) -> None:
    visitors = Visitors(server.address)

    async def ask() -> list[Ended]:
        return [(await visitors.ask(KNOWN, "sessionofben")).ended for _ in range(4)]

    assert asyncio.run(ask()) == [Ended.ANSWERED] * 3 + [Ended.REFUSED]
    assert server.figures()["market_entry_refused_total TooOften"] == 1
    [line] = [line for line in server.lines() if line["message"] == "refused"]
    assert line["reason"] == "TooOften"


@pytest.mark.servers
def test_what_the_web_server_has_to_tell_stands_in_the_same_log(server: Server) -> None:
    host, _, port = server.address.rpartition("//")[2].partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(b"this is no request\r\n\r\n")
        connection.recv(1000)
    assert "uvicorn.error" in [line["from"] for line in server.lines()]


@pytest.mark.servers
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, HTTPStatus.OK),
        ({"X-Forwarded-For": "198.51.100.7"}, HTTPStatus.FORBIDDEN),
        ({"X-Forwarded-For": "127.0.0.1"}, HTTPStatus.FORBIDDEN),
        ({"X-Forwarded-For": "192.0.2.9"}, HTTPStatus.OK),
        ({"X-Forwarded-For": "192.0.2.9, 198.51.100.7"}, HTTPStatus.FORBIDDEN),
        ({"Via": "1.1 proxy"}, HTTPStatus.FORBIDDEN),
    ],
)
def test_metrics_are_for_this_machine_and_for_the_addresses_in_the_settings(
    server: Server, headers: dict[str, str], status: HTTPStatus
) -> None:
    answer = httpx.get(f"{server.address}/metrics", headers=headers, timeout=PATIENCE)
    assert answer.status_code == status
    assert ("market_entry_waiting" in answer.text) is (status == HTTPStatus.OK)


def test_with_a_chat_model_the_metrics_tell_whether_it_is_left_alone_and_what_it_has_cost(
    small: App, tmp_path: Path
) -> None:
    circuit, budget = CircuitBreaker(1), Budget(tmp_path / "budget.sqlite", (2.0, 8.0), 50.0)
    circuit.failed()
    budget.add(1_000_000, 500_000, estimated=False)
    chat = Chat(WithinBudget(Silent(), budget), circuit, budget)
    with served(web(replace(small, chat=chat))) as address:
        figures = Server(address, tmp_path / "none").figures()
    assert figures["market_entry_model_left_alone"] == 1
    assert figures["market_entry_model_spent"] == pytest.approx(6.0)
    assert figures["market_entry_model_budget"] == 50
    budget.close()


class Silent:
    """A chat model that nobody asks."""

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        raise AssertionError(prompt)


@pytest.fixture
def small(house: House, tmp_path: Path) -> Iterator[App]:
    app = installation(house, tmp_path / "accounts.sqlite")
    yield app
    app.accounts.close()


def ready(app: App) -> tuple[int, list[str]]:
    with served(web(app)) as address:
        answer = httpx.get(f"{address}/readyz", timeout=PATIENCE)
    return answer.status_code, answer.json().get("problems", [])


def test_without_an_index_a_server_is_alive_and_not_ready_and_says_why(small: App) -> None:
    shutil.rmtree(small.home / "index")
    small.index._open = None
    assert ready(small) == (HTTPStatus.SERVICE_UNAVAILABLE, ["there is no index that can be searched"])
    with served(web(small)) as address:
        assert httpx.get(f"{address}/healthz", timeout=PATIENCE).status_code == HTTPStatus.OK


def test_without_a_catalogue_it_is_not_ready_and_tells_strangers_no_path(small: App, tmp_path: Path) -> None:
    broken = Catalogue(tmp_path / "broken.sqlite")
    broken.close()
    (tmp_path / "broken.sqlite").write_bytes(b"overwritten" * 1000)
    for file in tmp_path.glob("broken.sqlite-*"):
        file.unlink()
    assert ready(replace(small, catalogue=broken)) == (
        HTTPStatus.SERVICE_UNAVAILABLE,
        ["the catalogue cannot be read"],
    )


def test_a_page_that_is_asked_for_too_often_says_when_to_come_back(small: App) -> None:
    with served(web(small)) as address, httpx.Client(base_url=address, timeout=PATIENCE) as client:
        asked = {"market": "japan", "language": "it"}  # nothing is made of it, and that is quickly told
        answers = [client.get("/plan", params=asked) for _ in range(121)]
    assert {answer.status_code for answer in answers[:120]} == {HTTPStatus.UNPROCESSABLE_ENTITY}
    refused = answers[-1]
    assert refused.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert "riprovate tra un minuto" in refused.text
