"""Who is answered now, who waits, and who is asked to come back: nobody hangs, and nobody takes all places.

A person is known by the session of the page, a household by its network address. Both stay in memory, for ten minutes
at most, and are never written anywhere. People at a fair share one address, so an address is held to anything only
while others have to wait. A session is whatever the browser says, so among those who wait turns go round by address:
whoever floods with new sessions waits behind all others. A program that asks for many people is known by its key, whose
own pace is held where the key is read. At the flooding address itself a few sessions that were
answered before come first, so that who was there before the flood does not wait behind it.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

from assistant.accounts.attempts import network_of
from assistant.app import App
from assistant.texts import ComeBack
from pages.shared.rate_limit import RateLimit, TooOften

_QUOTED_AT_ONCE, _WRITTEN_AT_ONCE = 4, 16  # questions; a chat model's answer mostly waits for its provider
_A_MINUTE = 60.0
BACK_IN = _A_MINUTE / 4  # seconds, for who finds no place
_OF_ONE_PERSON = 3  # places: one that is answered, one that waits, one that takes the other's place
_OF_ONE_ADDRESS = 0.75  # of the waiting places
_PERSONS = 20  # asking as fast as they may behind one address, while others wait; so many are remembered there, too
_REMEMBERED = 10 * _A_MINUTE  # that somebody was answered
_ADDRESSES = 1_000  # of which somebody is remembered
_A_LOOK = 5.0  # seconds between two looks of who waits: each costs the server 10 ms, and their turn comes without one


def admission(app: App) -> Admission:
    """Who is let in to ask, by the chat and by programs alike."""
    at_once = _WRITTEN_AT_ONCE if app.chat else _QUOTED_AT_ONCE
    return Admission(at_once, app.settings.waiting_at_most, app.settings.questions_a_minute)


class Crowded(ComeBack):
    """More people wait than can be answered in a time that they would wait."""


@dataclass(eq=False)
class Place:
    """Somebody's place: it waits until it is among the first."""

    person: str
    network: str
    known: bool = False  # somebody of that session was answered at that address before
    program: bool = False  # it asks for many people, at a pace of its own
    answered: bool = False


class Admission:
    """So many at once, so many waiting, and of one person so many a minute."""

    def __init__(
        self,
        at_once: int,
        waiting: int,
        a_minute: int,
        now: Callable[[], float] = time.monotonic,
        *,
        look: float = _A_LOOK,
    ) -> None:
        self.at_once = at_once
        self._most = at_once + waiting
        self._of_one_address = at_once + int(waiting * _OF_ONE_ADDRESS)
        self._persons = RateLimit(a_minute, _A_MINUTE, now)
        self._networks = RateLimit(_PERSONS * a_minute, _A_MINUTE, now)
        self._places: deque[Place] = deque()
        self._now = now
        self._known: dict[str, dict[str, float]] = {}  # of an address, who was answered last when
        self._changed = Condition()
        self._look = look

    @property
    def waiting(self) -> int:
        """How many wait just now."""
        return max(len(self._places) - self.at_once, 0)

    @property
    def most(self) -> int:
        """How many there can be, those who wait among them."""
        return self._most

    def full(self, person: str, network: str, asking: Sequence[tuple[str, str]]) -> bool:
        """Whether there is no place for a question more beside these, of each of which person and network are given.

        It counts those, too, that are on their way to a place, so that a question can be refused before it costs much.
        """
        with self._changed:
            known = self._remembered(network)
            return self._full(network, person in known, [(where, who in known) for who, where in asking])

    @contextmanager
    def place(self, person: str, address: str, *, program: bool = False) -> Iterator[Place]:
        """A place in the line, given back at the end of the block; see `ahead` for when its turn comes.

        A `program` is held to the share of its address alone.

        Raises:
            TooOften: this person, or while others wait this address, asks more often than it may.
            Crowded: there is no place left.
        """
        network = network_of(address)
        with self._changed:
            place = Place(person, network, known=person in self._remembered(network), program=program)
            self._refuse(place)
            if not program:
                self._persons.count(place.person)
                self._networks.count(place.network)
            self._places.append(place)
        try:
            yield place
        finally:
            with self._changed:
                self._places.remove(place)
                if place.answered:
                    self._remember(place)
                self._changed.notify_all()

    def ahead(self, place: Place) -> Iterator[int]:
        """How many are before those who are answered next, from time to time until it is this one's turn."""
        while True:
            with self._changed:
                ahead = self._ahead(place)
                place.answered = ahead < 0
            if ahead < 0:
                return
            yield ahead
            with self._changed:
                self._changed.wait_for(lambda: self._ahead(place) < 0, self._look)

    def _ahead(self, place: Place) -> int:
        """Below 0 when it is among those that are answered at once."""
        return self._in_turn().index(place) - self.at_once

    def _in_turn(self) -> list[Place]:
        """Those that are answered, then all others: of each address the first, of each the second, and so on.

        At each address, those who are known come first.
        """
        before: Counter[str] = Counter()
        turns: list[tuple[bool, int, Place]] = []
        for place in sorted(self._places, key=lambda one: (not one.answered, not one.known)):
            turns.append((not place.answered, before[place.network], place))
            before[place.network] += 1
        return [place for *_, place in sorted(turns, key=lambda turn: turn[:2])]

    def _refuse(self, place: Place) -> None:
        if not place.program:
            self._refuse_person(place)
        if self._full(place.network, place.known, [(one.network, one.known) for one in self._places]):
            raise Crowded("too_crowded", BACK_IN)

    def _refuse_person(self, place: Place) -> None:
        wait = self._persons.wait(place.person)
        if wait or sum(one.person == place.person for one in self._places) >= _OF_ONE_PERSON:
            raise TooOften("asked_too_often", wait or self._look)
        wait = self._networks.wait(place.network)
        if wait and not place.known and len(self._places) >= self.at_once:
            raise TooOften("asked_too_often_here", wait)

    def _full(self, network: str, known: bool, others: list[tuple[str, bool]]) -> bool:
        """An address is held to its share of the places only while others have to wait."""
        if len(others) >= self._most:
            return True
        return len(others) >= self.at_once and others.count((network, known)) >= self._of_one_address

    def _remembered(self, network: str) -> dict[str, float]:
        """Who was answered at an address not long ago, and when."""
        late = self._now() - _REMEMBERED
        known = {person: last for person, last in self._known.get(network, {}).items() if last > late}
        if known:
            self._known[network] = known
        else:
            self._known.pop(network, None)
        return known

    def _remember(self, place: Place) -> None:
        """Keep in mind that somebody was answered, unless there are enough at the address that were before."""
        known = self._remembered(place.network)
        if place.person in known or len(known) < _PERSONS:
            self._known.pop(place.network, None)  # to the end of the line
            self._known[place.network] = known | {place.person: self._now()}
        while len(self._known) > _ADDRESSES:
            del self._known[next(iter(self._known))]
