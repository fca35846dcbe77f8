"""Sign-in by OpenID Connect, at a small provider on this machine that speaks the protocol and can be made to lie."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI, Form, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from assistant.accounts.accounts import Details, Role
from tests.conftest import PATIENCE, Clock, House, free_port, installation, served, word_vectors
from tests.staff_pages import Browser, web

CLIENT, SECRET = "market-entry", "the secret of this client, long enough"
BACK = "/staff/sign-in/openid/back"


@dataclass
class Lies:
    """What the provider says otherwise than it should."""

    claims: dict[str, Any] = field(default_factory=dict)  # None leaves a claim out
    userinfo: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    back: dict[str, str] = field(default_factory=dict)
    algorithm: str = "RS256"
    key: str = "own"
    broken: str = ""  # a path that answers with something else
    status: int = 200


KEYS: dict[str, Any] = {
    "own": RSAKey.generate_key(2048),
    "another": RSAKey.generate_key(2048),
    "secret": OctKey.import_key(SECRET),
}


def provider(issuer: str, lies: Lies) -> FastAPI:  # noqa: C901 - one function an endpoint
    """A provider that has signed Anna in already. It insists on PKCE and on the client's secret."""
    api = FastAPI()
    codes: dict[str, dict[str, str]] = {}
    tokens: set[str] = set()

    @api.middleware("http")
    async def breaks(request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        if lies.broken and request.url.path.endswith(lies.broken):
            return PlainTextResponse("<html>not json", lies.status)
        return await go_on(request)

    @api.get("/.well-known/openid-configuration")
    def discovery() -> dict[str, Any]:
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "userinfo_endpoint": f"{issuer}/userinfo",
            "jwks_uri": f"{issuer}/jwks",
        } | lies.discovery

    @api.get("/jwks")
    def jwks() -> dict[str, Any]:
        return {"keys": [KEYS["own"].as_dict(private=False)]}

    @api.get("/authorize")
    def authorize(request: Request) -> RedirectResponse:
        asked = dict(request.query_params)
        if asked["client_id"] != CLIENT or asked["response_type"] != "code" or asked["code_challenge_method"] != "S256":
            raise HTTPException(400)
        assert set(asked["scope"].split()) == {"openid", "email"}
        code = secrets.token_urlsafe()
        codes[code] = asked
        back = {"code": code, "state": asked["state"]} | lies.back
        return RedirectResponse(str(httpx.URL(asked["redirect_uri"], params=back)), 303)

    @api.post("/token")
    def token(
        request: Request,
        code: Annotated[str, Form()],
        code_verifier: Annotated[str, Form()],
        redirect_uri: Annotated[str, Form()],
        client_secret: Annotated[str, Form()] = "",
    ) -> dict[str, Any]:
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".replace(" ", "%20").replace(",", "%2C").encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        known = request.headers.get("authorization") in (f"Basic {basic}", f"Basic {plain}") or client_secret == SECRET
        asked = codes.pop(code, None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).decode().rstrip("=")
        if not known or not asked or asked["code_challenge"] != challenge or asked["redirect_uri"] != redirect_uri:
            raise HTTPException(400, "invalid_grant")
        now, access = int(time.time()), secrets.token_urlsafe()
        tokens.add(access)
        claims = {
            "iss": issuer,
            "sub": "0815",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email": "anna@example.org",
            "email_verified": True,
        } | lies.claims
        signed = {name: value for name, value in claims.items() if value is not None}
        return {"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": _signed(signed, lies)}

    @api.get("/userinfo")
    def userinfo(request: Request) -> dict[str, Any]:
        if request.headers.get("authorization", "").removeprefix("Bearer ") not in tokens:
            raise HTTPException(401)
        return {"sub": "0815", "email": "anna@example.org", "email_verified": True} | lies.userinfo

    return api


