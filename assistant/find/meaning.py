"""Which of the texts that a question may stand for is meant: the one that the library answers best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.find.evidence import Evidence, find
from assistant.find.sections import OPENING, SectionHit
from assistant.find.sufficiency import Sufficiency, Verdict, sufficient
from assistant.understand.following import turns_to_another_market
from assistant.understand.frame import in_short
from assistant.understand.questions import Question, Understood, understandings
from assistant.understand.recognisers import RecognisesByModel
from corpus.vocabulary import Vocabulary
from index.search import Search

_TOLD = 0.1  # by which one that stands in the conversation already has to lie above the others


@dataclass(frozen=True)
class Meaning:
    """A question as it is understood, with what was found for it and whether that answers it."""

    understood: Understood
    evidence: Evidence
    verdict: Verdict


def likeliest(question: Question, search: Search, vocabulary: Vocabulary, today: date) -> Meaning:
    """What a question most likely means, with the section first that answers one of its meanings best.

    As it was written it may be nothing for a library, and yet be a question of ours in this conversation.

    Raises:
        UnclearQuestion: there are no words in it, or far too many.
    """
    meanings = []
    recogniser = RecognisesByModel(search.model)
    for understood in understandings(question, vocabulary, recogniser):
        evidence = find(search, understood, today)
        meanings.append(Meaning(understood, evidence, sufficient(understood, evidence)))
    best = _each_market(_best(question, meanings), search, vocabulary, today)
    return _way_in(best, search, vocabulary, today) if recogniser.asks_nothing(question.text) else best


def _best(question: Question, meanings: Sequence[Meaning]) -> Meaning:
    """The meaning that the library answers best, of those that are not refused."""
    if len(meanings) == 1:
        return meanings[0]
    refused = [one for one in meanings if one.verdict.sufficiency is Sufficiency.REFUSED]
    left = [one for one in meanings if one not in refused]
    place = _best_place(left, question.told)
    placed = [_with_first(one, place) for one in left]
    strayed = question.needs_context and all(one.verdict.reason == "outside" for one in refused)  # it hardly says what
    answered = [one for one in placed if one.verdict.sufficiency is Sufficiency.ANSWERS]
    if refused and not answered and not (strayed and placed):
        return refused[0]
    likely = max(placed, key=lambda one: one.verdict.probability)
    if not answered and likely.understood.wants_contact:
        return likely
    by_place = [one for one in answered or placed if one.evidence.sections and one.evidence.sections[0].place == place]
    return by_place[0] if by_place else likely


def _each_market(meaning: Meaning, search: Search, vocabulary: Vocabulary, today: date) -> Meaning:
    """A question of several markets side by side: where its words find no answer of one, it is asked in short.

    `Canada or Australia, which is easier?` asks nothing of Canada alone that any section would answer in these words.
    """
    understood, evidence, verdict = meaning.understood, meaning.evidence, meaning.verdict
    parts = understood.parts
    open_one = verdict.missing or verdict.sufficiency is Sufficiency.NEAR
    if not (
        open_one
        and parts
        and not understood.wants_contact
        and all(_is_of_one_market(part, vocabulary) for part in parts)
    ):
        return meaning
    answered = {part.thing: found for part, found in zip(parts, evidence.parts, strict=True)}
    for part in parts:
        if verdict.sufficiency is Sufficiency.ANSWERS and part.thing not in verdict.missing:
            continue
        asked = replace(part, text=in_short(part, evidence.aspects, vocabulary))
        found = find(search, asked, today)
        if sufficient(asked, found).sufficiency is Sufficiency.ANSWERS:
            answered[part.thing] = found
        else:
            del answered[part.thing]
    if not answered:
        return meaning
    missing = tuple(part.thing for part in parts if part.thing not in answered)
    whole = replace(evidence, parts=tuple(answered.values()))
    return Meaning(understood, evidence, Verdict(Sufficiency.ANSWERS, "", missing, whole, verdict.probability))


def _way_in(meaning: Meaning, search: Search, vocabulary: Vocabulary, today: date) -> Meaning:
    """The way to another market for a message that only names it, where what was asked before has no answer there.

    It lies nearest to `same app, Korea` after a question on an American law.
    """
    understood = meaning.understood
    if meaning.verdict.sufficiency is not Sufficiency.NEAR or not (
        understood.in_conversation and turns_to_another_market(understood.in_conversation, vocabulary)
    ):
        return meaning
    asked = replace(understood, text=in_short(understood, {OPENING: 1.0}, vocabulary), in_conversation="", parts=())
    found = find(search, asked, today)
    verdict = sufficient(asked, found)
    if verdict.sufficiency is not Sufficiency.ANSWERS:
        return meaning
    return Meaning(understood, found, Verdict(Sufficiency.NEAR, probability=verdict.probability))


def _is_of_one_market(part: Understood, vocabulary: Vocabulary) -> bool:
    names = {vocabulary.markets[code].name(part.language) for code in part.markets}
    return names == {part.thing}


def _best_place(meanings: Sequence[Meaning], told: frozenset[str]) -> tuple[str, str] | None:
    """The place with the best score of all meanings; one that was told already has to be clearly better."""

    def score(section: SectionHit) -> float:
        again = _TOLD if section.unit and told & set(section.unit.answer.values()) else 0.0
        return section.score - again

    found = [section for one in meanings for section in one.evidence.sections if section.inside]
    return max(found, key=score).place if found else None


def _with_first(meaning: Meaning, place: tuple[str, str] | None) -> Meaning:
    """A meaning with the section of a place before the others, where it was found for it."""
    sections = sorted(meaning.evidence.sections, key=lambda section: section.place != place)
    if not sections or sections[0] == meaning.evidence.sections[0]:
        return meaning
    evidence = replace(meaning.evidence, sections=tuple(sections))
    return Meaning(meaning.understood, evidence, sufficient(meaning.understood, evidence))
