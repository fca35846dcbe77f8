"""The form of a document: what was typed, and how it becomes a version's metadata and body."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import zip_longest
from typing import Any, TypeVar
from urllib.parse import urlsplit

from starlette.datastructures import FormData

from assistant.texts import say
from corpus.documents import Access, Metadata, Reuse, Source, digest
from corpus.vocabulary import LANGUAGES, Vocabulary
from pages.staff.layout import BadForm
from pages.staff.unit_fields import UnitFields, plain, read_units, shown, typed_units

Choice = TypeVar("Choice", bound=StrEnum)

_KEY = re.compile(r"[a-z0-9][\w.-]*", re.ASCII)
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_SOURCE_DATE = re.compile(r"undated|\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
_SOURCE = ("key", "title", "publisher", "date", "url", "kind")
_FIELDS = ("title", "kind", "language", "publisher", "published_on", "facts_as_of", "review_by", "expires_on")
_CODES = ("markets", "areas", "topics")
_NEEDED = ("title", "publisher", "body")
_HALF_A_YEAR = timedelta(days=182)


class BadSheet(BadForm):
    """A field of the form that cannot be used."""

    def __init__(self, name: str, field: str, /, **values: object) -> None:
        super().__init__(name, **values, field=say("en", f"field_{field}"))
        self._field = field

    def localised(self, language: str) -> str:
        """The sentence in a language, in which the field is called as the form calls it there."""
        return say(language, self._name, **self._values | {"field": say(language, f"field_{self._field}")})


@dataclass(frozen=True)
class Sheet:
    """A document as the form shows it, every field as it was typed."""

    title: str = ""
    kind: str = "practice"
    language: str = "en"
    publisher: str = ""
    published_on: str = ""
    facts_as_of: str = ""
    review_by: str = ""
    expires_on: str = ""
    markets: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    summary: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    body: str = ""
    units: tuple[UnitFields, ...] = ()
    access: str = Access.STAFF
    reuse: str = Reuse.QUOTE
    owner: str = ""


def empty(today: date, language: str, owner: str) -> Sheet:
    """The form for another document, with what can be foreseen."""
    return Sheet(
        language=language,
        published_on=today.isoformat(),
        facts_as_of=f"{today:%Y-%m}",
        review_by=(today + _HALF_A_YEAR).isoformat(),
        owner=owner,
    )


def sheet_of(metadata: Metadata, body: str) -> Sheet:
    """The form for a document that there is."""
    fields: dict[str, Any] = {name: str(value) if (value := getattr(metadata, name)) else "" for name in _FIELDS}
    codes = {name: getattr(metadata, name) for name in _CODES}
    return Sheet(
        **fields,
        **codes,
        summary=metadata.summary,
        sources=metadata.sources,
        body=body,
        units=tuple(map(shown, metadata.units)),
    )


def typed(form: FormData) -> Sheet:
    """What was typed into the form; rows of sources without a word are left out."""

    def entry(name: str) -> str:
        return plain(str(form.get(name, "")))

    columns = [[plain(str(value)).strip() for value in form.getlist(f"source_{name}")] for name in _SOURCE]
    texts: dict[str, Any] = {name: entry(name).strip() for name in (*_FIELDS, "access", "reuse", "owner")}
    codes: dict[str, Any] = {name: frozenset(map(str, form.getlist(name))) for name in _CODES}
    return Sheet(
        **texts,
        **codes,
        summary={code: text for code in LANGUAGES if (text := entry(f"summary_{code}").strip())},
        sources=tuple(Source(*row) for row in zip_longest(*columns, fillvalue="") if any(row[:-1])),
        body=entry("body"),
        units=typed_units(form),
    )


def read(sheet: Sheet, before: Metadata | None, vocabulary: Vocabulary) -> Metadata:
    """The metadata that a form says; what it does not show stays as it was before.

    Raises:
        BadSheet: a field cannot be used.
        BadUnit: what was typed for a section cannot be used.
    """
    for name in _NEEDED:
        if not getattr(sheet, name).strip():
            raise BadSheet("field_empty", name)
    codes: Mapping[str, tuple[frozenset[str], Mapping[str, object]]] = {
        "kind": (frozenset({sheet.kind}), vocabulary.kinds),
        "markets": (sheet.markets, vocabulary.markets),
        "areas": (sheet.areas, vocabulary.areas),
        "topics": (sheet.topics, vocabulary.topics),
        "language": (frozenset({sheet.language}), dict.fromkeys((*LANGUAGES, before.language if before else "en"))),
    }
    for name, (given, known) in codes.items():
        if not given <= set(known):
            raise BadSheet("field_unknown", name)
    if not MONTH.fullmatch(sheet.facts_as_of):
        raise BadSheet("field_no_month", "facts_as_of")
    expires_on = day_of(sheet, "expires_on") if sheet.expires_on else None
    if (sheet.kind == "event") != (expires_on is not None):
        raise BadSheet("field_event", "expires_on")
    _hold_sources(sheet.sources, {*vocabulary.source_kinds, *(one.kind for one in (before.sources if before else ()))})
    others = {code: text for code, text in before.summary.items() if code not in LANGUAGES} if before else {}
    summary = dict(sheet.summary) | others
    stated: dict[str, Any] = {
        "title": " ".join(sheet.title.split()),
        "kind": sheet.kind,
        "language": sheet.language,
        "publisher": " ".join(sheet.publisher.split()),
        "published_on": day_of(sheet, "published_on"),
        "facts_as_of": sheet.facts_as_of,
        "review_by": day_of(sheet, "review_by"),
        "expires_on": expires_on,
        "markets": sheet.markets,
        "areas": sheet.areas,
        "topics": sheet.topics,
        "summary": summary,
        "summary_hash": _summary_hash(summary, before),
        "sources": sheet.sources,
        "units": read_units(sheet.units, sheet.body, before, vocabulary),
    }
    if before is not None:
        return replace(before, **stated)
    terms: dict[str, Any] = {"access": one_of(Access, sheet, "access"), "reuse": one_of(Reuse, sheet, "reuse")}
    return Metadata(**stated, **terms)


def day_of(fields: object, name: str) -> date:
    """The day in a field that was typed.

    Raises:
        BadSheet: it is none.
    """
    try:
        return date.fromisoformat(getattr(fields, name))
    except ValueError:
        raise BadSheet("field_no_day", name) from None


def one_of(kind: type[Choice], fields: object, name: str) -> Choice:
    """The choice in a field that was typed.

    Raises:
        BadSheet: it is not offered.
    """
    try:
        return kind(getattr(fields, name))
    except ValueError:
        raise BadSheet("field_unknown", name) from None


def _hold_sources(sources: tuple[Source, ...], kinds: Container[str]) -> None:
    """Refuse sources that a reader could not open, that a text could not name, or of a kind that there is not."""
    for source in sources:
        leads = _leads_to_the_web(source.url)
        if not (source.title and source.publisher and _KEY.fullmatch(source.key) and leads):
            raise BadSheet("source_bad", "sources", title=source.title or source.key or source.url)
        if not _SOURCE_DATE.fullmatch(source.date):
            raise BadSheet("source_bad_date", "sources", title=source.title)
        if source.kind and source.kind not in kinds:
            raise BadSheet("field_unknown", "sources")
    if len({source.key for source in sources}) < len(sources):
        raise BadSheet("source_twice", "sources")


def _leads_to_the_web(url: str) -> bool:
    """Whether an address leads to the web."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in parts.netloc and not re.search(r"\s", url)


def _summary_hash(summary: Mapping[str, str], before: Metadata | None) -> str:
    """The mark that the translations are of this English; the old one while only the English has changed."""
    if "en" not in summary:
        return ""
    others = {code: text for code, text in summary.items() if code != "en"}
    if before and others and others == {code: text for code, text in before.summary.items() if code != "en"}:
        return before.summary_hash or digest(before.summary.get("en", ""))[:12]
    return digest(summary["en"])[:12]
