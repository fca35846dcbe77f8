"""Sends JSON to the one address of the settings, signed, so that the receiver can tell who sends and what is old."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping

import httpx

from assistant.settings import Settings
from corpus.errors import KnownError

SIGNATURE = "X-Market-Entry-Signature"
KEY = "Idempotency-Key"
_SECONDS = 20.0


class WebhookFailed(KnownError):
    """The receiver did not take what it was sent."""

    retryable = True


def signature(secret: str, at: int, body: bytes) -> str:
    """The header's value: the time in seconds and an HMAC-SHA256 of `TIME.BODY`, in hexadecimal."""
    made = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={made}"


def post(settings: Settings, key: str, value: Mapping[str, object]) -> None:
    """Send an object; `key` is the same whenever the same object is sent again. No redirect is followed.

    Raises:
        WebhookFailed: the receiver cannot be reached, or answers with anything but success.
    """
    body = json.dumps(value, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        KEY: key,
        SIGNATURE: signature(settings.webhook_secret.get_secret_value(), int(time.time()), body),
    }
    host = httpx.URL(settings.webhook_url).host
    try:
        answer = httpx.post(settings.webhook_url, content=body, headers=headers, timeout=_SECONDS, trust_env=False)
    except httpx.HTTPError as error:
        raise WebhookFailed(f"The webhook at {host} cannot be reached ({error}); check that it runs.") from error
    if not answer.is_success:
        raise WebhookFailed(f"The webhook at {host} answered {answer.status_code}; look into its log.")
