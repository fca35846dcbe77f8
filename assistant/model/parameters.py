"""The parameters of a request: each is tried, and what a provider refuses is left out, or said in another way.

No provider takes all of them: models that reason refuse a temperature, others `max_tokens`, servers `stream_options` or
a system message. What a provider is comes from no table: its refusal is read, and remembered in a file of the home.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from assistant.model.chat_model import Message

REMEMBERED = Path("models", "chat-parameters.json")  # in a home; it is made again

_FRESH = timedelta(days=30)  # for which what was refused is not tried again: providers change
_WORDS = 240  # characters of a provider's own words
_ECHO = re.compile(r"['\"]input['\"]\s*:.*", re.DOTALL)  # of what was sent; it may hold a person's question

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Parameter:
    """Something that a request may say, by the names under which it can, and by what a refusal names it.

    Where it is said by none of them, the request is made without it.
    """

    name: str
    ways: tuple[str, ...]
    named: str = ""  # a pattern, where the name of the way alone would not tell


TEMPERATURE = Parameter("temperature", ("temperature",))
MOST_TOKENS = Parameter("most tokens", ("max_tokens", "max_completion_tokens"))
COUNT = Parameter("a count of tokens", ("stream_options",), r"stream_options|include_usage")
SYSTEM = Parameter(
    "a system message",
    ("system",),
    r"system.{0,3}(role|message|instruction|prompt)|role.{0,40}\bsystem\b|roles must alternate|developer instruction",
)
STREAM = Parameter("a stream", ("stream",), r"streaming|['\"`]stream['\"`]|stream=")
_OF_US = (TEMPERATURE, MOST_TOKENS, COUNT, SYSTEM, STREAM)

_OF_FORM = frozenset({400, 404, 415, 422, 500, 501})  # by which servers refuse how a request is made
_UNNAMED = frozenset({400, 422})  # of which that is so even where they name nothing
_TEXT = (
    *("context.?length", "context.?(size|window)", "prompt is too long"),
    *("content.?(filter|policy|management)", "safety"),
    *("model.?(not.?found|does not exist)", "credit", "billing"),
)
_OF_TEXT = re.compile("|".join(_TEXT), re.IGNORECASE)  # refusals of this text, or of us, in any form


@dataclass(frozen=True)
class Wish:
    """What an installation wants a request to say, by its settings; `options` are the provider's own."""

    temperature: float | None = 0.0
    most_tokens: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All that a request may say."""
        return (*_OF_US, *(Parameter(name, (name,)) for name in self.options))


@dataclass(frozen=True)
class Form:
    """How an endpoint takes a request: the way of each parameter that is not its first, and why.

    `ways` counts from 0; one beyond the last is none. `refused` has the provider's own words by what they refused.
    """

    ways: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)

    def way(self, parameter: Parameter) -> str:
        """The name under which a parameter is said; empty where it is not."""
        at = self.ways.get(parameter.name, 0)
        return parameter.ways[at] if at < len(parameter.ways) else ""

    def without(self, parameter: Parameter, words: str) -> Form:
        """The form whose next way of a parameter is tried."""
        refused = self.way(parameter)
        return Form(
            MappingProxyType({**self.ways, parameter.name: self.ways.get(parameter.name, 0) + 1}),
            MappingProxyType({**self.refused, refused: words}),
        )

    def body(self, model: str, messages: Sequence[Message], wish: Wish) -> dict[str, Any]:
        """The request."""
        said = self.parameters(wish)
        if self.way(STREAM):
            said |= {STREAM.ways[0]: True} | ({COUNT.ways[0]: {"include_usage": True}} if self.way(COUNT) else {})
        texts = [{"role": one.role, "content": one.text} for one in self._messages(messages)]
        return {**said, "model": model, "messages": texts}

    def parameters(self, wish: Wish) -> dict[str, Any]:
        """What the request says of how the text is to be written."""
        said = {name: value for name, value in wish.options.items() if self.way(Parameter(name, (name,)))}
        values = {TEMPERATURE: wish.temperature, MOST_TOKENS: wish.most_tokens}
        return said | {self.way(one): value for one, value in values.items() if self.way(one) and value is not None}

    def _messages(self, messages: Sequence[Message]) -> Sequence[Message]:
        """The messages; without a system message, what it says stands before the first of the person."""
        if self.way(SYSTEM):
            return messages
        rules = "\n\n".join(one.text for one in messages if one.role == "system")
        first, *others = [one for one in messages if one.role != "system"]
        return [Message(first.role, f"{rules}\n\n{first.text}") if rules else first, *others]

    def __str__(self) -> str:
        return ", ".join(f"without {name}" for name in self.refused) or "with all that the settings say"


@dataclass
class Refusal(Exception):
    """An endpoint does not take a request: its status, its own words, and the parameter that it names in a field."""

    status: int
    words: str = ""
    parameter: str = ""
    code: str = ""

    def __str__(self) -> str:
        return f"{self.status}: “{self.words}”" if self.words else str(self.status)

    def names(self, parameter: Parameter, way: str) -> bool:
        """Whether it is about this parameter, said in this way."""
        if way in self.parameter.split("."):
            return True
        if self.parameter and not self.parameter.startswith("messages"):
            return False
        pattern = parameter.named or rf"(?<!\w){re.escape(way)}(?!\w)"
        return re.search(pattern, self.words, re.IGNORECASE) is not None


def refusal_of(status: int, body: str) -> Refusal:
    """What a provider says, whatever the shape of its body; never more of it than a sentence or two."""
    try:
        said = json.loads(body)
    except ValueError:
        return Refusal(status, short(re.sub(r"<[^>]*>", " ", body)))
    error = said.get("error", said) if isinstance(said, dict) else said
    found = error if isinstance(error, dict) else {"message": error}
    message = found.get("message") or found.get("detail") or (said.get("detail") if isinstance(said, dict) else "")
    details = message.get("detail") if isinstance(message, dict) else message
    where = ""
    if isinstance(details, list):  # of pydantic: what is wrong, and where
        first = details[0] if details and isinstance(details[0], dict) else {}
        where = str((first.get("loc") or [""])[-1])
        message = f"{where}: {first.get('msg', '')}"
    metadata = found.get("metadata")  # of a router: the words of whom it has asked
    raw = metadata.get("raw", "") if isinstance(metadata, dict) else ""
    words = short(f"{message if isinstance(message, str) else json.dumps(message)} {raw}")
    return Refusal(status, words, str(found.get("param") or where or ""), str(found.get("code") or found.get("type")))


def short(text: str) -> str:
    """The beginning of a provider's words, without what it repeats of the request."""
    line = " ".join(_ECHO.sub("", text).split())
    return line if len(line) <= _WORDS else f"{line[: _WORDS - 1]}…"


