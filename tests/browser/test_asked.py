"""What is asked and not answered, from the chat to the staff pages and back, in a real browser."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from assistant.journal.journal import Journal
from assistant.journal.records import Feedback, Rating
from assistant.texts import say
from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Stage
from tests.browser.scripted import KNOWN
from tests.browser.steps import (
    CONTRAST,
    CORRIDOR,
    DESK,
    PHONE,
    Visits,
    ask,
    come,
    fits,
    picture,
    rate,
    ready,
    settled,
    sign_in,
    soon,
)

GRAFT = "Which reimbursement tariff does Japan pay for zirconium spine grafts made by robots in space?"

pytestmark = pytest.mark.browser_sweep


@pytest.fixture
def journal(home: Path) -> Iterator[Journal]:
    with closing(Journal(home / "journal.sqlite")) as journal:
        yield journal


def last_feedback(journal: Journal) -> Feedback:
    return journal.feedback()[0]


def test_a_rating_with_a_comment_arrives_masked_and_is_there_after_a_reload(visit: Visits, journal: Journal) -> None:
    page = visit("/")
    ask(page, KNOWN)
    turn = page.locator("#current .turn")
    rate(turn, "Outdated", "Call Frau Erika Mustermann, erika@example.org")
    given = last_feedback(journal)
    assert (given.verdict, given.question) == (Rating.OUTDATED, KNOWN)
    assert "erika" not in given.comment.lower()
    journal.reply(given.answer_id, "Mended, thank you.", who="rosa")
    page.reload()
    ready(page)
    expect(page.locator(".rated")).to_contain_text("Outdated. “Call Frau [name], [e-mail]”")
    expect(page.locator(".rated")).to_contain_text("Our reply: Mended, thank you.")
    page.get_by_role("button", name=say("en", "good")).press("Enter")
    expect(page.locator(".rated")).to_contain_text("Helpful")
    expect(page.locator("button.good")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("button.bad")).to_have_attribute("aria-pressed", "false")
    assert last_feedback(journal).verdict is Rating.HELPFUL
    picture(page, Path("chat-rating.png"))
    page.emulate_media(color_scheme="dark")
    settled(page)
    assert page.evaluate(CONTRAST) == []


def test_what_is_said_second_of_an_answer_is_what_stands(visit: Visits, journal: Journal) -> None:
    page = visit("/")
    ask(page, KNOWN)
    turn = page.locator("#current .turn")
    held: list[Route] = []
    page.route("**/feedback*", lambda route: held.append(route))
    turn.locator("button.bad").press("Enter")
    turn.get_by_label("Outdated", exact=True).press("Space")
    turn.get_by_role("button", name=say("en", "rate_send")).press("Enter")
    for _ in range(100):  # a slow line gives back the last first
        page.wait_for_timeout(100)
        if held:
            held.pop().continue_()
        elif "Outdated" in "".join(turn.locator(".rated").all_text_contents()):
            break
    expect(turn.locator(".rated")).to_contain_text("Outdated")
    assert last_feedback(journal).verdict is Rating.OUTDATED


def test_an_earlier_answer_can_still_be_rated(visit: Visits, journal: Journal) -> None:
    page = visit("/", **PHONE)
    ask(page, KNOWN)
    ask(page, "Which four clusters make up bioXclusters?")
    page.locator("#past .whole > summary").press("Enter")
    rate(page.locator("#past .turn"), "Wrong source", "")
    given = last_feedback(journal)
    assert (given.verdict, given.question) == (Rating.WRONG_SOURCE, KNOWN)
    picture(page, Path("chat-rating-phone.png"))
    assert fits(page)


def test_who_objects_is_heard_and_forgotten(visit: Visits, journal: Journal) -> None:
    page = visit("/")
    expect(page.locator("#keeping")).to_contain_text(say("en", "kept_questions", days=90))
    ask(page, f"{GRAFT} First")
    soon(lambda: wordings(journal, "First") == 1)  # nobody waits for the journal
    page.get_by_label(say("en", "keep_not")).press("Space")
    expect(page.locator("#status")).to_contain_text(say("en", "kept_deleted"))
    assert wordings(journal, "First") == 0
    page.reload()
    ready(page)
    expect(page.get_by_label(say("en", "keep_not"))).to_be_checked()
    ask(page, f"{GRAFT} Second")
    ask(page, f"{GRAFT} Third")
    assert wordings(journal, "Second") == 0
    rate(page.locator("#current .turn"), "Wrong", "")
    assert wordings(journal, "Third") == 0


def test_who_takes_an_objection_back_has_done_so_after_a_reload_too(visit: Visits) -> None:
    page = visit("/")

    def kept() -> bool:
        """Whether the browser remembers an objection."""
        other = page.context.new_page()
        other.goto(visit.address)
        ready(other)
        checked = other.get_by_label(say("en", "keep_not")).is_checked()
        other.close()
        return checked

    page.get_by_label(say("en", "keep_not")).press("Space")
    soon(kept)
    page.get_by_label(say("en", "keep_not")).press("Space")
    soon(lambda: not kept())
    page.reload()
    ready(page)
    expect(page.get_by_label(say("en", "keep_not"))).not_to_be_checked()


def test_nothing_joins_a_new_conversation_to_the_one_before(visit: Visits) -> None:
    page = visit("/")
    keys: list[str] = []

    def hear(request: Request) -> None:
        said = (request.post_data_json or {}).get("data", []) if "queue/join" in request.url else []
        if KNOWN in said:
            keys.append(said[-2])

    page.context.on("request", hear)
    for _ in range(2):
        ready(page)
        ask(page, KNOWN)
        ask(page, KNOWN)
        told = page.locator("#key code")
        before = str(told.text_content())
        page.get_by_role("button", name=say("en", "new_conversation")).press("Enter")
        expect(told).not_to_have_text(before)
        page = page.context.new_page()  # of the same browser
        page.goto(visit.address)
    first, second, third, fourth = keys  # the first one of all is made by the server when the question is there
    assert "" not in (second, third, fourth)
    assert second != third == fourth
    assert first in ("", second)


def test_a_journal_that_is_locked_costs_nobody_an_answer(visit: Visits, home: Path) -> None:
    page = visit("/")
    with sqlite3.connect(home / "journal.sqlite", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        expect(ask(page, KNOWN)).to_contain_text("DMAH")
        page.get_by_role("button", name=say("en", "bad")).press("Enter")
        expect(page.locator(".rated")).to_contain_text("cannot be kept just now")
        other.execute("ROLLBACK")
    visit.trouble.clear()  # the browser tells the console that the rating was not taken


def wordings(journal: Journal, word: str) -> int:
    """How many questions with this word are kept, once the journal has written what it was given."""
    with journal.store.reading() as connection:
        texts = connection.exec_driver_sql("select text from questions").scalars().all()
    return sum(word in text for text in texts)


def test_members_are_answered_from_their_documents_and_nobody_else(visit: Visits) -> None:
    anonymous = visit("/")
    ready(anonymous)
    assert "Monday" not in ask(anonymous, CORRIDOR).inner_text()
    page = visit("/staff/sign-in")
    sign_in(page, "acme")
    ready(page)
    assert "Monday to Thursday" in ask(page, CORRIDOR).inner_text()
    page.goto(f"{visit.address}/staff/account")
    page.locator("#shell-bar summary").last.click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{visit.address}/")
    ready(page)
    page.locator("#new").click()
    assert "Monday" not in ask(page, CORRIDOR).inner_text()


def test_pages_of_what_was_not_answered_fit_and_can_be_read(visit: Visits) -> None:
    for text in ("Which tax does Brazil put on trained otters?", "Was kostet ein Otter in Brasilien?"):
        page = visit("/", **PHONE)
        expect(ask(page, text).locator(".outcome")).not_to_have_text(say("en", "outcome_grounded"))
    staff = come(visit, "rosa", "/staff/gaps", **DESK)
    gap = staff.get_by_role("link", name=re.compile("[Oo]tter"))  # the two are grouped by their meaning
    expect(gap).to_be_visible()
    for path, name in (("/", "home"), ("/gaps", "gaps"), ("/coverage?topic=devices&market=japan", "coverage")):
        staff.goto(f"{visit.address}/staff{path}")
        look(staff, name)
    staff.goto(f"{visit.address}/staff/report")
    look(staff, "report")
    staff.goto(f"{visit.address}/staff/gaps")
    gap.click()
    look(staff, "gap")


def look(page: Page, name: str) -> None:
    """The page fits both windows, can be read in both schemes, and is kept as a picture where these are wanted."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width}"
        picture(page, Path(f"staff-{name}-{width}.png"))
    page.set_viewport_size({"width": 1280, "height": 900})
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        settled(page)
        assert page.evaluate(CONTRAST) == [], f"{name}, {scheme}"


