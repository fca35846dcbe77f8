"""What a chat model proposes for sections, on the staff pages over a real server: filled in, read, published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from assistant.app import App
from assistant.model.budget import BudgetSpent
from assistant.model.chat_model import ModelRefused, ModelUnavailable
from assistant.texts import say
from corpus.documents import Stage
from corpus.errors import NotRead
from corpus.units import Unit
from corpus.vocabulary import LANGUAGES
from tests.conftest import Clock, House, served
from tests.scripted_model import ScriptedModel
from tests.staff_pages import DEVICES, Browser, Form, Site, fill, form_of, peopled, web

EDIT = f"{DEVICES}:edit"
ANSWER = "The review takes 12 months."
ENGLISH = f"ANSWER: {ANSWER}\nQUESTION: How long does the review take in Japan?\nALSO: Review time in Japan?\n"
GERMAN = "ANSWER de: Die Prüfung dauert 12 Monate.\nQUESTION de: Wie lange dauert die Prüfung in Japan?\n"


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(ENGLISH, GERMAN)


@pytest.fixture
def app(house: House, tmp_path: Path, clock: Clock, model: ScriptedModel) -> Iterator[App]:
    app = replace(peopled(house, tmp_path / "accounts.sqlite", clock), chat=model.as_chat())
    yield app
    app.accounts.close()
    app.journal.close()


@pytest.fixture
def site(app: App, clock: Clock) -> Iterator[Site]:
    with served(web(app)) as url:
        yield Site(app, clock, url)


def drafted(house: House) -> Unit:
    draft = house.catalogue.draft("japan/devices")
    assert draft is not None
    return draft.metadata.units[0]


def proposed(ada: Browser) -> Form:
    return form_of(fill(ada, EDIT, propose="0").text)


def test_what_is_proposed_stands_in_the_form_marked_and_nothing_is_saved(site: Site, house: House) -> None:
    ada = site.browser("ada")
    answer = fill(ada, EDIT, propose="0", title="Another title")
    assert answer.status_code == 200
    form = form_of(answer.text)
    assert (form["unit_0_answer_en"], form["unit_0_answer_de"]) == ([ANSWER], ["Die Prüfung dauert 12 Monate."])
    assert form["unit_0_also_asked"] == ["Review time in Japan?"]
    assert form["title"] == ["Another title"]
    assert answer.text.count(f'<span class="mark" lang="en">{say("en", "proposed")}</span>') == 5
    assert '<details id="unit_0" class="unit" open>' in answer.text
    assert "Answer, Français: <b>The model wrote nothing for it.</b>" in answer.text
    assert house.catalogue.draft("japan/devices") is None


def test_proposed_fields_are_kept_as_such_until_somebody_saves_them_as_read(site: Site, house: House) -> None:
    ada = site.browser("ada")
    assert fill(ada, EDIT, proposed(ada)).status_code == 303
    assert set(drafted(house).unread) == {
        *("answer.en", "answer.de", "question.en", "question.de"),
        *("also_asked", "products"),
    }
    assert say("en", "unit_unread_short") in ada.get(DEVICES).text
    assert "Proposed, not read" in ada.get(f"{DEVICES}:compare").text
    assert fill(ada, EDIT, title="Another title").status_code == 303
    assert len(drafted(house).unread) == 6
    assert fill(ada, EDIT, unit_0_read="1").status_code == 303
    assert (drafted(house).unread, drafted(house).proposed) == ((), {})
    assert drafted(house).answer["en"] == ANSWER
    assert say("en", "unit_unread_short") not in ada.get(DEVICES).text


def test_what_a_person_changes_is_their_own(site: Site, house: House) -> None:
    ada = site.browser("ada")
    fill(ada, EDIT, proposed(ada), unit_0_answer_de="Die Prüfung dauert zwölf Monate.", unit_0_also_asked="")
    assert set(drafted(house).unread) == {"answer.en", "question.en", "question.de", "products"}
    fill(
        ada,
        EDIT,
        unit_0_answer_en="It takes 12 months.",
        unit_0_question_en="How long?",
        unit_0_question_de="",
        unit_0_products=[],
    )
    assert drafted(house).unread == ()


def test_a_document_with_proposed_fields_is_not_published_before_they_are_read(site: Site, house: House) -> None:
    ada, rosa = site.browser("ada"), site.browser("rosa")
    fill(ada, EDIT, proposed(ada))
    house.catalogue.move("japan/devices", Stage.IN_REVIEW, who="ada", why="")
    refused = rosa.post("/staff/documents:publish?document=japan/devices", ticked="japan/devices@2")
    assert refused.status_code == 409
    sentence = say("en", "not_read", document="japan/devices", sections="“What the rules ask”")
    assert sentence in unescape(refused.text)
    with pytest.raises(NotRead, match="What the rules ask"):
        house.catalogue.move("japan/devices", Stage.PUBLISHED, who="cli", why="")
    fill(rosa, EDIT, unit_0_read="1")
    house.catalogue.move("japan/devices", Stage.IN_REVIEW, who="rosa", why="")
    house.catalogue.move("japan/devices", Stage.PUBLISHED, who="ben", why="")
    assert house.catalogue.document("japan/devices").metadata.units[0].answer["en"] == ANSWER


def test_a_draft_with_proposed_fields_can_be_tried(site: Site, model: ScriptedModel) -> None:
    model.replies.append("CANNOT_ANSWER")
    ada = site.browser("ada")
    fill(ada, EDIT, proposed(ada))
    tried = ada.post("/staff/try", question="How long does the review take in Japan?", draft="japan/devices")
    assert tried.status_code == 200


@pytest.mark.parametrize(
    ("failure", "name"),
    [
        (ModelUnavailable("down"), "propose_unavailable"),
        (ModelRefused("401"), "propose_refused"),
        (BudgetSpent("spent"), "propose_budget_spent"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_model_that_fails_is_told_in_a_sentence_and_nothing_typed_is_lost(
    site: Site, model: ScriptedModel, failure: Exception, name: str, language: str
) -> None:
    model.replies = [failure]
    site.app.accounts.speak("ada", language)
    ada = site.browser("ada")
    answer = fill(ada, EDIT, propose="0", unit_0_answer_fr="À la main.", why="since")
    assert answer.status_code == 503
    assert say(language, name) in unescape(answer.text)
    form = form_of(answer.text)
    assert (form["unit_0_answer_fr"], form["why"]) == (["À la main."], ["since"])


def test_a_section_without_text_is_told_without_asking(site: Site, model: ScriptedModel) -> None:
    answer = fill(site.browser("ada"), EDIT, propose="0", body="## What the rules ask\n")
    assert "“What the rules ask” has no text" in unescape(answer.text)
    assert model.asked == []


def test_another_document_gets_proposals_before_it_is_first_saved(site: Site, house: House) -> None:
    ada = site.browser("ada")
    new, body = "/staff/new-document", f"## Time\n{ANSWER}"
    form = form_of(ada.get(new).text)
    shown = form_of(fill(ada, new, form, title="New", publisher="P", body=body, more="1").text)
    made = fill(ada, new, form_of(fill(ada, new, shown, propose="0").text))
    assert made.status_code == 303
    [unit] = house.catalogue.document("general/new").metadata.units
    assert "answer.en" in unit.unread


def test_without_a_model_nothing_is_offered_and_asking_changes_nothing(site: Site, app: App, clock: Clock) -> None:
    with served(web(replace(app, chat=None))) as url:
        ada = Site(app, clock, url).browser("ada")
        assert 'name="propose"' not in ada.get(EDIT).text
        assert fill(ada, EDIT, propose="0", unit_0_answer_en="Mine.").status_code == 303
    for planted in ("7", "-1", "x", "0' or 1"):
        assert fill(site.browser("ada"), EDIT, propose=planted).status_code == 303
