"""The weekly mail: to whom it goes, what it says, and how it is sent to a real server on this machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from pydantic import SecretStr, ValidationError

from assistant.accounts.accounts import Details, Role
from assistant.app import App
from assistant.desk.digest import digests, sent
from assistant.journal.gaps import assign, gather, list_gaps
from assistant.mail import Mail, MailNotSent, NoMailServer, mailing
from assistant.settings import Settings
from corpus.documents import Stage
from tests.conftest import House, Run, free_port, installation, word_vectors
from tests.journals import Diary

GRAFT = "Does our zirconium graft need a licence in Brazil?"
SENDER = "assistant@example.org"


class Postbox:
    """What a mail server does with what it gets; it knows nobody at nowhere.example."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.endswith("@nowhere.example"):
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(envelope.original_content or b"", policy=default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        return "250 OK"


@contextmanager
def postbox(**options: Any) -> Iterator[tuple[Postbox, int]]:  # noqa: ANN401 - as aiosmtpd takes them
    """A mail server on this machine, and its port."""
    box, port = Postbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port, **options)
    server.start()
    try:
        yield box, port
    finally:
        server.stop()


def settings(port: int, **more: object) -> Settings:
    return Settings(
        smtp_starttls=False,
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_sender=SENDER,
        **more,  # type: ignore[arg-type]
    )


@pytest.fixture
def app(house: House, tmp_path: Path) -> Iterator[App]:
    """An installation with people of the staff who have addresses, a member, and one without an address."""
    app = installation(house, tmp_path / "accounts.sqlite")
    for name, role, language in (
        ("ada", Role.AUTHOR, "de"),
        ("rosa", Role.REVIEWER, "ca"),
        ("mia", Role.MEMBER, "en"),
        ("eve", Role.REVIEWER, "en"),
    ):
        email = "" if name == "eve" else f"{name}@example.org"
        details = Details(display_name=name.title(), role=role, cluster="biom", email=email, language=language)
        app.accounts.add(name, details, who="test")
    yield replace(app, journal=Diary(house.folder).journal)
    app.accounts.close()


def test_only_those_of_the_staff_hear_for_whom_something_waits(app: App, house: House) -> None:
    assert list(digests(app)) == []
    house.edit("japan/devices", "A new sentence.", who="ada")
    house.catalogue.move("japan/devices", Stage.IN_REVIEW, who="ada", why="")
    [review] = digests(app)
    assert review.mail.to == "rosa@example.org"
    assert review.mail.text.startswith("Bon dia, Rosa,")
    assert "Devices in Japan (japan/devices)" in review.mail.text
    house.catalogue.move("japan/devices", Stage.DRAFT, who="rosa", why="too short")
    [returned] = digests(app)
    assert returned.mail.to == "ada@example.org"
    assert "Zurückgegeben:" in returned.mail.text


def test_gaps_and_overdue_documents_of_the_cluster_are_in_it(app: App, house: House) -> None:
    diary = Diary(house.folder)
    diary.declined(GRAFT)
    gather(app.journal, app.cache.model)
    assign(app.journal, list_gaps(app.journal)[0].id, "ada")
    house.catalogue.set_terms(["brazil/food"], owner="biom", who="test", why="")
    diary.day += timedelta(days=400)
    ada, rosa = digests(replace(app, journal=diary.journal))
    assert GRAFT in ada.mail.text
    assert "/staff/gaps/" in ada.mail.text
    assert "Food in Brazil" in ada.mail.text
    assert "Devices in Japan" not in ada.mail.text
    assert GRAFT not in rosa.mail.text


def test_nobody_gets_a_second_mail_within_a_week(app: App, house: House) -> None:
    diary = Diary(house.folder)
    app = replace(app, journal=diary.journal)
    house.edit("japan/devices", "A new sentence.", who="ada")
    house.catalogue.move("japan/devices", Stage.IN_REVIEW, who="ada", why="")
    [digest] = digests(app)
    sent(app, digest)
    found = []
    for _ in range(8):
        found.append(len(list(digests(app))))
        diary.days_pass(1)
    assert found == [0] * 7 + [1]


# Sending


