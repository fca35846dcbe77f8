"""The frame of a question: what it was taken to be about, so that a reader sees it and can put it right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from assistant.understand.classes import class_named, have_classes, term_of
from assistant.understand.questions import Question, Understood
from corpus.mentions import mentioned
from corpus.vocabulary import Term, Vocabulary

_SURE = 0.5  # probability from which it is said what a question wants to know


class Origin(Enum):
    """Where it is known from what a question is about."""

    SAID = "said"
    CONVERSATION = "conversation"
    PROFILE = "profile"
    MEANT = "meant"  # seen from its words, though it names nothing


@dataclass(frozen=True)
class Slot:
    """What a question is about in one respect: the terms that were recognised, by code, and where they come from."""

    what: str  # markets, products, classes, aspects
    terms: Mapping[str, Term]
    origin: Origin


def frame(
    question: Question, understood: Understood, likely: Mapping[str, float], vocabulary: Vocabulary
) -> tuple[Slot, ...]:
    """The slots of a question that something is known of; `likely` says how likely it asks for each aspect."""
    markets = understood.target_markets or understood.markets or understood.preferences.markets
    aspects = frozenset({max(likely, key=lambda code: likely[code])} if likely else ())
    asked = frozenset(code for code in aspects if likely[code] >= _SURE)

    def slots() -> Iterator[Slot]:
        for what, terms, codes, kept in (
            ("markets", vocabulary.markets, markets, question.profile.markets),
            ("products", vocabulary.products, understood.products, frozenset({question.profile.product})),
        ):
            if codes:
                named = {code: terms[code] for code in sorted(codes)}
                yield Slot(what, named, _origin(question, codes, terms, kept))
        yield from _class(question, understood, markets)
        if asked:
            yield Slot("aspects", {code: vocabulary.aspects[code] for code in asked}, Origin.MEANT)

    return tuple(slots())


def _class(question: Question, understood: Understood, markets: frozenset[str]) -> Iterator[Slot]:
    """The risk class with which a question was looked up, if there was one."""
    name = class_named(understood.text)
    if not (name and have_classes(understood.products)):
        return
    term = term_of(name, next(iter(markets), "") if len(markets) == 1 else "", understood.products)
    said, before = class_named(question.text), map(class_named, question.earlier)
    origin = Origin.SAID if said == name else Origin.CONVERSATION if name in before else Origin.PROFILE
    yield Slot("classes", {term.code: term}, origin)


def in_short(understood: Understood, likely: Mapping[str, float], vocabulary: Vocabulary) -> str:
    """What a question asks, as its frame alone would say it: `fees and costs, a medical device, Japan`."""
    likeliest = {max(likely, key=lambda code: likely[code])} if likely else set()
    kinds = (
        (vocabulary.aspects, likeliest),
        (vocabulary.products, understood.products),
        (vocabulary.markets, understood.markets),
    )
    language = understood.reader_language
    return ", ".join(terms[code].name(language) for terms, codes in kinds for code in sorted(codes))


def _origin(question: Question, codes: frozenset[str], terms: Mapping[str, Term], of_profile: frozenset[str]) -> Origin:
    if mentioned(question.text, terms) & codes:
        return Origin.SAID
    if any(mentioned(text, terms) & codes for text in question.earlier):
        return Origin.CONVERSATION
    return Origin.PROFILE if of_profile & codes else Origin.MEANT
