"""How codes and fields of documents are called in a person's language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from assistant.texts import say, texts
from corpus.catalogue.listing import ALLIANCE
from corpus.documents import Access, Reuse, Stage
from corpus.vocabulary import LANGUAGES, Term, vocabulary

Choices = list[tuple[str, str]]  # codes with names, as a select shows them

# The languages of questions, each by its own name.
TONGUES = {code: say(code, "language_name") for code in LANGUAGES} | {
    "pt": "Português",
    "ja": "日本語",
    "zh": "中文",
    "ko": "한국어",
}
_OF_UNIT = re.compile(
    r"units\.(.*)\.((?:answer|points|question|row)\.\w+|also_asked|products|aspects|unknown|hash|proposed)", re.DOTALL
)
_KIND = re.compile(r"sources\.(.+)\.kind")

_VALUES = (
    {stage.value: f"stage_{stage}" for stage in Stage}
    | {access.value: f"access_{access}" for access in Access}
    | {reuse.value: f"reuse_{reuse}" for reuse in Reuse}
)


def check_text(point: str) -> str:
    """The name of the text that says what there is to look at."""
    return f"check_{point.replace('-', '_')}"


@dataclass(frozen=True)
class Names:
    """The names in one language."""

    language: str

    def term(self, kind: str, code: str) -> str:
        """What a code of the vocabulary means; the code itself where it does not hold it."""
        known: dict[str, Term] = getattr(vocabulary(), kind)
        return known[code].name(self.language) if code in known else code

    def terms(self, kind: str) -> Choices:
        """All codes of a kind."""
        return sorted(((code, self.term(kind, code)) for code in getattr(vocabulary(), kind)), key=lambda term: term[1])

    def offered(self, kind: str, chosen: Iterable[str]) -> Choices:
        """All codes of a kind, and what is chosen beside them."""
        known = self.terms(kind)
        return known + [(code, code) for code in sorted(set(chosen) - {code for code, _ in known})]

    def listed(self, kind: str, codes: Iterable[str]) -> str:
        """Some codes in one line; none means all of them."""
        return ", ".join(sorted(self.term(kind, code) for code in codes)) or say(self.language, "all")

    def owner(self, code: str) -> str:
        """Who answers for a document."""
        clusters = vocabulary().clusters
        return clusters[code].name if code in clusters else say(self.language, "whole_alliance")

    @property
    def owners(self) -> Choices:
        """All who can."""
        known = [(code, cluster.name) for code, cluster in vocabulary().clusters.items()]
        return [(ALLIANCE, say(self.language, "whole_alliance")), *known]

    def of(self, kind: type[Stage | Access | Reuse]) -> Choices:
        """All values of a kind; of the stages those that a version in play can be at."""
        return [(one.value, self.value(one)) for one in kind if one is not Stage.SUPERSEDED]

    def value(self, value: str) -> str:
        """A stage, an access or a reuse; anything else as it is."""
        return say(self.language, _VALUES[value]) if value in _VALUES else value

    def of_unit(self, name: str) -> str:
        """A field of a unit: `answer.de`, `also_asked`."""
        part, _, tongue = name.partition(".")
        called = say(self.language, f"unit_{part}")
        return f"{called}, {TONGUES.get(tongue, tongue)}" if tongue else called

    def field(self, name: str) -> str:
        """A field of the metadata, as `corpus.differences` names it."""
        if of_unit := _OF_UNIT.fullmatch(name):
            section, part = of_unit.groups()
            return f"{section or say(self.language, 'unit_beginning')} › {self.of_unit(part)}"
        if of_source := _KIND.fullmatch(name):
            return f"{say(self.language, 'field_sources')}: {of_source[1]}, {say(self.language, 'source_kind')}"
        first, _, part = name.partition(".")
        called = texts(self.language).get(f"field_{first}", first)
        if first == "summary" and f"language_{part}" in texts(self.language):
            return f"{called}: {say(self.language, f'language_{part}')}"
        return f"{called}: {part}" if part else called
