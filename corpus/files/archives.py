"""Takes archives apart: zip and tar, the latter packed or not. Names of members are never names of files here.

One side runs in the sandbox and sends each member as frames: its name, its content piece by piece, an empty frame,
and a verdict, which is null or the kind of error and its reason. A name that is null ends the answer, and the verdict
after it is about the archive.
"""

from __future__ import annotations

import json
import lzma
import os
import re
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO

from corpus.errors import Damaged, LeftPacked, TooLarge, Unreadable
from corpus.files.sandbox import Limits, read_frame, write_frame

Refusal = tuple[str, ...]  # the name of a kind of Unreadable, and why

# What systems and programs leave in folders and archives without being asked: their own notes, locks, copies, links.
_LEFT = (
    r"__MACOSX/.*",
    r"\.[^/.][^/]*/.*",  # what lies in hidden folders
    r"\.(?!\.?(?:/|$))[^/]*",  # hidden files: .DS_Store, ._x, .x.swp, .~lock.x#, .gitignore
    r"~\$[^/]*",  # the lock of an Office file, which names a person
    r"(?:Thumbs|ehthumbs|desktop|Desktop)\.(?:db|ini)",
    r"(?:[^/]*:)?Zone\.Identifier",
    r"[^/]*(?:~|\.bak|\.tmp|\.temp|\.swp|\.swo|\.orig|\.part|\.partial|\.crdownload|\.download|\.url|\.webloc|\.lnk)",
)
LEFTOVER = re.compile(rf"(?:^|/)(?:{'|'.join(_LEFT)})$", re.IGNORECASE)

_PIECE = 2**20  # bytes
_NAME = 2**16  # bytes of a name or a verdict, at most
_RATIO = 200  # times its packed size: a member that grows more is made to do harm
_SMALL = 10 * 2**20  # bytes up to which the ratio does not matter
_PACKED = re.compile(rb"PK(?:\x03\x04|\x05\x06)|\x1f\x8b|BZh|\xfd7zXZ\0|.{257}ustar", re.DOTALL)
_DOCUMENT = {"[Content_Types].xml", "mimetype"}  # one of them is in every zip that is a document
_OUTSIDE = re.compile(r"/|[A-Za-z]:|(?:.*/)?\.\.(?:/|$)")
_ENCRYPTED, _UTF_8 = 0x1, 0x800  # flags of a zip's member
_MOSTLY = 0.7
_OLD = "cp437"  # of names that do not say their encoding, by the rules; programs use that of their system
_EAST_ASIAN = ("cp932", "gb18030", "euc_kr", "big5")
_TELLING = re.compile("[\u3040-\u30ff\uac00-\ud7a3]")  # kana and hangul, which one encoding has for a language
_IDEOGRAMS = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff00-\uffef\x00-\x7f\u3000-\u303f]+")
_NO_FILE = "it is a link or a device"
_LONGEST_NAME = 1_000  # characters that are shown
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError)


def looks_packed(file: BinaryIO) -> bool:
    """Whether a file may be an archive, by its first bytes; `unpack` tells documents that are zips apart."""
    start = file.read(512)
    file.seek(0)
    return _PACKED.match(start) is not None


def is_archive(answer: BinaryIO) -> bool:
    """Whether a worker that was asked to unpack a file found it to be an archive."""
    return _heard(answer) is True


def received(answer: BinaryIO, scratch: Path, limits: Limits) -> Iterator[tuple[str, Path | None, Refusal]]:
    """The members that a worker sends, each in a file of its own in `scratch`, or else the kind and why it is refused.

    A refusal without a name is the archive's own.

    Raises:
        EOFError: the answer is cut short.
        TooLarge: it is longer than agreed.
        LeftPacked: there is no room for it.
    """
    left = limits.unpacked + _PIECE
    while True:
        name = _heard(answer)
        if name is None:
            break
        try:
            descriptor, path = tempfile.mkstemp(prefix="member-", dir=scratch)
            with os.fdopen(descriptor, "wb") as file:
                while piece := read_frame(answer, _PIECE):
                    left -= file.write(piece)
                    if left < 0:
                        raise TooLarge
        except OSError as error:
            raise LeftPacked(why=f"there is no room to unpack it: {error.strerror}") from error
        refusal = _heard(answer)
        if refusal:
            Path(path).unlink()
        yield str(name), None if refusal else Path(path), tuple(map(str, refusal or ("", "")))
    refusal = _heard(answer)
    if refusal:
        yield "", None, tuple(map(str, refusal))


def _heard(answer: BinaryIO) -> Any:  # noqa: ANN401 - JSON
    return json.loads(read_frame(answer, _NAME))


# The worker's side


@dataclass(frozen=True)
class _Member:
    name: str
    content: Callable[[], IO[bytes] | None]
    why_not: str = ""  # it is left packed
    packed: int = 0  # bytes; 0 where the archive is packed as a whole
    passed: int = 0  # bytes that are unpacked to come to the next member, whether or not this one is taken


