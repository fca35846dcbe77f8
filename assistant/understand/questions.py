"""What is asked: the question as it came, and as it is understood."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Protocol

from assistant.language.phrasing import (
    in_one,
    needs_context,
    recognise_language,
    sentences,
    things_asked,
    wants_contact,
)
from assistant.model.placeholders import Placeholders
from assistant.understand.following import AFTER, Named, Standing, in_conversation, readings, says_only, topic_of
from assistant.understand.targets import Places, places_named
from corpus.characters import one_line
from corpus.errors import KnownError
from corpus.mentions import mentioned, replaced, where_mentioned
from corpus.vocabulary import LANGUAGES, Term, Vocabulary
from index.search import Filters, Preferences

LONGEST = 2000  # characters; a question of a page is a document
OUTSIDE = "outside"  # the home of a company from outside Europe
_SIDE_BY_SIDE = range(2, 5)  # markets of which each is answered for itself
_ENDS = (".", "!", "?", "。", "！", "？")
_MARK = "\N{PLACE OF INTEREST SIGN}"  # stands for the name of a market
# Languages of who mostly comes from outside Europe, and the market where they are spoken.
FROM_OUTSIDE: Mapping[str, str] = {"zh": "china", "ja": "japan", "ko": "south-korea"}


class UnclearQuestion(KnownError):
    """A question without words, or far too many of them."""


@dataclass(frozen=True)
class Profile:
    """What a company has said about itself, by the vocabulary's codes; it stands in where a question says nothing.

    Whether a question is answered at all does not depend on it, else `(a medical device)` would open any door.
    """

    markets: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    product: str = ""
    risk_class: str = ""  # as it is written: III, C
    home: str = ""  # the cluster of its region, or `OUTSIDE`


@dataclass(frozen=True)
class Question:
    """A question as it came: its text, the person's earlier questions, the walls set, the language if known.

    `may_ask_back` is False where the last answer already asked something back. `told` are the statements that stand in
    the conversation already: none is made twice. `placeholders` are for what it and the
    earlier ones tell of the person, where a chat model reads them.
    """

    text: str
    earlier: tuple[str, ...] = ()
    filters: Filters = field(default_factory=Filters)
    language: str | None = None
    profile: Profile = field(default_factory=Profile)
    may_ask_back: bool = True
    told: frozenset[str] = frozenset()
    placeholders: Placeholders = field(default_factory=Placeholders, hash=False)

    @property
    def needs_context(self) -> bool:
        """Whether it says too little to be understood without the earlier ones."""
        return bool(self.earlier) and needs_context(self.text, self.written_in)

    @property
    def written_in(self) -> str:
        """Its language, where it is not known that which it is recognised in."""
        before = recognise_language(self.earlier[-1]) if self.earlier else "en"
        return self.language or recognise_language(self.text, before, conversing=bool(self.earlier))


@dataclass(frozen=True)
class Understood:
    """A question made to stand alone: its text for the search, its language, and what it names.

    `markets` are those that it asks about, `elsewhere` countries that the library does not cover; `areas`, `products`
    and `clusters` are those that it names. The preferences are these or else the profile's, and the filters are walls.
    `parts` are the things that it asks, where these are several, and `thing` is such a thing as it was written.
    `wants_contact` is true where somebody to turn to is asked for, `corrects` where it puts right what was said before,
    `replies` where it may reply to a question back.
    """

    text: str
    language: str
    filters: Filters
    preferences: Preferences
    markets: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    clusters: tuple[str, ...] = ()
    parts: tuple[Understood, ...] = ()
    thing: str = ""
    may_ask_back: bool = False
    replies: bool = False
    wants_contact: bool = False
    corrects: bool = False
    from_outside: bool = False
    placeholders: Placeholders = field(default_factory=Placeholders)
    written: str = ""  # in full, where what is looked up leaves out what is stated around it
    in_conversation: str = ""  # with the questions before it, where there are some

    @property
    def target_markets(self) -> frozenset[str]:
        """The markets that it is about; Europe, where nearly everybody comes from, only if they come from elsewhere."""
        return self.markets if self.from_outside else self.markets - {"europe"}

    @property
    def reader_language(self) -> str:
        """The language to answer in: the question's own, or English where the house does not speak it."""
        return self.language if self.language in LANGUAGES else "en"


