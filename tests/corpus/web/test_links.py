"""Whether addresses still answer: asked politely, of real servers on this machine."""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path

import pytest

from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Source
from corpus.web.link_check import check
from corpus.web.links import Link, Links
from tests.conftest import Run
from tests.servers import Places

LOOPBACK = [ip_network("127.0.0.1/32")]
PACE = 0.15  # seconds between two requests to a host
Asked = tuple[float, str, str]  # when, how, what


class Handler(BaseHTTPRequestHandler):
    """Answers each path by a status of its own: `/404` with 404; `/405` and `/500` refuse only HEAD."""

    asked: list[Asked]
    robots: bytes

    def do_HEAD(self) -> None:
        self._answer(int(self.path[1:4]) if self.path[1:4].isdigit() else 200)

    def do_GET(self) -> None:
        if self.path == "/robots.txt":
            self._answer(200 if self.robots else 404, self.robots)
        else:
            status = int(self.path[1:4]) if self.path[1:4].isdigit() else 200
            self._answer(200 if status in (405, 500) else status, b"page")

    def _answer(self, status: int, body: bytes = b"") -> None:
        self.asked.append((time.monotonic(), self.command, self.path))
        self.send_response(status)
        if status in (301, 302):
            self.send_header("Location", "/404" if self.path.endswith("gone") else "/fine")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Host:
    """A host of its own, which remembers when it was asked for what."""

    def __init__(self, robots: bytes = b"") -> None:
        self.asked: list[Asked] = []
        self.server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("HostHandler", (Handler,), {"asked": self.asked, "robots": robots})
        )
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def at(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}{path}"

    def paths(self) -> list[tuple[str, str]]:
        return [(how, path) for _, how, path in self.asked if path != "/robots.txt"]


@pytest.fixture
def hosts() -> Iterator[list[Host]]:
    hosts: list[Host] = []
    yield hosts
    for host in hosts:
        host.server.shutdown()
        host.server.server_close()


@pytest.fixture
def links(tmp_path: Path, places: Places) -> Iterator[Links]:
    links = Links(places(tmp_path / "links.sqlite"))
    yield links
    links.close()


def host(hosts: list[Host], robots: bytes = b"") -> Host:
    hosts.append(Host(robots))
    return hosts[-1]


def asked(urls: list[str], links: Links, **more: object) -> dict[str, Link]:
    found = check(urls, links, pace=PACE, allowed=LOOPBACK, **more)  # type: ignore[arg-type]
    return {link.url: link for link in found}


def test_each_address_is_told_by_its_status_after_redirects_and_without_its_page(
    hosts: list[Host], links: Links
) -> None:
    one = host(hosts)
    found = asked([one.at(path) for path in ("/fine", "/404", "/410", "/405", "/301", "/302/gone")], links)
    told = {url.rpartition(":")[2].partition("/")[2]: link for url, link in found.items()}
    assert {path: link.status for path, link in told.items()} == {
        "fine": 200,
        "404": 404,
        "410": 410,
        "405": 200,
        "301": 200,
        "302/gone": 404,
    }
    assert {path for path, link in told.items() if link.gone} == {"404", "410", "302/gone"}
    assert {path for path, link in told.items() if link.fine} == {"fine", "405", "301"}
    assert one.paths()[0] == ("HEAD", "/fine")
    assert ("GET", "/fine") not in one.paths()
    assert links.known() == found


def test_one_host_is_asked_every_few_seconds_while_others_are_asked_between(hosts: list[Host], links: Links) -> None:
    one, other = host(hosts), host(hosts)
    urls = [server.at(f"/page{number}") for server in (one, other) for number in range(3)]
    asked(urls, links)
    moments = [[when for when, _, _ in server.asked] for server in (one, other)]
    for asked_at in moments:
        assert len(asked_at) == 4
        assert min(later - earlier for earlier, later in pairwise(asked_at)) > PACE / 2
    assert max(first for first, *_ in moments) < min(last for *_, last in moments)


def test_what_robots_are_asked_to_leave_alone_is_left_alone_and_their_pace_is_kept(
    hosts: list[Host], links: Links
) -> None:
    one = host(hosts, b"User-agent: *\nDisallow: /private\nCrawl-delay: 1\n")
    found = asked([one.at("/private/page"), one.at("/open")], links)
    assert "robots.txt" in found[one.at("/private/page")].problem
    assert found[one.at("/open")].status == 200
    assert one.paths() == [("HEAD", "/open")]
    assert one.asked[1][0] - one.asked[0][0] > 2 * PACE


def test_a_check_goes_on_where_it_was_broken_off_and_asks_again_only_later(hosts: list[Host], links: Links) -> None:
    one = host(hosts)
    urls = [one.at(f"/page{number}") for number in range(3)]
    broken_off = check(urls, links, pace=PACE, allowed=LOOPBACK)
    next(broken_off)
    del broken_off
    assert set(asked(urls, links)) == set(urls[1:])
    assert asked(urls, links) == {}
    assert set(asked(urls, links, again=timedelta(seconds=-5))) == set(urls)


def test_what_does_not_answer_or_is_not_public_is_told_with_the_reason(hosts: list[Host], links: Links) -> None:
    gone = host(hosts)
    dead = gone.at("/x")
    gone.server.shutdown()
    gone.server.server_close()
    hosts.clear()
    inside = "http://10.0.0.1/secret"
    found = asked([dead, inside, "no address", "file:///etc/passwd", "http://["], links)
    assert found[dead].status is None
    assert found[dead].problem
    assert "public internet" in found[inside].problem
    assert "no web address" in found["no address"].problem
    assert "no web address" in found["http://["].problem
    assert "no web address" in found["file:///etc/passwd"].problem


def test_the_command_tells_and_keeps_what_each_address_answered(
    market_entry: Run, lean_as_built: Path, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(lean_as_built, tmp_path / "home"))
    catalogue = Catalogue(home / "catalogue.sqlite")
    version = catalogue.document("japan/nutrition").version
    inner = Source("inner", "The inner law", "Ministry", "2025", "http://10.0.0.1/law")
    changed = replace(version, metadata=replace(version.metadata, sources=(inner,)))
    catalogue.revise(changed, [], began_from=version.number, who="ana", why="")
    catalogue.close()
    allowed = {"MARKET_ENTRY_CHECK_LINKS": "true"}
    told = market_entry("corpus", "links", "inner law", "--json", home=home, **allowed)
    [link] = json.loads(told.stdout)
    assert (link["url"], link["status"]) == (inner.url, None)
    assert "public internet" in link["problem"]
    links = Links(home / "links.sqlite")
    assert links.known()[inner.url].problem == link["problem"]
    links.close()


def test_nobody_asks_other_servers_unless_the_settings_say_so(market_entry: Run) -> None:
    refused = market_entry("corpus", "links")
    assert refused.returncode != 0
    assert "MARKET_ENTRY_CHECK_LINKS=true" in refused.stderr
