"""How far verification can be trusted: `python -m tests.benchmarks.verification [--json]`.

True sentences about the shipped library (`statements.jsonl`: verbatim, paraphrased, translated), each with the quote
that bears it, go through the product's own verifier with the passages that a search for them finds: 441 in our six
languages, 115 in Portuguese, Chinese, Japanese and Korean. Then errors are planted into them, the same ones in every
run: by rule (`planted.py`), or where the file itself tells the sentence wrongly, as written there. What was tuned was
tuned on the statements with even numbers and on every other document; the rest was kept unseen.

The library's short answers are a second set of true sentences, which nobody wrote for this: each sentence of the five
translations, and each two joined into one, against the English short answer.

With `--attributionbench FILE`, the balanced accuracy on that set of English claims and their references.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from assistant.answers import Claim, ClaimKind, Numbering
from assistant.app import App, open_app
from assistant.evaluation.intervals import wilson
from assistant.find.evidence import READ, Evidence
from assistant.language.phrasing import recognise_language
from assistant.settings import Settings, read_settings
from assistant.verify.verification import Verifier
from assistant.write.drafts import Draft, Support
from corpus.documents import Document, Metadata, Passage, Section, Stage, Version, quotables
from corpus.passages import SUMMARY, split
from corpus.vocabulary import LANGUAGES
from index.build import sentence_text
from index.embedding import Vectors
from index.search import Hit
from tests.benchmarks.planted import MARKETS, Original, names_of, rules

STATEMENTS = Path(__file__).parent / "statements.jsonl"
CITATION = "citation"
HALVES = ("seen", "unseen")
_TODAY = date(2026, 11, 24)
_OF_AN_ANSWER = 8  # statements
_LONGEST = 600  # characters of a statement, so of two joined ones
_CUT_SHORT = re.compile(r"(?:\b(?:EE|n|Nr|núm)|\b\d{1,2})\.$")  # a stop that did not end the sentence


@dataclass(frozen=True)
class Statement:
    """A true sentence, and where the library says so."""

    id: int
    language: str
    document: str
    quote: str
    text: str
    wrong: Mapping[str, str] = field(default_factory=dict)  # the same with one error, by its kind


@dataclass(frozen=True)
class Case:
    """A sentence with the passages that it cites, and the kind of error in it; true ones are of kind `true...`."""

    kind: str
    half: str
    draft: Draft
    evidence: Evidence


@dataclass(frozen=True)
class Judged:
    """A case, why it was rejected, if it was, and the milliseconds of processor time that took."""

    case: Case
    reason: str
    milliseconds: float


def read_statements() -> list[Statement]:
    """The statements, in order."""
    return [Statement(**json.loads(line)) for line in STATEMENTS.read_text("utf-8").splitlines()]


class Planter:
    """Makes cases of statements, with the shipped library and its search.

    To swap a citation it embeds every sentence of the library, which takes a minute of a processor; a quick one takes
    the vectors that ship, those of sentences with the heading above them, and finds the same neighbour mostly.
    """

    def __init__(self, app: App, statements: Sequence[Statement], *, quick: bool = False) -> None:
        self._app = app
        self._quick = quick
        self._passages = [pair for pair in app.catalogue.published() if pair[0].section != SUMMARY]
        self._vectors: dict[str, Vectors] = {}
        market_words = [word for names in MARKETS.values() for word in names.replace("|", " ").split()]
        others = {language: [one.text for one in statements if one.language == language] for language in LANGUAGES}
        self._rules = rules(names_of((passage.text for passage, _ in self._passages), market_words), others)

    def cases(self, statement: Statement) -> Iterator[Case]:
        """The statement as it stands, then with each kind of error that can be planted into it."""
        cited = self._bearing(statement)
        evidence = self._evidence(statement, cited)
        half = HALVES[statement.id % 2]
        yield Case("true", half, _draft(statement, statement.text, cited), evidence)
        told = f"{cited.document.metadata.title} {cited.passage.section} {cited.passage.text}"
        for kind, changed in statement.wrong.items() or self._planted(statement, told):
            yield Case(kind, half, _draft(statement, changed, cited), evidence)
        swapped = self._neighbour(statement, cited)
        evidence = replace(evidence, hits=(swapped, *evidence.hits))
        yield Case(CITATION, half, _draft(statement, statement.text, swapped), evidence)

    def _planted(self, statement: Statement, told: str) -> Iterator[tuple[str, str]]:
        for kind, rule in self._rules.items():
            chance = Random(f"{statement.id} {kind}")  # noqa: S311 - the same in every run, and no secret
            changed = rule(Original(statement.text, statement.language, told, chance))
            if changed is not None and changed != statement.text:
                yield kind, changed

    def stands(self, statement: Statement) -> bool:
        """Whether its quote still stands in the library."""
        return any(
            document.id == statement.document and statement.quote in passage.text
            for passage, document in self._passages
        )

    def _bearing(self, statement: Statement) -> Hit:
        for passage, document in self._passages:
            if document.id == statement.document and statement.quote in passage.text:
                return _hit(passage, document)
        raise LookupError(f"Statement {statement.id}: its quote no longer stands in {statement.document}.")

    def _evidence(self, statement: Statement, cited: Hit) -> Evidence:
        """What a search finds, and the passage that bears the statement, wherever it was found."""
        findings = self._app.search.find(statement.text, language=statement.language, today=date.today())
        hits = findings.hits
        if all(hit.passage.id != cited.passage.id for hit in hits):
            hits = (*hits[:-1], cited)
        read = self._app.search.sentences(findings.question, hits[:READ])
        return Evidence(hits, read, findings.question, findings.background)

    def _neighbour(self, statement: Statement, cited: Hit) -> Hit:
        """The passage with the nearest sentence that does not say the same.

        For every other pair of statements it is one of the same document, for the others of another one.
        """
        within = statement.id // 2 % 2 == 0
        quote = self._app.cache.embed([statement.quote])[statement.quote]
        best, nearest = 0.0, cited
        for passage, document in self._passages:
            if (document.id == statement.document) is within and passage.id != cited.passage.id:
                similarity = float((self._sentences(passage) @ quote).max())
                if similarity > best and not _repeats(passage.text, statement.quote):
                    best, nearest = similarity, _hit(passage, document)
        return nearest

    def _sentences(self, passage: Passage) -> Vectors:
        if passage.id not in self._vectors:
            units = quotables(passage.text)
            texts = [sentence_text(passage, unit) if self._quick else unit.text for unit in units]
            known = self._app.cache.embed(texts)
            self._vectors[passage.id] = np.stack([known[text] for text in texts])
        return self._vectors[passage.id]


def short_answers(app: App) -> Iterator[Case]:
    """The sentences of the translated short answers, alone and joined, each citing the English short answer."""
    english = [
        (passage, document)
        for passage, document in app.catalogue.published()
        if passage.section == SUMMARY and passage.language == document.metadata.language == "en"
    ]
    for number, (passage, document) in enumerate(sorted(english, key=lambda pair: pair[0].id)):
        cited = _hit(passage, document)
        evidence = _given(cited)
        for language in LANGUAGES[1:]:
            alone = _sentences(document.metadata.summary[language])
            joined = [f"{one.rstrip('.')}; {other[0].lower()}{other[1:]}" for one, other in pairwise(alone)]
            for kind, texts in (("true, short answers", alone), ("true, joined", joined)):
                for text in texts:
                    if len(text) <= _LONGEST:
                        draft = Draft(text, ClaimKind.STATEMENT, language, (Support(cited, 0, len(passage.text)),))
                        yield Case(kind, HALVES[number % 2], draft, evidence)


def attribution(file: Path) -> Iterator[Case]:
    """The claims of AttributionBench, each citing its references; kind `true` or `false`."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            hits = tuple(
                _hit(passage, document)
                for number, text in enumerate(row["references"])
                for passage, document in _reference(f"{row['id']}-{number}", text)
            )
            if hits:
                support = tuple(Support(hit, 0, len(hit.passage.text)) for hit in hits)
                draft = Draft(row["claim"], ClaimKind.STATEMENT, recognise_language(row["claim"]), support)
                kind = "true" if row["attribution_label"] == "attributable" else "false"
                yield Case(kind, row["src_dataset"], draft, _given(*hits))


