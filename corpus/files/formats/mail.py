"""E-mail (EML) and saved pages (MHTML): their text; attachments are left behind, to be added as files of their own."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime

from corpus.documents import Read
from corpus.files.formats import text, webpage
from corpus.files.formats._text import decode

SUFFIXES = (".eml", ".mhtml", ".mht")
BY_NAME = False

_HEADER = re.compile(rb"(?:[A-Za-z][\w-]*:[^\n]*\n(?:[ \t][^\n]*\n)*){2,}\r?\n")
_NAMES = re.compile(rb"^(?:from|date|subject|mime-version|message-id|received):", re.IGNORECASE | re.MULTILINE)
_HEAD = 64 * 1024  # bytes in which the header ends
_MISSING = 0.5  # of the different words of the HTML: when the plain text lacks more, it only stands in for the HTML


def recognises(data: bytes) -> bool:
    """A header as letters have it: at least three of the usual fields."""
    header = _HEADER.match(data[:_HEAD])
    return header is not None and len({name.lower() for name in _NAMES.findall(header[0])}) > 2


def read(data: bytes) -> Read:
    """The plain text, or the HTML where that is the letter; subject and date as proposals. Who wrote it is no publisher."""
    message = message_from_bytes(data, policy=policy.default)
    if not isinstance(message, EmailMessage):
        return Read(())
    plain, page = _body(message, "plain"), _body(message, "html")
    found = text.read(plain.encode()) if plain else Read(())
    if page:
        of_page = webpage.read(page.encode("utf-8-sig", "replace"))  # marked, since the page may say something else
        said = _words(of_page)
        found = of_page if len(said - _words(found)) > _MISSING * len(said) else found
    subject = _raw(message, "subject")
    return replace(
        found,
        title=decode(subject) if subject else str(message.get("subject", "")),
        publisher="",
        published_on=_day(str(message.get("date", ""))),
    )


def _body(message: EmailMessage, kind: str) -> str:
    """A letter's text of a kind, by the encoding that it states, or as it looks."""
    body = message.get_body((kind,))
    content = body.get_payload(decode=True) if body is not None else None
    if body is None or not isinstance(content, bytes):
        return ""
    declared = body.get_content_charset()
    if declared is None and kind == "html":
        declared = webpage.declared(content)
    return decode(content, declared)


def _raw(message: EmailMessage, name: str) -> bytes | None:
    """A field of the header that was not written as mail asks, in plain bytes; None for others."""
    value = next((value for field, value in message.raw_items() if field.lower() == name), "")
    data = str(value).encode("utf-8", "surrogateescape")
    return None if data.isascii() else data


def _words(found: Read) -> set[str]:
    return {word for section in found.sections for word in section.text.casefold().split()}


def _day(date: str) -> str:
    try:
        return parsedate_to_datetime(date).date().isoformat()
    except ValueError:
        return ""
