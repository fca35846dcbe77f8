"""What a question means that leans on the ones before it: the texts that it may stand for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from assistant.language.phrasing import needs_context, own_words
from corpus.mentions import WITHOUT_SPACES, mentioned, words_of
from corpus.vocabulary import Term, Vocabulary

Named = Callable[[str], frozenset[str]]  # the codes that a text names or means

# Where most companies come from: `our Italian data` does not lead from the market that was spoken of.
_HOME = frozenset({"europe"})
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


def topic_of(
    questions: tuple[str, ...], language: str, vocabulary: Vocabulary, markets: Named, products: Named
) -> Topic:
    """What a conversation is about after these questions; `markets` and `products` say which ones a text names."""
    topic = Topic()
    for text in questions:
        standing = readings(text, topic, language, vocabulary)[0]
        topic = Topic(
            standing,
            markets(text) - (_HOME if topic.markets - _HOME and len(text.split()) > _MERE else frozenset())
            or topic.markets,
            products(text) or topic.products,
            tuple(_ACRONYM.findall(standing)),
        )
    return topic


def readings(text: str, topic: Topic, language: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The texts that a question may stand for, the likeliest first; itself where there is no topic yet.

    `And in Japan?` asks the question before it about Japan. `What does it cost?` asks something else of the same
    market and product; since it may also ask it of what was asked before, both are looked up. So is a question that
    could stand alone and leaves out what was spoken of: with that market and product, without, and after that question.
    """
    if not topic.text:
        return (text,)
    kinds = ((vocabulary.markets, topic.markets), (vocabulary.products, topic.products))
    leans = needs_context(text, language)
    kept = topic.text
    for terms, _ in kinds:
        if named := mentioned(text, terms):
            kept = without(kept, [term for code, term in terms.items() if code not in named])
    together = f"{kept} {text}"
    if leans and not own_words(without(text, [term for terms, _ in kinds for term in terms.values()]), language):
        return (together,)
    details = [
        terms[code].name(language)
        for terms, codes in kinds
        if not mentioned(text, terms) - (_HOME if codes - _HOME else frozenset())
        for code in sorted(codes)
    ]
    if leans:
        details += [name for name in topic.names if name not in text]
    likeliest = f"{text} ({', '.join(dict.fromkeys(details))})" if details else text
    return tuple(dict.fromkeys([likeliest, *([] if leans else [text]), together]))


def without(text: str, terms: list[Term]) -> str:
    """A text without the names of terms."""
    names = {name for term in terms for name in words_of(term) if name in text}
    for name in sorted(names, key=len, reverse=True):
        together = re.escape(name)
        text = re.sub(together if WITHOUT_SPACES.search(name) else rf"(?<!\w){together}(?!\w)", "", text)
    return " ".join(text.split())
