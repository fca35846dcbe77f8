"""What companies hand over to a person in a cluster, until that person has closed it.

**Nothing is kept or sent without consent**: who hands something over has seen the letter that is sent, word for word,
and the sentence agreed to; both are kept with the time.

**Kept for a while**: by its kind, counted from the last move. A company has everything erased by its e-mail address.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, or_, select, true, update

from assistant.erasures import ErasureKind, erasures_beside
from assistant.handoff.letters import Letter, LetterDraft, LetterKind, checked, consent_text, preview
from assistant.handoff.tables import MIGRATIONS, handoffs, moves
from assistant.settings import KeepHandoffDays
from assistant.texts import TranslatedError
from corpus.errors import KnownError
from corpus.store import Place, Store, made
from corpus.vocabulary import Vocabulary

_CLAIMED = 300.0  # seconds that a sending may take before another process takes it up
_FIRST_WAIT, _LONGEST_WAIT = 60.0, 6 * 3600.0  # seconds until what was not delivered is sent again
_DAY = 86_400.0
_PROGRAM = "the assistant"

_log = logging.getLogger(__name__)


class HandoffStage(StrEnum):
    """How far a hand-off has come."""

    WAITING = "waiting"  # to be delivered
    DELIVERED = "delivered"
    TAKEN = "taken"  # by a person
    CLOSED = "closed"


class HandoffOutcome(StrEnum):
    """What became of a closed hand-off."""

    ANSWERED = "answered"
    INTRODUCED = "introduced"  # to a partner or another organisation
    COOPERATION = "cooperation"  # agreed between partners
    PASSED_ON = "passed-on"  # to another cluster
    NO_REPLY = "no-reply"  # from the company
    NOT_FITTING = "not-fitting"


_ONWARD = {  # to a stage, from which
    HandoffStage.TAKEN: (HandoffStage.WAITING, HandoffStage.DELIVERED, HandoffStage.TAKEN),
    HandoffStage.CLOSED: (HandoffStage.WAITING, HandoffStage.DELIVERED, HandoffStage.TAKEN),
}


class NoConsent(TranslatedError):
    """Somebody hands something over and has not agreed to what is sent now."""


class UnknownHandoff(KnownError):
    """A hand-off that there is not, or not any more."""

    def __init__(self, number: int) -> None:
        super().__init__(f"There is no hand-off {number}; `market-entry handoffs list` shows those there are.")


class WrongStage(KnownError):
    """A hand-off that is moved where it cannot go."""


@dataclass(frozen=True)
class Handoff:
    """A hand-off as it is kept. Times are seconds since 1970."""

    number: int
    id: str
    draft: LetterDraft
    letter: Letter
    consent: str
    made_at: float
    stage: HandoffStage
    outcome: HandoffOutcome | None
    taken_by: str
    moved_at: float
    attempts: int
    next_at: float
    failure: str


@dataclass(frozen=True)
class Move:
    """What was done with a hand-off."""

    stage: HandoffStage
    who: str
    why: str
    at: float


@dataclass
class Handoffs:
    """The hand-offs of an installation, in one store that several processes may use at once.

    Raises:
        StoreUnavailable: from every method, when the store cannot be read or written.
    """

    place: Place
    vocabulary: Vocabulary
    days: KeepHandoffDays = field(default_factory=KeepHandoffDays)
    now: Callable[[], float] = time.time

    @cached_property
    def store(self) -> Store:
        """The store, brought to the newest schema."""
        return Store(self.place, MIGRATIONS)

    @property
    def made(self) -> bool:
        """Whether anything was ever handed over here."""
        return made(self.place)

    def close(self) -> None:
        """Give the store's connections back, where it was opened."""
        if "store" in vars(self):
            self.store.close()

    # Handing over

    def consent_for(self, draft: LetterDraft) -> str:
        """What a person agrees to who hands this over."""
        return consent_text(draft, self._days(draft.kind), self.vocabulary)

    def hand_over(self, draft: LetterDraft, *, agreed: str, seen: Letter) -> Handoff:
        """Keep a hand-off to be delivered, once the person has agreed to this sentence and seen this letter.

        Raises:
            BadHandoff: the draft is not complete.
            NoConsent: the sentence or the letter is not the one of now.
        """
        letter = preview(draft, self.vocabulary)
        if agreed != self.consent_for(draft) or seen != letter:
            raise NoConsent("handoff_no_consent")
        now = self.now()
        row = _row(checked(draft, self.vocabulary)) | {
            "id": secrets.token_hex(16),
            "subject": letter.subject,
            "text": letter.text,
            "consent": agreed,
            "made_at": now,
            "stage": HandoffStage.WAITING,
            "outcome": "",
            "taken_by": "",
            "moved_at": now,
            "attempts": 0,
            "next_at": now,
            "failure": "",
        }
        with self.store.writing() as connection:
            number = connection.execute(insert(handoffs).returning(handoffs.c.number), row).scalar_one()
            self._moved(connection, number, HandoffStage.WAITING, who="the company", why="handed over")
            return _one(connection, number)

    # Delivering

    def claim(self) -> Handoff | None:
        """The next one that is due, which nobody else sends for a while."""
        now = self.now()
        in_time = (handoffs.c.next_at <= now) | (handoffs.c.next_at > now + _LONGEST_WAIT)  # a clock was put back
        due = (handoffs.c.stage == HandoffStage.WAITING) & in_time
        with self.store.writing() as connection:
            number = connection.scalar(select(handoffs.c.number).where(due).order_by(handoffs.c.number).limit(1))
            if number is None:
                return None
            claim = {"next_at": now + _CLAIMED, "attempts": handoffs.c.attempts + 1}
            connection.execute(update(handoffs).where(handoffs.c.number == number).values(claim))
            return _one(connection, number)

    def failed(self, handoff: Handoff, why: str) -> None:
        """Note why it was not delivered; it is due again after a wait that doubles."""
        wait = min(_FIRST_WAIT * 2.0 ** (handoff.attempts - 1), _LONGEST_WAIT)
        values = {"next_at": self.now() + wait, "failure": why}
        with self.store.writing() as connection:
            connection.execute(update(handoffs).where(handoffs.c.number == handoff.number).values(values))

    def delivered(self, handoff: Handoff) -> None:
        """Note it, unless somebody has erased it or moved it on meanwhile."""
        waiting = (handoffs.c.number == handoff.number) & (handoffs.c.stage == HandoffStage.WAITING)
        values = {"stage": HandoffStage.DELIVERED, "moved_at": self.now(), "failure": ""}
        with self.store.writing() as connection:
            if connection.execute(update(handoffs).where(waiting).values(values)).rowcount:
                self._moved(connection, handoff.number, HandoffStage.DELIVERED, who=_PROGRAM, why="sent")

    # A person's work

    def take(self, number: int, *, who: str, why: str = "") -> Handoff:
        """Say that a person sees to it; somebody else may take it over.

        Raises:
            UnknownHandoff: there is none of that number.
            WrongStage: it is closed.
        """
        return self._move(number, HandoffStage.TAKEN, who, why, taken_by=who)

    def settle(self, number: int, outcome: HandoffOutcome, *, who: str, why: str = "") -> Handoff:
        """Close it with what became of it.

        Raises:
            UnknownHandoff: there is none of that number.
            WrongStage: it is closed already.
        """
        return self._move(number, HandoffStage.CLOSED, who, why or outcome, outcome=outcome)

    def _move(self, number: int, stage: HandoffStage, who: str, why: str, **values: str) -> Handoff:
        with self.store.writing() as connection:
            handoff = _one(connection, number)
            if handoff.stage not in _ONWARD[stage]:
                raise WrongStage(f"Hand-off {number} is {handoff.stage}; it cannot be {stage} any more.")
            changes = values | {"stage": stage, "moved_at": self.now()}
            connection.execute(update(handoffs).where(handoffs.c.number == number).values(changes))
            self._moved(connection, number, stage, who=who, why=why)
            return _one(connection, number)

    # Reading

    def handoff(self, number: int) -> Handoff:
        """One of them.

        Raises:
            UnknownHandoff: there is none of that number.
        """
        with self.store.reading() as connection:
            return _one(connection, number)

    def find(
        self, *, stage: HandoffStage | None = None, kind: LetterKind | None = None, cluster: str | None = None
    ) -> list[Handoff]:
        """Those of a stage, kind or cluster, oldest first."""
        wanted: list[ColumnElement[bool]] = [true()]
        wanted += [handoffs.c.stage == stage] if stage else []
        wanted += [handoffs.c.kind == kind] if kind else []
        wanted += [handoffs.c.cluster == cluster] if cluster else []
        with self.store.reading() as connection:
            rows = connection.execute(select(handoffs).where(*wanted).order_by(handoffs.c.number))
            return [_handoff(row) for row in rows]

    def history(self, number: int) -> list[Move]:
        """What was done with it, by whom, why and when, oldest first."""
        with self.store.reading() as connection:
            rows = connection.execute(select(moves).where(moves.c.handoff == number).order_by(moves.c.id))
            return [Move(HandoffStage(row.stage), row.who, row.why, row.at) for row in rows]

    # Forgetting

    def erase(self, email: str, *, receipt: str = "") -> int:
        """Remove all that came from an address, here and where a backup is restored; returns how much that was.

        Raises:
            ErasuresUnusable: it cannot be marked as erased, and is not.
        """
        erasures_beside(self.place, self.now).add(ErasureKind.EMAIL, email, receipt=receipt)
        return self.erase_again(email, self.now())

    def erase_again(self, email: str, until: float) -> int:
        """Remove what had come from an address by a time; returns how much that was."""
        return self._remove((handoffs.c.email == email.strip().casefold()) & (handoffs.c.made_at <= until))

    def addresses(self) -> list[str]:
        """The addresses that something came from."""
        with self.store.reading() as connection:
            return list(connection.scalars(select(handoffs.c.email).distinct()))

    def moved(self, kind: str) -> list[float]:
        """When each hand-off of a kind was last moved: its time is counted from then."""
        if not self.made:
            return []
        with self.store.reading() as connection:
            return list(connection.scalars(select(handoffs.c.moved_at).where(handoffs.c.kind == kind)))

    def forget(self) -> int:
        """Remove what is out of date; returns how much that was."""
        late = [
            (handoffs.c.kind == kind) & (handoffs.c.moved_at < self.now() - self._days(kind) * _DAY)
            for kind in LetterKind
        ]
        return self._remove(or_(*late))

    def _remove(self, which: ColumnElement[bool]) -> int:
        with self.store.writing() as connection:
            connection.execute(delete(moves).where(moves.c.handoff.in_(select(handoffs.c.number).where(which))))
            gone = connection.execute(delete(handoffs).where(which)).rowcount
        if gone:
            self.store.scrub()
        return gone

    def _days(self, kind: LetterKind) -> int:
        return int(getattr(self.days, kind))

    def _moved(self, connection: Connection, number: int, stage: HandoffStage, *, who: str, why: str) -> None:
        connection.execute(insert(moves), {"handoff": number, "stage": stage, "who": who, "why": why, "at": self.now()})


