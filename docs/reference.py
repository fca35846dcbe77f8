"""Writes `docs/commands.md` and `docs/settings.md` from the code: `make docs`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from typer.main import get_command

from assistant.settings import Settings
from commands.cli import app

FOLDER = Path(__file__).parent

_PROGRAM = "market-entry"
_WIDTH = 110
_COMMANDS = """\
# Commands

Written by `make docs` from the help of the commands; do not edit.

All commands work beside a running server. `--json` prints for scripts. A command that fails says in one sentence on
stderr what to do, and exits with a status other than 0. An option of type `list` may be repeated.
"""
_SETTINGS = """\
# Settings

Written by `make docs` from `assistant/settings.py`; do not edit.

Variables of the environment, or lines of a file `.env` in the folder where a command is run. A value that cannot be
used stops the start with a sentence that names its variable. What to think of when setting some of them stands in
[administration.md](administration.md).
"""
_NUMBERS = {int: "whole number", float: "number"}
_OTHERS = {Path: "path", SecretStr: "secret", str: "text"}
_LIMITS = {"ge": "from", "gt": "over", "le": "to"}


class Described(NamedTuple):
    """A command as it is called, what it does, what its arguments and options mean, and its help with all of that."""

    called: str
    does: str
    parameters: Mapping[str, str]
    help: str


def commands() -> Iterator[Described]:
    """All commands, in the order of the help."""
    yield from _below(get_command(app), _PROGRAM)


def settings() -> Iterator[tuple[str, FieldInfo]]:
    """The fields of the settings by the names of their variables; those of a nested model one by one."""
    prefix = Settings.model_config["env_prefix"]
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, BaseModel):
            for below, part in type(field.default).model_fields.items():
                yield f"{prefix}{name}_{below}".upper(), part
        else:
            yield f"{prefix}{name}".upper(), field


def commands_page() -> str:
    """A table of all commands, and the help of each."""
    found = list(commands())
    table = [f"| [`{one.called}`](#{one.called.replace(' ', '-')}) | {one.does} |" for one in found]
    helps = [f"## {one.called}\n```\n{one.help}\n```\n" for one in found]
    return "\n".join([_COMMANDS, "| command | what it does |", "|---|---|", *table, "", *helps])


def settings_page() -> str:
    """A table of all settings, in the order of the code."""
    table = [f"| `{name}` | {field.description} | {_values(field)} | {_default(field)} |" for name, field in settings()]
    return "\n".join([_SETTINGS, "| variable | meaning | values | default |", "|---|---|---|---|", *table, ""])


def _below(command: Any, called: str) -> Iterator[Described]:  # noqa: ANN401 - Typer's own types are private
    """A command, or those of a group; one whose module is imported late is imported now."""
    command = command.command() if hasattr(command, "command") else command
    command.rich_markup_mode = None  # help as plain text
    context = command.context_class(command, info_name=called, terminal_width=_WIDTH)
    if not hasattr(command, "list_commands"):
        text = re.sub(r"\n(Options:\n)?  --help .*", "", command.get_help(context)).strip()
        meanings = {one.name: one.help or "" for one in command.params}
        yield Described(called, " ".join(str(command.help).split()), meanings, text)
        return
    for name in command.list_commands(context):
        yield from _below(command.get_command(context, name), f"{called} {name}")


def _values(field: FieldInfo) -> str:
    """What may stand for a setting."""
    kinds = get_args(field.annotation) if isinstance(field.annotation, UnionType) else (field.annotation,)
    kind = next(one for one in kinds if isinstance(one, type))
    if issubclass(kind, Enum):
        return ", ".join(f"`{one.value}`" for one in kind)
    if kind is bool:
        return "`true`, `false`"
    bounds = [
        f"{word} {getattr(one, name)}" for one in field.metadata for name, word in _LIMITS.items() if hasattr(one, name)
    ]
    return " ".join([_NUMBERS.get(kind) or _OTHERS[kind], *bounds])


def _default(field: FieldInfo) -> str:
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    if value in (None, ""):
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.value if isinstance(value, Enum) else value}`"


PAGES = {FOLDER / "commands.md": commands_page, FOLDER / "settings.md": settings_page}


if __name__ == "__main__":
    for path, page in PAGES.items():
        path.write_text(page(), "utf-8")
