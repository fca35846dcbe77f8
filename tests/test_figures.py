"""Figures and dates in one form, whatever the language."""

from __future__ import annotations

import pytest

from assistant.figures import figures


def said(text: str, language: str = "en") -> set[str]:
    return set(figures(text, language).said)


@pytest.mark.parametrize(("text", "language"), [("26,067", "en"), ("26.067", "de"), ("26 067", "fr"), ("26'067", "de")])
def test_thousands_are_one_figure_however_they_are_separated(text: str, language: str) -> None:
    assert said(f"USD {text}", language) == {"26067"}


@pytest.mark.parametrize("text", ["43.5 %", "43,5 %", "43.5 per cent"])
def test_decimals_are_one_figure_however_they_are_written(text: str) -> None:
    assert said(text) == {"43.5"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("since 2 February 2026", "en"),
        ("seit dem 2. Februar 2026", "de"),
        ("depuis le 2 février 2026", "fr"),
        ("dal 2 febbraio 2026", "it"),
        ("desde el 2 de febrero de 2026", "es"),
        ("des del 2 de febrer de 2026", "ca"),
        ("2026-02-02", "en"),
    ],
)
def test_a_date_is_one_figure_in_every_language(text: str, language: str) -> None:
    assert said(text, language) == {"2026-02-02"}


def test_a_month_stands_where_its_day_does() -> None:
    assert figures("February 2026", "en").stand_in(figures("2 February 2026", "en"))
    assert not figures("2 February 2026", "en").stand_in(figures("February 2026", "en"))


def test_what_a_number_counts_belongs_to_it() -> None:
    assert figures("12 Monate", "de").stand_in(figures("12 months", "en"))
    assert not figures("12 Jahre", "de").stand_in(figures("12 months", "en"))


def test_millions_are_multiplied_out() -> None:
    assert figures("2,5 Millionen Euro", "de").stand_in(figures("EUR 2.5 million", "en"))
    assert not figures("2,5 Milliarden Euro", "de").stand_in(figures("EUR 2.5 million", "en"))


@pytest.mark.parametrize(("text", "language"), [("class II", "en"), ("Klasse II", "de"), ("classe II", "fr")])
def test_classes_count_as_figures(text: str, language: str) -> None:
    assert "class ii" in said(text, language)
