"""Which terms of the vocabulary a text names."""

from __future__ import annotations

import pytest

from corpus.mentions import mentioned, replaced
from corpus.vocabulary import vocabulary

MARKETS = vocabulary().markets


def test_names_are_taken_out_with_all_their_aliases() -> None:
    assert replaced("the PMDA in Japan", [MARKETS["japan"]]) == "the in"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("regulado en brasil", "regulado en Japan"),
        ("¿Autorización en EE. UU.?", "¿Autorización en Japan?"),
        ("Vendre a Austràlia o al Canadà", "Vendre a Japan o al Japan"),
        ("我们在中国需要代理人吗", "我们在Japan需要代理人吗"),
        ("bring us to them", "bring us to them"),
    ],
)
def test_another_name_stands_in_the_place_of_names_however_they_are_written(text: str, expected: str) -> None:
    assert replaced(text, MARKETS.values(), "Japan") == expected


def test_a_name_within_a_longer_one_of_another_term_is_none() -> None:
    markets = vocabulary().markets
    assert mentioned("Our product goes to British Columbia.", markets) == {"canada"}
    assert mentioned("A British firm goes to British Columbia.", markets) == {"canada", "united-kingdom"}
