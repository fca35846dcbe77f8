"""The language that a browser asks for."""

from __future__ import annotations

import pytest

from pages.shared.language import preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("ja-JP,ja;q=0.9,ca;q=0.8,en;q=0.7", "ca"),
        ("en;q=0.5, fr;q=0.9", "fr"),
        ("IT", "it"),
        ("fr;q=0, es", "es"),
        ("*", "en"),
        ("ja", "en"),
        ("", "en"),
        ("de;q=many,;,;;q=", "en"),
    ],
)
def test_the_first_of_our_languages_by_weight_and_english_where_there_is_none(header: str, language: str) -> None:
    assert preferred(header) == language
