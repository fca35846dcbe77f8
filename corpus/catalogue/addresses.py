"""Where an e-mail address stands in a catalogue: in remarks, from which it can be erased, and in texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update

from corpus.catalogue import tables
from corpus.catalogue.holdings import Holdings
from corpus.catalogue.records import Comment
from corpus.personal.kinds import KINDS

ERASED = "[erased]"
_ENDS = ".,!?'\"”“»«"  # what stands behind an address and is none of it


@dataclass(frozen=True)
class Named:
    """Where an address stands: in which remarks, and in the texts of which documents."""

    remarks: tuple[Comment, ...]
    documents: tuple[str, ...]


def named(catalogue: Holdings, address: str) -> Named:
    """Where an address stands."""
    plain = address.strip().casefold()
    holds = or_(
        *(column.icontains(plain, autoescape=True) for column in (tables.versions.c.body, tables.passages.c.text))
    )
    query = (
        select(tables.versions.c.document_id)
        .distinct()
        .outerjoin(
            tables.passages,
            (tables.passages.c.document_id == tables.versions.c.document_id)
            & (tables.passages.c.version == tables.versions.c.number),
        )
        .where(holds)
    )
    with catalogue.store.reading() as connection:
        remarks = [Comment(**row) for row in connection.execute(select(*_REMARK)).mappings()]
        documents = sorted(connection.scalars(query))
    return Named(tuple(one for one in remarks if plain in _addresses(one.text)), tuple(documents))


def addresses_in_remarks(catalogue: Holdings) -> set[str]:
    """All addresses that stand in remarks."""
    with catalogue.store.reading() as connection:
        texts = connection.scalars(select(tables.comments.c.text)).all()
    return set().union(*map(_addresses, texts))


def erase_from_remarks(catalogue: Holdings, address: str, until: datetime) -> int:
    """Take an address out of the remarks made by a time; returns how many these were."""
    plain = address.strip().casefold()
    done = 0
    with catalogue.store.writing() as connection:
        for row in connection.execute(select(tables.comments)).all():
            if plain in _addresses(row.text) and datetime.fromisoformat(row.at) <= until:
                without = update(tables.comments).where(tables.comments.c.id == row.id)
                connection.execute(without.values(text=_without(row.text, plain)))
                done += 1
    if done:
        catalogue.store.scrub()
    return done


_REMARK = [column for column in tables.comments.columns if column.name != "id"]


def _addresses(text: str) -> dict[str, list[tuple[int, int]]]:
    """The addresses in a text, folded, each with where it stands."""
    found: dict[str, list[tuple[int, int]]] = {}
    for start, end in KINDS["e-mail"](text):
        plain = text[start:end].rstrip(_ENDS)
        found.setdefault(plain.casefold(), []).append((start, start + len(plain)))
    return found


def _without(text: str, plain: str) -> str:
    for start, end in reversed(_addresses(text)[plain]):
        text = f"{text[:start]}{ERASED}{text[end:]}"
    return text
