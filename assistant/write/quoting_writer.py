"""The writer that needs no model: it answers with the library's units, or in its own words where it has none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from assistant.answers import ClaimKind
from assistant.find.evidence import Evidence
from assistant.find.sections import SectionHit
from assistant.find.sufficiency import asking
from assistant.language.quantities import fold
from assistant.understand.questions import Understood
from assistant.write.drafts import Draft, Support
from corpus.documents import Reader, may_quote, quotables
from corpus.mentions import mentioned
from corpus.passages import SUMMARY, words
from corpus.vocabulary import Vocabulary
from index.search import Hit, SentenceHit

MOST_WORDS = 60  # quoted, where no editor has written an answer
BESIDE = 40  # words beside answers
MOST_POINTS = 3  # that support an answer
MOST_QUOTES = 3  # of a section, on which its answer is shown to rest
NEW_WORDS = 3  # that a further quote has to add
FIGURE = 10  # words that a figure counts as, when the quotes of an answer are chosen
SECOND = 0.16  # of a score, by which another section may come behind the first and still be told
OTHERS = 2  # sections that are told beside the first
_WORD = re.compile(r"\d+(?:[.,]\d+)*|\w+")
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
_COLUMN = re.compile(r"\{([^{}]+)\}")
_LIST = re.compile(r"\s*\n\s*- ")
_NEW = 0.5  # share of its words that another answer has to add to what was told
_NEW_OF_OWN = 0.3  # the same of a sentence of the section that was told
_ALIKE = 0.75  # share of words; a sentence that repeats another one is left out
_FALL = 0.08  # below the best sentence, where the rest stops belonging to the answer
_OF_PASSAGE = 0.3  # how much the score of its passage counts beside a sentence's own similarity


class QuotingWriter:
    """Answers as the best unit does, then with what supports it; from documents without units, in their own words."""

    def __init__(self, vocabulary: Vocabulary, most_words: int = MOST_WORDS) -> None:
        self._vocabulary = vocabulary
        self._most_words = most_words

    def write(self, understood: Understood, evidence: Evidence) -> Iterator[Draft]:
        """For each part that is answered the answer of its section; for a single one also what supports it."""
        reader, language = understood.filters.reader, understood.reader_language
        firsts = [part.sections[0] for part in evidence.parts or (evidence,) if part.sections]
        told = [section for section in firsts if section.unit and may_quote(section.best.document, reader)]
        for section in told:
            yield answer_of(section, language)
        if not told:
            yield from map(quotation, self._choose(understood, evidence, reader))
        elif len(told) == 1:
            yield from self._beside(told[0], evidence, understood)

    def _beside(self, first: SectionHit, evidence: Evidence, understood: Understood) -> Iterator[Draft]:
        """The answers of sections that lie nearly as near, and sentences of the first, as far as they say more.

        Where other things were asked that have no answer, none takes their place.
        """
        told = [answer_of(first, understood.reader_language)]
        near = [
            section
            for section in evidence.sections[1:]
            if not evidence.parts
            and section.unit
            and section.inside
            and (len(understood.target_markets) > 1 or _of_one_market(section, first))
            and _of_one_product(section, first)
            and section.score >= first.score - SECOND
            and may_quote(section.best.document, understood.filters.reader)
        ]
        for draft in (answer_of(section, understood.reader_language) for section in near):
            if len(told) <= OTHERS and _adds(draft.text, " ".join(one.text for one in told)):
                told.append(draft)
                yield draft
        yield from self._supporting(first, evidence, understood.reader_language)

    def _supporting(self, found: SectionHit, evidence: Evidence, language: str) -> Iterator[Draft]:
        """What a section says beside its unit's answer: the rows of its table, or else its points, or its sentences."""
        has_rows = found.unit and found.unit.row and language == found.best.passage.language
        if found.points and not has_rows:
            yield from points_of(found, language)
        else:
            for sentence in self._more_of(found, evidence, language):
                yield in_words(quotation(sentence), found, language)

    def _more_of(self, found: SectionHit, evidence: Evidence, language: str) -> list[SentenceHit]:
        """Sentences of a unit that say more than its answer in the reader's language, in reading order."""
        chosen: list[SentenceHit] = []
        length = 0
        own = {hit.passage.id for hit in found.hits}
        answer = found.unit.answer.get("en", "") if found.unit else ""
        for sentence in evidence.sentences:
            text = sentence.unit.text
            size = len(text.split())
            if sentence.hit.passage.id not in own or sentence.hit.passage.language != language:
                continue
            if _leads_to_a_list(sentence) or length + size > BESIDE:
                continue
            if not _adds(text, answer, _NEW_OF_OWN):
                continue
            if len(chosen) == MOST_POINTS or any(_alike(text, other.unit.text) for other in chosen):
                continue
            chosen.append(sentence)
            length += size
        return sorted(chosen, key=lambda one: (one.hit.passage.ordinal, one.unit.start))

    def _choose(self, understood: Understood, evidence: Evidence, reader: Reader) -> list[SentenceHit]:
        """Sentences near the question that do not repeat each other, grouped by passage, in reading order."""
        chosen: list[SentenceHit] = []
        length = 0
        for sentence in self._quotable(understood, evidence, reader):
            size = len(sentence.unit.text.split())
            if length + size > self._most_words and chosen:
                continue
            if any(_alike(sentence.unit.text, other.unit.text) for other in chosen):
                continue
            chosen.append(sentence)
            length += size
        order = {hit_id: at for at, hit_id in enumerate(dict.fromkeys(s.hit.passage.id for s in chosen))}
        return sorted(chosen, key=lambda sentence: (order[sentence.hit.passage.id], sentence.unit.start))

    def _quotable(self, understood: Understood, evidence: Evidence, reader: Reader) -> list[SentenceHit]:
        """Those sentences that may stand in an answer, best first."""
        ranked = sorted(evidence.sentences, key=_score, reverse=True)
        ranked = [one for one in ranked if not _is_of_other_areas(one.hit, understood.areas)] or ranked
        quotable = [one for one in ranked if self._stands_alone(one, understood.target_markets, reader)]
        return [one for one in quotable if _score(one) >= _score(quotable[0]) - _FALL]

    def _stands_alone(self, sentence: SentenceHit, asked: frozenset[str], reader: Reader) -> bool:
        """Whether a sentence may be quoted, says something by itself, and does not speak of other markets."""
        text = sentence.unit.text
        named = mentioned(text, self._vocabulary.markets)
        if _is_elsewhere(sentence.hit, asked):  # there, Europe is named as where somebody comes from
            elsewhere = not named & asked - {"europe"}
        else:
            elsewhere = bool(asked and named) and not named & asked
        summary = sentence.hit.passage.section == SUMMARY
        return not (elsewhere or _leads_to_a_list(sentence) or summary) and may_quote(sentence.hit.document, reader)


