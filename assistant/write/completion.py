"""A chat model's completion, read: thoughts left out, whatever dress it wears taken off, its sentences with their keys.

Models differ in how they write what the prompt asks for. What is read here is only form; whether a sentence is true is
for `assistant.verify` to say.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.language.quantities import fold, months
from assistant.model.chat_model import Usage
from corpus.documents import quotables

CANNOT_ANSWER = "CANNOT_ANSWER"  # what a model writes when the passages do not answer
MISSING = "MISSING"  # what begins a line that names a part of the question on which the passages say nothing

_MOST_CHARACTERS = 6000  # of an answer; a long one has 1,500
_MOST_HELD = 200_000  # of one whole completion, thoughts included

_THOUGHT = r"(?:antml:)?(?:seed:)?(?:think|thinking|thoughts?|reasoning|reflection|analysis|scratchpad)"
_OPENS = re.compile(rf"<{_THOUGHT}\b[^<>\n]*>|\[THINK\]|◁think▷|<\|channel\|>analysis(?:<\|message\|>)?", re.IGNORECASE)
_CLOSES = re.compile(
    rf"</{_THOUGHT}>|\[/THINK\]|◁/think▷|<\|channel\|>final(?:<\|message\|>)?|<\|end\|>", re.IGNORECASE
)

_KEY = r"[Pp]\d{1,3}"
_PLAIN_SAID = r"(?:\s*[:：]\s*[\"“„«「『'‘][^\n]{1,400}?[\"”“»」』'’](?=\s*[\])】）］〕;,，；]))?"
_BETWEEN = r"(?:\s*(?:[,;/&+、，；·]|\b(?:and|und|y|et|e|i|with|mit)\b|[-–])\s*|\s+)"
_WORD = r"(?:[^\W\d_]{2,14}\.?:?\s+)?"  # as in [Passage P2]
_GROUP = re.compile(
    rf"`?\\?[\[(【［（〔{{]+\s*\^?{_WORD}({_KEY}{_PLAIN_SAID}(?:{_BETWEEN}\^?{_WORD}{_KEY}{_PLAIN_SAID})*)\s*\\?"
    rf"[\])】］）〕}}]+`?"
)
_BARE = re.compile(rf"(?<=[\s.!?。])[-–—(]*\s*({_KEY}(?:{_BETWEEN}{_KEY})*)\s*[.]?$")
_ONE = re.compile(rf"({_KEY})(?:\s*[:：]\s*[\"“„«「『'‘]([^\n]{{1,400}}?)[\"”“»」』'’](?=\s*(?:$|[;,，；]|{_KEY})))?")
_RANGE = re.compile(r"[Pp](\d{1,3})\s*[-–]\s*[Pp]?(\d{1,3})")
_MARK = "\ue000"
_MARKS = re.compile(rf"\s*{_MARK}(?:[\s,;、，；]*{_MARK})*")
_STOP = "[.!?…。！？]"

_FENCE = re.compile(r"^\s*(?:```|~~~)\w*\s*$")
_RULE = re.compile(r"^[\s|:*_=–—-]+$")
_HEADING = re.compile(r"^\s*#{1,6}\s+")
_ITEM = re.compile(r"^\s*(?:[-*+•‣▪◦·・○●➤➢✓✔–—]\s*(?!\d)|[-*+•]\s+|>\s+|\(?(\d{1,2})[.)、]\s+)(?=\S)")
_STARS = re.compile(r"\*\*\*|\*\*|__|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
_WHOLE = re.compile(rf"{_STOP}[\"'”’»)\]）」』]*$")
_CANNOT = re.compile(r"^\W*CANNOT[_ ]?ANSWER(?![a-z])", re.IGNORECASE)
_GAP = re.compile(rf"^\W*{MISSING}\W*[:：]\s*", re.IGNORECASE)
_LABEL = re.compile(r"^([^\W\d_][\w'’ -]{1,28})\s*[:：]\s*")
_ROW = re.compile(r"^\s*\|(.*)\|\s*$")
_SHORTEST = 2  # words of a sentence; fewer are a remnant
_LETTER = re.compile(r"[^\W\d_]")
_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class Bearing:
    """A key, and the words of its passage that a model says bear the sentence; none where it copied none."""

    key: str
    words: str = ""


@dataclass(frozen=True)
class Sentence:
    """A sentence as a model wrote it, without its dress, and what it says that it rests on."""

    text: str
    bearing: tuple[Bearing, ...]


@dataclass(frozen=True)
class Lack:
    """What a model says the passages do not say, in its words; no words where it names nothing."""

    text: str


@dataclass(frozen=True)
class Cannot:
    """A model says that the passages do not answer."""


Part = Sentence | Lack | Cannot | Usage


def read(pieces: Iterator[str | Usage], language: str) -> Iterator[Part]:
    """The parts of a completion as they become whole, for an answer in a language.

    A completion that does not begin with a sentence that names a passage may be thinking aloud, with or without a sign
    where that begins: it is held until a sign shows where it ends, or until it is over.
    """
    reader = _Reader(language)
    for line in _lines(pieces):
        yield from (line,) if isinstance(line, Usage) else reader.take(line)
    yield from reader.rest()


def without_thoughts(text: str) -> str:
    """A whole completion without what is thought in it."""
    kept: list[str] = []
    thinking = False
    for line in text.split("\n"):
        rest, thinking, took_back = _without_thoughts(line, thinking)
        kept = [rest] if took_back else [*kept, rest]
    return "\n".join(kept)


def _lines(pieces: Iterator[str | Usage]) -> Iterator[str | Usage]:
    """The lines that are no thoughts, and the usage; of what goes on for too long, the whole ones.

    A line of thoughts whose beginning was not marked takes back all that was held before it.
    """
    held, length, whole_length = "", 0, 0
    thinking = False
    waiting: list[str] | None = []
    for piece in pieces:
        if isinstance(piece, Usage):
            yield piece
            continue
        held += piece
        whole_length += len(piece)
        *whole, held = held.split("\n")
        for line in whole:
            line, thinking, took_back = _without_thoughts(line, thinking)
            if waiting is not None:
                waiting = [line] if took_back else [*waiting, line]
                if not any(map(str.strip, waiting)) or not _begins_an_answer(waiting):
                    continue
                yield from waiting
                length += sum(map(len, waiting))
                waiting = None
            else:
                yield line
                length += len(line)
        if length > _MOST_CHARACTERS or whole_length > _MOST_HELD:
            return
    line, thinking, took_back = _without_thoughts(held, thinking)
    waiting = [] if took_back or waiting is None else waiting
    kept = [*waiting, line]
    while sum(map(len, kept)) > _MOST_CHARACTERS + len(line):
        kept.pop()
    yield from kept


def _without_thoughts(line: str, thinking: bool) -> tuple[str, bool, bool]:
    """A line without what is thought in it, whether thinking goes on after it, and whether all before was thought."""
    kept, took_back = "", False
    while line:
        if thinking:
            ends = _CLOSES.search(line)
            if ends is None:
                return kept, True, took_back
            line, thinking = line[ends.end() :], False
            continue
        begins, ends = _OPENS.search(line), _CLOSES.search(line)
        if ends and (begins is None or ends.start() < begins.start()):
            kept, took_back, line = "", True, line[ends.end() :]
        elif begins:
            kept, thinking, line = kept + line[: begins.start()], True, line[begins.end() :]
        else:
            return kept + line, False, took_back
    return kept, thinking, took_back


def _begins_an_answer(lines: list[str]) -> bool:
    first = next(line for line in lines if line.strip())
    return bool(_GROUP.search(first) or _CANNOT.match(first) or _GAP.match(first))


class _Reader:
    """Reads lines into sentences; holds one whose keys may stand on the next line."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._held: tuple[str, list[Bearing]] | None = None
        self._lead: list[Bearing] = []  # keys of a line that leads to a list
        self._columns: list[str] = []

    def take(self, line: str) -> Iterator[Part]:
        """What a line makes whole."""
        line = self._undressed(_plain(line))
        lack = _GAP.match(line)
        if not line:
            return
        if _CANNOT.match(line):
            yield from self.rest()
            yield Cannot()
        elif lack:
            yield from self.rest()
            named = _GROUP.sub("", line[lack.end() :]).strip(' .*_`"”»')
            yield from (Lack(one) for one in (named,) if one)
        else:
            yield from self._of_line(line)

    def _undressed(self, line: str) -> str:
        """A line without fences and rules, and a row of a table as a sentence."""
        row = _ROW.match(line)
        if _FENCE.match(line) or _RULE.match(line):
            return ""
        if row:
            return self._of_row(row[1])
        self._columns = []
        return line

    def _of_line(self, line: str) -> Iterator[Part]:
        """What a line of text makes whole; one without keys is held."""
        heading, item = _HEADING.match(line), _ITEM.match(line)
        listed = item is not None and not _is_day(line, item, self._language)
        text, groups = _keys(_ITEM.sub("", line) if listed else _HEADING.sub("", line))
        text = _STARS.sub("", text)
        bearing = [one for group in groups for one in group]
        bare = _MARKS.sub("", text).strip(" *_")
        if not bare.strip(" .:;,-–—"):
            if self._held and bearing:  # the keys of the line before
                self._held = (self._held[0], bearing)
                yield from self.rest()
            return
        yield from self.rest()
        if bare.endswith((":", "：")) or (heading and not bearing):
            self._lead = bearing
            return
        if not listed:
            self._lead = []
        if bearing or self._lead:
            yield from self._sentences(text, groups or [self._lead])
        else:
            self._held = (text, [])

    def rest(self) -> Iterator[Part]:
        """What was held, as it is."""
        if self._held:
            text, bearing = self._held
            self._held = None
            yield from self._sentences(text, [bearing])

    def _of_row(self, row: str) -> str:
        """A row of a table as a sentence; its first row names the columns, and is none."""
        cells = [cell.strip() for cell in row.split("|")]
        if not any(_GROUP.search(cell) for cell in cells):
            self._columns = cells
            return ""
        keys = " ".join(match[0] for cell in cells for match in _GROUP.finditer(cell))
        plain = [_GROUP.sub("", cell).strip() for cell in cells]
        named = [
            f"{self._columns[at]}: {cell}" if at and at < len(self._columns) and self._columns[at] else cell
            for at, cell in enumerate(plain)
            if cell
        ]
        return f"{'; '.join(named)}. {keys}"

    def _sentences(self, text: str, groups: list[list[Bearing]]) -> Iterator[Part]:
        """The sentences of a line: each carries the keys in it, or those of the next one that has some."""
        text = _without_label(_without_attribution(text, self._language))
        found = _parted(text, self._language)
        marks = iter(groups)
        carried = [[one for _ in range(sentence.count(_MARK)) for one in next(marks, [])] for sentence in found]
        if not any(carried):
            carried = [[one for group in groups for one in group]] * len(found)
        for at in range(len(found) - 2, -1, -1):
            carried[at] = carried[at] or carried[at + 1]
        for at in range(1, len(found)):
            carried[at] = carried[at] or carried[at - 1]
        for sentence, bearing in zip(found, carried, strict=True):
            clean = " ".join(_MARKS.sub("", sentence).split())
            if not _is_remnant(clean):
                lack = _lack(clean, self._language)
                yield lack or Sentence(_stopped(clean), tuple(dict.fromkeys(bearing)))


