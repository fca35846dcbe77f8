"""Sessions: how people sign in, and who is signed in."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, delete, insert, select, update

from assistant.accounts import attempts, devices
from assistant.accounts.accounts import (
    Account,
    account_from,
    account_rows,
    digest_of,
    end_sessions,
    plain_name,
    record,
    session_rows,
)
from assistant.accounts.passwords import Passwords, WeakPassword, check_password, plain_code
from assistant.texts import ComeBack, TranslatedError
from corpus.store import Store

_HOUR = 60 * 60
IDLE, LONGEST = 2 * _HOUR, 12 * _HOUR  # seconds that a session lives without being used, and at most
CODE_LIFE = 72 * _HOUR
_SKEW = 5 * 60  # seconds by which a clock may be put back without ending what it began
_NOTED = 60  # seconds after which it is noted anew that a session is used


class Way(StrEnum):
    """How somebody has signed in."""

    PASSWORD = "password"  # noqa: S105 - the way, not a password
    PROXY = "proxy"
    OPENID = "openid"


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in. Each form that changes something carries `form_token`, so that no other site can.

    `wrong_attempts` is how often somebody failed to sign in as this account, in browsers that it is not known by, since
    the sign-in before.
    """

    account: Account
    way: Way
    form_token: str
    wrong_attempts: int


class SignInRefused(TranslatedError):
    """A name, password, code or identity that does not sign in; the sentence does not say which part was wrong."""


class TooManyAttempts(ComeBack):
    """A name or an address has to wait before the next attempt."""

    def __init__(self, seconds: float) -> None:
        super().__init__("too_many_attempts", seconds, minutes=ceil(seconds / 60))


