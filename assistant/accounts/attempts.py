"""Failed attempts to sign in, and how long the next one has to wait.

**Who counts.** A browser that has signed in with an account before (`devices.py`) is counted for itself alone, so
that nothing strangers do keeps its person out. Everybody else is counted by name and address together; by address
alone, which bounds guessing across names; and by name alone, which bounds guessing from many addresses: strangers
together have some attempts at a name, then one now and then. A one-time code has no such bound, since it is too
random to be guessed: after a reset its person gets in, whoever is guessing.

Each has a few attempts free; then each further failure doubles the wait, up to a quarter of an hour. Names are
counted whether or not they have an account, so that a wait tells nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import Column, Connection, Float, Integer, MetaData, String, Table, delete, select, update

from corpus.store import upsert

schema = MetaData()
_attempts = Table(
    "attempts",
    schema,
    Column("whose", String, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Float, nullable=False),
)

_FREE, _FREE_OF_AN_ADDRESS, _FREE_OF_STRANGERS = 5, 30, 20  # many people may share an address
_FIRST_WAIT, _LONGEST_WAIT = 30, 15 * 60
FORGOTTEN = 24 * 60 * 60  # seconds: after a day without a failure


@dataclass(frozen=True)
class Subject:
    """Somebody whom an attempt counts for, as a digest: a password is easily typed where the name belongs.

    One that is `shared` by many has a failure less when somebody gets in, and not none at all.
    """

    digest: str
    free: int  # failures that cost no wait
    shared: bool = False


Subjects = tuple[Subject, ...]


def of_password(name: str, address: str) -> Subjects:
    """Whom a password counts for that comes from a browser nobody knows."""
    return (Subject(_of_name(name), _FREE_OF_STRANGERS, shared=True), *of_code(name, address))


def of_code(name: str, address: str) -> Subjects:
    """Whom a one-time code counts for."""
    where = _digest(f"address {network_of(address)}")
    return (Subject(f"{_of_name(name)} {where}", _FREE), Subject(where, _FREE_OF_AN_ADDRESS, shared=True))


def of_device(token: str) -> Subjects:
    """Whom an attempt counts for that comes from a known browser."""
    return (Subject(_digest(f"device {token}"), _FREE),)


def begin(connection: Connection, whose: Subjects, now: float) -> float:
    """Count an attempt as failed until it has succeeded, so that many at once gain nothing.

    Returns:
        The seconds to wait before trying; 0 when the attempt may go on. One that has to wait is not counted.
    """
    forget(connection, now)
    # A clock that was put back must not lock anybody out until it has caught up.
    connection.execute(update(_attempts).where(_attempts.c.last_at > now).values(last_at=now))
    free = {one.digest: one.free for one in whose}
    rows = connection.execute(select(_attempts).where(_attempts.c.whose.in_(free))).all()
    wait: float = max((row.last_at + _wait(row.failures - free[row.whose]) - now for row in rows), default=0)
    if wait > 0:
        return wait
    for digest in free:
        counted = upsert(connection, _attempts).values(whose=digest, failures=1, last_at=now)
        more = {"failures": _attempts.c.failures + 1, "last_at": now}
        connection.execute(counted.on_conflict_do_update(index_elements=["whose"], set_=more))
    return 0


def succeed(connection: Connection, whose: Subjects) -> None:
    """Take an attempt back, and forget the failures of whoever is not shared."""
    for one in whose:
        if one.shared:
            fewer = update(_attempts).filter_by(whose=one.digest).values(failures=_attempts.c.failures - 1)
            connection.execute(fewer)
        else:
            connection.execute(delete(_attempts).filter_by(whose=one.digest))


def forget(connection: Connection, now: float) -> int:
    """Remove what is out of date; returns how much that was."""
    return connection.execute(delete(_attempts).where(_attempts.c.last_at < now - FORGOTTEN)).rowcount


def failed(connection: Connection) -> list[float]:
    """When each name, network and known browser failed last."""
    return list(connection.scalars(select(_attempts.c.last_at)))


def forgive(connection: Connection, name: str) -> None:
    """Forget the failures of a name, from wherever they came."""
    connection.execute(delete(_attempts).where(_attempts.c.whose.startswith(_of_name(name))))


def _of_name(name: str) -> str:
    return _digest(f"name {name}")


def _wait(beyond: int) -> float:
    """Seconds, by the number of failures beyond those that are free."""
    return 0 if beyond < 0 else min(_FIRST_WAIT * 2.0 ** min(beyond, 30), _LONGEST_WAIT)


def network_of(address: str) -> str:
    """An address, or of IPv6 the network that one household has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address  # a socket's name
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or ip_network(f"{parsed}/64", strict=False))
    return str(parsed)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
