"""A real mail server, and a real receiver of webhooks, that do what a test wants of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from ssl import SSLContext
from threading import Event, Thread
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from assistant.settings import Settings
from tests.conftest import free_port


@dataclass
class PostOffice:
    """Takes mails, unless it has another answer ready for the next one."""

    port: int
    answers: deque[str] = field(default_factory=deque)  # to the next recipients, in place of 250
    silent: bool = False  # it takes a mail and does not say so, as long as this holds
    got: Event = field(default_factory=Event)
    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)  # the same as they came
    logins: list[tuple[str, str]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.answers:
            return self.answers.popleft()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content.replace(b"\r\n", b"\n"), policy=default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.raw.append(envelope.content)
        self.got.set()
        while self.silent:
            await asyncio.sleep(0.02)
        return "250 taken"

    def enter(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:  # noqa: ANN401
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password == b"open sesame")

    def settings(self, home: Path, **more: object) -> Settings:
        """Settings by which hand-offs go to this server."""
        values = {
            "smtp_host": "127.0.0.1",
            "smtp_port": self.port,
            "smtp_starttls": False,
            "smtp_seconds": 60,
            "smtp_sender": "assistant@alliance.example",
            "handoff_to": "biom=desk@biom.example, office@alliance.example",
        }
        return Settings(home=home, **(values | more))  # type: ignore[arg-type]


@contextmanager
def post_office(*, encrypted: SSLContext | None = None, locked: bool = False) -> Iterator[PostOffice]:
    """An open post office; an encrypted one is so from the first byte, a locked one asks for a password."""
    office = PostOffice(free_port())
    controller = Controller(
        office,
        hostname="127.0.0.1",
        port=office.port,
        ssl_context=encrypted,
        authenticator=office.enter,
        auth_required=locked,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield office
    finally:
        office.silent = False
        controller.stop()


@dataclass
class Receiver:
    """Takes what webhooks send."""

    url: str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)  # of its answers
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A receiver that answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            one.requests.append((dict(self.headers), body))
            self.send_response(one.status)
            for name, value in one.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    one = Receiver(f"http://127.0.0.1:{server.server_port}/handoffs")
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield one
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
