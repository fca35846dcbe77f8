"""What is remembered of questions and answers, and for how long.

**Of every answer**: the day, the door, the language, the outcome, the markets and areas that were recognised, the
cluster of the company's region where its profile says it, how many statements were shown and dropped, on which versions
of which documents they rested, and how long it took. No text, no hour, no address: an hour, a region and a market
together may point at one company, a day hardly does.

**Which answers went to one conversation** is remembered under a pseudonym, so that a person can have everything
erased, and forgotten soon: from then on the rest concerns nobody. The pseudonym is a keyed hash of a random key that
the browser has for the conversation. A new hash every day would part the answers sooner, but nobody could then find
what to erase.

**The wording of a question** is what staff need to see what the library lacks, and it is where a person may have
written anything. So it is kept only where it serves that: of questions that were declined, answered in part or rated
badly; never of kinds that are always refused, since who asks about a treatment tells of an illness; masked (see
`masking`); for a short time. That is done in the legitimate interest of mending the library, the page says so, and who
objects is heard; an installation can ask for consent instead, or keep none (`MARKET_ENTRY_KEEP_QUESTIONS`). Consent to
more is not asked for, since nothing here needs more: conversations stay in the browser.

**Feedback** is given by its writer on purpose; its comment is masked and kept for a while, its verdict with the answer.

What is out of date is overwritten in the file; copies made by a backup end when the backup does.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Delete, Select, Update, and_, delete, func, insert, select, true, update

from assistant.answers import Answer, ClaimKind, Outcome
from assistant.erasures import ErasureKind, erasures_beside
from assistant.journal.masking import mask
from assistant.journal.records import (
    Door,
    Feedback,
    Holding,
    Rating,
    Remembered,
    Rested,
    SessionErasure,
    feedback_from_row,
    remembered_from_row,
)
from assistant.journal.tables import MIGRATIONS, answers, feedback, gaps, notes, questions, rested
from assistant.settings import KeepDays, KeepQuestions
from assistant.texts import TranslatedError
from assistant.understand.questions import LONGEST, Question, Understood
from assistant.understand.refusals import refused
from corpus.characters import one_line
from corpus.errors import KnownError
from corpus.store import Place, Store, upsert

LONGEST_COMMENT = 1000  # characters; what is beyond them is cut off
_PATIENCE = 2.0  # seconds; an answer that cannot be remembered is let go
_MEND = "nobody needs it to be answered: move it to another folder, and it begins anew, or restore a backup"
_KEY = "key of pseudonyms"
_FORGOTTEN = "last forgotten"

# What a person has said about their wording being kept (None: nothing), and where that suffices.
_SUFFICES: Mapping[KeepQuestions, frozenset[bool | None]] = {
    KeepQuestions.NEVER: frozenset(),
    KeepQuestions.DECLINED: frozenset({True, None}),
    KeepQuestions.CONSENTED: frozenset({True}),
}

_log = logging.getLogger(__name__)


class UnknownAnswer(TranslatedError):
    """An answer that the journal does not hold, or does not hold any more."""

    def __init__(self) -> None:
        super().__init__("answer_unknown")


@dataclass
class Journal:
    """The journal of an installation, in one store that several processes may use at once.

    The store is opened when it is first needed: whoever only asks never touches it.

    Raises:
        StoreUnavailable: from every method, when the store cannot be read or written, within two seconds.
    """

    place: Place
    keep: KeepQuestions = KeepQuestions.DECLINED
    days: KeepDays = field(default_factory=KeepDays)
    today: Callable[[], date] = date.today

    @cached_property
    def store(self) -> Store:
        """The store, brought to the newest schema."""
        return Store(self.place, MIGRATIONS, patience=_PATIENCE, mend=_MEND)

    def close(self) -> None:
        """Give the store's connections back, where it was opened."""
        if "store" in vars(self):
            self.store.close()

    # Writing

    def remember(
        self,
        question: Question,
        understood: Understood,
        answer: Answer,
        *,
        session: str | None = None,
        consent: bool | None = None,
        answer_id: str = "",
        door: Door = Door.CHAT,
    ) -> str:
        """Remember an answer; returns the id by which it can be rated, where none is given a new one.

        `session` is a random key of the person's conversation, never an address; `consent` what they said about the
        wording of their questions being kept.
        """
        answer_id = answer_id or new_id()
        text = self._kept(understood.text, consent) if lacking(answer.outcome) else ""
        with self.store.writing() as connection:
            row = {
                "id": answer_id,
                "day": self.today().isoformat(),
                "session": session and _pseudonym(connection, session),
                "language": understood.language,
                "home": question.profile.home,
                "markets": _codes(understood.markets or understood.filters.markets),
                "areas": _codes(understood.preferences.areas or understood.filters.areas),
                "outcome": answer.outcome,
                "door": door,
                "claims": len(answer.claims),
                "dropped": answer.dropped,
                "by_model": any(claim.kind is ClaimKind.STATEMENT for claim in answer.claims),
                "notice": bool(answer.notice),
                "seconds": answer.seconds,
            }
            number = connection.scalar(insert(answers).returning(answers.c.number), row)
            used = [{"answer": number, **vars(one)} for one in _rested(answer)]
            if used:
                connection.execute(insert(rested), used)
            if text:
                connection.execute(insert(questions), {"answer": number, "text": text, "consent": consent})
        return answer_id

    def rate(
        self, answer_id: str, verdict: Rating, *, comment: str = "", question: str = "", consent: bool | None = None
    ) -> None:
        """Keep a person's verdict on an answer, in place of an earlier one.

        The question's wording comes from the browser, since the journal has none of an answered question. Whoever finds
        the answer helpful after all, or objects, takes it back.

        Raises:
            UnknownAnswer: the journal does not hold this answer.
        """
        text = "" if verdict is Rating.HELPFUL else self._kept(question, consent)
        row = {
            "day": self.today().isoformat(),
            "verdict": verdict,
            "comment": mask(one_line(comment)[:LONGEST_COMMENT]),
            "reply": "",
            "replied_by": "",
            "replied_on": None,
        }
        with self.store.writing() as connection:
            number = _number(connection, answer_id)
            rated = upsert(connection, feedback).on_conflict_do_update(index_elements=["answer"], set_=row)
            connection.execute(rated, {"answer": number} | row)
            if text:
                kept = {"answer": number, "text": text, "consent": consent}
                once = upsert(connection, questions).on_conflict_do_nothing(index_elements=["answer"])
                connection.execute(once, kept)
            else:
                _take_back(connection, number, everything=consent is False)

    def reply(self, answer_id: str, note: str, *, who: str) -> None:
        """Tell the writer of a feedback what became of it; the page shows it in their browser.

        Raises:
            UnknownAnswer: the journal holds no such feedback.
        """
        row = {"reply": note, "replied_by": who, "replied_on": self.today().isoformat()}
        with self.store.writing() as connection:
            number = _number(connection, answer_id)
            if not connection.execute(update(feedback).where(feedback.c.answer == number).values(row)).rowcount:
                raise UnknownAnswer

    def erase(self, session: str, *, receipt: str = "") -> SessionErasure:
        """Remove everything of a browser, and say what that was; a backup that is restored is rid of it too.

        Answers whose session is forgotten already are nobody's, and stay.

        Raises:
            ErasuresUnusable: it cannot be marked as erased, and is not.
        """
        with self.store.writing() as connection:
            pseudonym = _pseudonym(connection, session)
        mark = erasures_beside(self.place).add(ErasureKind.SESSION, pseudonym, receipt=receipt)
        return SessionErasure(self.today(), self.erase_again(pseudonym, self.today()), mark.receipt)

    def erase_again(self, pseudonym: str, until: date) -> Mapping[str, int]:
        """Remove what a browser had left by a day; returns how much that was, by kind."""
        with self.store.writing() as connection:
            of_session = (answers.c.session == pseudonym) & (answers.c.day <= until.isoformat())
            theirs = select(answers.c.number).where(of_session)
            erased = {
                table.name: _count(connection, select(table.c.answer).where(table.c.answer.in_(theirs)))
                for table in (questions, feedback)
            }
            gone = connection.execute(delete(answers).where(answers.c.number.in_(theirs)))
            _drop_gaps_without_words(connection)
        self.store.scrub()
        return {"answers": gone.rowcount} | erased

    def held(self, session: str) -> list[dict[str, Any]]:
        """All that is remembered of a browser: each answer with its question, documents and feedback."""
        with self.store.writing() as connection:
            theirs = answers.c.session == _pseudonym(connection, session)
            columns = [one for one in answers.c if one.name not in ("number", "session", "gap_id")]
            feedback_columns = [one for one in feedback.c if one.name not in ("answer", "day")]
            query = (
                select(*columns, answers.c.number, questions.c.text.label("question"), *feedback_columns)
                .outerjoin(questions, questions.c.answer == answers.c.number)
                .outerjoin(feedback, feedback.c.answer == answers.c.number)
                .where(theirs)
                .order_by(answers.c.number)
            )
            rows = [dict(row) for row in connection.execute(query).mappings()]
            used = _used(connection, select(answers.c.number).where(theirs))
        return [row | {"documents": [one.document_id for one in used.get(row.pop("number"), ())]} for row in rows]

    def forget(self) -> Mapping[str, int]:
        """Remove what is out of date, or not to be kept any more since the settings have changed; returns how much."""
        with self.store.writing() as connection:
            old = {
                kind: select(answers.c.number).where(answers.c.day < self._first_day(days))
                for kind, days in self.days.model_dump().items()
            }
            unwanted = and_(
                true(), *(questions.c.consent.is_distinct_from(consent) for consent in _SUFFICES[self.keep])
            )
            late = feedback.c.day < self._first_day(self.days.comments)
            known = answers.c.session.is_not(None)
            changes: Mapping[str, Delete | Update] = {
                "questions": delete(questions).where(questions.c.answer.in_(old["questions"]) | unwanted),
                "sessions": update(answers).where(answers.c.number.in_(old["sessions"]), known).values(session=None),
                "comments": update(feedback).where(late, feedback.c.comment != "").values(comment=""),
                "answers": delete(answers).where(answers.c.number.in_(old["answers"])),
            }
            done = {kind: connection.execute(change).rowcount for kind, change in changes.items()}
            _drop_gaps_without_words(connection)
            _note(connection, _FORGOTTEN, self.today().isoformat())
        self.store.scrub()
        return done

    # Reading

    def feedback(self, *answer_ids: str, open_only: bool = False) -> list[Feedback]:
        """The feedback on these answers, without any on all; newest first.

        `open_only` leaves out what staff have answered.
        """
        query = (
            select(feedback, answers.c.id, answers.c.outcome, answers.c.language, questions.c.text)
            .join(answers, answers.c.number == feedback.c.answer)
            .outerjoin(questions, questions.c.answer == feedback.c.answer)
            .where(
                answers.c.id.in_(answer_ids) if answer_ids else true(),
                feedback.c.replied_on.is_(None) if open_only else true(),
            )
            .order_by(feedback.c.day.desc(), feedback.c.answer.desc())
        )
        with self.store.reading() as connection:
            rows = connection.execute(query).all()
            used = _used(connection, select(feedback.c.answer))
        return [feedback_from_row(row, used.get(row.answer, ())) for row in rows]

    def answers(self, first: date, last: date) -> list[Remembered]:
        """The answers of a period, both days included, in their order."""
        within = answers.c.day.between(first.isoformat(), last.isoformat())
        with self.store.reading() as connection:
            rows = connection.execute(select(answers).where(within).order_by(answers.c.number)).all()
            used = _used(connection, select(answers.c.number).where(within))
        return [remembered_from_row(row, used.get(row.number, ())) for row in rows]

    def uses(self, first: date) -> Counter[str]:
        """How many answers since a day rested on each document."""
        query = (
            select(rested.c.document_id, func.count(rested.c.answer.distinct()))
            .join(answers, answers.c.number == rested.c.answer)
            .where(answers.c.day >= first.isoformat())
            .group_by(rested.c.document_id)
        )
        with self.store.reading() as connection:
            return Counter({row[0]: row[1] for row in connection.execute(query)})

    def holdings(self) -> list[Holding]:
        """What the journal holds, by kind."""
        with self.store.reading() as connection:
            return [
                Holding(kind, what, getattr(self.days, kind), *_extent(connection, query))
                for kind, (what, query) in _KINDS.items()
            ]

    def last_forgotten(self) -> date | None:
        """When `forget` last ran."""
        with self.store.reading() as connection:
            return _day(_noted(connection, _FORGOTTEN))

    # Inside

    def _kept(self, text: str, consent: bool | None) -> str:
        """A question's wording as it may be kept; empty where it may not."""
        plain = one_line(text)[:LONGEST]
        return mask(plain) if consent in _SUFFICES[self.keep] and not refused(plain) else ""

    def _first_day(self, days: int) -> str:
        return (self.today() - timedelta(days=days)).isoformat()


