"""The SQL store of documents, their versions and stages, and passages. It is the truth; the index is made from it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from corpus.catalogue import stages, tables
from corpus.catalogue.concerns import NOTHING, carry_over, ensure_settled, raise_concerns, settle_concerns
from corpus.catalogue.holdings import (
    IN_PLAY,
    POSITION,
    Holdings,
    all_tombstones,
    authors_of,
    checks_of,
    history_of,
    one_document,
    passages_of,
    resting_on,
    some_documents,
)
from corpus.catalogue.records import BY_CONFIRMING, Action, Confirmation, Matter, Tombstone, Upload
from corpus.catalogue.undoing import Batch, forget_batches, put_back, undoable
from corpus.documents import Access, Document, Metadata, Passage, Reuse, Stage, Version, digest
from corpus.errors import (
    BadDate,
    EditConflict,
    MoveNotAllowed,
    NotChecked,
    NothingToSettle,
    NotPublished,
    NotPurged,
    NotRead,
    OwnWork,
    UnknownDocument,
    UnknownSource,
    WasPurged,
)
from corpus.passages import SUMMARY

_OF_VERSIONS = (
    tables.passages,
    tables.originals,
    tables.comments,
    tables.flags,
    tables.concerns,
    tables.fingerprints,
)


class Catalogue(Holdings):
    """The holdings, and every way to change them.

    Every change is one transaction, and says who made it and why. A list of documents is changed as a whole or not at
    all: nobody has to find out how far a change got.

    Raises:
        UnknownDocument: from every method that changes one, when there is no document of that id.
    """

    # Versions

    def add_version(
        self,
        version: Version,
        passages: Iterable[Passage],
        *,
        origin: str,
        stage: Stage,
        who: str,
        why: str,
        owner: str = "",
        upload: Upload | None = None,
        concerns: Mapping[Matter, str] = NOTHING,
        note: str = "",
    ) -> Document:
        """Put a version in as it is, at a stage; the document is created if its id is new.

        Its number is the next one, whatever it says. It takes the place of the version that stands or is open; what
        it supersedes can be restored. Edits of a known document come in by `revise`. `concerns` are what has to be
        settled about it, with what was seen; a note settles it at once.

        Raises:
            WasPurged: the document, its text or its original was purged.
            NotRead: it is to be published, and holds what was proposed and nobody has read.
        """
        key = version.document_id
        if stage is Stage.PUBLISHED:
            _ensure_read(key, version.metadata)
        with self.store.writing() as connection:
            _refuse_purged(connection, version, upload)
            play = _play(connection, key)
            if not play:
                connection.execute(insert(tables.documents), {"id": key, "origin": origin, "owner": owner})
            number = self._write(connection, version, passages, stage, who, upload)
            raise_concerns(connection, key, number, concerns)
            if note:
                settle_concerns(connection, key, number, concerns, who, now(), note)
            act, before = (Action.REVISED, str(stages.tip(play))) if play else (Action.ADDED, None)
            record(connection, key, number, act, before, stage, who, why)
            return one_document(connection, key, number)

    def revise(
        self,
        version: Version,
        passages: Iterable[Passage],
        *,
        began_from: int,
        who: str,
        why: str,
        upload: Upload | None = None,
        concerns: Mapping[Matter, str] = NOTHING,
        keeps_original: bool = False,
    ) -> Document:
        """Make a version the document's draft; what is published stays so.

        With `keeps_original`, the file that the edited version was read from is its original too.

        `began_from` is the number of the version that was edited: the open one, or the standing one where none is.
        What was open about that one is not about the new one, except for the right to use its words.

        Raises:
            EditConflict: another version has come in between; nothing is overwritten.
            WasPurged: the text or the original was purged.
        """
        key = version.document_id
        with self.store.writing() as connection:
            _refuse_purged(connection, version, upload)
            _ensure_tip(connection, key, began_from)
            number = self._write(connection, version, passages, Stage.DRAFT, who, upload)
            if keeps_original and upload is None:
                _copy_original(connection, key, began_from, number)
            carry_over(connection, key, began_from, number, [Matter.REUSE])
            raise_concerns(connection, key, number, concerns)
            record(connection, key, number, Action.REVISED, str(began_from), Stage.DRAFT, who, why)
            return one_document(connection, key, number)

    def restore(self, document_id: str, number: int, *, began_from: int, who: str, why: str) -> Document:
        """Make a copy of an old version the document's draft: what was published once is reviewed before it is again.

        Who may read and reuse the document stays as it is now.

        Raises:
            UnknownVersion: it has no version of that number.
            EditConflict: another version than `began_from` is the newest now.
        """
        with self.store.writing() as connection:
            old = one_document(connection, document_id, number).version
            _ensure_tip(connection, document_id, began_from)
            newest = one_document(connection, document_id, began_from).metadata
            copy = replace(old, metadata=replace(old.metadata, access=newest.access, reuse=newest.reuse))
            passages = passages_of(connection, document_id, number)
            new = self._write(connection, copy, passages, Stage.DRAFT, who)
            _copy_original(connection, document_id, number, new)
            carry_over(connection, document_id, number, new, list(Matter))
            record(connection, document_id, new, Action.RESTORED, str(number), Stage.DRAFT, who, why)
            return one_document(connection, document_id, new)

    def confirm(self, document_id: str, number: int, metadata: Metadata, *, who: str, note: str = "") -> None:
        """Give an open version the metadata that a person has looked at; see `confirm_all`."""
        self.confirm_all([Confirmation(document_id, number, metadata)], who=who, note=note)

    def confirm_all(
        self, confirmations: Iterable[Confirmation], *, who: str, note: str = "", submit: bool = False
    ) -> None:
        """Give open versions the metadata that a person has looked at; settles what is open about them: all or none.

        Their short answers stay: they are passages of the version, and another version has others. With `submit`, what
        is a draft is handed in for review.

        Raises:
            EditConflict: a version is superseded by now.
            MoveNotAllowed: readers see it; what it says is changed by another version.
            NothingToSettle: a note is about what is not open.
        """
        confirmations = list(confirmations)
        ids = [one.document_id for one in confirmations]
        act = Stage.IN_REVIEW if submit else Action.CONFIRMED
        with self.store.writing() as connection, undoable(connection, ids, who=who, act=act, at=now()):
            for one in confirmations:
                stage = _confirm(connection, one, who, note)
                if submit and stage is Stage.DRAFT:
                    _move(connection, one.document_id, Stage.IN_REVIEW, one.number, who, note)

    def settle(self, document_id: str, matter: Matter, *, who: str, note: str, number: int | None = None) -> None:
        """Say that a person has looked at something about a version, the newest unless said, and that it may stay.

        Raises:
            NothingToSettle: it is not open.
        """
        with self.store.writing() as connection:
            _settle(connection, document_id, number or tip_of(connection, document_id), matter, who, note)

    def split_anew(self, version: Version, passages: Iterable[Passage]) -> None:
        """Give a version its passages anew, after a change of the splitter."""
        with self.store.writing() as connection:
            connection.execute(
                delete(tables.passages).filter_by(document_id=version.document_id, version=version.number)
            )
            _insert_passages(connection, passages, version.number)
            raise_position(connection)

    # Life

    def move(self, document_id: str, stage: Stage, *, who: str, why: str, number: int | None = None) -> None:
        """Bring a document to another stage; with a number, only if that version is still in play.

        Without one, `stages.move` says which version moves.

        Raises:
            MoveNotAllowed: that stage cannot follow the present one.
            EditConflict: the version is superseded by now.
        """
        with self.store.writing() as connection:
            _move(connection, document_id, stage, number, who, why)

    def move_all(
        self, numbers: Mapping[str, int | None], stage: Stage, *, who: str, why: str, self_review: bool = True
    ) -> None:
        """Bring documents, given by id with a version's number or none, to another stage: all of them, or none.

        Raises:
            OwnWork: `who` had a hand in what is to be published, and `self_review` is not allowed.
            NotChecked: what is to be published has something on its checklist, and there is no `why`.
        """
        with self.store.writing() as connection, undoable(connection, numbers, who=who, act=stage, at=now()):
            moved = {
                document_id: _move(connection, document_id, stage, number, who, why, self_review=self_review)
                for document_id, number in numbers.items()
            }
            if stage is Stage.PUBLISHED and not why:
                _ensure_checked(connection, moved)

    def still_valid(self, document_ids: Iterable[str], *, until: date, today: date, who: str, note: str) -> None:
        """Say of published documents that they were looked at and hold until a day; clears what flags they bear.

        Raises:
            NotPublished: one of them is not.
            BadDate: the day is not to come.
        """
        if until <= today:
            raise BadDate(f"{until} is not a day to come; name the day by which they are to be looked at again.")
        ids = list(document_ids)
        act = Action.STILL_VALID
        with self.store.writing() as connection, undoable(connection, ids, who=who, act=act, at=now()):
            for document_id in ids:
                document = one_document(connection, document_id)
                if document.stage is not Stage.PUBLISHED:
                    raise NotPublished(document_id, document.stage)
                number, before = document.version.number, document.metadata.review_by
                _set_metadata(connection, document, replace(document.metadata, review_by=until))
                connection.execute(delete(tables.flags).filter_by(document_id=document_id, version=number))
                record(connection, document_id, number, Action.STILL_VALID, str(before), str(until), who, note)

    def set_terms(
        self,
        document_ids: Iterable[str],
        *,
        access: Access | None = None,
        reuse: Reuse | None = None,
        owner: str | None = None,
        who: str,
        why: str,
    ) -> None:
        """Say who may read documents, what may be done with their words, and who answers for them; holds at once.

        It holds for all versions in play, so that publishing a draft does not undo it.
        """
        wanted = {Action.ACCESS: access, Action.REUSE: reuse, Action.OWNER: owner}
        ids = list(document_ids)
        with self.store.writing() as connection, undoable(connection, ids, who=who, act=Action.ACCESS, at=now()):
            for document_id in ids:
                shown = one_document(connection, document_id)
                before = {
                    Action.ACCESS: shown.metadata.access,
                    Action.REUSE: shown.metadata.reuse,
                    Action.OWNER: shown.owner,
                }
                changes = {act: new for act, new in wanted.items() if new is not None and new != before[act]}
                for act, new in changes.items():
                    record(connection, document_id, shown.version.number, act, before[act], new, who, why)
                if owner is not None:
                    connection.execute(update(tables.documents).filter_by(id=document_id).values(owner=owner))
                for document in some_documents(connection, tables.documents.c.id == document_id, IN_PLAY):
                    metadata = document.metadata
                    if reuse:
                        number = document.version.number
                        settle_concerns(connection, document_id, number, [Matter.REUSE], who, now(), why)
                    _set_metadata(
                        connection,
                        document,
                        replace(metadata, access=access or metadata.access, reuse=reuse or metadata.reuse),
                    )

    def undo(self, *, who: str) -> Batch:
        """Undo what a person did last to documents: moves, confirmations, terms, and that they are still valid.

        Raises:
            NothingToUndo: nothing was done, or something has happened to one of the documents since.
        """
        with self.store.writing() as connection:
            batch = put_back(connection, who)
            for document_id in batch.documents:
                version = tip_of(connection, document_id)
                record(connection, document_id, version, Action.UNDONE, batch.act, None, who, "")
            raise_position(connection)
        return batch

    def source_changed(self, source: str, *, who: str, note: str) -> list[Document]:
        """Flag all versions in play that rest on a source (see `resting_on`), and return them.

        The flag stays until the document is said to be still valid, or another version takes its place.

        Raises:
            UnknownSource: none does.
        """
        with self.store.writing() as connection:
            resting = resting_on(connection, source)
            if not resting:
                raise UnknownSource(source)
            for document in resting:
                key = {"document_id": document.id, "version": document.version.number, "source": source}
                connection.execute(delete(tables.flags).filter_by(**key))
                connection.execute(insert(tables.flags), key | {"who": who, "at": now(), "note": note})
                record(connection, document.id, document.version.number, Action.SOURCE_CHANGED, None, source, who, note)
        return resting

    def comment(self, document_id: str, text: str, *, who: str, number: int | None = None) -> None:
        """Remark something on a document, or on one of its versions."""
        with self.store.writing() as connection:
            version = one_document(connection, document_id, number).version
            remark = {"document_id": document_id, "version": version.number, "who": who, "at": now(), "text": text}
            connection.execute(insert(tables.comments), remark)

    # Removal

    def purge(self, traces: Mapping[str, Iterable[str]], *, who: str, why: str) -> None:
        """Remove documents and all their versions from the tables, and leave tombstones; see `index.removal`.

        `traces` are the documents' ids, with the digests of the texts of theirs that were embedded. What was done to
        them is forgotten; who did something, when and why stays.
        """
        with self.store.writing() as connection:
            for document_id, texts in traces.items():
                tombstone = _tombstone(connection, document_id, texts, who, why)
                connection.execute(insert(tables.tombstones), tables.tombstone_to_row(tombstone))
                remove_rows(connection, document_id)
                acts = update(tables.history).filter_by(document_id=document_id)
                connection.execute(acts.values(before=None, after=None))
                record(connection, document_id, 0, Action.PURGED, None, None, who, why)
            forget_batches(connection)
            raise_position(connection)

    def finish_purges(self, document_ids: Iterable[str]) -> None:
        """Remove the originals that no version has, forget the traces, and wipe everything deleted from the disk."""
        purged = update(tables.tombstones).where(tables.tombstones.c.document_id.in_(list(document_ids)))
        with self.store.writing() as connection:
            self.originals.remove_all_but(connection.scalars(select(tables.originals.c.digest)))
            connection.execute(purged.values(traces="[]"))
        self.store.compact()
        with self.store.writing() as connection:
            connection.execute(purged.values(finished=True))

    def bury(self, tombstone: Tombstone) -> None:
        """Keep what was purged elsewhere from coming in here; adds to the tombstone there is."""
        key = tombstone.document_id
        with self.store.writing() as connection:
            here = next((known for known in all_tombstones(connection) if known.document_id == key), None)
            merged = (
                replace(here, digests=here.digests | tombstone.digests)
                if here
                else replace(tombstone, traces=frozenset(), finished=True)
            )
            connection.execute(delete(tables.tombstones).filter_by(document_id=key))
            connection.execute(insert(tables.tombstones), tables.tombstone_to_row(merged))

    def readmit(self, document_id: str, *, who: str, why: str) -> None:
        """Let what was purged be taken in again.

        Raises:
            NotPurged: it was not, or that purge is not finished.
        """
        with self.store.writing() as connection:
            lift = delete(tables.tombstones).filter_by(document_id=document_id, finished=True)
            if not connection.execute(lift).rowcount:
                raise NotPurged(document_id)
            record(connection, document_id, 0, Action.READMITTED, None, None, who, why)

    def make_note(self, name: str, value: str) -> None:
        """Remember a value under a name."""
        with self.store.writing() as connection:
            _set_note(connection, name, value)

    # Inside

    def _write(
        self,
        connection: Connection,
        version: Version,
        passages: Iterable[Passage],
        stage: Stage,
        who: str,
        upload: Upload | None = None,
    ) -> int:
        """Write a version and make it the one in its place; returns its number."""
        key = version.document_id
        newest = connection.scalar(select(func.max(tables.versions.c.number)).filter_by(document_id=key))
        number = int(newest or 0) + 1
        _set_stages(connection, key, stages.arrive(_play(connection, key), stage))
        added = replace(version, number=number, added_by=who, added_at=now(), reviewed_by=None, self_reviewed=False)
        connection.execute(insert(tables.versions), tables.version_to_row(added, stage))
        _insert_passages(connection, passages, number)
        if upload:  # inside the transaction, so that no purge takes the file away before it is wanted
            file = {"digest": self.originals.keep(upload.data), "media_type": upload.media_type, "name": upload.name}
            connection.execute(insert(tables.originals), {"document_id": key, "version": number} | file)
        if stage is Stage.PUBLISHED:
            raise_position(connection)
        return number


def now() -> str:
    """The time as the tables hold it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def raise_position(connection: Connection) -> None:
    """Tell the index that what is published has changed."""
    position = connection.scalar(select(tables.notes.c.value).filter_by(name=POSITION))
    _set_note(connection, POSITION, str(int(position or 0) + 1))


