"""The page in a real browser, which may speak to this machine only."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from assistant.language.writing import alone
from assistant.texts import say, texts
from corpus.vocabulary import LANGUAGES, vocabulary
from tests.browser.conftest import INSECURE
from tests.browser.scripted import CHOICES, KNOWN, SCRIPT, SLOW, go_on, scripted
from tests.browser.steps import (
    CONTRAST,
    PHONE,
    Visits,
    answered,
    ask,
    box,
    fits,
    is_lit,
    product_of,
    ready,
    send,
    settled,
)

pytestmark = pytest.mark.browser_sweep

PARTIAL, CLARIFY, NOT_IN_LIBRARY, OUT_OF_SCOPE, OVERDUE = SCRIPT


@pytest.fixture(scope="module")
def home(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(furnished, tmp_path_factory.mktemp("chat") / "home"))


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """A server whose assistant ends some questions as the script says."""
    with scripted(home) as address:
        yield address


@pytest.fixture
def slow(home: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """A question that is not answered to its end before the test lets it go on."""
    question = f"{SLOW} {abs(hash(request.node.name))}"
    yield question
    go_on(home, question)


def test_the_page_weighs_little_enough_for_a_slow_line(visit: Visits) -> None:
    page = visit()
    expect(box(page)).to_be_editable()
    weight = page.evaluate(
        "performance.getEntriesByType('resource').reduce((sum, one) => sum + one.encodedBodySize, 0)"
    )
    assert 0 < weight < 4_000_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_page_stands_in_the_language_file_of_the_browsers_language(
    visit: Visits, language: str
) -> None:
    page = visit(locale=f"{language}-XX")
    words = vocabulary()
    known = {*texts(language).values(), *(say(other, "language_name") for other in LANGUAGES)}
    known |= {say(language, "kept_questions", days=90), say(language, "conversation_key", key="").strip()}
    terms = (*words.markets.values(), *words.areas.values(), *words.products.values())
    known |= {alone(term.name(language)) for term in terms} | {term.shorts.get(language, "") for term in terms}
    known |= {one.region[language] for one in words.clusters.values()}
    example = say(language, "example_1")
    box(page).fill(example)
    page.locator("#narrow > button").click()
    page.locator("#company > button").click()
    shown = shown_texts(page, but="#bar, #foot")  # of all pages
    assert say(language, "notice") in shown
    page.locator("#ask").click()
    answered(page, example)
    page.locator("#current .asked .edit").click()
    page.locator("#replaces label").wait_for()
    shown |= shown_texts(page, but="#bar, #foot, #current, #status, #next button, #key code, body > .aside")
    assert {text for text in shown if text not in known} <= {example}
    assert page.locator("html").get_attribute("lang") == language
    assert page.title() == say(language, "title")


def shown_texts(page: Page, but: str = "none") -> set[str]:
    """Every text with a letter in it that can be seen or is read out."""
    found: list[str] = page.evaluate(
        """but => {
            const texts = [];
            const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const parent = walker.currentNode.parentElement;
                if (!parent.closest("script, style, " + but)) texts.push(walker.currentNode.textContent);
            }
            for (const element of document.body.querySelectorAll("*")) {
                if (element.closest(but)) continue;
                for (const name of ["placeholder", "aria-label", "title", "alt"]) {
                    texts.push(element.getAttribute(name) ?? "");
                }
            }
            return texts.map(text => text.trim());
        }""",
        but,
    )
    return {text for text in found if re.search(r"[^\W\d_]", text)}


def test_a_browser_in_another_language_gets_the_page_in_english(visit: Visits) -> None:
    expect(visit(locale="ja-JP").locator("#heading h1")).to_have_text(say("en", "first_title"))


def test_an_answer_comes_in_the_language_of_the_question_and_says_so_in_its_markup(visit: Visits) -> None:
    page = visit()
    answer = ask(page, "Abbiamo bisogno di un rappresentante locale per vendere un dispositivo in Giappone?")
    assert page.locator(".turn").get_attribute("lang") == "it"
    assert "DMAH" in answer.locator(".claim[lang=it]").first.inner_text()
    assert answer.locator(".claim:not([lang=it])").count() == 0
    assert answer.locator(".source blockquote[lang=en]").count() > 0


def test_a_question_too_short_to_tell_its_language_is_answered_in_the_pages(visit: Visits) -> None:
    page = visit(locale="fr-FR")
    ask(page, "FDA 510(k)")
    assert page.locator(".turn").get_attribute("lang") == "fr"


@pytest.mark.parametrize("way", ["click", "Escape"])
def test_stopping_keeps_the_question_and_what_was_verified(visit: Visits, home: Path, slow: str, way: str) -> None:
    page = visit()
    send(page, slow)
    page.locator(".running .claim").first.wait_for()
    if way == "click":
        page.locator("#stop").click()
    else:
        page.keyboard.press(way)
    expect(page.locator("#current")).to_contain_text(say("en", "stopped"))
    expect(page.locator(".source").first).to_be_attached()
    expect(page.locator(".question")).to_contain_text(slow)
    expect(page.locator("#ask")).to_be_visible()
    expect(page.locator("#current .asked .again")).to_be_visible()
    expect(page.locator("#stop")).to_have_count(0)
    go_on(home, slow)
    ask(page, KNOWN)  # by when more would have come
    expect(page.locator("#past .claim")).to_have_count(1)


def test_asking_again_answers_the_last_question_in_its_place(visit: Visits, home: Path, slow: str) -> None:
    page = visit()
    ask(page, KNOWN)
    send(page, slow)
    page.locator(".running .claim").first.wait_for()
    page.locator("#stop").click()
    page.locator("#current .asked .again").press("Enter")
    page.locator("#current .running .claim").first.wait_for()
    go_on(home, slow)
    page.locator("#current .turn:not(.running) .claim").nth(1).wait_for()
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator("#past .question")).to_contain_text(KNOWN)
    expect(page.locator("#current .question")).to_contain_text(slow)


def test_another_question_ends_the_one_that_is_being_answered(visit: Visits, home: Path, slow: str) -> None:
    page = visit()
    send(page, slow)
    page.locator(".running .claim").first.wait_for()
    ask(page, KNOWN)
    go_on(home, slow)
    ask(page, say("en", "example_2"))  # by when the first would have grown
    expect(page.locator("#past .turn").first.locator(".claim")).to_have_count(1)
    expect(page.locator("#past .turn").first).to_contain_text(say("en", "stopped"))
    expect(page.locator("#current .outcome")).to_be_visible()


def test_the_last_question_can_be_changed_and_asked_in_its_place(visit: Visits) -> None:
    page = visit()
    ask(page, KNOWN)
    page.locator("#current .asked .edit").press("Enter")
    expect(box(page)).to_have_value(KNOWN)
    expect(box(page)).to_be_focused()
    expect(page.get_by_label(say("en", "replaces_last"))).to_be_checked()
    ask(page, KNOWN.replace("Japan", "Brazil"))
    expect(page.locator(".turn")).to_have_count(1)
    page.locator("#current .asked .edit").click()
    page.get_by_label(say("en", "replaces_last")).uncheck()
    ask(page, KNOWN)
    expect(page.locator(".turn")).to_have_count(2)


def test_what_cannot_be_read_in_the_browsers_storage_is_left_out(visit: Visits) -> None:
    page = visit()
    ask(page, KNOWN)
    page.evaluate("localStorage.setItem('conversation', 'broken'), localStorage.setItem('language', '<b>')")
    page.reload()
    ready(page)
    expect(page.locator(".turn")).to_have_count(0)
    visit.trouble.clear()  # Gradio tells the console that it could not read it


def test_two_people_never_see_each_others_conversation(visit: Visits) -> None:
    one, other = visit(), visit()
    ask(one, KNOWN)
    ask(other, "Which four clusters make up bioXclusters?")
    for page in (one, other):
        page.reload()
        ready(page)
        expect(page.locator(".turn")).to_have_count(1)
    expect(one.locator(".question")).to_contain_text(KNOWN)
    expect(other.locator(".question")).to_contain_text("Which four clusters")


def test_the_reply_to_a_question_back_is_a_click_a_key_or_a_text(visit: Visits) -> None:
    page = visit()
    answer = ask(page, CLARIFY)
    expect(answer.locator(".said")).to_have_text("Is your product a medical device or a medicine?")
    expect(answer.locator(".claim").first).to_be_visible()
    page.get_by_role("button", name=CHOICES[0], exact=True).click()
    answered(page, CHOICES[0])
    ask(page, CLARIFY)
    page.get_by_role("button", name=CHOICES[1], exact=True).press("Enter")
    answered(page, CHOICES[1])
    ask(page, CLARIFY)
    ask(page, "It is a food supplement, in fact")
    expect(page.locator(".turn")).to_have_count(6)


@pytest.mark.parametrize("device", [{}, PHONE], ids=["desktop", "phone"])
def test_the_replies_are_in_sight_without_scrolling(visit: Visits, device: dict[str, Any]) -> None:
    page = visit(**device)
    ask(page, CLARIFY)
    reply = page.get_by_role("button", name=CHOICES[1], exact=True)
    expect(reply).to_be_in_viewport(ratio=1)
    reply.click(trial=True)  # nothing lies over it


def test_the_ways_of_not_answering_differ_in_words_icon_and_colour(visit: Visits) -> None:
    page = visit()
    looks = []
    for question in (PARTIAL, CLARIFY, NOT_IN_LIBRARY, OUT_OF_SCOPE, OVERDUE):
        heading = ask(page, question).locator(".outcome")
        looks.append(
            heading.evaluate(
                "e => [e.textContent, getComputedStyle(e).color, getComputedStyle(e, '::before').maskImage]"
            )
        )
    for look in zip(*looks, strict=True):
        assert len(set(look)) == len(looks)


def test_whatever_is_not_answered_offers_the_next_step(visit: Visits) -> None:
    page = visit()
    answer = ask(page, PARTIAL)
    expect(answer.locator(".missing li")).to_have_text(["What does it cost in 2027?", "Who pays for it?"])
    expect(answer.locator(".contacts a").first).to_be_visible()
    answer = ask(page, NOT_IN_LIBRARY)
    expect(answer.locator(".claim .cite").first).to_be_visible()
    expect(answer.locator(".contacts a").first).to_be_visible()
    ask(page, OUT_OF_SCOPE)
    page.get_by_role("button", name=say("en", "example_2")).click()
    answered(page, say("en", "example_2"))


def test_other_worlds_are_declined_with_a_contact(visit: Visits) -> None:
    answer = ask(visit(), "What is the weather in Turin?")
    expect(answer.locator(".contacts")).to_be_visible()
    expect(answer.locator(".source")).to_have_count(0)


def test_a_claim_that_rests_on_overdue_documents_alone_says_so_where_it_stands(visit: Visits) -> None:
    answer = ask(visit(), OVERDUE)
    expect(answer.locator(".claim").first).to_contain_text(say("en", "overdue_mark"))
    expect(answer.locator(".source > summary").first).to_contain_text(say("en", "overdue_badge"))


def test_a_citation_leads_to_its_card_and_back_by_keyboard(visit: Visits) -> None:
    answer = ask(visit(), KNOWN)
    answer.locator(".cite").nth(1).press("Enter")
    card = answer.locator(".source").first
    expect(card).to_have_attribute("open", "")
    expect(card.locator(":scope > summary")).to_be_focused()
    expect(card.locator("blockquote").nth(1)).to_be_in_viewport()
    card.locator(":scope > summary").press("Escape")
    expect(card).not_to_have_attribute("open", "")
    expect(answer.locator(".cite").nth(1)).to_be_focused()


def test_an_answer_that_another_follows_folds_to_its_line_and_opens_by_keyboard(visit: Visits) -> None:
    page = visit()
    line = ask(page, KNOWN).locator(".answer-line").inner_text()
    ask(page, "Which four clusters make up bioXclusters?")
    before = page.locator("#past .turn")
    expect(before.locator(".answer-line")).to_have_text(line)
    expect(before.locator(".outcome")).to_have_text(say("en", "outcome_grounded"))
    expect(before.locator(".points")).not_to_be_visible()
    before.locator(".whole > summary").press("Enter")
    for part in (".points", ".tags", ".source > summary", "button.copy"):
        expect(before.locator(part).first).to_be_visible()
    before.locator(".whole > summary").press("Enter")
    before.locator(".cite").first.press("Enter")
    expect(before.locator(".source[open] blockquote").first).to_be_visible()


def test_an_answer_that_is_folded_is_printed_whole(visit: Visits) -> None:
    page = visit()
    ask(page, KNOWN)
    ask(page, "Which four clusters make up bioXclusters?")
    page.emulate_media(media="print")
    expect(page.locator("#past .points")).to_be_visible()
    expect(page.locator("#past blockquote").first).to_be_visible()


def test_the_newest_answer_begins_on_the_first_screen_of_a_phone(visit: Visits) -> None:
    page = visit(**PHONE)
    for question in (KNOWN, "Which four clusters make up bioXclusters?", KNOWN.replace("Japan", "Brazil")):
        line = ask(page, question).locator(".answer-line").first
        expect(line).to_be_in_viewport(ratio=1)
    page.reload()
    ready(page)
    expect(page.locator("#current .answer-line").first).to_be_in_viewport(ratio=1)


def test_an_opened_source_moves_nothing_of_the_answer(visit: Visits) -> None:
    answer = ask(visit(viewport={"width": 1280, "height": 800}), KNOWN)
    line = answer.locator(".answer-line")
    before = line.bounding_box()
    answer.locator(".cite").first.click()
    expect(answer.locator(".source[open] .panel")).to_be_in_viewport()
    assert line.bounding_box() == before
    answer.get_by_role("button", name=say("en", "close_source")).press("Enter")
    expect(answer.locator(".source[open]")).to_have_count(0)
    expect(answer.locator(".cite").first).to_be_focused()


def test_on_a_phone_a_source_comes_from_below_keeps_the_focus_and_moves_nothing_of_the_answer(visit: Visits) -> None:
    page = visit(**PHONE)
    answer = ask(page, KNOWN)
    line, cite = answer.locator(".answer-line"), answer.locator(".cite").first
    cite.scroll_into_view_if_needed()
    before = line.bounding_box()
    cite.click()
    sheet = page.get_by_role("dialog")
    settled(page)
    expect(sheet).to_be_in_viewport(ratio=1)
    assert line.bounding_box() == before
    expect(sheet.get_by_role("button", name=say("en", "close_source"))).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(sheet.get_by_role("button", name=say("en", "close_source"))).to_be_focused()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(cite).to_be_focused()
    cite.click()
    page.mouse.click(195, 40)  # beside it
    expect(sheet).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_one_begins_with_stands_on_the_first_screen_of_a_phone(visit: Visits, language: str) -> None:
    page = visit(**PHONE | {"locale": language})
    for begins in (page.locator("#heading h1"), page.locator("#product"), page.locator("#own-markets"), box(page)):
        expect(begins).to_be_in_viewport(ratio=1)
    for question in page.locator("#next button:visible").all()[:3]:
        expect(question).to_be_in_viewport(ratio=0.9)
    assert fits(page)


def test_whom_to_ask_stands_below_the_line_that_answers(visit: Visits) -> None:
    answer = ask(visit(**PHONE), "Who can help us enter Japan?")
    line, cards = answer.locator(".answer-line"), answer.locator(".cards")
    expect(line).to_be_in_viewport()
    assert line.bounding_box()["y"] < cards.bounding_box()["y"]  # type: ignore[index]


def test_the_class_of_a_device_is_changed_where_it_says_what_it_was_taken_for(visit: Visits) -> None:
    page = visit()
    answer = ask(page, "What does a class II device licence cost in Canada?")
    tag = answer.locator(".tag > summary", has_text=say("en", "tag_classes"))
    expect(tag).to_contain_text("II")
    tag.click()
    answer.get_by_role("button", name="IV", exact=True).click()
    answer = answered(page, "What does a class IV device licence cost in Canada?")
    expect(answer.locator(".tag > summary", has_text=say("en", "tag_classes"))).to_contain_text("IV")


def test_a_question_is_asked_of_another_market_where_it_says_what_it_was_taken_for(visit: Visits) -> None:
    page = visit()
    tag = ask(page, KNOWN).locator(".tag > summary", has_text=say("en", "tag_markets"))
    tag.press("Enter")
    page.keyboard.press("Escape")
    expect(tag).to_be_focused()
    tag.press("Enter")
    page.keyboard.press("Tab")
    page.locator(".tag button", has_text="China").press("Enter")
    answer = answered(page, say("en", "ask_of", name="China"))
    expect(answer.locator(".tag b").first).to_have_text("China")
    expect(page.locator("#past .tag button")).to_have_count(0)
    answer.get_by_role("button", name=say("en", "back_to", market="Japan")).click()
    expect(answered(page, say("en", "ask_of", name="Japan")).locator(".tag b").first).to_have_text("Japan")


def test_another_subject_is_asked_for_by_the_librarys_own_question(visit: Visits) -> None:
    page = visit()
    ask(page, KNOWN).locator(".tag > summary", has_text=say("en", "tag_aspects")).press("Enter")
    page.locator(".tag button", has_text=say("en", "aspect_time")).press("Enter")
    expect(page.locator("#past .question")).to_contain_text(KNOWN)
    page.locator("#current .turn:not(.running) .outcome").wait_for()
    asked = page.locator("#current .question").inner_text()
    assert "Japan" in asked
    expect(page.locator("#current .answering")).to_have_text(asked.removeprefix(say("en", "you_asked")).strip())
    expect(page.locator("#current .tag", has_text=say("en", "tag_aspects"))).to_contain_text("How long it takes")


def test_an_answer_is_added_to_the_plan_which_opens_at_the_same_and_is_remembered(visit: Visits) -> None:
    page = visit()
    answer = ask(page, KNOWN)
    with page.expect_popup() as opened:
        answer.get_by_role("link", name=say("en", "to_plan")).click()
    plan = opened.value
    expect(plan.locator("#fact-representative")).to_be_in_viewport()
    assert is_lit(plan, "#fact-representative")
    expect(page.locator("#status")).to_contain_text("In your plan: Medical device → Japan.")
    expect(product_of(page)).to_contain_text("Japan")
    page.reload()
    ready(page)
    again = page.locator("#project a")
    expect(again).to_have_attribute("href", re.compile(r"plan\?market=japan&product=devices&"))
    ask(page, KNOWN.replace("Japan", "Brazil")).get_by_role("link", name=say("en", "to_plan")).click()
    expect(page.locator("#project a")).to_have_text(
        [f"{say('en', 'open_plan')}: {market}" for market in ("Brazil", "Japan")]
    )


def test_what_a_question_was_taken_for_fits_a_phone_in_long_words_too(visit: Visits) -> None:
    page = visit(locale="de-DE", **PHONE)
    ask(page, "Was muss auf dem Etikett eines Nahrungsergänzungsmittels in den USA stehen?")
    ask(page, "und in Kanada?")
    tags = page.locator("#current .tag").all()
    assert tags
    for tag in tags:
        box_of = tag.bounding_box()
        assert box_of
        assert box_of["x"] + box_of["width"] <= PHONE["viewport"]["width"]


def test_a_finished_answer_is_announced_and_the_focus_stays_with_the_question(visit: Visits) -> None:
    page = visit()
    ask(page, KNOWN)
    expect(page.locator("body > [role=status]")).to_contain_text("Answer from the library. Statements: ")
    expect(box(page)).to_be_focused()
    expect(box(page)).to_have_value("")
    expect(page.locator(".question")).to_be_in_viewport()


def test_an_answer_is_copied_with_its_sources_and_dates(visit: Visits) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    answer = ask(page, KNOWN)
    button = answer.locator(".copy")
    button.press("Enter")
    expect(button).to_have_text(say("en", "copied"))
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(KNOWN)
    assert re.search(r" \[1\]( \[\d\])*$", copied, re.MULTILINE)
    assert re.search(r"^\[1\] .+ facts as of 20\d\d", copied, re.MULTILINE)
    assert "https://" in copied
    assert "AI assistant" in copied
    expect(button).to_have_text(say("en", "copy"))


def test_it_is_copied_also_from_a_page_that_does_not_come_over_https(visit: Visits) -> None:
    page = visit(address=visit.address.replace("127.0.0.1", INSECURE))
    assert page.evaluate("navigator.clipboard") is None
    ask(page, KNOWN).locator(".copy").click()
    box(page).press("Control+V")
    assert box(page).input_value().startswith(KNOWN)


def test_walls_are_told_also_when_the_boxes_are_folded_away(visit: Visits) -> None:
    page = visit(locale="fr-FR")
    fold = page.locator("#narrow > button")
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.click()
    expect(fold).to_have_attribute("aria-expanded", "true")
    page.locator("#narrow").get_by_label("Chine").check()
    fold.click()
    expect(fold).to_contain_text(f"{say('fr', 'narrow')}: la Chine")
    answer = ask(page, "Combien de temps faut-il pour faire autoriser un dispositif médical au Japon ?")
    assert not [place for place in answer.locator(".place").all_inner_texts() if "in Japan ›" in place]


def test_a_question_without_words_stays_in_the_box(visit: Visits) -> None:
    page = visit(locale="es-ES")
    box(page).fill("?!?!")
    box(page).press("Enter")
    expect(page.locator("#status .notice")).to_have_text(say("es", "unclear", longest=2000))
    expect(box(page)).to_have_value("?!?!")


def test_a_phone_shows_the_page_without_scrolling_sideways_and_with_targets_to_hit(visit: Visits) -> None:
    page = visit(locale="de-DE", **PHONE)
    answer = ask(page, say("de", "example_1"))
    page.locator("#narrow > button").click()
    sizes = targets(page)
    page.locator("#narrow > button").click()  # what is unfolded there and a source would cover each other
    answer.locator(".source > summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    sizes += targets(page)
    assert len(sizes) > 20
    assert min(min(size) for size in sizes) >= 24


def targets(page: Page) -> list[list[float]]:
    """The width and height in pixels of everything that can be hit."""
    sizes: list[list[float]] = page.locator("button, summary, .cite, label, #question textarea").evaluate_all(
        "all => all.filter(e => e.checkVisibility()).map(e => e.getBoundingClientRect()).map(r => [r.width, r.height])"
    )
    return sizes


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_a_contrast_of_4_5_to_1(visit: Visits, scheme: str) -> None:
    page = visit(color_scheme=scheme)
    for question in (PARTIAL, CLARIFY, NOT_IN_LIBRARY, OUT_OF_SCOPE, OVERDUE):
        ask(page, question)
    for fold in page.locator("#past .whole > summary").all():
        fold.click()
    page.locator(".source > summary").first.click()
    page.locator("#narrow > button").click()
    product_of(page).click()
    settled(page)
    low = page.evaluate(CONTRAST)
    assert low == []


@pytest.mark.parametrize(("wanted", "motion"), [("reduce", "none"), ("no-preference", "waiting")])
def test_who_wants_no_motion_sees_none(visit: Visits, slow: str, wanted: str, motion: str) -> None:
    page = visit(reduced_motion=wanted)
    send(page, slow)
    page.locator(".progress .done").wait_for()
    assert page.locator(".progress .now").evaluate("e => getComputedStyle(e, '::before').animationName") == motion


def test_of_a_conversation_that_is_too_long_the_oldest_turns_stay_behind(visit: Visits) -> None:
    page = visit()
    ready(page)
    turns = "Array.from({length: 30}, (_, n) => `${n}${'é'.repeat(30000)}`)"
    sent = f"{{data: [{turns}], fn_index: 99999, session_hash: 'x'}}"
    with page.expect_request("**/queue/join") as posted:
        status = page.evaluate(
            f"fetch('gradio_api/queue/join', {{method: 'POST', headers: {{'Content-Type': 'application/json'}},"
            f" body: JSON.stringify({sent})}}).then((answer) => answer.status)"
        )
    assert status == 400  # it is no event of the page, and not too large
    assert [turn[:2] for turn in json.loads(posted.value.post_data or "")["data"][0]] == ["29"]


def test_what_the_page_itself_sends_goes_the_same_way(visit: Visits) -> None:
    page = visit()
    ready(page)
    page.evaluate("window.seen = []; const on = window.fetch; window.fetch = (...all) => (seen.push(all), on(...all))")
    ask(page, "Who files a device in Japan?")
    asked = page.evaluate("seen.filter(([way]) => String(way).includes('/queue/join')).map(([, one]) => one.body)")
    assert "Who files a device in Japan?" in "".join(asked)
