"""A chat model proposes what a section answers: held to the section, and proposed until somebody has read it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from string import Template

from assistant.answers import ClaimKind, Numbering, Reason, Rejected
from assistant.app import App
from assistant.find.evidence import Evidence
from assistant.language.negation import polarity
from assistant.language.phrasing import recognise_language
from assistant.model.chat_model import ChatModel, ModelRefused, ModelUnavailable
from assistant.texts import TranslatedError
from assistant.understand.recognisers import likely, product_meant
from assistant.verify.verification import Verifier
from assistant.write.completion import without_thoughts
from assistant.write.drafts import Draft, Support
from assistant.write.model_writer import LANGUAGE_NAMES
from corpus.documents import Document, Stage, Version, quotables
from corpus.mentions import mentioned
from corpus.passages import SUMMARY, split_markdown, words
from corpus.release.unit_checks import LONGEST, differing_figures, strange_figures
from corpus.units import ASKED_IN, WITHIN, Unit, marks_of
from corpus.vocabulary import LANGUAGES
from index.search import Hit

PROMPT = Path(__file__).parent / "proposing.md"
TRANSLATING = Path(__file__).parent / "translating.md"
UNWRITTEN, LONG = "unwritten", "long"  # why something is left out, beside the reasons of the verification

_MOST_WORDS = 1500  # of a section that is read
_SECONDS = 100.0  # for all, since a person and a proxy are waiting
_LONGEST_REPLY = 20_000  # characters
_LONGEST_TEXT = 600  # characters of an answer or a question
_SURE = 0.5  # probability from which an aspect is proposed
_LINE = re.compile(
    r"^\W*(ANSWER|QUESTION|ALSO)\b[^\w\n:：]{0,3}([a-z]{2}\b)?[^\w\n:：]{0,3}[:：][ \t*_\"“«]*(\S.*?)[ \t\r*_\"”»]*$",
    re.IGNORECASE | re.MULTILINE,
)
_KEYS = re.compile(r"\s*\[[^\[\]\n]*\]")
_SPACES = re.compile(r"[ \t]+")  # a no-break space stays one
_WHOLE = re.compile(r"[.!。！][\"'”’»)）」]*$")
_ASKS = re.compile(r"[?？]$|か。$")

Written = Mapping[str, Sequence[str]]  # what a reply has, by `answer.en`, `question.de`, `also_asked`


class NothingToProposeFrom(TranslatedError):
    """A section without text, or with more than is read."""


@dataclass(frozen=True)
class LeftOut:
    """Something that is not proposed: of which field (`answer.de`), why, and what the model wrote."""

    field: str
    why: str
    text: str = ""


@dataclass(frozen=True)
class Proposal:
    """A unit with what is proposed for its empty fields, what was left out, and the failure that ended it early."""

    unit: Unit
    left_out: tuple[LeftOut, ...] = ()
    failure: ModelUnavailable | ModelRefused | None = None


def propose(app: App, model: ChatModel, version: Version, known: Unit, *, seconds: float = _SECONDS) -> Proposal:
    """What is empty in the unit of a section, filled in; `version` is the document as it is being written.

    An answer is held to the section as any answer of a model is, sentence by sentence. What a person wrote stays as it
    is, and is what is translated. After so many `seconds` the model is not waited for any longer.

    Raises:
        NothingToProposeFrom: the section has no text, or far too much.
    """
    section = Section.of(version, known.section)
    proposing = _Proposing(app, model, section, known, time.monotonic() + seconds)
    failure = None
    try:
        proposing.in_english()
        proposing.translated()
    except (ModelUnavailable, ModelRefused) as error:
        failure = error
    made = proposing.unit
    before, now = marks_of(known), marks_of(made)
    proposed = dict(known.proposed) | {name: mark for name, mark in now.items() if name not in before}
    return Proposal(replace(made, proposed=proposed), tuple(proposing.left_out), failure)


@dataclass(frozen=True)
class Section:
    """A section of a document that is being written, as something that a statement can rest on."""

    heading: str
    hits: tuple[Hit, ...]

    @classmethod
    def of(cls, version: Version, heading: str) -> Section:
        """The section of that heading with its parts.

        Raises:
            NothingToProposeFrom: it has no text, or far too much.
        """
        document = Document(version.document_id, "", Stage.DRAFT, version)
        passages = [
            passage
            for passage in split_markdown(version)
            if passage.section != SUMMARY
            and passage.section.partition(WITHIN)[0] == heading
            and passage.text != passage.section.rpartition(WITHIN)[2]  # a heading alone is a passage, too
        ]
        section = cls(heading, tuple(Hit(passage, document, 1.0, 1.0, 1.0) for passage in passages))
        if not 0 < words(section.text) <= _MOST_WORDS:
            raise NothingToProposeFrom("propose_no_text", section=heading or "–", most=_MOST_WORDS)
        return section

    @property
    def title(self) -> str:
        """That of its document."""
        return self.hits[0].document.metadata.title

    @property
    def text(self) -> str:
        """Its text, with the headings of its parts."""
        parts = ((hit.passage.section.partition(WITHIN)[2], hit.passage.text) for hit in self.hits)
        return "\n\n".join(f"{heading}\n{text}".strip() for heading, text in parts)


class Judge:
    """Holds an answer in English to its section."""

    def __init__(self, app: App, section: Section) -> None:
        self._verifier = Verifier(app.cache, app.vocabulary)
        self._section = section
        self._evidence = Evidence(section.hits, (), app.search.no_vector, 0.0)

    def fault(self, answer: str) -> str:
        """Why it may not be proposed; nothing where it may."""
        if words(answer) > LONGEST:
            return LONG
        if strange_figures(answer, f"{self._section.heading} {self._section.text}"):
            return Reason.FIGURES
        return next((one.reason for one in self._verified(answer) if isinstance(one, Rejected)), "")

    def _verified(self, answer: str) -> Iterator[object]:
        support = tuple(Support(hit, 0, len(hit.passage.text)) for hit in self._section.hits)
        for sentence in quotables(answer):
            draft = Draft(sentence.text, ClaimKind.STATEMENT, "en", support)
            yield self._verifier.verify(draft, self._evidence, Numbering(date.today()))


class _Proposing:
    """A unit on its way from what a person wrote to a whole one."""

    def __init__(self, app: App, model: ChatModel, section: Section, known: Unit, until: float) -> None:
        self._app = app
        self._until = until
        self._model = model
        self._section = section
        self._judge = Judge(app, section)
        self.unit = known
        self.left_out: list[LeftOut] = []

    def in_english(self) -> None:
        """Answer, questions, aspects and products, as far as they are missing."""
        known = self.unit
        if not (known.answer.get("en") and known.question.get("en") and known.also_asked):
            written = self._ask(
                PROMPT,
                longest=str(LONGEST),
                title=self._section.title,
                section=self._section.heading or "–",
                text=self._section.text,
                written=_labelled(known, "en") or "(nothing)",
            )
            self._take(written, "answer", "en", self._judge.fault)
            self._take(written, "question", "en", self._fault_of_question)
            if not known.also_asked:
                asked = dict.fromkeys(written.get("also_asked", ()))
                faults = {text: why for text in asked if (why := self._fault_of_question(text))}
                self.left_out += [LeftOut("also_asked", why, text) for text, why in faults.items()]
                self.unit = replace(self.unit, also_asked=tuple(text for text in asked if text not in faults))
        question = self.unit.question.get("en", "")
        if question and not known.aspects:
            self.unit = replace(self.unit, aspects=self._aspects(question))
        if question and not known.products and not known.answer.get("en"):
            self.unit = replace(self.unit, products=self._products(question))

    def translated(self) -> None:
        """Answer and question in the languages that lack them, where there is an English one."""
        wanted = [
            (name, language)
            for name, languages in (("answer", LANGUAGES), ("question", ASKED_IN))
            for language in languages
            if getattr(self.unit, name).get("en") and not getattr(self.unit, name).get(language)
        ]
        if not wanted:
            return
        labels = "\n".join(f"{name.upper()} {language}: in {LANGUAGE_NAMES[language]}" for name, language in wanted)
        written = self._ask(TRANSLATING, labels=labels, english=_labelled(self.unit, "en"))
        for name, language in wanted:
            fault = self._fault_of_translation if name == "answer" else self._fault_of_asked
            self._take(written, name, language, partial(fault, language))

    def _ask(self, prompt: Path, **values: str) -> Written:
        """The lines of a reply, by the field that each is for."""
        text = ""
        for piece in self._model.stream(Template(prompt.read_text("utf-8")).substitute(values)):
            text += piece if isinstance(piece, str) else ""
            if len(text) > _LONGEST_REPLY:
                break
            if time.monotonic() > self._until:
                raise ModelUnavailable("The chat model takes too long for a proposal.")
        written: dict[str, list[str]] = {}
        for label, language, said in _LINE.findall(without_thoughts(text)):
            name = "also_asked" if label.upper() == "ALSO" else f"{label.lower()}.{language.lower() or 'en'}"
            written.setdefault(name, []).append(_SPACES.sub(" ", _KEYS.sub("", said)))
        return written

    def _take(self, written: Written, name: str, language: str, fault: Callable[[str], str]) -> None:
        """Put in what was written for a field, unless a person has filled it or it has a fault."""
        texts: Mapping[str, str] = getattr(self.unit, name)
        if texts.get(language):
            return
        text = next(iter(written.get(f"{name}.{language}", ())), "")
        if why := fault(text) if text else UNWRITTEN:
            self.left_out.append(LeftOut(f"{name}.{language}", why, text))
        elif name == "answer":
            self.unit = replace(self.unit, answer={**texts, language: text})
        else:
            self.unit = replace(self.unit, question={**texts, language: text})

    def _fault_of_question(self, text: str) -> str:
        if strange_figures(text, f"{self._section.title} {self._section.heading} {self._section.text}"):
            return Reason.FIGURES
        return _fault_of_form(text, "en", _ASKS)

    def _fault_of_asked(self, language: str, text: str) -> str:
        if differing_figures(self.unit.question["en"], text):
            return Reason.FIGURES
        return _fault_of_form(text, language, _ASKS)

    def _fault_of_translation(self, language: str, text: str) -> str:
        english = self.unit.answer["en"]
        if differing_figures(english, text):
            return Reason.FIGURES
        if polarity(english, "en").contradicts(polarity(text, language)):
            return Reason.DENIAL
        return _fault_of_form(text, language, _WHOLE)

    def _aspects(self, question: str) -> tuple[str, ...]:
        shares = likely("aspects", self._app.cache.model, question)
        return tuple(code for code, share in shares.items() if share >= _SURE)

    def _products(self, question: str) -> tuple[str, ...]:
        """The kinds of product that the document is called after, or else that are asked about."""
        known = self._app.vocabulary.products
        named = mentioned(self._section.title, known) or mentioned(question, known)
        return tuple(sorted(named or product_meant(self._app.cache.model, question)))


def _fault_of_form(text: str, language: str, ends: re.Pattern[str]) -> str:
    if not ends.search(text):
        return Reason.FORM
    if len(text) > _LONGEST_TEXT:
        return LONG
    return Reason.LANGUAGE if recognise_language(text, language) != language else ""


def _labelled(unit: Unit, language: str) -> str:
    """What a unit says in a language, as a model reads and writes it."""
    lines = {"ANSWER": unit.answer.get(language), "QUESTION": unit.question.get(language)}
    return "\n".join(f"{label}: {text}" for label, text in lines.items() if text)
