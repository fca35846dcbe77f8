"""The trusted proxy and the cookies, over real connections: the proxy is 127.0.0.2, everybody else 127.0.0.1."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request
from gradio.route_utils import get_root_url

from assistant.settings import BadSettings, Settings, read_settings
from pages.shared.access import TrustedProxy
from tests.conftest import Clock, House, installation, served, word_vectors
from tests.staff_pages import COOKIE, Browser, peopled, web
from ui import web as product

PROXY = "127.0.0.2"
HEADER = "X-Remote-User"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"), word_vectors())
    yield house
    house.catalogue.close()


@pytest.fixture
def behind_proxy(house: House, tmp_path: Path) -> Iterator[str]:
    """A server that takes people from a proxy's header."""
    app = peopled(
        house, tmp_path / "accounts.sqlite", Clock(), trusted_proxy=f"{PROXY}, 192.0.2.0/24", proxy_user_header=HEADER
    )
    app.accounts.disable("rosa", who="test")
    with served(web(app)) as url:
        yield url
    app.accounts.close()


def browser(url: str, address: str = PROXY, **headers: str) -> Browser:
    transport = httpx.HTTPTransport(local_address=address)
    return Browser(url, transport=transport, headers=headers)


def test_whom_the_proxy_names_is_signed_in_without_a_password(behind_proxy: str) -> None:
    ada = browser(behind_proxy, **{HEADER: "Ada"})
    assert ada.get("/").json() == "staff"
    sent = ada.get("/staff/account")
    assert sent.status_code == 303
    back = ada.get(sent.headers["location"])
    assert back.headers["location"] == "/staff/account"
    page = ada.get("/staff/account")
    assert "Ada" in page.text
    assert "Sign out" not in page.text  # the proxy would sign them in again
    assert ada.post("/staff/account/language", language="fr").status_code == 303
    assert browser(behind_proxy, **{HEADER: "mia"}).get("/").json() == "member"


@pytest.mark.parametrize("name", ["stranger", "rosa", "' OR 1=1", "anna puig"])
def test_whom_nobody_knows_or_who_is_disabled_stays_outside(behind_proxy: str, name: str) -> None:
    stranger = browser(behind_proxy, **{HEADER: name})
    assert stranger.get("/").json() == "anyone"
    refused = stranger.get("/staff/sign-in")
    assert refused.status_code == 401
    assert "no account here" in refused.text


@pytest.mark.parametrize("path", ["/", "/staff/", "/staff/sign-in", "/staff/staff.css", "/nothing"])
def test_who_names_a_person_without_being_the_proxy_is_refused_and_recorded(
    behind_proxy: str, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        spoofed = browser(behind_proxy, "127.0.0.1", **{HEADER: "anna"}).get(path)
    assert spoofed.status_code == 403
    assert "Only the trusted proxy" in spoofed.text
    assert "refused a request from 127.0.0.1 that names a person" in caplog.text
    forwarded = {HEADER: "anna", "X-Forwarded-For": PROXY, "Forwarded": f"for={PROXY}"}
    assert browser(behind_proxy, "127.0.0.1", **forwarded).get(path).status_code == 403


def test_a_second_name_that_a_browser_slips_past_the_proxy_is_refused(behind_proxy: str) -> None:
    sneaking = browser(behind_proxy)
    assert sneaking.client.get("/staff/", headers=[(HEADER, "anna"), (HEADER, "mia")]).status_code == 403


def test_a_session_that_began_with_the_proxys_word_does_not_outlive_it(behind_proxy: str) -> None:
    ada = browser(behind_proxy, **{HEADER: "ada"})
    ada.get("/staff/sign-in")
    token = ada.token
    for headers in ({}, {HEADER: ""}, {HEADER: "mia"}):
        other = browser(behind_proxy, **headers)
        other.client.cookies.set(COOKIE, token, domain="127.0.0.1")
        assert "Ada" not in other.get("/staff/account").text
        assert other.get("/").json() == ("member" if headers.get(HEADER) else "anyone")
    direct = browser(behind_proxy, "127.0.0.1")
    direct.client.cookies.set(COOKIE, token, domain="127.0.0.1")
    assert direct.get("/").json() == "anyone"


def test_a_password_still_signs_in_where_the_proxy_names_nobody(behind_proxy: str) -> None:
    for address in ("127.0.0.1", PROXY):
        anna = browser(behind_proxy, address)
        assert anna.sign_in("anna").status_code == 303
        assert anna.get("/").json() == "staff"


def test_only_the_proxy_says_where_a_request_comes_from(behind_proxy: str) -> None:
    for number in range(35):  # more than an address may fail
        guess = browser(behind_proxy, "127.0.0.1", **{"X-Forwarded-For": f"203.0.113.{number}"})
        last = guess.sign_in(f"name{number}", "wrong").status_code
    assert last == 429
    for number in range(35):
        guess = browser(behind_proxy, **{"X-Forwarded-For": f"198.51.100.{number}"})
        last = guess.sign_in(f"name{number}", "wrong").status_code
    assert last == 401


SPOOFED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "1",
    "X-Gradio-Server": "http://evil.example",
    "Forwarded": "host=evil.example;proto=https",
}


