"""A server of the real page whose assistant ends some questions as a test wants it.

`python -m tests.browser.scripted PORT`, with the home in MARKET_ENTRY_HOME. What is not in the script is answered
from the library.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import uvicorn

from assistant.answers import Answer, Clarification, Outcome
from assistant.app import open_app
from assistant.assistant import Assistant, Event
from assistant.settings import read_settings
from assistant.texts import say
from assistant.understand.questions import Question, understand
from assistant.verify.verification import Verifier
from assistant.write.writing import QuotingWriter
from ui import web

KNOWN = "Do we need a local representative to sell a class II device in Japan?"
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
SLOW = "Ask me something that takes long"


class Scripted(Assistant):
    """The assistant of the library, but for the questions in the script."""

    def ask(self, question: Question) -> Iterator[Event]:
        if question.text == SLOW:
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
        for claim in answer.claims:
            yield claim
            time.sleep(1.5)
        yield answer


def main() -> None:
    app = open_app(read_settings())
    verifier = Verifier(app.cache, app.vocabulary)
    scripted = Scripted(app.search, QuotingWriter(app.vocabulary), verifier, app.vocabulary)
    uvicorn.run(web(replace(app, assistant=scripted)), port=int(sys.argv[1]), log_level="warning")


if __name__ == "__main__":
    main()
