"""Draws the rooms of the product and the arrows between them into `ARCHITECTURE.md`: `make map`.

A room is a package or a module directly below one of the top packages; an arrow says that one imports another. Rows
come from the contracts of import-linter in `pyproject.toml`, so that the map and the check speak of the same order.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path
from textwrap import wrap

PROJECT = Path(__file__).parents[1]
PAGE = PROJECT / "ARCHITECTURE.md"
MOST_ROOMS = 24  # of the assistant; more than that nobody keeps in mind

_MARKED = re.compile(r"(?<=<!-- written by `make map` -->\n).*?(?=<!-- end of the map -->)", re.DOTALL)
_ENOUGH = re.compile(r"(?:\S+ ){4,}?\S+?(?=[:;.](?:\s|$))")
_SENTENCE = re.compile(r".+?(?=\.(?:\s|$))")
_WIDTH = 120


@dataclass(frozen=True)
class Plan:
    """The rooms of one package: their rows from the top, what each is for, and what each imports."""

    package: str
    rows: tuple[tuple[str, ...], ...]
    purposes: Mapping[str, str]
    arrows: Mapping[str, frozenset[str]]

    @property
    def upward(self) -> list[str]:
        """The arrows that do not run to a lower row."""
        depth = {room: number for number, row in enumerate(self.rows) for room in row}
        return [
            f"{room} → {other}"
            for room, others in self.arrows.items()
            for other in sorted(others)
            if depth[room] >= depth[other]
        ]

    @property
    def circles(self) -> list[str]:
        """Arrows that lead back to where they began, one circle of them; empty when there is none."""
        try:
            TopologicalSorter(self.arrows).prepare()
        except CycleError as error:
            return [f"{room} → {other}" for other, room in pairwise(error.args[1])]
        return []

    @property
    def head(self) -> str:
        """What can be counted."""
        arrows = sum(len(others) for others in self.arrows.values())
        counts = f"{len(self.purposes)} rooms, {arrows} arrows"
        return f"{self.package}/: {counts}, {len(self.upward)} up, {1 if self.circles else 0} circles"


def plans() -> list[Plan]:
    """The plan of each package that a contract divides into rows, those that answer first at the end."""
    table = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layered = [one for one in table["contracts"] if one["type"] == "layers"]
    order = next(one["layers"] for one in layered if "containers" not in one)
    inside = {package: one["layers"] for one in layered for package in one.get("containers", ())}
    return [_plan(package, inside[package]) for package in order if package in inside]


def redrawn(page: str) -> str:
    """The page with the map as it is now between its two marks."""
    text = "\n".join(line for plan in plans() for line in _drawn(plan))
    return _MARKED.sub(lambda _: f"```\n{text}\n```\n", page)


def _plan(package: str, layers: list[str]) -> Plan:
    rows = tuple(tuple(re.split(r"\s*[|:]\s*", layer)) for layer in layers)
    sources = {room: _sources(PROJECT / package / room) for row in rows for room in row}
    return Plan(
        package=package,
        rows=rows,
        purposes={room: _purpose(some[0]) for room, some in sources.items()},
        arrows={
            room: frozenset(other for source in some for other in _imported(package, source)) & sources.keys() - {room}
            for room, some in sources.items()
        },
    )


def _sources(room: Path) -> list[Path]:
    """The modules of a room; of a package, the one that says what it is for comes first."""
    if not room.is_dir():
        return [room.with_suffix(".py")]
    return [room / "__init__.py", *sorted(path for path in room.rglob("*.py") if path != room / "__init__.py")]


def _purpose(source: Path) -> str:
    """How a module's docstring begins: its first sentence, or what stands before a colon if that says enough."""
    told = " ".join((ast.get_docstring(ast.parse(source.read_text("utf-8"))) or "").split())
    enough = _ENOUGH.match(told) or _SENTENCE.match(told)
    return enough[0] if enough else told


def _imported(package: str, source: Path) -> Iterator[str]:
    """The rooms of the package that a module imports, at its top or within a function."""
    for node in ast.walk(ast.parse(source.read_text("utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{name}" for name in names]
        yield from (name.split(".")[1] for name in names if name.startswith(f"{package}."))


def _drawn(plan: Plan) -> Iterator[str]:
    yield plan.head
    margin = max(map(len, plan.purposes)) + 5
    for number, row in enumerate(plan.rows, start=1):
        for room in row:
            start = f"{number if room == row[0] else '':>2} {room}".ljust(margin)
            arrows = f"→ {' '.join(sorted(plan.arrows[room]))}" if plan.arrows[room] else ""
            lines = [line for text in (plan.purposes[room], arrows) for line in wrap(text, _WIDTH - margin)]
            yield f"{start}{lines[0]}"
            yield from (f"{' ' * margin}{line}" for line in lines[1:])
    yield ""


if __name__ == "__main__":
    PAGE.write_text(redrawn(PAGE.read_text("utf-8")), "utf-8")
