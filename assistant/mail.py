"""Sends e-mail by the SMTP server of the settings; without one, nothing is sent."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.headerregistry import BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import Policy, default
from email.utils import formatdate, make_msgid

from assistant.settings import Settings
from corpus.errors import KnownError

_WORD, _NAME = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+", r"[a-z0-9-]{0,61}[a-z0-9]"
_EMAIL = re.compile(  # as HTML has it for <input type="email">, with a domain of two names at least
    rf"{_WORD}(?:\.{_WORD})*@(?:[a-z0-9](?:{_NAME})?\.)+[a-z]{_NAME}", re.ASCII | re.IGNORECASE
)
_LONGEST_LOCAL, _LONGEST = 64, 254  # characters before the @, and of all (RFC 5321)


class _Unfolded(UnstructuredHeader, BaseHeader):
    """A header that stands on one line: a long address that is folded becomes one that no mail program knows."""

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _Unfolded)
_POLICY = default.clone(header_factory=_HEADERS)


class NoMailServer(KnownError):
    """E-mail is to be sent, and no server is set."""


class MailNotSent(KnownError):
    """The server did not take a mail."""

    retryable = True


@dataclass(frozen=True)
class Mail:
    """A plain text to one person.

    A mail with a `key` of its own has it in its Message-ID, so that who gets it twice can tell. One that comes again
    and again has in `unsubscribe` the address that ends that when anything is sent to it (RFC 8058).
    """

    to: str
    subject: str
    text: str
    key: str = ""
    reply_to: str = ""
    unsubscribe: str = ""


def address_problem(email: str) -> str:
    """The name of the text that says why no mail can be sent to an address; empty where it can.

    Mail servers agree on plain letters only. Letters of other scripts often look like plain ones (a Cyrillic а), so
    that a mail would go to somebody else; and what cannot be seen would be taken out, so that it would go to an address
    that nobody has typed.
    """
    if any(not (letter.isascii() and letter.isprintable()) for letter in email):
        return "handoff_email_letters"
    right = _EMAIL.fullmatch(email) and len(email) <= _LONGEST and len(email.partition("@")[0]) <= _LONGEST_LOCAL
    return "" if right else "handoff_email_bad"


@contextmanager
def mailing(settings: Settings) -> Iterator[Callable[[Mail], None]]:
    """A way to send mails, over one connection.

    Raises:
        NoMailServer: none is set.
        MailNotSent: the server cannot be reached or lets nobody in; from the way itself, it refuses a mail.
    """
    if not settings.smtp_host:
        raise NoMailServer("No mail server is set; set MARKET_ENTRY_SMTP_HOST and MARKET_ENTRY_SMTP_SENDER.")
    with _translating_errors(f"The mail server {settings.smtp_host}:{settings.smtp_port} cannot be used"):
        server = _connected(settings)
    try:
        with _translating_errors(f"The mail server {settings.smtp_host} lets nobody in"):
            if settings.smtp_starttls and not settings.smtp_ssl:
                server.starttls(context=ssl.create_default_context())
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())

        def send(mail: Mail) -> None:
            with _translating_errors(f"The mail to {mail.to} was not taken"):
                server.send_message(_message(mail, settings.smtp_sender))

        yield send
    finally:
        _take_leave(server)


def _connected(settings: Settings) -> smtplib.SMTP:
    if settings.smtp_ssl:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=settings.smtp_seconds, context=context)
    return smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=settings.smtp_seconds)


def _take_leave(server: smtplib.SMTP) -> None:
    """Part from the server; what it has taken stays taken, even if it does not answer any more."""
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()


def _message(mail: Mail, sender: str) -> EmailMessage:
    message = EmailMessage(_POLICY)
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = formatdate()
    domain = sender.rpartition("@")[2].rstrip(">")
    message["Message-ID"] = f"<{mail.key}@{domain}>" if mail.key else make_msgid(domain=domain or None)
    if mail.reply_to:
        message["Reply-To"] = mail.reply_to
    if mail.unsubscribe:
        message["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"  # no answer from a robot, please
    message.set_content(mail.text)
    return message


@contextmanager
def _translating_errors(what: str) -> Iterator[None]:
    try:
        yield
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise MailNotSent(f"{what} ({error}); check the settings MARKET_ENTRY_SMTP_..., then try again.") from error
