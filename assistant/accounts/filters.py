"""Filters of the list of documents that people keep under names of their own."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select

from assistant.accounts.accounts import Accounts, filter_rows, plain_name
from assistant.texts import TranslatedError

MOST = 20  # of an account
LONGEST = 60  # characters of a name
_LONGEST_QUERY = 2000  # characters


class BadFilter(TranslatedError):
    """A filter that cannot be kept as it is."""


@dataclass(frozen=True)
class KeptFilter:
    """A filter under its name; `query` is that of the list's address."""

    name: str
    query: str


def kept_filters(accounts: Accounts, account: str) -> list[KeptFilter]:
    """Those of an account, by name."""
    found = select(filter_rows).filter_by(account=plain_name(account)).order_by(filter_rows.c.name)
    with accounts.store.reading() as connection:
        return [KeptFilter(row.name, row.query) for row in connection.execute(found)]


def keep_filter(accounts: Accounts, account: str, name: str, query: str) -> None:
    """Keep a filter, in the place of one of the same name.

    Raises:
        BadFilter: it has no name or too long a one, asks for too much, or is one too many.
    """
    name = " ".join(name.split())
    if not 0 < len(name) <= LONGEST or not name.isprintable():
        raise BadFilter("filter_name_bad", most=LONGEST)
    if len(query) > _LONGEST_QUERY:
        raise BadFilter("filter_long")
    of_account = filter_rows.c.account == plain_name(account)
    with accounts.store.writing() as connection:
        connection.execute(delete(filter_rows).where(of_account, filter_rows.c.name == name))
        if (connection.scalar(select(func.count()).select_from(filter_rows).where(of_account)) or 0) >= MOST:
            raise BadFilter("filter_too_many", most=MOST)
        connection.execute(insert(filter_rows).values(account=plain_name(account), name=name, query=query))


def drop_filter(accounts: Accounts, account: str, name: str) -> None:
    """Keep a filter no longer; nothing happens where there is none of that name."""
    with accounts.store.writing() as connection:
        connection.execute(delete(filter_rows).filter_by(account=plain_name(account), name=name))
