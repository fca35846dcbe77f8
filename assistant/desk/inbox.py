"""What waits for a person of the staff: letters, reviews, gaps, what came back, what is due, what is not finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from assistant.accounts.accounts import Account, Permission, may, may_see_letters
from assistant.app import App
from assistant.desk.due import Due, due
from assistant.handoff.handoffs import Handoff, HandoffStage
from assistant.journal.gaps import Gap, GapState
from corpus.catalogue import records
from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Document, Stage

_USED = timedelta(days=90)  # how far back it counts how many answers rested on a document


@dataclass(frozen=True)
class Waiting:
    """What waits for somebody; `overdue` and `soon` are everybody's, those first on which most answers rested.

    `own_overdue` are those of their cluster, `unfound` documents of it that name a web address at which nothing is any
    more, `unanswered` drafts of theirs in which no section has an answer yet.
    """

    letters: tuple[Handoff, ...]
    returned: tuple[Document, ...]
    to_review: tuple[Document, ...]
    gaps: tuple[Gap, ...]
    own_overdue: tuple[Due, ...]
    unfound: tuple[Document, ...]
    unanswered: tuple[Document, ...]
    overdue: tuple[Due, ...]
    soon: tuple[Due, ...]

    @property
    def count(self) -> int:
        """How many things are theirs alone to do."""
        own = (self.letters, self.returned, self.to_review, self.gaps, self.own_overdue, self.unfound, self.unanswered)
        return sum(map(len, own))


def waiting(app: App, account: Account, gaps: Sequence[Gap]) -> Waiting:
    """What waits for an account, given all gaps.

    Raises:
        StoreUnavailable: a store cannot be read.
    """
    catalogue, today = app.catalogue, app.journal.today()
    uses = app.journal.uses(today - _USED)
    published = catalogue.documents(Stage.PUBLISHED)
    to_look_at = due(published, uses, today)
    overdue = tuple(one for one in to_look_at if one.days > 0)
    drafts = [one for one in catalogue.documents(Stage.DRAFT) if one.version.added_by == account.name]
    returned = [one for one in drafts if _came_back(catalogue, one)]
    return Waiting(
        letters=tuple(letters_for(app, account)),
        returned=tuple(returned),
        to_review=tuple(reviews_for(catalogue, account)),
        gaps=tuple(one for one in gaps if one.state is GapState.ASSIGNED and one.assignee == account.name),
        own_overdue=tuple(one for one in overdue if one.document.owner == account.cluster),
        unfound=tuple(_unfound(app, [one for one in published if one.owner == account.cluster])),
        unanswered=tuple(one for one in drafts if one not in returned and not _answers(one)),
        overdue=overdue,
        soon=tuple(one for one in to_look_at if one.days <= 0),
    )


def letters_for(app: App, account: Account) -> list[Handoff]:
    """The open letters to the account's cluster that nobody else sees to; of the alliance as a whole, all that it may.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    if not app.handoffs.made:
        return []
    return [
        one
        for one in app.handoffs.find()
        if one.stage is not HandoffStage.CLOSED
        and one.taken_by in ("", account.name)
        and account.cluster in ("", one.draft.cluster)
        and may_see_letters(account, one.draft.cluster)
    ]


def reviews_for(catalogue: Catalogue, account: Account) -> list[Document]:
    """What others have handed in for review, for whoever may review."""
    handed_in = catalogue.documents(Stage.IN_REVIEW) if may(account, Permission.REVIEW) else []
    return [one for one in handed_in if one.version.added_by != account.name]


def _unfound(app: App, documents: Sequence[Document]) -> list[Document]:
    gone = {url for url, link in app.links.known().items() if link.gone}
    return [one for one in documents if any(source.url in gone for source in one.metadata.sources)]


def _answers(draft: Document) -> bool:
    return any(unit.answer for unit in draft.metadata.units)


def _came_back(catalogue: Catalogue, draft: Document) -> bool:
    """Whether the last thing that happened to a draft is that a reviewer sent it back."""
    moves = [
        event
        for event in catalogue.history(draft.id)
        if event.version == draft.version.number and event.act is records.Action.MOVED
    ]
    return bool(moves) and (moves[-1].before, moves[-1].after) == (Stage.IN_REVIEW, Stage.DRAFT)
