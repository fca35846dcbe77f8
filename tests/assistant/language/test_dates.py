"""Days and months as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.language.dates import dated


@pytest.mark.parametrize(
    ("language", "day", "first", "month"),
    [
        ("en", "30 September 2026", "1 October 2026", "June 2026"),
        ("ca", "30 de setembre de 2026", "1 d'octubre de 2026", "juny de 2026"),
        ("es", "30 de septiembre de 2026", "1 de octubre de 2026", "junio de 2026"),
        ("fr", "30 septembre 2026", "1er octobre 2026", "juin 2026"),
        ("it", "30 settembre 2026", "1º ottobre 2026", "giugno 2026"),
        ("de", "30. September 2026", "1. Oktober 2026", "Juni 2026"),
    ],
)
def test_a_date_is_written_as_in_the_language_and_as_exactly_as_it_is_known(
    language: str, day: str, first: str, month: str
) -> None:
    assert dated(language, date(2026, 9, 30)) == day
    assert dated(language, "2026-10-01") == first
    assert dated(language, "2026-06") == month
    assert dated(language, "2026") == "2026"
    assert dated(language, "undated") not in ("", "undated" if language != "en" else "")
    assert [dated(language, none) for none in ("spring", "2026-13", "２０２６-01")] == [
        "spring",
        "2026-13",
        "２０２６-01",
    ]
