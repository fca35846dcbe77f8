"""Fetching from a real server: what it gives is taken, and no address, name or redirect leads to a private network."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest

from corpus.errors import BadAddress, NotFetched, TooLarge
from corpus.web.fetching import Bounds, Fetched, fetch, is_public

LOOPBACK = [ip_network("127.0.0.1/32")]
BOUNDS = Bounds(size=100_000, seconds=60)

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers a path by what `answers` says; remembers what it was asked."""

    answers: dict[str, Answer]
    asked: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.asked.append((self.path, dict(self.headers)))
        try:
            self.answers[self.path](self)
        except OSError:  # the client has gone
            self.close_connection = True

    def say(self, body: bytes = b"", status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in ({"content_length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Site:
    """A server on this machine."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        handler = type("SiteHandler", (Handler,), {"answers": self.answers, "asked": self.asked})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.port = self.server.server_address[1]

    def at(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def fetch(self, path: str, bounds: Bounds = BOUNDS) -> Fetched:
        return fetch(self.at(path), bounds, allowed=LOOPBACK)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.server.serve_forever, args=(0.01,))
    thread.start()
    yield site
    site.server.shutdown()
    thread.join()
    site.server.server_close()


# What is taken


def test_a_file_comes_with_its_address_its_name_and_its_kind(site: Site) -> None:
    site.answers["/law/Devices%20Act.pdf?v=2"] = lambda ask: ask.say(b"%PDF-", content_type="Application/PDF; x=y")
    found = site.fetch("/law/Devices%20Act.pdf?v=2#page=3")
    assert found == Fetched(site.at("/law/Devices%20Act.pdf?v=2"), "Devices Act.pdf", "application/pdf", b"%PDF-")


@pytest.mark.parametrize(
    ("path", "headers", "name"),
    [
        ("/x", {"content_disposition": "attachment; filename*=UTF-8''Geb%C3%BChren.xlsx"}, "Gebühren.xlsx"),
        ("/x", {"content_disposition": 'attachment; filename="../../etc/passwd"'}, "passwd"),
        ("/x", {"content_disposition": 'attachment; filename="..\\\\..\\\\boot.ini"'}, "boot.ini"),
        ("/export?id=3", {"content_type": "text/csv"}, "export.csv"),
        ("/", {"content_type": "text/html"}, "127.0.0.1"),
    ],
)
def test_a_file_is_called_what_the_server_calls_it_and_never_a_path(
    site: Site, path: str, headers: dict[str, str], name: str
) -> None:
    site.answers[path] = lambda ask: ask.say(b"a,b", 200, **headers)
    assert site.fetch(path).name == name


def test_a_packed_answer_is_unpacked(site: Site) -> None:
    site.answers["/"] = lambda ask: ask.say(gzip.compress(b"text " * 9_000), content_encoding="gzip")
    assert site.fetch("/").data == b"text " * 9_000


def test_redirects_are_followed_and_the_last_address_is_told(site: Site) -> None:
    site.answers["/old"] = lambda ask: ask.say(status=301, location="/new/")
    site.answers["/new/"] = lambda ask: ask.say(status=302, location="a.txt")
    site.answers["/new/a.txt"] = lambda ask: ask.say(b"here")
    assert site.fetch("/old").url == site.at("/new/a.txt")


def test_the_asking_says_who_asks_and_carries_no_cookie_onward(site: Site) -> None:
    site.answers["/old"] = lambda ask: ask.say(status=302, location="/new", set_cookie="a=b")
    site.answers["/new"] = lambda ask: ask.say(b"here")
    site.fetch("/old")
    [(_, first), (_, second)] = site.asked
    assert first["User-Agent"].startswith("market-entry-assistant")
    assert not {"Cookie", "Authorization", "Referer"} & second.keys()


# What is not asked


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 240.0.0.1 255.255.255.255
    192.0.2.1 198.18.0.1 :: ::1 fe80::1 fe80::1%eth0 fc00::1 ff02::1 2001:db8::1 ::ffff:10.0.0.1 ::ffff:8.8.8.8
    192.88.99.1 192.31.196.1 192.52.193.1 192.175.48.1 fec0::1 3fff::1 5f00::1 2620:4f:8000::1
    ::10.0.0.1 64:ff9b::a00:1 2002:a00:1::1 2001:0:1::1 example""".split(),
)
def test_no_address_beside_the_public_ones_is_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "193.99.144.80", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", "127.0.0.1 localhost [::1] [::ffff:127.0.0.1] 2130706433 0x7f.1 127.1 0 0.0.0.0".split()
)
def test_this_machine_is_not_asked_however_it_is_written(site: Site, host: str) -> None:
    with pytest.raises(BadAddress, match="not on the public internet"):
        fetch(site.at("/", host), BOUNDS)
    assert site.asked == []


@pytest.mark.parametrize(
    "url",
    [
        *(
            "ftp://example.org/a",
            "file:///etc/passwd",
            "gopher://example.org",
            "javascript:alert(1)",
            "//example.org/a",
        ),
        *("example.org", "http://", "https:///a", "http://[::1", "http://exa\x00mple.org", ""),
    ],
)
def test_only_web_addresses_are_fetched(url: str) -> None:
    with pytest.raises(BadAddress, match="give a public web address"):
        fetch(url, BOUNDS)


def test_an_address_with_credentials_is_refused_and_they_are_not_repeated() -> None:
    with pytest.raises(BadAddress, match="name or a password") as refused:
        fetch("https://ana:secret@example.org/a", BOUNDS)
    assert "secret" not in str(refused.value)
    assert "https://example.org/a" in str(refused.value)


@pytest.mark.parametrize(
    "onward", ["http://169.254.169.254/latest", "http://localhost:1/", "file:///etc/passwd", "http://u:p@127.0.0.1/"]
)
def test_a_redirect_does_not_lead_where_the_address_itself_may_not(site: Site, onward: str) -> None:
    site.answers["/"] = lambda ask: ask.say(status=302, location=onward)
    with pytest.raises(BadAddress):
        fetch(site.at("/"), BOUNDS, allowed=LOOPBACK, resolve=lambda host, _: {"localhost": ["::1"]}.get(host, [host]))


def test_a_name_with_one_private_address_among_public_ones_is_not_asked() -> None:
    with pytest.raises(BadAddress, match=r"rebind\.example"):
        fetch("http://rebind.example/", BOUNDS, resolve=lambda *_: ["8.8.8.8", "127.0.0.1"])


def test_a_name_that_changes_its_address_after_it_was_looked_at_gains_nothing(site: Site) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"], ["10.0.0.1"]])
    resolved: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        resolved.append(host)
        return next(answers)

    site.answers["/"] = lambda ask: ask.say(b"the one that was looked at")
    site.answers["/on"] = lambda ask: ask.say(status=302, location="/")
    found = fetch(site.at("/", "rebind.example"), BOUNDS, allowed=LOOPBACK, resolve=rebinding)
    assert found.data == b"the one that was looked at"
    assert resolved == ["rebind.example"], (
        "a connection goes to the address that was looked at, and asks no second time"
    )
    assert site.asked[0][1]["Host"] == f"rebind.example:{site.port}"
    with pytest.raises(BadAddress):
        fetch(site.at("/on", "rebind.example"), BOUNDS, allowed=LOOPBACK, resolve=rebinding)


# What does not end well


def test_an_endless_redirect_ends(site: Site) -> None:
    site.answers["/"] = lambda ask: ask.say(status=302, location="/")
    with pytest.raises(NotFetched, match="leads on more than 5 times"):
        site.fetch("/")
    assert len(site.asked) == 6


def test_a_redirect_to_nowhere_leads_to_itself_and_ends(site: Site) -> None:
    site.answers["/"] = lambda ask: ask.say(status=302)
    with pytest.raises(NotFetched):
        site.fetch("/")


def test_a_file_that_is_too_large_is_left_as_soon_as_it_is(site: Site) -> None:
    def endless(ask: Handler) -> None:
        ask.say(content_length=str(2**40))
        while True:
            ask.wfile.write(bytes(10_000))

    site.answers["/"] = endless
    with pytest.raises(TooLarge):
        site.fetch("/")


def test_a_packed_answer_that_grows_without_measure_is_left(site: Site) -> None:
    bomb = gzip.compress(bytes(200 * 2**20))
    site.answers["/"] = lambda ask: ask.say(bomb, content_encoding="gzip")
    with pytest.raises(TooLarge):
        site.fetch("/", Bounds(size=2**20, seconds=60))


@pytest.mark.parametrize("part", ["head", "body"])
def test_a_server_that_dribbles_is_left_when_the_time_is_up(site: Site, part: str) -> None:
    def dribble(ask: Handler) -> None:
        if part == "body":
            ask.say(content_length="1000")
        while True:
            ask.wfile.write(b"H")
            ask.wfile.flush()
            time.sleep(0.1)

    site.answers["/"] = dribble
    with pytest.raises(NotFetched, match="more than 1 seconds" if part == "body" else None):
        site.fetch("/", Bounds(size=100_000, seconds=1))  # it would never end by itself


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda ask: ask.say(status=404), "404 Not Found"),
        (lambda ask: ask.say(status=999), "999"),
        (lambda ask: ask.say(b"x", content_encoding="br"), "the coding br"),
        (lambda ask: ask.say(b"no gzip", content_encoding="gzip"), "incorrect header check"),
        (lambda ask: ask.say(b"x", content_length="9"), ""),
        (lambda ask: ask.wfile.write(b"SSH-2.0\r\n"), ""),
    ],
)
def test_an_answer_that_is_no_file_is_told_in_a_sentence(site: Site, answer: Answer, why: str) -> None:
    def answer_and_close(ask: Handler) -> None:
        answer(ask)
        ask.close_connection = True

    site.answers["/"] = answer_and_close
    with pytest.raises(NotFetched, match=f"could not be fetched .*{why}.*; open it in a browser"):
        site.fetch("/")


def test_a_host_that_is_not_there_is_told_in_a_sentence(site: Site) -> None:
    with pytest.raises(NotFetched, match="known to no name server"):
        fetch("http://nowhere.invalid/", BOUNDS)
    with pytest.raises(NotFetched):
        fetch("http://127.0.0.1:9/", BOUNDS, allowed=LOOPBACK)
    with pytest.raises(NotFetched):
        fetch(f"https://127.0.0.1:{site.port}/", BOUNDS, allowed=LOOPBACK)  # it does not speak TLS
