"""What reaches the reader of what a chat model wrote: `python -m tests.benchmarks.recorded FILE [--json]`.

`FILE` holds recorded completions, one JSON object a line: the request as the product sent it (`request_messages`, with
its passages), the `completion`, its `style` (strong, mid, reasoning, flawed ...), `language`, `id` (`question/style`)
and its `sentences` with a `text` and a `label`: supported, unsupported, wrong, thinking, honest-gap, no-statement. Each
completion is read and verified as the product does it, beside the passages of its request.

Shares lie between 0 and 1. Questions fall into halves by the SHA-256 of their id: what was tuned was tuned on those
that are `seen`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from assistant.answers import Claim, Numbering
from assistant.find.evidence import Evidence
from assistant.model.chat_model import ModelUnavailable, Usage
from assistant.model.placeholders import Placeholders
from assistant.verify.verification import Verifier
from assistant.write.drafts import Draft, Gap
from assistant.write.model_writer import drafted
from corpus.documents import Document, Metadata, Passage, Stage, Version
from corpus.mentions import mentioned
from corpus.passages import SUMMARY
from corpus.vocabulary import Vocabulary, vocabulary
from index.e5.model import e5
from index.search import Hit
from index.vector_cache import VectorCache

HALVES = ("seen", "unseen")
_TODAY = date(2026, 11, 24)
_PASSAGE = re.compile(r"^\[(P\d+)\] (.*?) › (.*) \(facts as of ([^)]*)\)$")
_KEYS = re.compile(r"[\[(【［（]\s*P\d+[^\])】］）]*[\])】］）]")
_SAME = 0.6  # of the words of a labelled sentence that stand in what is shown of it
_WORD = re.compile(r"\w+")
_LABELS = {"wrong": "wrong", "unsupported": "wrong", "supported": "true", "thinking": "thought", "honest-gap": "gap"}


@dataclass(frozen=True)
class Judged:
    """A labelled sentence of a completion: of which sort it is, whether it is shown, and why not."""

    id: str
    style: str
    language: str
    sort: str  # true, wrong, thought, gap or other
    text: str
    shown: bool
    reason: str

    @property
    def half(self) -> str:
        """Whether its question may be looked at."""
        return HALVES[int(hashlib.sha256(self.id.split("/")[0].encode()).hexdigest(), 16) % 2]


def read_records(file: Path) -> list[dict[str, Any]]:
    """The records of a file, in order."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


def judge(record: dict[str, Any], verifier: Verifier, terms: Vocabulary) -> Iterator[Judged]:
    """The labelled sentences of a record, each with what the product makes of it."""
    hits = passages(record["request_messages"], terms)
    evidence = Evidence(tuple(hits.values()), (), np.zeros(1, dtype=np.float32), 0.0)
    shown: list[str] = []
    gaps = 0
    why: list[tuple[str, str]] = []
    question = record.get("understood") or record["question"]
    parts = drafted(iter([record["completion"]]), hits, record["language"], question, Placeholders())
    try:
        for part in parts:
            if isinstance(part, Draft):
                verified = verifier.verify(part, evidence, Numbering(_TODAY))
                if isinstance(verified, Claim):
                    shown.append(verified.text)
                else:
                    why.append((verified.text, verified.reason.value))
            elif isinstance(part, Gap):
                gaps += 1
            else:
                assert isinstance(part, Usage)  # noqa: S101 - there is no fourth kind
    except ModelUnavailable:
        why.append(("", "nothing written"))
    for sentence in record["sentences"]:
        sort = _LABELS.get(sentence["label"], "other")
        text = _KEYS.sub(" ", sentence["text"])
        is_shown = gaps > 0 if sort == "gap" else _stands(text, shown)
        reason = "" if is_shown else next((cause for other, cause in why if _stands(text, [other])), "not read")
        yield Judged(record["id"], record["style"], record["language"], sort, sentence["text"], is_shown, reason)


def passages(messages: Sequence[dict[str, str]], terms: Vocabulary) -> dict[str, Hit]:
    """The passages of a request by their key, each as a hit of a document of its own title."""
    found: dict[str, Hit] = {}
    head: re.Match[str] | None = None
    lines: list[str] = []

    def close() -> None:
        if head is not None:
            found[head[1]] = _hit(head, "\n".join(lines).strip(), terms)

    for line in "\n".join(message["content"] for message in messages).splitlines():
        opens = _PASSAGE.match(line)
        if opens or line.startswith("Question: "):
            close()
            head, lines = opens, []
        elif head is not None:
            lines.append(line)
    close()
    return found


