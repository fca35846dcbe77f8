"""The whole flow, on a small house and with writers that behave and misbehave."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from assistant.answers import Answer, Claim, ClaimKind, Outcome
from assistant.app import App
from assistant.assistant import Assistant, Found
from assistant.find.evidence import Evidence
from assistant.texts import say
from assistant.understand.questions import Question, Understood
from assistant.verify.verification import Verifier
from assistant.write.drafts import Draft, Support, Writer
from assistant.write.quoting_writer import QuotingWriter
from corpus.documents import Passage
from corpus.vocabulary import vocabulary
from tests.conftest import TODAY, House, write_document

QUESTION = Question("Through which company does a foreign maker work in Japan, the Marketing Authorisation Holder?")


def assistant(house: House, writer: Writer | None = None) -> Assistant:
    verifier = Verifier(house.cache, vocabulary())
    quoting = QuotingWriter(vocabulary())
    return Assistant(house.search, writer or quoting, verifier, vocabulary(), today=lambda: TODAY)


def test_events_come_in_the_order_of_the_flow(house: House) -> None:
    kinds = [type(event) for event in assistant(house).ask(QUESTION)]
    assert kinds[:3] == [Understood, Found, Claim]
    assert kinds[-1] is Answer


def test_a_quoted_answer_stands_word_for_word_in_the_passages_it_cites(house: House) -> None:
    answer = assistant(house).answer(QUESTION)
    texts = {passage.id: passage.text for passage, _ in house.catalogue.published()}
    assert answer.outcome is Outcome.GROUNDED
    assert answer.citations
    assert all(citation.quote in texts[citation.passage_id] for citation in answer.citations)
    assert "Marketing Authorisation Holder" in answer.text


def test_citations_are_numbered_from_1_in_the_order_of_the_claims(house: House) -> None:
    answer = assistant(house).answer(QUESTION)
    numbers = [citation.n for claim in answer.claims for citation in claim.citations]
    assert list(dict.fromkeys(numbers)) == list(range(1, len(set(numbers)) + 1))


def test_a_citation_carries_its_sources_and_dates(house: House) -> None:
    citation = assistant(house).answer(QUESTION).citations[-1]
    assert citation.url == "https://example.org/law"
    assert citation.document.metadata.facts_as_of == "2026-05"
    assert not citation.overdue


def test_the_answer_of_the_section_comes_first_and_in_the_language_of_the_question(shipped: App) -> None:
    answer = shipped.assistant.answer(Question("Quanto costa un 510(k) nell'anno fiscale 2026?"))
    first = answer.claims[0]
    assert (first.kind, first.language) == (ClaimKind.ANSWER, "it")
    assert "26.067" in first.text
    assert "510(k)" in answer.answering
    assert answer.answering.endswith("?")


def test_nothing_is_said_twice_in_a_conversation(shipped: App) -> None:
    asked = "How much is the FDA fee for a 510(k)?"
    first = shipped.assistant.answer(Question(asked))
    told = frozenset(claim.text for claim in first.claims)
    again = shipped.assistant.answer(Question("And for a small firm?", (asked,), told=told))
    assert not told & {claim.text for claim in again.claims[1:]}


@pytest.mark.parametrize(("text", "language"), [("danke!", "de"), ("Merci beaucoup", "fr"), ("thanks a lot", "en")])
def test_thanks_get_a_sentence_and_repeat_nothing(shipped: App, text: str, language: str) -> None:
    question = Question(text, ("How much is the FDA fee for a 510(k)?",), language=language)
    answer = shipped.assistant.answer(question)
    assert answer.text == say(language, "declined_thanks")
    assert not answer.claims


@pytest.mark.parametrize(
    ("wish", "language"),
    [
        ("auf Deutsch bitte", "de"),
        ("en català, si us plau", "ca"),
        ("et en français ?", "fr"),
        ("Say it in Italian", "it"),
    ],
)
def test_who_wants_it_in_another_language_gets_the_answer_in_it(shipped: App, wish: str, language: str) -> None:
    asked = "Which agency reviews new medicines before they are sold in Brazil?"
    answer = shipped.assistant.answer(Question(wish, (asked,)))
    same = shipped.assistant.answer(Question(asked, language=language))
    assert (answer.language, answer.text) == (language, same.text)


def test_a_question_about_the_language_of_a_label_is_no_wish_for_it(shipped: App) -> None:
    asked = "Which agency reviews new medicines before they are sold in Brazil?"
    assert shipped.assistant.answer(Question("Do we need the instructions in Spanish?", (asked,))).language == "en"


def test_who_wants_it_simpler_gets_the_answer_alone(shipped: App) -> None:
    asked = "How much is the FDA fee for a 510(k)?"
    answer = shipped.assistant.answer(Question("in simpler words please", (asked,)))
    assert [claim.kind for claim in answer.claims] == [ClaimKind.ANSWER]
    assert answer.notice == say("en", "brief")


def test_what_is_almost_answered_is_shown_under_the_question_that_it_answers(shipped: App) -> None:
    answer = shipped.assistant.answer(Question("What is the FDA 510(k) user fee for fiscal year 2027?"))
    assert answer.outcome is Outcome.NOT_IN_LIBRARY
    assert answer.answering == "How much is the FDA fee for a 510(k)?"
    assert answer.nearest[0].citations
    assert not answer.closest  # what is asked for is another year's


def test_a_question_about_another_world_is_out_of_scope_and_names_a_contact(house: House) -> None:
    answer = assistant(house).answer(Question("zebra xylophone quartz"))
    assert answer.outcome is Outcome.OUT_OF_SCOPE
    assert answer.outcome.declined
    assert answer.claims == ()
    assert answer.contacts


def test_a_market_that_the_library_lacks_is_not_answered_from_another_one(house: House) -> None:
    answer = assistant(house).answer(
        Question("A foreign maker works through a Marketing Authorisation Holder (MAH) in Canada?")
    )
    assert answer.outcome is Outcome.NOT_IN_LIBRARY
    assert answer.claims == ()
    assert answer.nearest
    assert all(claim.citations for claim in answer.nearest)


def test_sentences_about_other_markets_than_the_one_asked_about_are_not_quoted(house: House) -> None:
    write_document(
        house.library,
        "best/adequacy",
        "Data transfer to Japan and Brazil",
        "Japan has an adequacy decision for data transfer. Brazil has an adequacy decision for data transfer too.",
        market="",
    )
    house.publish()
    answer = assistant(house).answer(Question("Which adequacy decision for data transfer does Japan have?"))
    quoted = [claim.text for claim in answer.claims if claim.kind is ClaimKind.QUOTATION]
    assert "Japan has an adequacy decision for data transfer." in quoted
    assert not [text for text in quoted if "Brazil" in text]


def test_a_line_that_only_leads_to_a_list_is_not_quoted(house: House) -> None:
    write_document(
        house.library,
        "japan/routes",
        "Routes of approval in Japan",
        "Japan has these routes of approval:\n\n- Todokede is the route of approval by notification in Japan.",
    )
    house.publish()
    quoted = [claim.text for claim in assistant(house).answer(Question("Which routes of approval has Japan?")).claims]
    assert "Todokede is the route of approval by notification in Japan." in quoted
    assert not [text for text in quoted if text.endswith(":")]


class LyingWriter:
    """Writes one statement that is not supported, after making it from a hit as the test says."""

    def __init__(self, lie: str) -> None:
        self.lie = lie

    def write(self, understood: Understood, evidence: Evidence) -> Iterator[Draft]:  # noqa: ARG002 - the port's form
        hit = evidence.hits[0]
        foreign = Passage("x/y", 1, 0, "S", "An invented passage.", "en")
        support = {
            "no support": (),
            "invented passage": (Support(replace(hit, passage=foreign), 0, 10),),
            "changed passage": (Support(replace(hit, passage=replace(hit.passage, text="Changed.")), 0, 8),),
            "empty quote": (Support(hit, 3, 3),),
            "wrong figure": (Support(hit, 0, len(hit.passage.text)),),
        }[self.lie]
        yield Draft("The review takes 77 months.", ClaimKind.QUOTATION, "en", support)


@pytest.mark.parametrize("lie", ["no support", "invented passage", "changed passage", "empty quote", "wrong figure"])
def test_a_statement_that_does_not_stand_is_never_shown(house: House, lie: str) -> None:
    answer = assistant(house, LyingWriter(lie)).answer(QUESTION)
    assert answer.claims == ()
    assert answer.dropped == 1
    assert "77" not in answer.text
    assert answer.outcome is Outcome.NOT_IN_LIBRARY


def test_quotations_do_not_repeat_themselves(shipped) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    answer = shipped.assistant.answer(Question("Do we need a local representative to sell a device in Japan?"))
    texts = [claim.text for claim in answer.claims]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("text", ["danke dir, super", "top, merci bien", "ok grazie mille, chiaro"])
def test_thanks_are_told_from_other_matters_by_the_conversation(shipped: App, text: str) -> None:
    before = "Combien coûte un 510(k) aux États-Unis ?"
    assert shipped.assistant.answer(Question(text, (before,))).reason == "thanks"


def test_what_was_declined_as_another_matter_is_no_context(shipped: App) -> None:
    asked, aside = "Who can be the sponsor of a diagnostic test in Australia?", "what should I cook for lunch today?"
    answer = shipped.assistant.answer(Question("And in Brazil?", (asked, aside)))
    assert answer.frame == shipped.assistant.answer(Question("And in Brazil?", (asked,))).frame


def test_each_of_two_markets_is_answered_where_one_is_to_be_chosen(shipped: App) -> None:
    answer = shipped.assistant.answer(Question("Canada or Australia for a medical device?"))
    assert not answer.missing
    assert {code for claim in answer.claims[:2] for code in claim.citations[0].document.metadata.markets} == {
        "canada",
        "australia",
    }
