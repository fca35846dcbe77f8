"""What becomes of a document's versions when one arrives or moves on: plain rules, without a store.

Every version has a stage of its own. At most one version *stands* (it is, or was, what readers see) and at most one
is *open* (it is being written or reviewed), so a published document can be revised without being unpublished, and
what a release brings can lie beside what staff wrote. These two are in play; all others are superseded.
"""

from __future__ import annotations

from collections.abc import Mapping

from corpus.documents import NEXT_STAGES, Stage
from corpus.errors import MoveNotAllowed

STANDING = frozenset({Stage.PUBLISHED, Stage.WITHDRAWN})
OPEN = frozenset({Stage.DRAFT, Stage.IN_REVIEW})

Play = Mapping[int, Stage]  # the versions in play, by number


def standing(play: Play) -> int | None:
    """The version that readers see or saw last."""
    return next((number for number, stage in play.items() if stage in STANDING), None)


def tip(play: Play) -> int:
    """The version that an edit begins from: the open one, or else the one that stands."""
    return next((number for number, stage in play.items() if stage in OPEN), None) or next(iter(play))


def arrive(play: Play, stage: Stage) -> dict[int, Stage]:
    """The changes when a version comes in at a stage: it takes the place of the one that stands, or is open."""
    place = STANDING if stage in STANDING else OPEN if stage in OPEN else frozenset()
    return {number: Stage.SUPERSEDED for number, now in play.items() if now in place}


def move(document_id: str, play: Play, stage: Stage, number: int | None = None) -> tuple[int, dict[int, Stage]]:
    """The version that moves, and all changes that follow.

    Without a number it is the version for which that stage comes next: the standing one first, since to withdraw a
    document is to take it from readers. A draft that is withdrawn beside a standing version is superseded by it.

    Raises:
        MoveNotAllowed: that stage cannot follow the present one.
    """
    end = tip(play)
    candidates = sorted(play, key=lambda known: play[known] in OPEN) if number is None else [number]
    fitting = [known for known in candidates if stage in NEXT_STAGES[play[known]]]
    chosen = next((known for known in fitting if known == end or stage not in OPEN), None)
    if chosen is None and fitting:
        raise MoveNotAllowed(f"'{document_id}' has a draft already, version {end}; publish or withdraw that one first.")
    if chosen is None:
        now = play[candidates[-1]]
        allowed = " or ".join(sorted(NEXT_STAGES[now]))
        raise MoveNotAllowed(f"'{document_id}' is {now} and cannot become {stage}; it can become {allowed}.")
    others = {known: now for known, now in play.items() if known != chosen}
    if stage is Stage.WITHDRAWN and standing(others):
        return chosen, {chosen: Stage.SUPERSEDED}
    return chosen, arrive(others, stage) | {chosen: stage}
