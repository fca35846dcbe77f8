"""Mails to a real server, and webhooks to a real receiver."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import ssl
import time
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr, ValidationError

from assistant.handoff.webhook import KEY, SIGNATURE, WebhookFailed, post
from assistant.mail import Mail, MailNotSent, NoMailServer, mailing
from assistant.settings import Settings
from tests.conftest import free_port
from tests.mail_server import post_office, receiver

MAIL = Mail(
    "desk@biom.example", "Frage von Größe GmbH", "Wo beginnen wir?\n", key="abc", reply_to="ana@groesse.example"
)
SECRET = SecretStr("key of the webhook")
RIGHT, WRONG = SecretStr("open sesame"), SecretStr("close sesame")


def send(settings: Settings, mail: Mail = MAIL) -> None:
    with mailing(settings) as out:
        out(mail)


def test_a_mail_arrives_with_its_key_and_the_address_to_reply_to(tmp_path: Path) -> None:
    with post_office() as office:
        send(office.settings(tmp_path))
    [mail] = office.mails
    assert (mail["To"], mail["Subject"]) == (MAIL.to, MAIL.subject)
    assert (mail["Message-ID"], mail["Reply-To"]) == ("<abc@alliance.example>", "ana@groesse.example")
    assert mail.get_content() == MAIL.text


def test_the_address_that_ends_mails_stands_in_one_piece_however_long_it_is(tmp_path: Path) -> None:
    address = f"https://market-entry.an-alliance-of-clusters.example.org/assistant/watch/{'a' * 80}/stop"
    with post_office() as office:
        send(office.settings(tmp_path), replace(MAIL, unsubscribe=address))
    [raw] = office.raw
    assert f"\r\nList-Unsubscribe: <{address}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_without_a_server_that_is_said_and_nothing_is_sent(tmp_path: Path) -> None:
    with pytest.raises(NoMailServer, match="MARKET_ENTRY_SMTP_HOST"):
        send(Settings(home=tmp_path))


def test_a_server_that_refuses_is_told_in_a_sentence(tmp_path: Path) -> None:
    with post_office() as office:
        office.answers.append("550 no such desk")
        with pytest.raises(MailNotSent, match=r"desk@biom\.example was not taken .*no such desk"):
            send(office.settings(tmp_path))
    assert office.mails == []


def test_a_server_that_asks_to_come_again_takes_the_mail_when_we_do(tmp_path: Path) -> None:
    with post_office() as office:
        office.answers.append("451 greylisted")
        with pytest.raises(MailNotSent) as refused:
            send(office.settings(tmp_path))
        assert refused.value.retryable
        send(office.settings(tmp_path))
    assert len(office.mails) == 1


def test_a_server_that_stalls_is_left_after_the_time_that_is_set(tmp_path: Path) -> None:
    with post_office() as office:
        office.silent = True  # until we have gone
        with pytest.raises(MailNotSent, match="timed out"):
            send(office.settings(tmp_path, smtp_seconds=1))


def test_a_server_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    port = free_port()
    settings = Settings(home=tmp_path, smtp_host="127.0.0.1", smtp_port=port, smtp_sender="a@b.example")
    with pytest.raises(MailNotSent, match=f"127.0.0.1:{port} cannot be used"):
        send(settings)


def test_a_locked_server_is_entered_with_the_password_and_tells_a_wrong_one(tmp_path: Path) -> None:
    with post_office(locked=True) as office:
        send(office.settings(tmp_path, smtp_user="assistant", smtp_password=RIGHT))
        stranger = office.settings(tmp_path, smtp_user="assistant", smtp_password=WRONG, smtp_seconds=1)
        with pytest.raises(MailNotSent, match="lets nobody in") as refused:
            send(stranger)  # this server then leaves our farewell without an answer
    assert len(office.mails) == 1
    assert "sesame" not in str(refused.value)


def test_an_encrypted_server_is_believed_only_with_a_certificate_that_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with post_office(encrypted=context) as office:
        settings = office.settings(tmp_path, smtp_ssl=True)
        with pytest.raises(MailNotSent, match="CERTIFICATE_VERIFY_FAILED"):
            send(settings)
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        send(settings)
    assert len(office.mails) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"smtp_host": "mail.example", "smtp_sender": ""}, "mails come from an address"),
        (
            {"smtp_host": "mail.example", "smtp_sender": "a@b.example", "smtp_starttls": False, "smtp_user": "a"},
            "unencrypted",
        ),
        ({"handoff_to": "biom=desk"}, "write it as biocat="),
        ({"desk_days": "biom=soon"}, "write it as biocat=3"),
        ({"desk_days": "biom=0"}, "write it as biocat=3"),
        ({"desk_days": "biom=3, biocta=5"}, "no cluster 'biocta'; choose from biocat, "),
        (
            {"handoff_to": "office@alliance.example, biocta=desk@biocat.example"},
            "no cluster 'biocta'; choose from biocat, ",
        ),
        ({"webhook_url": "http://crm.example/in", "webhook_secret": SECRET}, "https only"),
        ({"webhook_url": "file:///etc/passwd", "webhook_secret": SECRET}, "https only"),
        ({"webhook_url": "https://crm.example/in"}, "MARKET_ENTRY_WEBHOOK_SECRET"),
    ],
)
def test_settings_that_would_be_unsafe_are_refused(wrong: dict[str, object], said: str, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=said):
        Settings(home=tmp_path, **wrong)  # type: ignore[arg-type]


def test_a_webhook_is_signed_so_that_the_receiver_can_check_it(tmp_path: Path) -> None:
    began = int(time.time())
    with receiver() as crm:
        post(Settings(home=tmp_path, webhook_url=crm.url, webhook_secret=SECRET), "abc", {"text": "Größe"})
    [(headers, body)] = crm.requests
    assert json.loads(body) == {"text": "Größe"}
    assert headers[KEY] == "abc"
    at, made = (part.partition("=")[2] for part in headers[SIGNATURE].split(","))
    assert made == hmac.new(SECRET.get_secret_value().encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert began <= int(at) <= time.time()


@pytest.mark.parametrize("status", [500, 404, 302])
def test_a_webhook_that_is_not_taken_fails_and_follows_nobody_elsewhere(status: int, tmp_path: Path) -> None:
    with receiver() as crm, receiver() as elsewhere:
        crm.status = status
        crm.headers["Location"] = elsewhere.url
        with pytest.raises(WebhookFailed, match=f"answered {status}"):
            post(Settings(home=tmp_path, webhook_url=crm.url, webhook_secret=SECRET), "abc", {})
    assert elsewhere.requests == []


def test_a_webhook_that_is_not_there_is_told_in_a_sentence(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}/in"
    with pytest.raises(WebhookFailed, match="cannot be reached"):
        post(Settings(home=tmp_path, webhook_url=url, webhook_secret=SECRET), "abc", {})


def certificate(folder: Path) -> Path:
    """A key and a certificate for this machine, signed by nobody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file