def _signed(claims: dict[str, Any], lies: Lies) -> str:
    if lies.algorithm == "none":
        parts = [
            base64.urlsafe_b64encode(str(part).replace("'", '"').replace("True", "true").encode())
            for part in ({"alg": "none"}, claims)
        ]
        return ".".join(part.decode().rstrip("=") for part in parts) + "."
    header = {"alg": lies.algorithm, "kid": KEYS["own"].thumbprint()}
    return jwt.encode(header, claims, KEYS[lies.key], algorithms=[lies.algorithm])


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"), word_vectors())
    yield house
    house.catalogue.close()


@pytest.fixture
def lies() -> Lies:
    return Lies()


@pytest.fixture
def browser(house: House, tmp_path: Path, lies: Lies) -> Iterator[Browser]:
    """A browser at a served site that knows Anna by her e-mail address, with the provider beside it."""
    issuer_port, port = free_port(), free_port()
    issuer, address = f"http://127.0.0.1:{issuer_port}", f"http://127.0.0.1:{port}"
    app = installation(
        house,
        tmp_path / "accounts.sqlite",
        Clock(),
        public_url=address,
        openid_issuer=issuer,
        openid_client_id=CLIENT,
        openid_client_secret=SECRET,
    )
    app.accounts.add("anna", Details(display_name="Anna", role=Role.AUTHOR, email="anna@example.org"), who="test")
    with served(provider(issuer, lies), issuer_port), served(web(app), port):
        yield Browser(address)
    app.accounts.close()


def arrive(browser: Browser, path: str = "/staff/sign-in/openid") -> httpx.Response:
    """Leave for the provider and come back; returns what our page answers then."""
    left = browser.get(path)
    assert left.status_code == 303, left.text
    returned = httpx.get(left.headers["location"], timeout=PATIENCE)
    assert returned.status_code == 303, returned.text
    return browser.get(returned.headers["location"])


def test_the_sign_in_page_leads_there_and_back_to_where_the_person_was_going(browser: Browser) -> None:
    form = browser.get("/staff/sign-in?next=/staff/account")
    assert 'href="/staff/sign-in/openid?next=/staff/account"' in form.text
    arrived = arrive(browser, "/staff/sign-in/openid?next=/staff/account")
    assert arrived.headers["location"] == "/staff/account"
    assert "Anna" in browser.get("/staff/account").text
    assert browser.get("/").json() == "staff"
    assert "Change the password" not in browser.get("/staff/account").text  # there is none
    assert browser.post("/staff/sign-out").status_code == 303
    assert browser.get("/").json() == "anyone"


def test_what_is_sent_along_is_unlike_each_time_and_keeps_secrets_at_home(browser: Browser) -> None:
    sent = [parse_qs(urlsplit(browser.get("/staff/sign-in/openid").headers["location"]).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert sent[0][name] != sent[1][name]
    kept = browser.client.cookies.get("leave") or ""
    assert SECRET not in str(sent)
    assert SECRET not in base64.urlsafe_b64decode(kept).decode()
    assert "verifier" in base64.urlsafe_b64decode(kept).decode()
    assert "code_verifier" not in str(sent)


@pytest.mark.parametrize(
    "userinfo_only", [{"email": None, "email_verified": None}], ids=["the address is told at the other endpoint"]
)
def test_the_address_may_be_told_at_the_userinfo_endpoint(
    browser: Browser, lies: Lies, userinfo_only: dict[str, None]
) -> None:
    lies.claims = dict(userinfo_only)
    assert arrive(browser).headers["location"] == "/staff/"
    lies.userinfo = {"sub": "4711"}  # of somebody else
    browser.client.cookies.clear()
    assert arrive(browser).status_code == 400


def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(browser: Browser, lies: Lies) -> None:
    lies.discovery = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert arrive(browser).headers["location"] == "/staff/"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"aud": ["another-client", CLIENT]},
        {"aud": None},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"azp": "another-client"},
        {"at_hash": "bm90IHRoZSBoYXNo"},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "true"},
        {"email": ""},
    ],
    ids=str,
)
def test_a_token_that_does_not_say_what_it_must_signs_nobody_in(
    browser: Browser, lies: Lies, claims: dict[str, Any]
) -> None:
    lies.claims = claims
    assert arrive(browser).status_code == 400
    assert browser.get("/").json() == "anyone"


