"""What holds for the whole tree."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from assistant.texts import FOLDER
from corpus.vocabulary import LANGUAGES

PROJECT = Path(__file__).parents[2]
LONGEST = 120  # characters of a pattern
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


def test_only_commands_and_what_trains_print() -> None:
    printing = {path for path in CODE if re.search(r"\bprint\(", path.read_text("utf-8"))}
    trainers = (
        "answering.py",
        "calibration.py",
        "entailment.py",
        "judge.py",
        "reading.py",
        "recognisers.py",
        "requests.py",
        "subject.py",
        "targets.py",
        "turns.py",
    )
    assert printing == {PROJECT / "assistant/evaluation" / name for name in trainers}


def test_nothing_names_a_package_registry_or_a_folder_of_one_machine() -> None:
    texts = {path: path.read_text("utf-8") for path in (PROJECT / "constraints.txt", PROJECT / "pyproject.toml", *CODE)}
    assert [path.name for path, text in texts.items() if re.search(r"index-url|file://|/root/|/home/\w", text)] == []


def test_no_pattern_is_too_long_to_be_read() -> None:
    assert [(path.name, text) for path in CODE for text in patterns_of(path) if len(text) > LONGEST] == []


def test_tables_are_lists_of_words_and_not_long_strings() -> None:
    tables = [path for room in ("corpus", "index", "assistant") for path in (PROJECT / room).rglob("*.toml")]
    # Texts and the vocabulary hold sentences, too, which are as long as they are.
    read = [path for path in tables if path.parent.name != "texts" and "vocabulary" not in path.parts]
    assert len(read) > 10
    long = [(path.name, line) for path in read for line in path.read_text("utf-8").splitlines() if len(line) > LONGEST]
    assert long == []
    strings = [(path.name, text) for path in read for text in strings_of(tomllib.loads(path.read_text("utf-8")))]
    assert [(name, text) for name, text in strings if len(text) > LONGEST and re.search(r"[\\()[\]?]", text)] == []


def patterns_of(path: Path) -> Iterator[str]:
    """The strings that a module makes patterns of; of one over several lines each line."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args:
            for part in ast.walk(node.args[0]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield from part.value.splitlines()


def strings_of(table: object) -> Iterator[str]:
    if isinstance(table, str):
        yield table
    elif isinstance(table, dict | list):
        for inner in table.values() if isinstance(table, dict) else table:
            yield from strings_of(inner)
