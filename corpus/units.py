"""The unit of answer: what an editor adds to a section of a document."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ASKED_IN = ("en", "ca", "es", "fr", "it", "de", "pt", "ja", "zh", "ko")  # what companies write to us in

WITHIN = " › "  # between the headings of a section and of its part

_SPACES = re.compile(r"[ \t\r\n]+")  # a no-break space stays one
_ALWAYS = ("section", "products", "answer", "question")  # fields that are written even where they are empty


@dataclass(frozen=True)
class Unit:
    """What a section answers, in the reader's language, and what people ask to hear it.

    Attributes:
        section: the heading that it belongs to; no document has one twice.
        answer: one or two sentences that stand alone, by language.
        question: the question that it answers, by language; a reader sees it above the answer.
        also_asked: the same asked in other words, in English.
        products: codes of the kinds of product that it is about; none means all.
        aspects: codes of what it tells, what it is mainly about first.
        row: how a row of the section's table reads as a sentence, by language, with the table's columns in braces.
        unknown: it tells what was looked for and not found.
        hash: the first 12 digits of the SHA-256 of the English answer that the other languages were made from.
    """

    section: str
    answer: Mapping[str, str]
    question: Mapping[str, str]
    also_asked: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    aspects: tuple[str, ...] = ()
    row: Mapping[str, str] = field(default_factory=dict)
    unknown: bool = False
    hash: str = ""

    @property
    def stale(self) -> bool:
        """Whether the English answer has changed since it was translated."""
        return self.hash != english_hash(self.answer)

    @property
    def asked(self) -> tuple[str, ...]:
        """All questions that it answers, its own ones first."""
        return (*self.question.values(), *self.also_asked)

    def answered_in(self, language: str) -> tuple[str, str]:
        """The answer in a language, or in English where there is none or only one of an older state; and which."""
        current = language in self.answer and (language == "en" or not self.stale)
        written_in = language if current else "en"
        return self.answer[written_in], written_in


def english_hash(texts: Mapping[str, str]) -> str:
    """What `Unit.hash` is while the translations are up to date."""
    return hashlib.sha256(texts.get("en", "").encode("utf-8", "surrogatepass")).hexdigest()[:12]


def from_fields(fields: Mapping[str, Any]) -> Unit:
    """A unit from its fields, as YAML or JSON gives them.

    Raises:
        ValueError: one is missing or has the wrong form.
    """
    try:
        return Unit(
            section=str(fields["section"]),
            answer=_texts(fields["answer"]),
            question=_texts(fields["question"]),
            also_asked=tuple(map(str, fields.get("also_asked") or ())),
            products=tuple(map(str, fields.get("products") or ())),
            aspects=tuple(map(str, fields.get("aspects") or ())),
            row=_texts(fields.get("row") or {}),
            unknown=bool(fields.get("unknown")),
            hash=str(fields.get("hash") or ""),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"a unit has a field that is missing or of the wrong form: {error}") from error


def to_fields(unit: Unit) -> dict[str, object]:
    """The fields of a unit in their order, without those that say nothing."""
    fields: dict[str, object] = {
        "section": unit.section,
        "products": list(unit.products),
        "aspects": list(unit.aspects),
        "answer": dict(unit.answer),
        "question": dict(unit.question),
        "also_asked": list(unit.also_asked),
        "row": dict(unit.row),
        "unknown": unit.unknown,
        "hash": unit.hash,
    }
    return {name: value for name, value in fields.items() if value or name in _ALWAYS}


def _texts(fields: Mapping[object, object]) -> Mapping[str, str]:
    return {str(language): _SPACES.sub(" ", str(text)).strip(" ") for language, text in fields.items()}
