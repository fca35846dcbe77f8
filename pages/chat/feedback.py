"""What a person says of an answer, and of the wording of their questions being kept."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData

from assistant.journal.journal import Journal
from assistant.journal.records import Rating
from assistant.settings import KeepQuestions
from assistant.texts import TranslatedError, say
from corpus.errors import KnownError
from corpus.vocabulary import LANGUAGES
from pages.shared.captions import rated
from pages.shared.middleware import from_here

_LARGEST = 2**16  # bytes of a question and a comment, in any script, encoded for the way

_log = logging.getLogger(__name__)

# What a tick means: an objection where wordings are kept without asking, an agreement where they are asked for.
_TICKED: Mapping[tuple[KeepQuestions, bool], bool | None] = {
    (KeepQuestions.DECLINED, True): False,
    (KeepQuestions.CONSENTED, True): True,
    (KeepQuestions.CONSENTED, False): False,
}


class FeedbackUnreadable(TranslatedError):
    """A form that is too large, or names no verdict that there is."""


def consent(keep: KeepQuestions, *, ticked: bool) -> bool | None:
    """What a person has said about the wording of their questions being kept; `None` for nothing."""
    return _TICKED.get((keep, ticked))


def feedback(journal: Journal) -> Callable[..., Awaitable[JSONResponse]]:
    """What answers when the chat page sends what a person says of an answer; it tells what is kept of it."""

    async def rate(request: Request, language: str = "en") -> JSONResponse:
        language = language if language in LANGUAGES else "en"
        try:
            from_here(request)
            length = request.headers.get("content-length", "")
            if not length.isdecimal() or int(length) > _LARGEST:
                raise FeedbackUnreadable("rate_unreadable")
            form = await request.form()
            return JSONResponse({"told": await run_in_threadpool(_rate, journal, form, language)})
        except TranslatedError as problem:
            return JSONResponse({"told": problem.localised(language)}, HTTPStatus.BAD_REQUEST)
        except KnownError as error:
            _log.warning("a feedback is not in the journal: %s", error)
            return JSONResponse({"told": say(language, "rate_unavailable")}, HTTPStatus.SERVICE_UNAVAILABLE)

    return rate


def _rate(journal: Journal, form: FormData, language: str) -> str:
    """Keep what was said, masked, and say what is kept."""
    fields = {name: str(value) for name, value in form.items()}
    try:
        verdict, answer_id, question = Rating(fields["verdict"]), fields["answer"], fields["question"]
    except (KeyError, ValueError) as error:
        raise FeedbackUnreadable("rate_unreadable") from error
    agreed = consent(journal.keep, ticked="ticked" in fields)
    journal.rate(answer_id, verdict, comment=fields.get("comment", ""), question=question, consent=agreed)
    [kept] = journal.feedback(answer_id)
    return rated(kept, language)