def remove_rows(connection: Connection, document_id: str) -> None:
    """Remove everything about a document but its history."""
    for table in (*_OF_VERSIONS, tables.versions):
        connection.execute(delete(table).filter_by(document_id=document_id))
    connection.execute(delete(tables.documents).filter_by(id=document_id))


def _play(connection: Connection, document_id: str) -> stages.Play:
    query = select(tables.versions.c.number, tables.versions.c.stage).where(
        tables.versions.c.document_id == document_id, IN_PLAY
    )
    return {number: Stage(stage) for number, stage in connection.execute(query)}


def _ensure_tip(connection: Connection, document_id: str, began_from: int) -> None:
    tip = tip_of(connection, document_id)
    if tip != began_from:
        raise _conflict(connection, document_id, began_from, tip)


def _ensure_in_play(connection: Connection, document_id: str, number: int) -> None:
    play = _play(connection, document_id)
    if number not in play:
        one_document(connection, document_id, number)
        raise _conflict(connection, document_id, number, stages.tip(play))


def tip_of(connection: Connection, document_id: str) -> int:
    """The version that an edit of a document begins from."""
    play = _play(connection, document_id)
    if not play:
        raise UnknownDocument(document_id)
    return stages.tip(play)


def _confirm(connection: Connection, said: Confirmation, who: str, note: str) -> Stage:
    """Write what a person says of an open version; returns the stage at which it is."""
    document_id, number = said.document_id, said.number
    _ensure_in_play(connection, document_id, number)
    document = one_document(connection, document_id, number)
    if document.stage not in stages.OPEN:
        raise MoveNotAllowed(f"'{document_id}' is {document.stage}; revise it to change what it says.")
    current = document.metadata
    confirmed = replace(said.metadata, summary=current.summary, summary_hash=current.summary_hash)
    _set_metadata(connection, document, confirmed)
    own = update(tables.passages).filter_by(document_id=document_id, version=number)
    connection.execute(own.where(tables.passages.c.section != SUMMARY).values(language=confirmed.language))
    settle_concerns(connection, document_id, number, BY_CONFIRMING, who, now(), note)
    record(connection, document_id, number, Action.CONFIRMED, None, None, who, note)
    for matter, why in said.notes.items():
        _settle(connection, document_id, number, matter, who, why)
    return document.stage


