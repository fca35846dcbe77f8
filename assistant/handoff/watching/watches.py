"""What people follow by mail, from the moment that they ask for it until they have enough of it.

**Nobody is written to twice who has not agreed**: whoever asks gives an address, and a mail to that asks whether its
owner wants this. Not before that is confirmed does anything else go there. Asking says the same whether an address is
known or not, and sends at most one mail a day for one thing, and for `_MOST_UNCONFIRMED` things at a time.

**Kept for a while**: what is not confirmed for `UNCONFIRMED_DAYS`, the rest for the days of a setting since it was
confirmed last. Who stops gets a receipt, and no restored backup brings back what was stopped.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Float,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from assistant.erasures import ErasureKind, erasures_beside, new_receipt
from assistant.handoff.watching.changes import Followed
from assistant.mail import address_problem
from assistant.texts import TranslatedError, say
from corpus.store import Place, Store, made

MIGRATIONS = Path(__file__).parent / "migrations"
UNCONFIRMED_DAYS = 7
_MOST_UNCONFIRMED, _MOST = 3, 50  # things that one address may follow
_CLAIMED = 300.0  # seconds that a sending may take before another process takes it up
_FIRST_WAIT, _LONGEST_WAIT = 60.0, 6 * 3600.0  # seconds until what was not delivered is sent again
_DAY = 86_400.0
_WEEK = 7 * _DAY
_ENDING = 14 * _DAY  # before the end, in which a person is told of it

_schema = MetaData()
_watches = Table(
    "watches",
    _schema,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False),  # goes with each mail, and into the mark of an erasure
    Column("token", String, nullable=False),  # what a link in a mail has, so that nobody else can stop it
    Column("email", String, nullable=False),  # folded, to be found again
    Column("language", String, nullable=False),
    Column("document", Text, nullable=False),
    Column("market", String, nullable=False),
    Column("topic", String, nullable=False),
    Column("consent", Text, nullable=False),  # as it was read when it was confirmed
    Column("asked_at", Float, nullable=False),
    Column("confirmed_at", Float, nullable=False),  # the last time; 0 before the first
    Column("told_until", Float, nullable=False),  # what changed before that is told
    Column("next_at", Float, nullable=False),  # when a mail is due; 0 for none
    Column("attempts", Integer, nullable=False),
    Column("failure", Text, nullable=False),  # of the last attempt
)


class BadWatch(TranslatedError):
    """Something that cannot be followed as it was asked for."""


class UnknownWatch(TranslatedError):
    """A link to something that is followed no more, or never was."""


@dataclass(frozen=True)
class Watch:
    """Something that a person follows, or has asked to follow. Times are seconds since 1970, 0 for never."""

    number: int
    id: str
    token: str
    email: str
    language: str
    followed: Followed
    consent: str
    asked_at: float
    confirmed_at: float
    told_until: float
    next_at: float
    attempts: int
    failure: str

    @property
    def confirmed(self) -> bool:
        """Whether the address's owner wants it."""
        return self.confirmed_at > 0


