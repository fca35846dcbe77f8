"""The log: one JSON object a line on stderr, in which no secret of the settings stands."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TextIO
from urllib.parse import quote, unquote, urlsplit

from pydantic import SecretStr

from assistant.settings import Settings

_OURS = ("assistant", "corpus", "index", "pages", "ui")
_HIDDEN = "[secret]"
_SHORTEST = 4  # characters; a shorter secret protects nothing, and would blank half of every line


class NoSecrets(logging.Filter):
    """Takes secrets out of a record, also where a provider's error or a traceback repeats them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        plain = {secret for secret in secrets if len(secret) >= _SHORTEST}
        self._secrets = sorted(plain | {quote(secret, safe="") for secret in plain}, key=len, reverse=True)

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record through, its message and traceback written out and cleaned."""
        record.msg, record.args = self._cleaned(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
            record.exc_info = None
        if record.exc_text:
            record.exc_text = self._cleaned(record.exc_text)
        return True

    def _cleaned(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _HIDDEN)
        return text


class Lines(logging.Formatter):
    """A record as one line of JSON, with the `fields` that its writer gave it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        row: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "from": record.name,
            "message": record.getMessage(),
        }
        row |= getattr(record, "fields", {})
        if record.exc_text:
            row["traceback"] = record.exc_text
        return json.dumps(row, ensure_ascii=False)


def secrets_of(settings: Settings) -> list[str]:
    """All keys, passwords and tokens among the settings."""
    values = (getattr(settings, name) for name in Settings.model_fields)
    secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    token = urlsplit(settings.chroma.get_secret_value()).username
    return [*secrets, unquote(token)] if token else secrets


def log_to(stream: TextIO, settings: Settings) -> None:
    """Write the log of this process there: what we log, and warnings of everybody else."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Lines())
    handler.addFilter(NoSecrets(secrets_of(settings)))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(True)


def log_to_stderr(settings: Settings) -> None:
    """Write the log where services look for it."""
    log_to(sys.stderr, settings)
