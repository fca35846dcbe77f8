"""Machines are upgraded one after the other, so what a newer release keeps is used by an older one for a while."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from alembic.operations import Operations

from assistant import erasures
from assistant.home import STORES
from corpus.catalogue import originals
from index import shelf, vector_server

MIGRATIONS = {Path(file.name).stem: file.in_database for file in STORES} | {
    "originals": originals.MIGRATIONS,
    "erasures": erasures.MIGRATIONS,
    "shelf": shelf.MIGRATIONS,
    "collections": vector_server.MIGRATIONS,
}
OF_ONE_MACHINE = {"catalogue": "0003", "accounts": "0003", "journal": "0002"}  # since which they only add; else 0001
ADDING = {"create_table", "create_index", "add_column"}


@pytest.mark.parametrize("name", MIGRATIONS)
def test_migrations_only_add(name: str) -> None:
    since = OF_ONE_MACHINE.get(name, "0001")
    later = [path for path in (MIGRATIONS[name] / "versions").glob("[0-9]*.py") if path.name[:4] > since]
    assert {path.name: breaking(path.read_text("utf-8")) for path in later} == {path.name: [] for path in later}


@pytest.mark.parametrize(
    ("migration", "told"),
    [
        ('op.drop_column("answers", "day")', ["drop_column"]),
        ('op.execute("DELETE FROM answers")', ["execute"]),
        ('op.add_column("answers", sa.Column("door", sa.String, nullable=False))', ["door has no value of its own"]),
        ('op.create_index("one", "answers", ["day"], unique=True)', ["one refuses what was taken"]),
        ('op.add_column("answers", sa.Column("door", sa.String, nullable=False, server_default="chat"))', []),
        ('op.add_column("answers", sa.Column("door", sa.String))', []),
        ('op.create_table("doors", sa.Column("name", sa.String, nullable=False))', []),
    ],
)
def test_what_an_older_release_would_stumble_over_is_seen(migration: str, told: list[str]) -> None:
    assert breaking(f"def upgrade():\n    {migration}\n") == told


def breaking(migration: str) -> list[str]:
    """What a process of the release before could not go on with."""
    calls = [node for node in ast.walk(ast.parse(migration)) if isinstance(node, ast.Call)]
    return [problem for call in calls if (problem := _problem_of(call))]


def _problem_of(call: ast.Call) -> str:
    if not isinstance(call.func, ast.Attribute) or not hasattr(Operations, call.func.attr):
        return ""
    name = call.func.attr
    if name not in ADDING:
        return name
    if name == "create_index" and _is(call, "unique", True):
        return f"{_first(call)} refuses what was taken"
    if name == "add_column" and isinstance(column := call.args[1], ast.Call):
        needed = _is(column, "nullable", False)
        given = any(word.arg == "server_default" for word in column.keywords)
        return f"{_first(column)} has no value of its own" if needed and not given else ""
    return ""


def _is(call: ast.Call, word: str, value: object) -> bool:
    return any(
        one.arg == word and isinstance(one.value, ast.Constant) and one.value.value is value for one in call.keywords
    )


def _first(call: ast.Call) -> str:
    return ast.unparse(call.args[0]).strip("'")
