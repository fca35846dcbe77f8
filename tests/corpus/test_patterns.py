"""Lists of words, joined into one pattern, and which of them fired."""

from __future__ import annotations

import re
from itertools import product

import pytest

from corpus.patterns import any_of, read_words

DRAFTING = [[["can", "could"], " you ... ", ["draft", "write"]], r"contra[ck]t\w*"]


@pytest.mark.parametrize(
    ("text", "fired"),
    [
        ("could you please write a contract", ("could you ... write", r"contra[ck]t\w*")),
        ("can you draft and write", ("can you ... draft", "can you ... write")),
        ("contrakte", (r"contra[ck]t\w*",)),
        ("subcontract, or a scandal: can youth write", ()),
    ],
)
def test_the_words_that_a_text_has_are_named_with_their_steps_put_together(text: str, fired: tuple[str, ...]) -> None:
    assert read_words(DRAFTING).fired(text) == fired


def test_a_joined_pattern_fits_where_any_of_its_words_does() -> None:
    words = read_words({"words": [*DRAFTING, "费用"], "parts": [r"-nos\b", [[r"\$", "eur"], r"\s?\d"]]})
    pieces = ("can", "could", " you", " write", "contract", "费用", "-nos", "$ ", "eur", "3", "x", " ")
    for text in map("".join, product(pieces, repeat=3)):
        assert words.search(text) == bool(words.fired(text)), text


def test_words_stand_between_borders_of_words_and_parts_anywhere() -> None:
    assert not read_words(["fee"]).search("coffee")
    assert read_words({"parts": ["fee"]}).search("coffee")
    assert read_words(["费用"]).search("注册费用是多少")


def test_only_words_fit_a_text_that_has_nothing_else() -> None:
    words = read_words({"only": ["hello", "thanks?( you)?"]})
    assert words.search("¡Hello, hello! thank you.".lower())
    assert words.fired("hello!") == ("hello",)
    assert not words.search("hello, what is the fee?")
    assert words.fired("hello, what is the fee?") == ()


def test_a_list_without_words_fits_nothing() -> None:
    assert not read_words([]).search("anything")
    assert not re.search(any_of([]), "")


def test_what_is_joined_captures_nothing_of_its_own() -> None:
    assert re.compile(any_of(["one", [["a", "b"], " ", ["c", "d"]]])).groups == 0
