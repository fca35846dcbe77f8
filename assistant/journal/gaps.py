"""What the library could not answer: questions declined, answered in part or rated badly, grouped by what they ask.

A gap is a group of such questions. Staff give it to somebody, and close it with the document that answers it; the
question as staff word it is then asked in every evaluation. When the same is asked again later, and again not
answered, the gap is open again.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Column, Connection, Row, func, insert, literal, select, update

from assistant.answers import Outcome
from assistant.assistant import Assistant
from assistant.journal.journal import Journal, lacking
from assistant.journal.tables import answers, feedback, gaps, questions
from assistant.texts import TranslatedError
from assistant.understand.questions import Question
from corpus.documents import Document, Reader, Stage
from corpus.errors import KnownError
from index.embedding import EmbeddingModel, Vectors
from index.search import Filters

# The mean cosine of two groups' questions from which they ask the same. Measured with the embedded model on the 61
# development questions in seven languages, gathered 20 at a time: of the pairs in one gap 92 to 96 % ask the same, and
# of those that ask the same 89 to 93 % are in one gap.
ALIKE = 0.885
_AT_ONCE = 200  # questions that are put into groups in one transaction
_APART = -1.0  # below every cosine: two groups that never become one


Markets = frozenset[frozenset[str]]  # that the questions of a group name, each a set


class UnknownGap(KnownError):
    """A number that no gap has."""

    def __init__(self, gap_id: int) -> None:
        super().__init__(f"There is no gap {gap_id}; `market-entry gaps list` shows the gaps there are.")


class GapNotClosed(TranslatedError):
    """A gap that cannot be closed with what was given."""


class GapState(StrEnum):
    """What becomes of a gap."""

    OPEN = "open"
    ASSIGNED = "assigned"
    CLOSED = "closed"


@dataclass(frozen=True)
class Gap:
    """A gap, and the questions that fell into it.

    `wording` is the question in the words of staff, `questions` are the wordings that are still kept, newest first;
    counts go further back. Without `document_id` a closed gap is one that the library is not to fill.
    """

    id: int
    state: GapState
    wording: str
    language: str
    questions: tuple[str, ...]
    count: int
    first: date | None
    last: date | None
    languages: Mapping[str, int]  # the most frequent first
    markets: Mapping[str, int]
    areas: Mapping[str, int]
    why: Mapping[str, int]  # outcomes, and verdicts of those rated badly
    assignee: str
    document_id: str
    note: str
    closed_by: str
    closed_on: date | None
    reopened_on: date | None

    @property
    def title(self) -> str:
        """What the gap is about."""
        return self.wording or next(iter(self.questions), "")


def gather(journal: Journal, model: EmbeddingModel) -> int:
    """Put the questions that came since into groups, and open gaps again; returns how many questions there were.

    Groups keep their numbers: a new question joins one, or begins another. What is about different markets is never
    one group.

    Raises:
        StoreUnavailable: the journal cannot be read or written.
    """
    made_by = f"{model.name} {model.engine}"
    _embed(journal, model, made_by, questions.c.answer, questions.c.text)
    _embed(journal, model, made_by, gaps.c.id, gaps.c.wording)
    gathered = 0
    while found := _gather_some(journal, made_by):
        gathered += found
    return gathered


def list_gaps(journal: Journal) -> list[Gap]:
    """All gaps: open ones before assigned and closed ones, those asked most first."""
    order = list(GapState)
    found = _gaps(journal)
    return sorted(found, key=lambda gap: (order.index(gap.state), -gap.count, -gap.id))


def gap(journal: Journal, gap_id: int) -> Gap:
    """The gap of that number.

    Raises:
        UnknownGap: there is none.
    """
    for found in _gaps(journal):
        if found.id == gap_id:
            return found
    raise UnknownGap(gap_id)


def assign(
    journal: Journal, gap_id: int, assignee: str, *, wording: str = "", language: str = "en", note: str | None = None
) -> None:
    """Give a gap to somebody, by the name of their account; an empty name gives it to nobody.

    What staff put into their own words outlives the wordings of those who asked.

    Raises:
        UnknownGap: there is none of that number.
    """
    noted = {} if note is None else {"note": note}
    _change(journal, gap_id, {"assignee": assignee} | noted | _worded(wording, language))


def close(
    journal: Journal, gap_id: int, document: Document | None, *, who: str, wording: str, language: str, note: str = ""
) -> None:
    """Close a gap with the document that answers it, or, without one, as nothing that the library is to answer.

    `wording` is the question as the evaluation will ask it. It is kept for good, so staff write it without anything
    that tells who asked.

    Raises:
        UnknownGap: there is none of that number.
        GapNotClosed: the document is not published, or there is no wording.
    """
    _ensure_closable(document, wording)
    closed = {
        "document_id": document.id if document else "",
        "note": note,
        "closed_by": who,
        "closed_on": journal.today().isoformat(),
        "closed_after": select(func.coalesce(func.max(answers.c.number), 0)).scalar_subquery(),
    }
    _change(journal, gap_id, closed | _worded(wording, language))


def ensure_answered(assistant: Assistant, document: Document, wording: str, language: str) -> None:
    """Ask a question as a member would, and see that the answer rests on the document.

    Raises:
        GapNotClosed: it does not, or the gap could not be closed with these anyway.
    """
    _ensure_closable(document, wording)
    answer = assistant.answer(Question(wording, language=language, filters=Filters(reader=Reader.MEMBER)))
    if not any(citation.document.id == document.id for claim in answer.claims for citation in claim.citations):
        raise GapNotClosed("gap_not_answered", document=document.metadata.title)


def evaluation_questions(found: Iterable[Gap]) -> list[str]:
    """The questions of gaps that were closed once, as lines of a file for `market-entry evaluate`."""
    return [
        json.dumps(
            {
                "id": f"gap-{one.id}",
                "kind": "gap",
                "lang": one.language,
                "scope": sorted(one.markets),
                "turns": [one.wording],
                "answerable": bool(one.document_id),
                "documents": [one.document_id] if one.document_id else [],
            },
            ensure_ascii=False,
        )
        for one in sorted(found, key=lambda one: one.id)
        if one.closed_by
    ]


def grouped(sums: Vectors, counts: NDArray[np.int_], markets: Sequence[Markets], known: int) -> list[int]:
    """Which group each row falls into, by the number of the row that it joins: average linkage of cosines.

    A row is a group: the sum of its questions' vectors and how many these are, shape (rows, dimension) and (rows,), and
    the markets that they name. The first `known` rows are groups already, and never join each other.
    """
    rows = len(counts)
    labels = np.arange(rows)
    sizes = counts.astype(np.float64)
    near = (sums[known:] @ sums.T).astype(np.float64) / np.outer(sizes[known:], sizes)  # of what is new to everything
    for row in range(known, rows):
        near[row - known, [at == row or _name_other_markets(markets[row], markets[at]) for at in range(rows)]] = _APART

    def both(kept: NDArray[np.float64], joins: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
        return np.where((kept == _APART) | (joins == _APART), _APART, weight * kept + (1 - weight) * joins)

    while near.size and near.max() >= ALIKE:
        new, other = divmod(int(near.argmax()), rows)
        kept, joins = sorted((other, known + new))
        weight = sizes[kept] / (sizes[kept] + sizes[joins])
        near[:, kept] = both(near[:, kept], near[:, joins], weight)
        if kept >= known:
            near[kept - known] = both(near[kept - known], near[joins - known], weight)
        near[joins - known] = near[:, joins] = _APART
        sizes[kept] += sizes[joins]
        labels[labels == joins] = kept
    return [int(label) for label in labels]


@lru_cache(maxsize=10_000)
def _name_other_markets(first: Markets, second: Markets) -> bool:
    """Whether a question of the one group names markets, and one of the other names none of these but others."""
    return any(one and other and not one & other for one in first for other in second)


def _embed(journal: Journal, model: EmbeddingModel, made_by: str, key: Column[int], text: Column[str]) -> None:
    """Make the vectors of texts that are missing, or of another model, outside of any transaction."""
    table = key.table
    with journal.store.reading() as connection:
        missing = connection.execute(select(key, text).where(text != "", table.c.model.is_distinct_from(made_by))).all()
    if not missing:
        return
    vectors = [_packed(model.query(wording)) for _, wording in missing]
    with journal.store.writing() as connection:
        for (number, wording), vector in zip(missing, vectors, strict=True):
            connection.execute(update(table).where(key == number, text == wording).values(vector=vector, model=made_by))


def _gather_some(journal: Journal, made_by: str) -> int:
    with journal.store.writing() as connection:
        new = connection.execute(
            select(answers.c.number, answers.c.markets, questions.c.vector)
            .join(questions, questions.c.answer == answers.c.number)
            .where(answers.c.gap_id.is_(None), questions.c.model == made_by)
            .order_by(answers.c.number)
            .limit(_AT_ONCE)
        ).all()
        if not new:
            return 0
        groups = _groups(connection, made_by)
        sums = np.stack([*(group.total for group in groups.values()), *(_unpacked(row.vector) for row in new)])
        counts = np.array([*(group.size for group in groups.values()), *(1 for _ in new)])
        markets = [
            *(group.markets for group in groups.values()),
            *(frozenset({frozenset(row.markets.split())}) for row in new),
        ]
        labels = grouped(sums, counts, markets, len(groups))
        ids = dict(enumerate(groups))
        for row, label in zip(new, labels[len(groups) :], strict=True):
            if label not in ids:
                ids[label] = _new_gap(connection)
            connection.execute(update(answers).where(answers.c.number == row.number).values(gap_id=ids[label]))
        _reopen(connection, journal.today())
        return len(new)


@dataclass(frozen=True)
class _Group:
    """What is compared of a gap: the vectors of its wording and of the questions in it that are kept, added up."""

    total: Vectors
    size: int
    markets: Markets


def _groups(connection: Connection, made_by: str) -> dict[int, _Group]:
    vectors: dict[int, list[Vectors]] = {}
    about: dict[int, set[frozenset[str]]] = {}
    worded = select(gaps.c.id, literal(""), gaps.c.vector).where(gaps.c.model == made_by)
    asked = (
        select(answers.c.gap_id, answers.c.markets, questions.c.vector)
        .outerjoin(questions, (questions.c.answer == answers.c.number) & (questions.c.model == made_by))
        .where(answers.c.gap_id.is_not(None))
    )
    for gap_id, named, vector in [*connection.execute(worded), *connection.execute(asked)]:
        about.setdefault(gap_id, set()).add(frozenset(named.split()))
        if vector is not None:
            vectors.setdefault(gap_id, []).append(_unpacked(vector))
    return {
        gap_id: _Group(np.sum(found, axis=0, dtype=np.float32), len(found), frozenset(about[gap_id]))
        for gap_id, found in vectors.items()
    }


def _new_gap(connection: Connection) -> int:
    row: dict[str, object] = dict.fromkeys(("wording", "language", "assignee", "document_id", "note", "closed_by"), "")
    return int(connection.execute(insert(gaps).returning(gaps.c.id), row | {"closed_after": 0}).scalar_one())


def _reopen(connection: Connection, today: date) -> None:
    """Open those gaps again that a document was to fill, and into which an answer falls that came after."""
    since = select(answers.c.number).where(answers.c.gap_id == gaps.c.id, answers.c.number > gaps.c.closed_after)
    connection.execute(
        update(gaps)
        .where(gaps.c.closed_on.is_not(None), gaps.c.document_id != "", since.exists())
        .values(closed_on=None, reopened_on=today.isoformat())
    )


def _ensure_closable(document: Document | None, wording: str) -> None:
    if document is not None and document.stage is not Stage.PUBLISHED:
        raise GapNotClosed("gap_not_published", document=document.id, stage=document.stage)
    if not wording.strip():
        raise GapNotClosed("gap_no_wording")


def _change(journal: Journal, gap_id: int, values: Mapping[str, object]) -> None:
    with journal.store.writing() as connection:
        if not connection.execute(update(gaps).where(gaps.c.id == gap_id).values(values)).rowcount:
            raise UnknownGap(gap_id)


def _worded(wording: str, language: str) -> dict[str, object]:
    """What changes with a new wording; its vector is made when questions are gathered."""
    text = wording.strip()
    return {"wording": text, "language": language, "vector": None, "model": None} if text else {}


def _gaps(journal: Journal) -> list[Gap]:
    asked = (
        select(answers, questions.c.text, feedback.c.verdict)
        .outerjoin(questions, questions.c.answer == answers.c.number)
        .outerjoin(feedback, feedback.c.answer == answers.c.number)
        .where(answers.c.gap_id.is_not(None))
        .order_by(answers.c.number.desc())
    )
    members: dict[int, list[Row[Any]]] = {}
    with journal.store.reading() as connection:
        rows = connection.execute(select(gaps)).all()
        for row in connection.execute(asked):
            members.setdefault(row.gap_id, []).append(row)
    return [_gap(row, members.get(row.id, [])) for row in rows]


def _gap(row: Row[Any], members: Sequence[Row[Any]]) -> Gap:
    return Gap(
        id=row.id,
        state=GapState.CLOSED if row.closed_on else GapState.ASSIGNED if row.assignee else GapState.OPEN,
        wording=row.wording,
        language=row.language,
        questions=tuple(dict.fromkeys(member.text for member in members if member.text)),
        count=len(members),
        first=_day(min((member.day for member in members), default=None)),
        last=_day(max((member.day for member in members), default=None)),
        languages=_counted(member.language for member in members),
        markets=_counted(market for member in members for market in member.markets.split()),
        areas=_counted(area for member in members for area in member.areas.split()),
        why=_counted(_why(member) for member in members),
        assignee=row.assignee,
        document_id=row.document_id,
        note=row.note,
        closed_by=row.closed_by,
        closed_on=_day(row.closed_on),
        reopened_on=_day(row.reopened_on),
    )


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())


def _why(member: Row[Any]) -> str:
    """The outcome, or the verdict on an answer that seemed to be one."""
    return str(member.outcome if lacking(Outcome(member.outcome)) else member.verdict)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _packed(vector: Vectors) -> bytes:
    return vector.astype(np.float16).tobytes()


def _unpacked(vector: bytes) -> Vectors:
    return np.frombuffer(vector, dtype=np.float16).astype(np.float32)
