"""What a question wants to know, which kind of product it is about and what a message is for, seen by small networks.

`python -m assistant.evaluation.recognisers` trains them, and `python -m assistant.evaluation.turns` that of what is
asked after others; both say how well they do on questions that they never saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from assistant.understand.network import QuestionNetwork, read_arrays
from assistant.understand.targets import Places, of_length_one, places_of
from corpus.vocabulary import Vocabulary, vocabulary
from index.embedding import EmbeddingModel, Vectors

FOLDER = Path(__file__).parent
NONE = "none"
INTENTS = (NONE, "corrects", "whom")  # a message corrects what was said before, or asks whom to turn to
_SURE = 0.85  # probability from which a kind of product, or one of two, is taken to be meant that nobody has named
_ANOTHER = 0.95  # from which it is another than the one that was spoken of
_WAY_IN = ("overview", "route", "class")  # what a text is found to ask that says no more than market and product
_MOSTLY = 0.6  # probability of these together from which a text asks nothing else
MEANT = 0.3  # probability from which a message is for that
_WORDED = 0.03  # where its wording says so, too


@dataclass(frozen=True)
class Recogniser:
    """A network, and the codes of the vocabulary that it tells apart, in its order."""

    network: QuestionNetwork
    codes: tuple[str, ...]

    def of(self, question: Vectors) -> Mapping[str, float]:
        """How likely each code is what a question is about; none for a vector of another embedding."""
        if not self.network.reads(question):
            return {}
        return dict(zip(self.codes, map(float, self.network.probabilities(question[None])[0]), strict=True))


def codes_of(what: str) -> tuple[str, ...]:
    """The codes that the recogniser of `aspects`, `turn_aspects`, `products` or `intents` tells apart."""
    if what == "intents":
        return INTENTS
    return (NONE, *vocabulary().products) if what == "products" else tuple(vocabulary().aspects)


@cache
def recogniser(what: str) -> Recogniser:
    """The one for `aspects`, `turn_aspects` (of a question after others), `products` or `intents`."""
    return Recogniser(QuestionNetwork(**read_arrays(FOLDER / f"{what}.npz")), codes_of(what))


@dataclass(frozen=True)
class RecognisesByModel:
    """What the embedded model sees in a text beside what its words name."""

    model: EmbeddingModel

    def products(self, text: str, *, known: bool = False) -> frozenset[str]:
        """The kinds of product that it is about; where one is known already, only another that it clearly means."""
        return another_product(self.model, text) if known else product_meant(self.model, text)

    def asks_nothing(self, text: str) -> bool:
        """Whether it says no more than what a question is about: `Brazil, software for images of the skin`."""
        shares = likely("aspects", self.model, text)
        return sum(shares.get(aspect, 0.0) for aspect in _WAY_IN) >= _MOSTLY

    def is_for(self, intent: str, text: str, *, worded: bool = False) -> bool:
        """Whether a message is for that, one of `INTENTS`; where it is `worded` so, unless it hardly can be."""
        shares = likely("intents", self.model, text)
        return shares[intent] >= (_WORDED if worded else MEANT) if shares else worded

    def places(self, text: str, earlier: Sequence[str], vocabulary: Vocabulary) -> Places:
        """The markets that it asks about after earlier ones, and those that it names beside."""
        return places_of(self.model, text, earlier, vocabulary)


def question_vector(model: EmbeddingModel, text: str) -> Vectors | None:
    """What recognisers read of a question, of one after others in its conversation.

    The vector by the layers trained on questions and the mean state of the tokens, shape (2 * dimension,); None from a
    model that gives no such things.
    """
    asked, reading = model.asked(text), model.read(text)
    if asked is None or reading is None:
        return None
    return np.concatenate([asked, of_length_one(reading.states.mean(axis=0))])


def likely(what: str, model: EmbeddingModel, text: str) -> Mapping[str, float]:
    """How likely each code of what a recogniser tells apart is; nothing by another embedding than it was trained on."""
    vector = question_vector(model, text)
    return {} if vector is None else recogniser(what).of(vector)


def product_meant(model: EmbeddingModel, text: str) -> frozenset[str]:
    """The kind of product that a text is about though it names none, such as `nutrition` for probiotic capsules.

    Where it may be one of two, they are both: a reader of test strips is a device or a test.
    """
    shares = likely("products", model, text)
    first = sorted(shares, key=lambda code: -shares[code])[:2]
    for kinds in (first[:1], first):
        if kinds and sum(shares[code] for code in kinds) >= _SURE:
            return frozenset(kinds) if NONE not in kinds else frozenset()
    return frozenset()


def another_product(model: EmbeddingModel, text: str) -> frozenset[str]:
    """The kind of product that a text is clearly about where one was spoken of before: of few words it hardly is."""
    shares = likely("products", model, text)
    return frozenset(code for code, share in shares.items() if share >= _ANOTHER) - {NONE}
