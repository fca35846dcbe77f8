"""What a title has to say: words that name nothing by themselves, and titles that are none."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_LEAST, _LONGEST = 4, 160  # letters, characters
_OF_A_FILE = re.compile(r"(?i)_|\.(docx?|pdf|pptx?|xlsx?|indd|rtf|odt|html?|txt)\b|\ufffd|^microsoft word\b")
_CUT = (",", ":", ";", "-", "–", "…", "&")


@cache
def title_words() -> Mapping[str, frozenset[str]]:
    """The lists of words, by name."""
    table = tomllib.loads(Path(__file__).with_name("titles.toml").read_text("utf-8"))
    return {name: frozenset(listed) for name, listed in table.items()}


def is_generic(title: str) -> bool:
    """Whether a title names nothing by itself."""
    return all(word in title_words()["generic"] for word in re.findall(r"[^\W\d_]+", title.casefold()))


def is_odd(title: str) -> bool:
    """Whether a title looks as if nobody had written it for readers: generic, of a file, cut off, or shouted."""
    letters = [char for char in title if char.isalpha()]
    least = _LEAST if title.isascii() else _LEAST // 2
    shouted = len(title.split()) > 2 and all(map(str.isupper, letters))
    return (
        not least <= len(letters) <= len(title) <= _LONGEST
        or shouted
        or title.rstrip().endswith(_CUT)
        or bool(_OF_A_FILE.search(title))
        or is_generic(title)
    )
