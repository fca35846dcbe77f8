"""Raised and lowered characters: exponents and units keep their meaning, marks of footnotes are left out.

Readers put `raised` or `lowered` around what a file sets so; `settled` decides by what stands before it. A mark that
were glued to a figure would make another figure of it: `5,429` with a footnote is not `5,4291`.
"""

from __future__ import annotations

import re

_UP, _DOWN, _END = "\ufdd0", "\ufdd1", "\ufdd2"  # no characters of any text
_RUN = re.compile(f"[{_UP}{_DOWN}]([^{_UP}{_DOWN}{_END}]*){_END}")
_STRAY = re.compile(f"[{_UP}{_DOWN}{_END}]")
_SIGNS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾"
_PLAIN = str.maketrans(_SIGNS, "0123456789+-()")
_POWERS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_SIGN_RUN = re.compile(f"[{_SIGNS}]+(?:[,;][{_SIGNS}]+)*")

_NUMBER = re.compile(r"[-+−–]?\d{1,3}")
_NEGATIVE = re.compile(r"[-−–]\d{1,3}")
# What refers to a note: a number or several, a sign, or one letter, in brackets or not.
_MARK = re.compile(r"[(\[]?(?:\d{1,3}|[a-z]|[*†‡§¶#]+)(?:\s*[,;–-]\s*(?:\d{1,3}|[a-z]|[*†‡§¶#]+))*[)\]]?[.:]?", re.I)
_ION = re.compile(r"\d?[+\-−–]")
_UNIT = re.compile(r"(?:^|[\s\d/·⋅*(.])(?:[kcdmµμn]?m|km|in|ft|yd|mi|s|h|L|l|kg|g|mol|pixel|px|sec|min)$")
_TEN = re.compile(r"(?:^|[^\d.,])10$")
_MONEY = re.compile(r"(?:[€$£¥]|\b[A-Z]{3})\s*10$")
_TIMES = re.compile(r"\d\s*[x×·⋅*∙]\s*10$")
_SHORT = re.compile(r"(?:^|[^\d.,])\d{1,2}$")
_VARIABLE = re.compile(r"(?:^|[\s(=+/*×·-])[a-z]$")
_LARGE_POWER = 10  # of two: below it is a note
_ORDINALS = {"o": "º", "a": "ª"}


def raised(text: str) -> str:
    """A text as it stands above the line."""
    return f"{_UP}{text}{_END}" if text.strip() else text


def lowered(text: str) -> str:
    """A text as it stands below the line."""
    return f"{_DOWN}{text}{_END}" if text.strip() else text


def settled(text: str) -> str:
    """The text with each raised and lowered run, and each raised sign of Unicode, as it is read."""
    if _UP not in text and _DOWN not in text and not _SIGN_RUN.search(text):
        return text
    text = text.replace(f"{_END}{_UP}", "").replace(f"{_END}{_DOWN}", "")  # a run that the file had cut in pieces
    text = _SIGN_RUN.sub(lambda run: f"{_UP}{run[0].translate(_PLAIN)}{_END}", text)
    kept = ""
    at = 0
    for run in _RUN.finditer(text):
        kept += text[at : run.start()]
        inner = run[1].strip()
        kept += _raised(kept, inner) if run[0][0] == _UP else _lowered(kept, inner)
        opens = not kept.strip() and text[run.end() : run.end() + 1].isalnum()  # the mark before a note
        kept += " " if run[1][-1:].isspace() or opens else ""
        at = run.end()
    return _STRAY.sub("", kept + text[at:])


def _raised(before: str, text: str) -> str:
    """What a raised text is after what stands before it: a power, a part of the word, or a note's mark and nothing."""
    if _is_power(before, text):
        power = text.replace("−", "-").replace("–", "-").lstrip("+")
        return power.translate(_POWERS) if _UNIT.search(before) else f"^{power}"
    last = before[-1:]
    if text in _ORDINALS and _SHORT.search(before):
        return _ORDINALS[text]
    if last.isalpha() and _ION.fullmatch(text):
        return text
    return "" if last.strip() and _MARK.fullmatch(text) else text


def _is_power(before: str, text: str) -> bool:
    if not _NUMBER.fullmatch(text):
        return False
    if _NEGATIVE.fullmatch(text) and before[-1:].isalnum():
        return True
    if _TEN.search(before):
        return bool(_TIMES.search(before)) or not _MONEY.search(before)
    if text in ("2", "3") and (_UNIT.search(before) or _VARIABLE.search(before)):
        return True
    return re.search(r"(?:^|[^\d.,])2$", before) is not None and int(text) >= _LARGE_POWER


def _lowered(before: str, text: str) -> str:
    """What a lowered text is: a part of the word, and apart from a figure."""
    return f"_{text}" if before[-1:].isdigit() and text[:1].isdigit() else text
