"""E-mail (EML): its text; attachments are left behind, to be added as files of their own."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from corpus.documents import Read
from corpus.files.formats import text, webpage

SUFFIXES = (".eml",)
BY_NAME = False

_HEADER = re.compile(rb"(?:[A-Za-z][\w-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}\r?\n")
_NAMES = re.compile(rb"^(?:from|date|subject|mime-version|message-id|received):", re.IGNORECASE | re.MULTILINE)
_HEAD = 64 * 1024  # bytes in which the header ends


def recognises(data: bytes) -> bool:
    """A header as letters have it: at least three of the usual fields."""
    header = _HEADER.match(data[:_HEAD])
    return header is not None and len({name.lower() for name in _NAMES.findall(header[0])}) > 2


def read(data: bytes) -> Read:
    """The plain text, or else the HTML; subject, sender and date as proposals."""
    message = message_from_bytes(data, policy=policy.default)
    if not isinstance(message, EmailMessage):
        return Read(())
    body = message.get_body(("plain", "html"))
    content = body.get_content() if body is not None else ""
    read_body = webpage.read if body is not None and body.get_content_subtype() == "html" else text.read
    sender = message.get("from")
    return replace(
        read_body(content.encode("utf-8", "replace")),
        title=str(message.get("subject", "")),
        publisher=sender.addresses[0].display_name if sender is not None and sender.addresses else "",
        published_on=_day(str(message.get("date", ""))),
    )


def _day(date: str) -> str:
    try:
        return parsedate_to_datetime(date).date().isoformat()
    except ValueError:
        return ""
