"""What has changed in the library, as an Atom feed by which anybody can follow a market, a topic or a document."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from itertools import islice
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response
from lxml import etree

from assistant.app import App
from assistant.handoff.watching.changes import Change, Followed, changes_of, name_of, words_of
from assistant.language.dates import dated
from assistant.texts import say
from corpus.documents import Reader
from pages.public.layout import language_of
from pages.shared.access import address_of
from pages.shared.rendering import installation
from pages.shared.shown import shown

router = APIRouter()

PATH = "/changes.atom"
_ENTRIES = 50
_MOST_LINES = 20  # of what an entry says has changed
_ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"
_NEVER = datetime.fromtimestamp(0, UTC)  # of a feed in which nothing is yet
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # for XML


@router.get(PATH)
def feed(request: Request, followed: Annotated[Followed, Query()]) -> Response:
    """The newest changes first; who has them already is told so.

    Raises:
        NoSuchPage, Withdrawn: the document that is followed is not there.
    """
    request.app.state.searching.admit(address_of(request))
    app, language = installation(request), language_of(request)
    with request.app.state.searches.turn():
        if followed.document:
            shown(app.catalogue, followed.document, Reader.ANYONE)
        changes = list(islice(changes_of(app.catalogue, app.vocabulary, followed), _ENTRIES))
        data = _written(app, followed, changes, language)
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type="application/atom+xml", headers=headers)


def _written(app: App, followed: Followed, changes: list[Change], language: str) -> bytes:
    """The feed, in Atom's form (RFC 4287)."""
    query = urlencode({name: value for name, value in (*followed, ("language", language)) if value})
    own = f"{app.settings.address}{PATH}?{query}"
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM}, attrib={f"{{{_XML}}}lang": language})
    _put(root, "title", _title(app, followed, language))
    _put(root, "id", own)
    _put(root, "updated", _moment(changes[0].at if changes else _NEVER))
    _put(_put(root, "author"), "name", app.vocabulary.alliance.name)
    _put(root, "link", rel="self", href=own, type="application/atom+xml")
    _put(root, "link", rel="alternate", href=f"{app.settings.address}/library?language={language}", type="text/html")
    for change in changes:
        _put_entry(root, app, change, language)
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return data


def _put_entry(root: etree._Element, app: App, change: Change, language: str) -> None:
    document, before = change.document, change.before
    at = f"{app.settings.address}/library/{quote(document.id)}"
    told = {"version": before.version.number} if before else {}
    entry = _put(root, "entry")
    entry.set(f"{{{_XML}}}lang", document.metadata.language)
    _put(entry, "title", document.metadata.title)
    _put(entry, "id", f"{at}?version={document.version.number}")
    _put(entry, "updated", _moment(change.at))
    _put(entry, "link", rel="alternate", href=f"{at}?{urlencode({**told, 'language': language})}", type="text/html")
    for source in document.metadata.sources:
        if source.url.startswith(("https://", "http://")):
            _put(entry, "link", rel="via", href=source.url, title=source.title)
    _put(entry, "content", "".join(_content(app, change, language)), type="html")


def _content(app: App, change: Change, language: str) -> Iterator[str]:
    """What is new, in words that anybody may read, and what it rests on."""
    words, said = words_of(app.catalogue, change, language), change.document.metadata
    yield f'<p lang="{language}">{escape(say(language, "change_changed" if change.before else "change_new"))}</p>'
    if words.summary:
        yield f'<p lang="{words.language}">{escape(words.summary)}</p>'
    if words.lines:
        tags = {"+": "ins", "-": "del"}
        rows = (f"<li><{tags[sign]}>{escape(text)}</{tags[sign]}></li>" for sign, text in words.lines[:_MOST_LINES])
        yield f'<ul lang="{said.language}">{"".join(rows)}</ul>'
    if said.sources:
        sources = "".join(
            f'<li><a href="{escape(one.url)}">{escape(one.title)}</a>, {escape(one.publisher)},'
            f" {escape(dated(language, one.date))}</li>"
            for one in said.sources
        )
        yield f'<p lang="{language}">{escape(say(language, "field_sources"))}</p><ol>{sources}</ol>'


def _title(app: App, followed: Followed, language: str) -> str:
    """What has changed in the library, and of what."""
    name = name_of(app.catalogue, app.vocabulary, followed, language)
    return ": ".join([say(language, "changes_title"), *filter(None, [name])])


def _put(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attrib=attributes)
    element.text = _UNFIT.sub("", text) or None
    return element


def _moment(at: datetime) -> str:
    """A moment in the form of RFC 3339, with its zone."""
    return at.isoformat(timespec="seconds")
