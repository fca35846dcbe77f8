"""What waits for a person of the staff: drafts sent back, reviews, gaps given to them, documents to look at again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from assistant.accounts.accounts import Account, Permission, may
from assistant.app import App
from assistant.desk.due import Due, due
from assistant.journal.gaps import Gap, GapState
from corpus.catalogue import records
from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Document, Stage

_USED = timedelta(days=90)  # how far back it counts how many answers rested on a document


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody; `overdue` and `soon` are everybody's, those first on which most answers rested."""

    returned: tuple[Document, ...]
    to_review: tuple[Document, ...]
    gaps: tuple[Gap, ...]
    overdue: tuple[Due, ...]
    soon: tuple[Due, ...]

    @property
    def count(self) -> int:
        """How many things are theirs alone to do."""
        return len(self.returned) + len(self.to_review) + len(self.gaps)


def waiting(app: App, account: Account, gaps: Sequence[Gap]) -> Waiting:
    """What waits for an account, given all gaps.

    Raises:
        StoreUnavailable: a store cannot be read.
    """
    catalogue, today = app.catalogue, app.journal.today()
    uses = app.journal.uses(today - _USED)
    to_look_at = due(catalogue.documents(Stage.PUBLISHED), uses, today)
    reviews = catalogue.documents(Stage.IN_REVIEW) if may(account, Permission.REVIEW) else []
    return Waiting(
        returned=tuple(
            draft
            for draft in catalogue.documents(Stage.DRAFT)
            if draft.version.added_by == account.name and _came_back(catalogue, draft)
        ),
        to_review=tuple(one for one in reviews if one.version.added_by != account.name),
        gaps=tuple(one for one in gaps if one.state is GapState.ASSIGNED and one.assignee == account.name),
        overdue=tuple(one for one in to_look_at if one.days > 0),
        soon=tuple(one for one in to_look_at if one.days <= 0),
    )


def _came_back(catalogue: Catalogue, draft: Document) -> bool:
    """Whether the last thing that happened to a draft is that a reviewer sent it back."""
    moves = [
        event
        for event in catalogue.history(draft.id)
        if event.version == draft.version.number and event.act is records.Action.MOVED
    ]
    return bool(moves) and (moves[-1].before, moves[-1].after) == (Stage.IN_REVIEW, Stage.DRAFT)