def new_id() -> str:
    """An id for an answer that nobody can guess."""
    return secrets.token_urlsafe(16)


def lacking(outcome: Outcome) -> bool:
    """Whether the library lacks something that was asked for."""
    return outcome.declined or outcome is Outcome.PARTIAL


def record(
    journal: Journal,
    question: Question,
    understood: Understood,
    answer: Answer,
    *,
    session: str | None = None,
    consent: bool | None = None,
    answer_id: str = "",
    door: Door = Door.CHAT,
) -> str | None:
    """What a door calls after an answer: its id, or None where the journal failed. That is logged, and costs no answer.

    Nothing of the question is written to the log.
    """
    try:
        return journal.remember(
            question, understood, answer, session=session, consent=consent, answer_id=answer_id, door=door
        )
    except KnownError as error:
        _log.warning("an answer is not in the journal: %s", error)
        return None


# The kinds of things that have a time of their own, with the days of those there are.
_KINDS: Mapping[str, tuple[str, Select[tuple[str]]]] = {
    "questions": (
        "the masked wording of questions declined, answered in part or rated badly",
        select(answers.c.day).join(questions, questions.c.answer == answers.c.number),
    ),
    "sessions": (
        "which answers went to one browser, under a pseudonym",
        select(answers.c.day).where(answers.c.session.is_not(None)),
    ),
    "comments": ("the masked words of a feedback", select(feedback.c.day).where(feedback.c.comment != "")),
    "answers": ("outcome, language, markets, region, door and documents used of each answer", select(answers.c.day)),
}


