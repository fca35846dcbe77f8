"""What a question wants to know, and which kind of product it is about, seen from its vector by small networks.

`python -m assistant.evaluation.recognisers` trains them, and `python -m assistant.evaluation.turns` that of what is
asked after others; both say how well they do on questions that they never saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.understand.network import QuestionNetwork, read_arrays
from assistant.understand.targets import Places, places_of
from corpus.vocabulary import Vocabulary, vocabulary
from index.embedding import EmbeddingModel, Vectors

FOLDER = Path(__file__).parent
NO_PRODUCT = "none"
_SURE = 0.7  # probability from which a kind of product is taken to be meant that nobody has named
_ANOTHER = 0.95  # from which it is another than the one that was spoken of: of a few words it is hardly ever sure
_WAY_IN = ("overview", "route")  # what a text is found to ask that says no more than market and product
_MOSTLY = 0.6  # probability of these together from which a text asks nothing else


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
    """The codes that the recogniser of `aspects`, `turn_aspects` or `products` tells apart."""
    return (NO_PRODUCT, *vocabulary().products) if what == "products" else tuple(vocabulary().aspects)


@cache
def recogniser(what: str) -> Recogniser:
    """The one for `aspects`, `turn_aspects` (of a question after others, by the trained layers) or `products`."""
    return Recogniser(QuestionNetwork(**read_arrays(FOLDER / f"{what}.npz")), codes_of(what))


@dataclass(frozen=True)
class RecognisesByModel:
    """What the embedded model sees in a text beside what its words name."""

    model: EmbeddingModel

    def products(self, text: str, *, known: bool = False) -> frozenset[str]:
        """The kinds of product that it is about; where one is known already, only another that it clearly means."""
        return product_meant(self.model.query(text), _ANOTHER if known else _SURE)

    def asks_nothing(self, text: str) -> bool:
        """Whether it says no more than what a question is about: `Brazil, software for images of the skin`."""
        likely = recogniser("aspects").of(self.model.query(text))
        return sum(likely.get(aspect, 0.0) for aspect in _WAY_IN) >= _MOSTLY

    def places(self, text: str, earlier: Sequence[str], vocabulary: Vocabulary) -> Places:
        """The markets that it asks about after earlier ones, and those that it names beside."""
        return places_of(self.model, text, earlier, vocabulary)


def product_meant(question: Vectors, sure: float = _SURE) -> frozenset[str]:
    """The kind of product that a text is about though it names none, such as `nutrition` for probiotic capsules."""
    likely = recogniser("products").of(question)
    return frozenset(code for code, share in likely.items() if share >= sure and code != NO_PRODUCT)
