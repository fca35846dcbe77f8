"""The page for contact: whom to ask, and a letter that is seen and agreed to before it is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.app import App, with_desks
from assistant.handoff.handoffs import HandoffStage
from assistant.handoff.letters import LetterKind
from assistant.texts import say
from corpus.vocabulary import LANGUAGES
from pages.public.site import public
from tests.conftest import House, installation
from tests.forms import PARTNER, QUESTION, letter_shown


@pytest.fixture
def app(house: House, tmp_path: Path) -> Iterator[App]:
    app = installation(house, tmp_path / "accounts.sqlite")
    yield app
    app.handoffs.close()
    app.accounts.close()


@pytest.fixture
def visitor(app: App) -> TestClient:
    door = FastAPI()
    door.router.routes.extend(public(app))
    return TestClient(door, headers={"accept-language": "en"})


def agreed(visitor: TestClient, filled: dict[str, Any]) -> dict[str, Any]:
    """The form with its letter seen and the sentence agreed to."""
    return filled | letter_shown(visitor.post("/contact", data=filled).text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_names_whom_to_ask_with_the_reason(visitor: TestClient, language: str) -> None:
    html = visitor.get("/contact", params={"language": language, "home": "biom"}).text
    assert f'<html lang="{language}">' in html
    assert 'href="https://www.bio-m.org/en/"' in html
    assert '<option value="biom" selected>' in html


def test_a_desk_says_in_how_many_days_it_answers_where_its_cluster_has_said_so(app: App) -> None:
    door = FastAPI()
    door.router.routes.extend(public(replace(app, vocabulary=with_desks(app.vocabulary, {"biom": 3, "biocat": 1}))))
    for language in LANGUAGES:
        html = TestClient(door).get("/contact", params={"language": language}).text
        assert html.count(f"<dt>{say(language, 'contact_answers')}</dt>") == 2
        for told in (say(language, "within_many", n=3), say(language, "within_one")):
            assert f"<dd>{told}</dd>" in html


def test_who_comes_from_an_answer_finds_the_question_filled_in(visitor: TestClient) -> None:
    html = visitor.get("/contact", params={"question": "Who helps a firm from Turin in Japan?"}).text
    assert html.count("Who helps a firm from Turin in Japan?") == 2
    assert '<option value="biopmed" selected>' in html


@pytest.mark.parametrize("filled", [QUESTION, PARTNER], ids=["question", "partner"])
def test_nothing_is_kept_before_the_letter_was_seen_and_agreed_to(
    app: App, visitor: TestClient, filled: dict[str, Any]
) -> None:
    preview = visitor.post("/contact", data=filled)
    assert preview.status_code == 200
    assert "Isar Stents GmbH" in preview.text
    assert app.handoffs.find() == []
    sent = visitor.post("/contact", data=filled | letter_shown(preview.text))
    assert say("en", "contact_thanks", cluster="BioM") in unescape(sent.text)
    [kept] = app.handoffs.find()
    assert (kept.stage, kept.draft.kind, kept.draft.email) == (
        HandoffStage.WAITING,
        LetterKind(str(filled["kind"])),
        QUESTION["email"],
    )
    assert str(kept.letter.text) in unescape(preview.text)
    assert kept.consent in unescape(preview.text)


def test_a_letter_that_is_not_the_one_seen_is_not_kept(app: App, visitor: TestClient) -> None:
    filled = agreed(visitor, QUESTION) | {"message": "Something else"}
    assert visitor.post("/contact", data=filled).status_code == 409
    assert app.handoffs.find() == []


def test_what_is_missing_is_told_and_what_was_typed_stays(app: App, visitor: TestClient) -> None:
    answer = visitor.post("/contact", data=QUESTION | {"email": "eva"})
    assert answer.status_code == 422
    assert say("en", "handoff_email_bad") in unescape(answer.text)
    assert "Who knows a MAH in Japan?" in answer.text
    assert app.handoffs.find() == []


def test_a_letter_can_be_changed_after_it_was_seen(visitor: TestClient) -> None:
    html = visitor.post("/contact", data=agreed(visitor, QUESTION) | {"change": "yes"}).text
    assert 'value="Isar Stents GmbH"' in html
    assert say("en", "contact_next") in html


def test_a_program_that_fills_in_everything_is_thanked_and_nothing_is_kept(app: App, visitor: TestClient) -> None:
    answer = visitor.post("/contact", data=agreed(visitor, QUESTION) | {"website": "https://spam.example"})
    assert answer.status_code == 200
    assert app.handoffs.find() == []


def test_too_many_letters_of_one_household_are_told_to_wait(app: App, visitor: TestClient) -> None:
    filled = agreed(visitor, QUESTION)
    statuses = [visitor.post("/contact", data=filled).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    assert len(app.handoffs.find()) == 5


def test_markup_in_a_letter_is_shown_as_text(visitor: TestClient) -> None:
    html = visitor.post("/contact", data=QUESTION | {"message": "<script>alert(1)</script>"}).text
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_another_site_cannot_send_a_letter(app: App, visitor: TestClient) -> None:
    filled = agreed(visitor, QUESTION)
    answer = visitor.post("/contact", data=filled, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert app.handoffs.find() == []


@pytest.mark.parametrize("home", ["outside", "nowhere", "<b>"])
def test_whoever_comes_from_elsewhere_is_told_whom_to_ask(visitor: TestClient, home: str) -> None:
    page = visitor.get("/contact", params={"home": home})
    assert page.status_code == 200
    assert ("European Cluster Collaboration Platform" in page.text) == (home == "outside")
