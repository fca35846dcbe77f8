"""What is asked: the question as it came, and as it is understood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from assistant.language.phrasing import (
    about_ourselves,
    asks_only_whom,
    goes_to,
    in_one,
    needs_context,
    origin,
    recognise_language,
    sentences,
    things_asked,
    wants_contact,
)
from assistant.model.placeholders import Placeholders
from assistant.understand.following import Named, in_conversation, readings, topic_of
from corpus.characters import one_line
from corpus.errors import KnownError
from corpus.mentions import mentioned, replaced, where_mentioned
from corpus.vocabulary import LANGUAGES, Vocabulary
from index.search import Filters, Preferences

LONGEST = 2000  # characters; a question of a page is a document
OUTSIDE = "outside"  # the home of a company from outside Europe
_SIDE_BY_SIDE = range(2, 5)  # markets of which each is answered for itself
_HOME_AND_AIM = 2  # markets of a question that names both
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

    `markets`, `areas`, `products` and `clusters` are those that it names; the preferences are these or else the
    profile's, and the filters are walls. `parts` are the things that it asks, where these are several, and `thing` is
    such a thing as it was written. `asks_only_whom` is true where somebody to turn to is all that is asked for.
    """

    text: str
    language: str
    filters: Filters
    preferences: Preferences
    markets: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    clusters: tuple[str, ...] = ()
    parts: tuple[Understood, ...] = ()
    thing: str = ""
    may_ask_back: bool = False
    wants_contact: bool = False
    asks_only_whom: bool = False
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


def understand(question: Question, vocabulary: Vocabulary, meant: Named | None = None) -> Understood:
    """Make a question stand alone and recognise its language and what it names, as it most likely is meant.

    Raises:
        UnclearQuestion: there are no words in it, or more than `LONGEST` characters.
    """
    return understandings(question, vocabulary, meant)[0]


def understandings(question: Question, vocabulary: Vocabulary, meant: Named | None = None) -> tuple[Understood, ...]:
    """What a question may mean, the likeliest first: one that leans on earlier ones may be meant in several ways.

    `meant` gives the kinds of product that a text is about though it names none.

    Raises:
        UnclearQuestion: there are no words in it, or more than `LONGEST` characters.
    """
    text = one_line(question.text)
    if not re.search(r"\w", text):
        raise UnclearQuestion("Please ask your question in words.")
    if len(text) > LONGEST:
        raise UnclearQuestion(f"The question has {len(text):,} characters; please ask it in at most {LONGEST:,}.")
    earlier = tuple(map(one_line, question.earlier))
    language = question.written_in

    def markets(of: str) -> frozenset[str]:
        return _markets(of, language, vocabulary, _home_if_inward(of, language, vocabulary))

    def products(of: str) -> frozenset[str]:
        return mentioned(of, vocabulary.products) or (meant(of) if meant else frozenset())

    topic = topic_of(earlier, language, vocabulary, markets, products)
    standing = readings(text, topic, language, vocabulary)
    said = sentences(text)
    # What is stated first is told as an earlier turn might; but where a company comes from is not where it goes.
    if said.stating and said.asking and not _home(text, language, vocabulary):
        topic = topic_of((*earlier, " ".join(said.stating)), language, vocabulary, markets, products)
        standing = (*standing, readings(" ".join(said.asking), topic, language, vocabulary)[0])
    return tuple(
        _understood(question, text, one, language, vocabulary, home)
        for one in dict.fromkeys(standing)
        for home in dict.fromkeys([_home(one, language, vocabulary), _home_if_inward(one, language, vocabulary)])
    )


