"""A home in which people have done something of every kind, and all that stands in one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from assistant.accounts.accounts import Accounts, Details, Role, account_store
from assistant.handoff.handoffs import Handoffs
from assistant.handoff.watching.changes import Followed
from assistant.handoff.watching.watches import Watches
from assistant.operate.restore import Restored, restore
from corpus.catalogue.records import Upload
from corpus.vocabulary import vocabulary
from tests.conftest import House
from tests.journals import Diary
from tests.letters import QUESTION, hand_over

DEVICES = "japan/devices"
ANA = QUESTION.email
BROWSER = "key of one browser"


class Lived:
    """A house in which people have done something of every kind."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.home = house.folder
        self.diary = Diary(self.home)
        self.handoffs = Handoffs(self.home / "handoffs.sqlite", vocabulary())
        self.watches = Watches(self.home / "watches.sqlite")
        self.accounts = Accounts(account_store(self.home / "accounts.sqlite"))
        house.edit(DEVICES, "With a file.", upload=Upload("a.pdf", "application/pdf", b"the original"))
        house.catalogue.comment(DEVICES, f"Sent in by Größe; questions to {ANA}.", who="form")
        self.diary.declined("Does our zirconium graft need a licence?", session=BROWSER)
        hand_over(self.handoffs)
        for market in ("brazil", "japan"):
            self.watches.ask(Followed(market=market), ANA, "de")
        self.accounts.add("ana", Details(display_name="Ana", role=Role.AUTHOR, email=ANA), who="test")

    def restore(self, source: Path, home: Path, **options: Any) -> Restored:  # noqa: ANN401 - as `restore` takes them
        """Restore a backup where this installation's key is known."""
        return restore(source, home, made_by=[self.home], **options)

    def close(self) -> None:
        self.diary.journal.close()
        self.handoffs.close()
        self.watches.close()
        self.accounts.close()


def rows(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that stands in the stores of a home."""
    found = {}
    for path in sorted(home.glob("*.sqlite")):
        with closing(sqlite3.connect(path)) as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                found[f"{path.name} {table}"] = sorted(connection.execute(f"SELECT * FROM {table}"), key=repr)  # noqa: S608
    return found