def test_staff_ask_as_a_member_and_see_why_it_is_answered_so(visit: Visits) -> None:
    page = come(visit, "rosa", "/staff/try", **DESK)
    page.get_by_label("Question").fill(CORRIDOR)
    page.get_by_label("Ask as").select_option(label="a member company")
    page.get_by_text("Language, walls and the company").click()
    page.get_by_label("Japan").check()
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("main")).to_contain_text("Monday to Thursday")
    look(page, "try")
    page.get_by_label("Ask as").select_option(label="anybody")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("main")).not_to_contain_text("Monday to Thursday")


def test_a_company_sends_in_what_has_worked_from_the_chat(visit: Visits, home: Path) -> None:
    page = visit("/", locale="de-DE")
    page.get_by_role("link", name=say("de", "practice")).click()
    expect(page.get_by_role("heading", name=say("de", "practice"))).to_be_visible()
    page.locator("#shell-bar .menu summary").click()
    page.get_by_role("link", name="English").click()
    look(page, "practice")
    page.get_by_label("Title").fill("How we found a distributor in Osaka")
    page.get_by_label("What you did").fill("We looked for a distributor in Osaka for two years. " * 6)
    page.get_by_label("Market").select_option(label="Japan")
    page.get_by_label(re.compile("^Company")).fill("Acme Diagnostics")
    page.get_by_label("E-mail address").fill("ana@acme.example")
    page.get_by_label("We agree").check()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Thank you")
    with closing(Catalogue(home / "catalogue.sqlite")) as catalogue:
        drafts = catalogue.documents(Stage.DRAFT)
    assert "Acme Diagnostics" in [draft.metadata.publisher for draft in drafts]
