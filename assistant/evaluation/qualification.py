"""Whether a chat model may write here: it is asked questions of our own, and what it writes is judged.

The requests are those that this installation sends, with its prompt, passages and parameters: what is found out holds
for this release, library and endpoint, and nothing else. Sentences are judged by the verification that any answer
passes; nobody has labelled them, so that a wrong sentence that is shown is not seen here. What is known of that stands
in `docs/measurements.md`.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from statistics import median

import numpy as np
from pydantic import TypeAdapter, ValidationError

from assistant.answers import Numbering, Rejected
from assistant.app import App
from assistant.evaluation.evaluate import EvaluationQuestion, provenance, read_questions
from assistant.find.evidence import find
from assistant.model.chat_model import ChatModel, ModelRefused, ModelUnavailable, Usage
from assistant.model.parameters import Form
from assistant.model.providers import remembered
from assistant.settings import Settings
from assistant.texts import say
from assistant.understand.questions import Question, understandings
from assistant.verify.verification import Verifier
from assistant.write.drafts import Gap
from assistant.write.model_writer import ModelWriter
from corpus.errors import KnownError

QUESTIONS = Path(__file__).parent / "qualification.jsonl"
TAKEN_DOWN = Path("models", "qualification.jsonl")  # in a home

GAP = "gap"  # the kind of a question that holds a part which the library does not answer

_IN_A_ROW = 4  # failures after which nothing more is asked
_CHARACTERS_A_TOKEN = 7.0  # at most, in any language: what is counted lower was not read
_LEAST = 3  # questions of a language by which it is judged


class NoModel(KnownError):
    """There is no chat model to be asked."""

    def __init__(self) -> None:
        super().__init__(
            "No chat model is set; set MARKET_ENTRY_CHAT_MODEL, and MARKET_ENTRY_CHAT_URL and _KEY for it."
        )


class TakenDownUnusable(KnownError):
    """The file of what was asked cannot be read or written."""


class Qualified(StrEnum):
    """What comes of it."""

    YES = "yes"
    LIMITS = "yes, with limits"
    NO = "no"


@dataclass(frozen=True)
class Asked:
    """A question that was asked, and what came of it. `seconds` are until the first word and the last of the model.

    `failure` are the words of the provider, or ours, where no answer of the model came.
    """

    id: str
    installation: Mapping[str, str]  # of what it holds, see `installation_of`
    question: str
    language: str
    kind: str
    sent: bool
    shown: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    named: bool = False  # a part that is not answered, or that none is
    failure: str = ""
    seconds: tuple[float, float] = (0.0, 0.0)
    characters: int = 0  # of what was sent
    usage: Usage = field(default_factory=Usage)
    texts: Sequence[str] = ()  # as the model wrote them


@dataclass(frozen=True)
class Why:
    """A reason for a verdict, as one of the texts."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.localised("en")

    def localised(self, language: str) -> str:
        """The reason in a language."""
        return say(language, f"qualify_why_{self.name}", **self.values)


@dataclass(frozen=True)
class Qualification:
    """What was found out of a chat model, and whether it may write.

    Shares lie between 0 and 1 and are None of nothing. Seconds are those of the model alone, tokens those of a
    question, cost that of a thousand questions in the currency of the prices.
    """

    model: str
    verdict: Qualified
    why: tuple[Why, ...]
    questions: int
    sent: int
    answered: int
    refused_parameters: Mapping[str, str]
    failures: Mapping[str, int]
    statements: int
    shown: float | None
    dropped: Mapping[str, float]
    gaps_named: float | None
    languages: Mapping[str, float | None]
    first_word_seconds: float | None
    seconds_median: float | None
    seconds_p95: float | None
    tokens_in: float | None
    tokens_out: float | None
    counted: float | None
    cost_of_a_thousand: float | None


