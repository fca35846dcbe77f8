"""ODT (LibreOffice): headings, paragraphs, lists and tables in order, notes at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from corpus.documents import Read
from corpus.errors import Encrypted
from corpus.files.formats._blocks import Outline, plain, table
from corpus.files.formats._package import holds, open_package, parsed

SUFFIXES = (".odt", ".ott")
BY_NAME = False

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_SILENT = {_TEXT + "note", _TEXT + "tracked-changes", _OFFICE + "annotation", _TEXT + "table-of-content"}
_KIND = b"application/vnd.oasis.opendocument.text"


def recognises(data: bytes) -> bool:
    """An OpenDocument package that holds a text."""
    return _KIND in data[:200] and holds(data, "content.xml")


def read(data: bytes) -> Read:
    """Sections under the document's headings."""
    with open_package(data) as package:
        if b"encryption-data" in package.read("META-INF/manifest.xml"):
            raise Encrypted
        content = parsed(package.read("content.xml"))
        stated = parsed(package.read("meta.xml")) if "meta.xml" in package.namelist() else content
    outline = Outline()
    body = content.find(f"{_OFFICE}body/{_OFFICE}text")
    _walk(body if body is not None else content, outline)
    for note in content.iter(_TEXT + "note-body"):
        outline.block("".join(_words(note)))
    return Read(
        sections=outline.sections(),
        title=outline.title or plain(stated.findtext(f".//{_DC}title", "")),
        publisher=plain(stated.findtext(f".//{_DC}creator", "") or stated.findtext(f".//{_META}initial-creator", "")),
        published_on=stated.findtext(f".//{_DC}date", "")[:10],
        language=stated.findtext(f".//{_DC}language", ""),
    )


def _walk(parent: Any, outline: Outline, bullet: str = "") -> None:  # noqa: ANN401 - an lxml element
    for element in parent:
        if element.tag == _TEXT + "h":
            outline.heading("".join(_words(element)), max(int(element.get(_TEXT + "outline-level", "1")) - 1, 0))
        elif element.tag == _TEXT + "p":
            text = plain("".join(_words(element)))
            outline.block(bullet + text if text else "")
        elif element.tag in (_TEXT + "list-item", _TEXT + "list-header"):
            _walk(element, outline, "- ")
        elif element.tag == _TABLE + "table":
            _table(element, outline)
        elif element.tag not in _SILENT and isinstance(element.tag, str):
            _walk(element, outline, bullet)


def _table(element: Any, outline: Outline) -> None:  # noqa: ANN401
    rows = [
        [" ".join(plain("".join(_words(paragraph))) for paragraph in cell.iter(_TEXT + "p")) for cell in row]
        for row in element.iter(_TABLE + "table-row")
    ]
    headed = element.find(_TABLE + "table-header-rows") is not None
    outline.blocks(table(rows, headed=headed or None))


def _words(element: Any) -> Iterator[str]:  # noqa: ANN401
    yield element.text or ""
    for child in element:
        if child.tag in (_TEXT + "s", _TEXT + "tab", _TEXT + "line-break"):
            yield " "
        elif child.tag not in _SILENT:
            yield from _words(child)
        yield child.tail or ""