@dataclass
class Watches:
    """What people follow by mail, in one store that several processes may use at once.

    `days` are those for which it is kept since it was confirmed.

    Raises:
        StoreUnavailable: from every method, when the store cannot be read or written.
    """

    place: Place
    days: int = 730
    now: Callable[[], float] = time.time

    @cached_property
    def store(self) -> Store:
        """The store, brought to the newest schema."""
        return Store(self.place, MIGRATIONS)

    @property
    def made(self) -> bool:
        """Whether anybody ever asked to follow something here."""
        return made(self.place)

    def close(self) -> None:
        """Give the store's connections back, where it was opened."""
        if "store" in vars(self):
            self.store.close()

    # What people do

    def ask(self, followed: Followed, email: str, language: str) -> None:
        """Let a mail ask the owner of an address whether they want to follow something.

        Raises:
            BadWatch: that is no address.
        """
        address = email.strip().casefold()
        if problem := address_problem(address):
            raise BadWatch(problem)
        now = self.now()
        asked = {"language": language, "asked_at": now, "next_at": now, "attempts": 0, "failure": ""}
        with self.store.writing() as connection:
            known = [_watch(row) for row in connection.execute(select(_watches).where(_watches.c.email == address))]
            same = next((one for one in known if one.followed == followed), None)
            if same is not None:
                if not same.confirmed and same.asked_at <= now - _DAY:
                    connection.execute(update(_watches).where(_watches.c.number == same.number).values(asked))
                return
            if len(known) >= _MOST or sum(not one.confirmed for one in known) >= _MOST_UNCONFIRMED:
                return
            new = asked | followed.model_dump() | {"id": secrets.token_hex(12), "token": secrets.token_urlsafe(24)}
            never = {"email": address, "consent": "", "confirmed_at": 0.0, "told_until": 0.0}
            connection.execute(insert(_watches), new | never)

    def consent_in(self, language: str) -> str:
        """What a person agrees to who confirms."""
        return say(language, "watch_consent", days=self.days)

    def confirm(self, token: str, language: str) -> Watch:
        """Follow something from now on, or for another while; the sentence that was read in a language is kept.

        Raises:
            UnknownWatch: there is nothing of that token, or not any more.
        """
        now = self.now()
        with self.store.writing() as connection:
            watch = _one(connection, token)
            values: dict[str, object] = {"confirmed_at": now, "consent": self.consent_in(language)}
            if not watch.confirmed:
                others = (_watches.c.email == watch.email) & (_watches.c.confirmed_at > 0)
                next_at = connection.scalar(select(func.min(_watches.c.next_at)).where(others))
                values |= {"told_until": now, "next_at": next_at or now + _WEEK, "attempts": 0, "failure": ""}
            connection.execute(update(_watches).where(_watches.c.number == watch.number).values(values))
            return _one(connection, token)

    def stop(self, watches: Iterable[Watch]) -> str:
        """Follow these no more: they are erased, and marked as erased; returns the receipt.

        Raises:
            ErasuresUnusable: it cannot be marked, and is not erased.
        """
        receipt, stopped = new_receipt(), list(watches)
        for watch in stopped:
            erasures_beside(self.place, self.now).add(ErasureKind.WATCH, watch.id, receipt=receipt)
        self._remove(_watches.c.id.in_([watch.id for watch in stopped]))
        return receipt

    # Reading

    def of_token(self, token: str) -> Watch:
        """What a link of a mail is about.

        Raises:
            UnknownWatch: there is nothing of that token, or not any more.
        """
        if not self.made:
            raise UnknownWatch("watch_unknown")
        with self.store.reading() as connection:
            return _one(connection, token)

    def of_address(self, email: str) -> list[Watch]:
        """What an address follows or has asked to follow, in the order in which that was asked for."""
        return self._where(_watches.c.email == email.strip().casefold())

    def all(self) -> list[Watch]:
        """Everything that is followed or asked for."""
        return self._where(_watches.c.number > 0)

    def ends_at(self, watch: Watch) -> float:
        """When it is kept no more."""
        return watch.confirmed_at + self.days * _DAY

    def ends_soon(self, watch: Watch) -> bool:
        """Whether the person has to be told that."""
        return self.ends_at(watch) <= self.now() + _ENDING

    # Sending

    def claim(self) -> list[Watch]:
        """What one mail is due for, which nobody else sends for a while: a question, or all that a person follows."""
        now = self.now()
        due = (_watches.c.next_at > 0) & (
            (_watches.c.next_at <= now) | (_watches.c.next_at > now + _WEEK + _LONGEST_WAIT)  # a clock was put back
        )
        with self.store.writing() as connection:
            first = connection.execute(select(_watches).where(due).order_by(_watches.c.number).limit(1)).one_or_none()
            if first is None:
                return []
            together = _watches.c.number == first.number
            if first.confirmed_at:
                together = due & (_watches.c.email == first.email) & (_watches.c.confirmed_at > 0)
            found = [_watch(row) for row in connection.execute(select(_watches).where(together))]
            claim = {"next_at": now + _CLAIMED, "attempts": _watches.c.attempts + 1}
            connection.execute(update(_watches).where(_numbered(found)).values(claim))
            return found

    def asked(self, watch: Watch) -> None:
        """A person was asked whether they want this; nothing is due until they have said so."""
        unconfirmed = _numbered([watch]) & (_watches.c.confirmed_at == 0)
        self._set(unconfirmed, next_at=0.0, attempts=0, failure="")

    def told(self, watches: Sequence[Watch], until: float) -> None:
        """A person was told of what had changed by a time, or there was nothing; the next mail comes in a week."""
        self._set(_numbered(watches), told_until=until, next_at=self.now() + _WEEK, attempts=0, failure="")

    def failed(self, watches: Sequence[Watch], why: str) -> None:
        """A mail was not taken; it is due again after a wait that doubles."""
        tried = max(watch.attempts for watch in watches)  # before this time
        wait = min(_FIRST_WAIT * 2.0**tried, _LONGEST_WAIT)
        self._set(_numbered(watches), next_at=self.now() + wait, failure=why)

    # Forgetting

    def erase_again(self, email: str, until: float) -> int:
        """Remove what an address had asked for by a time; returns how much that was."""
        if not self.made:
            return 0
        return self._remove((_watches.c.email == email.strip().casefold()) & (_watches.c.asked_at <= until))

    def stop_again(self, ids: Iterable[str]) -> int:
        """Remove what was stopped, by the ids that marks have; returns how much that was."""
        return self._remove(_watches.c.id.in_(list(ids)))

    def forget(self) -> int:
        """Remove what is out of date; returns how much that was."""
        now = self.now()
        unconfirmed = (_watches.c.confirmed_at == 0) & (_watches.c.asked_at < now - UNCONFIRMED_DAYS * _DAY)
        confirmed = (_watches.c.confirmed_at > 0) & (_watches.c.confirmed_at < now - self.days * _DAY)
        return self._remove(unconfirmed | confirmed)

    def _where(self, which: ColumnElement[bool]) -> list[Watch]:
        if not self.made:
            return []
        with self.store.reading() as connection:
            rows = connection.execute(select(_watches).where(which).order_by(_watches.c.number))
            return [_watch(row) for row in rows]

    def _set(self, which: ColumnElement[bool], **values: object) -> None:
        with self.store.writing() as connection:
            connection.execute(update(_watches).where(which).values(values))

    def _remove(self, which: ColumnElement[bool]) -> int:
        with self.store.writing() as connection:
            gone = connection.execute(delete(_watches).where(which)).rowcount
        if gone:
            self.store.scrub()
        return gone


def _numbered(watches: Sequence[Watch]) -> ColumnElement[bool]:
    return _watches.c.number.in_([watch.number for watch in watches])


def _one(connection: Connection, token: str) -> Watch:
    row = connection.execute(select(_watches).where(_watches.c.token == token)).one_or_none()
    if row is None:
        raise UnknownWatch("watch_unknown")
    return _watch(row)


def _watch(row: Row[Any]) -> Watch:
    fields = dict(row._mapping)
    followed = Followed(**{name: fields.pop(name) for name in Followed.model_fields})
    return Watch(followed=followed, **fields)
