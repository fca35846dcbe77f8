"""Which version stands, which is open, and what becomes of the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.catalogue.stages import OPEN, STANDING, arrive, move, standing, tip
from corpus.documents import Stage
from corpus.errors import MoveNotAllowed

DRAFT, IN_REVIEW, PUBLISHED, WITHDRAWN, SUPERSEDED = Stage

_STEPS = st.lists(
    st.tuples(st.sampled_from(["arrive", "move"]), st.sampled_from(list(Stage)), st.booleans()), max_size=25
)


@given(_STEPS)
def test_whatever_happens_one_version_stands_at_most_one_is_open_at_most_and_one_of_these_is_left(
    steps: list[tuple[str, Stage, bool]],
) -> None:
    play = {1: DRAFT}
    number = 1
    for what, stage, the_tip in steps:
        if what == "arrive":
            number += 1
            changes = arrive(play, stage) | {number: stage}
        else:
            try:
                _, changes = move("d", play, stage, tip(play) if the_tip else None)
            except MoveNotAllowed:
                continue
        before = play
        play = {known: now for known, now in (play | changes).items() if now is not SUPERSEDED}
        assert 1 <= len(play) <= 2
        assert sum(now in STANDING for now in play.values()) <= 1
        assert sum(now in OPEN for now in play.values()) <= 1
        if what == "move" and PUBLISHED in changes.values():
            assert before[next(known for known, now in changes.items() if now is PUBLISHED)] is IN_REVIEW


def test_a_draft_beside_a_published_version_is_published_in_its_place() -> None:
    assert move("d", {3: PUBLISHED, 4: IN_REVIEW}, PUBLISHED) == (4, {3: SUPERSEDED, 4: PUBLISHED})


def test_to_withdraw_a_document_with_a_draft_is_to_take_the_published_version_from_readers() -> None:
    assert move("d", {3: PUBLISHED, 4: DRAFT}, WITHDRAWN) == (3, {3: WITHDRAWN})


def test_a_draft_that_is_withdrawn_beside_a_standing_version_gives_way_to_it() -> None:
    assert move("d", {3: PUBLISHED, 4: DRAFT}, WITHDRAWN, 4) == (4, {4: SUPERSEDED})
    assert move("d", {3: WITHDRAWN, 4: DRAFT}, WITHDRAWN) == (4, {4: SUPERSEDED})


def test_a_draft_that_was_never_published_is_withdrawn_and_can_come_back() -> None:
    assert move("d", {1: DRAFT}, WITHDRAWN) == (1, {1: WITHDRAWN})
    assert move("d", {1: WITHDRAWN}, DRAFT) == (1, {1: DRAFT})


def test_what_is_in_review_can_be_sent_back_also_beside_a_withdrawn_version() -> None:
    assert move("d", {3: WITHDRAWN, 4: IN_REVIEW}, DRAFT) == (4, {4: DRAFT})


def test_a_second_draft_is_refused_by_name_of_the_first() -> None:
    with pytest.raises(MoveNotAllowed, match="'d' has a draft already, version 4; publish or withdraw"):
        move("d", {3: WITHDRAWN, 4: IN_REVIEW}, DRAFT, 3)


def test_the_tip_is_what_is_being_written_and_else_what_stands() -> None:
    assert tip({3: PUBLISHED, 4: DRAFT}) == 4
    assert tip({3: PUBLISHED}) == 3
    assert standing({4: DRAFT}) is None
