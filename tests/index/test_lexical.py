"""The lexical index."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from index import lexical
from index.lexical import Lexical

PASSAGES = [
    ("rdc", "Class III and IV devices follow RDC 751/2022 of Anvisa.", "en"),
    ("fda", "The 510(k) fee of the FDA is due before filing.", "en"),
    ("lyon", "Lyonbiopole advises companies that go abroad.", "en"),
    ("de", "Die Erstattung regelt das Fünfte Buch.", "de"),
    ("ja", "医療機器の承認申請は総合機構が審査する。", "ja"),
    *((f"filler{number}", f"The filler of number {number} says nothing.", "en") for number in range(10)),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lexical]:
    path = tmp_path_factory.mktemp("lexical") / "lexical.sqlite"
    lexical.write(path, PASSAGES)
    opened = Lexical(path)
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("RDC751", "rdc"),
        ("¿qué pide la RDC 751?", "rdc"),
        ("Was kostet ein 510k bei der FDA?", "fda"),
        ("Anvissa", "rdc"),  # a letter too many
        ("Anvsia", "rdc"),  # two letters moved
        ("Lyonbiopôle", "lyon"),
        ("Lionbiopole", "lyon"),
        ("Erstattungen", "de"),
        ("承認", "ja"),
        ("総合機構", "ja"),
    ],
)
def test_a_name_or_code_is_found_in_whatever_language_it_is_asked_for(
    index: Lexical, question: str, passage: str
) -> None:
    assert index.nearest(question, 5)[0][0] == passage


@pytest.mark.parametrize("question", ["", "☂", "the", "zebra xylophone", "NEAR(", '"*'])
def test_nothing_to_look_for_finds_nothing_or_little_and_never_fails(index: Lexical, question: str) -> None:
    assert len(index.nearest(question, 3)) <= 3


def test_words_that_stand_everywhere_do_not_count(index: Lexical) -> None:
    assert index.nearest("the filler of Anvisa", 3)[0][0] == "rdc"
