"""Keys by which programs ask: made and revoked by administrators, each for a purpose, of which only a digest is kept.

A key reads what anybody may, unless it works in the name of an account: then it reads what that account may, and no
longer once the account is disabled.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from assistant.accounts.accounts import (
    Account,
    Accounts,
    Permission,
    account_from,
    account_rows,
    digest_of,
    key_rows,
    may,
    plain_name,
    reader_of,
)
from assistant.texts import TranslatedError
from corpus.documents import Reader

A_MINUTE = 60  # questions, unless an administrator says otherwise
_MOST_A_MINUTE = 10_000
_MARK = "mek_"  # by which a key that was left lying about can be told
_LONGEST = 80  # characters of a name


class Scope(StrEnum):
    """What a key is for."""

    ASK = "ask"  # questions, comparisons, plans, and what belongs to them: ratings and letters
    READ = "read"  # search, documents, passages
    CURATE = "curate"  # what staff do, in the name of an account


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key as it is kept."""

    number: int
    name: str
    scopes: frozenset[Scope]
    account: Account | None
    a_minute: int
    made_by: str
    made_on: date
    used_on: date | None
    revoked_by: str
    revoked_on: date | None

    @property
    def reader(self) -> Reader:
        """On whose behalf the library is read with it."""
        return reader_of(self.account)

    @property
    def valid(self) -> bool:
        """Whether it can be used: nobody has revoked it, nor disabled its account."""
        return self.revoked_on is None and not (self.account and self.account.disabled)


class KeyRefused(TranslatedError):
    """No key, or one that is none of ours, or that was revoked."""


class BadKey(TranslatedError):
    """A key that cannot be made so."""


class UnknownKey(TranslatedError):
    """A number that no key has."""


class Keys:
    """The keys of one installation.

    Raises:
        StoreUnavailable: from every method, when the store cannot be read or written.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._store = accounts.store
        self._clock = accounts.clock

    def all(self) -> list[Key]:
        """All keys, the newest first."""
        with self._store.reading() as connection:
            rows = connection.execute(select(key_rows).order_by(key_rows.c.number.desc())).all()
            return [_key(connection, row) for row in rows]

    def add(
        self, name: str, scopes: Iterable[Scope], *, account: str = "", a_minute: int = A_MINUTE, who: str
    ) -> tuple[Key, str]:
        """Make a key for a purpose, in the name of an account or of nobody.

        Returns:
            The key, and what a program sends. That cannot be read again.

        Raises:
            BadKey: something cannot be as it is.
        """
        name, wanted = " ".join(name.split()), frozenset(scopes)
        if not 0 < len(name) <= _LONGEST or not name.isprintable():
            raise BadKey("key_name_bad", longest=_LONGEST)
        if not wanted:
            raise BadKey("key_scope_missing", scopes=", ".join(Scope))
        if not 0 < a_minute <= _MOST_A_MINUTE:
            raise BadKey("key_a_minute_bad", most=_MOST_A_MINUTE)
        token, acts_for = _MARK + secrets.token_urlsafe(32), plain_name(account) or None
        values = {
            "token": digest_of(token),
            "name": name,
            "scopes": " ".join(sorted(wanted)),
            "account": acts_for,
            "a_minute": a_minute,
            "made_by": who,
            "made_on": self._today(),
        }
        with self._store.writing() as connection:
            known = _account(connection, acts_for)
            if acts_for and known is None:
                raise BadKey("account_unknown", name=acts_for)
            if Scope.CURATE in wanted and not may(known, Permission.WRITE):
                raise BadKey("key_needs_author")
            return _key(connection, connection.execute(insert(key_rows).returning(key_rows), values).one()), token

    def revoke(self, number: int, *, who: str) -> None:
        """Let a key be used no more.

        Raises:
            UnknownKey: there is none of that number that is not revoked yet.
        """
        in_use = (key_rows.c.number == number) & key_rows.c.revoked_on.is_(None)
        values = {"revoked_by": who, "revoked_on": self._today()}
        with self._store.writing() as connection:
            if not connection.execute(update(key_rows).where(in_use).values(values)).rowcount:
                raise UnknownKey("key_unknown", number=number)

    def used(self, token: str) -> Key:
        """The key that a program sends, whose use is noted by the day.

        Raises:
            KeyRefused: it is none that can be used.
        """
        with self._store.reading() as connection:
            row = connection.execute(select(key_rows).filter_by(token=digest_of(token))).one_or_none()
            key = _key(connection, row) if row else None
        if key is None or not key.valid:
            raise KeyRefused("key_refused")
        if key.used_on is None or key.used_on.isoformat() != self._today():
            with self._store.writing() as connection:
                noted = update(key_rows).where(key_rows.c.number == key.number)
                connection.execute(noted.values(used_on=self._today()))
        return key

    def _today(self) -> str:
        return datetime.fromtimestamp(self._clock(), UTC).date().isoformat()


def _account(connection: Connection, name: str | None) -> Account | None:
    row = connection.execute(select(account_rows).filter_by(name=name)).one_or_none()
    return account_from(row) if row else None


def _key(connection: Connection, row: Row[Any]) -> Key:
    return Key(
        number=row.number,
        name=row.name,
        scopes=frozenset(map(Scope, row.scopes.split())),
        account=_account(connection, row.account),
        a_minute=row.a_minute,
        made_by=row.made_by,
        made_on=date.fromisoformat(row.made_on),
        used_on=date.fromisoformat(row.used_on) if row.used_on else None,
        revoked_by=row.revoked_by or "",
        revoked_on=date.fromisoformat(row.revoked_on) if row.revoked_on else None,
    )
