"""Who is let in to ask, who waits, and who is asked to come back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from threading import Thread

import pytest

from assistant.texts import ComeBack
from pages.shared.admission import Admission, Crowded, Place
from pages.shared.rate_limit import RateLimit, TooOften, sending
from tests.conftest import Clock


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def crowd(stack: ExitStack, admission: Admission, count: int, address: str = "") -> list[Place]:
    """So many people, each with a place, and each with an address of their own unless they share one."""
    return [stack.enter_context(admission.place(f"p{n}", address or f"192.0.2.{n}")) for n in range(count)]


def test_so_many_are_answered_at_once_and_the_others_wait_in_the_order_of_their_coming(stack: ExitStack) -> None:
    admission = Admission(2, 5, 10)
    places = crowd(stack, admission, 4)
    assert [list(admission.ahead(place)) for place in places[:2]] == [[], []]
    assert [next(admission.ahead(place)) for place in places[2:]] == [0, 1]
    assert admission.waiting == 2


def test_whoever_waits_is_next_when_somebody_leaves() -> None:
    admission = Admission(1, 5, 10, look=30)
    order: list[str] = []

    def ask(person: str) -> None:
        with admission.place(person, "192.0.2.1") as place:
            list(admission.ahead(place))
            order.append(person)

    with admission.place("first", "192.0.2.9"):
        threads = []
        for person in ("second", "third"):
            threads.append(Thread(target=ask, args=(person,)))
            threads[-1].start()
            while admission.waiting < len(threads):
                pass
        assert order == []
    for thread in threads:
        thread.join()
    assert order == ["second", "third"]


def test_when_too_many_wait_the_next_one_is_asked_to_come_back_and_let_in_once_somebody_has_left() -> None:
    admission = Admission(1, 2, 10)
    with ExitStack() as stack:
        crowd(stack, admission, 3)
        with pytest.raises(Crowded) as refusal, admission.place("late", "198.51.100.7"):
            pass
        assert refusal.value.seconds > 0
        assert "Ihre Frage steht noch im Feld" in refusal.value.localised("de")
    with admission.place("late", "198.51.100.7"):
        assert admission.waiting == 0


def test_one_address_cannot_take_all_the_waiting_places(stack: ExitStack) -> None:
    admission = Admission(1, 8, 10)
    crowd(stack, admission, 7, "203.0.113.5")
    with pytest.raises(Crowded), admission.place("p7", "203.0.113.5"):
        pass
    stack.enter_context(admission.place("somebody", "198.51.100.7"))


def test_one_person_asks_so_often_a_minute_and_then_again_when_the_minute_is_over() -> None:
    clock = Clock()
    admission = Admission(1, 2, 3, clock)
    for _ in range(3):
        with admission.place("ana", "192.0.2.1"):
            clock.now += 5
    with pytest.raises(TooOften) as refusal, admission.place("ana", "192.0.2.1"):
        pass
    assert refusal.value.seconds == 45
    with admission.place("ben", "192.0.2.1"):
        pass
    clock.now += 45
    with admission.place("ana", "192.0.2.1"):
        pass


def test_one_person_holds_three_places_at_most(stack: ExitStack) -> None:
    admission = Admission(1, 20, 100)
    for _ in range(3):
        stack.enter_context(admission.place("ana", "192.0.2.1"))
    with pytest.raises(TooOften), admission.place("ana", "192.0.2.1"):
        pass


def test_fifty_people_behind_one_address_who_ask_every_twenty_seconds_are_never_refused() -> None:
    clock = Clock()
    admission = Admission(4, 60, 12, clock)
    with ExitStack() as slow:
        crowd(slow, admission, 4)  # others keep the machine busy all the time
        for _ in range(15):
            for person in range(50):
                clock.now += 20 / 50
                with admission.place(f"visitor {person}", "203.0.113.5"):
                    pass


def test_one_address_that_floods_with_ever_new_sessions_is_held_only_while_others_wait() -> None:
    clock = Clock()
    admission = Admission(1, 10, 2, clock)
    for number in range(100):
        with admission.place(f"session {number}", "203.0.113.5"):
            pass
    with admission.place("somebody", "198.51.100.7"):
        with pytest.raises(TooOften, match="from your network"), admission.place("session", "203.0.113.5"):
            pass
        with admission.place("somebody else", "198.51.100.8"):
            pass


def test_turns_go_round_by_address_so_that_a_flood_waits_behind_all_others(stack: ExitStack) -> None:
    admission = Admission(2, 40, 10)
    flood = crowd(stack, admission, 20, "203.0.113.5")
    assert [list(admission.ahead(place)) for place in flood[:2]] == [[], []]
    others = [stack.enter_context(admission.place(f"somebody {n}", f"198.51.100.{n}")) for n in range(3)]
    assert [next(admission.ahead(place)) for place in [*others, flood[2]]] == [0, 1, 2, 3]


def test_people_behind_one_address_get_every_other_turn_beside_a_flood_from_another(stack: ExitStack) -> None:
    admission = Admission(1, 60, 10)
    crowd(stack, admission, 20, "203.0.113.5")
    fair = [stack.enter_context(admission.place(f"visitor {n}", "192.0.2.1")) for n in range(5)]
    assert [next(admission.ahead(place)) for place in fair] == [0, 2, 4, 6, 8]


def test_who_was_answered_before_a_flood_from_the_same_address_does_not_wait_behind_it(stack: ExitStack) -> None:
    clock = Clock()
    admission = Admission(1, 40, 1000, clock)
    home = "203.0.113.7"
    with admission.place("neighbour", home) as place:
        list(admission.ahead(place))
    flood = crowd(stack, admission, 20, home)
    list(admission.ahead(flood[0]))
    neighbour = stack.enter_context(admission.place("neighbour", home))
    assert next(admission.ahead(neighbour)) == 0
    assert next(admission.ahead(flood[1])) == 1
    elsewhere = stack.enter_context(admission.place("other", "198.51.100.1"))
    assert next(admission.ahead(elsewhere)) == 0, "the other addresses have their turns as before"
    clock.now += 601
    late = stack.enter_context(admission.place("neighbour", home))
    assert next(admission.ahead(late)) == 21, "long ago is not remembered"


def test_a_flood_becomes_known_at_its_address_by_a_few_sessions_only_and_pushes_nobody_out() -> None:
    admission = Admission(1, 100, 1000)
    home = "203.0.113.7"
    for person in ("neighbour", *(f"flood-{number}" for number in range(50))):
        with admission.place(person, home) as place:
            list(admission.ahead(place))
    with ExitStack() as stack:
        waiting = [stack.enter_context(admission.place(f"flood-{number}", home)) for number in range(50)]
        assert sum(place.known for place in waiting) == 19
        assert stack.enter_context(admission.place("neighbour", home)).known


def test_who_is_known_finds_a_place_at_an_address_whose_share_a_flood_has_taken(stack: ExitStack) -> None:
    admission = Admission(1, 8, 1000)
    home = "203.0.113.7"
    with admission.place("neighbour", home) as place:
        list(admission.ahead(place))
    crowd(stack, admission, 7, home)
    with pytest.raises(Crowded):
        stack.enter_context(admission.place("stranger", home))
    stack.enter_context(admission.place("neighbour", home))


def test_places_are_full_with_all_that_ask_also_before_they_have_one() -> None:
    admission = Admission(2, 4, 10)
    flood = [(f"s{number}", "192.0.2.7") for number in range(5)]
    assert not admission.full("new", "192.0.2.7", flood[:4])
    assert admission.full("new", "192.0.2.7", flood)
    assert not admission.full("new", "198.51.100.7", flood)
    assert admission.full("new", "198.51.100.7", [*flood, ("other", "198.51.100.8")])


def test_as_long_as_nobody_waits_no_address_is_full() -> None:
    admission = Admission(4, 0, 10)
    assert not admission.full("new", "192.0.2.7", [(f"s{number}", "192.0.2.7") for number in range(3)])


def test_who_is_known_is_not_full_of_a_flood_at_the_same_address() -> None:
    admission = Admission(2, 8, 10)
    with admission.place("before", "192.0.2.7") as place:
        list(admission.ahead(place))
    flood = [(f"s{number}", "192.0.2.7") for number in range(8)]
    assert admission.full("new", "192.0.2.7", flood)
    assert not admission.full("before", "192.0.2.7", flood)


def test_a_household_of_ipv6_is_one_address() -> None:
    gate = sending(Clock())
    for number in range(5):
        gate.admit(f"2001:db8:1:2::{number}")
    with pytest.raises(ComeBack):
        gate.admit("2001:db8:1:2:ffff::1")
    gate.admit("2001:db8:1:3::1")


def test_what_is_out_of_date_is_forgotten() -> None:
    clock = Clock()
    pace = RateLimit(3, 60, clock)
    for number in range(1000):
        pace.count(str(number))
    clock.now += 60
    assert pace.wait("0") == 0
    assert not pace._came
    assert not pace._counts
