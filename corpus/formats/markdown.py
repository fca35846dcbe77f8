"""Markdown to sections of plain text. Images, raw HTML and link targets are left behind on purpose."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from corpus.documents import Section

SUFFIXES = (".md", ".markdown")

_PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")
_ONLY_KEYS = re.compile(r"\[[^\[\]]+\]")


def read(data: bytes) -> list[Section]:
    """The sections of a Markdown text (UTF-8), one for each heading; deeper headings name their parents."""
    sections: list[Section] = []
    path: list[str] = []
    blocks: list[str] = []

    def close() -> None:
        if blocks:
            sections.append(Section(heading=" › ".join(filter(None, path)), text="\n".join(blocks)))
            blocks.clear()

    for node in SyntaxTreeNode(_PARSER.parse(data.decode("utf-8"))).children:
        if node.type == "heading":
            close()
            depth = max(int(node.tag[1:]) - 2, 0)  # `##` opens a section, `###` a part of it
            path[depth:] = [""] * (depth - len(path)) + [_plain(node)]
        else:
            blocks.extend(_blocks(node))
    close()
    return sections


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
    """A table row as one readable line, each cell with its column's name; source keys follow without one."""
    named = [
        f"{name}: {cell}" if name else cell
        for name, cell in zip(header, cells, strict=False)
        if cell and not _ONLY_KEYS.fullmatch(cell)
    ]
    keys = [cell for cell in cells if _ONLY_KEYS.fullmatch(cell)]
    return " ".join(["; ".join(named), *keys])


def _plain(node: SyntaxTreeNode) -> str:
    """The words of a block's inline text."""
    parts = []
    for child in node.walk():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return " ".join("".join(parts).split())
