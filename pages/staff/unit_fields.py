"""The answers of the sections in a document's form: what was typed, and how it becomes the units of a version."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from starlette.datastructures import FormData

from corpus.documents import Metadata
from corpus.files.formats.markdown import sections
from corpus.units import ASKED_IN, WITHIN, Unit, english_hash, from_fields
from corpus.vocabulary import LANGUAGES, Vocabulary
from pages.staff.layout import BadForm

DROPPED = " "  # stands before the heading of a unit that is to go; no heading begins so
_NEW = " "  # what a unit that the version did not have was called

_MARK = re.compile(r"([a-z_]{1,20}(?:\.[a-z]{2})?)=([0-9a-f]{12})\b", re.ASCII)  # of a proposed field

_TEXTS = ("answer", "points", "question", "also_asked")


class BadUnit(BadForm):
    """What was typed for a section cannot be used."""

    def __init__(self, name: str, section: str) -> None:
        super().__init__(name, section=section or "–")
        self.section = section


@dataclass(frozen=True)
class UnitFields:
    """The unit of a section as the form shows it, every field as it was typed; each point stands on a line of its own.

    `section` is the heading that it belongs to now, `was` the one that it had in the version that the form began from,
    `proposed` as in `Unit`; `read` says that somebody has read all that is proposed.
    """

    section: str
    was: str = _NEW
    answer: Mapping[str, str] = field(default_factory=dict)
    question: Mapping[str, str] = field(default_factory=dict)
    also_asked: str = ""
    products: frozenset[str] = frozenset()
    aspects: tuple[str, ...] = ()
    unknown: bool = False
    proposed: Mapping[str, str] = field(default_factory=dict)
    read: bool = False
    points: Mapping[str, str] = field(default_factory=dict)

    @property
    def dropped(self) -> bool:
        """Whether it is to go with its section."""
        return self.section.startswith(DROPPED)

    @property
    def heading(self) -> str:
        """The heading that it belongs to, or belonged to."""
        return self.section.removeprefix(DROPPED)

    @property
    def empty(self) -> bool:
        """Whether it says nothing, so that its section has no unit."""
        return not self.answer and not self.question


@dataclass(frozen=True)
class UnitGroup:
    """A unit in the form; `homeless` where the text has no longer a section of its heading."""

    fields: UnitFields
    homeless: bool

    @property
    def unread(self) -> tuple[str, ...]:
        """The fields that show what was proposed and nobody has read."""
        return unit_typed(self.fields).unread


def plain(text: str) -> str:
    """Lines as everywhere else, and no NUL, which no text needs."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def headings(body: str) -> list[str]:
    """The sections of a Markdown text that have a unit each; a deeper part belongs to its section."""
    return list(dict.fromkeys(section.heading.partition(WITHIN)[0] for section in sections(body)))


def shown(unit: Unit) -> UnitFields:
    """A unit as the form shows it."""
    return UnitFields(
        section=unit.section,
        was=unit.section,
        answer={code: text for code in LANGUAGES if (text := unit.answer.get(code))},
        points={code: plain("\n".join(points)) for code in LANGUAGES if (points := unit.points.get(code))},
        question={code: text for code in ASKED_IN if (text := unit.question.get(code))},
        also_asked=plain("\n".join(unit.also_asked)).strip(),
        products=frozenset(unit.products),
        aspects=unit.aspects,
        unknown=unit.unknown,
        proposed=unit.proposed,
    )


def unit_typed(fields: UnitFields) -> Unit:
    """The unit as far as it was typed, whole or not."""
    return from_fields(
        {
            "section": fields.section,
            "answer": fields.answer,
            "points": _points(fields.points),
            "question": fields.question,
            "also_asked": _lines(fields.also_asked),
            "products": sorted(fields.products),
            "aspects": fields.aspects,
            "unknown": fields.unknown,
            "proposed": fields.proposed,
        }
    )


def filled(typed: UnitFields, made: Unit) -> UnitFields:
    """What was typed, and in the fields that are empty what a unit has for them."""
    given = shown(made)
    return replace(
        typed,
        answer={**given.answer, **typed.answer},
        points={**given.points, **typed.points},
        question={**given.question, **typed.question},
        also_asked=typed.also_asked or given.also_asked,
        products=typed.products or given.products,
        aspects=typed.aspects or given.aspects,
        proposed=given.proposed,
    )


def typed_units(form: FormData) -> tuple[UnitFields, ...]:
    """What was typed for each section."""
    found: list[UnitFields] = []
    while f"unit_{len(found)}_was" in form:
        found.append(_typed(form, f"unit_{len(found)}_"))
    return tuple(found)


def typed_texts(form: FormData) -> list[str]:
    """The texts that were typed for sections, for whoever has to sign in anew."""
    names = (name for name in form if name.startswith("unit_") and any(f"_{text}" in name for text in _TEXTS))
    return [text for name in names if (text := plain(str(form[name])).strip())]


def groups(units: Sequence[UnitFields], body: str) -> list[UnitGroup]:
    """What the form shows: the units that have lost their section, then the sections in order, each with its unit."""
    known = headings(body)
    placed = _followed(units, known)
    homeless = [UnitGroup(unit, homeless=True) for unit in placed if unit.section not in known and not unit.empty]
    at_home = [
        UnitGroup(unit, homeless=False)
        for heading in known
        for unit in [one for one in placed if one.section == heading] or [UnitFields(heading)]
    ]
    return homeless + at_home


