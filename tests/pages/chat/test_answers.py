"""Answers as HTML: what is shown of each outcome, in each language, and that nothing in it is trusted."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from html import unescape

import pytest

from assistant.answers import Answer, Citation, Claim, ClaimKind, Dispute, Outcome
from assistant.journal.records import Feedback, Rating
from assistant.market.aspects import aspects
from assistant.texts import say, texts
from assistant.understand.classes import term_of
from assistant.understand.frame import Origin, Slot
from corpus.vocabulary import LANGUAGES, Cluster, vocabulary
from pages.chat.answers import turn_html
from pages.chat.plain_text import markdown, plain_text
from pages.shared.captions import heading
from pages.shared.conversation import Turn
from tests.shown_answers import Reading, answer, citation

DEVICES = {"devices": vocabulary().products["devices"]}


def read(outcome: Outcome = Outcome.GROUNDED, language: str = "en", mark: str = "") -> Reading:
    return Reading(turn_html(Turn(f"{mark}23", language, (), answer(outcome, language, mark)), 1))


@pytest.mark.parametrize("outcome", Outcome)
def test_no_text_of_an_answer_becomes_markup(outcome: Outcome) -> None:
    plain, marked = read(outcome), read(outcome, mark="<b onclick='x'>\n\n&\"")
    assert [tag for tag, _ in marked.elements] == [tag for tag, _ in plain.elements]
    assert [set(attributes) for _, attributes in marked.elements] == [set(a) for _, a in plain.elements]


def test_only_addresses_of_the_web_of_the_library_and_of_a_person_are_links() -> None:
    addresses = [attributes.get("href") or "" for tag, attributes in read(Outcome.PARTIAL).elements if tag == "a"]
    kinds = {re.split("[/?]", address)[0].rstrip("0123456789-") for address in addresses}
    assert kinds == {"https:", "#source", "library", "contact"}  # no page's own begins at the root of its name


@pytest.mark.parametrize("outcome", Outcome)
def test_a_turn_is_one_line_since_markdown_would_end_it_at_an_empty_one(outcome: Outcome) -> None:
    turn = Turn("one\n\ntwo\r\n", "en", (), answer(outcome, mark="\n\n\r\u2028"), id="7")
    assert "\n" not in turn_html(turn, 1)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", Outcome)
def test_every_word_around_an_answer_is_in_its_language(outcome: Outcome, language: str) -> None:
    """Texts of the answer are figures here, so each word is ours: none may be the same in another language's file."""
    ours = {word for text in texts(language).values() for word in re.findall(r"[^\W\d_]+", text)}
    shown = {word for text in read(outcome, language).texts for word in re.findall(r"[^\W\d_]+", text)}
    assert shown - ours <= {"https", "x", "org", "javascript"}


def test_each_outcome_has_its_own_look() -> None:
    looks = {outcome: read(outcome).all("answer")[0]["class"] for outcome in Outcome}
    assert len(set(looks.values())) == len(Outcome)
    assert len(read().all("answer")) == 1  # so that no claim looks like the whole


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_to_a_question_near_ones_own_says_so_under_that_question(language: str) -> None:
    near = replace(answer(Outcome.NOT_IN_LIBRARY, language), closest=True, answering="23")
    shown = Reading(turn_html(Turn("24", language, (), near), 1))
    assert shown.all("answer")[0]["class"] == "answer closest"
    heads = [say(language, name) for name in ("outcome_closest", "closest_answers")]
    assert [text for text in shown.texts if text in {*heads, "23"}] == [*heads, "23"]
    assert say(language, "nearest") not in shown.texts


def test_a_partial_answer_lists_what_is_missing_and_whom_to_ask() -> None:
    shown = read(Outcome.PARTIAL)
    assert "19" in shown.texts
    assert shown.all("contacts")


def test_a_question_back_comes_before_what_is_known_so_far_and_sends_nobody_elsewhere() -> None:
    shown = read(Outcome.CLARIFY)
    assert shown.texts.index("20") < shown.texts.index(texts("en")["so_far"]) < shown.texts.index("12")
    assert shown.all("contacts") == []


