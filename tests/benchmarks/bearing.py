"""What gets past verification: `python -m tests.benchmarks.bearing [--said] [--json] [--list]`.

`bearing.jsonl` holds sentences on sections of the shipped library in ten languages, as a chat model might word them:
each with the words of the section that it copied as bearing it, and the same sentence again with one error (`wrong`, by
its kind: another subject of a figure, another market, may for must, before for after, a wrong relation, an added
condition). Each is verified beside the passages of its document.

With `--said` it reads `said.jsonl` instead: 4,318 sentences that name their section and copy no words, six a section,
half of them wrong: two things exchanged, a condition bent, something added.

Halves are those of `assistant.evaluation.halves`: what was tuned was tuned on those that are `learned`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from assistant.answers import Claim, ClaimKind, Numbering
from assistant.evaluation.halves import LEARNED, half
from assistant.find.evidence import Evidence
from assistant.verify.verification import Verifier
from assistant.write.drafts import Draft, Support
from corpus.documents import Document, Stage, Version
from corpus.passages import SUMMARY, split_markdown
from corpus.release.release import LIBRARY, read_library
from corpus.units import WITHIN
from corpus.vocabulary import vocabulary
from index.e5.model import e5
from index.search import Hit
from index.vector_cache import VectorCache

SENTENCES, SAID = (Path(__file__).parent / f"{name}.jsonl" for name in ("bearing", "said"))
SHIPPED_VECTORS = LIBRARY / "vectors.npz"
TRUE = "true"
_TODAY = date(2026, 11, 24)
_GIVEN = 10  # passages


@dataclass(frozen=True)
class Case:
    """A sentence with the words that it says bear it, and the kind of error in it, or `true`."""

    id: str
    kind: str
    draft: Draft
    evidence: Evidence

    @property
    def learned(self) -> bool:
        """Whether it may be learned from, and looked at."""
        return half(self.id) == LEARNED


@dataclass(frozen=True)
class Judged:
    """A case, why it was rejected, if it was, and the milliseconds of processor time that took."""

    case: Case
    reason: str
    milliseconds: float


def cases() -> Iterator[Case]:
    """The sentences of the file, each true one followed by its wrong ones."""
    hits = _passages()
    for line in SENTENCES.read_text("utf-8").splitlines():
        row = json.loads(line)
        bearing = next(
            one
            for one in hits[row["document"]]
            if one.passage.section == row["section"] and row["quote"] in one.passage.text
        )
        evidence = _beside([bearing], hits[row["document"]])
        start = bearing.passage.text.index(row["quote"])
        support = (Support(bearing, start, start + len(row["quote"])),)
        for kind, text in {TRUE: row["text"], **row["wrong"]}.items():
            draft = Draft(text, ClaimKind.STATEMENT, row["language"], support)
            yield Case(row["id"], kind, draft, evidence)


def said() -> Iterator[Case]:
    """The sentences that copy no words, each naming all passages of its section."""
    hits = _passages()
    for line in SAID.read_text("utf-8").splitlines():
        row = json.loads(line)
        document, _, heading = row["where"].partition(" :: ")
        named = [one for one in hits[document] if one.passage.section.partition(WITHIN)[0] == heading]
        support = tuple(Support(one, 0, len(one.passage.text)) for one in named)
        draft = Draft(row["text"], ClaimKind.STATEMENT, row["lang"], support)
        kind = TRUE if row["supported"] else row["kind"]
        yield Case(row["where"], kind, draft, _beside(named, hits[document]))


def _passages() -> dict[str, list[Hit]]:
    """The passages of the library, as they are found, by document."""
    found = {}
    for shipped in read_library(LIBRARY):
        version = Version(shipped.id, 1, shipped.metadata, shipped.body, shipped.digest)
        document = Document(shipped.id, "benchmark", Stage.PUBLISHED, version)
        passages = (one for one in split_markdown(version) if one.section != SUMMARY)
        found[shipped.id] = [Hit(one, document, score=0.0, similarity=0.0, overlap=0.0) for one in passages]
    return found


def _beside(named: Sequence[Hit], others: Sequence[Hit]) -> Evidence:
    given = (*named, *(one for one in others if one not in named))[: max(_GIVEN, len(named))]
    return Evidence(given, (), np.zeros(1, dtype=np.float32), 0.0)


def judge(verifier: Verifier, some: Iterable[Case]) -> Iterator[Judged]:
    """Each case through the verifier."""
    for case in some:
        started = time.process_time()
        verified = verifier.verify(case.draft, case.evidence, Numbering(_TODAY))
        reason = "" if isinstance(verified, Claim) else verified.reason.value
        yield Judged(case, reason, 1000 * (time.process_time() - started))


def shown(judged: Sequence[Judged]) -> dict[str, Any]:
    """How many true and wrong sentences there are, and the shares of them that are shown."""
    found: dict[str, Any] = {}
    for name, some in (
        ("true", [one for one in judged if one.case.kind == TRUE]),
        ("wrong", [one for one in judged if one.case.kind != TRUE]),
    ):
        found[name] = len(some)
        found[f"{name}_shown"] = round(sum(not one.reason for one in some) / len(some), 3) if some else None
    return found


def report(judged: Sequence[Judged]) -> dict[str, dict[str, Any]]:
    """The shares of both halves, by language and by kind of error."""
    languages = sorted({one.case.draft.language for one in judged})
    kinds = sorted({one.case.kind for one in judged} - {TRUE})
    return {
        "all": shown(judged),
        "learned": shown([one for one in judged if one.case.learned]),
        "judged": shown([one for one in judged if not one.case.learned]),
        **{name: shown([one for one in judged if one.case.draft.language == name]) for name in languages},
        **{name: shown([one for one in judged if one.case.kind == name]) for name in kinds},
        "milliseconds": {
            f"p{level}": round(float(np.percentile([one.milliseconds for one in judged], level)), 1)
            for level in (50, 95)
        },
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--said", action="store_true", help="sentences that copy no words")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--list", action="store_true", help="of those learned from, what is judged wrongly")
    parser.add_argument("--folder", type=Path, help="keep model and vectors in this folder")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        cache = VectorCache(folder / "vectors.sqlite", e5(folder))
        if cache.empty:
            cache.take_in(SHIPPED_VECTORS)
        judged = list(judge(Verifier(cache, vocabulary()), said() if asked.said else cases()))
    results = report(judged)
    if asked.json:
        print(json.dumps(results, indent=1))
        return
    for name, values in results.items():
        print(f"{name:<14}" + "  ".join(f"{key} {value}" for key, value in values.items()))
    for one in judged if asked.list else []:
        if one.case.learned and bool(one.reason) == (one.case.kind == TRUE):
            print(one.case.id, one.case.kind, one.reason or "shown", "|", one.case.draft.text)


if __name__ == "__main__":
    main()