def _pseudonym(connection: Connection, session: str) -> str:
    key = _noted(connection, _KEY)
    if key is None:
        key = secrets.token_hex(32)
        _note(connection, _KEY, key)
    return hashlib.blake2b(session.encode("utf-8", "surrogatepass"), key=bytes.fromhex(key), digest_size=16).hexdigest()


def _rested(answer: Answer) -> set[Rested]:
    cited = (citation.document for claim in answer.claims for citation in claim.citations)
    return {Rested(one.id, one.version.number, one.metadata.facts_as_of) for one in cited}


def _number(connection: Connection, answer_id: str) -> int:
    number = connection.scalar(select(answers.c.number).where(answers.c.id == answer_id))
    if number is None:
        raise UnknownAnswer
    return int(number)


def _take_back(connection: Connection, number: int, *, everything: bool) -> None:
    """Let go of the wording that was kept because an answer was rated badly, or of everything."""
    outcome = connection.execute(select(answers.c.outcome).where(answers.c.number == number)).scalar_one()
    if everything or not lacking(Outcome(outcome)):
        connection.execute(delete(questions).where(questions.c.answer == number))
        connection.execute(update(answers).where(answers.c.number == number).values(gap_id=None))
        _drop_gaps_without_words(connection)


def _drop_gaps_without_words(connection: Connection) -> None:
    """Remove those gaps of which nothing can be read any more: no wording is kept, and staff gave them none."""
    kept = (
        select(questions.c.answer)
        .join(answers, answers.c.number == questions.c.answer)
        .where(answers.c.gap_id == gaps.c.id)
    )
    connection.execute(delete(gaps).where(gaps.c.wording == "", ~kept.exists()))


def _used(connection: Connection, numbers: Select[tuple[int]]) -> dict[int, tuple[Rested, ...]]:
    used: dict[int, tuple[Rested, ...]] = {}
    for row in connection.execute(select(rested).where(rested.c.answer.in_(numbers)).order_by(rested.c.document_id)):
        used[row.answer] = (*used.get(row.answer, ()), Rested(row.document_id, row.version, row.facts_as_of))
    return used


def _count(connection: Connection, query: Select[tuple[int]]) -> int:
    return connection.scalar(select(func.count()).select_from(query.subquery())) or 0


def _extent(connection: Connection, days: Select[tuple[str]]) -> tuple[int, date | None]:
    found = days.subquery()
    count, oldest = connection.execute(select(func.count(), func.min(found.c.day)).select_from(found)).one()
    return count, _day(oldest)


def _noted(connection: Connection, name: str) -> str | None:
    return connection.scalar(select(notes.c.value).where(notes.c.name == name))


def _note(connection: Connection, name: str, value: str) -> None:
    noted = upsert(connection, notes).on_conflict_do_update(index_elements=["name"], set_={"value": value})
    connection.execute(noted, {"name": name, "value": value})


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _codes(codes: frozenset[str]) -> str:
    return " ".join(sorted(codes))
