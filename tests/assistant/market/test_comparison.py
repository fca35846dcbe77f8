"""Markets side by side."""

from __future__ import annotations

import pytest

from assistant.app import App
from assistant.market.aspects import aspects, most_special
from assistant.market.comparison import ASKED, Comparison, NothingToCompare, compare, to_json
from assistant.understand.questions import Profile, Question
from corpus.documents import Reader
from corpus.errors import UnknownCode
from corpus.passages import SUMMARY
from corpus.release.unit_checks import numbers_of
from index.search import Filters
from tests.conftest import House, installation, with_unit, write_document

REQUESTS = [
    ("How are medical devices approved?", ("japan", "brazil", "usa")),
    ("Wie lange dauert die Zulassung von Software mit KI?", ("china", "south-korea")),
    ("Qui rembourse les tests de diagnostic ?", ("australia", "canada", "japan")),
    ("¿Cuánto cuesta registrar un producto sanitario?", ("china", "australia", "usa")),
    ("Serve un rappresentante locale per un dispositivo medico?", ("brazil", "japan", "south-korea", "canada")),
    ("Quines dades de salut podem enviar?", ("japan", "brazil")),
    ("A food supplement: which authority, how long, what evidence?", ("japan", "china", "canada")),
    ("Gene therapy trials", ("usa", "japan", "brazil")),
    ("medicine: evidence, time, cost and reimbursement", ("usa", "south-korea", "canada")),
    ("Quality system and audits for implants", ("usa", "brazil", "canada", "australia", "japan")),
]


def compared(app: App, question: str, *markets: str, profile: Profile | None = None) -> Comparison:
    return compare(Question(question, profile=profile or Profile()), markets, app.fact_writer(), app.vocabulary)


@pytest.mark.parametrize(
    ("question", "markets"),
    [pytest.param(*asked, marks=[] if at % 3 == 1 else pytest.mark.long) for at, asked in enumerate(REQUESTS)],
)
def test_every_filled_cell_is_cited_word_for_word_from_a_document_on_its_market(
    shipped: App, question: str, markets: tuple[str, ...]
) -> None:
    found = compared(shipped, question, *markets)
    filled = [(cell, claim) for row in found.rows for cell in row.cells for claim in cell.claims]
    assert filled
    for cell, claim in filled:
        assert claim.citations
        for citation in claim.citations:
            passages = shipped.catalogue.passages_of(citation.document.id, citation.document.version.number)
            assert any(citation.quote in passage.text for passage in passages)
            assert citation.document.metadata.markets in (
                frozenset(),
                citation.document.metadata.markets | {cell.market},
            )
        quoted = numbers_of(" ".join(one.quote for one in claim.citations))
        assert not set(numbers_of(claim.text)) - set(quoted)


def test_a_question_that_calls_aspects_gets_those_and_itself(shipped: App) -> None:
    found = compared(shipped, "How long does a device review take, and what does it cost?", "japan", "usa")
    assert [row.aspect for row in found.rows] == [ASKED, "time", "cost"]
    assert found.product == "devices"


def test_a_question_that_calls_none_gets_all_nine(shipped: App) -> None:
    found = compared(shipped, "an implant for the knee", "japan", "usa")
    told = [row.aspect for row in found.rows if row.aspect != ASKED]
    assert told == [code for code, aspect in aspects().items() if aspect.asked]
    assert len(told) == 9


def test_markets_may_be_named_in_the_question(shipped: App) -> None:
    assert compared(shipped, "Compare the fees for a device in Japan and Brazil").markets == ("brazil", "japan")


def test_fewer_than_two_markets_are_told_so(shipped: App) -> None:
    with pytest.raises(NothingToCompare, match="two markets"):
        compared(shipped, "How are devices approved in Japan?")


def test_an_unknown_market_is_told_with_those_there_are(shipped: App) -> None:
    with pytest.raises(UnknownCode, match="japan"):
        compared(shipped, "How are devices approved?", "japan", "atlantis")


def test_what_the_library_does_not_say_is_an_empty_cell(house: House) -> None:
    write_document(house.library, "japan/fees", "Fees of a medical device", "A medical device costs USD 500 in Japan.")
    house.publish()
    app = installation(house, house.folder / "accounts.sqlite")
    found = compared(app, "What does a medical device cost?", "japan", "canada", profile=Profile(product="devices"))
    assert [cell.claims for row in found.rows for cell in row.cells if cell.market == "canada"] == [()]


def test_what_is_remembered_of_a_market_ends_with_the_library_it_came_from(house: House) -> None:
    body = "A medical device costs USD 500 in Japan."
    with_unit(write_document(house.library, "japan/fees", "Fees of a medical device", body), "cost", body)
    house.publish()
    app = installation(house, house.folder / "accounts.sqlite")

    def cost() -> str:
        found = compared(app, "What does a medical device cost?", "japan", "canada", profile=Profile(product="devices"))
        return " ".join(claim.text for row in found.rows if row.aspect == "cost" for claim in row.cells[0].claims)

    assert cost() == cost() == "A medical device costs USD 500 in Japan."
    house.edit("japan/fees", "A medical device costs USD 700 in Japan.")
    house.review("japan/fees")
    assert cost() == ""  # gone at once, with the text that it was the answer of


def test_a_document_for_staff_fills_no_cell_of_others(house: House) -> None:
    app = installation(house, house.folder / "accounts.sqlite")
    question = Question("Where is the secret telephone list of the ministry?", filters=Filters(reader=Reader.ANYONE))
    found = compare(question, ("japan", "brazil"), app.fact_writer(), app.vocabulary)
    assert "japan/staff-notes" not in {citation.document.id for citation in found.citations}


def test_of_several_products_the_one_that_says_most_counts() -> None:
    assert most_special({"devices", "software"}) == "software"
    assert most_special({"medicines"}) == "medicines"
    assert most_special(frozenset()) == ""


def test_the_json_says_which_cells_are_empty_and_how_many(shipped: App) -> None:
    told = to_json(compared(shipped, "How long does a device review take?", "japan", "usa"))
    rows = told["rows"]
    assert isinstance(rows, list)
    cells = [cell for row in rows for cell in row["cells"]]
    assert told["cells"] == len(cells)
    assert told["filled"] == sum(bool(cell["claims"]) for cell in cells)


def test_no_cell_quotes_a_summary_but_that_of_the_question(shipped: App) -> None:
    found = compared(shipped, "How are devices approved?", "japan", "usa")
    told = [claim for row in found.rows if row.aspect != ASKED for cell in row.cells for claim in cell.claims]
    assert all(citation.section != SUMMARY for claim in told for citation in claim.citations)