class Sessions:
    """The sessions of one installation.

    A session is known by a token of 256 random bits, of which a digest is kept.

    Raises:
        StoreUnavailable: from every method, when the store cannot be read or written.
    """

    def __init__(
        self, store: Store, clock: Callable[[], float] = time.time, passwords: Passwords | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords or Passwords()

    def session(self, token: str) -> Session | None:
        """The session of a token; `None` when it has ended, has expired or never was."""
        now, kept = self._clock(), digest_of(token)
        found = (
            select(
                account_rows,
                session_rows.c.way,
                session_rows.c.started_at,
                session_rows.c.used_at,
                session_rows.c.wrong_attempts.label("failed"),
            )
            .join(session_rows)
            .where(session_rows.c.token == kept, ~account_rows.c.disabled)
        )
        with self._store.reading() as connection:
            row = connection.execute(found).one_or_none()
        if row is None or not (_lasts(row.started_at, LONGEST, now) and _lasts(row.used_at, IDLE, now)):
            return None
        if abs(now - row.used_at) > _NOTED:
            with self._store.writing() as connection:
                connection.execute(update(session_rows).filter_by(token=kept).values(used_at=now))
                connection.execute(update(account_rows).filter_by(name=row.name).values(seen_at=now))
        return Session(account_from(row), Way(row.way), _form_token(token), row.failed)

    def sign_in(self, name: str, password: str, *, address: str, device: str = "") -> str:
        """Begin a session by name and password; returns its token. `device` is what the browser keeps for that name.

        Raises:
            SignInRefused: the name or the password is wrong, or the account is disabled.
            TooManyAttempts: this browser, the name or the address has to wait.
            TooBusy: too many people sign in just now.
        """
        name = plain_name(name)
        whose = self._attempt(name, attempts.of_password(name, address), device)
        row = self._enabled(name)
        kept: str | None = row.password if row else None
        if not self._passwords.matches(kept, password) or kept is None:
            raise SignInRefused("sign_in_refused")
        newer = self._passwords.hash(password) if self._passwords.outdated(kept) else kept
        with self._store.writing() as connection:
            _replace(connection, name, account_rows.c.password == kept, password=newer)
            _take_back(connection, name, whose)
            return self._begin(connection, name, Way.PASSWORD, _told(connection, name))

    def sign_in_known(self, way: Way, *, name: str = "", email: str = "") -> str:
        """Begin a session for somebody whom a proxy names or a provider knows by e-mail; returns its token.

        Raises:
            SignInRefused: nobody has that name or address, or the account is disabled.
        """
        same = account_rows.c.email == email.strip().casefold() if email else account_rows.c.name == plain_name(name)
        with self._store.writing() as connection:
            known = connection.scalar(select(account_rows.c.name).where(same, ~account_rows.c.disabled))
            if known is None:
                raise SignInRefused("sign_in_unknown")
            return self._begin(connection, known, way, _told(connection, known))

    def use_code(self, name: str, code: str, password: str, *, address: str, device: str = "") -> str:
        """Set a password by a one-time code and begin a session; returns its token.

        Raises:
            SignInRefused: the name or the code is wrong, the code is used or too old, or the account is disabled.
            WeakPassword: the password is not good enough; the code can be used again.
            TooManyAttempts: the name or the address has to wait.
            TooBusy: too many people sign in just now.
        """
        name, given = plain_name(name), digest_of(plain_code(code))
        whose = self._attempt(name, attempts.of_code(name, address), device)
        row = self._enabled(name)
        if row is None or row.code is None or not hmac.compare_digest(row.code, given):
            raise SignInRefused("code_refused")
        if not _lasts(row.code_at, CODE_LIFE, self._clock()):
            raise SignInRefused("code_refused")
        return self._change_password(row, password, whose, account_rows.c.code == given, signs_in=True)

    def change_password(self, name: str, old: str, new: str, *, address: str, device: str = "") -> str:
        """Replace a password, and all sessions of the account by a new one; returns its token.

        Raises:
            SignInRefused: the old password is wrong.
            WeakPassword: the new one is not good enough.
            TooManyAttempts: the name or the address has to wait.
            TooBusy: too many people sign in just now.
        """
        name = plain_name(name)
        whose = self._attempt(name, attempts.of_password(name, address), device)
        row = self._enabled(name)
        if row is None or not self._passwords.matches(row.password, old):
            raise SignInRefused("old_password_refused")
        return self._change_password(row, new, whose, account_rows.c.password == row.password)

    def know(self, token: str, device: str = "") -> str:
        """Know the browser of a session from now on; returns what it is to keep in the place of `device`.

        Raises:
            SignInRefused: the session has ended meanwhile.
        """
        with self._store.writing() as connection:
            name = connection.scalar(select(session_rows.c.name).filter_by(token=digest_of(token)))
            if name is None:
                raise SignInRefused("sign_in_refused")
            return devices.renew(connection, name, device, self._clock())

    def sign_out(self, token: str) -> None:
        """End a session."""
        with self._store.writing() as connection:
            connection.execute(delete(session_rows).filter_by(token=digest_of(token)))

    def begun(self) -> list[float]:
        """When each session that is kept began."""
        with self._store.reading() as connection:
            return list(connection.scalars(select(session_rows.c.started_at)))

    def known_devices(self) -> list[float]:
        """When somebody last signed in by each browser that is known."""
        with self._store.reading() as connection:
            return devices.used(connection)

    def failed(self) -> list[float]:
        """When each name, network and known browser last failed to sign in."""
        with self._store.reading() as connection:
            return attempts.failed(connection)

    def forget(self) -> int:
        """Remove sessions, failed attempts, browsers and codes that are out of date; returns how many these were."""
        now = self._clock()
        late = account_rows.c.code_at < now - CODE_LIFE
        with self._store.writing() as connection:
            gone = connection.execute(delete(session_rows).where(session_rows.c.started_at < now - LONGEST)).rowcount
            gone += connection.execute(update(account_rows).where(late).values(code=None, code_at=None)).rowcount
            gone += attempts.forget(connection, now) + devices.forget(connection, now)
        if gone:
            self._store.scrub()
        return gone

    def _attempt(self, name: str, whose: attempts.Subjects, device: str) -> attempts.Subjects:
        """Count an attempt as wrong until it is known to be right; a browser that is known, for itself alone."""
        with self._store.writing() as connection:
            known = devices.is_known(connection, name, device)
            whose = attempts.of_device(device) if known else whose
            seconds = attempts.begin(connection, whose, self._clock())
            if not (seconds or known):
                _count_wrong(connection, name, 1)
        if seconds:
            raise TooManyAttempts(seconds)
        return whose

    def _enabled(self, name: str) -> Row[Any] | None:
        with self._store.reading() as connection:
            return connection.execute(select(account_rows).filter_by(name=name, disabled=False)).one_or_none()

    def _change_password(
        self,
        row: Row[Any],
        password: str,
        whose: attempts.Subjects,
        unchanged: ColumnElement[bool],
        *,
        signs_in: bool = False,
    ) -> str:
        try:
            check_password(password, (row.name, row.display_name, row.email or ""))
        except WeakPassword:
            with self._store.writing() as connection:
                _take_back(connection, row.name, whose)  # who they are was right
            raise
        kept = self._passwords.hash(password)
        with self._store.writing() as connection:
            _replace(connection, row.name, unchanged, password=kept, code=None)
            _take_back(connection, row.name, whose)
            end_sessions(connection, row.name)
            record(connection, row.name, "password", row.name, self._clock())
            wrong = _told(connection, row.name) if signs_in else 0
            return self._begin(connection, row.name, Way.PASSWORD, wrong)

    def _begin(self, connection: Connection, name: str, way: Way, wrong: int) -> str:
        token, now = secrets.token_urlsafe(32), self._clock()
        connection.execute(delete(session_rows).where(session_rows.c.started_at < now - LONGEST))
        connection.execute(
            insert(session_rows).values(
                token=digest_of(token), name=name, way=way, started_at=now, used_at=now, wrong_attempts=wrong
            )
        )
        connection.execute(update(account_rows).filter_by(name=name).values(seen_at=now))
        return token


def _count_wrong(connection: Connection, name: str, more: int) -> None:
    """Count wrong attempts for an account, where there is one of that name."""
    counted = account_rows.c.wrong_attempts + more
    count = case((counted > 0, counted), else_=0)  # one may be told while another is under way
    connection.execute(update(account_rows).filter_by(name=name).values(wrong_attempts=count))


def _told(connection: Connection, name: str) -> int:
    """The wrong attempts of an account, which its person is told now."""
    wrong: int = connection.scalar(select(account_rows.c.wrong_attempts).filter_by(name=name)) or 0
    connection.execute(update(account_rows).filter_by(name=name).values(wrong_attempts=0))
    return wrong


def _take_back(connection: Connection, name: str, whose: attempts.Subjects) -> None:
    """An attempt was right."""
    attempts.succeed(connection, whose)
    if any(one.shared for one in whose):  # else it came from a known browser, and was not counted
        _count_wrong(connection, name, -1)


def _replace(connection: Connection, name: str, unchanged: ColumnElement[bool], **values: object) -> None:
    """Change an account's password, unless it was disabled, reset or changed while hashes were made."""
    same = account_rows.c.name == name, unchanged, ~account_rows.c.disabled
    if not connection.execute(update(account_rows).where(*same).values(**values)).rowcount:
        raise SignInRefused("sign_in_refused")


def _lasts(since: float, life: float, now: float) -> bool:
    """Whether what began at `since` still holds. What begins in the future, since a clock was put back, does not."""
    return -_SKEW <= now - since <= life


def _form_token(token: str) -> str:
    """Only who has the session's own token can make it, so it need not be kept."""
    return hmac.new(token.encode(), b"form", "sha256").hexdigest()
