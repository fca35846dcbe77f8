"""Who asks: from a request to a session and to the reader on whose behalf the library is read."""

from __future__ import annotations

import logging
from ipaddress import IPv6Address, ip_address, ip_network
from typing import cast
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from assistant.accounts.accounts import Accounts, UnknownAccount, digest_of, plain_name, reader_of
from assistant.accounts.devices import KEPT
from assistant.accounts.sessions import Session, Sessions, Way
from assistant.app import App
from assistant.settings import Settings
from corpus.documents import Reader

_COOKIE = "market-entry"
_DEVICE = "market-entry-device"  # and which account it is known to
_NAMED = "named by the proxy"
_SENT_ON = "sent on by a proxy"
_OF_PROXIES = {
    *(b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto"),
    *(b"x-real-ip", b"via"),
}
_FORWARDED, _FORWARDED_HOST = (b"forwarded", b"x-forwarded-"), b"x-forwarded-host"
_OF_GRADIO = (b"x-gradio-server", b"x-gradio-user")  # of servers of its own, which we have none of

_log = logging.getLogger(__name__)


class Authenticator:
    """Knows people by the cookie of their session, or by the name that the trusted proxy gives them."""

    def __init__(self, accounts: Accounts, sessions: Sessions, settings: Settings) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._https = settings.address.startswith("https:")
        self._prefix = settings.prefix

    def session(self, request: HTTPConnection) -> Session | None:
        """The session of whoever sent this; `None` for anonymous people.

        Where the proxy names somebody, only that account's session counts; one that began with the proxy's word does
        not outlive it.
        """
        token = request.cookies.get(self.cookie(_COOKIE, request))
        session = self._sessions.session(token) if token else None
        named = named_by_proxy(request)
        if session and (named or session.way is Way.PROXY) and session.account.name != named:
            return None
        return session

    def reader(self, request: HTTPConnection | None) -> Reader:
        """On whose behalf the library is read for whoever sent this. Ask it anew for each question.

        For an event of Gradio it is given the `request` of Gradio's own request, which may be `None`.
        """
        if request is None:
            return Reader.ANYONE
        session = self.session(request)
        named = named_by_proxy(request)
        if session or not named:
            return reader_of(session.account if session else None)
        try:
            return reader_of(self._accounts.account(named))
        except UnknownAccount:
            return Reader.ANYONE

    def begin(self, request: Request, response: Response, token: str) -> None:
        """Let the browser keep a new session, and end the one that it had before."""
        self._end_kept(request)
        self.keep(request, response, _COOKIE, token)

    def end(self, request: Request, response: Response) -> None:
        """End the session that the browser keeps."""
        self._end_kept(request)
        self.drop(request, response, _COOKIE)

    def device(self, request: HTTPConnection, name: str) -> str:
        """What a browser keeps in which somebody has signed in with that account before; else empty."""
        return request.cookies.get(self.cookie(_device_of(name), request), "")

    def know(self, request: Request, response: Response, token: str) -> None:
        """Let the browser of a session that began with a password be known to its account from now on."""
        session = self._sessions.session(token)
        if session and session.way is Way.PASSWORD:
            name = session.account.name
            kept = self._sessions.know(token, self.device(request, name))
            self.keep(request, response, _device_of(name), kept, seconds=KEPT)

    def keep(self, request: Request, response: Response, name: str, value: str, seconds: int | None = None) -> None:
        """Set a cookie that no script and no other site can use; without `seconds`, until the browser is closed."""
        response.set_cookie(
            self.cookie(name, request),
            value,
            max_age=seconds,
            path=f"{self._prefix}/",
            httponly=True,
            samesite="lax",
            secure=self._secure(request),
        )

    def drop(self, request: Request, response: Response, name: str) -> None:
        """Take a cookie away."""
        self.keep(request, response, name, "", seconds=0)

    def cookie(self, name: str, request: HTTPConnection) -> str:
        """A cookie's full name. By https no unencrypted page can set one of that name.

        Nor can another host, where the server has a name to itself: browsers take that promise for whole names only.
        """
        promise = "__Secure-" if self._prefix else "__Host-"
        return f"{promise}{name}" if self._secure(request) else name

    def _secure(self, request: HTTPConnection) -> bool:
        return self._https or request.url.scheme == "https"

    def _end_kept(self, request: Request) -> None:
        token = request.cookies.get(self.cookie(_COOKIE, request))
        if token:
            self._sessions.sign_out(token)


def _device_of(name: str) -> str:
    return f"{_DEVICE}-{digest_of(plain_name(name))[:16]}"


def access_of(app: App) -> Authenticator:
    """The access to an installation's pages."""
    return Authenticator(app.accounts, app.sessions, app.settings)


def address_of(request: Request) -> str:
    """The address that a request comes from, as the trusted proxy tells it."""
    return request.client.host if request.client else ""


def named_by_proxy(request: HTTPConnection) -> str | None:
    """The account that the trusted proxy names, where sign-in by a proxy is set."""
    named = request.scope.get("state", {}).get(_NAMED)
    return cast("str | None", named)


def sent_on(request: HTTPConnection) -> bool:
    """Whether any proxy has sent this on, as far as it says so."""
    return bool(request.scope.get("state", {}).get(_SENT_ON))


class TrustedProxy:
    """The outermost layer: only the trusted proxy says from where, by which address and in whose name a request comes.

    Who names a person without being that proxy is refused, whatever was asked for. Gradio makes addresses of what such
    headers say, so they are taken out of everybody else's request; and where people reach us by an address that is set,
    the proxy need not say it, and cannot pass on what a visitor claims.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = cast("ASGIApp", ProxyHeadersMiddleware(app, trusted_hosts=settings.proxies))  # type: ignore[arg-type]
        self._networks = [ip_network(part) for part in settings.proxies]
        self._header = settings.proxy_user_header.encode()
        self._host = urlsplit(settings.public_url).netloc.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the name that the proxy gave."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        peer = _plain_address(scope["client"][0] if scope.get("client") else "")
        names = [value.decode("latin-1") for name, value in scope["headers"] if name == self._header]
        trusted = self._trusts(peer)
        if names and (len(names) > 1 or not trusted):
            _log.warning("refused a request from %s that names a person in the header %s", peer, self._header.decode())
            await _refuse(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state[_NAMED] = plain_name(names[0]) or None if names else None
        state[_SENT_ON] = any(header[0] in _OF_PROXIES for header in scope["headers"])
        if scope.get("client"):
            scope["client"] = (peer, scope["client"][1])
        scope["headers"] = [header for header in scope["headers"] if self._believed(header[0], trusted=trusted)]
        if trusted and self._host:
            scope["headers"].append((_FORWARDED_HOST, self._host))
        await self._app(scope, receive, send)

    def _believed(self, header: bytes, *, trusted: bool) -> bool:
        if header in _OF_GRADIO or (header == _FORWARDED_HOST and self._host):
            return False
        return trusted or not header.startswith(_FORWARDED)

    def _trusts(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def _plain_address(host: str) -> str:
    """An address of IPv4 as such, also where it came in by a socket for both."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    refusal = PlainTextResponse("Only the trusted proxy may say who asks (MARKET_ENTRY_TRUSTED_PROXY).", 403)
    await refusal(scope, receive, send)
