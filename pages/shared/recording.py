"""What the journal remembers of the answers that a server has given, in its own time: nobody waits for it."""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor

from assistant.answers import Answer
from assistant.app import App
from assistant.journal.gaps import gather
from assistant.journal.journal import lacking, new_id, record
from assistant.journal.records import Door, Feedback, Rating, SessionErasure
from assistant.understand.questions import Question, Understood
from corpus.errors import KnownError

_log = logging.getLogger(__name__)


class Recorder:
    """Has one thing written after the other, so that what comes later finds what came before."""

    def __init__(self, app: App) -> None:
        self._journal = app.journal
        self._model = app.cache.model
        self._writing = ThreadPoolExecutor(1, "journal")

    def remember(
        self,
        question: Question,
        understood: Understood,
        answer: Answer,
        *,
        session: str,
        consent: bool | None,
        door: Door,
    ) -> str:
        """Let an answer be remembered; returns the id by which it can be rated.

        `session` is the random key of the conversation, which is not kept where the person objects: `consent` is what
        they have said about the wording of their questions being kept.
        """
        answer_id = new_id()
        key = None if consent is False else session or None

        def written() -> None:
            done = record(
                self._journal,
                question,
                understood,
                answer,
                session=key,
                consent=consent,
                answer_id=answer_id,
                door=door,
            )
            if done and lacking(answer.outcome):
                self._gather()

        self._writing.submit(written).add_done_callback(_log_failure)
        return answer_id

    def rate(self, answer_id: str, verdict: Rating, *, comment: str, question: str, consent: bool | None) -> Feedback:
        """Keep a person's verdict on an answer; see `Journal.rate`. Returns what is kept of it."""

        def rated() -> Feedback:
            self._journal.rate(answer_id, verdict, comment=comment, question=question, consent=consent)
            [kept] = self._journal.feedback(answer_id)
            return kept

        return self._writing.submit(rated).result()

    def erase(self, session: str) -> SessionErasure:
        """Remove everything of a conversation, also what was still to be written; see `Journal.erase`."""
        return self._writing.submit(self._journal.erase, session).result()

    def _gather(self) -> None:
        """Let what was not answered find its gap now, so that staff need not wait for it."""
        try:
            gather(self._journal, self._model)
        except KnownError as error:
            _log.warning("a question has not found its gap yet: %s", error)


def _log_failure(writing: Future[None]) -> None:
    """Write to the log what nobody foresaw while an answer was remembered; nobody waits for it."""
    error = writing.exception()
    if error:
        _log.error("an answer is not in the journal", exc_info=error)
