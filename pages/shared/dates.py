"""Days and months as people of a language write them."""

from __future__ import annotations

from datetime import date

from assistant.texts import say

_MONTH, _DAY = 2, 3  # parts of a date that is as exact as that


def dated(language: str, when: date | str) -> str:
    """A date that is as exact as known: `2026-09-30`, `2026-09`, `2026`, or a word where it is none."""
    parts = str(when).split("-")
    if not all(part.isdecimal() for part in parts) or not _MONTH <= len(parts) <= _DAY:
        return say(language, "undated") if when == "undated" else str(when)
    month = int(parts[1]) - 1
    if len(parts) == _MONTH:
        return f"{say(language, 'months').split(', ')[month]}{say(language, 'before_year')}{parts[0]}"
    day = say(language, "first_of_month") if int(parts[2]) == 1 else str(int(parts[2]))
    return say(language, "day_of_month", day=day, month=say(language, "months_of").split(", ")[month], year=parts[0])