class Recognises(Protocol):
    """What a text is about that its words do not name."""

    def products(self, text: str, *, known: bool = False) -> frozenset[str]:
        """The kinds of product that it is about; where one is known already, only another that it clearly means."""
        ...

    def asks_nothing(self, text: str) -> bool:
        """Whether it says no more than what a question is about: `Brazil, software for images of the skin`."""
        ...

    def is_for(self, intent: str, text: str, *, worded: bool = False) -> bool:
        """Whether a message `corrects` what was said, or asks `whom` to turn to; it may be `worded` as if it did."""
        ...

    def places(self, text: str, earlier: Sequence[str], vocabulary: Vocabulary) -> Places:
        """The markets that it asks about after earlier ones, and those that it names beside."""
        ...


def asks_whom(text: str, language: str, recogniser: Recognises | None) -> bool:
    """Whether somebody to turn to is asked for."""
    worded = wants_contact(text, language)
    return recogniser.is_for("whom", text, worded=worded) if recogniser else worded


def understand(question: Question, vocabulary: Vocabulary, recogniser: Recognises | None = None) -> Understood:
    """Make a question stand alone and recognise its language and what it names, as it most likely is meant.

    Raises:
        UnclearQuestion: there are no words in it, or more than `LONGEST` characters.
    """
    return understandings(question, vocabulary, recogniser)[0]


def understandings(
    question: Question, vocabulary: Vocabulary, recogniser: Recognises | None = None
) -> tuple[Understood, ...]:
    """What a question may mean, the likeliest first: one that leans on earlier ones may be meant in several ways.

    Without a recogniser, what a text names tells alone what it is about.

    Raises:
        UnclearQuestion: there are no words in it, or more than `LONGEST` characters.
    """
    text = one_line(question.text)
    if not re.search(r"\w", text):
        raise UnclearQuestion("Please ask your question in words.")
    if len(text) > LONGEST:
        raise UnclearQuestion(f"The question has {len(text):,} characters; please ask it in at most {LONGEST:,}.")
    earlier = tuple(map(one_line, question.earlier))
    language, reply = question.written_in, ""
    if recogniser and _completes(question, earlier, text, vocabulary, recogniser):
        text, earlier, reply = f"{_asked(earlier[-1])} {text}", earlier[:-1], text
        question = replace(question, text=text, earlier=earlier)

    places, *named = _namers(earlier, language, vocabulary, recogniser)
    topic = topic_of(earlier, language, vocabulary, *named)
    whom = asks_whom(text, language, recogniser)
    corrects = bool(earlier and recogniser and recogniser.is_for("corrects", text))
    standing = readings(text, topic, language, vocabulary, *named, whom=whom, corrects=corrects)
    if reply:  # it asks about the market that it was to say
        markets, _ = named
        of = markets(reply) or mentioned(reply, vocabulary.markets)
        standing = tuple(replace(one, markets=one.markets or of) for one in standing)
    said = sentences(text)
    if said.stating and said.asking:  # what is stated first is told as an earlier turn might
        topic = topic_of((*earlier, " ".join(said.stating)), language, vocabulary, *named)
        asking = readings(" ".join(said.asking), topic, language, vocabulary, *named)[0]
        standing = (*standing, replace(asking, markets=asking.markets or standing[0].markets))
    own = places(text)
    home = frozenset[str]().union(*(places(one).beside for one in earlier))
    others = [own.perhaps.intersection(vocabulary.markets)]
    if own.asked and own.asked <= home:  # `may the samples go home to Germany?`
        others.append(topic.markets)
    standing = (*standing, *(replace(standing[0], markets=codes) for codes in others if codes))
    return tuple(
        replace(_understood(question, text, meant, language, vocabulary, own), wants_contact=whom, corrects=corrects)
        for meant in dict.fromkeys(standing)
    )


def _namers(
    earlier: tuple[str, ...], language: str, vocabulary: Vocabulary, recogniser: Recognises | None
) -> tuple[Callable[[str], Places], Named, Named]:
    """What the texts of a conversation name: the places, the markets that they ask about, the kinds of product."""
    before = {one: earlier[: earlier.index(one)] for one in earlier}  # the first time that it was said

    @cache
    def places(of: str) -> Places:
        return (
            recogniser.places(of, before.get(of, earlier), vocabulary) if recogniser else places_named(of, vocabulary)
        )

    def markets(of: str) -> frozenset[str]:
        """Those that it asks about: also one beside what is told that was asked about before, `let us begin in Brazil`.

        After others it does not ask about one that it only may.
        """
        named = mentioned(of, vocabulary.markets)
        if named and says_only(of, vocabulary.markets.values(), language):
            return named
        seen, others = places(of), [places(one) for one in before.get(of, earlier)]
        again = seen.beside & frozenset[str]().union(*(one.asked | one.perhaps for one in others))
        first = frozenset() if any(one.asked for one in others) else seen.perhaps
        return (seen.asked or again or first).intersection(vocabulary.markets)

    @cache
    def products(of: str) -> frozenset[str]:
        named = mentioned(of, vocabulary.products)
        if named or recogniser is None:
            return named
        return recogniser.products(of, known=any(products(one) for one in before.get(of, earlier)))

    return places, markets, products


