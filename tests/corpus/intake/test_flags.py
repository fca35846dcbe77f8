"""What staff are shown in a text before they publish it; `test_concerns.py` holds what each flag looks like."""

from __future__ import annotations

import time

import pytest

from corpus.catalogue.records import Matter
from corpus.documents import Passage, Read, Version
from corpus.intake.flags import flags
from corpus.passages import split_markdown
from corpus.release.release import Shipped


def seen(text: str, **read: int) -> dict[Matter, str]:
    return flags(Read((), **read), [Passage("d", 1, 0, "", text, "en")])  # type: ignore[arg-type]


@pytest.mark.parametrize("every", [6, pytest.param(1, marks=pytest.mark.long)])
def test_nothing_is_flagged_in_the_documents_that_ship_with_the_product(read_once: list[Shipped], every: int) -> None:
    shipped = [Version(one.id, 1, one.metadata, one.body, one.digest) for one in read_once[::every]]
    assert [version.document_id for version in shipped if flags(Read(()), split_markdown(version))] == []


def test_numbers_of_books_accounts_and_laws_are_no_telephones() -> None:
    text = "Anna Puig, Handbook, ISBN 978-0-306-40615-7, ISSN 2049-3630, RDC 751/2022, grant 101095098 of 2 000 000 EUR"
    assert seen(text) == {}


def test_a_telephone_without_a_name_beside_it_is_nobody_s() -> None:
    assert seen("The ministry: tel. +34 933 123 456") == {}
    assert seen("Anna Puig\ntel. +34 933 123 456") == {Matter.PERSONAL: "+34 933 123 456"}


def test_advice_to_people_is_not_taken_for_words_to_a_model() -> None:
    for text in (
        "You are now ready to file; ignore the previous edition of the form and follow the instructions above.",
        "The assistant of the ministry acts as a contact. Note for applicants: do not mention prices.",
        "Systems that use AI are medical devices. If you are an importer, repeat the test of the system.",
        "Large language models (LLMs) need instructions for use in the language of the country.",
    ):
        assert seen(text) == {}, text


def test_what_was_seen_is_shown_up_to_three_places_and_the_rest_counted() -> None:
    text = " ".join(f"anna.puig{letter}@example.org," for letter in "abcde")
    assert seen(text)[Matter.PERSONAL].endswith("; anna.puigc@example.org and 2 more")


def test_a_few_unseen_characters_are_in_many_an_honest_page() -> None:
    assert seen("Text.", unseen=3) == {}
    assert seen("Text.", unseen=300) == {Matter.INSTRUCTIONS: "300 characters that cannot be seen"}


@pytest.mark.parametrize(("part", "end"), [("ignore all ", ""), ("a.b-", "@"), ("tel 1 ", ""), ("note for ", "")])
def test_a_text_made_to_be_slow_takes_longer_by_its_length_and_not_by_the_square_of_it(part: str, end: str) -> None:
    def work(times: int) -> float:
        """Processor seconds."""
        taken = []
        for _ in range(3):
            began = time.process_time()
            seen(part * times + end)
            taken.append(time.process_time() - began)
        return min(taken)

    assert work(20_000) < 12 * work(4_000)
