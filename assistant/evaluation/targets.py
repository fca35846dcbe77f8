"""Trains what tells markets asked about: `python -m assistant.evaluation.targets TEXTS... --judged TEXTS [--write]`.

A line has `text`, `targets` (the markets that it asks about) and `others` (those that it names beside), by code; or it
is a question with `where` it is answered: in a conversation (`turns`) all but that market stand beside, alone (`text`)
it asks about that market if it names no other. What is learned is judged on the texts of `--judged`, of which nothing
is learned, by each named market and by whole texts: a text is right where exactly its targets are seen, so not where
the vocabulary lacks the name of one.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from assistant.app import App, open_app
from assistant.evaluation.intervals import wilson
from assistant.evaluation.network import trained
from assistant.settings import read_settings
from assistant.understand.network import QuestionNetwork, write_arrays
from assistant.understand.targets import KINDS, WEIGHTS, features, judged
from corpus.vocabulary import Vocabulary
from index.embedding import Vectors

_UNITS, _EPOCHS = 64, 100
_LABELLED = 2.0  # how much a text with targets counts beside a question of a unit

Features = dict[str, Vectors]


def read_texts(app: App, paths: Sequence[Path]) -> list[tuple[dict[str, Any], Features]]:
    """The texts of files, each with what is known of every market that it names."""
    rows = [json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()]
    found = []
    for row in rows:
        *earlier, text = row.get("turns") or [row["text"]]
        named = features(app.cache.model, text, earlier, app.vocabulary)
        market = row.get("where", "").partition("/")[0]
        if "targets" in row:
            found.append((row, named))
        elif market in app.vocabulary.markets and named and (earlier or named.keys() == {market}):
            found.append(({**row, "targets": [market]}, named))
    return found


def learn(texts: Sequence[tuple[dict[str, Any], Features]]) -> QuestionNetwork:
    """A network that says of each market named whether it is asked about."""
    known = [
        (own, code in row["targets"], 1.0 if "where" in row else _LABELLED)
        for row, found in _drawn(texts)
        for code, own in found.items()
    ]
    wanted = np.zeros((len(known), len(KINDS)), dtype=np.float32)
    wanted[np.arange(len(known)), [int(asked) for _, asked, _ in known]] = 1.0
    weights = np.array([weight for *_, weight in known], dtype=np.float32)
    vectors = np.stack([own for own, *_ in known])
    return trained(vectors, wanted, weights / weights.mean(), units=_UNITS, epochs=_EPOCHS)


def _drawn(texts: Sequence[tuple[dict[str, Any], Features]]) -> list[tuple[dict[str, Any], Features]]:
    """The labelled texts, and no more questions of units: in nearly all what is named is asked about."""
    of_units = [one for one in texts if "where" in one[0]]
    labelled = [one for one in texts if "where" not in one[0]]
    return labelled + random.Random(1).sample(of_units, min(len(labelled), len(of_units)))  # noqa: S311 - no secret


def judge(network: QuestionNetwork, texts: Sequence[tuple[dict[str, Any], Features]], vocabulary: Vocabulary) -> None:
    """Print the share of markets and of texts that are seen rightly, the texts by language."""
    places: list[bool] = []
    whole: defaultdict[str, list[bool]] = defaultdict(list)
    for row, found in texts:
        places_seen = judged(network, found)
        asked = places_seen.asked or places_seen.perhaps
        places += [(code in asked) == (code in row["targets"]) for code in found]
        right = asked & vocabulary.markets.keys() == set(row["targets"]) & vocabulary.markets.keys()
        whole["all"].append(right)
        whole[row["lang"]].append(right)
    shares = {"markets": places} | {f"texts, {language}": whole[language] for language in sorted(whole)}
    for name, seen in shares.items():
        share, low, high = wilson(sum(seen), len(seen))
        print(f"{name}: {share:.1%} ({low:.1%}-{high:.1%}) of {len(seen)} seen rightly")


def main() -> None:
    """Judge, and with `--write` keep."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--judged", type=Path, required=True, help="texts to be judged by")
    parser.add_argument("--write", action="store_true", help="keep the weights in the product")
    options = parser.parse_args()
    app = open_app(read_settings())
    network = learn(read_texts(app, options.texts))
    judge(network, read_texts(app, [options.judged]), app.vocabulary)
    if options.write:
        write_arrays(WEIGHTS, network)
        print(f"{WEIGHTS}: {WEIGHTS.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