def _completes(
    question: Question, earlier: Sequence[str], text: str, vocabulary: Vocabulary, recogniser: Recognises
) -> bool:
    """Whether a message says what the question before it left open, and asks nothing itself.

    That is a reply to a question back, and the first market that is named in a conversation.
    """
    if not earlier or not recogniser.asks_nothing(text):
        return False
    opens = mentioned(text, vocabulary.markets) and not any(mentioned(one, _places(vocabulary)) for one in earlier)
    replies = not question.may_ask_back and (
        mentioned(text, {**vocabulary.markets, **vocabulary.products}) or recogniser.products(text)
    )
    return bool(opens or replies)


def _places(vocabulary: Vocabulary) -> Mapping[str, Term]:
    return {**vocabulary.elsewhere, **vocabulary.markets}


def _asked(text: str) -> str:
    """A message as a sentence that asks, whose mark people leave out."""
    return text if text.endswith(_ENDS) else f"{text}?"


def _understood(
    question: Question,
    text: str,
    meant: Standing,
    language: str,
    vocabulary: Vocabulary,
    places: Places,
) -> Understood:
    """A question of that text that names those places, and what it stands for."""
    profile, standing, markets = question.profile, meant.text, meant.markets
    areas = mentioned(standing, vocabulary.areas)
    inward = "europe" in markets and bool((places.beside | places.perhaps) - {"europe"})
    whole = Understood(
        text=standing,
        language=language,
        filters=question.filters,
        preferences=Preferences(markets=markets or profile.markets, areas=areas or profile.areas),
        markets=markets,
        elsewhere=places.asked.difference(vocabulary.markets),
        areas=areas,
        products=mentioned(standing, vocabulary.products) or meant.products,
        clusters=tuple(sorted(mentioned(standing, vocabulary.clusters))),
        may_ask_back=question.may_ask_back and standing == text,
        replies=not question.may_ask_back,
        from_outside=inward or profile.home == OUTSIDE or language in FROM_OUTSIDE,
        placeholders=question.placeholders,
        written=standing if text in standing else text,
        in_conversation=_in_conversation(question, text),
    )
    around = sentences(text).stating
    things = [
        replace(whole, text=" ".join([*around, one]), thing=one, in_conversation=_in_conversation(question, one))
        for one in things_asked(text, language)
    ]
    return replace(whole, parts=tuple(things or _side_by_side(whole, vocabulary)))


def _in_conversation(question: Question, text: str) -> str:
    return in_conversation(text, tuple(map(one_line, question.earlier))) if question.earlier else ""


def _side_by_side(whole: Understood, vocabulary: Vocabulary) -> list[Understood]:
    """The same question of each of several markets, where it names them in a row: `in Canada or Australia?`."""
    marked = _marked(whole.text, whole, vocabulary)
    in_a_row = in_one(marked, _MARK, whole.language) != marked
    if len(whole.target_markets) not in _SIDE_BY_SIDE or not in_a_row:
        return []
    places = where_mentioned(whole.text, vocabulary.markets)
    named = sorted(whole.target_markets, key=lambda code: places.get(code, 0))
    return [of_market(whole, code, vocabulary) for code in named]


def of_market(understood: Understood, market: str, vocabulary: Vocabulary) -> Understood:
    """A question about one of its markets alone: `How long does it take in Canada?` of `... in Canada or Japan?`."""
    name, only = vocabulary.markets[market].name(understood.language), frozenset({market})
    own, after, before = understood.in_conversation.partition(AFTER)

    def of_it(text: str) -> str:
        marked = in_one(_marked(text, understood, vocabulary), _MARK, understood.language)
        return marked.replace(_MARK, name) if _MARK in marked else f"{marked} ({name})"

    return replace(
        understood,
        text=of_it(understood.text),
        preferences=replace(understood.preferences, markets=only),
        markets=only,
        parts=(),
        thing=name,
        in_conversation=f"{of_it(own)}{after}{before}" if own else "",
    )


def _marked(text: str, understood: Understood, vocabulary: Vocabulary) -> str:
    """A text with a mark for each market that is asked about; where a company comes from stays."""
    asked = understood.target_markets or vocabulary.markets.keys()
    return replaced(text, [vocabulary.markets[code] for code in asked], _MARK)