def _settle(connection: Connection, document_id: str, number: int, matter: Matter, who: str, note: str) -> None:
    if not settle_concerns(connection, document_id, number, [matter], who, now(), note):
        raise NothingToSettle(document_id, matter)
    record(connection, document_id, number, Action.SETTLED, None, matter, who, note)


def _conflict(connection: Connection, document_id: str, began_from: int, tip: int) -> EditConflict:
    changes = (Action.ADDED, Action.REVISED, Action.RESTORED, Action.IMPORTED, Action.MOVED)
    last = next(event for event in reversed(history_of(connection, document_id)) if event.act in changes)
    return EditConflict(document_id, began_from, tip, last.who, last.at)


def _move(
    connection: Connection,
    document_id: str,
    stage: Stage,
    number: int | None,
    who: str,
    why: str,
    *,
    self_review: bool = True,
) -> int:
    """Move a version, and return its number."""
    play = _play(connection, document_id)
    if not play:
        raise UnknownDocument(document_id)
    if number is not None:
        _ensure_in_play(connection, document_id, number)
    moved, changes = stages.move(document_id, play, stage, number)
    if stage is Stage.PUBLISHED:
        ensure_settled(connection, document_id, moved)
        _ensure_read(document_id, one_document(connection, document_id, moved).metadata)
    _set_stages(connection, document_id, changes)
    if stage is not Stage.WITHDRAWN:
        published = stage is Stage.PUBLISHED
        own = published and who in authors_of(connection, document_id, moved)
        if own and not self_review:
            raise OwnWork(document_id)
        review: dict[str, Any] = {"reviewed_by": who if published else None, "self_reviewed": own}
        connection.execute(update(tables.versions).filter_by(document_id=document_id, number=moved).values(**review))
    record(connection, document_id, moved, Action.MOVED, play[moved], changes[moved], who, why)
    if Stage.PUBLISHED in (play[moved], stage):
        raise_position(connection)
    return moved


