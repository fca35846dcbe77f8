"""The library for agents, asked by the client of the official package: over stdio and over HTTP."""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from fastapi import FastAPI
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from assistant.accounts.keys import Scope
from assistant.app import App
from pages.api.doors import program_doors
from pages.api.mcp_server import PATH, over_http
from pages.shared.access import TrustedProxy
from pages.shared.admission import admission
from tests.conftest import PATIENCE, PROJECT, House, served
from tests.staff_pages import peopled

ASKED = "Does a foreign maker work through a Marketing Authorisation Holder (MAH) in Japan?"
Visit = Callable[[Client], Awaitable[Any]]


@dataclass
class AgentDoor:
    """The server over HTTP, and its installation."""

    app: App
    url: str

    def visit(self, visit: Visit, *scopes: Scope, account: str = "", a_minute: int = 100) -> Any:  # noqa: ANN401
        """Let a client with a key of these scopes do something."""
        _, token = self.app.keys.add("an agent", scopes, account=account, a_minute=a_minute, who="test")

        async def visiting() -> Any:  # noqa: ANN401
            headers = {"Authorization": f"Bearer {token}"}
            async with (
                httpx2.AsyncClient(headers=headers, timeout=PATIENCE) as http,
                Client(streamable_http_client(self.url, http_client=http)) as client,
            ):
                return await visit(client)

        return asyncio.run(visiting())


@pytest.fixture
def door(house: House, tmp_path: Path) -> Iterator[AgentDoor]:
    app = peopled(house, tmp_path / "accounts.sqlite")
    agents = over_http(program_doors(app, admission(app)))
    web = FastAPI(lifespan=agents.lifespan)
    web.router.routes.append(agents.route)
    web.add_middleware(TrustedProxy, settings=app.settings)
    with served(web) as url:
        yield AgentDoor(app, f"{url}{PATH}")
    for store in (app.journal, app.accounts):
        store.close()


@pytest.mark.servers
def test_over_stdio_an_agent_asks_reads_and_gets_the_sources(lean_as_built: Path, tmp_path: Path) -> None:
    home = shutil.copytree(lean_as_built, tmp_path / "home")
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "commands.cli", "mcp"],
        env={"MARKET_ENTRY_HOME": str(home), "PATH": "/usr/bin:/bin"},
        cwd=PROJECT,
    )

    async def session() -> None:
        async with Client(server) as client:
            tools = (await client.list_tools()).tools
            assert [tool.name for tool in tools] == ["ask", "search", "read", "compare", "plan"]
            assert all(tool.annotations and tool.annotations.read_only_hint and tool.output_schema for tool in tools)
            assert "japan" in (client.instructions or "")
            asked = "Do we need a local representative to sell a medical device in Japan?"
            answer = (await client.call_tool("ask", {"question": asked})).structured_content
            assert answer["declined"] is False
            cited = answer["citations"][0]
            assert cited["sources"][0]["url"].startswith("https://")
            document = (await client.call_tool("read", {"document_id": cited["document_id"]})).structured_content
            texts = {one["passage_id"]: one["text"] for one in document["passages"]}
            assert cited["quote"] in texts[cited["passage_id"]]
            plan = await client.call_tool("plan", {"market": "japan", "product": "devices"})
            assert plan.structured_content["filled"]
            [*resources] = (await client.list_resources()).resources
            assert {one.name for one in resources} == {"japan/devices-and-ivds", "japan/nutrition", "usa/nutrition"}
            [content] = (await client.read_resource(resources[0].uri)).contents
            assert "## Sources" in content.text  # type: ignore[union-attr]

    asyncio.run(session())


def test_over_http_an_agent_with_a_key_does_the_same_and_its_question_is_remembered(door: AgentDoor) -> None:
    async def visit(client: Client) -> None:
        answer = await client.call_tool("ask", {"question": ASKED, "language": "en"})
        assert answer.structured_content["outcome"] == "grounded"
        found = await client.call_tool("search", {"query": "review", "k": 1})
        assert found.structured_content["result"][0]["document_id"] == "japan/devices"
        compared = await client.call_tool("compare", {"markets": ["japan", "brazil"]})
        assert compared.structured_content["markets"] == ["japan", "brazil"]

    door.visit(visit, Scope.ASK, Scope.READ)
    today = door.app.journal.today()
    while not (answers := door.app.journal.answers(today, today)):
        time.sleep(0.01)
    assert [one.door for one in answers] == ["mcp"]


def test_what_cannot_be_done_is_an_error_in_the_products_words_and_no_crash(door: AgentDoor) -> None:
    async def visit(client: Client) -> None:
        for tool, arguments, sentence in (
            ("ask", {"question": "?!"}, "Please ask your question in words"),
            ("ask", {"question": "Fees?", "markets": ["atlantis"]}, "atlantis"),
            ("ask", {"question": "Fees?", "language": "xx"}, "language"),
            ("read", {"document_id": "../../etc/passwd"}, "mistyped"),
            ("read", {"document_id": "japan/staff-notes"}, "mistyped"),
            ("compare", {"markets": ["japan"]}, "two markets"),
            ("plan", {"market": "japan", "product": "toys"}, "toys"),
            ("erase", {}, "Unknown tool"),
        ):
            told = await client.call_tool(tool, arguments)
            assert told.is_error
            assert sentence in told.content[0].text, (tool, told.content)  # type: ignore[union-attr]
        for address in ("market-entry://documents/japan/staff-notes", "market-entry://documents/none"):
            with pytest.raises(MCPError, match="mistyped"):
                await client.read_resource(address)

    door.visit(visit, Scope.ASK, Scope.READ)


def test_a_key_does_what_its_scope_and_account_say_and_no_more_often_than_it_may(door: AgentDoor) -> None:
    async def only_asks(client: Client) -> None:
        assert (await client.call_tool("search", {"query": "review"})).is_error
        assert not (await client.call_tool("ask", {"question": ASKED})).is_error
        again = await client.call_tool("ask", {"question": ASKED})
        assert again.is_error
        assert "try again in" in again.content[0].text  # type: ignore[union-attr]

    async def reads_for_staff(client: Client) -> str:
        return str((await client.call_tool("read", {"document_id": "japan/staff-notes"})).structured_content)

    door.visit(only_asks, Scope.ASK, a_minute=1)
    assert "secret telephone list" in door.visit(reads_for_staff, Scope.READ, account="ada")


def test_without_a_valid_key_nothing_is_answered(door: AgentDoor) -> None:
    for headers in ({}, {"Authorization": "Bearer mek_wrong"}, {"Authorization": "Bearer"}):
        refused = httpx.post(
            door.url, json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, headers=headers, timeout=PATIENCE
        )
        assert (refused.status_code, refused.json()["code"]) == (401, "key-refused")
        assert refused.headers["www-authenticate"] == "Bearer"
