"""What an answer costs beside its chat model, and how soon a person sees something.

`python -m tests.benchmarks.answering [QUESTIONS.jsonl] [--json]` asks each question of the home's library twice: once
to be quoted to, once of a scripted model behind the port, which answers at once with six statements made from the
passages it is given. CPU is that of the whole process, with all its threads, in milliseconds like everything else.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assistant.answers import Answer, Claim
from assistant.app import assistant_with, open_app
from assistant.assistant import Assistant, Found
from assistant.evaluation.evaluate import EvaluationQuestion, read_questions
from assistant.settings import read_settings
from assistant.understand.questions import Question, Understood
from corpus.documents import quotables
from tests.conftest import SHARED

_STATEMENTS = 6
_WORDS = 6  # at least, of a statement
_WARM = 3  # questions before those that are measured
_PASSAGE = re.compile(r"^\[(P\d+)\] .*\n(?s:(.*?))(?=\n\n\[P\d+\] |\n\nQuestion: )", re.MULTILINE)
# At the 95th percentile, in milliseconds.
_AIMS = {"cpu around the model": 200, "first status": 300, "first quoted claim": 1000}


class ScriptedModel:
    """Answers at once: sentences of the passages in the prompt, a little reworded, each with its key."""

    called = 0
    cpu_at_call = 0.0

    def stream(self, prompt: str) -> Iterator[str]:
        """Six statements, the first sentences of the first passages; nothing to a prompt that gives none."""
        cpu = time.process_time()
        found = [
            (rank, f"In brief: {unit.text} [{key}]\n")
            for key, text in _PASSAGE.findall(prompt)
            for rank, unit in enumerate(quotables(text))
            if len(unit.text.split()) >= _WORDS
        ]
        if found:
            self.called += 1
            self.cpu_at_call = cpu
        yield from (line for _, line in sorted(found, key=lambda one: one[0])[:_STATEMENTS])


@dataclass
class Measured:
    """What was measured, by name, a value a question that has it; and what became of the statements."""

    times: dict[str, list[float]] = field(default_factory=dict)
    shown: int = 0
    dropped: int = 0

    def add(self, name: str, milliseconds: float) -> None:
        """One more value."""
        self.times.setdefault(name, []).append(milliseconds)


def quoted(assistant: Assistant, asked: Sequence[EvaluationQuestion]) -> Measured:
    """How soon each event comes when answers are quotations."""
    measured = Measured()
    names = {Understood: "first status", Found: "passages found", Claim: "first quoted claim", Answer: "quoted answer"}
    for one in asked:
        started, seen = time.perf_counter(), set()
        for event in assistant.ask(Question(one.turns[-1], one.turns[:-1])):
            if type(event) not in seen:
                seen.add(type(event))
                measured.add(names[type(event)], 1000 * (time.perf_counter() - started))
    return measured


def written(assistant: Assistant, model: ScriptedModel, asked: Sequence[EvaluationQuestion]) -> Measured:
    """What the rest costs when a model writes, over the questions that reach it.

    All answers are asked for in English, the language of the passages: what is written in another is soon dropped.
    """
    measured = Measured()
    for one in asked:
        calls, started, cpu = model.called, time.perf_counter(), time.process_time()
        answer = assistant.answer(Question(one.turns[-1], one.turns[:-1], language="en"))
        spent = time.process_time() - cpu
        if model.called == calls:
            continue
        measured.add("cpu around the model", 1000 * spent)
        measured.add("of it before the call", 1000 * (model.cpu_at_call - cpu))
        measured.add("of it after the call", 1000 * (spent - (model.cpu_at_call - cpu)))
        measured.add("time around the model", 1000 * (time.perf_counter() - started))
        measured.shown += len(answer.claims)
        measured.dropped += answer.dropped
    return measured


def benchmark(questions: Path) -> dict[str, object]:
    """All figures, with the load of the machine before and after."""
    settings, load = read_settings(), os.getloadavg()[0]
    asked = read_questions(questions)
    app = open_app(settings)
    app.upkeep.make_ready(print)
    model = ScriptedModel()
    quoting = assistant_with(None, app.search, app.cache, app.vocabulary)
    writing = assistant_with(model, app.search, app.cache, app.vocabulary)
    quoted(quoting, asked[:_WARM])
    written(writing, model, asked[:_WARM])
    quotations, statements = quoted(quoting, asked[_WARM:]), written(writing, model, asked[_WARM:])
    app.catalogue.close()
    return {
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
        "cores": os.cpu_count(),
        "statements": {"shown": statements.shown, "dropped": statements.dropped},
        "milliseconds": {
            name: _figures(name, values) for name, values in (quotations.times | statements.times).items()
        },
    }


def _figures(name: str, values: Sequence[float]) -> dict[str, float]:
    p50, p95 = np.percentile(values, [50, 95])
    figures = {"n": len(values), "p50": round(float(p50), 1), "p95": round(float(p95), 1), "max": round(max(values), 1)}
    return figures | ({"aim_p95": _AIMS[name]} if name in _AIMS else {})


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("questions", type=Path, nargs="?", default=SHARED / "questions" / "dev.jsonl")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args(arguments)
    figures = benchmark(chosen.questions)
    if chosen.json:
        print(json.dumps(figures, indent=1))
        return
    for name, value in figures.items():
        if isinstance(value, dict) and name == "milliseconds":
            for what, row in value.items():
                print(f"{what:<24}" + "  ".join(f"{key} {number}" for key, number in row.items()))
        else:
            print(f"{name:<24}{value}")


if __name__ == "__main__":
    main()
