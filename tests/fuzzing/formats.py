"""Files of every format that were damaged with intent, read as the product reads them: by the sandbox."""

from __future__ import annotations

import shutil
import time
import unicodedata
import zipfile
from dataclasses import astuple
from io import BytesIO
from pathlib import Path
from random import Random

from corpus.documents import Read
from corpus.errors import Unreadable
from corpus.files.reading import FoundFile, files_in, read_file
from corpus.files.sandbox import Limits
from tests.fuzzing.inputs import Input, odd_text
from tests.made_files import package

SAMPLES = Path(__file__).parents[1] / "samples"
LIMITS = Limits(seconds=20, processor_seconds=10, size=2**24, unpacked=2**26)
_SLACK = 100  # seconds beside the limit, on a machine with much to do; who is not stopped goes on for ever
_PACKAGES = (".docx", ".odt", ".pptx", ".xlsx")
# What the parsers of our formats look for.
_TOKENS = (
    *(b"<", b">", b"]]>", b"<![CDATA[", b"&x;", b"&#0;", b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
    *(b'<a xmlns:w="x">', b"<w:p>" * 500, b"<table><tr><td>" * 300, b"<div>" * 3000, b"</w:body>", b'="', b"xml:space"),
    *(b"stream\n", b"endstream", b"endobj", b"1 0 obj", b"1 0 R", b"/Kids[3 0 R]", b"/Length 999999999", b"/Length -1"),
    *(
        b"/Filter/FlateDecode",
        b"/Filter[/ASCII85Decode/LZWDecode]",
        b"/Encrypt 1 0 R",
        b"xref\n0 999999",
        b"startxref\n0",
    ),
    *(b"<<" * 400, b"[" * 900, b"(" * 900, b"%%EOF", b"BT", b"Tj", b"\\u-1?", b"{\\*", b"{" * 900, b"\\bin99999999 "),
    *(
        b"Content-Type: multipart/mixed; boundary=a\n",
        b"--a\n",
        b"Content-Transfer-Encoding: base64\n",
        b"=?utf-8?b?//?=",
    ),
    *(
        b"charset=utf-7",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xf0\x9f",
        b"\x00\x00",
        b"\r",
        b'"' * 99,
        b",,,,\n" * 200,
        b"---\n",
    ),
    *(
        b"title: [",
        b"!!python/object:os.system",
        b"&a [*a,*a]",
        b"| a |\n|---|\n" * 50,
        b"# " * 99,
        b"-1",
        b"4294967296",
    ),
)


def target(folder: Path) -> Formats:
    """The formats, with a folder to write in."""
    return Formats(folder)


class Formats:
    """Reads and unpacks whatever it is given."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._samples = {path.suffix: path.read_bytes() for path in SAMPLES.glob("sample.*")}

    def draw(self, chance: Random) -> Input:
        """A sample with some of its bytes, or of the bytes of its parts, changed; or an archive of samples."""
        suffix = chance.choice([*self._samples, *_PACKAGES, ".zip"])
        if suffix == ".zip":
            some = chance.sample(sorted(self._samples), 3)
            members = {chance.choice((f"a{end}", f"../a{end}", f"/etc/a{end}", odd_name(chance))): end for end in some}
            return Input(_damaged(chance, package({name: self._samples[end] for name, end in members.items()})), suffix)
        data = self._samples[suffix]
        inside = suffix in _PACKAGES and chance.random() < 0.85  # else few would get past the lid
        return Input(_repacked(chance, data) if inside else _damaged(chance, data), suffix)

    def tried(self, thrown: Input) -> str:
        """Text, or the refusal that told why not; within the time that it may cost."""
        path = self._folder / f"thrown{thrown.suffix}"
        path.write_bytes(thrown.data)
        scratch = self._folder / "scratch"
        scratch.mkdir()
        try:
            return " ".join(sorted({self._read(found) for found in files_in(path, scratch, LIMITS)})) or "nothing"
        finally:
            shutil.rmtree(scratch)

    def _read(self, found: FoundFile | Unreadable) -> str:
        if isinstance(found, Unreadable):
            return type(found).__name__
        started = time.monotonic()
        try:
            read = read_file(found.path, LIMITS, name=found.name)
        except Unreadable as error:
            return type(error).__name__
        finally:
            taken = time.monotonic() - started
            assert taken < LIMITS.seconds + _SLACK, f"{taken:.0f} seconds"
        _check(read)
        return "read"


def odd_name(chance: Random) -> str:
    """A file's name that a zip can hold."""
    return odd_text(chance).encode("utf-8", "replace").decode().replace("\0", "")[:200] or "a"


def _check(read: Read) -> None:
    """What was read is text that everything behind can hold: nothing that controls, and no half of a pair."""
    assert read.sections
    assert all(section.text.strip() for section in read.sections)
    for text in (read.title, read.publisher, *(part for section in read.sections for part in astuple(section)[:2])):
        assert not {unicodedata.category(char) for char in text if char != "\n"} & {"Cc", "Cs"}, ascii(text)[:200]


def _damaged(chance: Random, data: bytes) -> bytes:
    """Some of the bytes removed, doubled, exchanged, or tokens put among them."""
    for _ in range(chance.choice((1, 2, 5, 20))):
        at = chance.randrange(len(data) + 1)
        to = min(at + chance.choice((1, 4, 64, 1000)), len(data))
        change = chance.randrange(6)
        if change == 0:
            data = data[:at] + data[to:]
        elif change == 1:
            data = data[:to] + data[at:to] * chance.choice((1, 50)) + data[to:]
        elif change == 2:
            data = data[:at] + bytes(byte ^ 1 << chance.randrange(8) for byte in data[at:to]) + data[to:]
        elif change == 3:
            data = data[:at] + odd_text(chance).encode("utf-8", "replace") + data[at:]
        else:
            data = data[:at] + chance.choice(_TOKENS) + data[at:]
    return data or b" "


def _repacked(chance: Random, data: bytes) -> bytes:
    """A package of which one part was damaged, before it was packed again."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(parts))
    if chance.random() < 0.1:
        del parts[name]
    else:
        part = parts[name]
        assert isinstance(part, bytes)
        parts[name] = _damaged(chance, part)
    return package(parts)
