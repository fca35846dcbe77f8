"""What a document says about itself, as fields of a form: of one document, of one of many, or the same for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from starlette.datastructures import FormData

from corpus.documents import Access, Metadata, Reuse
from corpus.vocabulary import LANGUAGES, Vocabulary
from pages.staff.sheet import MONTH, BadSheet, day_of, one_of
from pages.staff.unit_fields import plain

_LONGEST = 1000  # characters of a field
_TEXTS = ("title", "kind", "language", "publisher", "published_on", "facts_as_of", "review_by", "expires_on")
_TERMS = ("access", "reuse")
CODES = ("markets", "areas", "topics")


@dataclass(frozen=True)
class Details:
    """The fields as they were typed."""

    title: str = ""
    kind: str = ""
    language: str = ""
    publisher: str = ""
    published_on: str = ""
    facts_as_of: str = ""
    review_by: str = ""
    expires_on: str = ""
    access: str = ""
    reuse: str = ""
    markets: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()

    def with_same(self, same: Details) -> Details:
        """These, with what of the others is filled in."""
        return replace(self, **{name: value for name, value in asdict(same).items() if value})


def details_of(metadata: Metadata, *, reuse_open: bool) -> Details:
    """The fields of a document; what may be done with its words is left open where nobody has said so."""
    texts: dict[str, Any] = {name: str(getattr(metadata, name) or "") for name in _TEXTS}
    codes: dict[str, Any] = {name: getattr(metadata, name) for name in CODES}
    return Details(**texts, **codes, access=metadata.access, reuse="" if reuse_open else metadata.reuse)


def typed_details(form: FormData, prefix: str = "") -> Details:
    """What was typed into the fields whose names begin with the prefix."""
    texts: dict[str, Any] = {
        name: " ".join(plain(str(form.get(prefix + name, "")))[:_LONGEST].split()) for name in (*_TEXTS, *_TERMS)
    }
    codes: dict[str, Any] = {name: frozenset(map(str, form.getlist(prefix + name))) for name in CODES}
    return Details(**texts, **codes)


def read_details(details: Details, before: Metadata, vocabulary: Vocabulary) -> Metadata:
    """The metadata that the fields say; what they do not show stays as it was before.

    Raises:
        BadSheet: a field cannot be used.
    """
    if not details.title:
        raise BadSheet("field_empty", "title")
    known: Mapping[str, tuple[frozenset[str], Iterable[str]]] = {
        "kind": (frozenset({details.kind}), vocabulary.kinds),
        "language": (frozenset({details.language}), dict.fromkeys((*LANGUAGES, before.language))),
        **{name: (getattr(details, name), getattr(vocabulary, name)) for name in CODES},
    }
    for name, (given, offered) in known.items():
        if not given <= set(offered):
            raise BadSheet("field_unknown", name)
    if not MONTH.fullmatch(details.facts_as_of):
        raise BadSheet("field_no_month", "facts_as_of")
    expires_on = day_of(details, "expires_on") if details.expires_on else None
    if (details.kind == "event") != (expires_on is not None):
        raise BadSheet("field_event", "expires_on")
    if not details.reuse:
        raise BadSheet("intake_reuse_needed", "reuse")
    return replace(
        before,
        title=details.title,
        kind=details.kind,
        language=details.language,
        publisher=details.publisher,
        published_on=day_of(details, "published_on"),
        facts_as_of=details.facts_as_of,
        review_by=day_of(details, "review_by"),
        expires_on=expires_on,
        markets=details.markets,
        areas=details.areas,
        topics=details.topics,
        access=one_of(Access, details, "access"),
        reuse=one_of(Reuse, details, "reuse"),
    )
