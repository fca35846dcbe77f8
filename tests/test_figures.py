"""Figures, dates and denials across languages."""

from __future__ import annotations

import pytest

from assistant.figures import denies, figures


@pytest.mark.parametrize("written", ["26,067", "26.067", "26 067", "26\u00a0067", "26'067"])
def test_thousands_are_one_figure_however_they_are_parted(written: str) -> None:
    assert figures(f"USD {written} a year") == {"26067"}


@pytest.mark.parametrize("written", ["43.5 %", "43,5 %", "43,5 per cent"])
def test_a_decimal_comma_is_a_decimal_point(written: str) -> None:
    assert figures(written) == {"43.5"}


@pytest.mark.parametrize(
    "written",
    [
        *("2 February 2026", "February 2, 2026", "2. Februar 2026", "2 février 2026", "2 de febrero de 2026"),
        *("2 febbraio 2026", "2 de febrer de 2026", "2026-02-02"),
    ],
)
def test_a_date_is_one_in_any_language(written: str) -> None:
    assert figures(f"since {written}") == {"2026-02-02", "2026-02", "2026"}


def test_the_month_of_a_date_stands_in_the_date() -> None:
    assert figures("Feb 2026") <= figures("2 February 2026")
    assert not figures("Mar 2026") <= figures("2 February 2026")


@pytest.mark.parametrize("written", ["two years", "zwei Jahre", "deux ans", "due anni", "dos años", "2 anys"])
def test_small_numbers_in_words_are_figures(written: str) -> None:
    assert figures(written) == {"2"}


@pytest.mark.parametrize("written", ["class II", "Klasse II", "classe II", "clase II"])
def test_a_class_is_a_figure(written: str) -> None:
    assert figures(written) == {"class ii"}


@pytest.mark.parametrize(
    "text", ["It does not expire.", "Es gibt keine Frist.", "Non scade mai.", "sense taxa", "N'expire pas"]
)
def test_denials_are_seen(text: str) -> None:
    assert denies(text)


@pytest.mark.parametrize("text", ["It expires.", "Es gibt eine Frist.", "Scade.", "amb taxa", "Note the notice."])
def test_plain_sentences_deny_nothing(text: str) -> None:
    assert not denies(text)
