"""Lexical tokens."""

from __future__ import annotations

import pytest

from index.analysis import tokens


@pytest.mark.parametrize("written", ["510(k)", "510 (k)", "510k", "510K"])
def test_a_510k_is_one_token_however_it_is_written(written: str) -> None:
    assert tokens(f"the {written} fee", "en") == ["the", "510k", "fee"]


@pytest.mark.parametrize(
    ("written", "asked"), [("RDC 751/2022", "RDC751"), ("ISO 13485:2016", "iso13485"), ("G0552", "G 0552")]
)
def test_a_law_or_a_form_shares_a_token_with_its_number_however_it_is_written(written: str, asked: str) -> None:
    assert set(tokens(written, "en")) & set(tokens(asked, "en"))


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("devices approved", "en", ["devic", "approv"]),
        ("Évaluations médicales", "fr", tokens("evaluation medical", "fr")),
        ("26,067 and 43.5 %", "en", ["26067", "and", "43.5"]),
        ("诊断试剂", "zh", ["诊断", "断试", "试剂"]),
        ("承認", "ja", ["承認"]),
        ("", "en", []),
        ("!!! … ☂", "en", []),
    ],
)
def test_tokens(text: str, language: str, expected: list[str]) -> None:
    assert tokens(text, language) == expected
