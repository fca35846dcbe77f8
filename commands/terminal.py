"""What all commands share: an opened installation, words on stderr, JSON on stdout."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from assistant.app import App, open_app
from assistant.settings import read_settings
from corpus.errors import UnknownCode
from corpus.vocabulary import LANGUAGES

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


@contextmanager
def opened_app(*, make_ready: bool = True) -> Iterator[App]:
    """The installation of the settings, with an index that is up to date unless that is not wanted."""
    app = open_app(read_settings(), notice)
    try:
        if make_ready:
            app.make_ready(notice, counting("texts embedded"))
        yield app
    finally:
        app.close()


def notice(text: str) -> None:
    """Tell the person something beside the result."""
    print(f"market-entry: {text}", file=sys.stderr)


def counting(what: str, total: int | None = None) -> Callable[..., None]:
    """A progress line on stderr, where a person is looking at it."""

    def show(done: int, of: int | None = total) -> None:
        if sys.stderr.isatty():
            print(f"\r{done}/{of} {what}", end="\n" if done == of else "", file=sys.stderr, flush=True)

    return show


def as_text(value: object) -> str:
    """JSON as the commands print it."""
    return json.dumps(value, ensure_ascii=False, indent=1)


def known_language(code: str | None) -> str | None:
    """A language of the interface by its code, if one is given.

    Raises:
        UnknownCode: it is none.
    """
    if code is not None and code not in LANGUAGES:
        raise UnknownCode("language", code, list(LANGUAGES))
    return code


def me() -> str:
    """Who acts on the command line: the system's user."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a number without a name, as in some containers
        return f"user {os.getuid()}"
