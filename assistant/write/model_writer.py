"""The writer that keeps a chat model on a short leash."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template

from assistant.answers import ClaimKind, Reason, Rejected
from assistant.find.evidence import Evidence
from assistant.language.phrasing import recognise_language
from assistant.language.quantities import figures
from assistant.model.chat_model import ChatModel, ModelUnavailable, Usage
from assistant.model.placeholders import Placeholders
from assistant.understand.questions import Understood
from assistant.write.completion import CANNOT_ANSWER, MISSING, Bearing, Cannot, Lack, Sentence, read
from assistant.write.drafts import Draft, Gap, Support
from corpus.documents import may_quote
from index.analysis import tokens
from index.search import Hit

__all__ = ["CANNOT_ANSWER", "MISSING", "PROMPT", "ModelWriter", "answer_prompt", "drafted"]

PROMPT = Path(__file__).parent / "answer.md"
AGAIN = Path(__file__).parent / "again.md"
_FAULTS = {  # as a model is told of them
    Reason.SOURCE: "it names no passage that was given, or the copied words do not stand there letter by letter",
    Reason.FORM: "it is not one plain sentence",
    Reason.LANGUAGE: "it is in the wrong language",
    Reason.SUPPORT: "the passages that it names do not say this, or not all of it",
    Reason.CITATION: "another passage says it",
    Reason.FIGURES: "a figure, date, amount or unit is not that of the passage",
    Reason.NAMES: "it has a name that the passage does not have",
    Reason.MARKETS: "it names a market that the passage is not about",
    Reason.DENIAL: "it says the contrary of the passage",
    Reason.ENTAILMENT: "the passages that it names say something else, if only a little",
}
_FEWEST_WORDS = 4  # of copied words; fewer bear nothing
_LONGEST_GAP = 240  # characters
_OF_THE_QUESTION = 0.5  # of the words of a gap that stand in the question; else the question itself is named
_MARKUP = re.compile(r"[<>\[\]`]|https?:")
_WORD = re.compile(r"\w+")
LANGUAGE_NAMES = {
    "en": "English",
    "ca": "Catalan",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "de": "German",
    "pt": "Portuguese",
    "zh": "Chinese",
    "ja": "Japanese",
    "ko": "Korean",
}


class ModelWriter:
    """Lets a chat model answer from the passages alone, each sentence with the keys of its passages.

    Sentences come as soon as they are whole. What has no key, a key that was not given, or copied words that do not
    stand in the passage, is a draft without support, which no verification lets through. The model reads placeholders
    for what the person told of themselves; a statement that repeats one shows the person's own words.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    def write(self, understood: Understood, evidence: Evidence) -> Iterator[Draft | Gap | Usage]:
        """The statements of the model, what it says is missing, and its usage; none when the passages do not answer.

        Raises:
            ModelUnavailable: the provider does not answer, breaks off, or writes nothing.
            ModelRefused: the provider refuses the key or the request.
        """
        hits = _given(understood, evidence)
        yield from self._drafted(answer_prompt(understood, hits), understood, hits)

    def write_again(
        self, understood: Understood, evidence: Evidence, shown: Sequence[str], rejected: Sequence[Rejected]
    ) -> Iterator[Draft | Gap | Usage]:
        """The same once more, by a model that is told what of its first answer was left out, and why.

        Raises:
            ModelUnavailable: as `write`.
            ModelRefused: as `write`.
        """
        hits = _given(understood, evidence)
        again = Template(AGAIN.read_text("utf-8")).substitute(
            answer="\n".join([*shown, *(one.text for one in rejected)]),
            faults="\n".join(f"- {one.text} ({_FAULTS.get(one.reason, one.reason.value)})" for one in rejected),
        )
        yield from self._drafted(answer_prompt(understood, hits) + again, understood, hits)

    def _drafted(self, prompt: str, understood: Understood, hits: Mapping[str, Hit]) -> Iterator[Draft | Gap | Usage]:
        pieces = self._model.stream(prompt)
        return drafted(pieces, hits, understood.language, understood.text, understood.placeholders)


