"""The formats that are read, one module each.

Such a module has `SUFFIXES`; `recognises(data)`, by content; `read(data)`, which raises `Unreadable`; and `BY_NAME`
when nothing in the content tells it from other texts, so that the name has to decide. Adding a format is adding a
module here. What a format needs beyond the standard library is imported when it is first used.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from io import BytesIO
from pkgutil import iter_modules
from typing import Protocol, cast
from zipfile import is_zipfile

from corpus.documents import Read
from corpus.errors import Damaged, Encrypted, UnknownFormat, Unreadable
from corpus.files.formats._text import is_text


class Format(Protocol):
    """What a module of this package offers."""

    __name__: str
    SUFFIXES: tuple[str, ...]
    BY_NAME: bool

    def recognises(self, data: bytes) -> bool:
        """Whether the content shows this format."""

    def read(self, data: bytes) -> Read:
        """The file's text and what it says about itself."""


# What else is known by its first bytes, for the sentence that refuses it.
_OTHERS = (
    (rb"\xd0\xcf\x11\xe0", "an Office file of an old kind (DOC, XLS, PPT, MSG)"),
    (rb"PK", "an archive or a package of another kind"),
    (rb"\x1f\x8b|BZh|\xfd7zXZ|7z\xbc\xaf|Rar!", "packed"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8|II\*\0|MM\0\*|BM|RIFF....WEBP", "a picture"),
    (rb"MZ|\x7fELF|\xca\xfe\xba\xbe", "a program"),
    (rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|!DOCTYPE)", "XML data"),
)
_MARKUP = re.compile(rb"\s*<.*>\s*", re.DOTALL)
_LOCKED = "EncryptedPackage".encode("utf-16-le")


@cache
def formats() -> tuple[Format, ...]:
    """All formats, by the name of their modules."""
    names = [module.name for module in iter_modules(__path__) if not module.name.startswith("_")]
    return tuple(cast("Format", import_module(f"{__name__}.{name}")) for name in names)


def format_of(data: bytes, suffix: str) -> Format:
    """The format of a file's bytes. The name's suffix decides only between kinds of text that look alike.

    Raises:
        UnknownFormat: it is none of ours.
        Encrypted: it is an Office file with a password.
        Damaged: it was a package, and is not whole.
    """
    for known in formats():
        if known.recognises(data):
            return known
    for start, what in _OTHERS:
        if re.match(start, data, re.DOTALL):
            raise _refusal(data, what)
    if not is_text(data):
        raise UnknownFormat(why="of an unknown kind")
    texts = {ending: known for known in formats() if known.BY_NAME for ending in known.SUFFIXES}
    if suffix.lower() in texts:
        return texts[suffix.lower()]
    if _MARKUP.fullmatch(data):
        raise UnknownFormat(why="XML data")
    return texts[".txt"]


def _refusal(data: bytes, what: str) -> Unreadable:
    if _LOCKED in data:
        return Encrypted()
    if data.startswith(b"PK") and not is_zipfile(BytesIO(data)):
        return Damaged()
    return UnknownFormat(why=what)