def _ensure_checked(connection: Connection, numbers: Mapping[str, int]) -> None:
    found = {}
    for document_id, number in numbers.items():
        if checks := checks_of(connection, document_id, number):
            found[document_id] = [check.point for check in checks]
    if found:
        raise NotChecked(found)


def _ensure_read(document_id: str, metadata: Metadata) -> None:
    if unread := [unit.section for unit in metadata.units if unit.unread]:
        raise NotRead(document_id, unread)


def _set_stages(connection: Connection, document_id: str, changes: stages.Play) -> None:
    """Write stages; places are left before they are taken."""
    for number, stage in sorted(changes.items(), key=lambda change: change[1] is not Stage.SUPERSEDED):
        connection.execute(
            update(tables.versions).filter_by(document_id=document_id, number=number).values(stage=stage)
        )


def _set_metadata(connection: Connection, document: Document, metadata: Metadata) -> None:
    version = update(tables.versions).filter_by(document_id=document.id, number=document.version.number)
    connection.execute(version.values(metadata=tables.metadata_to_json(metadata)))


def _insert_passages(connection: Connection, passages: Iterable[Passage], number: int) -> None:
    rows = [tables.passage_to_row(replace(passage, version=number)) for passage in passages]
    if rows:
        connection.execute(insert(tables.passages), rows)