@pytest.mark.parametrize(("algorithm", "key"), [("RS256", "another"), ("none", "own"), ("HS256", "secret")])
def test_a_token_that_the_provider_did_not_sign_signs_nobody_in(
    browser: Browser, lies: Lies, algorithm: str, key: str
) -> None:
    lies.algorithm, lies.key = algorithm, key
    refused = arrive(browser)
    assert refused.status_code == 400
    assert "did not succeed; begin again" in refused.text


def test_who_is_known_there_but_not_here_is_told_so(browser: Browser, lies: Lies) -> None:
    lies.claims = {"email": "eve@example.org"}
    refused = arrive(browser)
    assert refused.status_code == 401
    assert "no account here" in refused.text


@pytest.mark.parametrize("back", [{"state": "another"}, {"state": ""}, {"iss": "https://evil.example"}], ids=str)
def test_who_comes_back_from_elsewhere_is_refused(browser: Browser, lies: Lies, back: dict[str, str]) -> None:
    lies.back = back
    assert arrive(browser).status_code == 400


def test_who_was_refused_there_or_never_left_is_refused_here(browser: Browser) -> None:
    assert browser.get(f"{BACK}?code=x&state=y").status_code == 400
    browser.get("/staff/sign-in/openid")
    assert browser.get(f"{BACK}?error=access_denied&state=y").status_code == 400
    for kept in ("x", "e30=", "W10=", "bnVsbA==", base64.urlsafe_b64encode(b'[{"a": 1}, 2]').decode()):
        other = Browser(browser.origin, headers={"Cookie": f"leave={kept}"})
        assert other.get(f"{BACK}?code=x&state=y").status_code == 400


def test_another_browser_cannot_be_signed_in_with_ones_own_way_back(browser: Browser) -> None:
    returned = httpx.get(browser.get("/staff/sign-in/openid").headers["location"], timeout=PATIENCE).headers["location"]
    victim = Browser(browser.origin)
    victim.get("/staff/sign-in/openid")
    assert victim.get(returned).status_code == 400
    assert victim.get("/").json() == "anyone"


def test_a_way_back_works_once(browser: Browser) -> None:
    left = browser.get("/staff/sign-in/openid")
    kept = browser.client.cookies.get("leave")
    returned = httpx.get(left.headers["location"], timeout=PATIENCE).headers["location"]
    assert browser.get(returned).status_code == 303
    again = Browser(browser.origin, headers={"Cookie": f"leave={kept}"})
    assert again.get(returned).status_code in (400, 503)


@pytest.mark.parametrize("status", [200, 307, 404, 500])
@pytest.mark.parametrize("broken", ["/openid-configuration", "/token", "/jwks"])
def test_a_provider_that_does_not_answer_as_agreed_is_told_with_a_way_on(
    browser: Browser, lies: Lies, broken: str, status: int
) -> None:
    left = browser.get("/staff/sign-in/openid")
    returned = httpx.get(left.headers["location"], timeout=PATIENCE).headers["location"]
    lies.broken, lies.status = broken, status
    failed = browser.get(returned)
    assert failed.status_code == 503
    assert "sign in with name and password" in failed.text
    if broken == "/openid-configuration":
        assert browser.get("/staff/sign-in/openid").status_code == 503


def test_a_provider_that_names_another_issuer_is_not_believed(browser: Browser, lies: Lies) -> None:
    lies.discovery = {"issuer": "https://evil.example"}
    assert browser.get("/staff/sign-in/openid").status_code == 503


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_the_way_back_never_leads_to_another_site(browser: Browser, elsewhere: str) -> None:
    assert arrive(browser, f"/staff/sign-in/openid?next={elsewhere}").headers["location"] == "/staff/"
