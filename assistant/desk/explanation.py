"""Why a question is answered as it is: what was found, how it was judged, what was dropped. For staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from assistant.answers import Answer
from assistant.app import App
from assistant.find.meaning import likeliest
from assistant.find.sufficiency import answering, asking_words, calibration, ruled_out, signals
from assistant.understand.questions import Question, Understood
from assistant.understand.refusals import refusing_words


@dataclass(frozen=True)
class Explained:
    """An answer and what led to it.

    `refused` says that it was settled before anything was weighed, with a `reason` where there is one; else
    `probability` is that of what was found answering the question, and an answer is given from `threshold` on. `words`
    are those of our lists that the question has, by what they show: `refused`, a kind of thing asked for, `now`.
    """

    answer: Answer
    understood: Understood
    signals: Mapping[str, float]
    probability: float
    threshold: float
    refused: bool
    reason: str
    words: Mapping[str, tuple[str, ...]]


def explain(app: App, question: Question) -> Explained:
    """Ask a question, and look once more at what its answer was made from.

    Raises:
        UnclearQuestion: there are no words in it, or far too many.
    """
    answer = app.assistant.answer(question)
    meaning = likeliest(question, app.search, app.vocabulary, date.today())
    understood, evidence = meaning.understood, meaning.evidence
    found = signals(understood, evidence) if evidence.sections else {}
    ruled = ruled_out(understood, evidence)
    refusing = refusing_words(understood.text)
    return Explained(
        answer=answer,
        understood=understood,
        signals=found,
        probability=answering(understood, evidence),
        threshold=calibration().threshold,
        refused=ruled is not None,
        reason=ruled.reason if ruled else "",
        words=({"refused": refusing} if refusing else {}) | asking_words(understood.text),
    )
