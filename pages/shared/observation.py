"""What an administrator sees of the running server: one line an answer in the log, and figures to be collected.

Neither holds a text, an address, or anything that would show that two answers come from one person.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Histogram

from assistant.answers import Answer, Claim
from assistant.assistant import Event, Found
from assistant.journal.records import Door
from assistant.texts import ComeBack
from assistant.understand.questions import UnclearQuestion, Understood

_BUCKETS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120)  # seconds

REGISTRY = CollectorRegistry()
_ANSWERS = Counter("market_entry_answers", "Answers, by how they ended", ["outcome"], registry=REGISTRY)
_ASKED = Counter("market_entry_asked", "Answers, by the door at which they were asked for", ["door"], registry=REGISTRY)
_FIRST = Histogram(
    "market_entry_first_claim_seconds",
    "From a question to its first statement, waiting included",
    buckets=_BUCKETS,
    registry=REGISTRY,
)
_WHOLE = Histogram(
    "market_entry_answer_seconds", "From a question to the whole answer", buckets=_BUCKETS, registry=REGISTRY
)
_REFUSED = Counter("market_entry_refused", "Questions and pages refused, by reason", ["reason"], registry=REGISTRY)
_FAILED = Counter("market_entry_failed", "Questions and pages that failed, by reason", ["reason"], registry=REGISTRY)
_CALLS = Counter("market_entry_model_calls", "Calls of the chat model", registry=REGISTRY)
_TOKENS = Counter("market_entry_model_tokens", "Tokens that its provider has counted", ["way"], registry=REGISTRY)

_log = logging.getLogger(__name__)


class Watched:
    """One question on its way, from the moment it is sent."""

    def __init__(self, now: Callable[[], float] = time.monotonic, *, door: Door = Door.CHAT) -> None:
        self._door = door
        self._now = now
        self._started = now()
        self._seconds: dict[str, float] = {}
        self._passages = 0

    def see(self, event: Event) -> None:
        """Notice what happens, and log it when it is the answer."""
        match event:
            case Understood():
                self._mark("understood")
            case Found():
                self._mark("found")
                self._passages = event.passages
            case Claim():
                self._mark("first_claim")
            case Answer():
                self._mark("whole")
                self._answered(event)

    def failed(self, error: Exception) -> None:
        """Log that it was not answered; one without words is no failure of ours."""
        counter = _REFUSED if isinstance(error, UnclearQuestion) else _FAILED
        counter.labels(type(error).__name__).inc()
        _log_event("not answered", reason=type(error).__name__, seconds=self._seconds)

    def _mark(self, step: str) -> None:
        self._seconds.setdefault(step, round(self._now() - self._started, 3))

    def _answered(self, answer: Answer) -> None:
        _ANSWERS.labels(answer.outcome.value).inc()
        _ASKED.labels(self._door.value).inc()
        _WHOLE.observe(self._seconds["whole"])
        if "first_claim" in self._seconds:
            _FIRST.observe(self._seconds["first_claim"])
        _CALLS.inc(answer.usage.calls)
        _TOKENS.labels("in").inc(answer.usage.tokens_in)
        _TOKENS.labels("out").inc(answer.usage.tokens_out)
        _log_event(
            "answered",
            outcome=answer.outcome.value,
            door=self._door.value,
            language=answer.language,
            seconds=self._seconds,
            claims=len(answer.claims),
            dropped=answer.dropped,
            passages=self._passages,
            notice=bool(answer.notice),
            model={
                "calls": answer.usage.calls,
                "tokens_in": answer.usage.tokens_in,
                "tokens_out": answer.usage.tokens_out,
            },
        )


def refused(error: ComeBack) -> None:
    """Log that somebody was asked to come back."""
    _REFUSED.labels(type(error).__name__).inc()
    _log_event("refused", reason=type(error).__name__, come_back_after=error.seconds)


def turned_away(error: ComeBack) -> None:
    """Count somebody who was asked to come back before their question was read; a flood would fill the log."""
    _REFUSED.labels(type(error).__name__).inc()


def page_failed(error: Exception) -> None:
    """Log that a page could not be made."""
    _FAILED.labels(type(error).__name__).inc()
    _log_event("page failed", reason=type(error).__name__)


def _log_event(what: str, **fields: object) -> None:
    _log.info(what, extra={"fields": {"request": secrets.token_hex(8), **fields}})
