"""Days and months as people of a language write them."""

from __future__ import annotations

import re
from datetime import date

from assistant.texts import say

_KNOWN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?:-(\d{2}))?", re.ASCII)


def dated(language: str, when: date | str) -> str:
    """A date that is as exact as known: `2026-09-30`, `2026-09`, `2026`, or a word where it is none."""
    known = _KNOWN.fullmatch(str(when))
    if not known:
        return say(language, "undated") if when == "undated" else str(when)
    year, month, day = known[1], int(known[2]) - 1, int(known[3] or 0)
    if not day:
        return f"{say(language, 'months').split(', ')[month]}{say(language, 'before_year')}{year}"
    told = say(language, "first_of_month") if day == 1 else str(day)
    return say(language, "day_of_month", day=told, month=say(language, "months_of").split(", ")[month], year=year)
