"""The flow: understand, find, write, verify, answer."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from assistant.answers import Answer, Claim, Clarification, Numbering, Outcome, Reason, Rejected
from assistant.contacts import contacts_for
from assistant.find.evidence import Evidence, find
from assistant.find.meaning import likeliest
from assistant.find.sections import admits
from assistant.find.sufficiency import Sufficiency, Verdict, calibration, strays_from_people, sufficient
from assistant.language.phrasing import recognise_language
from assistant.language.spoken import language_named
from assistant.model.chat_model import ChatModel, ModelRefused, ModelUnavailable, Usage
from assistant.model.placeholders import Placeholders
from assistant.texts import say
from assistant.understand.following import in_conversation, is_mere_name, turns_to_another_market
from assistant.understand.frame import Slot, frame
from assistant.understand.questions import Profile, Question, Understood, asks_whom
from assistant.understand.recognisers import RecognisesByModel
from assistant.understand.rewriting import stand_alone
from assistant.understand.subject import subject_model, turn_model, turn_vector
from assistant.verify.verification import Verifier
from assistant.write.clarification import clarify, completed, which_market
from assistant.write.drafts import Corrects, Draft, Gap, Writer
from assistant.write.quoting_writer import QuotingWriter, answer_of, quotation
from corpus.documents import may_quote
from corpus.mentions import mentioned
from corpus.passages import SUMMARY, words
from corpus.vocabulary import Vocabulary
from index.search import Search

_log = logging.getLogger(__name__)

_NEAREST = 2  # neighbouring facts shown when the answer itself is missing
_FOLLOW_UPS = 3
_WISH = 10  # words up to which what names a language may wish for it


_NEAR = (Sufficiency.ANSWERS, Sufficiency.NEAR)
_DECLINED = {Sufficiency.FAR: Outcome.OUT_OF_SCOPE, Sufficiency.REFUSED: Outcome.OUT_OF_SCOPE}


@dataclass(frozen=True)
class Found:
    """How much was found, before anything is written."""

    passages: int
    documents: int


Event = Understood | Found | Claim | Answer


class Assistant:
    """Answers questions from the library, and only from it.

    A chat model, where there is one, makes follow-ups stand alone. When the writer fails, or nothing it wrote stands,
    the last resort writes in its place and the answer says so.
    """

    def __init__(
        self,
        search: Search,
        writer: Writer,
        verifier: Verifier,
        vocabulary: Vocabulary,
        *,
        last_resort: QuotingWriter | None = None,
        model: ChatModel | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._search = search
        self._writer = writer
        self._verifier = verifier
        self._vocabulary = vocabulary
        self._recogniser = RecognisesByModel(search.model)
        self._last_resort = last_resort
        self._model = model
        self._today = today

    def ask(self, question: Question) -> Iterator[Event]:
        """The events of one answer, as they happen; the last is the `Answer`.

        Raises:
            UnclearQuestion: there are no words in it, or far too many.
        """
        started = time.monotonic()
        question, brief = self._without_asides(question)
        question, usage = self._standing_alone(question)
        meaning = likeliest(question, self._search, self._vocabulary, self._today())
        understood, evidence, verdict = meaning.understood, meaning.evidence, meaning.verdict
        yield understood
        if verdict.sufficiency is Sufficiency.ANSWERS and question.profile != Profile():
            understood, evidence, verdict = self._completed(question.profile, understood, evidence, verdict)
            yield understood
        yield Found(len(evidence.hits), len({hit.document.id for hit in evidence.hits}))
        numbering = Numbering(self._today())
        said = _Said(question.told, brief, usage)
        answers = verdict.sufficiency is Sufficiency.ANSWERS
        nearest: list[Claim] = []
        if answers or (self._model and verdict.probability):  # a model reads what is near, and may decline
            evidence = verdict.evidence or evidence
            for result in self._written(understood, evidence, numbering, last_resort=answers):
                yield from said.take(result, understood.reader_language)
        claims = said.claims
        clarification = self._asked_back(understood, evidence, verdict, answered=bool(claims))
        if (
            not (claims or clarification)
            and verdict.sufficiency in _NEAR
            and not strays_from_people(understood, evidence)
        ):
            evidence = replace(evidence, parts=())
            nearest = self._nearest(understood, evidence, numbering)
        near = verdict.probability >= calibration().closest
        closest = near and bool(nearest) and not understood.wants_contact
        missing = tuple(dict.fromkeys((*verdict.missing, *said.gaps))) if claims else ()
        outcome = _outcome(verdict, understood, claims, clarification, missing)
        yield Answer(
            outcome=outcome,
            language=understood.reader_language,
            text=_text(outcome, verdict, understood, claims, clarification, self._vocabulary, closest=closest),
            frame=() if verdict.reason else self._frame(question, understood, evidence),
            answering=_answering(evidence, understood, claims or nearest),
            reason="" if claims else verdict.reason,
            claims=tuple(claims),
            nearest=tuple(nearest),
            closest=closest,
            hits=evidence.hits,
            contacts=contacts_for(question, understood, self._vocabulary),
            wants_contact=understood.wants_contact,
            follow_ups=_follow_ups(understood, evidence, claims, nearest),
            missing=missing,
            clarification=clarification,
            rejected=tuple(said.rejected),
            disputes=self._verifier.disputes(claims),
            usage=said.usage,
            notice=say(understood.reader_language, "brief") if brief and not said.notice else said.notice,
            seconds=time.monotonic() - started,
        )

    def answer(self, question: Question) -> Answer:
        """The answer alone."""
        *_, last = self.ask(question)
        assert isinstance(last, Answer)  # noqa: S101 - what `ask` promises, told to the type checker
        return last

    def _without_asides(self, question: Question) -> tuple[Question, bool]:
        """A question without what was said in the middle and asks nothing; and whether its answer is to be brief.

        Who wants it simpler, or in another language, asks the question before once more.
        """
        if not question.earlier:
            return question, False
        asks = [text for at, text in enumerate(question.earlier) if self._tells(text, question.earlier[:at])]
        match self._aside(question.text, question.earlier):
            case ("simplify" | "translate") as wish if asks:
                again = replace(question, text=asks[-1], earlier=tuple(asks[:-1]), told=frozenset(), may_ask_back=False)
                if wish == "simplify":
                    return again, True
                return replace(again, language=language_named(question.text)), False
            case "":
                return replace(question, earlier=tuple(asks)), False
        return replace(question, may_ask_back=True), False  # read after the others, as it was recognised

    def _tells(self, text: str, earlier: Sequence[str]) -> bool:
        """Whether a message says what those after it are about: it asks something, or names a market or product."""
        named = mentioned(text, self._vocabulary.markets) or mentioned(text, self._vocabulary.products)
        return bool(named) or not (self._asks_whom(text) or self._aside(text, earlier) or self._strays(text, earlier))

    def _asks_whom(self, text: str) -> bool:
        return asks_whom(text, recognise_language(text), self._recogniser)

    def _strays(self, text: str, earlier: Sequence[str]) -> bool:
        """Whether a message in the middle of a conversation is on another matter, and was declined."""
        conversation = in_conversation(text, earlier)
        return bool(earlier) and bool(turn_model().reason(turn_vector(self._search.vector, conversation)))

    def _aside(self, text: str, earlier: Sequence[str]) -> str:
        """What a message is that asks nothing; the name of another market or a product does, and `who can help?`."""
        if self._recogniser.is_for("corrects", text):
            return ""
        alone = self._search.vector(text)
        if words(text) <= _WISH and language_named(text) and subject_model().hardly_inside(alone):
            return "translate"
        if is_mere_name(text, self._vocabulary) or self._asks_whom(text):
            return ""
        if not earlier:
            return subject_model().aside(alone)
        conversation = in_conversation(text, earlier)
        if turns_to_another_market(conversation, self._vocabulary):
            return ""
        return turn_model().aside(turn_vector(self._search.vector, conversation))

    def _standing_alone(self, question: Question) -> tuple[Question, Usage]:
        """A question that leans on earlier ones as a chat model writes it anew; the rules do the rest.

        Where there is a model, it has placeholders for what it tells of the person.
        """
        if self._model is None:
            return question, Usage()
        placeholders = Placeholders.of((*question.earlier, question.text))
        question = replace(question, placeholders=placeholders)
        if not question.needs_context:
            return question, Usage()
        text, usage = stand_alone(self._model, question.text, question.earlier, placeholders)
        return (question if text is None else replace(question, text=text, earlier=(), may_ask_back=False)), usage

    def _completed(
        self, profile: Profile, understood: Understood, evidence: Evidence, verdict: Verdict
    ) -> tuple[Understood, Evidence, Verdict]:
        """A question that is answered, asked anew with what the profile adds; as it was where that is not answered."""
        asked = completed(understood, evidence, profile, self._vocabulary)
        if asked != understood:
            found = find(self._search, asked, self._today())
            judged = sufficient(asked, found)
            if judged.sufficiency is Sufficiency.ANSWERS:
                return asked, found, judged
        return understood, evidence, verdict

    def _written(
        self, understood: Understood, evidence: Evidence, numbering: Numbering, *, last_resort: bool
    ) -> Iterator[Claim | Gap | Rejected | Usage | str]:
        """Claims as they are verified, what is missing or was rejected, usage, a text where the writer failed.

        Only where the library answers may the last resort stand in for a writer that failed.
        """
        tried = _Tried()
        broken = ""
        try:
            drafts = self._writer.write(understood, evidence)
            yield from self._verified(drafts, evidence, numbering, tried)
            if tried.falls_short and isinstance(self._writer, Corrects):
                again = self._writer.write_again(understood, evidence, tuple(tried.shown), tuple(tried.rejected))
                tried = _Tried(tried.shown)
                yield from self._verified(again, evidence, numbering, tried)
        except (ModelUnavailable, ModelRefused) as error:
            _log.warning("%s", error)
            broken = "model_broke_off" if tried.shown else error.notice
        if tried.falls_short and not broken:
            broken = "model_in_part" if tried.shown else "model_unsupported"
        if not last_resort:
            return
        if broken:
            yield say(understood.reader_language, broken)
        if self._last_resort is not None and (broken == "model_in_part" or (broken and not tried.shown)):
            for draft in self._last_resort.write(understood, evidence):
                yield self._verifier.verify(draft, evidence, numbering)

    def _verified(
        self, drafts: Iterator[Draft | Gap | Usage], evidence: Evidence, numbering: Numbering, tried: _Tried
    ) -> Iterator[Claim | Gap | Rejected | Usage]:
        """What is written as it is verified; `tried` keeps what became of it."""
        for draft in drafts:
            if isinstance(draft, Usage | Gap):
                yield draft
                continue
            if draft.text in tried.shown:
                tried.kept.append(True)
                yield Rejected(draft.text, Reason.REPEATED)
                continue
            verified = self._verifier.verify(draft, evidence, numbering)
            if isinstance(verified, Claim):
                tried.shown[draft.text] = None
            else:
                tried.rejected.append(verified)
            tried.kept.append(isinstance(verified, Claim))
            yield verified

    def _asked_back(
        self, understood: Understood, evidence: Evidence, verdict: Verdict, *, answered: bool
    ) -> Clarification | None:
        """The question back: what would make an answer exact, or the market without which there is none."""
        if not understood.may_ask_back:
            return None
        if answered:
            return clarify(understood, evidence, self._vocabulary)
        if verdict.sufficiency is not Sufficiency.NEAR or understood.wants_contact:
            return None
        return which_market(understood, evidence, self._vocabulary)

    def _frame(self, question: Question, understood: Understood, evidence: Evidence) -> tuple[Slot, ...]:
        return frame(question, understood, evidence.aspects, self._vocabulary)

    def _nearest(self, understood: Understood, evidence: Evidence, numbering: Numbering) -> list[Claim]:
        """What the library answers instead: the answer of the nearest section; without one, neighbouring sentences.

        Other markets and products are told of only where it has nothing on those that are asked for.
        """
        reader = understood.filters.reader
        inside = [section for section in evidence.sections if section.inside] or evidence.sections
        quotable = [section for section in inside if may_quote(section.best.document, reader)]
        if quotable and quotable[0].unit:
            drafts = [answer_of(quotable[0], understood.reader_language)]
        else:
            near = {hit.passage.id for section in quotable[:_NEAREST] for hit in section.hits}
            drafts = [quotation(one) for one in evidence.sentences if one.hit.passage.id in near][:_NEAREST]
        verified = [self._verifier.verify(draft, evidence, numbering) for draft in drafts]
        return [claim for claim in verified if isinstance(claim, Claim)]


@dataclass
class _Tried:
    """What became of the statements of one completion; `shown` holds those of an earlier one, too, in order."""

    shown: dict[str, None] = field(default_factory=dict)
    rejected: list[Rejected] = field(default_factory=list)
    kept: list[bool] = field(default_factory=list)

    @property
    def falls_short(self) -> bool:
        """Whether its first statement, with which it answers, or most of them do not stand."""
        return bool(self.kept) and (not self.kept[0] or sum(self.kept) < len(self.kept) / 2)


@dataclass
class _Said:
    """What an answer says, as it is written: after its first statement nothing that `told` holds already.

    Where it is brief, it is that statement alone.
    """

    told: frozenset[str]
    brief: bool
    usage: Usage
    notice: str = ""
    claims: list[Claim] = field(default_factory=list)
    repeats: bool = False
    rejected: list[Rejected] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)

    def take(self, result: Claim | Gap | Rejected | Usage | str, language: str) -> Iterator[Claim]:
        """Take what was written; yields what is shown of it."""
        match result:
            case Claim():
                repeated = result.text in self.told
                self.repeats |= repeated
                if not (self.claims and (repeated or self.brief)):
                    self.claims.append(result)
                    yield result
            case Usage():
                self.usage += result
            case Gap():
                self.gaps.append(result.text)
            case str():
                self.notice = result
            case Rejected():
                self.rejected.append(result)
        if self.repeats:
            self.notice = say(language, "as_said_above")


def _outcome(
    verdict: Verdict,
    understood: Understood,
    claims: list[Claim],
    clarification: Clarification | None,
    missing: tuple[str, ...],
) -> Outcome:
    if clarification:
        return Outcome.CLARIFY
    if claims:
        return Outcome.PARTIAL if missing else Outcome.GROUNDED
    if _contacts_answer(verdict, understood):
        return Outcome.PEOPLE
    return _DECLINED.get(verdict.sufficiency, Outcome.NOT_IN_LIBRARY)


def _text(
    outcome: Outcome,
    verdict: Verdict,
    understood: Understood,
    claims: list[Claim],
    clarification: Clarification | None,
    vocabulary: Vocabulary,
    *,
    closest: bool,
) -> str:
    if claims:
        return "\n".join(claim.text for claim in claims)
    if clarification:
        return clarification.question
    language = understood.reader_language
    if outcome is Outcome.PEOPLE:
        return say(language, "people")
    if closest:
        return say(language, "closest")
    markets = ", ".join(market.name(language) for market in vocabulary.markets.values())
    return say(language, f"declined_{verdict.reason}" if verdict.reason else outcome.name.lower(), markets=markets)


def _contacts_answer(verdict: Verdict, understood: Understood) -> bool:
    """Whether somebody to turn to was asked for, and nothing stands against naming them."""
    return understood.wants_contact and verdict.sufficiency is not Sufficiency.REFUSED and not verdict.reason


def _answering(evidence: Evidence, understood: Understood, claims: list[Claim]) -> str:
    """The question that the first claim answers, where an editor has written one; none stands above several answers."""
    if len(evidence.parts) > 1:
        return ""
    of_parts = [section for part in evidence.parts for section in part.sections]
    for section in (*of_parts, *evidence.sections):
        if claims and section.unit and section.unit.says(claims[0].text):
            return section.unit.question.get(understood.reader_language, "")
    return ""


def _follow_ups(
    understood: Understood, evidence: Evidence, claims: list[Claim], nearest: list[Claim]
) -> tuple[str, ...]:
    """Questions of units that were found and not told; beside an answer also headings of documents without units."""
    shown = claims or nearest
    quoted = {citation.passage_id for claim in shown for citation in claim.citations}
    told = {claim.text for claim in shown}
    left = [
        hit
        for hit in evidence.hits
        if hit.passage.id not in quoted
        and hit.passage.section != SUMMARY
        and may_quote(hit.document, understood.filters.reader)
        and admits(hit, understood)
        and not (hit.unit and told & set(hit.unit.answer.values()))
    ]
    language = understood.reader_language
    asked = (
        hit.unit.question.get(language, "") if hit.unit else hit.passage.section for hit in left if hit.unit or claims
    )
    return tuple(dict.fromkeys(filter(None, asked)))[:_FOLLOW_UPS] if shown else ()