def test_a_declined_question_shows_its_neighbours_with_their_cards_and_whom_to_ask() -> None:
    shown = read(Outcome.NOT_IN_LIBRARY)
    assert len(shown.all("claim")) == len(shown.all("quoted")) == 3
    assert shown.all("contacts")


def test_a_document_that_is_cited_several_times_has_one_card() -> None:
    assert len(read().all("source")) == 1
    assert len(read().all("quoted")) == 3


def test_each_citation_leads_to_its_quote_in_a_card_of_its_own_turn() -> None:
    turns = [Turn("?", "en", (), answer()), Turn("?", "en", (), answer())]
    shown = Reading("".join(turn_html(turn, number) for number, turn in enumerate(turns, start=1)))
    ids = [quote["id"] for quote in shown.all("quoted")]
    assert len(set(ids)) == len(ids) == 6
    assert [str(cite["href"]).removeprefix("#") for cite in shown.all("cite")] == ids


def test_a_claim_and_the_words_it_rests_on_say_their_languages() -> None:
    shown = read(language="de")
    assert [claim["lang"] for claim in shown.all("claim")] == ["de", "en", "de"]
    quotes = [attributes["lang"] for tag, attributes in shown.elements if tag == "blockquote"]
    assert quotes == ["en", "en", "en"]  # the answer is German; what it rests on is not


def test_only_a_claim_that_rests_on_overdue_documents_alone_is_marked_and_its_card_too() -> None:
    fresh, stale = citation(1), citation(2, overdue=True)
    claims = tuple(Claim("x", ClaimKind.STATEMENT, "en", cited) for cited in ((fresh, stale), (stale,)))
    html = turn_html(Turn("?", "en", (), replace(answer(), claims=claims)), 1)
    assert html.count(texts("en")["overdue_mark"]) == 1
    assert html.index(texts("en")["overdue_mark"]) > html.index("</p>", html.index("claim statement"))
    assert html.count(texts("en")["overdue_badge"]) == 1


@pytest.mark.parametrize(("language", "abbreviation"), [("en", "p. 6"), ("es", "pág. 6"), ("de", "S. 6")])
def test_a_page_is_abbreviated_as_the_language_does(language: str, abbreviation: str) -> None:
    assert any(text.endswith(abbreviation) for text in read(language=language).texts)


def test_an_unfinished_turn_shows_its_claims_with_their_cards_and_says_whether_it_was_stopped() -> None:
    turn = Turn("?", "fr", answer(language="fr").claims)
    stopped, running = turn_html(turn, 1), turn_html(turn, 1, running=True)
    assert len(Reading(stopped).all("quoted")) == 3
    assert "Arrêté ici." in stopped
    assert "Arrêté ici." not in running
    assert Reading(running).all("running")


@pytest.mark.parametrize("language", LANGUAGES)
def test_sources_that_disagree_are_named_in_the_readers_language(language: str) -> None:
    one = replace(answer(language=language), disputes=(Dispute(citation(1), citation(2)),))
    html = turn_html(Turn("?", language, (), one), 1)
    assert texts(language)["disputed"].replace("$first", "[1]").replace("$second", "[2]") in unescape(html)


def test_who_asks_for_a_person_reads_of_persons_right_below_the_line_that_answers() -> None:
    asked = replace(answer(), wants_contact=True)
    html = turn_html(Turn("?", "en", (), asked), 1)
    assert html.index("answer-line") < html.index('class="contacts cards"') < html.index('class="points"')
    partial = turn_html(Turn("?", "en", (), answer(Outcome.PARTIAL)), 1)
    assert partial.index('class="contacts"') > partial.index('class="claim')


def test_an_answer_with_a_day_can_be_saved_and_none_of_its_texts_becomes_markdown() -> None:
    html = turn_html(Turn("*?*", "de", (), answer(language="de", mark="#"), day="2026-11-24"), 1)
    [button] = Reading(html).all("save")
    assert button["value"] == "answer-2026-11-24.md"
    text = unescape(html.split('.md">', 1)[1].split("<pre hidden>")[1].split("</pre>")[0])
    assert text.startswith("---\nlang: de\ndate: 2026-11-24\ndigital-source-type: ")
    assert "# \\*?\\*" in text
    assert "- \\#12 [1]" in text
    assert not Reading(turn_html(Turn("?", "de", (), answer()), 1)).all("save")


