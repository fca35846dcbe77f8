"""What a document says about itself, as fields of a form: of one document, of one of many, or the same for all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from starlette.datastructures import FormData

from assistant.texts import say
from corpus.catalogue.records import Concern, Matter
from corpus.documents import Access, Metadata, Reuse
from corpus.intake.proposals import Confidence, Grades, graded
from corpus.vocabulary import LANGUAGES, Vocabulary
from pages.staff.layout import BadForm
from pages.staff.unit_fields import plain

Choice = TypeVar("Choice", bound=StrEnum)

_LONGEST = 1000  # characters of a field
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_TEXTS = ("title", "kind", "language", "publisher", "published_on", "facts_as_of", "review_by", "expires_on")
_TERMS = ("access", "reuse")
CODES = ("markets", "areas", "topics")


class BadSheet(BadForm):
    """A field of the form that cannot be used."""

    def __init__(self, name: str, field: str, /, **values: object) -> None:
        super().__init__(name, **values, field=say("en", f"field_{field}"))
        self._field = field

    def localised(self, language: str) -> str:
        """The sentence in a language, in which the field is called as the form calls it there."""
        return say(language, self._name, **self._values | {"field": say(language, f"field_{self._field}")})


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
    return Details(**fields_of(metadata), access=metadata.access, reuse="" if reuse_open else metadata.reuse)


def fields_of(metadata: Metadata) -> dict[str, Any]:
    """What of a document's metadata every form shows, as it is typed."""
    codes = {name: getattr(metadata, name) for name in CODES}
    return {name: str(getattr(metadata, name) or "") for name in _TEXTS} | codes


def grades_of(concerns: Iterable[Concern], proposed: Metadata, shown: Details) -> Grades:
    """How sure the fields are that are shown as they were proposed, as long as nobody has confirmed them."""
    waiting = (one for one in concerns if one.matter is Matter.METADATA and one.settled_by is None)
    grades = graded(next((one.detail for one in waiting), ""))
    said = fields_of(proposed)
    return {name: grade for name, grade in grades.items() if getattr(shown, name) == said[name]}


def weakest_first(fields: Iterable[str], grades: Grades) -> list[str]:
    """The fields in the order in which a person looks at them: those of one grade, or of none, as they stood."""
    order = list(Confidence)
    return sorted(fields, key=lambda name: order.index(grades[name]) if name in grades else len(order))


def typed_details(form: FormData, prefix: str = "") -> Details:
    """What was typed into the fields whose names begin with the prefix."""
    return Details(**typed_fields(form, prefix))


def typed_fields(form: FormData, prefix: str = "") -> dict[str, Any]:
    """The values of the fields of `Details`, each text on one line."""
    texts = {name: " ".join(plain(str(form.get(prefix + name, "")))[:_LONGEST].split()) for name in (*_TEXTS, *_TERMS)}
    return texts | {name: frozenset(map(str, form.getlist(prefix + name))) for name in CODES}


def read_details(details: Details, before: Metadata, vocabulary: Vocabulary) -> Metadata:
    """The metadata that the fields say; what they do not show stays as it was before.

    Raises:
        BadSheet: a field cannot be used.
    """
    stated = described(details, before.language, vocabulary)
    if not details.reuse:
        raise BadSheet("intake_reuse_needed", "reuse")
    return replace(before, **stated, **terms(details))


def described(details: Details, language: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """What the fields say about a document, by the names of its metadata, without what may be done with its words.

    `language` may be kept, whatever languages are offered.

    Raises:
        BadSheet: a field cannot be used.
    """
    if not details.title:
        raise BadSheet("field_empty", "title")
    known: Mapping[str, tuple[frozenset[str], Iterable[str]]] = {
        "kind": (frozenset({details.kind}), vocabulary.kinds),
        "language": (frozenset({details.language}), (*LANGUAGES, language)),
        **{name: (getattr(details, name), getattr(vocabulary, name)) for name in CODES},
    }
    for name, (given, offered) in known.items():
        if not given <= set(offered):
            raise BadSheet("field_unknown", name)
    if not _MONTH.fullmatch(details.facts_as_of):
        raise BadSheet("field_no_month", "facts_as_of")
    expires_on = _day(details, "expires_on") if details.expires_on else None
    if (details.kind == "event") != (expires_on is not None):
        raise BadSheet("field_event", "expires_on")
    days = {name: _day(details, name) for name in ("published_on", "review_by")}
    kept = ("title", "kind", "language", "publisher", "facts_as_of", *CODES)
    return {name: getattr(details, name) for name in kept} | days | {"expires_on": expires_on}


def terms(details: Details) -> dict[str, Any]:
    """Who may read a document, and what may be done with its words.

    Raises:
        BadSheet: one of them is not offered.
    """
    return {"access": _one_of(Access, details, "access"), "reuse": _one_of(Reuse, details, "reuse")}


def _day(details: Details, name: str) -> date:
    try:
        return date.fromisoformat(getattr(details, name))
    except ValueError:
        raise BadSheet("field_no_day", name) from None


def _one_of(kind: type[Choice], details: Details, name: str) -> Choice:
    try:
        return kind(getattr(details, name))
    except ValueError:
        raise BadSheet("field_unknown", name) from None
