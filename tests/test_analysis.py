"""Lexical tokens."""

from __future__ import annotations

import pytest

from index.analysis import tokens


@pytest.mark.parametrize("written", ["510(k)", "510 (k)", "510k", "510K"])
def test_a_510k_is_one_token_however_it_is_written(written: str) -> None:
    assert tokens(f"the {written} fee", "en") == ["the", "510k", "fee"]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("devices approved", "en", ["devic", "approv"]),
        ("Évaluations médicales", "fr", tokens("evaluation medical", "fr")),
        ("USD 26,067 and 43.5 %", "en", ["usd", "26067", "and", "43.5"]),
        ("诊断试剂", "zh", ["诊断", "断试", "试剂"]),
        ("承認", "ja", ["承認"]),
        ("", "en", []),
        ("!!! … ☂", "en", []),
    ],
)
def test_tokens(text: str, language: str, expected: list[str]) -> None:
    assert tokens(text, language) == expected
