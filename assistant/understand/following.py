"""What a question means that leans on the ones before it: the texts that it may stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant.language.phrasing import needs_context, own_words
from corpus.mentions import mentioned, replaced
from corpus.vocabulary import Term, Vocabulary

Named = Callable[[str], frozenset[str]]  # the codes that a text names or means

# Where most companies come from: `our Italian data` does not lead from the market that was spoken of.
_HOME = frozenset({"europe"})
_BEFORE = 2  # questions before one that are read together with it
_MERE = 4  # words up to which a question with Europe in it goes over to Europe: `and in Europe?`
# Laws, authorities, routes, classes.
_ACRONYM = re.compile(r"\b(?:[A-Z][A-Z0-9]{2,}|\d{3}\([a-z]\)|[IV]{2,3}[ab]?)(?!\w)")


@dataclass(frozen=True)
class Topic:
    """What a conversation is about: its last question as it stands alone, the markets and products, laws and classes.

    Markets and products are those of the last question that named or meant some.
    """

    text: str = ""
    markets: frozenset[str] = frozenset()
    products: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()


def in_conversation(text: str, earlier: Sequence[str]) -> str:
    """A question as the trained layers read it: with the last ones before it, the newest first."""
    return " | ".join([text, *reversed(earlier[-_BEFORE:])])


def topic_of(
    questions: tuple[str, ...], language: str, vocabulary: Vocabulary, markets: Named, products: Named
) -> Topic:
    """What a conversation is about after these questions; `markets` and `products` say which ones a text names."""
    topic = Topic()
    for text in questions:
        named = _besides_home(text, markets(text), topic.markets, vocabulary, language)
        standing = _joined(text, topic, vocabulary, language) if _leans(text, topic, language, vocabulary) else text
        topic = Topic(standing, named or topic.markets, products(text) or topic.products, _names(topic, text, language))
    return topic


def readings(text: str, topic: Topic, language: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The texts that a question may stand for, the likeliest first; itself where there is no topic yet.

    `And in Japan?` asks the question before it about Japan. `What does it cost?` asks something else of the same
    market and product; since it may also ask it of what was asked before, both are looked up. So is a question that
    could stand alone and leaves out what was spoken of: with that market and product, without, and after that question.
    One that names both leaves out nothing.
    """
    leans = needs_context(text, language)
    whole = not leans and all(mentioned(text, terms) for terms, _ in _kinds(topic, vocabulary))
    if not topic.text or whole:
        return (text,)
    details = [
        terms[code].name(language)
        for terms, codes in _kinds(topic, vocabulary)
        if not _besides_home(text, mentioned(text, terms), codes, vocabulary, language)
        for code in sorted(codes)
    ]
    together = _detailed(_joined(text, topic, vocabulary, language), details)
    if _leans(text, topic, language, vocabulary):
        return (together,)
    if leans:
        markets = mentioned(text, vocabulary.markets) or topic.markets
        details += [name for name in topic.names if name not in text and mentioned(name, vocabulary.markets) <= markets]
    return tuple(dict.fromkeys([_detailed(text, details), *([] if leans else [text]), together]))


def _besides_home(
    text: str, named: frozenset[str], before: frozenset[str], vocabulary: Vocabulary, language: str
) -> frozenset[str]:
    """What a text names; home, beside which it says more, only where nothing else was spoken of before.

    `And in Europe?` goes over to it; `are European data enough?` does not, and is seen by what it calls Europe.
    """
    by_name = {name.lower() for code in _HOME for name in vocabulary.markets[code].names.values()}
    goes_over = len(text.split()) <= _MERE and bool(by_name & set(re.findall(r"\w+", text.lower())))
    bare = not own_words(replaced(text, [vocabulary.markets[code] for code in _HOME]), language)
    return named - (_HOME if before - _HOME and not (goes_over or bare) else frozenset())


def _kinds(topic: Topic, vocabulary: Vocabulary) -> tuple[tuple[Mapping[str, Term], frozenset[str]], ...]:
    return (vocabulary.markets, topic.markets), (vocabulary.products, topic.products)


def _detailed(text: str, details: Iterable[str]) -> str:
    named = ", ".join(dict.fromkeys(details))
    return f"{text} ({named})" if named else text


def _names(topic: Topic, text: str, language: str) -> tuple[str, ...]:
    own = tuple(_ACRONYM.findall(text))
    return tuple(dict.fromkeys([*topic.names, *own])) if needs_context(text, language) else own


def _leans(text: str, topic: Topic, language: str, vocabulary: Vocabulary) -> bool:
    """Whether a question says nothing but what it is to be asked of: `and in Japan?`."""
    terms = [term for named, _ in _kinds(topic, vocabulary) for term in named.values()]
    return bool(topic.text) and needs_context(text, language) and not own_words(replaced(text, terms), language)


def _joined(text: str, topic: Topic, vocabulary: Vocabulary, language: str) -> str:
    """The question before, asked of the market and the product that this one names, and this one."""
    kept = topic.text
    for terms, codes in _kinds(topic, vocabulary):
        if named := _besides_home(text, mentioned(text, terms), codes, vocabulary, language):
            others = [term for code, term in terms.items() if code not in named]
            kept = replaced(kept, others, terms[min(named)].name(language) if len(named) == 1 else "")
    return f"{kept} {text}"
