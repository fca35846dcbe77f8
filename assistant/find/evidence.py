"""What the library has on a question."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from assistant.find.sections import SectionHit, sections_of
from assistant.understand.questions import Understood
from assistant.understand.recognisers import recogniser
from corpus.passages import SUMMARY
from index.embedding import Vectors
from index.search import Hit, Search, SentenceHit

PASSAGES = 16  # found for a question
_SUMMARIES = 6  # of documents, that may lie among the passages; a summary is about a whole document and answers nothing
READ = 6  # of these, as many are read sentence by sentence
_WHOLE = 3  # sections of which all passages are at hand: an answer rests on any of them


@dataclass(frozen=True)
class Evidence:
    """The hits of a question, their sentences and the sections that they are of, each best first.

    `question` is the question's vector, `background` the mean similarity of all passages that were looked at.

    Where several things are asked, `parts` holds what is found for each alone. It tells which of them the library
    answers; an answer is written from the whole, since giving each part a turn measured worse.
    """

    hits: tuple[Hit, ...]
    sentences: tuple[SentenceHit, ...]
    question: Vectors
    background: float
    parts: tuple[Evidence, ...] = ()
    sections: tuple[SectionHit, ...] = ()


def find(search: Search, understood: Understood, today: date) -> Evidence:
    """Look a question up, as of today, and each of several things that it asks."""
    findings = search.find(
        understood.text,
        language=understood.language,
        today=today,
        filters=understood.filters,
        preferences=understood.preferences,
        limit=PASSAGES + _SUMMARIES,
    )
    hits = tuple(hit for hit in findings.hits if hit.passage.section != SUMMARY)[:PASSAGES]
    sections = sections_of(hits, understood, findings.question, recogniser("aspects"))
    whole = (replace(section, hits=search.whole(section.hits)) for section in sections[:_WHOLE])
    return Evidence(
        hits,
        search.sentences(findings.question, hits[:READ]),
        findings.question,
        findings.background,
        tuple(find(search, part, today) for part in understood.parts),
        (*whole, *sections[_WHOLE:]),
    )
