"""Which of the markets that a text names it asks about, and which merely stand there: a home, an approval held.

A small network judges each by the state of its tokens in the embedded model and by the whole text;
`python -m assistant.evaluation.targets` trains it, and says how well it does on texts that it never saw.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from assistant.understand.following import AFTER, in_conversation
from assistant.understand.network import QuestionNetwork, read_arrays
from corpus.mentions import Span, mentioned, spans_of
from corpus.vocabulary import Term, Vocabulary
from index.embedding import EmbeddingModel, Vectors

WEIGHTS = Path(__file__).parent / "targets.npz"
KINDS = ("beside", "asked")
_SURE = 0.4  # probability from which a market is taken to be asked about
_BESIDE = 0.8  # of the surest one's, from which another is asked about beside it
_PERHAPS = 0.1  # from which it may be
_FEW = 10.0  # by which numbers are divided to be as small as what stands beside them


@dataclass(frozen=True)
class Places:
    """The markets and countries that a text names, by code: those that it asks about, that it may, and the others."""

    asked: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()


def places_named(text: str, vocabulary: Vocabulary) -> Places:
    """What a text asks about as far as words tell: all that it names, but Europe, the home of most, beside another."""
    named = mentioned(text, _terms(vocabulary))
    asked = named - {"europe"} or named
    return Places(asked, beside=named - asked)


def places_of(model: EmbeddingModel, text: str, earlier: Sequence[str], vocabulary: Vocabulary) -> Places:
    """What a text asks about after earlier ones, and what it names beside, as a model reads it."""
    found = features(model, text, earlier, vocabulary)
    network = _network()
    if not found or not all(network.reads(row) for row in found.values()):
        return places_named(text, vocabulary)
    return judged(network, found)


def judged(network: QuestionNetwork, found: Mapping[str, Vectors]) -> Places:
    """The markets of which this is known, by how likely each is asked about: of several at least one may be."""
    if not found:
        return Places()
    shares = network.probabilities(np.stack(list(found.values())))[:, KINDS.index("asked")]
    likely = dict(zip(found, map(float, shares), strict=True))
    best = max(likely, key=lambda code: likely[code])
    sure = frozenset(code for code, share in likely.items() if share >= max(_SURE, _BESIDE * likely[best]))
    perhaps = frozenset(
        code for code, share in likely.items() if share >= _PERHAPS or (len(likely) > 1 and code == best)
    )
    perhaps -= sure
    return Places(sure, perhaps, frozenset(found) - sure - perhaps)


def features(model: EmbeddingModel, text: str, earlier: Sequence[str], vocabulary: Vocabulary) -> dict[str, Vectors]:
    """What is known of each market that a text names: the state of its tokens and of all, where and how it stands.

    Nothing where none is named, or from a model that gives no states.
    """
    if not mentioned(text, _terms(vocabulary)) or (reading := model.read(in_conversation(text, earlier))) is None:
        return {}
    own_text = reading.text.partition(AFTER)[0]
    named = spans_of(own_text, _terms(vocabulary))
    whole = of_length_one(reading.states.mean(axis=0))
    states = {code: reading.mean(spans) for code, spans in named.items()}
    before = [places for one in earlier if (places := mentioned(one, _terms(vocabulary)))]
    return {
        code: np.concatenate([of_length_one(own), whole, _standing(code, named, own_text), _spoken_of(code, before)])
        for code, own in states.items()
        if own is not None
    }


def _terms(vocabulary: Vocabulary) -> Mapping[str, Term]:
    return {**vocabulary.elsewhere, **vocabulary.markets}


def _standing(code: str, named: Mapping[str, Sequence[Span]], text: str) -> Vectors:
    """How far into the text a term first stands, how many are named, whether it is Europe, where most come from."""
    first = min(named[code])[0] / max(len(text), 1)
    return np.array([first, len(named) / 3, code == "europe"], dtype=np.float32) / np.float32(_FEW)


def _spoken_of(code: str, before: Sequence[frozenset[str]]) -> Vectors:
    """Whether earlier messages, by the places that they name, name a term, others than it, and it at last."""
    named = frozenset[str]().union(*before)
    known = [code in named, bool(named - {code}), bool(before) and code in before[-1]]
    return np.array(known, dtype=np.float32) / np.float32(_FEW)


def of_length_one(vector: Vectors) -> Vectors:
    """A vector in its direction, of length 1; one of zeros as it is."""
    unit: Vectors = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return unit


@cache
def _network() -> QuestionNetwork:
    return QuestionNetwork(**read_arrays(WEIGHTS))