class Overheard:
    """A chat model whose one call is taken down."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self.text = ""
        self.first = self.whole = 0.0
        self.characters = 0

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        """What the model gives.

        Raises:
            ModelUnavailable: it does.
            ModelRefused: it does.
        """
        started = time.monotonic()
        self.characters = len(prompt)
        try:
            for piece in self._model.stream(prompt):
                if isinstance(piece, str):
                    self.first = self.first or time.monotonic() - started
                    self.text += piece
                yield piece
        finally:
            self.whole = time.monotonic() - started


class TakenDown:
    """The file of what was asked of this model by this installation: a run that was broken off goes on there."""

    def __init__(self, path: Path, app: App, *, fresh: bool = False) -> None:
        self.path = path
        self._installation = installation_of(app)
        self.known: dict[str, Asked] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            asked = [] if fresh else read_taken_down(path)
            self.known = {one.question: one for one in asked if self._holds(one)}
            path.write_text("".join(_line(one) for one in self.known.values()), "utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise TakenDownUnusable(f"{path} cannot be read and written ({error}); name another file.") from error

    def _holds(self, one: Asked) -> bool:
        return one.installation == self._installation and not one.failure

    def add(self, one: Asked) -> None:
        """Write down what came of a question.

        Raises:
            TakenDownUnusable: it cannot be.
        """
        self.known[one.question] = one
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(_line(one))
        except OSError as error:
            raise TakenDownUnusable(f"{self.path} cannot be written ({error.strerror}); name another file.") from error

    def ask(self, app: App, questions: Sequence[EvaluationQuestion]) -> Iterator[Asked]:
        """Ask what was not asked yet, until the model has failed several times in a row; one question a step.

        Raises:
            NoModel: there is none.
        """
        if app.chat is None:
            raise NoModel
        verifier, in_a_row = Verifier(app.cache, app.vocabulary), 0
        for one in questions:
            if one.digest in self.known:
                continue
            app.chat.circuit.succeeded()  # it is asked, whatever went before
            asked = replace(_ask(app, app.chat.model, verifier, one), installation=self._installation)
            self.add(asked)
            yield asked
            in_a_row = in_a_row + 1 if asked.failure else 0
            if in_a_row == _IN_A_ROW:
                return


def read_taken_down(path: Path) -> list[Asked]:
    """What stands in such a file, whatever installation it is of; none where there is no file.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is no text.
    """
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [one for one in map(_read, lines) if one]


def qualification_questions(most: int | None = None) -> list[EvaluationQuestion]:
    """The questions of the project's own, the first so many of them: every language comes before any comes again."""
    return read_questions(QUESTIONS)[:most]


def qualify(settings: Settings, questions: Sequence[EvaluationQuestion], known: Mapping[str, Asked]) -> Qualification:
    """What the answers say of a model. `known` holds what was asked by the digest of its question."""
    asked = [known[one.digest] for one in questions if one.digest in known]
    sent = [one for one in asked if one.sent]
    answered = [one for one in sent if not one.failure]
    dropped = sum((Counter(dict(one.dropped)) for one in answered), Counter[str]())
    shown = sum(one.shown for one in answered)
    statements = shown + dropped.total()
    counted = [one.usage for one in answered if one.usage.counted]
    tokens_in = _mean([one.tokens_in for one in counted])
    tokens_out = _mean([one.tokens_out for one in counted])
    form = remembered(settings)
    languages = {name: _shown([one for one in answered if one.language == name]) for name in _languages(answered)}
    wholes = [one.seconds[1] for one in answered]
    found = Qualification(
        model=settings.chat_model,
        verdict=Qualified.YES,
        why=(),
        questions=len(questions),
        sent=len(sent),
        answered=len(answered),
        refused_parameters=dict(form.refused),
        failures=dict(Counter(one.failure for one in sent if one.failure).most_common()),
        statements=statements,
        shown=shown / statements if statements else None,
        dropped={cause: count / statements for cause, count in dropped.most_common()},
        gaps_named=_mean([float(one.named) for one in answered if one.kind == GAP]),
        languages=languages,
        first_word_seconds=median(one.seconds[0] for one in answered) if answered else None,
        seconds_median=median(wholes) if wholes else None,
        seconds_p95=float(np.percentile(wholes, 95)) if wholes else None,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        counted=_mean([float(bool(one.usage.counted)) for one in answered]),
        cost_of_a_thousand=_cost(settings, tokens_in, tokens_out),
    )
    return _judged(found, answered, form)


def _judged(found: Qualification, answered: Sequence[Asked], form: Form) -> Qualification:
    """The verdict, and the reasons for it: those against the model first."""
    against = list(_against(found, answered))
    limits = list(_limits(found, answered, form))
    verdict = Qualified.NO if against else Qualified.LIMITS if limits else Qualified.YES
    return replace(found, verdict=verdict, why=(*against, *limits))


def _against(found: Qualification, answered: Sequence[Asked]) -> Iterator[Why]:
    """What speaks against letting it write."""
    if not found.sent:
        yield Why("not_sent")
        return
    if found.answered < _REACHED * found.sent:
        values = {"count": found.sent - found.answered, "sent": found.sent, "failure": next(iter(found.failures))}
        yield Why("not_reached", values)
    if found.answered and not found.statements:
        yield Why("nothing_said")
    elif found.shown is not None and found.shown < _SHOWN_AT_LEAST:
        yield Why("few_shown", {"share": f"{found.shown:.0%}"})
    if cut := [one for one in answered if _was_cut(one)]:
        values = {"count": len(cut), "tokens": cut[0].usage.tokens_in, "characters": cut[0].characters}
        yield Why("cut", values)


