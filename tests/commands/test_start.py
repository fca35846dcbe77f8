"""Commands start fast: what a command does not need is not imported for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from commands.cli import COMMANDS, Later

HEAVY = ["gradio", "chromadb", "sqlalchemy", "alembic", "numpy", "langchain_core", "openai", "onnxruntime", "httpx"]
STORED = ["gradio", "chromadb", "alembic", "langchain_core", "openai", "onnxruntime"]


def imported_by(statement: str, modules: list[str]) -> list[str]:
    """Which of the modules a fresh interpreter has imported after a statement."""
    told = f"import sys; {statement}; print(*[name for name in {modules!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return run.stdout.split()


def test_the_table_of_commands_imports_nothing_heavy() -> None:
    assert imported_by("import commands.cli", HEAVY) == []


def test_commands_that_only_read_the_catalogue_import_neither_models_nor_the_index() -> None:
    assert imported_by("import commands.corpus", STORED) == []


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_line_of_the_table_is_the_command_s_own(name: str) -> None:
    help_text = str(Later(name, COMMANDS[name]).command().help)
    assert help_text.split("\n\n")[0].replace("\n", " ") == COMMANDS[name].help


@pytest.mark.servers
def test_what_serves_agents_is_imported_only_where_agents_are_served() -> None:
    assert imported_by("import commands.mcp, pages.api.doors", ["mcp", "mcp_types"]) == []
