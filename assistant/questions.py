"""What is asked: the question as it came, and as it is understood."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from corpus.errors import KnownError
from corpus.vocabulary import LANGUAGES, Cluster, Term, Vocabulary
from index.search import Filters, Preferences

LONGEST = 2000  # characters; a question of a page is a document
_FOLLOW_UP_WORDS = 6
# Words with which a question that leans on the one before it begins, in our six languages.
_LEANING = re.compile(
    r"(?:and|what about|i|y|e|et|und|què hi ha|qué hay|wie ist es|qu'en est|che dire)\b", re.IGNORECASE
)
_WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")  # scripts that do not part their words
_FOREIGN = ("pt", "zh", "ja", "ko")  # asked in, though the interface does not speak them


class UnclearQuestion(KnownError):
    """A question without words, or far too many of them."""


@dataclass(frozen=True)
class Question:
    """A question as it came: its text, the person's earlier questions, the walls set, the language if known."""

    text: str
    earlier: tuple[str, ...] = ()
    filters: Filters = field(default_factory=Filters)
    language: str | None = None


@dataclass(frozen=True)
class Understood:
    """A question made to stand alone: its text for the search, its language, and what it names."""

    text: str
    language: str
    filters: Filters
    preferences: Preferences
    clusters: tuple[str, ...] = ()

    @property
    def reader_language(self) -> str:
        """The language to answer in: the question's own, or English where the house does not speak it."""
        return self.language if self.language in LANGUAGES else "en"


def understand(question: Question, vocabulary: Vocabulary) -> Understood:
    """Make a question stand alone and recognise its language and what it names.

    Raises:
        UnclearQuestion: there are no words in it, or more than `LONGEST` characters.
    """
    text = _tidy(question.text)
    if not re.search(r"\w", text):
        raise UnclearQuestion("Please ask your question in words.")
    if len(text) > LONGEST:
        raise UnclearQuestion(f"The question has {len(text):,} characters; please ask it in at most {LONGEST:,}.")
    language = question.language or recognise_language(text)
    standing = _standing_alone(text, tuple(map(_tidy, question.earlier)))
    markets = mentioned(standing, vocabulary.markets)
    # "A European company in Japan": where it comes from is not where it wants to go.
    abroad = markets - {"europe"} or markets
    return Understood(
        text=standing,
        language=language,
        filters=question.filters,
        preferences=Preferences(markets=abroad, areas=mentioned(standing, vocabulary.areas)),
        clusters=tuple(sorted(mentioned(standing, vocabulary.clusters))),
    )


def recognise_language(text: str) -> str:
    """The language a text is written in, among those that people ask in; a guess for very short texts."""
    return str(_identifier().classify(text)[0])


def mentioned(text: str, terms: Mapping[str, Term] | Mapping[str, Cluster]) -> frozenset[str]:
    """The codes of those terms that a text names, by name or alias, in any language.

    Words are compared without case and accents; aliases in capitals (US, EU, AI) only match capitals.
    """
    folded = _fold(text)
    return frozenset(
        code
        for code, term in terms.items()
        if any(_names(word, text if word.isupper() else folded) for word in _words(term))
    )


def _words(term: Term | Cluster) -> set[str]:
    names = {term.name} if isinstance(term, Cluster) else set(term.names.values())
    return names | set(term.aliases)


@cache
def _pattern(word: str) -> re.Pattern[str]:
    wanted = re.escape(word if word.isupper() else _fold(word))
    return re.compile(wanted if _WITHOUT_SPACES.search(word) else rf"(?<!\w){wanted}(?!\w)")


def _names(word: str, text: str) -> bool:
    return bool(_pattern(word).search(text))


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _tidy(text: str) -> str:
    """The text without control characters and with single spaces."""
    return " ".join("".join(char if unicodedata.category(char)[0] != "C" else " " for char in text).split())


def _standing_alone(text: str, earlier: tuple[str, ...]) -> str:
    """A short question that leans on the one before it is asked together with it."""
    leans = len(text.split()) <= _FOLLOW_UP_WORDS or _LEANING.match(text)
    return f"{earlier[-1]} {text}" if earlier and leans else text


@cache
def _identifier() -> Any:  # noqa: ANN401 - the package carries no types
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([*LANGUAGES, *_FOREIGN])
    return identifier
