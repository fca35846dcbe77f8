"""What a question means that leans on the ones before it: the texts that it may stand for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant.language.phrasing import needs_context, own_words
from corpus.mentions import mentioned, replaced
from corpus.passages import words
from corpus.vocabulary import Term, Vocabulary

Named = Callable[[str], frozenset[str]]  # the codes that a text names or means

AFTER = " | "  # stands between a question and one before it
_BEFORE = 2  # questions before one that are read together with it
_NAME = 3  # words up to which a message with a name in it is nothing but that
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


@dataclass(frozen=True)
class Standing:
    """A text that a question may stand for, the markets that it asks about and the kinds of product it is about."""

    text: str
    markets: frozenset[str]
    products: frozenset[str]


def in_conversation(text: str, earlier: Sequence[str]) -> str:
    """A question as the trained layers read it: with the last ones before it, the newest first."""
    return AFTER.join([text, *reversed(earlier[-_BEFORE:])])


def own_text(conversation: str) -> str:
    """The question itself of what `in_conversation` made."""
    return conversation.partition(AFTER)[0]


def is_mere_name(text: str, vocabulary: Vocabulary) -> bool:
    """Whether a message is nothing but the name of a market or product: `Canada`, `and an implant?`."""
    named = mentioned(text, vocabulary.markets) or mentioned(text, vocabulary.products)
    return bool(named) and words(text) <= _NAME


def turns_to_another_market(conversation: str, vocabulary: Vocabulary) -> bool:
    """Whether the question of what `in_conversation` made names a market that those before it do not: it asks of it."""
    own, _, before = conversation.partition(AFTER)
    return bool(mentioned(own, vocabulary.markets) - mentioned(before, vocabulary.markets))


def says_only(text: str, terms: Iterable[Term], language: str) -> bool:
    """Whether a text has no words of its own beside names of these terms: `and in Japan?`."""
    return not own_words(replaced(text, terms), language)


def topic_of(
    questions: tuple[str, ...], language: str, vocabulary: Vocabulary, markets: Named, products: Named
) -> Topic:
    """What a conversation is about after these questions; `markets` and `products` say which ones a text is about."""
    topic = Topic()
    for text in questions:
        leans = _leans(text, topic, language, vocabulary)
        standing = _joined(text, topic, vocabulary, language, (markets, products)) if leans else text
        topic = Topic(
            standing, markets(text) or topic.markets, products(text) or topic.products, _names(topic, text, language)
        )
    return topic


def readings(
    text: str,
    topic: Topic,
    language: str,
    vocabulary: Vocabulary,
    markets: Named,
    products: Named,
    *,
    whom: bool = False,
    corrects: bool = False,
) -> tuple[Standing, ...]:
    """What a question may stand for, the likeliest first; itself where there is no topic yet.

    `And in Japan?` asks the question before it about Japan. `What does it cost?` asks something else of the same
    market and product; since it may also ask it of what was asked before, both are looked up. So is a question that
    could stand alone and leaves out what was spoken of: with that market and product, without, and after that question.
    All are about that market and product, but one that asks `whom` to turn to may be about anywhere. One that names
    both leaves out nothing. One that `corrects` what was said is the question before, put right.
    """
    leans = needs_context(text, language)
    own, kind = markets(text), mentioned(text, vocabulary.products)
    if not topic.text or (not leans and not corrects and own and kind):
        return (Standing(text, own, kind),)
    about = (markets, products)
    of, kinds = own or topic.markets, products(text) or topic.products
    details = [
        terms[code].name(language)
        for (terms, codes), named in zip(_kinds(topic, vocabulary), about, strict=True)
        if not named(text)
        for code in sorted(codes)
    ]
    together = Standing(_detailed(_joined(text, topic, vocabulary, language, about), details), of, kinds)
    if corrects or _leans(text, topic, language, vocabulary):
        return (together,)
    if leans:
        details += [name for name in topic.names if name not in text and mentioned(name, vocabulary.markets) <= of]
    detailed = Standing(_detailed(text, details), of, kinds)
    near_home = whom or mentioned(text, vocabulary.clusters)  # not in that market
    return tuple(
        dict.fromkeys([detailed, *([] if leans else [Standing(text, own if near_home else of, kinds)]), together])
    )


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
    return bool(topic.text) and needs_context(text, language) and says_only(text, terms, language)


def _joined(text: str, topic: Topic, vocabulary: Vocabulary, language: str, about: tuple[Named, Named]) -> str:
    """The question before, asked of the market and the product that this one is about, and this one."""
    kept = topic.text
    for (terms, _), named in zip(_kinds(topic, vocabulary), about, strict=True):
        if codes := named(text) & mentioned(text, terms):
            others = [term for code, term in terms.items() if code not in codes]
            kept = replaced(kept, others, terms[min(codes)].name(language) if len(codes) == 1 else "")
    return f"{kept} {text}"
