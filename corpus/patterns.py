"""Lists of words in tables, read as one pattern that can say which of its words a text has.

A word is a small regular expression, in which ` ... ` stands for anything between two words. Where words follow one
another in many combinations, an entry is a list of steps: each a small expression, or a list of alternatives. So
`[["can", "could"], " you ... ", ["draft", "write"]]` stands for four words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from corpus.mentions import WITHOUT_SPACES

Entry = str | Sequence[str | Sequence[str]]
Listed = Sequence[Entry] | Mapping[str, Sequence[Entry]]

_GAP, _ANYTHING = " ... ", r"\b.*\b"
_REMEMBERED = 4096  # single words, compiled when a person wants to see why


@dataclass(frozen=True)
class Words:
    """Words of which a text may have any: the `whole` ones between borders of words, `parts` anywhere."""

    whole: tuple[str, ...]
    parts: tuple[str, ...]
    pattern: re.Pattern[str]

    def search(self, text: str) -> bool:
        """Whether a text has any of the words."""
        return self.pattern.search(text) is not None

    def fired(self, text: str) -> tuple[str, ...]:
        """Those of the words that a text has, as they stand in the table, steps put together."""
        if not self.search(text):
            return ()
        forms = {word: _whole([word]) for word in self.whole} | {word: any_of([word]) for word in self.parts}
        return tuple(word for word, form in forms.items() if _compiled(form).search(text))


def read_words(listed: Listed) -> Words:
    """The words of a table: a list of whole words, or `words`, `parts` of words, or the `only` words of a text.

    Words of scripts that do not part their words count wherever they stand.
    """
    table = listed if isinstance(listed, Mapping) else {"words": listed}
    only, whole, parts = table.get("only", ()), list[Entry](), [*table.get("parts", ())]
    for entry in table.get("words", ()):
        (parts if WITHOUT_SPACES.search(str(entry)) else whole).append(entry)
    alternatives = [
        *([rf"^\W*(?:{any_of(only)}\W*)+$"] if only else []),
        *([_whole(whole)] if whole else []),
        *([any_of(parts)] if parts else []),
    ]
    return Words(
        whole=tuple(word for entry in (*only, *whole) for word in _spelt_out(entry)),
        parts=tuple(word for entry in parts for word in _spelt_out(entry)),
        pattern=re.compile("|".join(alternatives) or any_of(())),
    )


def any_of(entries: Sequence[Entry]) -> str:
    """The expression that any of the words fits, in their order, as a group that captures nothing; of none, no text."""
    return f"(?:{'|'.join(map(_joined, entries))})" if entries else "(?!)"


def _joined(entry: Entry) -> str:
    steps = [entry] if isinstance(entry, str) else entry
    return "".join(step.replace(_GAP, _ANYTHING) if isinstance(step, str) else any_of(step) for step in steps)


def _spelt_out(entry: Entry) -> Iterator[str]:
    """Every word that an entry stands for."""
    steps = [entry] if isinstance(entry, str) else entry
    return map("".join, product(*([step] if isinstance(step, str) else step for step in steps)))


def _whole(entries: Sequence[Entry]) -> str:
    return rf"\b{any_of(entries)}\b"


@lru_cache(_REMEMBERED)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression)