def _plain(line: str) -> str:
    """A line without characters that nobody sees, and with plain spaces."""
    line = line.replace("\\[", "[").replace("\\]", "]").replace("\ue000", "")
    return " ".join(re.sub(r"[\ufeff\u200b-\u200f\u2060\u00ad]", "", line).split())


def _is_day(line: str, item: re.Match[str], language: str) -> bool:
    """Whether what looks like the number of a list begins a date, as in "1. Juni 2024"."""
    following = fold(line[item.end() :]).split(maxsplit=1)
    return bool(item[1]) and bool(following) and following[0].strip(",.") in {fold(one) for one in months(language)}


def _keys(line: str) -> tuple[str, list[list[Bearing]]]:
    """A line with a mark in place of each group of keys, and what these name."""
    groups: list[list[Bearing]] = []

    def keep(match: re.Match[str]) -> str:
        if "p" in match[1][:1] and "[" not in match[0]:  # (p53) is a gene
            return match[0]
        groups.append(_named(match[1]))
        return f" {_MARK}"

    return _BARE.sub(keep, _GROUP.sub(keep, line)), groups


def _named(group: str) -> list[Bearing]:
    """The keys of a group in order, ranges told in full."""

    def tell(match: re.Match[str]) -> str:
        first, last = int(match[1]), int(match[2])
        return ", ".join(f"P{number}" for number in range(first, min(last, first + 20) + 1)) or match[0]

    return [Bearing(key.upper(), words.strip()) for key, words in _ONE.findall(_RANGE.sub(tell, group))]


