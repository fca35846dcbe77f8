"""Searching: walls, preferences, and what must never be found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corpus.documents import Reader, Stage
from index.search import Filters, Preferences, blend
from tests.conftest import House


def found(house: House, question: str, **more: object) -> list[str]:
    hits = house.search.find(question, language="en", **more).hits  # type: ignore[arg-type]
    return [hit.document.id for hit in hits]


def test_the_passage_that_says_it_comes_first(house: House) -> None:
    assert found(house, "novel food RDC 839/2023 Anvisa")[0] == "brazil/food"


def test_hits_tell_the_ranks_that_explain_them(house: House) -> None:
    hit = house.search.find("RDC 839/2023", language="en").hits[0]
    assert hit.ranks["lexical"] == 1
    assert set(hit.ranks) == {"vectors", "lexical"}


def test_withdrawn_documents_are_never_found_whatever_the_index_still_holds(house: House) -> None:
    house.catalogue.move("brazil/food", Stage.WITHDRAWN, who="ana", why="")
    assert "brazil/food" not in found(house, "novel food RDC 839/2023 Anvisa")


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
        house.search.find(question, language="en")


scores = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(-1, 1), max_size=8)


@given(scores, scores, st.floats(0, 1))
def test_blending_keeps_its_candidates_and_gives_none_more_than_1(
    dense: dict[str, float], lexical: dict[str, float], share: float
) -> None:
    blended = blend(dense, lexical, dict.fromkeys(dense, share))
    assert set(blended) == set(dense)
    assert all(score <= 1 + 1e-6 for score in blended.values())


@given(scores)
def test_without_a_lexical_share_the_order_is_that_of_the_vectors(dense: dict[str, float]) -> None:
    blended = blend(dense, {"a": 9.0}, dict.fromkeys(dense, 0.0))
    assert all(blended[one] >= blended[other] for one in dense for other in dense if dense[one] >= dense[other])