def _hit(head: re.Match[str], text: str, terms: Vocabulary) -> Hit:
    key, title, section, facts = head.groups()
    summary = {"en": text} if section == SUMMARY else {}
    metadata = Metadata(
        title=title,
        kind="guidance-summary",
        language="en",
        publisher="benchmark",
        published_on=_TODAY,
        facts_as_of=facts,
        review_by=_TODAY,
        markets=mentioned(title, terms.markets),
        summary=summary,
    )
    name = hashlib.sha256(title.encode()).hexdigest()[:12]
    document = Document(name, "benchmark", Stage.PUBLISHED, Version(name, 1, metadata, text, ""))
    passage = Passage(name, 1, int(key[1:]), section, text, "en")
    return Hit(passage, document, score=0.0, similarity=0.0, overlap=0.0)


def _stands(text: str, shown: Sequence[str]) -> bool:
    """Whether most of the words of a labelled sentence stand in sentences that hold little else."""
    wanted = _words(text)
    if not wanted:
        return False
    found: set[str] = set()
    for one in shown:
        words = _words(one)
        if len(words & wanted) >= 0.85 * max(len(words), 1):
            found |= words & wanted
    return len(found) >= _SAME * len(wanted)


def _words(text: str) -> set[str]:
    plain = text.lower()
    spaced = re.sub(r"([\u3040-\u30ff\u3400-\u9fff])", r" \1 ", plain)
    return set(_WORD.findall(spaced))


def shares(judged: Sequence[Judged]) -> dict[str, Any]:
    """How many sentences of each sort there are, and the share of them that is shown; for gaps, that is named."""
    result: dict[str, Any] = {}
    for sort, name in (("true", "true"), ("wrong", "wrong"), ("thought", "thoughts"), ("gap", "gaps")):
        some = [one for one in judged if one.sort == sort]
        result[name] = len(some)
        verb = "named" if sort == "gap" else "shown"
        result[f"{name}_{verb}"] = round(sum(one.shown for one in some) / len(some), 3) if some else None
    result["true_dropped_by"] = dict(
        Counter(one.reason for one in judged if one.sort == "true" and not one.shown).most_common()
    )
    return result


def benchmark(file: Path, cache: VectorCache) -> tuple[dict[str, Any], list[Judged]]:
    """The shares of a file by style, half, language and in all, and the sentences behind them."""
    terms = vocabulary()
    verifier = Verifier(cache, terms)
    judged = [one for record in read_records(file) for one in judge(record, verifier, terms)]
    styles = {name: [one for one in judged if one.style == name] for name in dict.fromkeys(one.style for one in judged)}
    languages = dict.fromkeys(sorted(one.language for one in judged))
    return {
        **{
            name: {
                **shares(some),
                **{half: shares([one for one in some if one.half == half]) for half in HALVES},
            }
            for name, some in styles.items()
        },
        "all": shares(judged),
        **{half: shares([one for one in judged if one.half == half]) for half in HALVES},
        "languages": {name: shares([one for one in judged if one.language == name]) for name in languages},
    }, judged


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--list", action="store_true", help="the true ones dropped and wrong ones shown that are seen")
    parser.add_argument("--folder", type=Path, help="keep model and vectors in this folder")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        results, judged = benchmark(asked.file, VectorCache(folder / "vectors.sqlite", e5(folder)))
    if asked.json:
        print(json.dumps(results, indent=1, ensure_ascii=False))
        return
    for name, values in results.items():
        rows = values.items() if name == "languages" else [(name, values)]
        for row, told in rows:
            print(f"{row:<12}" + "  ".join(f"{key} {value}" for key, value in told.items() if key not in HALVES))
    for one in judged if asked.list else []:
        if one.half == "seen" and (one.sort == "true") != one.shown and one.sort in ("true", "wrong", "thought", "gap"):
            if not (one.sort == "gap" and one.shown):
                print(one.id, one.sort, "shown" if one.shown else one.reason, "|", one.text)


if __name__ == "__main__":
    main()
