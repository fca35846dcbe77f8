"""The documents as lines of a table, and the sources they rest on: read without their texts, quick for thousands."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import exists, func, literal, select, true

from corpus.catalogue import tables
from corpus.catalogue.holdings import IN_PLAY, Holdings
from corpus.catalogue.json_columns import json_field, json_members
from corpus.catalogue.records import Flag
from corpus.catalogue.stages import OPEN
from corpus.documents import Access, Source, Stage

_CODES = ("markets", "areas", "topics")

_FLAGS_IN_PLAY = (
    select(tables.flags)
    .join(
        tables.versions,
        (tables.flags.c.document_id == tables.versions.c.document_id)
        & (tables.flags.c.version == tables.versions.c.number),
    )
    .where(IN_PLAY)
)

ALLIANCE = "alliance"  # as an owner that is wanted: the documents that no single cluster answers for


@dataclass(frozen=True)
class ListedDocument:
    """A document as its standing version shows it, or where none stands the open one; and the open one beside it.

    `reviewed` says that somebody who had no hand in it has published it, `flagged` that a source of a version in play
    has changed.
    """

    id: str
    owner: str
    number: int
    stage: Stage
    reviewed: bool
    title: str
    kind: str
    language: str
    publisher: str
    markets: frozenset[str]
    areas: frozenset[str]
    topics: frozenset[str]
    access: Access
    review_by: date
    expires_on: date | None
    flagged: bool
    open_number: int | None = None
    open_stage: Stage | None = None

    @property
    def tip(self) -> int:
        """The version that an edit begins from."""
        return self.open_number or self.number

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The stages of the versions in play, the standing one first."""
        return (self.stage, self.open_stage) if self.open_stage and self.open_number != self.number else (self.stage,)

    def overdue(self, today: date) -> bool:
        """Whether readers see it although it had to be looked at again by now."""
        return self.stage is Stage.PUBLISHED and today > self.review_by

    def expired(self, today: date) -> bool:
        """Whether it is about an event that is over."""
        return self.expires_on is not None and today > self.expires_on


@dataclass(frozen=True)
class Wanted:
    """Which documents somebody wants to see; what is empty does not matter."""

    words: str = ""  # all of them, in title, id or publisher, or in one passage
    stage: str = ""
    market: str = ""
    area: str = ""
    topic: str = ""
    owner: str = ""
    overdue: bool = False
    flagged: bool = False
    unreviewed: bool = False  # published, and reviewed by nobody else

    def includes(self, line: ListedDocument, today: date, saying: Container[str] = ()) -> bool:
        """Whether a document is among them; `saying` has the ids of those that say the words."""
        return (
            (line.id in saying or _holds(f"{line.title} {line.id} {line.publisher}", self.words))
            and self.stage in ("", *line.stages)
            and (not self.market or self.market in line.markets)
            and (not self.area or self.area in line.areas)
            and (not self.topic or self.topic in line.topics)
            and self.owner in ("", line.owner or ALLIANCE)
            and (not self.overdue or line.overdue(today))
            and (not self.flagged or line.flagged)
            and (not self.unreviewed or (line.stage is Stage.PUBLISHED and not line.reviewed))
        )


ORDERS: Mapping[str, Callable[[ListedDocument], Any]] = {
    "title": lambda line: line.title.casefold(),
    "stage": lambda line: (list(Stage).index(line.stages[-1]), line.title.casefold()),
    "review_by": lambda line: (line.review_by, line.id),
    "owner": lambda line: (line.owner, line.title.casefold()),
}


def lines(holdings: Holdings) -> list[ListedDocument]:
    """Every document, sorted by id."""
    flagged = exists().where(
        tables.flags.c.document_id == tables.versions.c.document_id, tables.flags.c.version == tables.versions.c.number
    )
    query = (
        select(
            tables.documents.c.id,
            tables.documents.c.owner,
            tables.versions.c.number,
            tables.versions.c.stage,
            (tables.versions.c.reviewed_by.is_not(None) & ~tables.versions.c.self_reviewed).label("reviewed"),
            flagged.label("flagged"),
            *(
                json_field(tables.versions.c.metadata, literal(name)).label(name)
                for name in ("title", "kind", "language", "publisher", *_CODES, "access", "review_by", "expires_on")
            ),
        )
        .join(tables.versions, tables.versions.c.document_id == tables.documents.c.id)
        .where(IN_PLAY)
        .order_by(tables.documents.c.id, tables.versions.c.stage.in_(OPEN))
    )
    found: dict[str, ListedDocument] = {}
    with holdings.store.reading() as connection:
        for row in connection.execute(query).mappings():
            line = _line(row)
            shown = found.get(line.id, line)
            if line.stage in OPEN:
                shown = replace(shown, open_number=line.number, open_stage=line.stage)
            found[line.id] = replace(shown, flagged=shown.flagged or line.flagged)
    return list(found.values())