def answer_of(found: SectionHit, language: str) -> Draft:
    """The answer of a section's unit, resting on those sentences of the section that share most words with it."""
    assert found.unit is not None  # noqa: S101 - the caller has looked
    text, written_in = found.unit.answered_in(language)
    return Draft(text, ClaimKind.ANSWER, written_in, _bearing(found, found.unit.answer.get("en", "")))


def points_of(found: SectionHit, language: str) -> list[Draft]:
    """What else a section says, as far as it is near the question, in reading order.

    A point that rests on no more than the answer and gives no further figure mostly says it again; what the library
    lacks supports nothing.
    """
    assert found.unit is not None  # noqa: S101 - the caller has looked
    points, written_in = found.unit.points_in(language)
    english = found.unit.points["en"]
    answer = found.unit.answer.get("en", "")
    told, figures = _places(_bearing(found, answer)), set(_FIGURE.findall(answer))
    chosen: dict[int, Draft] = {}
    length = 0
    for at in found.points:
        bearing = _bearing(found, english[at])
        says_more = set(_FIGURE.findall(english[at])) - figures or not _places(bearing) <= told
        if not says_more or asking().unknown.search(fold(english[at])):
            continue
        length += words(points[at])
        if chosen and (length > BESIDE or len(chosen) == MOST_POINTS):
            break
        chosen[at] = Draft(points[at], ClaimKind.ANSWER, written_in, bearing)
    return [chosen[at] for at in sorted(chosen)]


