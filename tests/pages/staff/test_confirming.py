"""Confirming many documents in one table, over a real server on this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx
import pytest

from assistant.app import App
from assistant.texts import say
from corpus.catalogue.records import Matter
from corpus.documents import Reuse, Stage
from corpus.intake.intake import Intake, IntakeOptions, Taken
from corpus.vocabulary import LANGUAGES
from pages.staff.confirming import A_PAGE
from tests.conftest import Clock, House, served
from tests.staff_pages import Browser, Form, Site, peopled, web

TEXT = (
    "Registering a device in {place} takes ten months, and a foreign maker of devices names a holder in {place} first. "
    "Whoever sells it there keeps {number} records of each device, and shows them to the authority when it asks."
)


@pytest.fixture
def app(house: House, tmp_path: Path) -> Iterator[App]:
    app = peopled(house, tmp_path / "accounts.sqlite")
    yield app
    app.accounts.close()


@pytest.fixture
def site(app: App) -> Iterator[Site]:
    with served(web(app)) as url:
        yield Site(app, Clock(), url)


def take_in(app: App, folder: Path, **texts: str) -> dict[str, str]:
    """Take in a file for each text; returns the ids by the files' names."""
    intake = Intake(app.catalogue, who="ada")
    ids = {}
    for name, text in texts.items():
        path = folder / f"{name}.html"
        path.write_text(text, "utf-8")
        for outcome in intake.add(str(path), IntakeOptions()):
            assert isinstance(outcome, Taken), outcome
            ids[name] = outcome.document.id
    return ids


def page_of(title: str, place: str, number: int = 1) -> str:
    said = f"<title>{title}</title>" if title else ""
    return f"<html><head>{said}</head><body><p>{TEXT.format(place=place, number=number)}</p></body></html>"


@pytest.fixture
def ids(app: App, tmp_path: Path) -> dict[str, str]:
    """A document that says what it is, and one for which nothing was found."""
    return take_in(
        app,
        tmp_path,
        japan=page_of("Guidance on devices in Japan", "Japan", 1),
        nowhere=page_of("", "that country", 2000),
    )


def form_of(html: str) -> Form:
    """What the table's form holds, as a browser would send it."""
    form = html[html.index('<form class="many confirming"') :]
    form = form[: form.index("</form>")]
    found: Form = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            found.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    for name, options in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        found.setdefault(name, []).extend(map(unescape, re.findall(r'value="([^"]*)" selected', options)))
    return found


def press(browser: Browser, act: str, form: Form | None = None, **changes: str) -> httpx.Response:
    """Open the table, change fields of it and press a button."""
    form = form or form_of(browser.get("/staff/intake").text)
    data = form | {name: [value] for name, value in changes.items()} | {"act": [act]}
    return browser.client.post("/staff/intake:confirm", data=data, headers={"Origin": browser.origin})


def row_of(html: str, document_id: str) -> str:
    """The beginning of the names of a document's fields."""
    found = re.search(rf'name="(row_\d+_)id" value="{document_id}"', html)
    assert found is not None
    return found[1]


def test_what_rests_on_nothing_stands_first_and_is_marked(site: Site, ids: dict[str, str]) -> None:
    html = site.browser("ada").get("/staff/intake").text
    assert re.findall(r'name="row_\d_id" value="([^"]+)"', html) == [ids["nowhere"], ids["japan"]]
    first, second = (re.search(rf'<tr>(?:(?!</tr>).)*name="row_{at}_id".*?</tr>', html, re.DOTALL) for at in (0, 1))
    assert first is not None
    assert second is not None
    weak = re.compile(r'name="row_\d_(\w+)"[^>]* class="weak"')
    assert {"title", "publisher", "kind"} <= set(weak.findall(first[0]))
    assert "title" not in weak.findall(second[0])
    graded = {
        re.sub(r"row_\d_", "", name): grade
        for name, grade in re.findall(r'<label for="(\w+)">[^<]* <span class="grade \w+">([^<]*)</span>', second[0])
    }
    assert (graded["title"], graded["kind"], graded["publisher"]) == ("likely", "sure", "a guess")
    assert re.search(r"Markets: Japan <span[^>]*>sure</span>", second[0])
    assert re.search(r"Topics: [^<]* <span[^>]*>sure</span>", second[0])
    assert "Registering a device in that country" in first[0], "how the text begins is shown beside the fields"