def test_the_way_to_a_person_knows_where_the_company_is() -> None:
    html = turn_html(Turn("?", "en", (), answer(), home="outside"), 1)
    assert 'href="contact?question=%3F&amp;home=outside&amp;language=en"' in html


def about(*markets: str) -> Answer:
    """An answer to a question that was taken to be about these markets and an aspect."""
    terms = vocabulary()
    frame = (
        Slot("markets", {code: terms.markets[code] for code in markets}, Origin.SAID),
        Slot("aspects", {"cost": terms.aspects["cost"]}, Origin.MEANT),
    )
    return replace(answer(), frame=frame)


def test_what_the_last_question_was_taken_for_can_be_changed_to_any_other_market() -> None:
    turn = Turn("?", "en", (), about("japan"))
    asked = [button["value"] for button in Reading(turn_html(turn, 1, last=True)).all("ask-of")]
    others = [term.name("en") for code, term in vocabulary().markets.items() if code != "japan"]
    assert asked[: len(others)] == [say("en", "ask_of", name=name) for name in others]
    assert asked[len(others) :] == [code for code, one in aspects().items() if one.asked and code != "cost"]
    before = Reading(turn_html(turn, 1))
    assert before.all("ask-of") == []
    assert "Japan" in before.texts


@pytest.mark.parametrize("markets", [(), ("japan", "usa")])
def test_the_subject_cannot_be_changed_where_there_is_not_one_market(markets: tuple[str, ...]) -> None:
    html = turn_html(Turn("?", "en", (), about(*markets)), 1, last=True)
    assert f'<span class="tag"><span class="kind">{say("en", "tag_aspects")}' in html


def test_an_answer_leads_to_the_plan_for_what_it_is_about() -> None:
    product = Slot("products", {"devices": vocabulary().products["devices"]}, Origin.CONVERSATION)
    one = replace(about("japan"), frame=(*about("japan").frame, product))
    turn = Turn("?", "de", (), one, home="biom", risk_class="IIb")
    [link] = Reading(turn_html(turn, 1)).all("plan")
    known = "market=japan&product=devices&risk_class=IIb&home=biom&language=de"
    assert link["href"] == f"plan?{known}#fact-cost"
    for other in (about("japan"), about("japan", "usa"), replace(one, outcome=Outcome.NOT_IN_LIBRARY)):
        assert Reading(turn_html(replace(turn, answer=other), 1)).all("plan") == []


def test_a_card_says_in_how_many_days_a_desk_answers_where_that_is_known() -> None:
    asked = replace(answer(), wants_contact=True)
    assert say("en", "contact_answers") not in turn_html(Turn("?", "en", (), asked), 1)
    [contact] = asked.contacts
    assert isinstance(contact.who, Cluster)
    for days, told in ((1, "Answers within one working day."), (3, "Answers within 3 working days.")):
        known = replace(asked, contacts=(replace(contact, who=replace(contact.who, answers_within=days)),))
        assert told in turn_html(Turn("?", "en", (), known), 1)
        assert told.rstrip(".") in plain_text("?", known)
        assert told.rstrip(".") in markdown("?", known, "2026-11-24")


def test_the_class_of_a_device_can_be_changed_to_another_of_its_market() -> None:
    asked = about("europe")
    named = Slot("classes", {"IIa": term_of("IIa", "europe", frozenset({"devices"}))}, Origin.SAID)
    told = replace(asked, frame=(*asked.frame, replace(asked.frame[0], what="products", terms=DEVICES), named))
    page = turn_html(Turn("What does a class IIa device cost in Europe?", "en", (), told), 1, last=True)
    assert "<b>IIa (MDR)</b>" in page
    for other in ("I", "IIb", "III"):
        assert f'value="What does a class {other} device cost in Europe?">{other}</button>' in page
    assert 'value="What does a class C device' not in page
    assert "class IIa (MDR)" in plain_text("?", told)


def test_a_question_back_without_a_market_offers_all_of_them() -> None:
    asked = replace(answer(Outcome.CLARIFY), frame=about("japan").frame[1:])
    assert len(Reading(turn_html(Turn("?", "en", (), asked), 1, last=True)).all("ask-of")) == len(vocabulary().markets)


