"""Browsers in which somebody has signed in with a password before.

Each keeps a random token for each of its accounts, in a cookie, and the account a digest of it. It lets nobody in: it
only gives that browser a count of wrong passwords of its own, so that what strangers try does not keep it out (the
"device cookie" of OWASP).
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, delete, func, insert, select

from assistant.accounts.accounts import device_rows, digest_of

KEPT = 180 * 24 * 60 * 60  # seconds that a browser is known without anybody signing in
_MOST = 20  # of an account; the one that was used longest ago makes room


def is_known(connection: Connection, name: str, token: str) -> bool:
    """Whether a browser that keeps this token has signed in with that account before."""
    same = device_rows.c.token == digest_of(token), device_rows.c.name == name
    return bool(token) and connection.scalar(select(func.count()).where(*same)) == 1


def renew(connection: Connection, name: str, token: str, now: float) -> str:
    """Know a browser from now on by another token, in the place of the one that it had; returns the new one."""
    of_account = device_rows.c.name == name
    connection.execute(delete(device_rows).where(of_account, device_rows.c.token == digest_of(token)))
    renewed = secrets.token_urlsafe(32)
    connection.execute(insert(device_rows).values(token=digest_of(renewed), name=name, used_at=now))
    latest = select(device_rows.c.token).where(of_account).order_by(device_rows.c.used_at.desc()).limit(_MOST)
    connection.execute(delete(device_rows).where(of_account, device_rows.c.token.not_in(latest)))
    return renewed


def forget(connection: Connection, now: float) -> int:
    """Remove those that were not used for long; returns how many these were."""
    return connection.execute(delete(device_rows).where(device_rows.c.used_at < now - KEPT)).rowcount


def used(connection: Connection) -> list[float]:
    """When somebody last signed in by each."""
    return list(connection.scalars(select(device_rows.c.used_at)))
