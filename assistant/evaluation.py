"""Runs a file of questions through the assistant, for scoring."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.answers import to_json
from assistant.assistant import Assistant
from assistant.questions import Question
from corpus.errors import KnownError


class BadQuestionFile(KnownError):
    """A question file that is not one JSON object a line with `id` and `turns`."""


@dataclass(frozen=True)
class Asked:
    """A line of a question file: the last turn is the question, the ones before it are earlier questions."""

    id: str
    turns: tuple[str, ...]


def read_questions(path: Path) -> list[Asked]:
    """The questions of a JSONL file, in order.

    Raises:
        BadQuestionFile: the file cannot be read, or a line lacks `id` or `turns`; the message names the line.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadQuestionFile(f"The questions in {path} cannot be read ({error}); name a JSONL file.") from error
    asked = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
            turns = tuple(str(turn) for turn in record["turns"])
            asked.append(Asked(str(record["id"]), turns))
            turns[-1]
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise BadQuestionFile(
                f'Line {number} of {path} is no question; write {{"id": ..., "turns": ["..."]}}.'
            ) from error
    return asked


def evaluate(
    assistant: Assistant, questions: Iterable[Asked], progress: Callable[[int], None] | None = None
) -> Iterator[dict[str, object]]:
    """One result a question, in order: what `ask --json` prints that scoring needs, and `id`."""
    for number, asked in enumerate(questions, start=1):
        shown = to_json(assistant.answer(Question(asked.turns[-1], earlier=asked.turns[:-1])))
        passages = shown["passages"]
        assert isinstance(passages, list)  # noqa: S101 - told to the type checker
        yield {"id": asked.id} | {
            name: [passage["text"] for passage in passages] if name == "passages" else shown[name]
            for name in ("answer", "declined", "outcome", "passages", "citations", "seconds")
        }
        if progress:
            progress(number)
