"""What has changed in the library, as an Atom feed by which anybody can follow a market, a topic or a document."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from html import escape
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response
from lxml import etree
from pydantic import BaseModel

from assistant.app import App
from assistant.language.dates import dated
from assistant.language.writing import alone
from assistant.texts import say
from corpus.documents import Document, Reader, Stage, may_quote, may_read
from index.search import Filters
from pages.public.layout import language_of
from pages.public.reading import changed_lines
from pages.shared.access import address_of
from pages.shared.rendering import installation
from pages.shared.shown import shown

router = APIRouter()

PATH = "/changes.atom"
_ENTRIES = 50
_MOST_LINES = 20  # of what an entry says has changed
_ATOM = "http://www.w3.org/2005/Atom"
_XML = "http://www.w3.org/XML/1998/namespace"
_NEVER = "1970-01-01T00:00:00+00:00"  # of a feed in which nothing is yet
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # for XML


class Followed(BaseModel):
    """What is followed: a document, or all of a market and topic; all of the library where nothing is said."""

    document: str = ""
    market: str = ""
    topic: str = ""


@dataclass(frozen=True)
class Change:
    """A version that readers see or saw, since when, and the one before it, where there was one."""

    document: Document
    at: str
    before: Document | None


@router.get(PATH)
def feed(request: Request, followed: Annotated[Followed, Query()]) -> Response:
    """The newest changes first; who has them already is told so."""
    request.app.state.searching.admit(address_of(request))
    app, language = installation(request), language_of(request)
    with request.app.state.searches.turn():
        data = _written(app, followed, list(_changes(app, followed)), language)
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type="application/atom+xml", headers=headers)


def _changes(app: App, followed: Followed) -> Iterator[Change]:
    """What anybody may read of what is followed, the newest first.

    Raises:
        NoSuchPage, Withdrawn: the document that is followed is not there.
    """
    published = app.catalogue.published_at()
    documents = _documents(app, followed)
    newest = sorted(
        ((published.get((one.id, one.version.number), one.version.added_at), one) for one in documents),
        key=lambda pair: pair[0],
        reverse=True,
    )
    for at, document in newest[:_ENTRIES]:
        earlier = [
            one
            for one in app.catalogue.versions(document.id)
            if one.stage is Stage.SUPERSEDED and one.version.number < document.version.number
        ]
        yield Change(document, at, earlier[-1] if earlier else None)


def _documents(app: App, followed: Followed) -> list[Document]:
    if followed.document:
        return [shown(app.catalogue, followed.document, Reader.ANYONE)]
    filters = Filters(frozenset({followed.market} & app.vocabulary.markets.keys()), frozenset(), Reader.ANYONE)
    return [
        one
        for one in app.catalogue.documents(Stage.PUBLISHED)
        if may_read(one, Reader.ANYONE)
        and filters.admits(one, date.today())
        and (not followed.market or followed.market in one.metadata.markets)
        and (not followed.topic or followed.topic in one.metadata.topics)
    ]


def _written(app: App, followed: Followed, changes: list[Change], language: str) -> bytes:
    """The feed, in Atom's form (RFC 4287)."""
    query = urlencode({name: value for name, value in (*followed, ("language", language)) if value})
    own = f"{app.settings.address}{PATH}?{query}"
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM}, attrib={f"{{{_XML}}}lang": language})
    _put(root, "title", _title(app, followed, changes, language))
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
    document, before, said = change.document, change.before, change.document.metadata
    yield f'<p lang="{language}">{escape(say(language, "change_changed" if before else "change_new"))}</p>'
    if may_quote(document, Reader.ANYONE):
        spoken = language if language in said.summary else "en"
        if summary := said.summary.get(spoken, ""):
            yield f'<p lang="{spoken}">{escape(summary)}</p>'
        if before:
            yield from _lines(app, document, before)
    if said.sources:
        sources = "".join(
            f'<li><a href="{escape(one.url)}">{escape(one.title)}</a>, {escape(one.publisher)},'
            f" {escape(dated(language, one.date))}</li>"
            for one in said.sources
        )
        yield f'<p lang="{language}">{escape(say(language, "field_sources"))}</p><ol>{sources}</ol>'


def _lines(app: App, document: Document, before: Document) -> Iterator[str]:
    """The lines that were taken away and put in."""
    versions = (app.catalogue.passages_of(document.id, one.version.number) for one in (before, document))
    changed = [line for line in changed_lines(*versions) if line.sign in "+-"]
    if not may_quote(_as_published(before), Reader.ANYONE) or not changed:
        return
    rows = "".join(
        f"<li>{'<ins>' if line.sign == '+' else '<del>'}{escape(''.join(text for text, _ in line.pieces))}"
        f"{'</ins>' if line.sign == '+' else '</del>'}</li>"
        for line in changed[:_MOST_LINES]
    )
    yield f'<ul lang="{document.metadata.language}">{rows}</ul>'


def _as_published(document: Document) -> Document:
    return replace(document, stage=Stage.PUBLISHED)


def _title(app: App, followed: Followed, changes: list[Change], language: str) -> str:
    """What has changed in the library, and of what."""
    names = [
        alone(terms[code].name(language))
        for code, terms in ((followed.market, app.vocabulary.markets), (followed.topic, app.vocabulary.topics))
        if code in terms
    ]
    names += [change.document.metadata.title for change in changes if followed.document]
    return ": ".join([say(language, "changes_title"), ", ".join(names)] if names else [say(language, "changes_title")])


def _put(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attrib=attributes)
    element.text = _UNFIT.sub("", text) or None
    return element


def _moment(at: str) -> str:
    """A moment in the form of RFC 3339, with its zone."""
    return datetime.fromisoformat(at).astimezone(UTC).isoformat(timespec="seconds")
