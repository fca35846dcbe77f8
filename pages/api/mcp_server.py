"""The library for agents: a server of the Model Context Protocol, whose tools and resources only read.

Over stdio it serves whoever started it, reads what anybody may, and leaves nothing in the journal, as the commands do.
Over HTTP it asks for a key, as the API does.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, unquote

from anyio import to_thread
from fastapi import FastAPI, Request
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp.server.transport_security import TransportSecuritySettings
from mcp.types import Resource, ToolAnnotations
from pydantic import Field
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.accounts.keys import KeyRefused
from assistant.accounts.keys import Scope as KeyScope
from assistant.answers import to_json
from assistant.app import App
from assistant.journal.records import Door
from assistant.market import comparison, plan
from corpus.documents import Reader
from corpus.errors import KnownError
from pages.api.access import Gate
from pages.api.answering import Answering, Asker
from pages.api.asking import MOST_EARLIER, QuestionForm, question_of
from pages.api.doors import McpDoor, ProgramDoors
from pages.api.forms import AnswerForm, ComparisonTable, DocumentForm, HitForm, Language, PlanForm, Words
from pages.api.library import SearchForm, found, listed, read
from pages.api.markets import company_of
from pages.api.problems import response, told
from pages.shared.access import address_of
from pages.shared.cache import ResultCache
from pages.shared.conversation import typed
from pages.shared.turns import Turns

PATH = "/mcp"
_ADDRESS = "market-entry://documents/"
_INSTRUCTIONS = """\
Answers of a library on how small life-science companies enter foreign markets, curated by four clusters. Every claim \
carries the numbers of its citations: keep them, and give the citations' addresses and dates. Where `declined` is true \
the library does not answer: say so, add nothing of your own, and name the contacts.
Codes of markets: {markets}; of kinds of product: {products}.
"""
_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)

T = TypeVar("T")
Markets = Annotated[list[str], Field(description="Nothing but these markets, by their codes; none for all.")]
Asked = Annotated[Words, Field(description="In any language, at most 2,000 characters.")]
Earlier = Annotated[list[Words], Field(max_length=MOST_EARLIER, description="Earlier questions of the same person.")]


@dataclass(frozen=True)
class Caller:
    """On whose behalf a tool is called, and as whom a question is asked; `asker` is None for who started the server."""

    reader: Reader = Reader.ANYONE
    asker: Asker | None = None


@dataclass(frozen=True)
class AgentTools:
    """What agents may do; each tool is a method, and its docstring is what an agent reads of it."""

    app: App
    gate: Gate | None = None  # None over stdio
    answering: Answering | None = None
    made: ResultCache = field(init=False)
    turns: Turns = field(default_factory=Turns)

    def __post_init__(self) -> None:
        object.__setattr__(self, "made", ResultCache(self.app))

    async def ask(
        self,
        question: Asked,
        ctx: Context[Any, Any],
        after: Earlier = [],  # noqa: B006
        markets: Markets = [],  # noqa: B006
        language: Language = None,
    ) -> AnswerForm:
        """Answer a question about entering a market, from the library alone: claims with numbered citations."""
        caller = await self._caller(ctx, KeyScope.ASK, asks=True)
        form = QuestionForm(question=question, after=after, markets=markets, language=language)
        asked = await _done(lambda: question_of(form, caller.reader, self.app.vocabulary))
        if self.answering is None or caller.asker is None:
            return AnswerForm.model_validate(to_json(await _done(lambda: self.app.assistant.answer(asked))))
        with _Sentences():
            answer, _ = await self.answering.answer(asked, caller.asker, _never)
        return AnswerForm.model_validate(to_json(answer))

    async def search(
        self,
        query: Annotated[Words, Field(description="A question, or words to look for.")],
        ctx: Context[Any, Any],
        k: Annotated[int, Field(ge=1, le=100, description="How many passages.")] = 10,
        markets: Markets = [],  # noqa: B006
    ) -> list[HitForm]:
        """Find passages of the library, the best first, to be read and quoted word for word."""
        caller = await self._caller(ctx, KeyScope.READ)
        form = SearchForm(query=query, k=k, markets=markets)
        hits = await _done(lambda: found(self.app, self.turns, form, caller.reader))
        return [HitForm.model_validate(hit) for hit in hits]

    async def read(
        self,
        document_id: Annotated[str, Field(description="As search and citations name it: japan/devices-and-ivds.")],
        ctx: Context[Any, Any],
    ) -> DocumentForm:
        """Read a document: its dates, its sources with their addresses, its passages in order."""
        caller = await self._caller(ctx, KeyScope.READ)
        return DocumentForm.model_validate(await _done(lambda: read(self.app, typed(document_id), "en", caller.reader)))

    async def compare(
        self,
        ctx: Context[Any, Any],
        question: Annotated[Words, Field(description="A question; empty for all that companies want to know.")] = "",
        markets: Annotated[list[str], Field(description="Codes of two markets at least.")] = [],  # noqa: B006
        product: Annotated[str, Field(description="The code of a kind of product.")] = "",
        language: Language = None,
    ) -> ComparisonTable:
        """Compare markets side by side; an empty cell is one on which the library says nothing."""
        caller = await self._caller(ctx, KeyScope.ASK, asks=True)

        def compared() -> comparison.Comparison:
            code = self.app.vocabulary.product(product).code if product else ""
            return self.made.comparison(typed(question), markets, code, language or "en", caller.reader)

        return ComparisonTable.model_validate(comparison.to_json(await _done(compared)))

    async def plan(
        self,
        market: Annotated[str, Field(description="The code of the market.")],
        product: Annotated[str, Field(description="The code of the kind of product.")],
        ctx: Context[Any, Any],
        risk_class: Annotated[str, Field(max_length=20, description="As it is written: III, C.")] = "",
        language: Language = None,
    ) -> PlanForm:
        """Make a market-entry plan for a kind of product: steps, costs, dates, and what the library leaves open."""
        caller = await self._caller(ctx, KeyScope.ASK, asks=True)

        def planned() -> plan.Plan:
            company = company_of(self.app.vocabulary, market, product, risk_class, "")
            return self.made.plan(company, language or "en", caller.reader)

        return PlanForm.model_validate(plan.to_json(await _done(planned)))

    async def document(self, document_id: str, ctx: Context[Any, Any]) -> str:
        """A document of the library as text, its sources at the end."""
        caller = await self._caller(ctx, KeyScope.READ)
        try:
            return _as_text(await _done(lambda: read(self.app, unquote(document_id), "en", caller.reader)))
        except ToolError as error:
            raise ResourceNotFoundError(str(error)) from error

    async def _caller(self, ctx: Context[Any, Any], scope: KeyScope, *, asks: bool = False) -> Caller:
        """Who calls.

        Raises:
            ToolError: the key is not for that, or comes too often.
        """
        if self.gate is None:
            return Caller()
        request, gate = ctx.request_context.request, self.gate
        if not isinstance(request, Request):
            raise TypeError("Over HTTP each call comes with its request.")
        key = await _done(lambda: gate.admit(_token(request), scope, asks=asks))
        return Caller(key.reader, Asker(f"key {key.number}", address_of(request), door=Door.MCP))


class LibraryServer(MCPServer[Any]):
    """The server; its list of resources is that of the documents that anybody may read, as they stand now."""

    def __init__(self, tools: AgentTools) -> None:
        super().__init__(
            "market-entry",
            title="Market-entry assistant",
            instructions=_INSTRUCTIONS.format(
                markets=", ".join(tools.app.vocabulary.markets), products=", ".join(tools.app.vocabulary.products)
            ),
            version=version("market-entry-assistant"),
            log_level="WARNING",
        )
        self._tools = tools
        for tool in (tools.ask, tools.search, tools.read, tools.compare, tools.plan):
            self.add_tool(tool, annotations=_READS)
        self.resource(_ADDRESS + "{+document_id}", name="document", mime_type="text/markdown")(tools.document)

    async def list_resources(self) -> list[Resource]:
        """The published documents, the newest first."""
        documents = await to_thread.run_sync(partial(listed, self._tools.app, "", "", "", Reader.ANYONE))
        return [
            Resource(
                uri=_ADDRESS + quote(one.id),
                name=one.id,
                title=one.metadata.title,
                description=f"{one.metadata.publisher}, facts as of {one.metadata.facts_as_of}",
                mime_type="text/markdown",
            )
            for one in documents
        ]


def over_stdio(app: App) -> None:
    """Serve whoever has started this process, until that ends."""
    LibraryServer(AgentTools(app)).run("stdio")


def over_http(doors: ProgramDoors) -> McpDoor:
    """The server for those who have a key; it keeps no sessions."""
    server = LibraryServer(AgentTools(doors.app, doors.gate, doors.answering))
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,
        # Who points another name at us has no key: `TrustedProxy` sees to the rest.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )

    def lifespan(_web: FastAPI) -> AbstractAsyncContextManager[None]:
        return server.session_manager.run()

    return McpDoor(Route(PATH, _Keyed(app, doors.gate)), lifespan)


class _Keyed:
    """The layer that answers nobody without a valid key; what it may do, each tool asks."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            try:
                await to_thread.run_sync(self._gate.keys.used, _token(request))
            except KeyRefused as refusal:
                await response(request, told(refusal, "en"))(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _Sentences:
    """What fails within, said to the agent in the product's own sentence."""

    def __enter__(self) -> None: ...

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, KnownError):
            raise ToolError(str(told(error, "en")["detail"])) from error


async def _done(act: Callable[[], T]) -> T:
    """Do something in a thread.

    Raises:
        ToolError: it failed as was foreseen.
    """
    with _Sentences():
        return await to_thread.run_sync(act)
    raise AssertionError  # never: told to the type checker


async def _never() -> bool:
    return False


def _token(request: Request) -> str:
    return request.headers.get("authorization", "").removeprefix("Bearer ")


def _as_text(document: dict[str, Any]) -> str:
    """A document as an agent reads it: Markdown, with its dates and the addresses of its sources."""
    passages = "\n\n".join(f"## {one['section']}\n{one['text']}" for one in document["passages"])
    sources = "\n".join(
        f"- [{one['key']}] {one['title']}, {one['publisher']}, {one['date']}: {one['url']}"
        for one in document["sources"]
    )
    return (
        f"# {document['title']}\n{document['publisher']}, published {document['published_on']}, facts as of"
        f" {document['facts_as_of']}. {document['url']}\n\n{passages}\n\n## Sources\n{sources}\n"
    )
