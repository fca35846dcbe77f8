"""What a company hands over to a cluster, and the letter that is made of it: exactly what is sent, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from assistant.mail import address_problem
from assistant.texts import TranslatedError, say
from corpus.characters import one_line, printable
from corpus.vocabulary import Vocabulary

LONGEST_LINE = 200  # characters of a name, a place, a product
LONGEST_TEXT = 4000  # characters of a message, an offer, a wish
_MOST_SOURCES = 20
_LINES = ("company", "person", "email", "country", "product")
_TEXTS = ("message", "question", "offered", "sought")


class LetterKind(StrEnum):
    """What is handed over."""

    QUESTION = "question"
    PARTNER = "partner"  # a company seeks one


class BadHandoff(TranslatedError):
    """A hand-off that cannot be taken as it is; the sentence says what to change, by the label of its field."""

    def __init__(self, name: str, field: str, **values: object) -> None:
        super().__init__(name, what=_label("en", field), **values)
        self._field = field

    def localised(self, language: str) -> str:
        """The sentence in a language, and the label too."""
        return say(language, self._name, **(self._values | {"what": _label(language, self._field)}))


@dataclass(frozen=True)
class LetterDraft:
    """What a company has filled in.

    For a question that is the message, with the question to the assistant and the sources of its answer, a line each;
    for a partner what is offered and sought.
    """

    kind: LetterKind
    cluster: str
    language: str
    company: str
    person: str
    email: str
    country: str
    product: str = ""
    areas: frozenset[str] = frozenset()
    markets: frozenset[str] = frozenset()
    message: str = ""
    question: str = ""
    sources: tuple[str, ...] = ()
    offered: str = ""
    sought: str = ""


@dataclass(frozen=True)
class Letter:
    """What is sent."""

    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.subject}\n\n{self.text}"


def checked(draft: LetterDraft, vocabulary: Vocabulary) -> LetterDraft:
    """The draft without what nobody can read, once it is known to be complete.

    Raises:
        BadHandoff: something is missing, or too long, or is no address.
        UnknownCode: a cluster, area or market that there is not.
    """
    problem = address_problem(draft.email.strip())
    if problem == "handoff_email_letters":  # before what cannot be seen is taken out
        raise BadHandoff(problem, "email")
    vocabulary.cluster(draft.cluster)
    for area in draft.areas:
        vocabulary.area(area)
    for market in draft.markets:
        vocabulary.market(market)
    plain: dict[str, Any] = {name: one_line(getattr(draft, name)) for name in _LINES}
    plain |= {name: printable(getattr(draft, name)).strip() for name in _TEXTS}
    plain["sources"] = tuple(one_line(line) for line in draft.sources[:_MOST_SOURCES])
    draft = replace(draft, **plain)
    wanted = ("offered", "sought") if draft.kind is LetterKind.PARTNER else ("message",)
    for name in ("company", "person", "country", *wanted):
        if not getattr(draft, name):
            raise BadHandoff("handoff_missing", name)
    for names, longest in ((_LINES, LONGEST_LINE), (_TEXTS, LONGEST_TEXT)):
        for name in names:
            if len(getattr(draft, name)) > longest:
                raise BadHandoff("handoff_long", name, longest=longest)
    if problem:
        raise BadHandoff(problem, "email")
    return draft


def preview(draft: LetterDraft, vocabulary: Vocabulary) -> Letter:
    """Exactly what will be sent.

    Raises:
        BadHandoff: the draft is not complete.
        UnknownCode: a cluster, area or market that there is not.
    """
    draft = checked(draft, vocabulary)
    subject = say(draft.language, f"handoff_subject_{draft.kind}", company=draft.company)
    return Letter(subject, "\n".join(_lines(draft, vocabulary)) + "\n")


def consent_text(draft: LetterDraft, days: int, vocabulary: Vocabulary) -> str:
    """What a person agrees to before anything is kept or sent."""
    cluster = vocabulary.cluster(draft.cluster).name
    return say(draft.language, "handoff_consent", cluster=cluster, days=days)


def _lines(draft: LetterDraft, vocabulary: Vocabulary) -> Iterator[str]:
    language = draft.language
    names = {
        "areas": ", ".join(vocabulary.areas[code].name(language) for code in sorted(draft.areas)),
        "markets": ", ".join(vocabulary.markets[code].name(language) for code in sorted(draft.markets)),
    }
    for name in ("company", "person", "email", "country", "product", "areas", "markets"):
        if value := names.get(name) or getattr(draft, name, ""):
            yield f"{_label(language, name)}: {value}"
    for name in ("message", "offered", "sought", "question"):
        if value := getattr(draft, name):
            yield f"\n{_label(language, name)}:\n{value}"
    if draft.sources:
        yield f"\n{say(language, 'sources')}:"
        yield from (f"- {line}" for line in draft.sources)


def _label(language: str, field: str) -> str:
    return say(language, f"handoff_{field}")
