"""What the provider of a chat model reads in place of personal details, and the way back to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from corpus.personal.kinds import replaced

# Scripts that do not part their words have no borders of them.
_WORD_BEFORE = r"(?<![A-Za-z0-9À-ɏ])"
_WORD_BEHIND = r"(?![A-Za-z0-9À-ɏ])"


@dataclass(frozen=True)
class Placeholders:
    """The details of a question and of those before it, each by what stands for it: `[name]`, `[name 2]`.

    They are made once a question, so that a detail is known again where nothing around it tells what it is.
    """

    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Placeholders:
        """One for each detail in the texts, in the order in which they are found."""
        known: dict[str, str] = {}
        kinds: list[str] = []

        def stand_in(kind: str, value: str) -> str:
            if value not in known:
                kinds.append(kind)
                same = kinds.count(kind)
                known[value] = f"[{kind}]" if same == 1 else f"[{kind} {same}]"
            return known[value]

        for text in texts:
            replaced(text, stand_in)
        return cls(MappingProxyType({placeholder: value for value, placeholder in known.items()}))

    def hide(self, text: str) -> str:
        """The text with placeholders for the details; one that was not known before has but its kind."""
        for placeholder, value in sorted(self.values.items(), key=lambda one: len(one[1]), reverse=True):
            text = re.sub(rf"{_WORD_BEFORE}{re.escape(value)}{_WORD_BEHIND}", placeholder, text)
        known = {value: placeholder for placeholder, value in self.values.items()}
        return replaced(text, lambda kind, value: known.get(value, f"[{kind}]"))

    def show(self, text: str) -> str:
        """The text with the details back in it; the last first, since one may hold an earlier one's placeholder."""
        for placeholder, value in reversed(list(self.values.items())):
            text = text.replace(placeholder, value)
        return text

    def leave_out(self, text: str) -> str:
        """The text without its placeholders: what of it has to stand in a source."""
        for placeholder in self.values:
            text = text.replace(placeholder, "")
        return " ".join(text.split())