def next_form(form: Form, wish: Wish, said: Collection[str], refusal: Refusal) -> Form | None:
    """The form to try after a refusal: without what it names or, where it names nothing, without all that can go.

    `said` are the names of what the request has said, `system` among them where it had a system message.

    Returns:
        None where no other form is left: the refusal is not about how the request was made.
    """
    if refusal.status not in _OF_FORM:
        return None
    there = [one for one in wish.parameters if form.way(one) in said]
    gone = [one for one in there if refusal.names(one, form.way(one))]
    if COUNT in gone:  # whose words speak of the stream, too
        gone = [one for one in gone if one != STREAM]
    if not gone and refusal.status in _UNNAMED and not _OF_TEXT.search(f"{refusal.code} {refusal.words}"):
        gone = [one for one in there if one not in (SYSTEM, STREAM)]
    for one in gone:
        form = form.without(one, refusal.words)
    return form if gone else None


class Memory:
    """What an endpoint takes, as it was found out: kept in a file, where there is a home, for other processes too."""

    def __init__(self, home: Path | None, url: str, model: str, wish: Wish) -> None:
        self._path = home / REMEMBERED if home else None
        self._key = hashlib.sha256(json.dumps([url, model, asdict(wish)], default=str).encode()).hexdigest()[:16]
        self._form: Form | None = None

    @property
    def form(self) -> Form:
        """The form that is known to be taken; the first of all where nothing is known."""
        if self._form is None:
            self._form = self._read().get(self._key, _Kept()).fresh
        return self._form

    def keep(self, form: Form) -> None:
        """Remember a form that was taken."""
        if form == self._form:
            return
        self._form = form
        if self._path is None or not self._path.parent.parent.is_dir():
            return
        kept = {key: one for key, one in self._read().items() if one.fresh.ways}
        kept[self._key] = _Kept(dict(form.ways), dict(form.refused), date.today())
        try:
            self._path.parent.mkdir(exist_ok=True)
            with tempfile.NamedTemporaryFile("wb", dir=self._path.parent, delete=False) as file:
                file.write(_KEPT.dump_json(kept, indent=1))
            Path(file.name).replace(self._path)
        except OSError as error:
            _log.warning("what the chat model takes cannot be remembered in %s: %s", self._path, error)

    def _read(self) -> dict[str, _Kept]:
        if self._path is None or not self._path.is_file():
            return {}
        try:
            return _KEPT.validate_json(self._path.read_bytes())
        except (OSError, ValidationError) as error:
            _log.warning("%s cannot be read, and is made again: %s", self._path, type(error).__name__)
            return {}


@dataclass(frozen=True)
class _Kept:
    """A form in the file."""

    ways: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    on: date = date.min

    @property
    def fresh(self) -> Form:
        """The form, unless it is old."""
        return Form(self.ways, self.refused) if self.on > date.today() - _FRESH else Form()


_KEPT = TypeAdapter(dict[str, _Kept])
