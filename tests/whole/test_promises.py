"""What holds for the whole tree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from typer.main import get_command

from assistant.texts import FOLDER
from commands.cli import app
from corpus.vocabulary import LANGUAGES

PROJECT = Path(__file__).parents[2]
CODE = [path for room in ("corpus", "index", "assistant", "pages") for path in (PROJECT / room).rglob("*.py")] + [
    PROJECT / "ui.py"
]


def commands() -> list[str]:
    found = []
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        below = getattr(command, "commands", None)
        found += [f"{name} {other}" for other in below] if below else [name]
    return found


def test_every_command_is_in_the_readme() -> None:
    readme = (PROJECT / "README.md").read_text("utf-8")
    assert [command for command in commands() if f"market-entry {command}" not in readme] == []


def test_every_language_file_has_the_same_texts_with_the_same_names_in_them() -> None:
    def shape(language: str) -> dict[str, set[str]]:
        table = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
        return {name: set(re.findall(r"\$\w+", text)) for name, text in table.items()}

    assert {path.stem for path in FOLDER.glob("*.toml")} == set(LANGUAGES)
    assert all(shape(language) == shape("en") for language in LANGUAGES)


def test_only_the_settings_read_or_set_the_environment() -> None:
    assert [path.name for path in CODE if re.search(r"\benviron\b", path.read_text("utf-8"))] == ["settings.py"]


def test_only_commands_print() -> None:
    printing = {path.name for path in CODE if re.search(r"\bprint\(", path.read_text("utf-8"))}
    assert printing == {
        "cli.py",
        "journal_commands.py",
        "account_commands.py",
        "corpus_commands.py",
        "intake_commands.py",
        "market_commands.py",
        "handoff_commands.py",
        "home_commands.py",
        "personal_commands.py",
        "terminal.py",
        "calibration.py",
    }


def test_nothing_names_a_package_registry_or_a_folder_of_one_machine() -> None:
    texts = {path: path.read_text("utf-8") for path in (PROJECT / "constraints.txt", PROJECT / "pyproject.toml", *CODE)}
    assert [path.name for path, text in texts.items() if re.search(r"index-url|file://|/root/|/home/\w", text)] == []