def test_a_mail_arrives_with_its_letters_and_says_that_a_machine_wrote_it() -> None:
    with postbox() as (box, port), mailing(settings(port)) as send:
        send(Mail("ada@example.org", "Überfällig: l'«any»", "Guten Tag, Ada,\n\nñ, ß, ’\n"))
    [mail] = box.mails
    assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, "ada@example.org", "Überfällig: l'«any»")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"]
    assert mail["Message-ID"].endswith("@example.org>")
    assert "ñ, ß, ’" in mail.get_content()


def test_a_person_the_server_does_not_know_keeps_no_mail_from_the_others() -> None:
    with postbox() as (box, port), mailing(settings(port)) as send:
        with pytest.raises(MailNotSent, match=r"nobody@nowhere\.example was not taken"):
            send(Mail("nobody@nowhere.example", "To nobody", "."))
        send(Mail("ada@example.org", "To Ada", "."))
    assert [mail["Subject"] for mail in box.mails] == ["To Ada"]


def test_a_header_cannot_be_smuggled_in() -> None:
    with postbox() as (box, port), mailing(settings(port)) as send:
        with pytest.raises(MailNotSent):
            send(Mail("ada@example.org\nBcc: all@example.org", "Hello", "."))
        with pytest.raises(MailNotSent):
            send(Mail("ada@example.org", "Hello\nBcc: all@example.org", "."))
    assert box.mails == []


def test_the_server_lets_in_who_has_the_password() -> None:
    def known(_server: SMTP, _session: Session, _envelope: Envelope, _way: str, said: object) -> AuthResult:
        return AuthResult(success=getattr(said, "password", b"") == b"right")

    with postbox(authenticator=known, auth_required=True, auth_require_tls=False) as (box, port):
        with mailing(settings(port, smtp_user="us", smtp_password=SecretStr("right"))) as send:
            send(Mail("ada@example.org", "Hello", "."))
        stranger = settings(port, smtp_user="us", smtp_password=SecretStr("wrong-secret"), smtp_seconds=1)
        with pytest.raises(MailNotSent, match="lets nobody in") as failed, mailing(stranger):
            pass
    assert len(box.mails) == 1
    assert "wrong-secret" not in str(failed.value)


def test_without_encryption_where_it_is_wanted_nothing_is_sent() -> None:
    with postbox() as (box, port):
        wanted = settings(port).model_copy(update={"smtp_starttls": True})
        with pytest.raises(MailNotSent, match="lets nobody in"), mailing(wanted):
            pass
    assert box.mails == []


def test_a_server_that_is_not_there_is_told_in_a_sentence() -> None:
    with pytest.raises(MailNotSent, match="cannot be used"), mailing(settings(free_port())):
        pass
    with pytest.raises(NoMailServer, match="MARKET_ENTRY_SMTP_HOST"), mailing(Settings()):
        pass


def test_settings_that_would_send_a_password_in_the_clear_or_have_no_sender_are_refused() -> None:
    with pytest.raises(ValidationError, match="unencrypted"):
        Settings(smtp_starttls=False, smtp_host="mail.example.org", smtp_sender=SENDER, smtp_user="us")
    with pytest.raises(ValidationError, match="mails come from an address"):
        Settings(smtp_host="mail.example.org")


def test_the_command_prints_or_sends_what_waits(market_entry: Run, lean_as_built: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(lean_as_built, tmp_path / "home"))
    house = House(home, word_vectors())
    made = market_entry("accounts", "add", "ben", "--role", "reviewer", "--email", "ben@example.org", home=home)
    assert made.returncode == 0, made.stderr
    house.edit("japan/nutrition", "A new sentence.", who="ada")
    house.catalogue.move("japan/nutrition", Stage.IN_REVIEW, who="ada", why="")
    printed = market_entry("digest", "--dry-run", home=home)
    assert "To: ben@example.org" in printed.stdout
    assert "Functional foods and supplements in Japan" in printed.stdout
    with postbox() as (box, port):
        server = {
            "MARKET_ENTRY_SMTP_HOST": "127.0.0.1",
            "MARKET_ENTRY_SMTP_PORT": str(port),
            "MARKET_ENTRY_SMTP_SENDER": SENDER,
            "MARKET_ENTRY_SMTP_STARTTLS": "no",
        }
        assert market_entry("digest", home=home, **server).stdout == "sent to ben@example.org\n"
        assert market_entry("digest", home=home, **server).stdout == ""
    assert [mail["To"] for mail in box.mails] == ["ben@example.org"]
    assert "No mail server is set" in market_entry("digest", home=home).stderr
    house.catalogue.close()
