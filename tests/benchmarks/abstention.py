"""Whether a question is answered by the passages given with it: `python -m tests.benchmarks.abstention FOLDER`.

For NoMIRACL: `corpus.LANGUAGE.jsonl[.gz]` (_id, title, text) and `questions.LANGUAGE.jsonl[.gz]` (question, docids,
answerable). The product's own signals of sufficiency are weighed as the product's calibration weighs them, on the
other languages; each language is then judged by weights and a threshold that have not seen it: the one at which the
given share of answerable questions is declined, where the others are left out in turn. Told are the share of
unanswerable questions that would be answered (hallucination) and of answerable ones that would be declined (false
abstention), beside the pairs that NoMIRACL's authors report for GPT-4.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from assistant.evaluation.calibration import area, fit, share
from assistant.evaluation.regression import Matrix
from assistant.find.evidence import Evidence
from assistant.find.sections import NO_ASPECT, SectionHit
from assistant.find.sufficiency import signals
from assistant.settings import read_settings
from assistant.understand.questions import Question, understand
from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Document, Metadata, Passage, Stage, Version
from corpus.vocabulary import vocabulary
from index.build import Index, indexed_text
from index.e5.model import e5
from index.search import ANSWER, ASKED, SENTENCE, Hit, Search, background
from index.vector_cache import VectorCache

FALSE_DECLINES = 0.06  # of the answerable questions, at the threshold
GPT_4 = {"en": (0.43, 0.05), "de": (0.37, 0.10), "es": (0.13, 0.17), "fr": (0.48, 0.11)}


@dataclass(frozen=True)
class Judged:
    """The questions of one language: signals, a row each, and whether they are answerable."""

    features: Matrix
    answerable: Matrix


class Reader:
    """Reads questions with the passages given for them, without a library."""

    def __init__(self, home: Path, vectors: Path | None) -> None:
        self._cache = VectorCache(vectors or home / "vectors.sqlite", e5(home / "models"))
        index = Index(home / "index", self._cache.model)
        self._search = Search(Catalogue(home / "catalogue.sqlite"), index, self._cache)

    def evidence(self, question: str, rows: Sequence[Mapping[str, Any]], language: str) -> Evidence:
        """These passages as if a search had found them: nearest first, every one read sentence by sentence."""
        vector = self._search.vector(question)
        given = [_passage(row, language) for row in rows]
        texts = [indexed_text(passage, document) for passage, document in given]
        known = self._cache.embed(texts)
        hits = [
            Hit(passage, document, float(known[text] @ vector), float(known[text] @ vector), 0.0)
            for (passage, document), text in zip(given, texts, strict=True)
        ]
        hits.sort(key=lambda hit: -hit.similarity)
        sentences = self._search.sentences(vector, hits)
        nearest = {one.hit.passage.id: one.similarity for one in reversed(sentences)}
        weighed = [
            replace(hit, parts=_parts(hit.similarity, nearest[hit.passage.id]))
            for hit in hits
            if hit.passage.id in nearest
        ]
        sections = tuple(SectionHit((hit,), inside=True, aspect=NO_ASPECT) for hit in weighed)
        return Evidence(tuple(weighed), sentences, vector, background(weighed), sections=sections)


def _parts(similarity: float, sentence: float) -> dict[str, float]:
    """Of a score, where nobody has written what a passage answers."""
    return {
        "similarity": similarity,
        "sentence": SENTENCE * sentence,
        "words": 0.0,
        "answer": ANSWER * sentence,
        "asked": ASKED * sentence,
    }


def _passage(row: Mapping[str, Any], language: str) -> tuple[Passage, Document]:
    text = "\n".join(filter(None, (" ".join(line.split()) for line in row["text"].splitlines())))
    name = str(row["_id"]).partition("#")[0]
    today = date.today()
    metadata = Metadata(
        title=row.get("title") or "",
        kind="guidance-summary",
        language=language,
        publisher="benchmark",
        published_on=today,
        facts_as_of=f"{today:%Y-%m}",
        review_by=today,
    )
    document = Document(name, "benchmark", Stage.PUBLISHED, Version(name, 1, metadata, text, ""))
    return Passage(name, 1, 0, "", text, language), document


def judge(reader: Reader, folder: Path, language: str, sample: int) -> Judged:
    """Look at the questions of one language; only so many of them, drawn the same each time, where `sample` is set."""
    passages = {row["_id"]: row for row in _rows(folder / f"corpus.{language}.jsonl")}
    rows = _rows(folder / f"questions.{language}.jsonl")
    if 0 < sample < len(rows):
        rows = random.Random(0).sample(rows, sample)  # noqa: S311 - a sample, no secret
    features = []
    for row in rows:
        understood = understand(Question(row["question"], language=language), vocabulary())
        evidence = reader.evidence(understood.text, [passages[key] for key in row["docids"]], language)
        features.append(list(signals(understood, evidence).values()))
    answerable = np.array([float(row["answerable"]) for row in rows])
    return Judged(np.array(features), answerable)


def _rows(path: Path) -> list[dict[str, Any]]:
    packed = path.with_name(f"{path.name}.gz")
    if packed.exists():
        with gzip.open(packed, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def measure(languages: Mapping[str, Judged]) -> dict[str, dict[str, object]]:
    """Each language by the weights and the threshold of the others.

    `at_theirs` is the hallucination where as many answerable questions are declined as GPT-4 declines.
    """
    results: dict[str, dict[str, object]] = {}
    for language, held in languages.items():
        others = [judged for name, judged in languages.items() if name != language]
        features, answerable = (
            np.concatenate([getattr(judged, name) for judged in others]) for name in ("features", "answerable")
        )
        names = [name for name in languages if name != language for _ in languages[name].answerable]
        unseen = left_out(features, answerable, names)
        threshold = threshold_at(FALSE_DECLINES, unseen, answerable)
        likely = fit(features, answerable).probability(held.features)
        yes, no = likely[held.answerable == 1], likely[held.answerable == 0]
        results[language] = {
            "answerable": len(yes),
            "unanswerable": len(no),
            "hallucination": share(no >= threshold),
            "false_abstention": share(yes < threshold),
            "area_under_curve": round(area(likely, held.answerable == 1), 3),
        }
        if language in GPT_4:
            theirs = threshold_at(GPT_4[language][1], likely, held.answerable)
            results[language] |= {"gpt_4": GPT_4[language], "at_theirs": share(no >= theirs)}
    return results


def left_out(features: Matrix, answerable: Matrix, groups: Sequence[str]) -> Matrix:
    """The probability of each question by weights that have not seen its group."""
    probability = np.zeros(len(answerable))
    for group in sorted(set(groups)):
        held = np.array([one == group for one in groups])
        probability[held] = fit(features[~held], answerable[~held]).probability(features[held])
    return probability


def threshold_at(share_declined: float, probability: Matrix, answerable: Matrix) -> float:
    """The probability below which this share of the answerable questions lies."""
    return float(np.quantile(probability[answerable == 1], share_declined))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", nargs="+", default=["en", "de", "es", "fr"])
    parser.add_argument("--sample", type=int, default=0, help="only so many questions a language; 0 for all")
    parser.add_argument("--vectors", type=Path, help="keep the vectors in this file from run to run")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    read_settings()
    with tempfile.TemporaryDirectory() as home:
        reader = Reader(Path(home), asked.vectors)
        judged = {language: judge(reader, asked.folder, language, asked.sample) for language in asked.languages}
    results = measure(judged)
    if asked.json:
        print(json.dumps(results, indent=1))
        return
    for language, values in results.items():
        print(f"{language:<4}" + "  ".join(f"{name} {value}" for name, value in values.items()))


if __name__ == "__main__":
    main()
