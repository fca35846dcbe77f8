"""The command line: parse, call, print. Every foreseen failure is one sentence on stderr and a non-zero exit.

A command is a line of a table here, and a module that is imported when the command is used.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from corpus.errors import KnownError


@dataclass(frozen=True)
class Entry:
    """A command, or a group of them, in the `app` of a module of this package; `help` is its own first line."""

    module: str
    help: str
    group: bool = False


COMMANDS: Mapping[str, Entry] = {
    "serve": Entry("serve", "Serve the chat."),
    "work": Entry(
        "serve",
        "Do what an installation of several machines does in the background: index, retention, mails, connections.",
    ),
    "ask": Entry("ask", "Ask one question."),
    "search": Entry("ask", "Show the passages that are found for a query, and why."),
    "compare": Entry("markets", "Compare markets in what a question asks, or in all that companies want to know."),
    "plan": Entry("markets", "Make a market-entry plan for a kind of product."),
    "corpus": Entry("corpus", "The documents.", group=True),
    "connections": Entry("connections", "Places from which documents come by themselves.", group=True),
    "index": Entry("index", "The index that searches them.", group=True),
    "evaluate": Entry("evaluate", "Run a JSONL file of questions, one result a line, and sum the results up."),
    "qualify": Entry(
        "qualify",
        "Ask the chat model 40 questions, and say whether it may write the answers: yes, with limits, or no.",
    ),
    "gaps": Entry("gaps", "What the library could not answer.", group=True),
    "handoffs": Entry("handoffs", "What companies hand over to a person.", group=True),
    "accounts": Entry("accounts", "Who may sign in.", group=True),
    "mcp": Entry(
        "mcp", "Serve the library to an agent that has started this, by the Model Context Protocol over stdio."
    ),
    "keys": Entry("keys", "Keys by which programs ask.", group=True),
    "report": Entry("report", "Write the report of a period; nobody can be told from its figures."),
    "digest": Entry(
        "report", "Send each person of the staff for whom something waits a mail, at most one a week; run it every day."
    ),
    "retention": Entry("personal_data", "Say what is kept of people, where, and for how long."),
    "personal-data": Entry("personal_data", "Collect all that is held on a person, for whoever asks what that is."),
    "erase": Entry("personal_data", "Erase all that is held on a person, and say what that was."),
    "backup": Entry("operate", "Write a backup of everything but the settings, while a server may be serving."),
    "restore": Entry("operate", "Put a backup in place, and erase again what was erased after it was made."),
    "doctor": Entry("operate", "Say whether this installation is sound, and what to do where it is not."),
}


class Later(TyperCommand):
    """A command whose module is imported when the command is used: its help line is all that is known before."""

    def __init__(self, name: str, entry: Entry) -> None:
        super().__init__(name=name, help=entry.help)
        self._entry = entry

    def command(self) -> Any:  # noqa: ANN401 - Typer's own type is private
        """The command itself."""
        group = get_group(import_module(f"commands.{self._entry.module}").app)
        group.name = self.name
        return group if self._entry.group else group.commands[str(self.name)]

    def make_context(self, *args: Any, **extra: Any) -> Any:  # noqa: ANN401
        """Let the command itself read its arguments, and be what is invoked."""
        return self.command().make_context(*args, **extra)


class _Commands(TyperGroup):
    """The commands of the table."""

    def __init__(self, **attrs: Any) -> None:  # noqa: ANN401 - as Typer gives them
        attrs["commands"] = {name: Later(name, entry) for name, entry in COMMANDS.items()}
        super().__init__(**attrs)


app = typer.Typer(cls=_Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def entry() -> None:
    """The conversational market-entry assistant of the bioXclusters alliance."""


def main() -> None:
    """The entry point of `market-entry`."""
    try:
        app()
    except KnownError as error:
        print(f"market-entry: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
