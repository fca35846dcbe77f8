"""What has to be settled about a version before readers see it: its rows, within a transaction of the catalogue."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from sqlalchemy import Connection, insert, select, update

from corpus.catalogue import tables
from corpus.catalogue.records import Concern, Matter
from corpus.errors import NotSettled

NOTHING: Mapping[Matter, str] = MappingProxyType({})


def concerns_of(connection: Connection, document_id: str, number: int) -> list[Concern]:
    """What was raised about a version, settled or not."""
    query = (
        select(tables.concerns).filter_by(document_id=document_id, version=number).order_by(tables.concerns.c.matter)
    )
    return [tables.concern_from_row(row) for row in connection.execute(query).mappings()]


def raise_concerns(connection: Connection, document_id: str, number: int, concerns: Mapping[Matter, str]) -> None:
    """Open something about a version; about each matter once."""
    already = {concern.matter for concern in concerns_of(connection, document_id, number)}
    for matter, detail in concerns.items():
        if matter not in already:
            row = {"document_id": document_id, "version": number, "matter": matter, "detail": detail, "note": ""}
            connection.execute(insert(tables.concerns), row)


def carry_over(connection: Connection, document_id: str, old: int, new: int, matters: Collection[Matter]) -> None:
    """What is open about one version is open about its copy."""
    found = [one for one in concerns_of(connection, document_id, old) if one.settled_by is None]
    raise_concerns(connection, document_id, new, {one.matter: one.detail for one in found if one.matter in matters})


def settle_concerns(
    connection: Connection, document_id: str, number: int, matters: Iterable[Matter], who: str, at: str, note: str
) -> int:
    """Close what is open about a version; returns how much that was."""
    settling = update(tables.concerns).filter_by(document_id=document_id, version=number, settled_by=None)
    matching = settling.where(tables.concerns.c.matter.in_(list(matters)))
    return connection.execute(matching.values(settled_by=who, settled_at=at, note=note)).rowcount


def ensure_settled(connection: Connection, document_id: str, number: int) -> None:
    """Look before a version is published.

    Raises:
        NotSettled: something about it is open.
    """
    found = [one.matter for one in concerns_of(connection, document_id, number) if one.settled_by is None]
    if found:
        raise NotSettled(document_id, found)