def _parted(text: str, language: str) -> list[str]:
    """A line as sentences, marks with the sentence before them; what leans on the one before stays with it."""
    text = re.sub(rf"({_MARK}(?:[\s,;]*{_MARK})*)\s*({_STOP}+)", r"\2 \1", text)  # keys before the stop
    text = re.sub(rf"\s+({_STOP})", r"\1", text)
    unmarked = _MARKS.sub(lambda match: _MARK * match[0].count(_MARK), text)
    places: list[int] = []
    clean = ""
    for character in unmarked:
        if character == _MARK:
            places.append(len(clean))
        else:
            clean += character
    clean = f"\xa0{clean}"  # so that "1. Juni" at its beginning is no item of a list
    places = [place + 1 for place in places]
    units = quotables(clean)
    found: list[str] = []
    for at, unit in enumerate(units):
        end = units[at + 1].start if at + 1 < len(units) else len(clean) + 1
        count = sum(unit.start < place <= unit.end or unit.end < place < end or place == unit.end for place in places)
        sentence = unit.text.strip() + _MARK * count
        if found and _leans(unit.text, language):
            found[-1] += f" {sentence}"
        else:
            found.append(sentence)
    return found or [text]


def _leans(text: str, language: str) -> bool:
    """Whether a sentence begins with a word that stands for something in the sentence before."""
    first = re.match(r"[^\W\d_]+", fold(text))
    return first is not None and first[0] in _table().leaning.get(language, frozenset())


