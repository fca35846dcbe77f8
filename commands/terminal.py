"""What all commands share: an opened installation, words on stderr, JSON on stdout."""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from assistant.home import home_of, open_catalogue
from assistant.settings import read_settings
from corpus.catalogue.catalogue import Catalogue
from corpus.errors import KnownError, UnknownCode
from corpus.vocabulary import LANGUAGES

if TYPE_CHECKING:
    from assistant.app import App


class FileNotWritten(KnownError):
    """A file that a command was to write and cannot."""


Code = TypeVar("Code", bound=str | None)
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


@contextmanager
def opened_app(*, make_ready: bool = True) -> Iterator[App]:
    """The installation of the settings, with an index that is up to date unless that is not wanted."""
    from assistant.app import open_app  # with all that answering needs: a second to import

    app = open_app(read_settings())
    try:
        if make_ready:
            app.upkeep.make_ready(notice, counting("texts embedded"))
        yield app
    finally:
        app.close()


@contextmanager
def opened_catalogue() -> Iterator[Catalogue]:
    """The catalogue of the settings' home alone, for commands that only read it."""
    catalogue = open_catalogue(home_of(read_settings()))
    try:
        yield catalogue
    finally:
        catalogue.close()


def notice(text: str) -> None:
    """Tell the person something beside the result."""
    print(f"market-entry: {text}", file=sys.stderr)


def counting(what: str, total: int | None = None) -> Callable[..., None]:
    """A progress line on stderr, where a person is looking at it."""

    def show(done: int, of: int | None = total) -> None:
        if sys.stderr.isatty():
            print(f"\r{done}/{of} {what}", end="\n" if done == of else "", file=sys.stderr, flush=True)

    return show


def save(path: Path, data: bytes, *, private: bool = False) -> None:
    """Write a file that was asked for; a `private` one, which holds personal data, for this user alone.

    Raises:
        FileNotWritten: it cannot be.
    """
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o666), "wb") as file:
            file.write(data)
    except OSError as error:
        raise FileNotWritten(f"The file {path} cannot be written ({error.strerror}); name another one.") from error


def as_text(value: object) -> str:
    """JSON as the commands print it."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def known_language(code: Code) -> Code:
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
