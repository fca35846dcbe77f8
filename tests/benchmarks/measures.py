"""Measures of a ranking against judgements, averaged over questions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def measures(rankings: Mapping[str, Sequence[str]], grades: Mapping[str, Mapping[str, int]]) -> dict[str, float]:
    """nDCG@10 (gain = grade, as trec_eval), recall@5, @10 and @100, MRR@10 and R@1, over the judged questions.

    A question without a ranking counts 0; one without a relevant document is left out.
    """
    sums: dict[str, float] = {}
    judged = {query: marks for query, marks in grades.items() if any(grade > 0 for grade in marks.values())}
    for query, marks in judged.items():
        for name, value in _one(rankings.get(query, ()), marks).items():
            sums[name] = sums.get(name, 0.0) + value
    return {name: round(value / len(judged), 4) for name, value in sums.items()}


def _one(ranking: Sequence[str], marks: Mapping[str, int]) -> dict[str, float]:
    relevant = {document for document, grade in marks.items() if grade > 0}
    first = next((rank for rank, document in enumerate(ranking[:10], 1) if document in relevant), 0)
    best = sorted((grade for grade in marks.values() if grade > 0), reverse=True)
    gain = _discounted([max(marks.get(document, 0), 0) for document in ranking[:10]])
    return {
        "ndcg@10": gain / _discounted(best[:10]),
        **{f"recall@{k}": len(relevant & set(ranking[:k])) / len(relevant) for k in (5, 10, 100)},
        "mrr@10": 1 / first if first else 0.0,
        "r@1": float(first == 1),
    }


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))
