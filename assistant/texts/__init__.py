"""The texts that the assistant says itself: a file an interface language, beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from math import ceil
from pathlib import Path
from string import Template

from corpus.errors import KnownError

FOLDER = Path(__file__).parent


@cache
def texts(language: str) -> Mapping[str, str]:
    """All texts of an interface language, by name."""
    table: dict[str, str] = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    return table


def say(language: str, name: str, /, **values: object) -> str:
    """One text, its $names filled in."""
    return Template(texts(language)[name]).substitute({key: str(value) for key, value in values.items()})


class TranslatedError(KnownError):
    """A foreseen failure whose sentence is one of the texts, so that a page can tell it in the person's language."""

    def __init__(self, name: str, /, **values: object) -> None:
        super().__init__(say("en", name, **values))
        self._name = name
        self._values = values

    def localised(self, language: str) -> str:
        """The sentence in a language."""
        return say(language, self._name, **self._values)


class ComeBack(TranslatedError):
    """Too much just now; after so many seconds it can be tried again."""

    retryable = True

    def __init__(self, name: str, seconds: float, /, **values: object) -> None:
        super().__init__(name, **values)
        self.seconds = max(ceil(seconds), 1)
