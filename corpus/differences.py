"""How two versions differ, as data for a page or a command to show."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpus.documents import Metadata, Passage, Version
from corpus.units import Unit, to_fields


@dataclass(frozen=True)
class FieldChange:
    """A field of the metadata that says something else; `None` where it is not given.

    Each summary, each source and its kind, and each field of a unit is a field of its own: `summary.de`,
    `sources.pmda-dash`, `sources.pmda-dash.kind`, `units.How long it takes.answer.de`.
    """

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Difference:
    """The fields that changed, and the bodies' lines as a unified difference."""

    fields: tuple[FieldChange, ...]
    body: tuple[str, ...]


@dataclass(frozen=True)
class DifferenceLine:
    """A line of a difference: its sign (`-`, `+`, a space, or `@` where lines are left out), and its pieces.

    Of a line that was changed only in part, the pieces that others took the place of are marked.
    """

    sign: str
    pieces: tuple[tuple[str, bool], ...]


def compare(before: Version, after: Version) -> Difference:
    """What changed from one version to another."""
    old, new = _fields(before.metadata), _fields(after.metadata)
    return Difference(
        fields=tuple(
            FieldChange(name, old.get(name), new.get(name))
            for name in dict.fromkeys([*old, *new])
            if old.get(name) != new.get(name)
        ),
        body=tuple(
            difflib.unified_diff(
                before.body.splitlines(),
                after.body.splitlines(),
                f"version {before.number}",
                f"version {after.number}",
                lineterm="",
            )
        ),
    )


def marked(difference: Difference) -> list[DifferenceLine]:
    """The lines of a difference of bodies, in which what changed within a line is marked."""
    found: list[DifferenceLine] = []
    removed: list[str] = []
    added: list[str] = []
    for line in difference.body[2:]:
        if added and line[0] != "+":
            found.extend(_changed(removed, added))
            removed, added = [], []
        if line[0] == "-":
            removed.append(line[1:])
        elif line[0] == "+":
            added.append(line[1:])
        else:
            found.extend(_changed(removed, added))
            removed = []
            found.append(DifferenceLine(line[0], ((line[1:], False),)))
    return [*found, *_changed(removed, added)]


def changed_lines(before: Sequence[Passage], after: Sequence[Passage]) -> list[DifferenceLine]:
    """How the text of a version differs from another one's, with a line of what is around each change."""
    return marked(Difference((), tuple(difflib.unified_diff(_read(before), _read(after), lineterm="", n=1))))


def _read(passages: Sequence[Passage]) -> list[str]:
    return [line for one in passages for line in one.text.split("\n")]


def _changed(removed: list[str], added: list[str]) -> Iterator[DifferenceLine]:
    """The lines that went and those that came; as many of each are read as one line changed into the other."""
    pairs = [_words(*pair) for pair in zip(removed, added, strict=True)] if len(removed) == len(added) else []
    before = [old for old, _ in pairs] or [((text, True),) for text in removed]
    after = [new for _, new in pairs] or [((text, True),) for text in added]
    yield from (DifferenceLine("-", pieces) for pieces in before)
    yield from (DifferenceLine("+", pieces) for pieces in after)


_Pieces = tuple[tuple[str, bool], ...]
_ALIKE = 0.5  # of the words; lines that share fewer are shown as wholes


def _words(before: str, after: str) -> tuple[_Pieces, _Pieces]:
    old, new = (re.findall(r"\w+|\s+|.", text) for text in (before, after))
    matcher = difflib.SequenceMatcher(str.isspace, old, new, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return ((before, True),), ((after, True),)
    steps = matcher.get_opcodes()
    return (
        tuple(("".join(old[first:last]), step != "equal") for step, first, last, _, _ in steps if last > first),
        tuple(("".join(new[first:last]), step != "equal") for step, _, _, first, last in steps if last > first),
    )


def _fields(metadata: Metadata) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in vars(metadata).items():
        if name == "summary":
            found |= {f"summary.{language}": text for language, text in value.items()}
        elif name == "sources":
            found |= {
                f"sources.{known.key}": f"{known.title}, {known.publisher}, {known.date}: {known.url}"
                for known in value
            }
            found |= {f"sources.{known.key}.kind": known.kind for known in value if known.kind}
        elif name == "units":
            found |= {f"units.{unit.section}.{part}": text for unit in value for part, text in _parts(unit)}
        elif value is not None:
            found[name] = ", ".join(sorted(value)) if isinstance(value, frozenset) else str(value)
    return found


def _parts(unit: Unit) -> Iterator[tuple[str, str]]:
    """The fields of a unit that say something, but for its section; each language is one of its own."""
    for name, value in to_fields(unit).items():
        if name == "proposed":
            yield from [(name, ", ".join(unit.unread))] if unit.unread else []
        elif isinstance(value, dict):
            texts = ((code, "\n".join(text) if isinstance(text, list) else text) for code, text in value.items())
            yield from ((f"{name}.{code}", text) for code, text in texts if text)
        elif isinstance(value, list) and value:
            yield name, ("\n" if name == "also_asked" else ", ").join(value)
        elif value and name != "section" and not isinstance(value, list):
            yield name, str(value).lower()