def read_units(
    typed: Sequence[UnitFields], body: str, before: Metadata | None, vocabulary: Vocabulary
) -> tuple[Unit, ...]:
    """The units that a form says; what it does not show of them stays as it was before.

    Raises:
        BadUnit: one cannot be used, or has lost its section without anybody saying what becomes of it.
    """
    known = headings(body)
    was = before.units if before else ()
    old: defaultdict[str, list[Unit]] = defaultdict(list)
    for known_unit in was:
        old[known_unit.section].append(known_unit)
    units: list[Unit] = []
    placed = _followed(typed or [shown(unit) for unit in was], known)
    claimed = {fields.was for fields in placed}
    for fields in placed:
        there = old[fields.section if fields.was == _NEW and fields.section not in claimed else fields.was]
        unit_before = there.pop(0) if there else None
        unit = None if fields.dropped else _unit(fields, unit_before, vocabulary)
        if unit and unit.section not in known:
            raise BadUnit("unit_homeless", unit.section)
        units += [unit] if unit else []
    order = [unit.section for unit in was]
    places = order if set(order) == {unit.section for unit in units} else known
    return tuple(sorted(units, key=lambda unit: places.index(unit.section)))


def _typed(form: FormData, prefix: str) -> UnitFields:
    def entry(name: str) -> str:
        return plain(str(form.get(prefix + name, "")))

    def texts(name: str, languages: Sequence[str]) -> dict[str, str]:
        return {code: text for code in languages if (text := entry(f"{name}_{code}").strip(" \t\n"))}

    return UnitFields(
        section=entry("section"),
        was=entry("was"),
        answer=texts("answer", LANGUAGES),
        points=texts("points", LANGUAGES),
        question=texts("question", ASKED_IN),
        also_asked=entry("also_asked").strip(),
        products=frozenset(map(str, form.getlist(f"{prefix}products"))),
        aspects=tuple(dict.fromkeys(str(code) for code in form.getlist(f"{prefix}aspects") if code)),
        unknown=f"{prefix}unknown" in form,
        proposed=dict(_MARK.findall(entry("proposed"))),
        read=f"{prefix}read" in form,
    )


def _followed(units: Sequence[UnitFields], known: Sequence[str]) -> list[UnitFields]:
    """The units at their sections: one whose heading was renamed follows it, where there is only one of each."""
    taken = {unit.section for unit in units if not unit.empty}
    back = set(known) - taken
    there = [replace(unit, section=unit.heading) if unit.dropped and unit.heading in back else unit for unit in units]
    taken = {unit.section for unit in there if not unit.empty}
    bare = [heading for heading in known if heading not in taken]
    lost = [unit for unit in there if not (unit.section in known or unit.dropped or unit.empty)]
    if len(bare) == len(lost) == 1:
        others = (unit for unit in there if unit.section != bare[0])
        return [replace(unit, section=bare[0]) if unit is lost[0] else unit for unit in others]
    return there


def _unit(fields: UnitFields, old: Unit | None, vocabulary: Vocabulary) -> Unit | None:
    """The unit that was typed; None where the section has none."""
    before = shown(old) if old else UnitFields(fields.section)
    if old and fields == replace(before, section=fields.section, was=fields.was):
        return replace(old, section=fields.section)
    asked_alone = fields.also_asked and fields.also_asked != before.also_asked
    if fields.empty and not asked_alone:
        return None
    if "en" not in fields.answer:
        raise BadUnit("unit_incomplete", fields.section)
    offered = {*vocabulary.products, *before.products}, {*vocabulary.aspects, *before.aspects}
    if not fields.products <= offered[0] or not offered[1].issuperset(fields.aspects):
        raise BadUnit("unit_bad_choice", fields.section)
    known_products = dict.fromkeys((*(old.products if old else ()), *vocabulary.products))
    unit = from_fields(
        {
            "section": fields.section,
            "answer": _merged(fields.answer, old.answer if old else {}, LANGUAGES),
            "points": _points(_merged(fields.points, _joined(old), LANGUAGES)),
            "question": _merged(fields.question, old.question if old else {}, ASKED_IN),
            "also_asked": old.also_asked
            if old and fields.also_asked == before.also_asked
            else _lines(fields.also_asked),
            "products": [code for code in known_products if code in fields.products],
            "aspects": fields.aspects,
            "row": old.row if old else {},
            "unknown": fields.unknown,
        }
    )
    return replace(unit, hash=_hash(unit, old), proposed={} if fields.read else _unread(unit, fields.proposed))


def _unread(unit: Unit, proposed: Mapping[str, str]) -> Mapping[str, str]:
    """The marks of fields that still say what was proposed."""
    unread = replace(unit, proposed=proposed).unread
    return {name: mark for name, mark in proposed.items() if name in unread}


def _lines(text: str) -> list[str]:
    return [line for part in text.split("\n") if (line := part.strip())]


def _merged(typed: Mapping[str, str], old: Mapping[str, str], shown_in: Sequence[str]) -> dict[str, str]:
    """What was typed, in the order of old, with the languages that the form does not show."""
    kept = {code: typed.get(code, "") if code in shown_in else text for code, text in old.items()}
    return {code: text for code, text in {**kept, **typed}.items() if text}


def _points(typed: Mapping[str, str]) -> dict[str, list[str]]:
    return {code: _lines(text) for code, text in typed.items()}


def _joined(old: Unit | None) -> dict[str, str]:
    """The points of a unit as they are typed, a line each."""
    return {code: "\n".join(points) for code, points in old.points.items()} if old else {}


def _hash(unit: Unit, old: Unit | None) -> str:
    """The mark that the translations are of this English; the old one while only the English has changed."""
    others = _translations(unit)
    if old and others and others == _translations(old):
        return old.hash
    return english_hash(unit.answer, unit.points)


def _translations(unit: Unit) -> dict[str, object]:
    texts: list[tuple[str, str, object]] = [("answer", *item) for item in unit.answer.items()]
    texts += [("points", *item) for item in unit.points.items()]
    return {f"{name}.{code}": text for name, code, text in texts if code != "en"}
