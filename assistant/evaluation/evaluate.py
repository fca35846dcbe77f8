"""Runs a file of questions through the assistant into a results file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from assistant.answers import Answer, Outcome, shown_text, to_json
from assistant.app import App
from assistant.evaluation.results import OtherResults, Provenance, ResultsFile, differences
from assistant.understand.questions import Question, UnclearQuestion
from assistant.understand.rewriting import PROMPT as REWRITING
from assistant.write.model_writer import PROMPT as ANSWER
from corpus.errors import KnownError
from corpus.release.release import LIBRARY
from index.search import Filters

_ROOT = Path(__file__).parents[2]
_ROOMS = ("assistant", "index", "corpus")


class BadQuestionFile(KnownError):
    """A question file that is not one JSON object a line, with an `id` of its own and `turns`."""


@dataclass(frozen=True)
class EvaluationQuestion:
    """A question of a file: the last turn is asked, the ones before it are earlier questions.

    A line whose turns are objects is a conversation, and each of its turns a question; `follows` is the id of the turn
    before. `without` are sections, each as `document#heading`, that are taken for not being in the library. What its
    author knows about the question is for the summary alone; the assistant does not see it.
    """

    id: str
    turns: tuple[str, ...]
    answerable: bool | None = None
    language: str | None = None
    scope: tuple[str, ...] = ()
    kind: str | None = None
    follows: str = ""
    without: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """By which a question is seen to have changed."""
        asked = [*self.turns, self.without] if self.without else self.turns
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:12]


def read_questions(path: Path) -> list[EvaluationQuestion]:
    """The questions of a JSONL file, in order.

    Raises:
        BadQuestionFile: the file cannot be read, or a line is no question; the message names the line.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadQuestionFile(f"The questions in {path} cannot be read ({error}); name a JSONL file.") from error
    asked: dict[str, EvaluationQuestion] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            of_line = list(_of_line(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadQuestionFile(
                f'Line {number} of {path} is no question; write {{"id": ..., "turns": ["..."]}}.'
            ) from error
        for one in of_line:
            if one.id in asked:
                raise BadQuestionFile(f"Line {number} of {path} has the id {one.id} again; give it one of its own.")
            asked[one.id] = one
    if not asked:
        raise BadQuestionFile(f'There is no question in {path}; write {{"id": ..., "turns": ["..."]}} a line.')
    return list(asked.values())


def evaluate(app: App, asked: Sequence[EvaluationQuestion], results: ResultsFile) -> Iterator[None]:
    """Answer the questions that have no result yet, one a step.

    Raises:
        OtherResults: another installation gave the results that are there already.
    """
    left = asked[len(results.finished) :]
    if results.finished and left:
        _expect_same(results.finished[-1].provenance, provenance(app))
    told: dict[str, frozenset[str]] = {}
    for one, result in zip(asked, results.finished, strict=False):
        told[one.id] = told.get(one.follows, frozenset()) | {claim.text for claim in result.claims}
    for one in left:
        before = told.get(one.follows, frozenset())
        answer = _answer(app, one, before)
        told[one.id] = before | {claim.text for claim in answer.claims}
        results.append(_result(one, answer, provenance(app)))
        yield


def provenance(app: App) -> Provenance:
    """What answers now."""
    settings = app.settings
    return Provenance(
        chat_model=settings.chat_model,
        prompts=_digest([ANSWER, REWRITING]) if settings.chat_model else "",
        embedding=f"{app.cache.model.name} {app.cache.model.engine}",
        reranker=settings.rerank_model if settings.rerank_url else "",
        index=app.index.current().manifest.name,
        code=_code(),
    )


def _of_line(record: dict[str, Any]) -> Iterator[EvaluationQuestion]:
    """The question of a line, or those of a conversation."""
    turns, scope = record["turns"], record.get("scope") or []
    if not turns or isinstance(turns, str) or not all(isinstance(turn, str | dict) for turn in turns):
        raise TypeError("turns are a list of texts, or of objects")
    known: dict[str, Any] = {
        "answerable": record.get("answerable"),
        "language": record.get("lang"),
        "scope": (scope,) if isinstance(scope, str) else tuple(scope),
        "kind": record.get("kind"),
        "without": tuple(record.get("without", ())),
    }
    if isinstance(turns[0], str):
        yield EvaluationQuestion(str(record["id"]), tuple(turns), **known)
        return
    follows = ""
    for number in range(1, len(turns) + 1):
        texts = tuple(str(turn["question"]) for turn in turns[:number])
        one = EvaluationQuestion(f"{record['id']}.{number}", texts, **known, follows=follows)
        follows = one.id
        yield one


def _expect_same(old: Provenance, new: Provenance) -> None:
    changed = [f"{name} {was or 'none'}, now {now or 'none'}" for name, was, now in differences(old, new)]
    if changed:
        raise OtherResults(
            f"The results were begun with another installation ({'; '.join(changed)});"
            " name another file, or start this one anew with --fresh."
        )


def _answer(app: App, asked: EvaluationQuestion, told: frozenset[str]) -> Answer:
    """The answer; a question that is refused unread is out of scope, with the sentence that says why."""
    sections = ((document, heading) for document, _, heading in (one.partition("#") for one in asked.without))
    filters = Filters(without=frozenset(sections))
    try:
        return app.assistant.answer(Question(asked.turns[-1], asked.turns[:-1], filters, told=told))
    except UnclearQuestion as error:
        return Answer(Outcome.OUT_OF_SCOPE, "en", str(error))


def _result(asked: EvaluationQuestion, answer: Answer, made_by: Provenance) -> dict[str, object]:
    """A line of the results file: what scoring needs of `ask --json`, and by what two runs differ."""
    shown = to_json(answer)
    return {
        "id": asked.id,
        "answer": answer.text,
        "answering": answer.answering,
        "declined": answer.outcome.declined or not (answer.claims or answer.outcome is Outcome.PEOPLE),
        "outcome": answer.outcome.value,
        "language": answer.language,
        "claims": [
            {"text": claim.text, "kind": claim.kind.value, "citations": [citation.n for citation in claim.citations]}
            for claim in answer.claims
        ],
        "nearest": shown["nearest"],
        "contacts": [contact.name for contact in answer.contacts],
        "follow_ups": list(answer.follow_ups),
        "dropped": answer.dropped,
        "missing": list(answer.missing),
        "clarification": answer.clarification.question if answer.clarification else "",
        "passages": [shown_text(hit) for hit in answer.hits],
        "citations": shown["citations"],
        "notice": answer.notice,
        "usage": asdict(answer.usage),
        "seconds": shown["seconds"],
        "question": asked.digest,
        "provenance": asdict(made_by),
    }


@cache
def _code() -> str:
    files = (path for room in _ROOMS for path in (_ROOT / room).rglob("*") if LIBRARY not in path.parents)
    return _digest(path for path in files if path.suffix in {".py", ".toml", ".md"})


def _digest(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
