"""Comparisons and plans, made once: who takes one along as a file, or reads it again, does not wait anew."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date
from functools import lru_cache

from fastapi import Request

from assistant.app import App
from assistant.market.comparison import Comparison, compare
from assistant.market.plan import Plan, plan
from assistant.understand.questions import Profile, Question
from corpus.documents import Reader
from index.search import Filters
from pages.shared.access import address_of
from pages.shared.turns import AT_ONCE, PATIENCE, Turns

_KEPT = 64


class ResultCache:
    """What was made last, as long as the library and the day are the same."""

    def __init__(self, app: App, at_once: int = AT_ONCE, patience: float = PATIENCE) -> None:
        self._app = app
        self._turns = Turns(at_once, patience)
        self._comparison = lru_cache(_KEPT)(self._compare)
        self._plan = lru_cache(_KEPT)(self._make_plan)

    def comparison(
        self, question: str, markets: Sequence[str], product: str, language: str, reader: Reader
    ) -> Comparison:
        """See `assistant.market.comparison.compare`.

        Raises:
            TooBusy: others were there first; it can be tried again.
        """
        profile = Profile(product=product)
        asked = Question(question, filters=Filters(reader=reader), language=language, profile=profile)
        return self._comparison(asked, tuple(markets), self._app.search.state, date.today())

    def plan(self, profile: Profile, language: str, reader: Reader) -> Plan:
        """See `assistant.market.plan.plan`.

        Raises:
            TooBusy: as above.
        """
        return self._plan(profile, language, reader, self._app.search.state, date.today())

    def turn(self) -> AbstractContextManager[None]:
        """One of the few turns at a time.

        Raises:
            TooBusy: none has become free, or too many wait for one.
        """
        return self._turns.turn()

    def _compare(self, asked: Question, markets: tuple[str, ...], _state: tuple[int, str], _today: date) -> Comparison:
        with self.turn():
            return compare(asked, markets, self._app.fact_writer(), self._app.vocabulary)

    def _make_plan(self, profile: Profile, language: str, reader: Reader, _state: tuple[int, str], today: date) -> Plan:
        with self.turn():
            return plan(profile, language, self._app.fact_writer(), self._app.vocabulary, reader=reader, today=today)


def made_of(request: Request) -> ResultCache:
    """What the site of a request has made, for whoever asks no more often than they may.

    Raises:
        TooOften: they do.
    """
    request.app.state.making.admit(address_of(request))
    made: ResultCache = request.app.state.made
    return made
