"""What companies send in: a form for everybody, whose texts become drafts that only staff see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fastapi import FastAPI

from assistant.app import App
from corpus.documents import Access, Document, Stage
from corpus.vocabulary import LANGUAGES
from pages.public.best_practice import best_practice
from pages.shared.access import TrustedProxy
from tests.conftest import Clock, House, installation, served
from tests.forms import PRACTICE, STORY
from tests.staff_pages import Browser


@dataclass
class Site:
    """The form as it is served, and the clock by which it counts."""

    app: App
    clock: Clock
    url: str

    def send(self, address: str = "192.0.2.1", **changes: str) -> int:
        return self.answer(address, **changes)[0]

    def answer(self, address: str = "192.0.2.1", **changes: str) -> tuple[int, str]:
        browser = Browser(self.url, headers={"X-Forwarded-For": address})
        response = browser.client.post("/best-practice/", data=PRACTICE | changes, headers={"Origin": self.url})
        return response.status_code, response.text

    @property
    def drafts(self) -> list[Document]:
        return self.app.catalogue.documents(Stage.DRAFT)


@pytest.fixture
def site(house: House, tmp_path: Path) -> Iterator[Site]:
    clock = Clock()
    app = installation(house, tmp_path / "accounts.sqlite", trusted_proxy="127.0.0.1")
    door = FastAPI()
    door.mount("/best-practice", best_practice(app, clock))
    door.add_middleware(TrustedProxy, settings=app.settings)
    with served(door) as url:
        yield Site(app, clock, url)
    app.accounts.close()


def test_what_is_sent_in_is_a_draft_for_staff_and_the_address_stands_beside_it(site: Site) -> None:
    assert site.send(text="# A heading\n" + STORY) == 200
    [draft] = site.drafts
    said = draft.metadata
    assert (said.title, said.publisher, said.kind) == (PRACTICE["title"], PRACTICE["company"], "practice")
    assert (said.markets, said.areas) == (frozenset({"japan"}), frozenset({"digital-health"}))
    assert (said.access, draft.origin, said.language) == (Access.STAFF, "form", "en")
    passages = site.app.catalogue.passages_of(draft.id)
    assert any("distributor in Osaka for two years" in passage.text for passage in passages)
    [comment] = site.app.catalogue.comments(draft.id)
    assert PRACTICE["email"] in comment.text
    assert PRACTICE["email"] not in draft.version.body


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title": " "}, "a title that fits on a line"),
        ({"title": "x" * 151}, "a title that fits on a line"),
        ({"text": "Too short."}, "Write 200 to 10000 characters"),
        ({"text": "x" * 10_001}, "Write 200 to 10000 characters"),
        ({"company": ""}, "name of your company"),
        ({"email": "nowhere"}, "no e-mail address"),
        ({"agreed": ""}, "Without your agreement"),
    ],
)
def test_what_is_missing_is_told_and_what_was_typed_is_kept(site: Site, changes: dict[str, str], told: str) -> None:
    status, shown = site.answer(**changes)
    assert status == 422
    assert told in shown
    assert PRACTICE["area"] in shown
    assert site.drafts == []


def test_a_program_that_fills_in_every_field_is_thanked_and_leaves_nothing(site: Site) -> None:
    status, shown = site.answer(website="https://example.org")
    assert (status, "Thank you" in shown) == (200, True)
    assert site.drafts == []


def test_one_household_sends_a_few_an_hour_and_others_are_not_held_up(site: Site) -> None:
    assert [site.send("2001:db8::1") for _ in range(5)] == [200] * 5
    assert site.send("2001:db8::2") == 429  # of the same network
    assert site.send("192.0.2.7") == 200
    site.clock.now += 3601
    assert site.send("2001:db8::1") == 200


def test_forms_from_elsewhere_and_large_ones_are_refused(site: Site) -> None:
    browser = Browser(site.url)
    foreign = browser.client.post("/best-practice/", data=PRACTICE, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert browser.client.post("/best-practice/", content=b"x" * 70_000).status_code == 413
    assert browser.client.post("/best-practice/", content=iter([b"text=", b"x"])).status_code == 411
    assert site.drafts == []


def test_markup_stays_text_and_unknown_codes_are_left_out(site: Site) -> None:
    _, shown = site.answer(title="<script>alert(1)</script>", email="no")
    assert "<script>alert" not in shown
    assert site.send(title="<script>alert(1)</script>", market="mars", area="../x") == 200
    [draft] = site.drafts
    assert draft.id.startswith("best-practices/script-alert-1-script-")
    assert draft.metadata.markets == draft.metadata.areas == frozenset()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_speaks_the_language_of_the_browser_or_the_one_chosen(site: Site, language: str) -> None:
    browser = Browser(site.url)
    for page in (
        browser.get("/best-practice/", **{"Accept-Language": language}),
        browser.get(f"/best-practice/?language={language}"),
    ):
        assert f'<html lang="{language}">' in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'")
        assert "/sign-in" not in page.text