def drafted(
    pieces: Iterator[str | Usage],
    hits: Mapping[str, Hit],
    language: str,
    question: str,
    placeholders: Placeholders,
) -> Iterator[Draft | Gap | Usage]:
    """A completion as drafts and gaps; `hits` are the passages that the model was given, by key.

    Raises:
        ModelUnavailable: there is nothing in it.
    """
    written = cannot = False
    missing: set[str] = set()
    for part in read(pieces, language):
        if isinstance(part, Usage):
            yield part
        elif isinstance(part, Cannot):
            cannot = True
        elif isinstance(part, Lack):
            text = gap(placeholders.show(part.text), question, language)
            if text not in missing:
                missing.add(text)
                written = True
                yield Gap(text)
        elif not cannot or _names_given(part, hits):
            written = True
            yield _draft(part, hits, language, placeholders)
            if cannot and not missing:  # what it states is beside what it cannot answer
                missing.add(question)
                yield Gap(question)
    if not written and not cannot:
        raise ModelUnavailable("The chat model wrote nothing.")


def gap(text: str, question: str, language: str) -> str:
    """What a model says is missing, where it says so in words of the question; else the question itself."""
    asked = set(tokens(question, language))
    said = [token for token in tokens(text, language) if len(token) > 2]
    known = sum(token in asked for token in said)
    plain = 0 < len(text) <= _LONGEST_GAP and not _MARKUP.search(text) and recognise_language(text) == language
    nothing_new = figures(text, language).stand_in(figures(question, language))
    return text if plain and said and nothing_new and known >= _OF_THE_QUESTION * len(said) else question


def _given(understood: Understood, evidence: Evidence) -> dict[str, Hit]:
    """The passages that a model may read, by key."""
    readable = [hit for hit in evidence.hits if may_quote(hit.document, understood.filters.reader)]
    return {f"P{number}": hit for number, hit in enumerate(readable, start=1)}


def answer_prompt(understood: Understood, hits: Mapping[str, Hit]) -> str:
    """The prompt of `answer.md`, filled in."""
    passages = "\n\n".join(
        f"[{key}] {hit.document.metadata.title} › {hit.passage.section}"
        f" (facts as of {hit.document.metadata.facts_as_of})\n{hit.passage.text}"
        for key, hit in hits.items()
    )
    template = Template(PROMPT.read_text("utf-8"))
    return template.substitute(
        language=LANGUAGE_NAMES[understood.language],
        cannot=CANNOT_ANSWER,
        passages=passages,
        question=understood.placeholders.hide(understood.written or understood.text),
    )


def _names_given(sentence: Sentence, hits: Mapping[str, Hit]) -> bool:
    return bool(sentence.bearing) and all(one.key in hits for one in sentence.bearing)


def _draft(sentence: Sentence, hits: Mapping[str, Hit], language: str, placeholders: Placeholders) -> Draft:
    """A sentence as a draft: an unknown key, or copied words that stand nowhere, leave no support."""
    found = [_support(one, hits) for one in sentence.bearing]
    stretches = {(one.hit.passage.id, one.start, one.end): one for one in found if one}
    support = tuple(stretches.values()) if all(found) else ()
    told = placeholders.show(sentence.text)
    return Draft(
        placeholders.leave_out(sentence.text),
        ClaimKind.STATEMENT,
        language,
        support,
        told if told != sentence.text else "",
    )


def _support(bearing: Bearing, hits: Mapping[str, Hit]) -> Support | None:
    """The passage of a key, or the stretch of it whose words were copied; capitals and stops do not count."""
    hit = hits.get(bearing.key)
    if hit is None:
        return None
    text = hit.passage.text
    words = _WORD.findall(bearing.words)
    if len(words) < _FEWEST_WORDS:
        return Support(hit, 0, len(text))
    copied = re.search(r"\W+".join(map(re.escape, words)), text, re.IGNORECASE)
    return Support(hit, copied.start(), copied.end()) if copied else None