def _given(*hits: Hit) -> Evidence:
    """Passages that were not searched for."""
    return Evidence(hits, (), np.zeros(1, dtype=np.float32), 0.0)


def judge(verifier: Verifier, cases: Iterable[Case]) -> Iterator[Judged]:
    """Each case through the verifier."""
    for case in cases:
        started = time.process_time()
        verified = verifier.verify(case.draft, case.evidence, Numbering(_TODAY))
        reason = "" if isinstance(verified, Claim) else verified.reason.value
        yield Judged(case, reason, 1000 * (time.process_time() - started))


def rejected(judged: Sequence[Judged]) -> dict[str, Any]:
    """The share that was rejected with its interval of 95 % (Wilson), in all, by half and by language, and why.

    "Ours" are the languages that the house speaks.
    """
    count = sum(bool(one.reason) for one in judged)

    def share(some: Sequence[Judged]) -> float:
        return round(100 * sum(bool(one.reason) for one in some) / max(len(some), 1), 1)

    return {
        "cases": len(judged),
        "rejected": share(judged),
        "interval": [round(100 * bound, 1) for bound in wilson(count, len(judged))[1:]],
        **{half: share([one for one in judged if one.case.half == half]) for half in HALVES},
        "ours": share([one for one in judged if one.case.draft.language in LANGUAGES]),
        "other languages": share([one for one in judged if one.case.draft.language not in LANGUAGES]),
        **{
            language: share(some)
            for language in dict.fromkeys(one.case.draft.language for one in judged)
            if (some := [one for one in judged if one.case.draft.language == language])
        },
        "why": dict(Counter(one.reason for one in judged if one.reason).most_common()),
    }


