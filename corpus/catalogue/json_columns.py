"""What stands in the JSON of a text column, asked of SQLite and of PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction


class json_field(GenericFunction[str]):  # noqa: N801 - it reads as SQL does
    """The text, or the JSON of the list, that an object has under a name."""

    type = String()
    inherit_cache = True


class json_members(GenericFunction[str]):  # noqa: N801
    """A row for each member of the list that an object has under a name: its JSON, as `value`."""

    inherit_cache = True


@compiles(json_field, "sqlite")
def _field_of_sqlite(function: json_field, compiler: Any, **more: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    column, name = _arguments(function, compiler, more)
    return f"json_extract({column}, '$.' || {name})"


@compiles(json_field, "postgresql")
def _field_of_postgresql(function: json_field, compiler: Any, **more: Any) -> str:  # noqa: ANN401
    column, name = _arguments(function, compiler, more)
    return f"(CAST({column} AS json) ->> {name})"


@compiles(json_members, "sqlite")
def _members_of_sqlite(function: json_members, compiler: Any, **more: Any) -> str:  # noqa: ANN401
    column, name = _arguments(function, compiler, more)
    return f"json_each({column}, '$.' || {name})"


@compiles(json_members, "postgresql")
def _members_of_postgresql(function: json_members, compiler: Any, **more: Any) -> str:  # noqa: ANN401
    column, name = _arguments(function, compiler, more)
    return f"json_array_elements_text(CAST({column} AS json) -> {name})"


def _arguments(function: GenericFunction[str], compiler: Any, more: dict[str, Any]) -> list[str]:  # noqa: ANN401
    return [compiler.process(one, **more) for one in function.clauses]
