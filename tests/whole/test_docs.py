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
    "docs/decisions.md",
    "docs/measurements.md",
]
PACKAGES = [PROJECT / name for name in ("assistant", "commands", "corpus", "index", "pages")]
NAMED = re.compile(r"`([\w./-]+)`|\]\(([\w./-]+)(?:#[\w-]*)?\)")


@pytest.mark.parametrize("path", reference.PAGES, ids=lambda path: path.name)
def test_a_page_made_from_the_code_is_current(path: Path) -> None:
    assert path.read_text("utf-8") == reference.PAGES[path](), f"run `make docs`: {path.name} is not what the code says"


def test_every_command_and_every_setting_says_what_it_does() -> None:
    assert [one.called for one in reference.commands() if not one.does] == []
    assert [name for name, field in reference.settings() if not field.description] == []


def test_the_map_is_current() -> None:
    page = room_map.PAGE.read_text("utf-8")
    assert page == room_map.redrawn(page), "run `make map`: the rooms or their imports have changed"


def test_the_map_shows_few_rooms_and_only_arrows_downhill() -> None:
    plans = {plan.package: plan for plan in room_map.plans()}
    assert len(plans["assistant"].purposes) <= room_map.MOST_ROOMS
    assert [arrow for plan in plans.values() for arrow in (*plan.upward, *plan.circles)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_exists(page: str) -> None:
    assert [name for name in _paths(page) if not _exists(name)] == []


def test_the_pages_are_short() -> None:
    assert len((PROJECT / "ARCHITECTURE.md").read_text("utf-8").split()) <= 2000
    assert len((PROJECT / "README.md").read_text("utf-8").splitlines()) <= 150


def _paths(page: str) -> list[str]:
    """What a page names as a path: a word in backticks or the target of a link, with a slash or a file's ending."""
    found = ["".join(pair) for pair in NAMED.findall((PROJECT / page).read_text("utf-8"))]
    return [name for name in found if re.search(r"\w/|\.(?:py|md|toml|css|js|html|json|yaml|npz)$", name)]


def _exists(name: str) -> bool:
    """Whether there is such a file or folder, told from the project's root or from within a package."""
    if name.startswith("/"):
        return True  # the address of a page
    return any((folder / name).exists() for folder in (PROJECT, *PACKAGES))
