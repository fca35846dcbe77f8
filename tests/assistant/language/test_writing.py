"""Names as they stand by themselves."""

from __future__ import annotations

import pytest

from assistant.language.writing import alone, bare


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("the USA", "USA"),
        ("l'Australie", "Australie"),
        ("un logiciel ou une IA", "Logiciel ou IA"),
        ("els Estats Units", "Estats Units"),
        ("das Vereinigte Königreich", "Vereinigtes Königreich"),
        ("die Vereinigten Staaten", "Vereinigte Staaten"),
        ("eine Zell- oder Gentherapie", "Zell- oder Gentherapie"),
        ("Japan", "Japan"),
    ],
)
def test_a_name_that_stands_by_itself_has_no_article(name: str, shown: str) -> None:
    assert alone(name) == shown


def test_within_a_title_a_name_keeps_its_small_letter() -> None:
    assert bare("un dispositif médical") == "dispositif médical"
