"""What the documents say is so: pages made from the code are current, and every path that is named exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from docs import map as room_map
from docs import reference

PROJECT = Path(__file__).parents[2]
PAGES = [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "docs/administration.md",
    "docs/api.md",
    "docs/embedding.md",
    "docs/decisions.md",
    "docs/measurements.md",
    "docs/processing-record.md",
    "docs/threat-model.md",
]
TOP = ("assistant", "commands", "corpus", "index", "pages", "ui", "tests")
NAMED = re.compile(r"`([\w./-]+)`|\]\(([\w./-]+)(?:#[\w-]*)?\)")
A_FILE = re.compile(r"\w/|\.(?:py|md|toml|css|js|html|jsonl|ya?ml|conf|npz)$")
IN_A_HOME = ("originals/", "models/", "index/build.lock", "index/current", "erasures.jsonl", "backups.jsonl")


@pytest.mark.parametrize("path", reference.PAGES, ids=lambda path: path.name)
def test_a_page_made_from_the_code_is_current(path: Path) -> None:
    assert path.read_text("utf-8") == reference.PAGES[path](), f"run `make docs`: {path.name} is not what the code says"


def test_every_command_and_every_setting_says_what_it_does() -> None:
    found = list(reference.commands())
    assert [one.called for one in found if not one.does] == []
    assert [f"{one.called}: {name}" for one in found for name, meaning in one.parameters.items() if not meaning] == []
    assert [name for name, field in reference.settings() if not field.description] == []


def test_the_map_is_current() -> None:
    page = room_map.PAGE.read_text("utf-8")
    assert page == room_map.redrawn(page), "run `make map`: the rooms or their imports have changed"


def test_the_map_shows_few_rooms_and_only_arrows_downhill() -> None:
    plans = {plan.package: plan for plan in room_map.plans()}
    assert len(plans["assistant"].purposes) <= room_map.MOST_ROOMS
    assert [arrow for plan in plans.values() for arrow in (*plan.upward, *plan.circles)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_every_module_that_a_page_names_exists(page: str) -> None:
    path = PROJECT / page
    named = ["".join(pair) for pair in NAMED.findall(path.read_text("utf-8"))]
    files = [name for name in named if A_FILE.search(name) and not name.startswith("/") and name not in IN_A_HOME]
    assert [name for name in files if not ((PROJECT / name).exists() or (path.parent / name).exists())] == []
    dotted = [name for name in named if name.split(".")[0] in TOP and "." in name and not A_FILE.search(name)]
    assert [name for name in dotted if not _defined(PROJECT, name.split("."))] == []


def test_the_journeys_say_how_many_files_and_rooms_they_pass() -> None:
    section = (PROJECT / "ARCHITECTURE.md").read_text("utf-8").partition("## Three journeys")[2]
    journeys = re.findall(r"\*\* \((\d+) files, (\d+) rooms\)(.*?)(?=\n\*\*|\Z)", section, re.DOTALL)
    assert len(journeys) == 3
    for files, rooms, told in journeys:
        named = set(re.findall(r"`([\w/]+)\.py`", told))
        assert (int(files), int(rooms)) == (len(named), len({tuple(name.split("/")[:2]) for name in named}))


def test_the_pages_are_short() -> None:
    assert len((PROJECT / "ARCHITECTURE.md").read_text("utf-8").split()) <= 2000
    assert len((PROJECT / "README.md").read_text("utf-8").splitlines()) <= 150


def _defined(folder: Path, parts: list[str]) -> bool:
    """Whether a dotted name is a module, or something that one has at its top."""
    first, *rest = parts
    if (folder / first).is_dir():
        return not rest or _defined(folder / first, rest)
    source = folder / f"{first}.py"
    if source.exists():
        return all(re.search(rf"^(?:class |def )?{name}\b", source.read_text("utf-8"), re.MULTILINE) for name in rest)
    return False
