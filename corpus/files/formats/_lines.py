"""Lines of a page or of a plain text to paragraphs: broken lines joined, words parted at a line's end made whole."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence

# Any sign that stands alone at the beginning: bullets come from symbol fonts as the strangest characters.
_SIGN = re.compile(r"\s*[^\w\s.,;:!?\"'()\[\]{}<>«»„“”‘’¿¡/\\#$€£¥%&+=@§~|©®]\s+(?=\S)")
_NUMBER = re.compile(r"\s*\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-z]|[ivx]{1,5})[.)]\s+(?=\S)", re.IGNORECASE)
_PARTED = re.compile(r"(\w+)[-\u00ad\u2010]\s*$")
_STOPPED = re.compile(r"[.!?…:;。！？」』）][\"'”’»)\]]*\s*$")
_UNSPACED = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_SPACE_TOLD = re.compile(r"[\uac00-\ud7af] +$", re.MULTILINE)
_AHEAD = 2  # lines that show, with the paragraph's own, how wide the column is
_TAIL = 100  # characters in which a parted word is looked for
_FULL = 0.75  # of that width: a line that is shorter ends its paragraph
_LONGEST = 10_000  # characters of a paragraph: what is longer has no paragraphs
_LEAST = 0.6  # of the usual width, likewise: lines that are all short are a list


def usual_width(lines: Iterable[str]) -> int:
    """How many characters a line of running text holds here: one in five is longer."""
    lengths = sorted(len(line.strip()) for line in lines if line.strip())
    return lengths[len(lengths) * 4 // 5] if lengths else 0


def paragraphs(lines: Sequence[str], width: int, breaks: Container[int] = ()) -> Iterator[tuple[int, str]]:
    """The paragraphs and list items that the lines make, each with the place of its first line.

    Items begin with `- ` or their number. `width` is the usual one; `breaks` are the lines that begin a page, where
    only a sentence goes on that was left unfinished.
    """
    whole = "\n".join(lines)
    compounds = set(re.findall(r"\w+-\w+", whole.lower()))
    glued = _HANGUL if _SPACE_TOLD.search(whole) else None
    held, began, column = "", 0, 0
    for at, line in enumerate(lines):
        last = lines[at - 1] if at else ""
        around = max([column, *(len(near.strip()) for near in lines[at : at + _AHEAD])])
        full = len(last.strip()) >= max(_FULL * around, _LEAST * width) and at not in breaks
        if held and len(held) < _LONGEST and _goes_on(last, line, full=full):
            held = _join(held, line, compounds, glued)
            column = max(column, len(line.strip()))
            continue
        if held.strip():
            yield began, _item(held)
        held, began, column = line, at, len(line.strip())
    if held.strip():
        yield began, _item(held)


def joined(lines: Sequence[str]) -> str:
    """The lines as one text, words parted at a line's end made whole."""
    held = ""
    for line in filter(None, map(str.strip, lines)):
        held = _join(held, line, set(), None) if held else line
    return held


def _goes_on(last: str, line: str, *, full: bool) -> bool:
    """Whether a line carries on the paragraph of the one before, which fills its column's width or does not."""
    start = line.strip()[:1]
    if not start or not last.strip() or is_bullet(line) or _NUMBER.match(line):
        return False
    if _is_row(last) or _is_row(line):
        return False
    if _STOPPED.search(last):
        return full
    return full or start.islower() or bool(_PARTED.search(last))


def _is_row(line: str) -> bool:
    """Whether a line looks like a row of a table: three words at least, half of them with figures."""
    words = line.split()
    return len(words) >= 3 and 2 * sum(any(map(str.isdigit, word)) for word in words) >= len(words)


def _join(held: str, line: str, compounds: set[str], glued: re.Pattern[str] | None) -> str:
    """Two lines as one. A hyphen at the break stays only in a compound that stands elsewhere with it.

    Between Chinese or Japanese characters no space is put; between Korean ones (`glued`) none when the text keeps the
    spaces at its lines' ends, so that a line without one broke a word.
    """
    line = line.strip()
    parted = _PARTED.search(held[-_TAIL:])
    if parted and line[:1].isalpha():
        rest = re.match(r"\w+", line)
        whole = f"{parted[1]}-{rest[0] if rest else ''}".lower()
        keeps = whole in compounds or (not line[0].islower() and not held.rstrip().endswith("\u00ad"))
        return held.rstrip()[: None if keeps else -1] + line
    for unspaced in filter(None, (_UNSPACED, glued)):
        if unspaced.match(held[-1:]) and unspaced.match(line):
            return held + line
    return f"{held.rstrip()} {line}"


def is_bullet(line: str) -> bool:
    """Whether a line begins with a bullet."""
    return _SIGN.match(line) is not None


def _item(text: str) -> str:
    sign = _SIGN.match(text)
    return f"- {text[sign.end() :].strip()}" if sign else text.strip()
