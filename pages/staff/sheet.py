"""The form of a document: what was typed, and how it becomes a version's metadata and body."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import zip_longest
from urllib.parse import urlsplit

from starlette.datastructures import FormData

from corpus.documents import Access, Metadata, Reuse, Source, digest
from corpus.vocabulary import LANGUAGES, Vocabulary
from pages.staff.details import BadSheet, Details, described, fields_of, terms, typed_fields
from pages.staff.unit_fields import UnitFields, plain, read_units, shown, typed_units

_KEY = re.compile(r"[a-z0-9][\w.-]*", re.ASCII)
_SOURCE_DATE = re.compile(r"undated|\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
_SOURCE = ("key", "title", "publisher", "date", "url", "kind")
_NEEDED = ("title", "publisher", "body")
_HALF_A_YEAR = timedelta(days=182)


@dataclass(frozen=True)
class Sheet(Details):
    """A document as the form shows it, every field as it was typed."""

    kind: str = "practice"
    language: str = "en"
    access: str = Access.STAFF
    reuse: str = Reuse.QUOTE
    summary: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    body: str = ""
    units: tuple[UnitFields, ...] = ()
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
    return Sheet(
        **fields_of(metadata),
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
    return Sheet(
        **typed_fields(form),
        summary={code: text for code in LANGUAGES if (text := entry(f"summary_{code}").strip())},
        sources=tuple(Source(*row) for row in zip_longest(*columns, fillvalue="") if any(row[:-1])),
        body=entry("body"),
        units=typed_units(form),
        owner=entry("owner").strip(),
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
    stated = described(sheet, before.language if before else "en", vocabulary)
    _hold_sources(sheet.sources, {*vocabulary.source_kinds, *(one.kind for one in (before.sources if before else ()))})
    others = {code: text for code, text in before.summary.items() if code not in LANGUAGES} if before else {}
    summary = dict(sheet.summary) | others
    stated |= {
        "summary": summary,
        "summary_hash": _summary_hash(summary, before),
        "sources": sheet.sources,
        "units": read_units(sheet.units, sheet.body, before, vocabulary),
    }
    return replace(before, **stated) if before else Metadata(**stated, **terms(sheet))


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
