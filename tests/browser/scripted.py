"""A server of the real page whose assistant ends some questions as a test wants it.

`python -m tests.browser.scripted PORT`, with the home in MARKET_ENTRY_HOME. What is not in the script is answered
from the library.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import uvicorn

from assistant.answers import Answer, Clarification, Outcome
from assistant.app import open_app
from assistant.assistant import Assistant, Event
from assistant.settings import read_settings
from assistant.texts import say
from assistant.understand.questions import Question, understand
from assistant.verify.verification import Verifier
from assistant.write.quoting_writer import QuotingWriter
from tests.conftest import free_port
from tests.serving import wait_for

KNOWN = "Do we need a local company or representative to sell a medical device in Japan?"
CHOICES = ("A medical device", "A medicine")


def partial(answer: Answer) -> Answer:
    return replace(answer, outcome=Outcome.PARTIAL, missing=("What does it cost in 2027?", "Who pays for it?"))


def clarify(answer: Answer) -> Answer:
    back = Clarification("Is your product a medical device or a medicine?", CHOICES)
    return replace(answer, outcome=Outcome.CLARIFY, clarification=back)


def not_in_library(answer: Answer) -> Answer:
    return replace(
        answer,
        outcome=Outcome.NOT_IN_LIBRARY,
        text=say("en", "not_in_library"),
        claims=(),
        nearest=answer.claims[1:3],
        follow_ups=(),
    )


def out_of_scope(answer: Answer) -> Answer:
    return replace(answer, outcome=Outcome.OUT_OF_SCOPE, text=say("en", "out_of_scope"), claims=(), follow_ups=())


def overdue(answer: Answer) -> Answer:
    claims = tuple(
        replace(claim, citations=tuple(replace(citation, overdue=True) for citation in claim.citations))
        for claim in answer.claims
    )
    return replace(answer, claims=claims)


SCRIPT: dict[str, Callable[[Answer], Answer]] = {
    "Ask me in part what is known": partial,
    "Ask me which one of them": clarify,
    "Ask me what is not there": not_in_library,
    "Ask me about something else": out_of_scope,
    "Ask me what is out of date": overdue,
}
SLOW = "Ask me something that takes long"  # with a word behind it by which it is let go on
_PROJECT = Path(__file__).parents[2]
_PATIENCE = 300.0  # seconds until a question goes on that nobody lets go on


def go_on(home: Path, question: str) -> None:
    """Let a slow question of a home be answered to its end."""
    _gate(home, question).touch()


def _gate(home: Path, question: str) -> Path:
    return home / f"go-on-{question.removeprefix(SLOW).strip()}"


def begun(home: Path, question: str) -> bool:
    """Whether the server of a home has begun to answer a slow question."""
    return _gate(home, question).with_suffix(".begun").exists()


@contextmanager
def scripted(home: Path, **settings: str) -> Iterator[str]:
    """A scripted server of a home with these settings besides; yields its address."""
    with scripted_process(home, **settings) as (address, _):
        yield address


@contextmanager
def scripted_process(home: Path, **settings: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The same, with its process."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.browser.scripted", str(port)],
        env={"PATH": "/usr/bin:/bin", "MARKET_ENTRY_HOME": str(home), "PYTHONPATH": str(_PROJECT), **settings},
        cwd=_PROJECT,
        text=True,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", server)
        yield f"http://127.0.0.1:{port}", server
    finally:
        server.kill()  # it would wait for slow questions
        server.wait()


class Scripted(Assistant):
    """The assistant of the library, but for the questions in the script."""

    home: Path

    def ask(self, question: Question) -> Iterator[Event]:
        if question.text.startswith(SLOW):
            yield from self._slowly(question)
        elif question.text in SCRIPT:
            yield understand(question, self._vocabulary)
            answer = SCRIPT[question.text](self.answer(Question(KNOWN)))
            yield from answer.claims
            yield answer
        else:
            yield from super().ask(question)

    def _slowly(self, question: Question) -> Iterator[Event]:
        yield understand(question, self._vocabulary)
        answer = self.answer(Question(KNOWN))
        first, *others = answer.claims
        yield first
        _gate(self.home, question.text).with_suffix(".begun").touch()
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end and not _gate(self.home, question.text).exists():
            time.sleep(0.05)
        yield from others
        yield answer


def main() -> None:
    from ui import web  # Gradio takes 6 s to import, and whoever only reads the script needs it not

    app = open_app(read_settings())
    verifier = Verifier(app.cache, app.vocabulary)
    assistant = Scripted(app.search, QuotingWriter(app.vocabulary), verifier, app.vocabulary)
    assistant.home = app.home
    uvicorn.run(web(replace(app, assistant=assistant)), port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
