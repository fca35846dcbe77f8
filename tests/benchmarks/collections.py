"""Judged collections on disk: corpus.jsonl[.gz], queries.jsonl[.gz], qrels.SPLIT.tsv."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Collection:
    """Documents and questions with judgements; a grade of 0 means judged irrelevant."""

    name: str
    corpus: tuple[Mapping[str, Any], ...]  # _id, title, text
    queries: tuple[Mapping[str, Any], ...]  # _id, text
    grades: Mapping[str, Mapping[str, int]]


def read_collection(folder: Path, split: str) -> Collection:
    """Read a folder in the uniform form; only judged questions are kept."""
    grades: dict[str, dict[str, int]] = {}
    for line in (folder / f"qrels.{split}.tsv").read_text("utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        grades.setdefault(query, {})[document] = int(grade)
    queries = tuple(query for query in _rows(folder, "queries") if query["_id"] in grades)
    return Collection(folder.name, tuple(_rows(folder, "corpus")), queries, grades)


def _rows(folder: Path, name: str) -> list[dict[str, Any]]:
    packed = folder / f"{name}.jsonl.gz"
    if packed.exists():
        with gzip.open(packed, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text("utf-8").splitlines()]