def balanced_accuracy(judged: Sequence[Judged]) -> float:
    """The mean of the shares of true claims let through and of false ones rejected, in per cent."""
    true = [not one.reason for one in judged if one.case.kind == "true"]
    false = [bool(one.reason) for one in judged if one.case.kind == "false"]
    return round(50 * (sum(true) / max(len(true), 1) + sum(false) / max(len(false), 1)), 1)


def milliseconds(times: Sequence[float]) -> dict[str, float]:
    """Processor time of a statement, and of an answer of as many statements as a model is asked for at most."""
    answers = [sum(times[at : at + _OF_AN_ANSWER]) for at in range(0, len(times), _OF_AN_ANSWER)]
    return {
        f"{name} p{level}": round(float(np.percentile(some, level)), 1)
        for name, some in (("statement", times), (f"answer of {_OF_AN_ANSWER}", answers))
        for level in (50, 95)
    }


def benchmark(home: Path, attributionbench: Path | None = None, every: int = 1) -> dict[str, dict[str, Any]]:
    """All measures, in one run; of the statements whose quote still stands every so many."""
    app = open_app(Settings(home=home))
    app.upkeep.make_ready(print)
    verifier = Verifier(app.cache, app.vocabulary)
    statements = read_statements()
    planter = Planter(app, statements)
    standing = [statement for statement in statements if planter.stands(statement)]
    drawn = standing[::every]
    judged = list(judge(verifier, (case for statement in drawn for case in planter.cases(statement))))
    if every == 1:
        judged += judge(verifier, short_answers(app))
    results = {
        kind: rejected([one for one in judged if one.case.kind == kind])
        for kind in dict.fromkeys(one.case.kind for one in judged)
    }
    results["statements"] = {"all": len(statements), "standing": len(standing), "drawn": len(drawn)}
    results["milliseconds"] = milliseconds([one.milliseconds for one in judged if one.case.kind == "true"])
    if attributionbench is not None:
        claims = list(judge(verifier, attribution(attributionbench)))
        sets = dict.fromkeys(one.case.half for one in claims)
        results["attributionbench"] = {
            "claims": len(claims),
            "balanced_accuracy": balanced_accuracy(claims),
            **{name: balanced_accuracy([one for one in claims if one.case.half == name]) for name in sets},
        }
    app.catalogue.close()
    return results


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--home", type=Path, help="use this home folder instead of a temporary one")
    parser.add_argument("--attributionbench", type=Path, help="dev.jsonl.gz of that set")
    parser.add_argument("--every", type=int, default=1, help="only every so many statements, and no short answers")
    asked = parser.parse_args(arguments)
    read_settings()
    with tempfile.TemporaryDirectory() as temporary:
        results = benchmark(asked.home or Path(temporary), asked.attributionbench, asked.every)
    if asked.json:
        print(json.dumps(results, indent=1))
        return
    for kind, values in results.items():
        print(f"{kind:<20}" + "  ".join(f"{key} {value}" for key, value in values.items()))


def _draft(statement: Statement, text: str, cited: Hit) -> Draft:
    return Draft(text, ClaimKind.STATEMENT, statement.language, (Support(cited, 0, len(cited.passage.text)),))


def _hit(passage: Passage, document: Document) -> Hit:
    return Hit(passage, document, score=0.0, similarity=0.0, overlap=0.0)


def _repeats(text: str, quote: str) -> bool:
    """Whether a passage says what a quote says in nearly the same words."""
    wanted = {word for word in quote.lower().split() if len(word) > 3}
    return any(len(wanted & set(unit.text.lower().split())) >= 0.6 * max(len(wanted), 1) for unit in quotables(text))


def _sentences(text: str) -> list[str]:
    found: list[str] = []
    for unit in quotables(text):
        if found and _CUT_SHORT.search(found[-1]):
            found[-1] += f" {unit.text}"
        else:
            found.append(unit.text)
    return found


def _reference(name: str, text: str) -> list[tuple[Passage, Document]]:
    """A reference as a document of its own: its first line is the title."""
    head, _, body = text.partition("\n")
    lines = "\n".join(filter(None, (" ".join(line.split()) for line in (body or head).splitlines())))
    metadata = Metadata(
        title=head.removeprefix("Title: ") if body else "",
        kind="guidance-summary",
        language="en",
        publisher="benchmark",
        published_on=_TODAY,
        facts_as_of="2026-11",
        review_by=_TODAY,
    )
    version = Version(name, 1, metadata, lines, "")
    document = Document(name, "benchmark", Stage.PUBLISHED, version)
    return [(passage, document) for passage in split(version, [Section("", lines)])]


if __name__ == "__main__":
    main()
