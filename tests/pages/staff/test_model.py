"""The page on the chat model: what was last found out of it, for what that holds, and a run in the background."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from assistant.app import App
from assistant.desk.qualifying import Qualifying, last_qualification
from assistant.evaluation.qualification import TAKEN_DOWN, TakenDown, qualification_questions
from assistant.model.chat_model import ModelRefused
from assistant.settings import Settings
from assistant.texts import say
from corpus.vocabulary import LANGUAGES
from tests.conftest import Clock, House, served
from tests.scripted_model import ScriptedModel
from tests.staff_pages import Site, peopled, web

PAGE = "/staff/model"
ALL = qualification_questions()


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel(*["CANNOT_ANSWER"] * 200)


@pytest.fixture
def app(house: House, tmp_path: Path, clock: Clock, model: ScriptedModel) -> Iterator[App]:
    opened = peopled(house, tmp_path / "accounts.sqlite", clock, chat_model="m")
    yield replace(opened, chat=model.as_chat())
    opened.accounts.close()
    opened.journal.close()


@pytest.fixture
def site(app: App, clock: Clock) -> Iterator[Site]:
    with served(web(app)) as url:
        yield Site(app, clock, url)


def ask(app: App, most: int | None = None) -> None:
    list(TakenDown(app.home / TAKEN_DOWN, app).ask(app, qualification_questions(most)))


def test_only_administrators_see_it(site: Site) -> None:
    for name in ("ada", "rosa"):
        assert site.browser(name).get(PAGE).status_code == 403
        assert PAGE not in site.browser(name).get("/staff/").text
    anna = site.browser("anna")
    assert say("en", "qualify_never") in anna.get(PAGE).text
    assert "market-entry qualify" in anna.get(PAGE).text
    assert f'href="{PAGE}"' in anna.get("/staff/").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_last_run_is_shown_with_its_verdict_in_every_language(site: Site, app: App, language: str) -> None:
    ask(app, 3)
    app.accounts.speak("anna", language)
    shown = unescape(site.browser("anna").get(PAGE).text)
    assert f"{say(language, 'qualify_may')} {say(language, 'qualified_no')}" in shown
    assert say(language, "qualify_why_nothing_said") in shown
    assert say(language, "qualify_why_few_asked", sent=3, count=len(ALL)) in shown
    assert say(language, "qualify_answered_of", answered=3, sent=3, count=len(ALL)) in shown
    assert say(language, "qualify_current") in shown


def test_a_run_of_another_model_or_library_says_so_and_keeps_its_name(site: Site, app: App, house: House) -> None:
    ask(app, 2)
    taken_down = (app.home / TAKEN_DOWN).read_text("utf-8")
    other = replace(app, settings=Settings(home=app.home, chat_model="n", chat_price_in=1, chat_price_out=1))
    last = last_qualification(other)
    assert last is not None
    assert (last.other, last.found.model, last.found.cost_of_a_thousand) == (("model",), "m", None)
    house.edit("japan/devices", "Everything is new.")
    house.review("japan/devices")
    house.index.build(house.catalogue, house.cache)
    shown = site.browser("anna").get(PAGE).text
    assert f"{say('en', 'qualify_other')} {say('en', 'qualify_of_library')}</p>" in shown
    assert (app.home / TAKEN_DOWN).read_text("utf-8") == taken_down


def test_it_is_asked_in_the_background_and_goes_on_where_it_was(site: Site, app: App, model: ScriptedModel) -> None:
    ask(app, 38)
    anna = site.browser("anna")
    assert anna.post(f"{PAGE}:qualify").status_code == 303
    over = say("en", "qualify_over", asked=len(ALL), count=len(ALL))
    while over not in anna.get(PAGE).text:
        time.sleep(0.05)
    assert len(model.asked) == len(ALL)
    last = last_qualification(app)
    assert last is not None
    assert last.complete
    qualifying = Qualifying(app)
    qualifying.start(who="anna")
    while qualifying.run is None or not qualifying.run.over:
        time.sleep(0.05)
    assert len(model.asked) == 2 * len(ALL)


def test_a_provider_that_refuses_ends_the_run_and_its_words_are_shown(site: Site, model: ScriptedModel) -> None:
    model.replies = [ModelRefused("Incorrect key <b>")] * 9
    anna = site.browser("anna")
    anna.post(f"{PAGE}:qualify")
    while say("en", "qualify_over", asked=4, count=len(ALL)) not in (shown := anna.get(PAGE).text):
        time.sleep(0.05)
    assert "Incorrect key &lt;b&gt;" in shown
    assert len(model.asked) == 4


def test_a_file_that_cannot_be_written_is_told(site: Site, app: App) -> None:
    (app.home / TAKEN_DOWN).mkdir(parents=True)
    anna = site.browser("anna")
    assert say("en", "qualify_never") in anna.get(PAGE).text
    anna.post(f"{PAGE}:qualify")
    while "cannot be read and written" not in anna.get(PAGE).text:
        time.sleep(0.05)
    shutil.rmtree(app.home / TAKEN_DOWN)


def test_without_a_model_nothing_is_asked(app: App, clock: Clock) -> None:
    quoting = replace(app, chat=None, settings=Settings(home=app.home))
    with served(web(quoting)) as url:
        anna = Site(quoting, clock, url).browser("anna")
        assert "MARKET_ENTRY_CHAT_MODEL" in anna.get(PAGE).text
        assert f"{PAGE}:qualify" not in anna.get(PAGE).text
        anna.post(f"{PAGE}:qualify")
        assert say("en", "done_no_model") in anna.get(PAGE).text