def day_of(at: float) -> date:
    """The day of a time, for those who read."""
    return date(1970, 1, 1) + timedelta(seconds=at)


def _row(draft: LetterDraft) -> dict[str, str]:
    return {name: value for name, value in vars(draft).items() if isinstance(value, str)} | {
        "email": draft.email.casefold(),
        "areas": " ".join(sorted(draft.areas)),
        "markets": " ".join(sorted(draft.markets)),
        "sources": "\n".join(draft.sources),
    }


def _one(connection: Connection, number: int) -> Handoff:
    row = connection.execute(select(handoffs).where(handoffs.c.number == number)).one_or_none()
    if row is None:
        raise UnknownHandoff(number)
    return _handoff(row)


def _handoff(row: Row[Any]) -> Handoff:
    texts = ("company", "person", "email", "country", "product", "message", "question", "offered", "sought")
    draft = LetterDraft(
        kind=LetterKind(row.kind),
        cluster=row.cluster,
        language=row.language,
        areas=frozenset(row.areas.split()),
        markets=frozenset(row.markets.split()),
        sources=tuple(row.sources.splitlines()),
        **{name: getattr(row, name) for name in texts},
    )
    return Handoff(
        number=row.number,
        id=row.id,
        draft=draft,
        letter=Letter(row.subject, row.text),
        consent=row.consent,
        made_at=row.made_at,
        stage=HandoffStage(row.stage),
        outcome=HandoffOutcome(row.outcome) if row.outcome else None,
        taken_by=row.taken_by,
        moved_at=row.moved_at,
        attempts=row.attempts,
        next_at=row.next_at,
        failure=row.failure,
    )
