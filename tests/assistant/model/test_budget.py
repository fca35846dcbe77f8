"""What the chat model costs, and what happens when the month's budget is spent."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import pytest

from assistant.answers import ClaimKind
from assistant.app import App, open_app
from assistant.model.budget import Budget, BudgetSpent, Spent, WithinBudget
from assistant.model.chat_model import ModelUnavailable, Usage
from assistant.settings import BadSettings, Settings, read_settings
from assistant.texts import say
from assistant.understand.questions import Question
from corpus.vocabulary import LANGUAGES
from tests.chat_server import QUESTION, TRUE, ChatHandler, serve


class PricedHandler(ChatHandler):
    """A provider that counts as this test wants."""

    asked: ClassVar[list[dict[str, Any]]] = []
    reply: ClassVar[str] = f"{TRUE} [KEY]\n"
    usage: ClassVar[dict[str, int]] = {"prompt_tokens": 4000, "completion_tokens": 500, "total_tokens": 4500}


@pytest.fixture
def url() -> Iterator[str]:
    PricedHandler.mode = "good"
    PricedHandler.asked.clear()
    yield from serve(PricedHandler)


@pytest.fixture
def home(shipped_as_built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped_as_built, tmp_path / "home"))


def opened(home: Path, url: str, budget: float) -> App:
    return open_app(
        Settings(
            home=home,
            chat_model="m",
            chat_url=url,
            chat_seconds=60,
            chat_price_in=2.5,
            chat_price_out=10,
            chat_budget=budget,
        )
    )


def test_costs_are_counted_kept_over_a_restart_and_end_in_quotations_that_say_so(home: Path, url: str) -> None:
    app = opened(home, url, budget=0.03)
    assert [app.assistant.answer(Question(QUESTION)).claims[0].kind for _ in range(2)] == [ClaimKind.STATEMENT] * 2
    app.close()
    again = opened(home, url, budget=0.03)
    assert again.chat is not None
    assert again.chat.budget is not None
    assert again.chat.budget.spent().counted == pytest.approx(2 * (4000 * 2.5 + 500 * 10) / 1_000_000)
    asked = len(PricedHandler.asked)
    quoted = again.assistant.answer(Question(QUESTION))
    assert len(PricedHandler.asked) == asked
    assert quoted.notice == say("en", "model_budget_spent")
    assert quoted.claims
    assert {claim.kind for claim in quoted.claims} <= {ClaimKind.ANSWER, ClaimKind.QUOTATION}
    assert not again.chat.circuit.open
    again.close()


def test_every_language_says_that_the_budget_is_spent() -> None:
    assert len({say(language, "model_budget_spent") for language in LANGUAGES}) == len(LANGUAGES)


class Uncounted:
    """A model whose provider counts nothing."""

    def __init__(self, *pieces: str, fails: bool = False) -> None:
        self._pieces = pieces
        self._fails = fails

    def stream(self, prompt: str) -> Iterator[str | Usage]:
        yield Usage(calls=1)
        yield from self._pieces
        if self._fails:
            raise ModelUnavailable(prompt)


@pytest.fixture
def budget(tmp_path: Path) -> Iterator[Budget]:
    budget = Budget(tmp_path / "budget.sqlite", (3.0, 30.0), 1.0, lambda: date(2026, 11, 30))
    yield budget
    budget.close()


def test_a_call_that_nobody_counted_is_estimated_and_said_to_be(budget: Budget) -> None:
    list(WithinBudget(Uncounted("x" * 300, "y" * 300), budget).stream("p" * 3000))
    assert budget.spent().counted == 0
    assert budget.spent().estimated == pytest.approx((1000 * 3 + 200 * 30) / 1_000_000)
    assert "0.01 of it estimated" in str(budget)


def test_a_call_that_is_left_early_is_estimated_by_what_had_come(budget: Budget) -> None:
    stream = WithinBudget(Uncounted("x" * 300, "y" * 300), budget).stream("p" * 3000)
    next(stream)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert budget.spent().estimated == pytest.approx((1000 * 3 + 100 * 30) / 1_000_000)


def test_a_provider_that_gave_nothing_costs_nothing_and_one_that_broke_off_costs_something(budget: Budget) -> None:
    with pytest.raises(ModelUnavailable):
        list(WithinBudget(Uncounted(fails=True), budget).stream("p" * 3000))
    assert budget.spent() == Spent()
    with pytest.raises(ModelUnavailable):
        list(WithinBudget(Uncounted("x" * 300, fails=True), budget).stream("p" * 3000))
    assert budget.spent().estimated > 0


def test_with_a_new_month_there_is_a_new_budget(budget: Budget) -> None:
    budget.add(1_000_000, 0, estimated=False)
    with pytest.raises(BudgetSpent):
        next(WithinBudget(Uncounted("x"), budget).stream("p"))
    budget.today = lambda: date(2026, 12, 1)
    assert list(WithinBudget(Uncounted("x"), budget).stream("p"))


def test_without_a_budget_costs_are_told_and_nothing_ends(tmp_path: Path) -> None:
    endless = Budget(tmp_path / "budget.sqlite", (3.0, 30.0))
    endless.add(10_000_000, 0, estimated=False)
    assert list(WithinBudget(Uncounted("x"), endless).stream("p"))
    assert str(endless).startswith("30.00 spent this month")
    endless.close()


def test_a_budget_that_cannot_be_read_leaves_the_model_alone(tmp_path: Path) -> None:
    (tmp_path / "budget.sqlite").write_bytes(b"no database" * 100)
    broken = Budget(tmp_path / "budget.sqlite", (3.0, 30.0), 1.0)
    with pytest.raises(ModelUnavailable, match=r"budget\.sqlite is damaged .* counted anew"):
        next(WithinBudget(Uncounted("x"), broken).stream("p"))


def test_a_budget_without_prices_is_refused_with_the_settings_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET_ENTRY_CHAT_BUDGET", "50")
    with pytest.raises(BadSettings, match="MARKET_ENTRY_CHAT_PRICE_IN and _OUT"):
        read_settings()
