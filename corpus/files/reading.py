"""Reads files of whatever format, each in a process of its own within limits: the one way in for files from outside."""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import re
import stat
import tempfile
import traceback
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path, PurePath
from typing import Any, BinaryIO

from corpus.documents import Read, Section
from corpus.errors import Damaged, Empty, FileChanged, LeftPacked, NoFile, TooLarge, Unreadable
from corpus.files import archives, pictures
from corpus.files.confinement import Unconfined, lacking
from corpus.files.formats import _scan, format_of, formats
from corpus.files.sandbox import LIMITS, Limits, Sandbox, read_frame, serve, write_frame

_BYTES = 4  # of an answer for a character of text, at most
_SLACK = 2**20  # bytes of an answer besides
_ENOUGH_WORDS = 20  # of a text, to recognise its language
_SAMPLE = 20_000  # characters, for the same
# Control characters, marks that only turn the direction or hide, tags, and halves of pairs: nothing to be read.
_UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffc\ufffe\uffff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
# Those among them that no honest page needs in numbers: no width, another direction, tags.
_HIDING = re.compile("[\u200b\u2060-\u2064\u202d\u202e\U000e0000-\U000e007f]")
_DAY = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_LONGEST_TITLE = 300  # characters
_LISTED = ("sections", "unread", "recognised", "unseen", "lost")  # of a read, what is no text
_PICTURE = 2**24  # bytes of a picture, at most
_PNG = b"\x89PNG\r\n\x1a\n"
_LONGEST_SOUGHT = 6000  # characters of a passage that are looked for on a page
_OF_A_PAGE = Limits(seconds=30, processor_seconds=15)
_NO_ANSWER = (ValueError, KeyError, TypeError, AttributeError, RecursionError)  # what the words of a false worker raise

_sandbox = Sandbox(__name__)
atexit.register(_sandbox.close)


@dataclass(frozen=True)
class FoundFile:
    """A file that `files_in` came upon. `name` is its path for people, through archives: `a.zip › law/b.pdf`."""

    name: str
    path: Path


def read_file(path: Path, limits: Limits = LIMITS, *, name: str = "") -> Read:
    """The text of a file and what it says about itself. `name` is what errors call it, and hints at its format.

    Raises:
        Unreadable: it was not read; its class and its sentence say why.
        SandboxUnavailable: reading is not possible just now.
    """
    name = name or shown(path)
    try:
        with _opened(path) as file:
            _check_size(file, limits.size)
            before = _state(file)
            with _sandbox.run("read", file, name, limits) as answer:
                report = json.loads(read_frame(answer, _BYTES * limits.text + _SLACK))
            if _state(file) != before:
                raise FileChanged
        return _read_from(report)
    except Unreadable as error:
        raise type(error)(name, error.why) from error
    except _NO_ANSWER as error:
        raise Damaged(name) from error


def page_picture(data: bytes, number: int, passage: str, *, confined: bool = False) -> bytes:
    """A page of a PDF, counted from 1, as a PNG, with the words of a passage marked as far as the page has them.

    With `confined`, nothing is drawn where the process that reads files cannot be confined.

    Raises:
        Unreadable: there is no such page, or it cannot be drawn.
        SandboxUnavailable: drawing is not possible just now.
        Unconfined: nothing is drawn here.
    """
    if confined and lacking():
        raise Unconfined
    asked = json.dumps({"page": number, "passage": passage[:_LONGEST_SOUGHT]})
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        with _sandbox.run("draw", file, asked, _OF_A_PAGE) as answer:
            picture = read_frame(answer, _PICTURE)
    if not picture.startswith(_PNG):
        raise Damaged
    return picture


