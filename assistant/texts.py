"""The texts that the assistant says itself, a file an interface language in `languages/`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parent / "languages"


@cache
def texts(language: str) -> Mapping[str, str]:
    """All texts of an interface language, by name."""
    table: dict[str, str] = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    return table


def say(language: str, name: str, /, **values: object) -> str:
    """One text, its $names filled in."""
    return Template(texts(language)[name]).substitute({key: str(value) for key, value in values.items()})
