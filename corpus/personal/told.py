"""What people tell of themselves in so many words: the number of a passport, a password, the day of their birth."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from corpus.personal.numbers import DAY
from corpus.personal.spans import Span, apart

_FEWEST_DIGITS = 5  # of a number of identity
_NUMBER = (  # letters only where figures are with them: X-1234567-L, FR 40 303265045, PAB123456
    r"(?:[A-Z]{1,3}[ .-]?)?[A-Za-z]{0,6}\d[A-Za-z0-9]*(?:[ .\-/]{1,2}[A-Z]{0,3}\d[A-Za-z0-9]*)*"
    r"(?:-?[A-Za-z])?(?![A-Za-z0-9])"
)
_WORD = r"[\"'«“`]?(?P<value>[^\s\"'«»“”`\[\]]{4,})"  # nothing masked already
_UNLIKE_A_WORD = re.compile(r"[\d@#$%&*_+=^~\\|]|[!?].")
_DATES = "|".join(
    (
        r"\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2,4}",
        r"\d{4}[./-]\d{1,2}[./-]\d{1,2}",
        r"\d{1,2}(?:st|nd|rd|th|er|\.|º)? ?(?:of |de |d['’])?[^\W\d_]{3,12}\.?,?(?: de| del| do)? \d{4}",
        r"[^\W\d_]{3,12}\.? \d{1,2}(?:st|nd|rd|th)?,? \d{4}",
        r"\d{4} ?[年년] ?\d{1,2} ?[月월](?: ?\d{1,2} ?[日일号]?)?",
    )
)
_TO_DATE = r"[^.!?\d。!?]{0,25}?"  # `in Bonn on`


def told_identities(text: str) -> Iterator[Span]:
    """Numbers of passports, of insurance, of taxes: whatever is called so and has figures enough."""
    for found in _cued("id", _NUMBER).finditer(text):
        value = found["value"]
        if sum(map(str.isdigit, value)) >= _FEWEST_DIGITS and not DAY.fullmatch(value):
            yield found.span("value")


def keys(text: str) -> Iterator[Span]:
    """Passwords where they are called so, and keys of services, which can be told by how they begin."""
    told = (found.span("value") for found in _cued("key", _WORD).finditer(text))
    secrets = ((start, start + len(text[start:end].rstrip(".,;:)"))) for start, end in told)
    hidden = (span for span in secrets if _UNLIKE_A_WORD.search(text, *span))
    return apart([*hidden, *(found.span() for found in _keys().finditer(text))])


def births(text: str) -> Iterator[Span]:
    """The day on which somebody was born."""
    return apart(found.span("value") for pattern in _births() for found in pattern.finditer(text))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


@cache
def _cued(kind: str, value: str) -> re.Pattern[str]:
    """A value behind a cue: a word that is followed by a link or a sign, and by nothing else."""
    links = "|".join(sorted(_table()["links"], key=len, reverse=True))
    held = value if "(?P<value>" in value else f"(?P<value>{value})"
    between = rf"(?i:[ \t.:=,;'’–—-]*(?:(?:{links})(?:(?![a-zà-ÿ])|(?<![a-zà-ÿ]))[ \t.:=,;–—-]*){{0,4}})"
    return re.compile(rf"{_cue(_table()[kind]['cues'])}{between}{held}")


def _cue(cues: list[str]) -> str:
    """Any of the words, whole where their script parts words; `password-protected` is another word."""
    return rf"(?i:(?<![a-zà-ÿ0-9])(?:{'|'.join(sorted(cues, key=len, reverse=True))})(?![a-zà-ÿ0-9-]))"


@cache
def _keys() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{'|'.join(_table()['key']['shapes'])})")


@cache
def _births() -> tuple[re.Pattern[str], re.Pattern[str]]:
    table = _table()["birth"]
    dated = rf"(?<!\d)(?P<value>(?i:{_DATES}))(?!\d)"
    behind = "|".join(table["behind"])
    return re.compile(rf"{_cue(table['cues'])}{_TO_DATE}{dated}"), re.compile(rf"{dated} ?(?:{behind})")
