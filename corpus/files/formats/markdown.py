"""Markdown to sections of plain text. Images and link targets are left behind on purpose; of raw HTML the text stays."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import yaml
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from corpus.documents import Read, Section
from corpus.files.formats import webpage
from corpus.files.formats._blocks import Outline, plain, row
from corpus.files.formats._script import lowered, raised
from corpus.files.formats._text import decode

SUFFIXES = (".md", ".markdown")
BY_NAME = True

_HTML = re.compile(r"<(?!!--)")  # and no mere comment
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_UP, _END = raised("\0").split("\0")
_DOWN, _ = lowered("\0").split("\0")
_SCRIPT_MARKS = {("sup", False): _UP, ("sup", True): _END, ("sub", False): _DOWN, ("sub", True): _END}
_SCRIPT_MARKS |= {("br", False): " "}
_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_ONLY_KEYS = re.compile(r"\[[^\[\]]+\]")
_FRONT_MATTER = re.compile(r"\A---\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*\r?\n", re.DOTALL)
_MARKS = re.compile(r"[\\`*_<&|]|\](?=[(\[:])|~(?=~)")  # open markup wherever they stand
_AT_START = re.compile(r"^(\s*|\d{1,9})([#>+=~.)-])")  # open it at the start of a line
_TITLE = re.compile(r"^# +(.+?)#*$", re.MULTILINE)


def recognises(_data: bytes) -> bool:
    """Nothing in it is peculiar to Markdown: its name decides."""
    return False


def read(data: bytes) -> Read:
    """The sections under its headings; title, author, date and language from YAML before the text."""
    text = decode(data).replace("\r\n", "\n")
    front = _FRONT_MATTER.match(text)
    stated = _fields(front[1]) if front else {}
    title = _TITLE.search(text)
    return Read(
        sections=tuple(sections(text[front.end() :] if front else text)),
        title=stated.get("title") or (title[1] if title else ""),
        publisher=stated.get("publisher", ""),
        published_on=stated.get("published_on") or stated.get("date", ""),
        language=stated.get("language") or stated.get("lang", ""),
    )


def sections(text: str) -> list[Section]:
    """The sections of a Markdown text, one for each heading; deeper headings name their parents."""
    outline = Outline()
    for node in SyntaxTreeNode(_PARSER.parse(text)).children:
        if node.type == "heading":
            outline.heading(_plain(node), max(int(node.tag[1:]) - 2, 0))  # `##` opens a section, `###` a part of it
        else:
            outline.blocks(_blocks(node))
    return list(outline.sections())


def written(parts: Iterable[Section]) -> str:
    """Sections as Markdown of which `sections` makes the same again, but for their pages."""
    text = []
    heading = ""
    for part in parts:
        if part.heading != heading:
            heading = part.heading
            text.append(f"## {_escaped(heading)}")
        lines = [_written(line) for line in part.text.split("\n")]
        text.append("\n\n".join(lines))
    return "\n\n".join(text) + "\n"


def _written(line: str) -> str:
    """A block; a numbered item as a paragraph, since a list would number it anew."""
    return f"- {_escaped(line[2:])}" if line.startswith("- ") else _escaped(line)


def _escaped(text: str) -> str:
    """The text so that nothing in it is taken for markup."""
    return _AT_START.sub(r"\1\\\2", _MARKS.sub(r"\\\g<0>", text), count=1)


def _fields(front_matter: str) -> Mapping[str, str]:
    try:
        fields = yaml.safe_load(front_matter)
    except yaml.YAMLError:
        return {}  # two rules with text between them
    if not isinstance(fields, dict):
        return {}
    return {str(name): str(value) for name, value in fields.items() if isinstance(value, str | date)}


def _blocks(node: SyntaxTreeNode) -> Iterator[str]:
    """The lines of a block: a paragraph, a list item with its bullet, a table row."""
    match node.type:
        case "bullet_list" | "ordered_list":
            number = int(node.attrs.get("start", 1))
            for item in node.children:
                yield from _item(item, "- " if node.type == "bullet_list" else f"{number}. ")
                number += 1
        case "table":
            header, *rows = [part for part in node.walk() if part.type == "tr"]
            yield from (f"- {_row(_cells(header), _cells(row))}" for row in rows)
        case "html_block":
            yield from webpage.blocks(node.content) if _HTML.search(node.content) else ()
        case "fence" | "code_block":
            yield " ".join(node.content.split())
        case "paragraph":
            text = _plain(node)
            if text:
                yield text
        case "blockquote":
            for child in node.children:
                yield from _blocks(child)


def _item(item: SyntaxTreeNode, bullet: str) -> Iterator[str]:
    for child in item.children:
        for line in _blocks(child):
            yield bullet + line
            bullet = ""


def _cells(row: SyntaxTreeNode) -> list[str]:
    return [_plain(cell) for cell in row.children]


def _row(header: list[str], cells: list[str]) -> str:
    """As any table's row, but cells that hold source keys follow at its end without their column's name."""
    keys = [cell for cell in cells if _ONLY_KEYS.fullmatch(cell)]
    return " ".join([row(header, ["" if cell in keys else cell for cell in cells]), *keys])


def _plain(node: SyntaxTreeNode) -> str:
    """The words of a block's inline text, without what is struck."""
    parts: list[str] = []
    struck = 0
    for child in _inline(node):
        if child.type == "html_inline":
            tag = _TAG.match(child.content)
            name = tag[2].lower() if tag else ""
            struck = max(struck + (-1 if tag and tag[1] else 1), 0) if name in ("s", "del", "strike") else struck
            parts.append(_SCRIPT_MARKS.get((name, bool(tag and tag[1])), ""))
        elif struck:
            continue
        elif child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return plain("".join(parts))


def _inline(node: SyntaxTreeNode) -> Iterator[SyntaxTreeNode]:
    """The inline parts under a node, without those that are struck."""
    for child in node.children:
        if child.type != "s":
            yield child
            yield from _inline(child)
