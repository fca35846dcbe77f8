"""Accounts: who may sign in, and what they may do."""

from __future__ import annotations

import hashlib
import re
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    Row,
    String,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from assistant.accounts import attempts
from assistant.accounts.passwords import new_code, plain_code
from assistant.texts import TranslatedError
from corpus.documents import Reader
from corpus.store import Place, Store
from corpus.vocabulary import LANGUAGES, vocabulary

MIGRATIONS = Path(__file__).parent / "migrations"

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST = 80  # characters of a display name


class Role(StrEnum):
    """What an account is for. A member is a company; the others are people of the clusters."""

    MEMBER = "member"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What an account may be allowed to do."""

    READ_MEMBERS = "read-members"  # the documents for members
    READ_STAFF = "read-staff"  # the staff pages, drafts, and documents for staff
    WRITE = "write"  # add and revise documents, hand them in for review
    REVIEW = "review"  # approve, or send back
    PUBLISH = "publish"  # publish, withdraw, restore
    PURGE = "purge"  # remove for good
    READ_ALL_LETTERS = "read-all-letters"  # what companies hand over, whatever cluster it is for
    QUALIFY = "qualify"  # see whether the chat model may write, and have it asked, which costs
    MANAGE_ACCOUNTS = "manage-accounts"


class AccountState(StrEnum):
    """Where an account stands."""

    NEW = "new"  # nobody has signed in with it yet
    IN_USE = "in-use"
    DISABLED = "disabled"


_MEMBER = frozenset({Permission.READ_MEMBERS})
_AUTHOR = _MEMBER | {Permission.READ_STAFF, Permission.WRITE}
_REVIEWER = _AUTHOR | {Permission.REVIEW, Permission.PUBLISH}
_MAY: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.MEMBER: _MEMBER,
        Role.AUTHOR: _AUTHOR,
        Role.REVIEWER: _REVIEWER,
        Role.ADMINISTRATOR: frozenset(Permission),
    }
)


@dataclass(frozen=True, kw_only=True)
class Details:
    """What an administrator writes down about an account."""

    display_name: str
    role: Role
    cluster: str = ""  # a code of the vocabulary; empty for the alliance as a whole
    email: str = ""  # for sign-in by OpenID Connect
    language: str = "en"


@dataclass(frozen=True, kw_only=True)
class Account(Details):
    """Somebody who may sign in. The name is for good: it stands in the records of documents."""

    name: str
    disabled: bool = False
    wants_mail: bool = False  # when a letter or a review for them arrives
    has_password: bool = False
    seen_at: float | None = None  # seconds since 1970

    @property
    def state(self) -> AccountState:
        """Where it stands, for people who look at it."""
        if self.disabled:
            return AccountState.DISABLED
        return AccountState.IN_USE if self.has_password or self.seen_at else AccountState.NEW


@dataclass(frozen=True)
class AccountEvent:
    """What was done to an account: `added`, `changed`, `disabled`, `enabled`, `reset` or `password`."""

    what: str
    who: str
    at: float


class UnknownAccount(TranslatedError):
    """A name that no account has."""


class AccountExists(TranslatedError):
    """A name or an e-mail address that another account has."""


class BadDetails(TranslatedError):
    """Something about an account that cannot be used."""


class AccountDisabled(TranslatedError):
    """A disabled account cannot be given a code."""


class LastAdministrator(TranslatedError):
    """Nobody would be left to manage accounts."""


def may(account: Account | None, act: Permission) -> bool:
    """The one place that says who may do what."""
    return account is not None and not account.disabled and act in _MAY[account.role]


def may_see_letters(account: Account | None, cluster: str) -> bool:
    """Whether an account may read and close what companies hand over to a cluster: they agreed to that cluster alone.

    So its own staff may, and whoever may read all; an account of the alliance as a whole belongs to no cluster.
    """
    if may(account, Permission.READ_ALL_LETTERS):
        return True
    return account is not None and may(account, Permission.READ_STAFF) and account.cluster == cluster


def reader_of(account: Account | None) -> Reader:
    """On whose behalf the library is read for an account, or for nobody's."""
    if may(account, Permission.READ_STAFF):
        return Reader.STAFF
    return Reader.MEMBER if may(account, Permission.READ_MEMBERS) else Reader.ANYONE