def _without_attribution(text: str, language: str) -> str:
    """A line without "according to passage [P1]," before or within it."""
    form = _table().attribution.get(language)
    if form is None:
        return text
    changed = form.sub(f"{_MARK} ", text)
    if changed == text:
        return text
    changed = re.sub(rf"^((?:{_MARK}\s*)+)(.+)$", r"\2 \1", changed.strip())
    return changed[:1].upper() + changed[1:]


def _without_label(text: str) -> str:
    """A line without what only says which part of an answer it is."""
    label = _LABEL.match(text.strip())
    if label and fold(label[1]).strip() in _table().labels:
        return text.strip()[label.end() :]
    return text


def _lack(text: str, language: str) -> Lack | None:
    """A sentence that says of the passages themselves that they do not say something, as what is missing."""
    form = _table().lacking.get(language)
    if form is None or not form.search(fold(text)):
        return None
    return Lack(text.strip(" .。"))


def _is_remnant(text: str) -> bool:
    if not _LETTER.search(text):
        return True
    return not _WITHOUT_SPACES.search(text) and len(re.findall(r"\w+", text)) < _SHORTEST


def _stopped(text: str) -> str:
    """A sentence with its stop, where a list left that out."""
    if _WHOLE.search(text) or text.endswith((":", ",", ";", "：", "、")):
        return text
    return f"{text}{'。' if re.search('[぀-ヿ一-鿿]$', text) else '.'}"


@dataclass(frozen=True)
class _Table:
    labels: frozenset[str]
    leaning: dict[str, frozenset[str]]
    attribution: dict[str, re.Pattern[str]]
    lacking: dict[str, re.Pattern[str]]


@cache
def _table() -> _Table:
    table = tomllib.loads((Path(__file__).parent / "completion.toml").read_text("utf-8"))
    languages = {name: row for name, row in table.items() if isinstance(row, dict)}

    def phrases(row: dict[str, str], name: str) -> list[str]:
        return [one.strip() for one in row.get(name, "").split("|") if one.strip()]

    def any_of(words: list[str]) -> str:
        return "|".join(re.escape(fold(word)).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))

    def lacking(row: dict[str, str]) -> re.Pattern[str]:
        passages, silent = any_of(phrases(row, "passages")), any_of(phrases(row, "silent"))
        return re.compile(rf"(?:{passages}).*(?:{silent})|(?:{silent}).*(?:{passages})")

    def attribution(row: dict[str, str]) -> re.Pattern[str]:
        before = "|".join(re.escape(one).replace(r"\ ", r"\s+") for one in phrases(row, "according"))
        return re.compile(rf"(?:{before})(?:\s+[^\W\d_]+){{0,3}}?\s*{_MARK}(?:[\s,;]*{_MARK})*\s*,?\s*", re.IGNORECASE)

    return _Table(
        labels=frozenset(fold(word) for row in languages.values() for word in phrases(row, "labels")),
        leaning={name: frozenset(map(fold, phrases(row, "leaning"))) for name, row in languages.items()},
        attribution={name: attribution(row) for name, row in languages.items() if row.get("according")},
        lacking={name: lacking(row) for name, row in languages.items() if row.get("silent")},
    )