def unpack(file: BinaryIO, answer: BinaryIO, limits: Limits, _name: str) -> None:
    """Send the members of an archive; first, whether it is one."""
    members = _members(file)
    _say(answer, members is not None)
    refusal: Refusal | None = None
    seen: set[str] = set()
    left = limits.unpacked
    try:
        for member in members or ():
            if len(seen) == limits.members:
                raise TooLarge(why=f"it has more than {limits.members:,} members; the rest was left packed")
            size = _send(member, answer, min(limits.size, left), known=member.name in seen)
            left -= max(size, member.passed)
            seen.add(member.name)
            if left <= 0:
                raise TooLarge(why=f"it unpacks to over {limits.unpacked >> 20:,} MiB; the rest was left packed")
    except Unreadable as error:
        refusal = (type(error).__name__, error.why)
    except _BROKEN:
        refusal = (Damaged.__name__, "")
    _say(answer, None)
    _say(answer, refusal)


def _members(file: BinaryIO) -> Iterator[_Member] | None:
    """The members of an archive; None for a document that is a zip, and for what cannot be opened as an archive."""
    zipped = file.read(2) == b"PK"
    file.seek(0)
    try:
        if not zipped:
            return _tar_members(tarfile.open(fileobj=file, mode="r|*"))
        package = zipfile.ZipFile(file)
    except _BROKEN:
        return None
    return None if _DOCUMENT.intersection(package.namelist()) else _zip_members(package)


def _zip_members(package: zipfile.ZipFile) -> Iterator[_Member]:
    names = _names([info.orig_filename for info in package.infolist() if not info.flag_bits & _UTF_8])
    for info in package.infolist():
        name = names.get(info.orig_filename, info.filename) if not info.flag_bits & _UTF_8 else info.filename
        kind = stat.S_IFMT(info.external_attr >> 16)
        why_not = "" if kind in (0, stat.S_IFREG) else _NO_FILE
        if info.flag_bits & _ENCRYPTED:
            why_not = "it is protected by a password"
        if not info.is_dir():
            yield _Member(name.replace("\\", "/"), partial(package.open, info), why_not, info.compress_size)


def _names(names: list[str]) -> dict[str, str]:
    """The names of a zip's members that do not say their encoding, as UTF-8 or as they look all together."""
    data = [name.encode(_OLD, "replace") for name in names]
    together = b"\n".join(data)
    if together.isascii():
        return {}
    encoding = _encoding(together)
    return dict(zip(names, (name.decode(encoding, "replace") for name in data), strict=True)) if encoding else {}


def _encoding(data: bytes) -> str:
    """UTF-8; or an East Asian encoding, where the bytes are no Western letters; nothing where they are."""
    readable = {name: text for name in ("utf-8", *_EAST_ASIAN) if (text := _decoded(data, name)) is not None}
    if "utf-8" in readable:
        return "utf-8"
    western = [char for char in data.decode(_OLD) if not char.isascii()]
    if all(char.isalpha() and char.islower() for char in western):
        return ""
    fitting = {name: text for name, text in readable.items() if _IDEOGRAMS.fullmatch(text)}
    return max(fitting, key=lambda name: _telling(fitting[name]), default="")


def _telling(text: str) -> int:
    """How many signs of one language a text has; none unless most of its signs are, as in Korean and Japanese names."""
    signs = sum(not char.isascii() for char in text)
    found = len(_TELLING.findall(text))
    return found if found >= _MOSTLY * signs or "\u3040" <= min(_TELLING.findall(text), default="") <= "\u30ff" else 0


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _tar_members(archive: tarfile.TarFile) -> Iterator[_Member]:
    for info in archive:
        if not info.isdir():
            name = info.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            why_not = "" if info.isfile() else _NO_FILE
            yield _Member(name, partial(archive.extractfile, info), why_not, passed=info.size)


def _send(member: _Member, answer: BinaryIO, most: int, *, known: bool) -> int:
    """Send a member, or why it is left; returns how many bytes it came to."""
    if LEFTOVER.search(member.name):
        return 0
    size = 0
    refusal: Refusal | None = None
    _say(answer, member.name[:_LONGEST_NAME])
    try:
        for piece in _pieces(member, known=known):
            size += len(piece)
            if size > most:
                raise TooLarge(why=f"over {most >> 20:,} MiB")
            if member.packed and size > max(_SMALL, _RATIO * member.packed):
                raise TooLarge(why=f"it unpacks to over {_RATIO} times its size, as what is made to do harm does")
            write_frame(answer, piece)
    except Unreadable as error:
        refusal = (type(error).__name__, error.why)
    except (NotImplementedError, RuntimeError):  # of zipfile: a method unknown, or its module missing
        refusal = (LeftPacked.__name__, "it is packed by a method that is not known here")
    except _BROKEN:
        refusal = (Damaged.__name__, "")
    write_frame(answer, b"")
    _say(answer, refusal)
    return size


def _pieces(member: _Member, *, known: bool) -> Iterator[bytes]:
    """The content of a member that may be taken out."""
    why_not = member.why_not or ("another member has the same name" if known else "")
    if _OUTSIDE.match(member.name):
        why_not = "its path leads out of the archive"
    if why_not:
        raise LeftPacked(why=why_not)
    content = member.content()
    if content is None:
        raise LeftPacked(why=_NO_FILE)
    with content:
        while piece := content.read(_PIECE):
            yield piece


def _say(answer: BinaryIO, what: object) -> None:
    write_frame(answer, json.dumps(what).encode())
