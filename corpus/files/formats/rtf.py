"""RTF: its text, paragraph by paragraph."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from corpus.documents import Read
from corpus.files.formats._blocks import Outline, table
from corpus.files.formats._script import lowered, raised

SUFFIXES = (".rtf",)
BY_NAME = False

_TITLE = re.compile(r"\{\\title ([^{}\\]*)\}")
_TOKEN = re.compile(r"\\([a-z]+)(-?\d+)?[ ]?|\\'[0-9a-f]{2}|\\.|[{}]|[^\\{}]+", re.IGNORECASE | re.DOTALL)
_BINARY = re.compile(r"\\bin\d")
_STANDS = {"super": "raised", "sub": "lowered", "nosupersub": "", "up": "raised", "dn": "lowered"}
_UNSEEN = ("v", "strike", "striked", "deleted")


@dataclass(frozen=True)
class _State:
    """How the letters of a group are set."""

    unseen: frozenset[str] = frozenset()
    stands: str = ""


def recognises(data: bytes) -> bool:
    """RTF's first word."""
    return data.startswith(b"{\\rtf")


def read(data: bytes) -> Read:
    """One section without a heading; cells of a row stand in one line."""
    from striprtf.striprtf import rtf_to_text

    source = data.decode("latin-1")  # RTF is ASCII; what is beyond stands in escapes that name their encoding
    title = _TITLE.search(source)
    outline = Outline()
    for line in rtf_to_text(_seen(source), errors="replace").splitlines():  # type: ignore[no-untyped-call]
        cells = line.split("|")
        outline.blocks(table([cells]) if len(cells) > 2 else [line])
    return Read(outline.sections(), title=title[1].strip() if title else "")


def _seen(source: str) -> str:
    """The file without the words that are hidden, struck or deleted, and with marks around what is raised or lowered."""
    if _BINARY.search(source):
        return source
    written: list[str] = []
    states = [_State()]
    for token in _TOKEN.finditer(source):
        word, number = token[1], token[2]
        if token[0] == "{":
            states.append(states[-1])
        elif token[0] == "}" and len(states) > 1:
            states.pop()
        elif word:
            states[-1] = _after(states[-1], word, off=number == "0")
        elif token[0] not in "{}" and not token[0].startswith(("\\*", "\\\n", "\\\r")):
            written.append(_set(token[0], states[-1]))
            continue
        written.append(token[0])
    return "".join(written)


def _after(state: _State, word: str, *, off: bool) -> _State:
    """The state after a control word."""
    if word in _UNSEEN:
        return replace(state, unseen=state.unseen - {word} if off else state.unseen | {word})
    if word in _STANDS:
        return replace(state, stands="" if off else _STANDS[word])
    return _State() if word == "plain" else state


def _set(text: str, state: _State) -> str:
    """A piece of text in a state."""
    if state.unseen:
        return ""
    if not state.stands or not text.strip():
        return text
    marked = raised("\0") if state.stands == "raised" else lowered("\0")
    before, after = marked.split("\0")
    return f"{_escaped(before)}{text}{_escaped(after)}"


def _escaped(sign: str) -> str:
    return f"\\uc0\\u{ord(sign)} \\uc1 "