def files_in(path: Path, scratch: Path, limits: Limits = LIMITS) -> Iterator[FoundFile | Unreadable]:
    """The files of a folder, or the file itself; archives are unpacked into `scratch`, which the caller removes.

    What is not to be read (a link, a member that is not safe to unpack) comes as the error that says so. Members are
    numbered files in `scratch`, whatever their names are. An archive gives no more members and bytes than `limits` say,
    those of the archives within it included.
    """
    if not path.is_dir():
        yield from _unfold(FoundFile(shown(PurePath(path.name)), path), _Unfolding(scratch, limits))
        return
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted([*names, *(name for name in folders if Path(folder, name).is_symlink())]):
            file = Path(folder, name)
            called = shown(file.relative_to(path))
            if archives.LEFTOVER.search(called):
                continue
            if file.is_symlink():
                yield NoFile(called, "it is a link")
            else:
                yield from _unfold(FoundFile(called, file), _Unfolding(scratch, limits))


def shown(path: PurePath) -> str:
    """A path as it can be printed; bytes of its name that are not UTF-8 show as `�`."""
    return os.fsencode(path).decode("utf-8", "replace")


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The file of a path, after a look at what it is."""
    try:
        file = open(path, "rb", opener=_at_once)  # noqa: SIM115 - Path.open takes no opener; closed below
    except (OSError, ValueError) as error:
        raise NoFile(why=getattr(error, "strerror", None) or str(error)) from error
    with file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise NoFile(why="it is a pipe or a device")
        if not status.st_size:
            raise Empty
        yield file


def _at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe without a writer would keep us waiting


def _check_size(file: BinaryIO, most: int) -> None:
    size = os.fstat(file.fileno()).st_size
    if size > most:
        raise TooLarge(why=f"{size >> 20:,} MiB, and {most >> 20:,} MiB are read at most")


def _state(file: BinaryIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns


def _read_from(report: Mapping[str, Any]) -> Read:
    """What a worker reports, held to its form."""
    if "error" in report:
        raise _error(*report["error"])
    read = report["read"]
    sections = tuple(
        Section(str(section["heading"]), str(section["text"]), section["page"] and int(section["page"]))
        for section in read["sections"]
    )
    texts = {name: str(read[name]) for name in read if name not in _LISTED}
    return Read(
        sections=sections,
        unread=tuple(map(int, read["unread"])),
        recognised=tuple((int(page), int(sure)) for page, sure in read["recognised"]),
        unseen=int(read["unseen"]),
        lost=tuple(map(str, read["lost"])),
        **texts,
    )


def _error(kind: str, why: str, trace: str = "", *, name: str = "The file") -> Unreadable:
    error = {known.__name__: known for known in Unreadable.__subclasses__()}[kind](name, why)
    if trace:
        error.add_note(trace)
    return error


class _Unfolding:
    """Taking an archive apart, with those within it: where its members go, and what is left of its limits."""

    def __init__(self, scratch: Path, limits: Limits) -> None:
        self.scratch = scratch
        self.depth = 0
        self._whole = self._left = limits

    def limits(self) -> Limits:
        """What the next archive may give; no member where it is to be left packed."""
        return replace(self._left, members=0) if self.why_not() else self._left

    def why_not(self) -> str:
        """Why the next archive is left packed, if it is."""
        if self.depth >= self._whole.depth:
            return f"it is an archive within {self.depth} others"
        if self.depth and min(self._left.members, self._left.unpacked) == 0:
            return f"the archives in that file have more than {self._whole.members:,} members, or unpack to too much"
        return ""

    def count(self, member: FoundFile | Unreadable) -> None:
        """One member more."""
        size = member.path.stat().st_size if isinstance(member, FoundFile) else 0
        left = self._left
        self._left = replace(left, members=max(left.members - 1, 0), unpacked=max(left.unpacked - size, 0))

    @contextmanager
    def within(self) -> Iterator[None]:
        """For the members of an archive."""
        self.depth += 1
        yield
        self.depth -= 1


def _unfold(found: FoundFile, unfolding: _Unfolding) -> Iterator[FoundFile | Unreadable]:
    """The file, or when it is an archive its members."""
    try:
        with _opened(found.path) as file:
            if not archives.looks_packed(file):
                yield found
                return
            _check_size(file, LIMITS.unpacked)
            members = _members(found, file, unfolding)
    except Unreadable as error:
        yield type(error)(found.name, error.why)
        return
    except _NO_ANSWER:
        yield Damaged(found.name)
        return
    if members is None:
        yield found
    elif why_not := unfolding.why_not():
        yield LeftPacked(found.name, why_not)
    else:
        for member in members:
            unfolding.count(member)
        with unfolding.within():
            for member in members:
                yield from _unfold(member, unfolding) if isinstance(member, FoundFile) else (member,)


def _members(found: FoundFile, file: BinaryIO, unfolding: _Unfolding) -> list[FoundFile | Unreadable] | None:
    """The members of an archive, unpacked; None for a document that only looks like one."""
    members: list[FoundFile | Unreadable] = []
    limits = unfolding.limits()
    with _sandbox.run("unpack", file, found.name, limits) as answer:
        if not archives.is_archive(answer):
            return None
        for name, path, refusal in archives.received(answer, unfolding.scratch, limits):
            called = f"{found.name} › {name}" if name else found.name
            members.append(FoundFile(called, path) if path else _error(*refusal, name=called))
    return members


# The worker's side


def _read(file: BinaryIO, answer: BinaryIO, limits: Limits, name: str) -> None:
    try:
        report: dict[str, object] = {"read": asdict(_read_bytes(file.read(), limits, name))}
    except MemoryError:
        raise
    except Unreadable as error:
        report = {"error": [type(error).__name__, error.why]}
    except Exception:  # noqa: BLE001 - the border to the parsers: whatever they raise, the file is at fault
        report = {"error": [Damaged.__name__, "", traceback.format_exc()]}
    write_frame(answer, json.dumps(report, ensure_ascii=False).encode("utf-8", "replace"))


def _read_bytes(data: bytes, limits: Limits, name: str) -> Read:
    form = format_of(data, PurePath(name).suffix)
    read = form.read(data)
    sections = tuple(
        replace(section, heading=_clean(section.heading), text=text)
        for section in read.sections
        if (text := _clean(section.text)).strip()
    )
    size = sum(len(section.text) + len(section.heading) for section in sections)
    if not any(char.isalnum() for section in sections for char in section.text):
        raise Empty
    if size > limits.text:
        raise TooLarge(why=f"{size:,} characters of text, and {limits.text:,} are read at most")
    garbled = sum(section.text.count("\ufffd") for section in sections)
    return replace(
        read,
        sections=sections,
        lost=(*read.lost, *([f"{garbled} characters could not be decoded"] if garbled else [])),
        unseen=sum(len(_HIDING.findall(section.text)) for section in read.sections),
        title=_clean(read.title)[:_LONGEST_TITLE],
        publisher=_clean(read.publisher)[:_LONGEST_TITLE],
        published_on=read.published_on if _DAY.fullmatch(read.published_on) else "",
        language=_language(sections) or read.language.split("-")[0].lower(),
        format=form.SUFFIXES[0].removeprefix("."),
        digest=hashlib.sha256(data).hexdigest(),
    )


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text.replace("\t", " ")))


def _language(sections: tuple[Section, ...]) -> str:
    """The language of the text, or nothing when there is too little of it; more to be trusted than what files say."""
    sample = "\n".join(section.text for section in sections)[:_SAMPLE]
    sufficient = len(sample.split()) >= _ENOUGH_WORDS or len(sample) >= 10 * _ENOUGH_WORDS
    return str(_identifier().classify(sample)[0]) if sufficient else ""


@cache
def _identifier() -> Any:  # noqa: ANN401 - the package carries no types
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)


def _warm_up() -> None:
    """Import, once for all files, what the formats use."""
    import charset_normalizer  # noqa: F401
    import docx  # noqa: F401
    import openpyxl  # noqa: F401
    import PIL.ImageDraw
    import PIL.PngImagePlugin  # noqa: F401
    import pptx  # noqa: F401
    import pypdf  # noqa: F401
    import pypdfium2.raw  # noqa: F401
    import striprtf.striprtf  # noqa: F401
    import trafilatura  # noqa: F401

    formats()
    _scan.warm_up()
    _identifier()


if __name__ == "__main__":
    _warm_up()
    serve({"read": _read, "unpack": archives.unpack, "draw": pictures.draw})
