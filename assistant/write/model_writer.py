"""The writer that keeps a chat model on a short leash."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template

from assistant.answers import ClaimKind
from assistant.find.evidence import Evidence
from assistant.model.chat_model import ChatModel, ModelUnavailable, Usage
from assistant.model.placeholders import Placeholders
from assistant.understand.questions import Understood
from assistant.write.drafts import Draft, Support
from corpus.documents import may_quote
from index.search import Hit

CANNOT_ANSWER = "CANNOT_ANSWER"  # what a model writes when the passages do not answer
PROMPT = Path(__file__).parent / "answer.md"
_MOST_CHARACTERS = 6000  # of a model's answer; a long one has 1,500
_KEYS = re.compile(r"\[(P\d+(?:\s*,\s*P\d+)*)\]")
_LANGUAGE_NAMES = {
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
    """Lets a chat model answer from the passages alone, a statement a line, each with the keys of its passages.

    Statements come as soon as they are whole. What has no key, or a key that was not given, is a draft without
    support, which no verification lets through. The model reads placeholders for what the person told of themselves;
    a statement that repeats one shows the person's own words.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    def write(self, understood: Understood, evidence: Evidence) -> Iterator[Draft | Usage]:
        """The statements of the model and its usage; none when it says that the passages do not answer.

        Raises:
            ModelUnavailable: the provider does not answer, breaks off, or writes nothing.
            ModelRefused: the provider refuses the key or the request.
        """
        readable = [hit for hit in evidence.hits if may_quote(hit.document, understood.filters.reader)]
        hits = {f"P{number}": hit for number, hit in enumerate(readable, start=1)}
        written = cannot = False
        for line in _lines(self._model.stream(answer_prompt(understood, hits))):
            if isinstance(line, Usage):
                yield line
            elif cannot:  # whatever follows is not read
                return
            elif line == CANNOT_ANSWER:
                cannot = True
            else:
                written = True
                yield _statement(line, hits, understood.language, understood.placeholders)
        if not written and not cannot:
            raise ModelUnavailable("The chat model wrote nothing.")


def answer_prompt(understood: Understood, hits: Mapping[str, Hit]) -> str:
    """The prompt of `answer.md`, filled in."""
    passages = "\n\n".join(
        f"[{key}] {hit.document.metadata.title} › {hit.passage.section}"
        f" (facts as of {hit.document.metadata.facts_as_of})\n{hit.passage.text}"
        for key, hit in hits.items()
    )
    template = Template(PROMPT.read_text("utf-8"))
    return template.substitute(
        language=_LANGUAGE_NAMES[understood.language],
        cannot=CANNOT_ANSWER,
        passages=passages,
        question=understood.placeholders.hide(understood.text),
    )


def _lines(pieces: Iterator[str | Usage]) -> Iterator[str | Usage]:
    """The lines of a stream as they become whole, and its usage; of what goes on for too long, the whole ones."""
    held = ""
    length = 0
    for piece in pieces:
        if isinstance(piece, Usage):
            yield piece
            continue
        held += piece
        length += len(piece)
        *whole, held = held.split("\n")
        yield from (line.strip() for line in whole if line.strip())
        if length > _MOST_CHARACTERS:
            return
    if held.strip():
        yield held.strip()


def _statement(line: str, hits: Mapping[str, Hit], language: str, placeholders: Placeholders) -> Draft:
    """A line as a draft: its keys become its support, and the rest its text. An unknown key leaves no support."""
    keys = [key for group in _KEYS.findall(line) for key in re.split(r"\s*,\s*", group)]
    text = " ".join(_KEYS.sub("", line).split())
    known = all(key in hits for key in keys)
    support = tuple(Support(hits[key], 0, len(hits[key].passage.text)) for key in dict.fromkeys(keys)) if known else ()
    told = placeholders.show(text)
    return Draft(placeholders.leave_out(text), ClaimKind.STATEMENT, language, support, told if told != text else "")
