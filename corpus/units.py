"""The unit of answer: what an editor adds to a section of a document."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
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
        hash: the first 12 digits of the SHA-256 of the English answer and points that the other languages were made
            from.
        proposed: what a model wrote and nobody has said to have read: a mark of the text by the name of the field, such
            as `answer.en`, `also_asked`. A field that was changed since is somebody's own.
        points: what else the section says, by language: sentences that stand alone, in the same order in each.
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
    proposed: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def unread(self) -> tuple[str, ...]:
        """The fields that hold what was proposed, read by nobody."""
        marks = marks_of(self)
        return tuple(name for name, mark in self.proposed.items() if marks.get(name) == mark)

    @property
    def stale(self) -> bool:
        """Whether the English answer or points have changed since they were translated."""
        return self.hash != english_hash(self.answer, self.points)

    @property
    def asked(self) -> tuple[str, ...]:
        """All questions that it answers, its own ones first."""
        return (*self.question.values(), *self.also_asked)

    def answered_in(self, language: str) -> tuple[str, str]:
        """The answer in a language, or in English where there is none or only one of an older state; and which."""
        current = language in self.answer and (language == "en" or not self.stale)
        written_in = language if current else "en"
        return self.answer[written_in], written_in

    def points_in(self, language: str) -> tuple[tuple[str, ...], str]:
        """The points in a language, or in English where there are none or only some of an older state; and which."""
        english = self.points.get("en", ())
        current = len(self.points.get(language, ())) == len(english) and (language == "en" or not self.stale)
        return (self.points.get(language, ()), language) if current else (english, "en")

    def says(self, text: str) -> bool:
        """Whether a text is its answer or a point of it, in whatever language."""
        return text in self.answer.values() or any(text in points for points in self.points.values())


def english_hash(answer: Mapping[str, str], points: Mapping[str, Sequence[str]] | None = None) -> str:
    """What `Unit.hash` is while the translations are up to date."""
    return _mark("\n".join([answer.get("en", ""), *(points or {}).get("en", ())]))


def marks_of(unit: Unit) -> dict[str, str]:
    """A mark of each field that can be proposed, by its name; none of one that says nothing."""
    texts = {f"answer.{language}": text for language, text in unit.answer.items()}
    texts |= {f"points.{language}": "\n".join(points) for language, points in unit.points.items()}
    texts |= {f"question.{language}": text for language, text in unit.question.items()}
    texts |= {"also_asked": "\n".join(unit.also_asked), "aspects": " ".join(unit.aspects)}
    texts["products"] = " ".join(sorted(unit.products))
    return {name: _mark(text) for name, text in texts.items() if text}


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
            points=_lists(fields.get("points") or {}),
            also_asked=tuple(map(str, fields.get("also_asked") or ())),
            products=tuple(map(str, fields.get("products") or ())),
            aspects=tuple(map(str, fields.get("aspects") or ())),
            row=_texts(fields.get("row") or {}),
            unknown=bool(fields.get("unknown")),
            hash=str(fields.get("hash") or ""),
            proposed={str(name): str(mark) for name, mark in dict(fields.get("proposed") or {}).items()},
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"a unit has a field that is missing or of the wrong form: {error}") from error


def to_fields(unit: Unit) -> dict[str, object]:
    """The fields of a unit in their order, without those that say nothing."""
    fields: dict[str, object] = {
        "section": unit.section,
        "products": list(unit.products),
        "aspects": list(unit.aspects),
        "answer": dict(unit.answer),
        "points": {language: list(points) for language, points in unit.points.items() if points},
        "question": dict(unit.question),
        "also_asked": list(unit.also_asked),
        "row": dict(unit.row),
        "unknown": unit.unknown,
        "hash": unit.hash,
        "proposed": dict(unit.proposed),
    }
    return {name: value for name, value in fields.items() if value or name in _ALWAYS}


def _texts(fields: Mapping[object, object]) -> Mapping[str, str]:
    return {str(language): _SPACES.sub(" ", str(text)).strip(" ") for language, text in fields.items()}


def _lists(fields: Mapping[object, Iterable[object]]) -> Mapping[str, tuple[str, ...]]:
    if any(isinstance(texts, str) for texts in fields.values()):
        raise TypeError("a list of sentences is expected for each language")
    return {str(language): tuple(_texts(dict(enumerate(texts))).values()) for language, texts in fields.items()}


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