def in_words(draft: Draft, found: SectionHit, language: str) -> Draft:
    """A quoted row of a table as the sentence that an editor wrote for the rows of its section, where there is one."""
    spoken = found.best.passage.language  # its cells stay as they are, and would be strange in another one
    template = found.unit.row.get(language, "") if found.unit and language == spoken else ""
    cells = dict(cell.partition(": ")[::2] for cell in draft.text.split("; "))
    columns = _COLUMN.findall(template)
    if not columns or not cells.keys() >= set(columns):
        return draft
    return replace(draft, shown=_COLUMN.sub(lambda column: cells[column[1]], template), language=language)


def _bearing(found: SectionHit, english: str) -> tuple[Support, ...]:
    """The fewest quotable parts of a section that give a text's figures and share most words with it."""
    wanted = set(_WORD.findall(english.lower()))
    parts = [(hit, part) for hit in found.hits for part in quotables(hit.passage.text)]
    chosen: list[Support] = []
    while parts:
        hit, part = max(parts, key=lambda one: _weight(wanted, one[1].text))
        new = _weight(wanted, part.text)
        if chosen and (new < NEW_WORDS or (len(chosen) >= MOST_QUOTES and new < FIGURE)):
            break
        chosen.append(Support(hit, part.start, part.end))
        wanted -= set(_WORD.findall(part.text.lower()))
        parts.remove((hit, part))
    return tuple(sorted(chosen, key=lambda one: (one.hit.passage.ordinal, one.start)))


def _places(bearing: tuple[Support, ...]) -> set[tuple[str, int]]:
    """Where quotes begin: passage and character."""
    return {(one.hit.passage.id, one.start) for one in bearing}


def _weight(wanted: set[str], text: str) -> int:
    """How much of what is wanted a text has; a figure counts as many words."""
    return sum(FIGURE if word[0].isdigit() else 1 for word in wanted & set(_WORD.findall(text.lower())))


def _of_one_market(one: SectionHit, other: SectionHit) -> bool:
    """Whether two sections can be about the same market: beside the answer on one, that on another strays."""
    markets, others = (section.best.document.metadata.markets for section in (one, other))
    return not markets or not others or bool(markets & others)


def _of_one_product(one: SectionHit, other: SectionHit) -> bool:
    """Whether two sections can be about the same kind of product."""
    products, others = (set(section.unit.products) if section.unit else set() for section in (one, other))
    return not products or not others or bool(products & others)


def _is_elsewhere(hit: Hit, markets: frozenset[str]) -> bool:
    about = hit.document.metadata.markets
    return bool(markets and about) and not markets & about


def _is_of_other_areas(hit: Hit, areas: frozenset[str]) -> bool:
    about = hit.document.metadata.areas
    return bool(areas and about) and not areas & about


def quotation(sentence: SentenceHit) -> Draft:
    """A sentence as a quotation of itself."""
    unit = sentence.unit
    support = Support(sentence.hit, unit.start, unit.end)
    return Draft(unit.text, ClaimKind.QUOTATION, sentence.hit.passage.language, (support,))


def _leads_to_a_list(sentence: SentenceHit) -> bool:
    """Whether a sentence says little without the list or the table that stands below it."""
    unit, text = sentence.unit, sentence.hit.passage.text
    is_a_row = text[: unit.start].endswith("- ")
    return unit.text.endswith(":") or (not is_a_row and bool(_LIST.match(text, unit.end)))


def _score(sentence: SentenceHit) -> float:
    return sentence.similarity + _OF_PASSAGE * sentence.hit.score


def _adds(text: str, told: str, share: float = _NEW) -> bool:
    """Whether a text says something that was not told: of its words such a share is new, and of its figures one."""
    spoken, figures = set(_WORD.findall(text.lower())), set(_FIGURE.findall(text))
    new = spoken - set(_WORD.findall(told.lower()))
    return len(new) >= share * len(spoken) and (not figures or bool(figures & new))


def _alike(one: str, other: str) -> bool:
    first, second = (set(text.lower().split()) for text in (one, other))
    return len(first & second) / max(min(len(first), len(second)), 1) >= _ALIKE