def _understood(
    question: Question, text: str, standing: str, language: str, vocabulary: Vocabulary, home: frozenset[str]
) -> Understood:
    """A question of that text that stands for another one, of a company from there."""
    profile = question.profile
    markets = _markets(standing, language, vocabulary, home)
    areas = mentioned(standing, vocabulary.areas)
    whole = Understood(
        text=replaced(standing, [vocabulary.markets[code] for code in home]) if "europe" in markets else standing,
        language=language,
        filters=question.filters,
        preferences=Preferences(markets=markets or profile.markets, areas=areas or profile.areas),
        markets=markets,
        areas=areas,
        products=mentioned(standing, vocabulary.products),
        clusters=tuple(sorted(mentioned(standing, vocabulary.clusters))),
        may_ask_back=question.may_ask_back and standing == text,
        wants_contact=wants_contact(standing, language),
        asks_only_whom=asks_only_whom(text, language),
        from_outside=bool(home) or profile.home == OUTSIDE or language in FROM_OUTSIDE,
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
    marked = replaced(whole.text, vocabulary.markets.values(), _MARK)
    in_a_row = in_one(marked, _MARK, whole.language) != marked
    if len(whole.target_markets) not in _SIDE_BY_SIDE or not in_a_row:
        return []
    places = where_mentioned(whole.text, vocabulary.markets)
    named = sorted(whole.target_markets, key=lambda code: places.get(code, 0))
    return [of_market(whole, code, vocabulary) for code in named]


def of_market(understood: Understood, market: str, vocabulary: Vocabulary) -> Understood:
    """A question about one of its markets alone: `How long does it take in Canada?` of `... in Canada or Japan?`."""
    name, only = vocabulary.markets[market].name(understood.language), frozenset({market})
    marked = in_one(replaced(understood.text, vocabulary.markets.values(), _MARK), _MARK, understood.language)
    return replace(
        understood,
        text=marked.replace(_MARK, name) if _MARK in marked else f"{marked} ({name})",
        preferences=replace(understood.preferences, markets=only),
        markets=only,
        parts=(),
        thing=name,
        in_conversation="",
    )


def _home(text: str, language: str, vocabulary: Vocabulary) -> frozenset[str]:
    """The market outside Europe that a company comes from.

    It is one that the company calls its own, `a maker in Japan` before Europe, that of the question's language where
    Europe itself, and not only a country there, is named beside it, or the one other market of a question that goes
    `to Europe`.

    Who speaks of their own company and names no place for it does not come from where the other one is.
    """
    ourselves, _ = about_ourselves(text, language)
    own, other = origin(text, language)
    called = mentioned(ourselves, vocabulary.markets)
    places = where_mentioned(text, vocabulary.markets)
    if "europe" in mentioned(replaced(text, vocabulary.europe.values()), vocabulary.markets):
        called |= places.keys() & {FROM_OUTSIDE.get(language)}
    if not own and "europe" in places:
        called |= {code for code in mentioned(other, vocabulary.markets) if places[code] < places["europe"]}
    if not called and len(places) == _HOME_AND_AIM and "europe" in places:
        marked = replaced(text, [vocabulary.markets["europe"]], _MARK)
        called |= frozenset(places) if goes_to(marked, _MARK, language) else frozenset()
    return called - {"europe"}


def _home_if_inward(text: str, language: str, vocabulary: Vocabulary) -> frozenset[str]:
    """The home that a question may have left for Europe: of `KFDA approved device: need a CE mark?` South Korea.

    It is the other market that it names, where Europe is all that the asking sentence names.
    """
    home, places, said = _home(text, language, vocabulary), mentioned(text, vocabulary.markets), sentences(text)
    if home or len(places) != _HOME_AND_AIM or not said.stating:
        return home
    return places - {"europe"} if mentioned(" ".join(said.asking), vocabulary.markets) == {"europe"} else home


def _markets(text: str, language: str, vocabulary: Vocabulary, home: frozenset[str]) -> frozenset[str]:
    """The markets that a question is about.

    Where the company comes from is not where it wants to go: its home, and Europe, count only if no other market is
    named. What the question itself names counts before what is stated around it.
    """
    ourselves, others = about_ourselves(text, language)
    named = (mentioned(one, vocabulary.markets) for one in (" ".join(sentences(others).asking), others, text))
    own = home | mentioned(ourselves, vocabulary.markets)
    asked, about, everything = (markets - own or markets for markets in named)
    return asked - {"europe"} or about - {"europe"} or about or everything - {"europe"} or everything
