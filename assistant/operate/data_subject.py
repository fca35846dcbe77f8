"""What is held on a person, and its erasure: known by the key of a browser, or by an e-mail address."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from assistant.accounts.filters import kept_filters
from assistant.app import App
from assistant.erasures import ErasureKind, new_receipt
from assistant.operate.backup import known_backups
from corpus.catalogue.addresses import erase_from_remarks, named


@dataclass(frozen=True)
class ErasureReceipt:
    """What was erased, how much of each kind; `notes` say what was not, and what is to be known of the rest."""

    id: str
    day: date
    erased: Mapping[str, int]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class DataSubject:
    """How somebody is known: by the key of their browser, by their e-mail address, or by both."""

    session: str = ""
    email: str = ""

    @property
    def address(self) -> str:
        """The address as it is kept."""
        return self.email.strip().casefold()


def held_on(app: App, person: DataSubject) -> dict[str, Any]:
    """All that is held on a person, as they may ask for it."""
    found: dict[str, Any] = {"asked_on": app.journal.today().isoformat()}
    if person.session:
        found["answers"] = app.journal.held(person.session)
    if person.address:
        letters = [one for one in app.handoffs.find() if one.draft.email == person.address]
        where = named(app.catalogue, person.address)
        found |= {
            "letters": [
                asdict(one) | {"history": [asdict(move) for move in app.handoffs.history(one.number)]}
                for one in letters
            ],
            "watches": [
                asdict(one) | {"followed": one.followed.model_dump()} for one in app.watches.of_address(person.address)
            ],
            "remarks": [asdict(one) for one in where.remarks],
            "documents": list(where.documents),
            "accounts": [
                asdict(one) | {"filters": [asdict(kept) for kept in kept_filters(app.accounts, one.name)]}
                for one in app.accounts.of_address(person.address)
            ],
        }
    return found


def erase(app: App, person: DataSubject, *, account: bool = False) -> ErasureReceipt:
    """Remove what is held on a person; of an account only with `account`, since staff work with it.

    Raises:
        ErasuresUnusable: it cannot be marked as erased, and is not.
        LastAdministrator: the account is the last one that can manage accounts.
    """
    receipt = new_receipt()
    erased: dict[str, int] = {}
    notes: list[str] = []
    if person.address:
        notes += _of_accounts(app, person, receipt, erased, account=account)  # first, since it may be refused
        where = named(app.catalogue, person.address)
        erased["letters"] = app.handoffs.erase(person.address, receipt=receipt)
        erased["watches"] = app.watches.erase_again(person.address, time.time())  # that mark is for these, too
        erased["remarks"] = erase_from_remarks(app.catalogue, person.address, datetime.now(UTC))
        beside = " ".join(sorted({one.document_id for one in where.remarks} | set(where.documents)))
        if beside:
            notes.append(f"The address stood beside or in documents; purge them where asked to: {beside}.")
    if person.session:
        erased |= app.journal.erase(person.session, receipt=receipt).erased
    notes.append("Logs hold no text and no address, so there was nothing to erase in them.")
    notes += _of_backups(app)
    return ErasureReceipt(receipt, app.journal.today(), erased, tuple(notes))


def _of_accounts(app: App, person: DataSubject, receipt: str, erased: dict[str, int], *, account: bool) -> list[str]:
    notes = []
    erased["accounts"] = 0
    for one in app.accounts.of_address(person.address):
        if not account:
            notes.append(
                f"The account '{one.name}' ({one.role}) has this address and stays; add --account to erase it as well."
            )
            continue
        erased["accounts"] += app.accounts.forget_person(one.name, time.time())
        app.erasures.add(ErasureKind.ACCOUNT, one.name, receipt=receipt)
        notes.append(f"The name of the account '{one.name}' stays, since it stands in the history of documents.")
    return notes


def _of_backups(app: App) -> list[str]:
    if app.places.database:
        note = (
            "The database overwrites it on its disk within a day; its own backups and archived logs, and backups by"
            " `market-entry backup`, still hold it until they end. A restore by `market-entry restore` erases it again;"
            " the database's own does not."
        )
        return [note]
    known = [one for one in known_backups(app.home) if Path(one["path"]).exists()]
    if not known:
        return []
    listed = ", ".join(f"{one['path']} of {one['made_at'][:10]}" for one in known)
    note = (
        f"Backups still hold what was erased until they are deleted: {listed}. A restore erases it again; for one on"
        f" another machine, keep a copy of {app.erasures.place} elsewhere."
    )
    return [note]
