"""Results files: a line a question, appended as it is answered, so that a run that was broken off can go on."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError

from assistant.answers import ClaimKind, Outcome
from assistant.model.chat_model import Usage
from corpus.errors import KnownError

_BEGINNING = b'{"id": "'  # of every line


class BadResults(KnownError):
    """A results file that cannot be read or written."""


class OtherResults(KnownError):
    """A results file of other questions, or of another installation: nothing is mixed."""


@dataclass(frozen=True)
class Provenance:
    """What answered. Runs of equal provenance differ only by the chat model's chance, and by the day."""

    chat_model: str
    prompts: str  # a digest; empty without a chat model
    embedding: str
    reranker: str
    index: str  # the generation that was searched
    code: str  # a digest of the program


@dataclass(frozen=True)
class Shown:
    """A claim of a result."""

    text: str
    kind: ClaimKind


@dataclass(frozen=True)
class Cited:
    """A citation of a result; by these words it is the same one in another version of its document."""

    document_id: str
    section: str
    quote: str


@dataclass(frozen=True)
class Result:
    """A line of a results file, as far as it is read again. `question` is the digest of what was asked."""

    id: str
    question: str
    answer: str
    outcome: Outcome
    declined: bool
    language: str
    claims: tuple[Shown, ...]
    dropped: int
    citations: tuple[Cited, ...]
    notice: str
    usage: Usage
    seconds: float
    provenance: Provenance


_RESULT = TypeAdapter(Result)


class ResultsFile:
    """A results file that is being written; `finished` are the results that were there before."""

    def __init__(self, path: Path, file: BinaryIO, finished: Sequence[Result]) -> None:
        self._path = path
        self._file = file
        self.finished = finished

    def append(self, result: Mapping[str, object]) -> None:
        """Write a result down; from then on no end of this process loses it."""
        with _translating_errors(self._path):
            self._file.write(json.dumps(result, ensure_ascii=False).encode() + b"\n")
            self._file.flush()


@contextmanager
def results_file(path: Path, asked: Mapping[str, str], *, fresh: bool = False) -> Iterator[ResultsFile]:
    """A results file for these questions (ids and digests): to go on where a run was broken off, or else anew.

    Raises:
        OtherResults: it holds results of other questions.
        BadResults: it is no results file, cannot be written, or another process writes it.
    """
    with ExitStack() as held:
        with _translating_errors(path):
            file = held.enter_context(path.open("ab"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            whole = b"" if fresh else _whole_lines(path)
            finished = _results(whole, path)
            _expect_first(list(asked.items()), finished, path)
            if len(finished) == len(asked):  # a run that came to its end: this is another one
                whole, finished = b"", []
            file.truncate(len(whole))
        yield ResultsFile(path, file, finished)


def read_results(path: Path) -> list[Result]:
    """The results of a file, in order; a last line that was not written to its end is left out.

    Raises:
        BadResults: the file cannot be read, or a whole line is no result.
    """
    return _results(_whole_lines(path), path)


def differences(old: Provenance, new: Provenance) -> list[tuple[str, str, str]]:
    """What is not the same: its name, what it was, what it is."""
    before, after = asdict(old), asdict(new)
    return [(name.replace("_", " "), before[name], after[name]) for name in before if before[name] != after[name]]


def _whole_lines(path: Path) -> bytes:
    try:
        held = path.read_bytes()
    except OSError as error:
        raise BadResults(f"The results in {path} cannot be read ({error.strerror}); name a results file.") from error
    whole = held[: held.rfind(b"\n") + 1]
    torn = held[len(whole) :]
    if torn[: len(_BEGINNING)] != _BEGINNING[: len(torn)]:
        raise BadResults(f"{path} is no results file; name another one.")
    return whole


def _results(lines: bytes, path: Path) -> list[Result]:
    results = []
    for number, line in enumerate(lines.split(b"\n")[:-1], start=1):
        try:
            results.append(_RESULT.validate_json(line))
        except ValidationError as error:
            raise BadResults(
                f"Line {number} of {path} is no result as this version writes them; name another file."
            ) from error
    return results


def _expect_first(asked: Sequence[tuple[str, str]], finished: Sequence[Result], path: Path) -> None:
    """Results are taken up only as those of the first questions, in order, and as they are asked now."""
    for at, result in enumerate(finished):
        if [(result.id, result.question)] != asked[at : at + 1]:
            raise OtherResults(
                f"Line {at + 1} of {path} ({result.id}) does not answer question {at + 1} as it is asked now: the"
                " results are of other questions, or these have changed; name another file, or start this one anew"
                " with --fresh."
            )


@contextmanager
def _translating_errors(path: Path) -> Iterator[None]:
    """What goes wrong with a file, in a sentence."""
    try:
        yield
    except BlockingIOError as error:
        raise BadResults(f"Another process writes {path} just now; wait for it, or name another file.") from error
    except OSError as error:
        raise BadResults(f"The file {path} cannot be written ({error.strerror}); name another one.") from error
