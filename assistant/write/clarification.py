"""One question back, where the answer forks on something that the person has not said, unless their profile says it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from assistant.answers import Clarification
from assistant.find.evidence import Evidence
from assistant.find.sufficiency import asks_for_a_figure
from assistant.language.phrasing import needs_context
from assistant.language.quantities import fold
from assistant.texts import say
from assistant.understand.classes import class_named
from assistant.understand.questions import Profile, Understood
from corpus.vocabulary import Term, Vocabulary
from index.search import Hit

_FIRST = 5  # sections, and sentences, in which a fork shows
_NEAR = 10  # sections of which none is an answer
_SCATTERED = 3  # markets from which on nobody can tell which one is meant
_MOST = 5  # replies offered
_OF_ONE_KIND = 2  # products of a document up to which it is about a kind of product, such as devices and IVDs
_ACRONYM = re.compile(r"\b[A-Z][A-Z0-9]{2,}\b")
_CLASS = re.compile(r"\b(?:class|klasse|classe|clase)\s+(iii|ii|iv|i)\b|\bclass: (iii|ii|iv|i)\b")


def clarify(understood: Understood, evidence: Evidence, vocabulary: Vocabulary) -> Clarification | None:
    """The question that would make the answer exact; None where the evidence does not fork.

    Asked in this order: for which market, for what kind of product, for which risk class.
    """
    language = understood.reader_language
    first = _first(understood, evidence)
    if markets := _markets(understood, first):
        return _ask_market(understood, markets, vocabulary)
    answers_all = bool(first and first[0].unit and not first[0].unit.products)
    products = _fork([_product_of(hit, vocabulary) for hit in first])
    if not understood.products and not answers_all and len(products) > 1:
        return _ask(language, "product", _names(products, vocabulary.products, language))
    classes = _classes(sentence.unit.text for sentence in evidence.sentences[:_FIRST])
    if asks_for_a_figure(understood) and not class_named(understood.text) and len(classes) > 1:
        return _ask(language, "class", [say(language, "risk_class", name=name.upper()) for name in classes])
    return None


def which_market(understood: Understood, evidence: Evidence, vocabulary: Vocabulary) -> Clarification | None:
    """The question for which market of a message that says too little to be answered, and names none.

    Longer ones that the library does not answer name their market in some other way, or have no answer in any.
    """
    if not needs_context(understood.text, understood.language):
        return None
    near = _about_the_named(understood.text, [section.best for section in evidence.sections])[:_NEAR]
    markets = list(dict.fromkeys(code for hit in near for code in sorted(hit.document.metadata.markets)))
    aimed_at = len(understood.preferences.markets) == 1
    return _ask_market(understood, markets, vocabulary) if _is_open(understood, markets) and not aimed_at else None


def completed(understood: Understood, evidence: Evidence, profile: Profile, vocabulary: Vocabulary) -> Understood:
    """A question with what the profile replies to the questions back, put into words as the person might have.

    The product is said wherever documents are about kinds of product, since a document on two does not fork.
    """
    first = _first(understood, evidence)
    details: list[str] = []
    markets, products = understood.markets, understood.products
    if len(profile.markets) == 1 and _markets(understood, first):
        markets = profile.markets
        details += _names(markets, vocabulary.markets, understood.language)
    if profile.product and not products and any(_product_of(hit, vocabulary) for hit in first):
        products = frozenset({profile.product})
        details += _names(products, vocabulary.products, understood.language)
    if profile.risk_class and products == {profile.product} and not class_named(understood.text):
        details.append(say(understood.reader_language, "risk_class", name=profile.risk_class))
    if not details:
        return understood
    preferences = replace(understood.preferences, markets=markets or understood.preferences.markets)

    def with_details(asked: Understood) -> Understood:
        text = f"{asked.text} ({', '.join(details)})"
        return replace(asked, text=text, markets=markets, products=products, preferences=preferences)

    return replace(with_details(understood), parts=tuple(map(with_details, understood.parts)))


def _first(understood: Understood, evidence: Evidence) -> Sequence[Hit]:
    """The best passages of the sections found first: an answer forks where these are about different things."""
    return _about_the_named(understood.text, [section.best for section in evidence.sections])[:_FIRST]


def _markets(understood: Understood, first: Sequence[Hit]) -> list[str]:
    """The markets of which it is open which one is meant; none where that is said, or clear."""
    markets = _fork([hit.document.metadata.markets for hit in first])
    return markets if _is_open(understood, markets) else []


def _is_open(understood: Understood, markets: Sequence[str]) -> bool:
    return not understood.markets and not understood.clusters and len(markets) >= _SCATTERED


def _ask_market(understood: Understood, markets: Sequence[str], vocabulary: Vocabulary) -> Clarification:
    """The question for one of several markets: of those that the profile aims at, where these are several."""
    named = sorted(understood.preferences.markets)
    names = _names(named if len(named) > 1 else markets, vocabulary.markets, understood.reader_language)
    return _ask(understood.reader_language, "market", names)


def _about_the_named(question: str, hits: Sequence[Hit]) -> Sequence[Hit]:
    """Those hits that hold the acronyms and codes of a question, since these say what it means; else all."""
    names = set(_ACRONYM.findall(question))
    return [hit for hit in hits if any(name in hit.passage.text for name in names)] or hits


def _product_of(hit: Hit, vocabulary: Vocabulary) -> frozenset[str]:
    """The product that a document is about; nothing for one about all of them, or none."""
    products = hit.document.metadata.topics & vocabulary.products.keys()
    return products if len(products) <= _OF_ONE_KIND else frozenset()


def _ask(language: str, what: str, choices: Sequence[str]) -> Clarification:
    return Clarification(say(language, f"which_{what}"), tuple(choices[:_MOST]))


def _fork(codes: Sequence[frozenset[str]]) -> list[str]:
    """The codes by which documents differ, most frequent first.

    None where one is shared by the best and most others, or most have none.
    """
    counted = Counter(code for some in codes for code in some).most_common()
    shared = bool(counted) and counted[0][1] > len(codes) / 2 and counted[0][0] in codes[0]
    silent = sum(not some for some in codes) > len(codes) / 3
    return [] if shared or silent else [code for code, _ in counted]


def _names(codes: Iterable[str], terms: Mapping[str, Term], language: str) -> list[str]:
    return [terms[code].name(language) for code in codes]


def _classes(texts: Iterable[str]) -> list[str]:
    """The risk classes that texts name, in the order of their risk."""
    found = {one or other for text in texts for one, other in _CLASS.findall(fold(text))}
    return sorted(found, key=["i", "ii", "iii", "iv"].index)