def test_where_only_the_market_has_changed_there_is_a_way_back_to_the_one_before() -> None:
    turn = Turn("And in China?", "en", (), about("china"))
    html = turn_html(turn, 2, last=True, before=about("japan"))
    assert say("en", "only_market_changed") in html
    assert f'value="And for Japan?">{say("en", "back_to", market="Japan")}' in html
    other = replace(about("japan"), frame=about("japan").frame[:1])
    for before in (None, about("china"), about("japan", "usa"), other):
        assert say("en", "only_market_changed") not in turn_html(turn, 2, last=True, before=before)


def in_market(n: int, market: str) -> Citation:
    one = citation(n)
    metadata = replace(one.document.metadata, markets=frozenset({market}))
    version = replace(one.document.version, metadata=metadata)
    return replace(one, document=replace(one.document, id=market, version=version))


def test_what_is_said_of_several_markets_stands_side_by_side_and_can_be_compared_in_full() -> None:
    claims = (
        Claim("of Canada", ClaimKind.ANSWER, "en", (in_market(1, "canada"),)),
        Claim("of both", ClaimKind.ANSWER, "en", (in_market(1, "canada"), in_market(2, "japan"))),
    )
    beside = replace(about("australia", "canada"), claims=claims, missing=("Australia",))
    html = turn_html(Turn("How long?", "en", (), beside), 1)
    table, rest = html.split("</table>")
    assert table.index("Australia</th>") < table.index(say("en", "cell_empty")) < table.index("Canada</th>")
    assert "of Canada" in table
    assert "of both" in rest
    assert "compare?question=How+long%3F&amp;market=australia&amp;market=canada&amp;language=en" in rest
    assert "<table" not in turn_html(Turn("?", "en", (), replace(beside, missing=())), 1)  # one market alone


def test_a_number_is_that_of_a_document_wherever_it_is_cited() -> None:
    first, second = in_market(1, "canada"), in_market(2, "japan")
    claims = tuple(Claim("x", ClaimKind.ANSWER, "en", cited) for cited in ((first, second), (second,)))
    html = turn_html(Turn("?", "en", (), replace(answer(), claims=claims)), 1)
    assert re.findall(r'class="cite".*?</span>(\d)</a>', html) == ["1", "2", "2"]
    assert re.findall(r"<summary><b>(\d)</b>", html) == ["1", "2"]


def test_what_was_said_of_an_answer_shows_on_its_thumb() -> None:
    turn = Turn("?", "en", (), answer(), id="7")
    assert Reading(turn_html(turn, 1)).all("pressed") == []
    for verdict, look in ((Rating.HELPFUL, "good"), (Rating.OUTDATED, "bad")):
        feedback = Feedback("7", date.today(), verdict, "", "", "", None, "?", Outcome.GROUNDED, "en", ())
        [pressed] = Reading(turn_html(turn, 1, feedback=feedback)).all("pressed")
        assert look in str(pressed["class"]).split()


def test_who_thanks_is_sent_to_nobody() -> None:
    thanked = replace(answer(Outcome.OUT_OF_SCOPE), reason="thanks")
    shown = Reading(turn_html(Turn("?", "en", (), thanked), 1))
    assert shown.all("contacts") == shown.all("unanswered") == []


@pytest.mark.parametrize("outcome", Outcome)
def test_a_folded_turn_keeps_all_that_it_shows_and_has_how_it_ended_in_sight(outcome: Outcome) -> None:
    turn = Turn("?", "en", (), answer(outcome), id="7", day="2026-11-24")
    whole, folded = Reading(turn_html(turn, 1)), Reading(turn_html(turn, 1, folded=True))
    assert sorted([*whole.texts, say("en", "whole_answer"), ": ?"]) == sorted(folded.texts)
    in_sight = folded.texts[: folded.texts.index(say("en", "whole_answer"))]
    assert in_sight[2] == heading(answer(outcome))
    line = {Outcome.CLARIFY: "20", Outcome.NOT_IN_LIBRARY: "", Outcome.OUT_OF_SCOPE: ""}.get(outcome, "12")
    assert "".join(in_sight[3:4]) == line