def _limits(found: Qualification, answered: Sequence[Asked], form: Form) -> Iterator[Why]:
    """What to know of it where it may."""
    if found.shown is not None and _SHOWN_AT_LEAST <= found.shown < _SHOWN_WELL:
        yield Why("dropped", {"share": f"{1 - found.shown:.0%}"})
    if found.gaps_named is not None and found.gaps_named < _GAPS:
        yield Why("gaps", {"share": f"{found.gaps_named:.0%}"})
    for language, share in found.languages.items():
        few = sum(one.language == language for one in answered) < _LEAST
        if share is not None and share < _SHOWN_AT_LEAST and not few and (found.shown or 0) >= _SHOWN_AT_LEAST:
            yield Why("language", {"language": language, "share": f"{share:.0%}"})
    if found.seconds_p95 is not None and found.seconds_p95 > _SECONDS:
        yield Why("slow", {"seconds": f"{found.seconds_p95:.0f}"})
    if found.counted is not None and found.counted < 1:
        yield Why("counted", {"share": f"{found.counted:.0%}"})
    if 0 < found.sent - found.answered <= (1 - _REACHED) * found.sent:
        yield Why("some_failed", {"count": found.sent - found.answered, "sent": found.sent})
    if found.sent < found.questions:
        yield Why("few_asked", {"sent": found.sent, "count": found.questions})
    if "temperature" in form.refused:
        yield Why("temperature")


_REACHED = 0.9  # of the requests, answered at least
_SHOWN_AT_LEAST, _SHOWN_WELL = 0.5, 0.8  # of its sentences
_GAPS = 0.6  # of the parts that are not answered, named at least
_SECONDS = 30.0  # of a whole answer, in 19 of 20


def _ask(app: App, chat: ChatModel, verifier: Verifier, one: EvaluationQuestion) -> Asked:
    """Send a question with its passages to the model, whether or not they would be thought to answer it."""
    understood = understandings(Question(one.turns[-1], one.turns[:-1]), app.vocabulary)[0]
    evidence = find(app.search, understood, date.today())
    model, numbering, usage = Overheard(chat), Numbering(date.today()), Usage()
    shown = gaps = 0
    dropped: list[str] = []
    failure: KnownError | None = None
    try:
        for part in ModelWriter(model).write(understood, evidence):
            if isinstance(part, Usage):
                usage += part
            elif isinstance(part, Gap):
                gaps += 1
            elif isinstance(verified := verifier.verify(part, evidence, numbering), Rejected):
                dropped.append(verified.reason.value)
            else:
                shown += 1
    except (ModelRefused, ModelUnavailable) as error:
        failure = error
    return Asked(
        id=one.id,
        installation={},
        question=one.digest,
        language=one.language or understood.language,
        kind=one.kind or "",
        sent=bool(model.characters),
        shown=shown,
        dropped=dict(Counter(dropped)),
        named=bool(gaps) or not (shown or dropped or failure),
        failure=str(failure or ""),
        seconds=(round(model.first, 3), round(model.whole, 3)),
        characters=model.characters,
        usage=usage,
        texts=(model.text,),
    )


def installation_of(app: App) -> Mapping[str, str]:
    """What results hold for, by name; all but the name of the model as digests, since an endpoint may hold secrets."""
    settings, made_by = app.settings, provenance(app)
    parts = {
        "endpoint": [settings.chat_url],
        "parameters": [settings.chat_temperature, settings.chat_most_tokens, settings.chat_options],
        "prompts": [made_by.prompts],
        "library": [made_by.embedding, made_by.index],
    }
    digests = {name: hashlib.sha256(json.dumps(part).encode()).hexdigest()[:12] for name, part in parts.items()}
    return {"model": settings.chat_model} | digests


def _was_cut(one: Asked) -> bool:
    """Whether far fewer tokens were counted than the request has, as of a model whose context is too short."""
    return bool(one.usage.counted) and one.usage.tokens_in < one.characters / _CHARACTERS_A_TOKEN


def _languages(asked: Sequence[Asked]) -> list[str]:
    return sorted({one.language for one in asked})


def _shown(asked: Sequence[Asked]) -> float | None:
    shown = sum(one.shown for one in asked)
    written = shown + sum(sum(one.dropped.values()) for one in asked)
    return shown / written if written else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _cost(settings: Settings, tokens_in: float | None, tokens_out: float | None) -> float | None:
    if settings.chat_prices is None or tokens_in is None or tokens_out is None:
        return None
    read, written = settings.chat_prices
    return (tokens_in * read + tokens_out * written) * 1000 / 1e6


_ASKED = TypeAdapter(Asked)


def _line(one: Asked) -> str:
    return json.dumps(asdict(one), ensure_ascii=False) + "\n"


def _read(line: str) -> Asked | None:
    """A line of the file; none of one that was not written to its end, or by another release."""
    try:
        return _ASKED.validate_json(line)
    except ValidationError:
        return None
