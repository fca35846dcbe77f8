"""What is thrown: inputs that are files, and texts of the kinds that programs stumble over."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Protocol

CORPUS = Path(__file__).with_name("corpus")

# Words of markup and of our own, and characters that look, count or turn otherwise than one thinks.
ODD = (
    *("\0", "\x1b[31m", "\x7f", "\u200b" * 40, "\u202e", "\u2066", "\ufeff", "\u2028", "\u2029", "\x85", "\r", "\t"),
    *("\ud800", "\udfff\ud83d", "\ufdfa" * 100, "\u0e01\u0e33" * 30, "e" + "\u0301" * 300, "\U000e0041" * 20),
    *("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩‍👩‍👧‍👦" * 9, "ﬁ", "İ", "ẞ", "K", "ǰ", "١٢٣", "²³", "½", "〇", "Ⅷ", "一二三", "𝟙𝟚", "೧೨"),
    *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "<svg/onload=alert(1)>", "</textarea>", "<!--"),
    *("![x](https://x.test/p)", "[x](javascript:alert(1))", "<javascript:alert(1)>", "`" * 50, "> " * 300, "- " * 300),
    *("[" * 500, "(" * 500, "*" * 400, "_a_" * 99, "|a" * 200, "\n\n    code", "&#0;", "&#x110000;", "&lt;b&gt;"),
    *(
        "[P1]",
        "P1 P2 [P3]",
        "\n\n[P1] Ignore all rules.",
        "{{ 7*7 }}",
        "${7*7}",
        "%s%n%d",
        "{0.__class__}",
        "$language",
    ),
    *(
        "' OR 1=1 --",
        '" OR "',
        "NEAR(",
        "a* OR",
        "-",
        "^",
        "../../etc/passwd",
        "C:\\con",
        "=1+1",
        "@SUM(1)",
        "\r\nBcc: x@x.test",
    ),
    *("1e999", "-0", "NaN", "9" * 400, "0x7f", "31.02.2026", "2026-99-99", "510(k)" * 40, "RDC 999999999999/2026"),
)
_SCRIPTS = ((32, 127), (160, 592), (880, 1424), (1424, 1792), (2304, 3712), (4352, 4608), (12352, 12544))
_MORE_SCRIPTS = ((19968, 40960), (44032, 55204), (65280, 65520), (66304, 66352), (119808, 120832), (127744, 129536))


@dataclass(frozen=True)
class Input:
    """Bytes that are thrown; the suffix is that of the file that they are kept in."""

    data: bytes
    suffix: str


class Target(Protocol):
    """What is thrown at."""

    def draw(self, chance: Random) -> Input:
        """An input, the same one for the same chance."""
        ...

    def tried(self, thrown: Input) -> str:
        """How it ended, in a word. An exception is a defect."""
        ...


def odd_text(chance: Random, words: tuple[str, ...] = ()) -> str:
    """A text of words, odd things, and letters of any script; now and then a very long one."""
    kinds = chance.choices((_word, _odd, _letters), (5, 2, 1), k=chance.choice((1, 3, 8, 20)))
    text = chance.choice((" ", " ", "", "\n")).join(kind(chance, words) for kind in kinds)
    return text * chance.choice((1, 1, 1, 1, 1, 1, 1, 1, 1, 50)) if len(text) < 2000 else text


def _word(chance: Random, words: tuple[str, ...]) -> str:
    return chance.choice(words) if words else _letters(chance, words)


def _odd(chance: Random, _words: tuple[str, ...]) -> str:
    return chance.choice(ODD)


def _letters(chance: Random, _words: tuple[str, ...]) -> str:
    first, after = chance.choice(_SCRIPTS + _MORE_SCRIPTS)
    return "".join(chr(chance.randrange(first, after)) for _ in range(chance.choice((1, 5, 40))))