def saying(holdings: Holdings, words: str) -> frozenset[str]:
    """The ids of the documents of which a passage of a version in play holds all the words; none without words."""
    if not words.split():
        return frozenset()
    query = (
        select(tables.passages.c.document_id, tables.passages.c.section, tables.passages.c.text)
        .join(
            tables.versions,
            (tables.passages.c.document_id == tables.versions.c.document_id)
            & (tables.passages.c.version == tables.versions.c.number),
        )
        .where(IN_PLAY)
    )
    with holdings.store.reading() as connection:
        rows = connection.execute(query)
        return frozenset(row.document_id for row in rows if _holds(f"{row.section} {row.text}", words))


def _holds(text: str, words: str) -> bool:
    folded = text.casefold()
    return all(word in folded for word in words.casefold().split())


def chosen(holdings: Holdings, wanted: Wanted, order: str, *, down: bool, today: date) -> list[ListedDocument]:
    """Those that are wanted, in an order of `ORDERS`, or by title where it is none of them."""
    said_in = saying(holdings, wanted.words)
    included = [line for line in lines(holdings) if wanted.includes(line, today, said_in)]
    return sorted(included, key=ORDERS.get(order, ORDERS["title"]), reverse=down)


def _line(row: Mapping[Any, Any]) -> ListedDocument:
    known = {
        "stage": Stage(row["stage"]),
        "reviewed": bool(row["reviewed"]),
        "flagged": bool(row["flagged"]),
        "access": Access(row["access"]),
        "review_by": date.fromisoformat(row["review_by"]),
        "expires_on": date.fromisoformat(row["expires_on"]) if row["expires_on"] else None,
    }
    return ListedDocument(**{**row, **known, **{name: frozenset(json.loads(row[name])) for name in _CODES}})


def flags_of(holdings: Holdings, shown: Iterable[ListedDocument]) -> dict[str, list[Flag]]:
    """What flags say of each document that bears some, once each where both its versions bear it."""
    wanted = {line.id for line in shown if line.flagged}
    found: dict[str, dict[tuple[str, str, str], Flag]] = {}
    with holdings.store.reading() as connection:
        for row in connection.execute(_FLAGS_IN_PLAY).mappings():
            flag = Flag(**row)
            if flag.document_id in wanted:
                found.setdefault(flag.document_id, {})[flag.source, flag.note, flag.who] = flag
    return {document_id: list(flags.values()) for document_id, flags in found.items()}


@dataclass(frozen=True)
class RestedOn:
    """A source by its address, as the first of the documents names it, and the documents that rest on it."""

    source: Source
    documents: tuple[str, ...]
    flagged: bool  # one of them bears a flag for a change of it


def rested_on(holdings: Holdings, words: str = "") -> list[RestedOn]:
    """The sources that versions in play rest on, sorted by title; with words, those that are named by them."""
    each = json_members(tables.versions.c.metadata, literal("sources")).table_valued("value")
    query = (
        select(each.c.value, func.aggregate_strings(tables.versions.c.document_id, "\n").label("documents"))
        .select_from(tables.versions.join(each, true()))
        .where(IN_PLAY)
        .group_by(each.c.value)
    )
    with holdings.store.reading() as connection:
        rows = connection.execute(query).all()
        changed: dict[str, set[str]] = {}  # what is marked as changed, and the documents that are flagged for it
        for flag in connection.execute(_FLAGS_IN_PLAY):
            changed.setdefault(flag.source, set()).add(flag.document_id)
    first: dict[str, Source] = {}
    resting: dict[str, set[str]] = {}  # by address
    for row in sorted(rows, key=lambda row: str(row.value)):
        source = Source(**json.loads(row.value))
        if words and not source.named(words):
            continue
        resting.setdefault(first.setdefault(source.url, source).url, set()).update(row.documents.split("\n"))
    found = [
        RestedOn(
            source,
            tuple(sorted(resting[url])),
            flagged=any(
                source.named(text) and not resting[url].isdisjoint(document_ids)
                for text, document_ids in changed.items()
            ),
        )
        for url, source in first.items()
    ]
    return sorted(found, key=lambda rested: (rested.source.title.casefold(), rested.source.url))
