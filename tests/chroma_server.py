"""A Chroma server, as its package brings it, and a relay before it that keeps something to itself."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import chromadb
import httpx
from chromadb.api import ClientAPI
from chromadb.config import Settings

from tests.conftest import free_port


class Chroma:
    """A Chroma server: `folder` is where it keeps everything."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"http://127.0.0.1:{free_port()}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = str(Path(sys.executable).with_name("chroma"))
        words = ["run", "--path", str(self.folder), "--host", "127.0.0.1", "--port", self.address.rpartition(":")[2]]
        with (self.folder.parent / "chroma.log").open("ab") as log:
            self._process = subprocess.Popen([program, *words], stdout=log, stderr=log, cwd=self.folder.parent)
        while not self._answers():
            assert self._process.poll() is None, "the Chroma server has ended"
            time.sleep(0.1)

    def stop(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def collections(self) -> list[str]:
        return sorted(collection.name for collection in self._client().list_collections())

    def make(self, name: str) -> None:
        """Do what somebody else may who uses the server, as by the next two."""
        self._client().create_collection(name, embedding_function=None)

    def delete(self, name: str) -> None:
        self._client().delete_collection(name)

    def take_from(self, name: str, ids: list[str]) -> None:
        self._client().get_collection(name, embedding_function=None).delete(ids=ids)

    def _client(self) -> ClientAPI:
        port = int(self.address.rpartition(":")[2])
        return chromadb.HttpClient("127.0.0.1", port, settings=Settings(anonymized_telemetry=False))

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.address}/api/v2/heartbeat", timeout=10).is_success
        except httpx.HTTPError:
            return False


@contextmanager
def chroma(folder: Path) -> Iterator[Chroma]:
    """A Chroma server for as long as the block lasts, in a new folder."""
    folder.mkdir()
    server = Chroma(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def relay(address: str, answer: Callable[[str, str], tuple[int, bytes] | None]) -> Iterator[str]:
    """A server that passes requests on, but for those that `answer` answers, by method and path."""

    class Relay(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            own = answer(self.command, self.path)
            if own is None:
                headers = {"Content-Type": "application/json"}
                passed = httpx.request(self.command, address + self.path, content=body, headers=headers, timeout=60)
                own = passed.status_code, passed.content
            self.send_response(own[0])
            self.send_header("Content-Length", str(len(own[1])))
            self.end_headers()
            self.wfile.write(own[1])

        do_GET = do_POST = do_DELETE = do_PUT = _pass_on  # noqa: N815 - as the library names them

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
