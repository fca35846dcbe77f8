"""Searching: walls, preferences, and what must never be found."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.documents import Access, Reader, Stage
from index.search import Filters, Hit, Preferences, spread
from tests.conftest import TODAY, House, word_vectors, write_document


def found(house: House, question: str, **more: object) -> list[str]:
    hits = house.search.find(question, language="en", today=TODAY, **more).hits  # type: ignore[arg-type]
    return [hit.document.id for hit in hits]


def test_the_passage_that_says_it_comes_first(house: House) -> None:
    assert found(house, "novel food RDC 839/2023 Anvisa")[0] == "brazil/food"


def test_hits_tell_the_ranks_that_explain_them(house: House) -> None:
    hit = house.search.find("RDC 839/2023", language="en", today=TODAY).hits[0]
    assert hit.ranks["lexical"] == 1
    assert set(hit.ranks) == {"vectors", "lexical"}


def test_withdrawn_documents_are_never_found_whatever_the_index_still_holds(house: House) -> None:
    house.catalogue.move("brazil/food", Stage.WITHDRAWN, who="ana", why="")
    assert "brazil/food" not in found(house, "novel food RDC 839/2023 Anvisa")


def test_an_event_is_found_until_its_last_day_and_by_nobody_from_the_day_after(house: House) -> None:
    path = write_document(house.library, "japan/fair", "The zebrafish fair", "The zebrafish fair opens at nine.")
    path.write_text(
        path.read_text("utf-8").replace("kind: guidance-summary", f"kind: event\nexpires_on: {TODAY}"), "utf-8"
    )
    house.publish()
    assert found(house, "zebrafish fair")[0] == "japan/fair"
    after = TODAY + timedelta(days=1)
    for reader in Reader:
        hits = house.search.find("zebrafish fair", language="en", today=after, filters=Filters(reader=reader)).hits
        assert "japan/fair" not in {hit.document.id for hit in hits}


def test_staff_too_find_only_what_is_published(house: House) -> None:
    house.edit("brazil/food", "A draft on novel food.")
    house.publish()
    house.catalogue.move("japan/devices", Stage.WITHDRAWN, who="ana", why="")
    hits = house.search.find(
        "novel food or holder", language="en", today=TODAY, filters=Filters(reader=Reader.STAFF)
    ).hits
    assert {hit.document.stage for hit in hits} == {Stage.PUBLISHED}
    assert "A draft on novel food." not in {hit.passage.text for hit in hits}


def test_a_document_that_is_closed_to_the_public_is_gone_from_their_search_at_once(house: House) -> None:
    house.catalogue.set_terms(["brazil/food"], access=Access.MEMBERS, who="ana", why="")
    assert "brazil/food" not in found(house, "novel food RDC 839/2023")
    assert "brazil/food" in found(house, "novel food RDC 839/2023", filters=Filters(reader=Reader.MEMBER))


def test_staff_documents_are_found_by_staff_alone_even_by_exact_quote(house: House) -> None:
    quote = "The secret telephone list of the ministry stands in the safe."
    assert "japan/staff-notes" not in found(house, quote)
    assert "japan/staff-notes" not in found(house, quote, filters=Filters(reader=Reader.MEMBER))
    assert found(house, quote, filters=Filters(reader=Reader.STAFF))[0] == "japan/staff-notes"


def test_a_filter_is_a_wall(house: House) -> None:
    walled = Filters(markets=frozenset({"japan"}))
    assert set(found(house, "novel food in Brazil", filters=walled)) == {"japan/devices"}


def test_a_preference_puts_first_and_shuts_nothing_out(house: House) -> None:
    ids = found(house, "rules", preferences=Preferences(markets=frozenset({"brazil"})))
    assert ids[0] == "brazil/food"
    assert "japan/devices" in ids


def test_syntax_of_the_full_text_engine_in_a_question_is_only_words(house: House) -> None:
    for question in ('what\'s "AND" OR NEAR(', "510(k)*", "-- '; DROP TABLE passages", "^col:x", "☂ ☔"):
        house.search.find(question, language="en", today=TODAY)


def test_one_document_does_not_crowd_out_the_others(house: House) -> None:
    for number in range(3):
        body = " ".join(
            f"Rule {n} of the Marketing Authorisation Holder for devices number {number}." for n in range(150)
        )
        write_document(house.library, f"japan/long{number}", f"Long text {number}", body)
    house.publish()
    ids = found(house, "Marketing Authorisation Holder rules for devices number 1", limit=10)
    assert Counter(ids).most_common(1)[0][1] <= 5


def test_of_two_texts_that_fit_alike_the_newer_and_the_binding_one_comes_first(house: House) -> None:
    words = "The sunset clause ends an approval that is not used."
    for document_id, kind, facts in (
        ("japan/an-old-guide", "guidance-summary", "2019-01"),
        ("japan/b-new-guide", "guidance-summary", "2026-05"),
        ("japan/c-new-law", "law-summary", "2026-05"),
    ):
        path = write_document(house.library, document_id, "The sunset clause", words)
        text = path.read_text("utf-8").replace("guidance-summary", kind).replace("2026-05", facts)
        path.write_text(text, "utf-8")
    house.publish()
    ids = found(house, "What is the sunset clause?")
    first = list(dict.fromkeys(ids))[:3]
    assert first == ["japan/c-new-law", "japan/b-new-guide", "japan/an-old-guide"]


@given(st.lists(st.sampled_from("abc"), max_size=20))
def test_spreading_loses_no_hit_and_keeps_the_order_within_a_document(hit_house: list[Hit], order: list[str]) -> None:
    by_id = {hit.document.id: hit for hit in hit_house}
    names = dict(zip("abc", by_id, strict=False))
    hits = [replace(by_id[names[letter]], score=-rank) for rank, letter in enumerate(order)]
    after = spread(hits)
    assert sorted(hit.score for hit in after) == sorted(hit.score for hit in hits)
    for document_id in by_id:
        scores = [hit.score for hit in after if hit.document.id == document_id]
        assert scores == sorted(scores, reverse=True)


@pytest.fixture(scope="module")
def hit_house(tmp_path_factory: pytest.TempPathFactory) -> list[Hit]:
    """A hit of each of three documents."""
    house = House(tmp_path_factory.mktemp("hits"), word_vectors())
    for letter in "abc":
        write_document(house.library, f"japan/{letter}", letter, f"Text about {letter}.")
    house.publish()
    hits = {hit.document.id: hit for hit in house.search.find("text", language="en", today=TODAY).hits}
    house.catalogue.close()
    return list(hits.values())
