"""The log: one object a line, no secret, and nothing of what was asked or by whom."""

from __future__ import annotations

import io
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pydantic import SecretStr

from assistant.logs import log_to, secrets_of
from assistant.settings import Settings
from index.api import ApiEmbeddings, EndpointUnavailable
from tests.conftest import Run

KEY = "sk-of/the+house 4711"  # also as an address writes it
PASSWORD = "a password of the mail server"  # noqa: S105 - no secret of anybody's


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is written to the log of an installation with secrets."""
    root, before = logging.getLogger(), logging.getLogger().handlers[:]
    stream = io.StringIO()
    log_to(stream, Settings(embedding_key=SecretStr(KEY), smtp_password=SecretStr(PASSWORD)))
    yield stream
    logging.captureWarnings(False)
    root.handlers[:] = before


class Echoing(BaseHTTPRequestHandler):
    """A provider that refuses, and repeats the key in its answer."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        message = f"Incorrect API key provided: {self.headers['Authorization'].removeprefix('Bearer ')}"
        answer = json.dumps({"error": {"message": message, "type": "invalid_request_error"}}).encode()
        self.send_response(401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def echoing() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echoing)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_a_provider_s_error_that_repeats_the_key_is_logged_without_it(log: io.StringIO, echoing: str) -> None:
    with pytest.raises(EndpointUnavailable) as told:
        ApiEmbeddings(echoing, "m", KEY).embed_query("a question")
    assert told.value.__cause__ is not None
    assert KEY in str(told.value.__cause__)  # or this test would show nothing
    logging.getLogger("index.api").error("the provider said %s", told.value.__cause__, exc_info=told.value)
    [line] = lines(log)
    assert "[secret]" in line["message"]
    assert "Traceback" in line["traceback"]
    assert KEY not in log.getvalue()


def test_the_command_line_does_not_repeat_the_key_either(market_entry: Run, echoing: str) -> None:
    key = "sk-of-the-house-4711"
    more = {"MARKET_ENTRY_EMBEDDING_URL": echoing, "MARKET_ENTRY_EMBEDDING_KEY": key}
    done = market_entry("ask", "Anything?", **more, MARKET_ENTRY_EMBEDDING_MODEL="m")
    assert done.returncode != 0
    assert "MARKET_ENTRY_EMBEDDING_URL" in done.stderr
    assert key not in done.stderr + done.stdout


@pytest.mark.parametrize("name", ["assistant.accounts.openid", "chromadb", "somebody.else"])
def test_whoever_writes_the_line_secrets_are_taken_out_of_words_and_addresses(log: io.StringIO, name: str) -> None:
    asked = "https://provider.example/?key=sk-of%2Fthe%2Bhouse%204711"
    logging.getLogger(name).warning("asked %s with %r", asked, {"password": PASSWORD})
    [line] = lines(log)
    assert line["message"] == "asked https://provider.example/?key=[secret] with {'password': '[secret]'}"
    assert line["from"] == name
    assert line["level"] == "warning"


def test_every_secret_of_the_settings_is_known_to_the_log() -> None:
    names = [name for name, field in Settings.model_fields.items() if field.annotation is SecretStr]
    assert {"chat_key", "smtp_password", "webhook_secret", "openid_client_secret"} <= set(names)
    settings = Settings.model_construct(**{name: SecretStr(f"secret of {name}") for name in names})  # type: ignore[arg-type]
    assert set(secrets_of(settings)) == {f"secret of {name}" for name in names}


def test_a_line_break_in_a_message_makes_no_second_line(log: io.StringIO) -> None:
    logging.getLogger("pages.chat.page").warning('one\n{"level": "forged"}')
    [line] = lines(log)
    assert line["level"] == "warning"


def test_what_others_tell_below_a_warning_is_left_out(log: io.StringIO) -> None:
    logging.getLogger("httpx").info("HTTP Request: POST https://provider.example")
    logging.getLogger("pages.chat.page").info("told")
    assert [line["message"] for line in lines(log)] == ["told"]
