"""What the chat model costs, month by month, and a chat model that ends when that is enough.

Costs are the tokens that the provider has counted, times the prices in the settings. A call that was not counted, since
it broke off or was left early, is estimated by its characters, rather too high than too low.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from sqlalchemy import Column, Float, MetaData, String, Table, select

from assistant.model.chat_model import ChatModel, ModelUnavailable, Usage
from corpus.store import Place, Store, StoreUnavailable, upsert

MIGRATIONS = Path(__file__).parent / "migrations"

_months = Table(
    "months",
    MetaData(),
    Column("month", String, primary_key=True),  # as 2026-11
    Column("counted", Float, nullable=False),
    Column("estimated", Float, nullable=False),
)

_log = logging.getLogger(__name__)

_MEND = "answers are quotations meanwhile: move it to another folder, and the month is counted anew"
_CHARACTERS = 3  # of a token in our languages, at least
_MILLION = 1_000_000


class BudgetSpent(ModelUnavailable):
    """What may be spent on the chat model in this month is spent."""

    notice = "model_budget_spent"


@dataclass(frozen=True)
class Spent:
    """What a month has cost so far, in the currency of the prices: by the provider's count, and by our estimate."""

    counted: float = 0.0
    estimated: float = 0.0

    @property
    def whole(self) -> float:
        """Both together."""
        return self.counted + self.estimated


@dataclass
class Budget:
    """The costs of an installation, in one store that several processes may use at once.

    Raises:
        StoreUnavailable: from every method, when the store cannot be read or written.
    """

    place: Place
    prices: tuple[float, float]  # of a million tokens read, and written
    a_month: float | None = None  # None: without an end
    today: Callable[[], date] = date.today

    @cached_property
    def store(self) -> Store:
        """The store, brought to the newest schema."""
        return Store(self.place, MIGRATIONS, mend=_MEND)

    def close(self) -> None:
        """Give the store's connections back, where it was opened."""
        if "store" in vars(self):
            self.store.close()

    def __str__(self) -> str:
        spent = self.spent()
        end = "no budget is set" if self.a_month is None else f"{self.a_month:.2f} may be"
        return f"{spent.whole:.2f} spent this month, {spent.estimated:.2f} of it estimated; {end}"

    @property
    def used_up(self) -> bool:
        """Whether this month's budget is spent."""
        return self.a_month is not None and self.spent().whole >= self.a_month

    def spent(self) -> Spent:
        """What this month has cost."""
        with self.store.reading() as connection:
            row = connection.execute(select(_months).where(_months.c.month == self._month)).one_or_none()
        return Spent(row.counted, row.estimated) if row else Spent()

    def add(self, tokens_in: float, tokens_out: float, *, estimated: bool) -> None:
        """Count a call."""
        read, written = self.prices
        cost = (tokens_in * read + tokens_out * written) / _MILLION
        column = _months.c.estimated if estimated else _months.c.counted
        row = {"month": self._month, "counted": 0.0, "estimated": 0.0} | {column.name: cost}
        more = {column.name: column + cost}
        with self.store.writing() as connection:
            counted = upsert(connection, _months).on_conflict_do_update(index_elements=["month"], set_=more)
            connection.execute(counted, row)

    @property
    def _month(self) -> str:
        return self.today().strftime("%Y-%m")


class WithinBudget:
    """Another chat model, whose calls are paid from a budget."""

    def __init__(self, model: ChatModel, budget: Budget) -> None:
        self._model = model
        self._budget = budget

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        """What the model gives.

        Raises:
            BudgetSpent: there is nothing left; the model is not asked.
        """
        if self._used_up():
            raise BudgetSpent("The budget of the chat model (MARKET_ENTRY_CHAT_BUDGET) is spent for this month.")
        usage, written, failed = Usage(), 0, False
        try:
            for piece in self._model.stream(prompt):
                if isinstance(piece, Usage):
                    usage += piece
                else:
                    written += len(piece)
                yield piece
        except ModelUnavailable:
            failed = not written  # nothing came, and nothing is paid
            raise
        finally:
            if usage.counted:
                self._count(usage.tokens_in, usage.tokens_out, estimated=False)
            elif usage.calls and not failed:
                self._count(len(prompt) / _CHARACTERS, written / _CHARACTERS, estimated=True)

    def _used_up(self) -> bool:
        """Whether there is nothing left; where that cannot be read, the model is not asked either."""
        try:
            return self._budget.used_up
        except StoreUnavailable as error:
            raise ModelUnavailable(str(error)) from error

    def _count(self, tokens_in: float, tokens_out: float, *, estimated: bool) -> None:
        """Count a call whose text is written; that it cannot be counted must not take the text away."""
        try:
            self._budget.add(tokens_in, tokens_out, estimated=estimated)
        except StoreUnavailable as error:
            _log.warning("a call of the chat model is not in the budget: %s", error)
