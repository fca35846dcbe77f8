"""Any OpenAI-compatible endpoint behind the port: what it takes is found out, and nobody waits for it without end."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from assistant.model.chat_model import Message, ModelRefused, ModelUnavailable, Usage, messages_of
from assistant.model.parameters import Form, Memory, Refusal, Wish, next_form, refusal_of, short
from assistant.model.replies import Alive, Ended, Nonsense, Piece, pieces_of, pieces_of_stream, summed, whole_reply
from assistant.model.within import TooLate, Within

if TYPE_CHECKING:
    import httpx

_WHOLE = 4  # times the seconds that an attempt may take: a whole text, however steadily it drips
_ATTEMPTS = 2  # where a provider is busy or cannot be reached, before anything has arrived
_FORMS = 8  # that are tried
_PAUSE = 0.5  # seconds before the second attempt, where the provider asks for none
_COUNT = 2.0  # seconds in which the count of tokens follows a text that has ended
_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_NO_MONEY = "insufficient_quota"  # by which a provider that wants to be paid is told from one that is busy
_FILTERED = "content_filter"
_LONGEST_BODY = 2_000_000  # characters of a reply in one piece

_log = logging.getLogger(__name__)


class _Busy(Exception):
    """The provider does not answer now, and asks for so many seconds."""

    def __init__(self, refusal: Refusal, seconds: float) -> None:
        super().__init__(str(refusal))
        self.seconds = seconds


class Endpoint:
    """A model at an endpoint.

    Args:
        url: its address up to `/chat/completions`; what follows a question mark goes with each request.
        seconds: how long an attempt may take until its first piece, and a pause within the text.
    """

    def __init__(self, url: str, model: str, key: str, wish: Wish, memory: Memory, seconds: float) -> None:
        parts = urlsplit(url)
        path = parts.path.rstrip("/").removesuffix("/chat/completions")
        self._url = parts._replace(path=f"{path}/chat/completions", query="").geturl()
        self._query = dict(parse_qsl(parts.query))
        self._model = model
        self._key = key
        self._wish = wish
        self.memory = memory
        self._seconds = seconds

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        """The call, the pieces of the text as they come, the count, where the provider has one.

        Raises:
            ModelUnavailable: the provider does not answer, breaks off, or takes too long.
            ModelRefused: it refuses the key, the model or the text, with its own words.
        """
        yield Usage(calls=1)
        count, written, why = Usage(), False, ""
        pieces = Within(lambda wanted: self._pieces(messages_of(prompt), wanted), self._seconds, self._whole)
        with self._errors_of_ours():
            for piece in _until_left_open(pieces):
                if isinstance(piece, str):
                    written = True
                    yield piece
                elif isinstance(piece, Usage):
                    count = summed(count, piece)
                elif isinstance(piece, Ended):
                    why = piece.why
        if count != Usage():
            yield count + Usage(counted=1)
        self._check_end(why, written)

    @contextmanager
    def _errors_of_ours(self) -> Iterator[None]:
        import httpx

        try:
            yield
        except TooLate as error:
            raise self._unavailable(f"it takes too long: {error}") from error
        except Refusal as error:
            raise self._refused(error) from error
        except (_Busy, Nonsense, httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise self._unavailable(f"{type(error).__name__.strip('_')}: {self._private(str(error))}") from error

    def _check_end(self, why: str, written: bool) -> None:
        """See that a text is whole.

        Raises:
            ModelRefused: the provider's filter has stopped it.
            ModelUnavailable: all the tokens went into thoughts.
        """
        if why == _FILTERED:
            raise ModelRefused(f"The provider of the chat model {self._model} has stopped the text by its filter.")
        if why == "length":
            more = "set MARKET_ENTRY_CHAT_MOST_TOKENS higher, or the same on its server"
            if not written:
                raise self._unavailable(f"all its tokens went into thoughts; {more}")
            _log.warning("a text of the chat model %s was cut off: %s", self._model, more)

    @property
    def _whole(self) -> float:
        return _WHOLE * self._seconds

    @cached_property
    def _client(self) -> httpx.Client:
        import httpx

        patience = self._seconds + 2 * _COUNT  # more than whoever reads has
        return httpx.Client(timeout=httpx.Timeout(patience, connect=self._seconds), follow_redirects=True)

    def _pieces(self, messages: Sequence[Message], wanted: Callable[[], bool]) -> Iterator[Piece]:
        """The pieces of the reply to a request in the form that is known to be taken, or else found out."""
        form, taken = self.memory.form, False
        for _ in range(_FORMS):
            said = form.body(self._model, messages, self._wish)
            try:
                for piece in self._attempts(said, wanted):
                    if not taken and not isinstance(piece, Alive):
                        self.memory.keep(form)
                        taken = True
                    yield piece
            except Refusal as refusal:
                other = None if taken else self._next(form, said, refusal)
                if other is None:
                    raise
                _log.warning(
                    "the chat model %s refuses %s (%s); it is asked %s",
                    *(self._model, ", ".join(other.refused.keys() - form.refused.keys())),
                    *(self._private(str(refusal)), other),
                )
                form = other
            else:
                return
        raise Refusal(400, "no form of the request is taken")

    def _attempts(self, said: dict[str, Any], wanted: Callable[[], bool]) -> Iterator[Piece]:
        """The pieces of one reply; where none has come and the provider is busy for a short time only, of another."""
        import httpx

        for left in reversed(range(_ATTEMPTS)):
            begun, pause = False, _PAUSE
            yield Alive()
            try:
                for piece in self._attempt(said, wanted):
                    begun = True
                    yield piece
            except httpx.TimeoutException:
                raise
            except (_Busy, httpx.TransportError) as error:
                pause = max(pause, getattr(error, "seconds", 0.0))
                if begun or not left or pause > self._seconds or not wanted():
                    raise
            else:
                return
            time.sleep(pause)

    def _attempt(self, said: dict[str, Any], wanted: Callable[[], bool]) -> Iterator[Piece]:
        with self._client.stream("POST", self._url, params=self._query, json=said, headers=self._headers) as response:
            if not response.is_success:
                body = "".join(_bounded(response.iter_text(), wanted))
                refusal = refusal_of(response.status_code, body)
                if (
                    refusal.status in _BUSY
                    and refusal.code != _NO_MONEY
                    and not self._next(self.memory.form, said, refusal)
                ):
                    raise _Busy(refusal, _seconds_of(response.headers.get("Retry-After", "")))
                raise refusal
            if "json" in response.headers.get("Content-Type", ""):
                yield from pieces_of(whole_reply("".join(_bounded(response.iter_text(), wanted))))
            else:
                yield from pieces_of_stream(_while(wanted, response.iter_lines()))

    def _next(self, form: Form, said: dict[str, Any], refusal: Refusal) -> Form | None:
        names = {*said, *(message["role"] for message in said["messages"])}
        return next_form(form, self._wish, names, refusal)

    @property
    def _headers(self) -> dict[str, str]:
        key = self._key or "not-needed"
        deployment = {"api-key": key} if "/openai/deployments/" in self._url else {}
        return {"Authorization": f"Bearer {key}", "Accept": "text/event-stream, application/json", **deployment}

    def _private(self, words: str) -> str:
        return words.replace(self._key, "…") if self._key else words

    def _refused(self, refusal: Refusal) -> ModelRefused | ModelUnavailable:
        words = self._private(str(refusal))
        if refusal.status in _BUSY and refusal.code != _NO_MONEY:
            return self._unavailable(words)
        return ModelRefused(
            f"The chat model {self._model} refuses the request ({words}); check MARKET_ENTRY_CHAT_URL, _MODEL and _KEY."
        )

    def _unavailable(self, why: str) -> ModelUnavailable:
        return ModelUnavailable(f"The chat model {self._model} does not answer ({short(why)}).")


def _until_left_open(pieces: Within[Piece]) -> Iterator[Piece]:
    """The pieces, behind whose end the count is waited for a little: some servers leave the body open.

    Raises:
        TooLate: they are not at their end when the time is up.
    """
    ended = False
    try:
        for piece in pieces:
            yield piece
            if ended and isinstance(piece, Usage):
                return
            if isinstance(piece, Ended):
                ended = True
                pieces.seconds = _COUNT
    except TooLate:
        if not ended:
            raise


def _bounded(parts: Iterator[str], wanted: Callable[[], bool]) -> Iterator[str]:
    """The parts of a body that is still wanted, up to a length."""
    length = 0
    for part in parts:
        length += len(part)
        if length > _LONGEST_BODY or not wanted():
            return
        yield part


def _while(wanted: Callable[[], bool], lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if not wanted():
            return
        yield line


def _seconds_of(header: str) -> float:
    """For how long a provider wants to be left alone, by its `Retry-After`: seconds, or a date."""
    with suppress(ValueError):
        return max(0.0, float(header))
    with suppress(ValueError):
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    return 0.0
