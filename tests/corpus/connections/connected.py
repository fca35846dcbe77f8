"""A house with connected places, what a run over one gives, and servers of this machine to connect."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from itertools import islice
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from cheroot.wsgi import Server
from wsgidav.wsgidav_app import WsgiDAVApp

from corpus.connections.places import ConnectedPlace, Kind, Places
from corpus.connections.reach import Reach, Share
from corpus.connections.running import run
from corpus.documents import Document
from corpus.intake.intake import Intake, IntakeOutcome
from tests.conftest import TODAY, House, free_port

LOOPBACK = ip_network("127.0.0.1/32")
USER, PASSWORD = "library", "sieben Türme im Wind"


class Connected:
    """Places in a house, and runs over them."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.places = Places(folder / "connections.sqlite")
        self.reach = Reach(networks=(LOOPBACK,))

    def add(self, kind: Kind, address: str, **share: str) -> ConnectedPlace:
        self.reach = Reach((*self.reach.shares, Share(address, **share)), self.reach.networks)
        return self.places.add(kind, address, who="anna")

    def run(self, place: ConnectedPlace, most: int | None = None) -> list[IntakeOutcome]:
        """What a run gives; one that is broken off after so many entries ends as a process that is killed does."""
        intake = Intake(self.house.catalogue, who="connection", today=lambda: TODAY)
        running = run(place, self.places, self.reach, intake, self.house.catalogue, pace=0)
        outcomes = list(islice(running, most))
        running.close()  # type: ignore[attr-defined]
        return outcomes

    def counts(self, place: ConnectedPlace) -> tuple[int, int, int]:
        last = self.places.place(place.number)
        return last.taken, last.known, last.refused

    def problem(self, place: ConnectedPlace) -> str:
        return self.places.place(place.number).problem

    def errors(self, place: ConnectedPlace) -> dict[str, str]:
        return {name: one.problem for name, one in self.places.entries(place.number).items() if one.problem}

    def drafts(self) -> dict[str, Document]:
        """The drafts that came from places, by where they came from."""
        found = {one.origin: one for one in self.house.catalogue.documents() if one.version.added_by == "connection"}
        assert {one.stage.value for one in found.values()} <= {"draft"}
        return found


def text_of(number: int, months: str = "ten") -> str:
    """The text of a file that resembles no other one."""
    words = " ".join(
        f"{stem}{number}" for stem in ("alder birch cedar dogwood elder fir gorse hazel ivy juniper").split()
    )
    return (
        f"# Guidance {number} on devices in Japan\n\n## How long it takes\nThe review of case {number} takes {months}"
        f" months. The words of this case are {words}, and {words[::-1]}.\n"
    )


@contextmanager
def webdav(folder: Path, port: int = 0) -> Iterator[str]:
    """The address of a WebDAV server of a folder, with a user and a password."""
    port = port or free_port()
    app = WsgiDAVApp(
        {
            "provider_mapping": {"/dav": {"root": str(folder), "readonly": True}},
            "simple_dc": {"user_mapping": {"*": {USER: {"password": PASSWORD}}}},
            "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False},
            "verbose": 0,
            "logging": {"enable": False},
        }
    )
    server = Server(("127.0.0.1", port), app)
    server.prepare()
    thread = Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}/dav"
    finally:
        server.stop()
        thread.join()


class Storage(BaseHTTPRequestHandler):
    """A storage that speaks as much of S3 as is asked: lists a bucket, a few keys at a time, and gives objects."""

    objects: dict[str, bytes]
    key: str

    def do_GET(self) -> None:
        parts, query = urlsplit(self.path), parse_qs(urlsplit(self.path).query)
        if f"Credential={self.key}/" not in self.headers.get("Authorization", ""):
            self._answer(403, b"<Error><Code>InvalidAccessKeyId</Code></Error>")
        elif "list-type" in query:
            self._answer(200, self._listed(query.get("prefix", [""])[0], query.get("continuation-token", [""])[0]))
        else:
            name = unquote(parts.path).split("/", 2)[2]
            found = self.objects.get(name)
            missing = b"<Error><Code>NoSuchKey</Code></Error>"
            self._answer(404 if found is None else 200, missing if found is None else found, name)

    def _listed(self, prefix: str, after: str) -> bytes:
        names = [name for name in sorted(self.objects) if name.startswith(prefix) and name > after]
        rows = "".join(
            f"<Contents><Key>{escape(name)}</Key><LastModified>2026-11-20T10:00:00.000Z</LastModified>"
            f"<ETag>&quot;{hash(self.objects[name])}&quot;</ETag><Size>{len(self.objects[name])}</Size></Contents>"
            for name in names[:20]
        )
        more = f"<NextContinuationToken>{escape(names[19])}</NextContinuationToken>" if len(names) > 20 else ""
        return (
            f'<?xml version="1.0"?><ListBucketResult><IsTruncated>{str(bool(more)).lower()}</IsTruncated>'
            f"{rows}{more}</ListBucketResult>"
        ).encode()

    def _answer(self, status: int, body: bytes, name: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if name:
            self.send_header("ETag", f'"{hash(body)}"')
            self.send_header("Last-Modified", formatdate(1_795_000_000, usegmt=True))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def storage(objects: dict[str, bytes], key: str) -> Iterator[str]:
    """The endpoint of such a storage."""
    with listening(type("StorageHandler", (Storage,), {"objects": objects, "key": key})) as address:
        yield address


class Site(BaseHTTPRequestHandler):
    """A site whose pages know their version: who has that one is told that it has not changed."""

    pages: dict[str, bytes]
    moved: Mapping[str, str]
    asked: list[tuple[str, int]]

    def do_GET(self) -> None:
        body, etag = self.pages.get(self.path), f'"{hash(self.pages.get(self.path))}"'
        status = 302 if self.path in self.moved else 404 if body is None else 200
        if status == 200 and self.headers.get("If-None-Match") == etag:
            status = 304
        self.asked.append((self.path, status))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", self.moved[self.path])
        data = body if status == 200 and body else b""
        if data.startswith(b"\x1f\x8b"):
            self.send_header("Content-Encoding", "gzip")
        self.send_header("ETag", etag)
        self.send_header("Content-Type", "text/xml" if self.path.endswith(".xml") else "text/html")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The address of a server of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def page_of(number: int, months: str = "ten") -> bytes:
    """A page of a site."""
    lines = text_of(number, months).splitlines()
    return (
        f"<html lang='en'><head><title>{lines[0][2:]}</title></head><body><article><h1>{lines[0][2:]}</h1>"
        f"<h2>{lines[2][3:]}</h2><p>{lines[3]}</p><p>Whoever sells case {number} keeps a file of it for five years, and"
        " shows it to the authority on demand, within fourteen days of the letter.</p></article></body></html>"
    ).encode()


def bomb() -> bytes:
    """Pages of nothing, 70 MB of them in 70 kB."""
    return gzip.compress(b" " * (70 * 2**20))