schema = MetaData()
account_rows = Table(
    "accounts",
    schema,
    Column("name", String, primary_key=True),
    Column("display_name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("cluster", String, nullable=False),
    Column("email", String, unique=True),
    Column("language", String, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("password", String),  # an Argon2id hash
    Column("code", String),  # a digest
    Column("code_at", Float),
    Column("seen_at", Float),
    Column("wrong_attempts", Integer, nullable=False, default=0),  # since somebody last signed in with it
    Column("wants_mail", Boolean, nullable=False, default=False),
)
session_rows = Table(
    "sessions",
    schema,
    Column("token", String, primary_key=True),  # a digest
    Column("name", String, ForeignKey("accounts.name"), nullable=False, index=True),
    Column("way", String, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("used_at", Float, nullable=False),
    Column("wrong_attempts", Integer, nullable=False, default=0),  # since the sign-in before it
)
device_rows = Table(
    "devices",
    schema,
    Column("token", String, primary_key=True),  # a digest
    Column("name", String, ForeignKey("accounts.name"), nullable=False, index=True),
    Column("used_at", Float, nullable=False),
)
key_rows = Table(
    "keys",
    schema,
    Column("number", Integer, primary_key=True),
    Column("token", String, nullable=False, unique=True),  # a digest
    Column("name", String, nullable=False),
    Column("scopes", String, nullable=False),
    Column("account", String, ForeignKey("accounts.name"), index=True),  # in whose name it works; of nobody's without
    Column("a_minute", Integer, nullable=False),
    Column("made_by", String, nullable=False),
    Column("made_on", String, nullable=False),
    Column("used_on", String),  # a day, so that it tells nobody's hours
    Column("revoked_by", String),
    Column("revoked_on", String),
)
filter_rows = Table(
    "filters",
    schema,
    Column("account", String, ForeignKey("accounts.name"), primary_key=True),
    Column("name", String, primary_key=True),
    Column("query", String, nullable=False),
)
_change_rows = Table(
    "changes",
    schema,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, index=True),
    Column("what", String, nullable=False),
    Column("who", String, nullable=False),
    Column("at", Float, nullable=False),
)


def account_store(place: Place) -> Store:
    """What holds accounts and sessions. Who reads it can sign in as nobody: it holds hashes and digests."""
    return Store(place, MIGRATIONS)


class Accounts:
    """The accounts of one installation, as administrators see them.

    Raises:
        UnknownAccount: from every method that takes a name but `add` and `changes`, when no account has it.
        StoreUnavailable: from every method, when the store cannot be read or written.
    """

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self.store = store
        self.clock = clock

    def close(self) -> None:
        """Give the file's connections back."""
        self.store.close()

    def account(self, name: str) -> Account:
        """The account of that name."""
        with self.store.reading() as connection:
            return account_from(_row(connection, plain_name(name)))

    def accounts(self, words: str = "", *, start: int = 0, limit: int | None = None) -> list[Account]:
        """Those whose name, display name, role, cluster or e-mail address holds the words; staff first."""
        found = (
            select(account_rows)
            .where(*_holding(words))
            .order_by(account_rows.c.role == Role.MEMBER, account_rows.c.name)
            .offset(start)
            .limit(limit)
        )
        with self.store.reading() as connection:
            return [account_from(row) for row in connection.execute(found)]

    def count(self, words: str = "") -> int:
        """How many accounts there are for these words."""
        with self.store.reading() as connection:
            return connection.scalar(select(func.count()).select_from(account_rows).where(*_holding(words))) or 0

    def changes(self, name: str) -> list[AccountEvent]:
        """What was done to an account, the latest first."""
        found = select(_change_rows).filter_by(name=plain_name(name)).order_by(_change_rows.c.id.desc())
        with self.store.reading() as connection:
            return [AccountEvent(row.what, row.who, row.at) for row in connection.execute(found)]

    def add(self, name: str, details: Details, *, who: str) -> str:
        """Make an account.

        Returns:
            The one-time code by which the person sets the first password. It cannot be read again.

        Raises:
            AccountExists: the name or the e-mail address has an account.
            BadDetails: something cannot be used as it is.
        """
        name, values = plain_name(name), _checked(details)
        if not _NAME.fullmatch(name):
            raise BadDetails("account_name_bad")
        with self.store.writing() as connection:
            if connection.scalar(select(account_rows.c.name).filter_by(name=name)):
                raise AccountExists("account_name_taken", name=name)
            _ensure_own(connection, values["email"], name)
            connection.execute(insert(account_rows).values(name=name, disabled=False, **values))
            record(connection, name, "added", who, self.clock())
            return self._give_code(connection, name)

    def change(self, name: str, details: Details, *, who: str) -> None:
        """Write down other details of an account.

        Raises:
            AccountExists: the e-mail address has another account.
            BadDetails: something cannot be used as it is.
            LastAdministrator: the last one would become something else.
        """
        name, values = plain_name(name), _checked(details)
        with self.store.writing() as connection:
            before = _row(connection, name)
            _ensure_own(connection, values["email"], name)
            _set(connection, name, **values)
            _ensure_administrator(connection, before)
            record(connection, name, "changed", who, self.clock())

    def disable(self, name: str, *, who: str) -> None:
        """Let an account sign in no more, and end its sessions.

        Raises:
            LastAdministrator: it is the last one that can manage accounts.
        """
        name = plain_name(name)
        with self.store.writing() as connection:
            before = _row(connection, name)
            _set(connection, name, disabled=True, code=None)
            _ensure_administrator(connection, before)
            end_sessions(connection, name)
            record(connection, name, "disabled", who, self.clock())

    def enable(self, name: str, *, who: str) -> None:
        """Let a disabled account sign in again, with the password that it had."""
        name = plain_name(name)
        with self.store.writing() as connection:
            _row(connection, name)
            _set(connection, name, disabled=False)
            record(connection, name, "enabled", who, self.clock())

    def reset(self, name: str, *, who: str) -> str:
        """Take away an account's password, its sessions, the browsers it is known by, and its wait after failures.

        Returns:
            A one-time code by which the person sets a new password. It cannot be read again.

        Raises:
            AccountDisabled: it has to be enabled first.
        """
        name = plain_name(name)
        with self.store.writing() as connection:
            if _row(connection, name).disabled:
                raise AccountDisabled("account_disabled", name=name)
            _set(connection, name, password=None)
            end_sessions(connection, name)
            forget_devices(connection, name)
            attempts.forgive(connection, name)
            record(connection, name, "reset", who, self.clock())
            return self._give_code(connection, name)

    def forget_person(self, name: str, at: float, *, who: str = "erasure") -> int:
        """Take the person out of an account as it was at a time: display name, address, password, sessions and filters.

        The account's name stays, since it stands in the records of documents; nobody signs in with it any more.

        Returns:
            How many accounts that were: 0 where there is none, or where it was given to somebody since.

        Raises:
            LastAdministrator: it is the last one that can manage accounts.
        """
        name = plain_name(name)
        with self.store.writing() as connection:
            before = connection.execute(select(account_rows).filter_by(name=name)).one_or_none()
            later = (_change_rows.c.name == name) & (_change_rows.c.at > at)
            if before is None or connection.scalar(select(func.count()).where(later)):
                return 0
            empty = dict.fromkeys(("email", "password", "code", "code_at", "seen_at"))
            _set(connection, name, disabled=True, display_name=name, wrong_attempts=0, wants_mail=False, **empty)
            _ensure_administrator(connection, before)
            end_sessions(connection, name)
            forget_devices(connection, name)
            connection.execute(delete(filter_rows).filter_by(account=name))
            attempts.forgive(connection, name)
            record(connection, name, "disabled", who, self.clock())
        self.store.scrub()
        return 1

    def of_address(self, email: str) -> list[Account]:
        """The account that has an e-mail address, where there is one."""
        with self.store.reading() as connection:
            found = select(account_rows).filter_by(email=email.strip().casefold())
            return [account_from(row) for row in connection.execute(found)]

    def speak(self, name: str, language: str) -> None:
        """Use another language for an account's pages.

        Raises:
            BadDetails: it is none of ours.
        """
        if language not in LANGUAGES:
            raise BadDetails("account_language_bad")
        with self.store.writing() as connection:
            _set(connection, plain_name(name), language=language)

    def want_mail(self, name: str, wanted: bool) -> None:
        """Say whether a mail shall tell a person of the staff what arrives for them."""
        with self.store.writing() as connection:
            _row(connection, plain_name(name))
            _set(connection, plain_name(name), wants_mail=wanted)

    def _give_code(self, connection: Connection, name: str) -> str:
        code = new_code()
        _set(connection, name, code=digest_of(plain_code(code)), code_at=self.clock())
        return code


def plain_name(name: str) -> str:
    """A name as accounts have it, however it was typed."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def digest_of(secret: str) -> str:
    """What is kept of a secret that is too random to be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def account_from(row: Row[Any]) -> Account:
    """An account from its row."""
    return Account(
        name=row.name,
        display_name=row.display_name,
        role=Role(row.role),
        cluster=row.cluster,
        email=row.email or "",
        language=row.language,
        disabled=row.disabled,
        wants_mail=row.wants_mail,
        has_password=row.password is not None,
        seen_at=row.seen_at,
    )


def end_sessions(connection: Connection, name: str) -> None:
    """Sign an account out wherever it is signed in."""
    connection.execute(delete(session_rows).filter_by(name=name))


def forget_devices(connection: Connection, name: str) -> None:
    """Know no browser of an account any more."""
    connection.execute(delete(device_rows).filter_by(name=name))


def record(connection: Connection, name: str, what: str, who: str, now: float) -> None:
    """Write down a `AccountEvent`."""
    connection.execute(insert(_change_rows).values(name=name, what=what, who=who, at=now))


def _row(connection: Connection, name: str) -> Row[Any]:
    row = connection.execute(select(account_rows).filter_by(name=name)).one_or_none()
    if row is None:
        raise UnknownAccount("account_unknown", name=name)
    return row


def _set(connection: Connection, name: str, **values: object) -> None:
    connection.execute(update(account_rows).filter_by(name=name).values(**values))


def _holding(words: str) -> list[ColumnElement[bool]]:
    columns = (account_rows.c[name] for name in ("name", "display_name", "role", "cluster", "email"))
    return [or_(*(column.icontains(words, autoescape=True) for column in columns))] if words else []


def _checked(details: Details) -> dict[str, Any]:
    """The columns of an account's details."""
    display_name = " ".join(details.display_name.split())
    email = details.email.strip().casefold()
    if not 0 < len(display_name) <= _LONGEST or not display_name.isprintable():
        raise BadDetails("account_display_name_bad", longest=_LONGEST)
    if email and not _EMAIL.fullmatch(email):
        raise BadDetails("account_email_bad")
    if details.cluster and details.cluster not in vocabulary().clusters:
        raise BadDetails("account_cluster_bad", clusters=", ".join(vocabulary().clusters))
    if details.language not in LANGUAGES:
        raise BadDetails("account_language_bad")
    return {
        "display_name": display_name,
        "role": details.role,
        "cluster": details.cluster,
        "email": email or None,
        "language": details.language,
    }


def _ensure_own(connection: Connection, email: str | None, name: str) -> None:
    taken = select(account_rows.c.name).where(account_rows.c.email == email, account_rows.c.name != name)
    if email and connection.scalar(taken):
        raise AccountExists("account_email_taken", email=email)


def _ensure_administrator(connection: Connection, before: Row[Any]) -> None:
    left = select(account_rows.c.name).filter_by(role=Role.ADMINISTRATOR, disabled=False).limit(1)
    if before.role == Role.ADMINISTRATOR and connection.scalar(left) is None:
        raise LastAdministrator("last_administrator")