@pytest.fixture(params=["", "https://market.example.org"])
def headers_seen(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """An address of what tells which headers it was given, and the address by which people reach it."""
    told = FastAPI()

    @told.get("/")
    def tell(request: Request) -> dict[str, str]:
        names = ("x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-gradio-server", "forwarded")
        seen = {name: request.headers[name] for name in names if name in request.headers}
        return seen | {"root": get_root_url(request, "/", None)}

    told.add_middleware(TrustedProxy, settings=Settings(trusted_proxy=PROXY, public_url=request.param))
    with served(told) as url:
        yield url, request.param


def test_where_a_request_was_sent_to_is_believed_of_the_proxy_only(headers_seen: tuple[str, str]) -> None:
    url, public = headers_seen
    assert browser(url, "127.0.0.1", **SPOOFED).get("/").json() == {"root": url}
    passed_on = browser(url, **SPOOFED).get("/").json()
    assert "x-gradio-server" not in passed_on
    assert passed_on["root"] == (public or "https://evil.example")  # whom the proxy may name
    assert browser(url).get("/").json()["root"] == (public.replace("https", "http") if public else url)


def test_gradio_makes_no_address_of_what_a_visitor_claims(house: House, tmp_path: Path) -> None:
    app = installation(house, tmp_path / "accounts.sqlite", Clock())
    with served(product(app)) as url:
        for path in ("/", "/config", "/gradio_api/app_id", "/manifest.json"):
            assert "evil.example" not in browser(url, "127.0.0.1", **SPOOFED).get(path).text
        assert f'"root":"{url}"' in browser(url, "127.0.0.1", **SPOOFED).get("/config").text
    app.accounts.close()


def test_cookies_are_locked_to_this_host_and_to_https_where_people_come_by_https(behind_proxy: str) -> None:
    plain = browser(behind_proxy).sign_in("anna").headers["set-cookie"]
    assert plain.startswith(f"{COOKIE}=")
    assert "HttpOnly; Path=/; SameSite=lax" in plain
    secure = browser(behind_proxy, **{"X-Forwarded-Proto": "https"})
    kept = secure.sign_in("anna").headers["set-cookie"]
    assert kept.startswith(f"__Host-{COOKIE}=")
    assert kept.endswith("; Secure")
    assert "Domain" not in kept
    planted = browser(behind_proxy, **{"X-Forwarded-Proto": "https"})  # by another host of the same domain
    planted.client.headers["Cookie"] = f"{COOKIE}={kept.split('=')[1].split(';')[0]}"
    assert planted.get("/").json() == "anyone"
    untrusted = browser(behind_proxy, "127.0.0.1", **{"X-Forwarded-Proto": "https"}).sign_in("anna")
    assert untrusted.headers["set-cookie"].startswith(f"{COOKIE}=")


def test_an_address_of_https_makes_every_cookie_secure(house: House, tmp_path: Path) -> None:
    app = peopled(house, tmp_path / "accounts.sqlite", Clock(), public_url="https://market.example.org")
    with served(web(app)) as url:
        kept = browser(url, "127.0.0.1").sign_in("anna").headers["set-cookie"]
    assert kept.startswith(f"__Host-{COOKIE}=")
    app.accounts.close()


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"PROXY_USER_HEADER": "X-User"}, "anybody could send that header; set MARKET_ENTRY_TRUSTED_PROXY"),
        ({"TRUSTED_PROXY": "proxy.example.org"}, "MARKET_ENTRY_TRUSTED_PROXY cannot be used"),
        ({"TRUSTED_PROXY": "10.0.0.1/8"}, "has host bits set"),
        ({"PUBLIC_URL": "market.example.org"}, "write it as https://market-entry.example.org"),
        ({"PUBLIC_URL": "https://example.org/path?query"}, "or as https://example.org/assistant"),
        ({"OPENID_ISSUER": "https://login.example.org"}, "set MARKET_ENTRY_PUBLIC_URL"),
        ({"PUBLIC_URL": "https://a.example", "OPENID_ISSUER": "http://login.example.org"}, "reached by https"),
        ({"PUBLIC_URL": "https://a.example", "OPENID_ISSUER": "https://b.example"}, "OPENID_CLIENT_ID"),
    ],
)
def test_settings_that_would_let_strangers_in_are_refused(
    settings: dict[str, str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"MARKET_ENTRY_{name}", value)
    with pytest.raises(BadSettings, match=sentence):
        read_settings()


def test_networks_and_an_address_without_its_slash_are_settings() -> None:
    settings = Settings(trusted_proxy="10.0.0.0/8, ::1", public_url="https://market.example.org/")
    assert settings.proxies == ["10.0.0.0/8", "::1"]
    assert settings.address == "https://market.example.org"


@pytest.mark.servers
def test_the_libraries_of_openid_connect_are_loaded_only_where_a_provider_is_set() -> None:
    loaded = (
        "import sys, commands.cli, pages.staff.site; print([m for m in sys.modules if m in ('authlib', 'joserfc')])"
    )
    project = Path(__file__).parents[3]
    ran = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, cwd=project, check=True)
    assert ran.stdout.strip() == "[]"
