"""Failed attempts to sign in, and how long the next one has to wait.

A name and an address each have a few attempts free; then each further failure doubles the wait, up to a quarter of
an hour. Names are counted whether or not they have an account, so that a wait tells nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import Column, Connection, Float, Integer, MetaData, String, Table, delete, select, update
from sqlalchemy.dialects.sqlite import insert

schema = MetaData()
_attempts = Table(
    "attempts",
    schema,
    Column("whose", String, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Float, nullable=False),
)

_FREE_OF_A_NAME, _FREE_OF_AN_ADDRESS = 5, 30  # many people may share an address
_FIRST_WAIT, _LONGEST_WAIT = 30, 15 * 60
FORGOTTEN = 24 * 60 * 60  # seconds: after a day without a failure


@dataclass(frozen=True)
class Subjects:
    """Whom an attempt counts for, as digests: a password is easily typed where the name belongs."""

    name: str
    address: str

    def free(self, whose: str) -> int:
        """How many failures cost no wait."""
        return _FREE_OF_A_NAME if whose == self.name else _FREE_OF_AN_ADDRESS


def subjects(name: str, address: str) -> Subjects:
    """Whom an attempt counts for."""
    return Subjects(_digest(f"name {name}"), _digest(f"address {network_of(address)}"))


def begin(connection: Connection, whose: Subjects, now: float) -> float:
    """Count an attempt as failed until it has succeeded, so that many at once gain nothing.

    Returns:
        The seconds to wait before trying; 0 when the attempt may go on. One that has to wait is not counted.
    """
    forget(connection, now)
    # A clock that was put back must not lock anybody out until it has caught up.
    connection.execute(update(_attempts).where(_attempts.c.last_at > now).values(last_at=now))
    both = (whose.name, whose.address)
    rows = connection.execute(select(_attempts).where(_attempts.c.whose.in_(both))).all()
    wait: float = max((row.last_at + _wait(row.failures - whose.free(row.whose)) - now for row in rows), default=0)
    if wait > 0:
        return wait
    for one in both:
        counted = insert(_attempts).values(whose=one, failures=1, last_at=now)
        more = {"failures": _attempts.c.failures + 1, "last_at": now}
        connection.execute(counted.on_conflict_do_update(index_elements=["whose"], set_=more))
    return 0


def succeed(connection: Connection, whose: Subjects) -> None:
    """Take an attempt back: the name's failures are forgotten, the address has one less."""
    fewer = update(_attempts).filter_by(whose=whose.address).values(failures=_attempts.c.failures - 1)
    connection.execute(fewer)
    connection.execute(delete(_attempts).filter_by(whose=whose.name))


def forget(connection: Connection, now: float) -> int:
    """Remove what is out of date; returns how much that was."""
    return connection.execute(delete(_attempts).where(_attempts.c.last_at < now - FORGOTTEN)).rowcount


def failed(connection: Connection) -> list[float]:
    """When each name and each network failed last."""
    return list(connection.scalars(select(_attempts.c.last_at)))


def forgive(connection: Connection, name: str) -> None:
    """Forget the failures of a name."""
    connection.execute(delete(_attempts).filter_by(whose=subjects(name, "").name))


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