def _copy_original(connection: Connection, document_id: str, old: int, new: int) -> None:
    of_old = select(tables.originals).filter_by(document_id=document_id, version=old)
    for row in connection.execute(of_old).mappings().all():
        connection.execute(insert(tables.originals), dict(row) | {"version": new})


def _digests(version: Version) -> set[str]:
    return {version.digest} | ({digest(version.body)} if version.body else set())


def _refuse_purged(connection: Connection, version: Version, upload: Upload | None) -> None:
    wanted = _digests(version) | ({hashlib.sha256(upload.data).hexdigest()} if upload else set())
    for tombstone in all_tombstones(connection):
        if tombstone.document_id == version.document_id or tombstone.digests & wanted:
            raise WasPurged(version.document_id, tombstone.document_id, tombstone.who, tombstone.at, tombstone.why)


def _tombstone(connection: Connection, document_id: str, texts: Iterable[str], who: str, why: str) -> Tombstone:
    found = some_documents(connection, tables.documents.c.id == document_id)
    if not found:
        raise UnknownDocument(document_id)
    files = connection.scalars(select(tables.originals.c.digest).filter_by(document_id=document_id))
    return Tombstone(
        document_id=document_id,
        title=digest(found[-1].metadata.title),
        digests=frozenset(files).union(*(_digests(document.version) for document in found)),
        traces=frozenset(texts),
        finished=False,
        who=who,
        at=now(),
        why=why,
    )


def record(
    connection: Connection,
    document_id: str,
    version: int,
    act: Action,
    before: str | None,
    after: str | None,
    who: str,
    why: str,
) -> None:
    """Write an act into the history."""
    event = {"document_id": document_id, "version": version, "act": act, "before": before, "after": after}
    connection.execute(insert(tables.history), event | {"who": who, "at": now(), "why": why})


def _set_note(connection: Connection, name: str, value: str) -> None:
    changed = connection.execute(update(tables.notes).filter_by(name=name).values(value=value))
    if not changed.rowcount:
        connection.execute(insert(tables.notes), {"name": name, "value": value})