def test_a_field_that_somebody_changed_is_no_proposal_any_more(site: Site, ids: dict[str, str]) -> None:
    ada = site.browser("ada")
    form = form_of(ada.get("/staff/intake").text)
    shown = press(ada, "fill", form, row_0_publisher="The house of tests").text
    assert form_of(shown)["row_0_id"] == [ids["nowhere"]]
    assert re.search(r'<label for="row_0_publisher">[^<]*</label>', shown)
    assert re.search(r'<label for="row_0_title">[^<]* <span class="grade guess">a guess</span>', shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_of_one_document_shows_the_weak_proposals_first_and_their_grades_as_text(
    site: Site, ids: dict[str, str], language: str
) -> None:
    site.app.accounts.speak("ada", language)
    html = site.browser("ada").get(f"/staff/intake/{ids['japan']}").text
    form = html[html.index("<form data-unsaved") :]
    told = re.findall(r'<span class="grade \w+">([^<]*)</span>', form)
    order = [say(language, f"confidence_{grade}") for grade in ("guess", "likely", "sure")]
    assert set(told) == set(order)
    assert told == sorted(told, key=order.index)
    names = re.findall(r' name="(\w+)"', form)
    assert names.index("publisher") < names.index("title") < names.index("kind")


def test_all_are_ticked_given_the_same_and_confirmed_with_three_clicks(site: Site, ids: dict[str, str]) -> None:
    ada = site.browser("ada")
    ticked = press(ada, "tick")
    assert ticked.text.count('_ticked" value="1" checked') == 2
    same = {"same_reuse": "cite-only", "same_publisher": "The house of tests", "same_topics": "tax"}
    done = press(ada, "submit", form_of(ticked.text), **same)
    assert "Confirmed and sent to review: 2." in done.text
    for document_id in ids.values():
        document = site.app.catalogue.document(document_id)
        said = document.metadata
        assert (document.stage, said.reuse, said.publisher) == (Stage.IN_REVIEW, Reuse.CITE_ONLY, "The house of tests")
        assert "tax" in said.topics
        assert document_id not in site.app.catalogue.unsettled()
    assert site.app.catalogue.document(ids["japan"]).metadata.markets == frozenset({"japan"}), "what was not said stays"


def test_what_is_the_same_can_be_put_into_the_rows_before_anything_is_kept(site: Site, ids: dict[str, str]) -> None:
    ada = site.browser("ada")
    form = form_of(ada.get("/staff/intake").text)
    shown = press(ada, "fill", form, row_0_ticked="1", same_publisher="The house of tests").text
    assert form_of(shown)["row_0_publisher"] == ["The house of tests"]
    assert form_of(shown)["row_1_publisher"] == form["row_1_publisher"], "this row was not ticked"
    assert form_of(shown)["same_publisher"] == [""]
    assert set(site.app.catalogue.unsettled()) == set(ids.values())


def test_a_row_that_is_wrong_says_so_and_everything_that_was_typed_is_there_again(
    site: Site, ids: dict[str, str]
) -> None:
    ada = site.browser("ada")
    before = site.app.catalogue.document(ids["japan"])
    typed = {
        "row_0_ticked": "1",
        "row_1_ticked": "1",
        "row_0_title": "Selling devices <there>",
        "row_1_title": "",
        "row_0_reuse": "quote",
        "row_1_reuse": "quote",
        "row_1_published_on": "soon",
        "row_0_markets": "brazil",
    }
    wrong = press(ada, "submit", None, **typed)
    assert wrong.status_code == 422
    assert "Nothing is confirmed yet; mend what is said in the rows (1)" in wrong.text
    assert "“Title” is empty" in wrong.text
    again = form_of(wrong.text)
    assert {name: again[name] for name in typed} == {name: [value] for name, value in typed.items()}
    assert site.app.catalogue.document(ids["japan"]) == before
    done = press(ada, "confirm", again, row_1_title="Devices", row_1_published_on="2026-01-01")
    assert "Confirmed: 2." in done.text
    assert site.app.catalogue.document(ids["nowhere"]).metadata.title == "Selling devices <there>"
    assert site.app.catalogue.document(ids["japan"]).stage is Stage.DRAFT


def test_the_rows_that_were_not_ticked_keep_what_was_typed_when_others_are_confirmed(
    site: Site, ids: dict[str, str]
) -> None:
    ada = site.browser("ada")
    done = press(ada, "confirm", row_0_ticked="1", row_0_reuse="quote", row_1_title="Half a title")
    assert "Confirmed: 1." in done.text
    assert form_of(done.text)["row_0_id"] == [ids["japan"]]
    assert form_of(done.text)["row_0_title"] == ["Half a title"]


@pytest.mark.usefixtures("ids")
def test_nothing_ticked_is_said(site: Site) -> None:
    shown = press(site.browser("ada"), "confirm", row_0_title="Typed before")
    assert (shown.status_code, "No document is ticked" in shown.text) == (422, True)
    assert form_of(shown.text)["row_0_title"] == ["Typed before"]


def test_a_flag_is_settled_by_the_note_in_its_row(site: Site, app: App, tmp_path: Path) -> None:
    asking = page_of("Japan", "Japan").replace("</p>", " Ask anna.puig@example.org about it.</p>")
    [key] = take_in(app, tmp_path, mail=asking).values()
    ada = site.browser("ada")
    assert "anna.puig@example.org" in ada.get("/staff/intake").text
    noted = {"row_0_ticked": "1", "row_0_reuse": "quote", "row_0_note_personal-data": "she agreed"}
    done = press(ada, "confirm", None, **noted)
    assert "Confirmed: 1." in done.text
    [concern] = [one for one in app.catalogue.concerns(key, 1) if one.matter is Matter.PERSONAL]
    assert (concern.settled_by, concern.note) == ("ada", "she agreed")
    assert key not in app.catalogue.unsettled()


def test_a_row_of_a_version_that_was_replaced_says_so_and_is_confirmed_when_it_is_sent_again(
    site: Site, house: House, app: App, ids: dict[str, str]
) -> None:
    ada = site.browser("ada")
    form = form_of(ada.get("/staff/intake").text)
    at = row_of(ada.get("/staff/intake").text, ids["japan"])
    house.edit(ids["japan"], "Somebody else wrote this.", who="ben")
    overtaken = press(ada, "confirm", form, **{f"{at}ticked": "1", f"{at}reuse": "quote", f"{at}title": "Mine"})
    assert overtaken.status_code == 422
    assert "ben has made version 2" in overtaken.text
    again = form_of(overtaken.text)
    assert again[f"{row_of(overtaken.text, ids['japan'])}title"] == ["Mine"]
    assert "Confirmed: 1." in press(ada, "confirm", again).text
    assert app.catalogue.draft(ids["japan"]).metadata.title == "Mine"  # type: ignore[union-attr]


def test_what_somebody_else_has_confirmed_meanwhile_is_not_confirmed_again(site: Site, ids: dict[str, str]) -> None:
    ada, rosa = site.browser("ada"), site.browser("rosa")
    form = form_of(ada.get("/staff/intake").text)
    both = {"row_0_ticked": "1", "row_1_ticked": "1", "row_0_reuse": "quote", "row_1_reuse": "quote"}
    press(rosa, "confirm", form_of(rosa.get("/staff/intake").text), row_0_ticked="1", row_0_reuse="quote")
    late = press(ada, "confirm", form, **both)
    assert late.status_code == 409
    assert ids["nowhere"] in late.text
    assert ids["japan"] in site.app.catalogue.unsettled()


def test_more_than_a_page_of_documents_comes_a_page_at_a_time(site: Site, app: App, tmp_path: Path) -> None:
    words = {number: " ".join(f"word{number}of{at}" for at in range(60)) for number in range(A_PAGE + 2)}
    many = {f"n{at}": page_of(f"Number {at:02}", "Japan").replace("</p>", f" {said}</p>") for at, said in words.items()}
    take_in(app, tmp_path, **many)
    ada = site.browser("ada")
    first = ada.get("/staff/intake").text
    assert (first.count('_ticked" value="1"'), 'rel="next"' in first) == (A_PAGE, True)
    assert ada.get("/staff/intake?number=2").text.count('_ticked" value="1"') == 2
    shown = press(ada, "submit", form_of(press(ada, "tick").text), same_reuse="quote").text
    assert f"Confirmed and sent to review: {A_PAGE}." in shown
    assert shown.count('_ticked" value="1"') == 2, "the next ones follow"


@pytest.mark.usefixtures("ids")
def test_only_who_may_write_confirms(site: Site) -> None:
    form = form_of(site.browser("ada").get("/staff/intake").text)
    mia = site.browser("mia")
    assert press(mia, "confirm", form | {"form_token": [mia.form_token()]}).status_code == 403


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_speaks_every_language_and_each_field_has_a_name(site: Site, language: str) -> None:
    site.app.accounts.speak("ada", language)
    html = site.browser("ada").get("/staff/intake").text
    assert say(language, "confirm_submit") in html
    named = set(re.findall(r'<label for="([^"]+)"', html))
    fields = set(re.findall(r'<(?:input|select) id="([^"]+)"', html))
    assert fields == named
    assert html.count(" id=") == len(set(re.findall(r' id="([^"]+)"', html)))
