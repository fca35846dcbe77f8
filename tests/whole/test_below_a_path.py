"""The server as one of several things under a name: behind the example of nginx, nothing leads out of its path."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from assistant.app import App
from tests.conftest import PATIENCE, free_port, served
from tests.markup import elements
from tests.nginx import nginx_before, with_nginx
from tests.staff_pages import PASSWORD
from ui import web

PREFIX = "/assistant"
LEADING = ("href", "src", "action", "formaction")
ONCE = (r"/library/.+", r"/staff/documents/[^:]+", r"/staff/documents/.+(:\w+)", r"/staff/coverage.*", r"/assets/.+")


@dataclass
class Door:
    """A browser before nginx, and the server's own address behind it."""

    client: httpx.Client
    address: str
    own: str

    def sign_in(self, name: str) -> httpx.Response:
        form = {"name": name, "password": PASSWORD, "form_token": ""}
        return self.client.post(f"{self.address}/staff/sign-in", data=form, headers={"Sec-Fetch-Site": "same-origin"})


@pytest.fixture
def door(app: App, tmp_path: Path) -> Iterator[Door]:
    port = free_port()
    address = f"https://127.0.0.1:{port}{PREFIX}"
    updates = {"public_url": address, "trusted_proxy": "127.0.0.1", "embed_origins": "https://www.example.com"}
    below = replace(app, settings=app.settings.model_copy(update=updates))
    with (
        served(web(below)) as own,
        nginx_before(own, tmp_path, "nginx-below-a-path.conf", port=port),
        httpx.Client(verify=False, timeout=PATIENCE) as client,  # noqa: S501 - a certificate of the test's own
    ):
        yield Door(client, address, own)


@pytest.mark.servers
@with_nginx
def test_no_page_no_redirect_and_no_cookie_leads_out_of_the_path(door: Door) -> None:
    begun = door.sign_in("anna")
    assert begun.headers["location"] == f"{PREFIX}/staff/"
    assert all("; Path=/assistant/;" in cookie for cookie in begun.headers.get_list("set-cookie"))
    assert begun.headers["set-cookie"].startswith("__Secure-market-entry=")
    seen: set[str] = set()
    waiting = [PREFIX, f"{PREFIX}/staff", f"{PREFIX}/api/v1", f"{PREFIX}/plan?market=japan&product=devices"]
    waiting += [f"{PREFIX}/compare?question=What+does+a+device+cost%3F&market=japan&market=usa"]  # looked at first
    while waiting:
        url = urljoin(door.address, waiting.pop())
        kind = _kind(urlsplit(url).path, set(seen))
        if kind in seen or "sign-out" in url:
            continue
        seen.add(kind)
        answer = door.client.get(url)
        assert answer.status_code < 500, url
        assert answer.status_code != 404, url
        for led, sends in _led(answer):
            there = urlsplit(urljoin(url, led))
            if there.scheme not in ("http", "https") or there.netloc != urlsplit(door.address).netloc:
                assert not led.startswith("/"), (url, led)
                continue
            assert there.scheme == "https", (url, led)
            assert there.path.startswith(f"{PREFIX}/"), (url, led)
            if not sends:
                waiting.append(there.geturl().partition("#")[0])
    assert len(seen) > 40
    assert {f"{PREFIX}/staff/accounts", f"{PREFIX}/compare/comparison.pdf", f"{PREFIX}/api/v1/openapi.json"} < seen


def _kind(path: str, seen: set[str]) -> str:
    """The path, or what stands for all of its kind, a few of which are enough."""
    below = path.removeprefix(PREFIX)
    for pattern in ONCE:
        if found := re.fullmatch(pattern, below):
            few = next((f"{pattern} {number}" for number in range(3) if f"{pattern} {number}" not in seen), "")
            return few + "".join(group or "" for group in found.groups()) if few else f"{pattern} 0"
    return path


def _led(answer: httpx.Response) -> Iterator[tuple[str, bool]]:
    """All addresses that an answer leads to, and of each whether it is one of those to which a form is sent."""
    yield from ((led, False) for led in filter(None, [answer.headers.get("location")]))
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind == "text/css":
        found = re.findall(r"url\(\"?([^\")]+)", answer.text)
        yield from ((led, False) for led in found if not led.startswith("data:"))
    if kind == "application/manifest+json":
        yield from (
            (led, False) for led in (answer.json()["start_url"], *(one["src"] for one in answer.json()["icons"]))
        )
    if kind == "text/html":
        for one in elements(answer.text):
            yield from ((one.attrib[name], name.endswith("action")) for name in LEADING if one.attrib.get(name))


@pytest.mark.servers
@with_nginx
def test_the_chat_the_api_and_the_tag_for_other_sites_name_the_path(door: Door) -> None:
    page = door.client.get(f"{door.address}/").text
    found = re.search(r"window\.gradio_config = (\{.*?\});", page)
    assert found
    assert json.loads(found[1])["root"] == door.address
    assert door.client.get(f"{door.address}/config").json()["root"] == door.address
    document = door.client.get(f"{door.address}/api/v1/openapi.json").json()
    assert document["servers"] == [{"url": f"{PREFIX}/api/v1"}]
    assert door.client.get(f"{door.address}/api/v1/search").headers["content-type"] == "application/problem+json"
    policy = door.client.get(f"{door.address}/").headers["content-security-policy"]
    assert "frame-ancestors https://www.example.com" in policy
    assert 'new URL(".", tag.src)' in door.client.get(f"{door.address}/embed.js").text


@with_nginx
def test_health_is_told_below_the_path_and_to_the_machine_itself_without_it(door: Door) -> None:
    asked = [f"{door.address}/{name}" for name in ("healthz", "metrics", "readyz")]
    assert [door.client.get(url).status_code for url in asked] == [200, 404, 404]
    assert [httpx.get(f"{door.own}/{name}").status_code for name in ("healthz", "metrics", "readyz")] == [200] * 3
    root = urlsplit(door.address)
    assert "nginx" in door.client.get(f"https://{root.netloc}/staff/").text  # another thing under the name


def test_nobody_is_sent_out_of_the_path_after_signing_in(app: App) -> None:
    below = replace(app, settings=app.settings.model_copy(update={"public_url": f"http://127.0.0.1{PREFIX}"}))
    with served(web(below)) as own, httpx.Client(timeout=PATIENCE) as client:
        for wanted, onward in {"/elsewhere": "/staff/", f"{PREFIX}/staff/due": "/staff/due"}.items():
            form = {"name": "anna", "password": PASSWORD, "form_token": "", "next": wanted}
            there = client.post(f"{own}{PREFIX}/staff/sign-in", data=form, headers={"Origin": own})
            assert there.headers["location"] == PREFIX + onward
