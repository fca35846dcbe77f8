"""What holds for the whole tree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from assistant.texts import FOLDER
from corpus.vocabulary import LANGUAGES

PROJECT = Path(__file__).parents[2]
CODE = [path for room in ("corpus", "index", "assistant", "pages") for path in (PROJECT / room).rglob("*.py")] + [
    PROJECT / "ui.py"
]


def test_every_language_file_has_the_same_texts_with_the_same_names_in_them() -> None:
    def shape(language: str) -> dict[str, set[str]]:
        table = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
        return {name: set(re.findall(r"\$\w+", text)) for name, text in table.items()}

    assert {path.stem for path in FOLDER.glob("*.toml")} == set(LANGUAGES)
    assert all(shape(language) == shape("en") for language in LANGUAGES)


def test_only_the_settings_read_or_set_the_environment() -> None:
    assert [path.name for path in CODE if re.search(r"\benviron\b", path.read_text("utf-8"))] == ["settings.py"]


def test_only_commands_and_the_calibration_print() -> None:
    assert [path.name for path in CODE if re.search(r"\bprint\(", path.read_text("utf-8"))] == ["calibration.py"]


def test_nothing_names_a_package_registry_or_a_folder_of_one_machine() -> None:
    texts = {path: path.read_text("utf-8") for path in (PROJECT / "constraints.txt", PROJECT / "pyproject.toml", *CODE)}
    assert [path.name for path, text in texts.items() if re.search(r"index-url|file://|/root/|/home/\w", text)] == []
