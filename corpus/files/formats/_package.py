"""Packages: documents that are zip archives of XML parts (DOCX, PPTX, XLSX, ODT)."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from corpus.errors import Damaged, Encrypted, TooLarge

_MOST = 512 * 2**20  # bytes of all parts together
_ENCRYPTED = 0x1  # a flag of a zip's member
# The strict form of Office Open XML names the same things otherwise; the libraries know the transitional form only.
_STRICT = b"http://purl.oclc.org/ooxml/"
_TRANSITIONAL = (
    (b"officeDocument/extendedProperties", b"officeDocument/2006/extended-properties"),
    (b"officeDocument/customProperties", b"officeDocument/2006/custom-properties"),
    (b"officeDocument/", b"officeDocument/2006/"),
    (b"wordprocessingml/", b"wordprocessingml/2006/"),
    (b"presentationml/", b"presentationml/2006/"),
    (b"spreadsheetml/", b"spreadsheetml/2006/"),
    (b"drawingml/", b"drawingml/2006/"),
    (b"schemaLibrary/", b"schemaLibrary/2006/"),
)


def holds(data: bytes, part: str) -> bool:
    """Whether the bytes are a package with that part."""
    if not data.startswith(b"PK"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return part in package.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def shows_pictures(data: bytes) -> bool:
    """Whether there are pictures in an Office file's package."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return any("/media/" in name for name in package.namelist())


def open_package(data: bytes) -> zipfile.ZipFile:
    """The package, after a look at what it would unpack to.

    Raises:
        Damaged, Encrypted, TooLarge: it is not fit to be unpacked.
    """
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Damaged from error
    members = package.infolist()
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise Encrypted
    size = sum(member.file_size for member in members)
    if size > _MOST:
        raise TooLarge(why=f"it unpacks to {size >> 20:,} MiB, and {_MOST >> 20} MiB are read at most")
    return package


def parsed(part: bytes) -> Any:  # noqa: ANN401 - an lxml element
    """The root of an XML part; entities stay unresolved, and nothing is fetched."""
    from lxml import etree

    return etree.fromstring(part, etree.XMLParser(resolve_entities=False, no_network=True))


def office(data: bytes) -> io.BytesIO:
    """An Office file's package as the libraries read it; see `_STRICT`.

    Raises:
        Damaged, Encrypted, TooLarge: as `open_package`.
    """
    with open_package(data) as package:
        if _STRICT not in package.read("_rels/.rels"):
            return io.BytesIO(data)
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as changed:
            for member in package.infolist():
                changed.writestr(member.filename, _transitional(package.read(member)))
    written.seek(0)
    return written


def _transitional(part: bytes) -> bytes:
    if _STRICT in part:
        for strict, transitional in _TRANSITIONAL:
            part = part.replace(_STRICT + strict, b"http://schemas.openxmlformats.org/" + transitional)
    return part
