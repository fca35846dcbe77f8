"""Whom a company can turn to."""

from __future__ import annotations

from assistant.questions import Understood
from corpus.vocabulary import Cluster, Vocabulary


def contacts(understood: Understood, vocabulary: Vocabulary) -> tuple[Cluster, ...]:
    """The clusters nearest to a question: those it names, else those that speak its language, else all four."""
    clusters = vocabulary.clusters
    named = [clusters[code] for code in understood.clusters]
    speaking = [cluster for cluster in clusters.values() if understood.language in cluster.languages]
    return tuple(named or speaking or clusters.values())
