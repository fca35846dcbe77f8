"""The answers of a document's sections on the staff pages, over a real server: written, renamed, compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from assistant.accounts.sessions import IDLE
from assistant.app import App
from assistant.texts import say
from corpus.documents import Metadata, Source
from corpus.front_matter import parse, render
from corpus.units import ASKED_IN, Unit, english_hash
from corpus.vocabulary import LANGUAGES
from tests.conftest import Clock, House, served
from tests.staff_pages import DEVICES, Site, add_document, fill, form_of, peopled, web

SECTION = "What the rules ask"
BODY = (
    f"## {SECTION}\r\nA foreign maker needs a MAH. [law]\r\n\r\n### In detail\r\nThe review takes 12 months. [law]\r\n"
)
UNIT = Unit(
    "About x/units",
    {code: f"Answer {code}." for code in LANGUAGES},
    {code: f"Question {code}?" for code in ASKED_IN},
    ("And if <not>?", "review months"),
    ("devices",),
    ("time", "cost"),
    {"en": "{step} takes {months}."},
    hash=english_hash({"en": "Answer en."}),
)
UNITS = "/staff/documents/x/units"


@pytest.fixture
def app(house: House, tmp_path: Path, clock: Clock) -> Iterator[App]:
    app = peopled(house, tmp_path / "accounts.sqlite", clock)
    add_document(house, "x/units", units=(UNIT,), sources=(Source("law", "Law", "P", "2025", "https://a.b", "law"),))
    yield app
    app.accounts.close()
    app.journal.close()


@pytest.fixture
def site(app: App, clock: Clock) -> Iterator[Site]:
    with served(web(app)) as url:
        yield Site(app, clock, url)


def drafted(house: House, document_id: str = "x/units") -> Metadata:
    draft = house.catalogue.draft(document_id)
    assert draft is not None
    return draft.metadata


def test_a_form_that_is_saved_as_it_was_opened_changes_nothing(site: Site, house: House) -> None:
    assert fill(site.browser("ada"), f"{UNITS}:edit").status_code == 303
    assert drafted(house) == house.catalogue.document("x/units").metadata


def test_a_section_gets_its_answer_and_questions(site: Site, house: House) -> None:
    ada = site.browser("ada")
    fill(ada, f"{DEVICES}:edit", body=BODY)
    form = form_of(ada.get(f"{DEVICES}:edit").text)
    assert form["unit_0_section"] == [SECTION]
    assert "unit_1_section" not in form
    saved = fill(
        ada,
        f"{DEVICES}:edit",
        form,
        unit_0_answer_en="Yes, a MAH.",
        unit_0_answer_fr="Oui, un MAH.",
        unit_0_question_en="Do we need somebody there?",
        unit_0_question_ja="現地に代理人が必要ですか。",
        unit_0_also_asked="MAH or DMAH?\r\n\r\nlocal holder",
        unit_0_products=["devices"],
        unit_0_aspects=["representative", "", "importer"],
        unit_0_unknown="1",
        source_kind=["authority", "", "", ""],
    )
    assert saved.status_code == 303
    assert drafted(house, "japan/devices").units == (
        Unit(
            SECTION,
            {"en": "Yes, a MAH.", "fr": "Oui, un MAH."},
            {"en": "Do we need somebody there?", "ja": "現地に代理人が必要ですか。"},
            ("MAH or DMAH?", "local holder"),
            ("devices",),
            ("representative", "importer"),
            unknown=True,
            hash=english_hash({"en": "Yes, a MAH."}),
        ),
    )
    assert [source.kind for source in drafted(house, "japan/devices").sources] == ["authority"]
    fill(ada, f"{DEVICES}:edit", unit_0_answer_en="", unit_0_answer_fr="", unit_0_question_en="", unit_0_question_ja="")
    assert drafted(house, "japan/devices").units == ()


def test_another_document_is_written_with_its_answers(site: Site, house: House) -> None:
    ada = site.browser("ada")
    form = form_of(ada.get("/staff/new-document").text)
    shown = fill(ada, "/staff/new-document", form, title="New", publisher="P", body="## Time\nSoon.", more="1")
    made = fill(ada, "/staff/new-document", form_of(shown.text), unit_0_answer_en="Soon.", unit_0_question_en="When?")
    assert made.status_code == 303
    document = house.catalogue.document("general/new")
    assert [(unit.section, unit.answer["en"]) for unit in document.metadata.units] == [("Time", "Soon.")]


def test_the_form_says_where_translations_are_missing_or_stale(site: Site) -> None:
    ada = site.browser("ada")
    stale = say("en", "unit_stale")
    assert stale not in ada.get(f"{UNITS}:edit").text
    fill(ada, f"{UNITS}:edit", unit_0_answer_en="Another answer.")
    assert stale in ada.get(f"{UNITS}:edit").text
    fill(ada, f"{UNITS}:edit", unit_0_answer_de="", unit_0_answer_it="")
    page = ada.get(f"{UNITS}:edit").text
    assert "no answer in Italiano, Deutsch" in page
    assert stale not in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"unit_0_answer_en": " "}, "The section “About x/units” needs an answer in English"),
        ({"unit_0_products": ["devices", "mars"]}, "The section “About x/units” has a product or subject that is not"),
        ({"unit_0_aspects": ["fate"]}, "The section “About x/units” has a product or subject that is not offered"),
        ({"source_kind": ["rumour"]}, "“Sources” holds something that is not offered"),
        ({"body": "## One\nText.\n\n## Two\nText."}, "The text has no section “About x/units” any more"),
    ],
)
def test_what_cannot_be_used_is_said_in_a_sentence_and_the_form_stays_as_typed(
    site: Site, house: House, changes: dict[str, str | list[str]], sentence: str
) -> None:
    refused = fill(site.browser("ada"), f"{UNITS}:edit", **{"unit_0_answer_de": "Neu getippt.", **changes})
    assert refused.status_code == 422
    assert sentence in unescape(refused.text)
    assert form_of(refused.text)["unit_0_answer_de"] == ["Neu getippt."]
    assert ('class="unit" open>' in refused.text) == ("Sources" not in sentence)
    assert house.catalogue.draft("x/units") is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_about_the_form_call_fields_as_the_form_does(site: Site, language: str) -> None:
    site.app.accounts.speak("ada", language)
    refused = fill(site.browser("ada"), f"{UNITS}:edit", title=" ").text
    assert say(language, "field_empty", field=say(language, "field_title")) in unescape(refused)
    refused = fill(site.browser("ada"), f"{UNITS}:edit", unit_0_answer_en=" ").text
    assert say(language, "unit_incomplete", section="About x/units") in unescape(refused)


def test_an_answer_follows_a_renamed_heading(site: Site, house: House) -> None:
    fill(site.browser("ada"), f"{UNITS}:edit", body="## All about units\nText. [law]\n")
    assert [(unit.section, unit.row) for unit in drafted(house).units] == [("All about units", UNIT.row)]


def test_an_answer_without_a_section_is_shown_and_goes_only_where_it_is_sent(site: Site, house: House) -> None:
    ada = site.browser("ada")
    refused = fill(ada, f"{UNITS}:edit", body="## One\nText.\n\n## Two\nText.\n")
    asked = form_of(refused.text)
    assert asked["unit_0_answer_ca"] == ["Answer ca."]
    assert "One" in re.findall(r'<option value="([^"]*)"', refused.text)
    assert fill(ada, f"{UNITS}:edit", asked, unit_0_section="Two").status_code == 303
    assert [(unit.section, unit.row) for unit in drafted(house).units] == [("Two", UNIT.row)]
    let_go = fill(ada, f"{UNITS}:edit", body="## Three\nText.\n\n## Four\nText.\n")
    assert fill(ada, f"{UNITS}:edit", form_of(let_go.text)).status_code == 303
    assert drafted(house).units == ()


def test_a_document_of_very_many_sections_is_saved(site: Site, house: House) -> None:
    body = "".join(f"## Section {number}\nText. [law]\n\n" for number in range(60))
    ada = site.browser("ada")
    fill(ada, f"{DEVICES}:edit", body=body)
    assert fill(ada, f"{DEVICES}:edit", unit_59_answer_en="The last.", unit_59_question_en="?").status_code == 303
    assert [unit.section for unit in drafted(house, "japan/devices").units] == ["Section 59"]


def test_a_form_that_does_not_say_where_it_began_is_not_saved(site: Site, house: House) -> None:
    ada = site.browser("ada")
    form = form_of(ada.get(f"{UNITS}:edit").text)
    for planted in ("", "0", "-1", "one", "9" * 19, "१"):
        assert fill(ada, f"{UNITS}:edit", form, began_from=planted).status_code == 422
    assert house.catalogue.draft("x/units") is None


def test_whoever_writes_for_longer_than_a_session_lasts_gets_the_answers_back(site: Site) -> None:
    ada = site.browser("ada")
    form = form_of(ada.get(f"{UNITS}:edit").text)
    site.clock.now += IDLE + 1
    late = fill(ada, f"{UNITS}:edit", form, unit_0_answer_de="Ein langer Nachmittag.")
    assert late.status_code == 401
    for text in ("Ein langer Nachmittag.", "Question ko?", "And if &lt;not&gt;?"):
        assert text in late.text


def test_comparing_shows_what_changed_in_an_answer(site: Site) -> None:
    ada = site.browser("ada")
    fill(ada, f"{UNITS}:edit", unit_0_answer_de="Neu.", unit_0_unknown="1", source_kind=["press", "", "", ""])
    page = ada.get(f"{UNITS}:compare").text
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td></tr>', page, re.DOTALL)
    assert rows == [
        ("Sources: law, Kind", "<del>law</del>", "<ins>press</ins>"),
        ("About x/units › Answer, Deutsch", "<del>Answer de.</del>", "<ins>Neu.</ins>"),
        ("About x/units › It tells what was looked for and not found", "–", "<ins>true</ins>"),
    ]


def test_every_field_of_every_answer_has_a_label_in_every_language(site: Site) -> None:
    ada = site.browser("ada")
    for language in LANGUAGES:
        site.app.accounts.speak("ada", language)
        page = ada.get(f"{UNITS}:edit").text
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        labelled = re.findall(r'<label for="([^"]+)"', page)
        shown = re.findall(r'<(?:textarea|select) id="([^"]+)"', page)
        assert set(shown) <= set(labelled) <= set(ids)


def test_what_is_written_is_the_file_that_is_read(site: Site, house: House) -> None:
    fill(site.browser("ada"), f"{UNITS}:edit", unit_0_answer_de="Line\r\nbreak: `# [x]`")
    draft = house.catalogue.draft("x/units")
    assert draft is not None
    assert parse(render(draft.metadata, draft.version.body), "x") == (draft.metadata, draft.version.body)


def test_the_page_of_a_document_shows_its_answers_and_what_they_lack(site: Site) -> None:
    ada = site.browser("ada")
    site.app.accounts.speak("ada", "it")
    page = ada.get(UNITS).text
    assert page.count('<details class="answered">') == 1
    assert '<p lang="it">Answer it.</p>' in page
    assert say("it", "unit_stale_short") not in page
    fill(ada, f"{UNITS}:edit", unit_0_answer_en="Another answer.", unit_0_unknown="1")
    page = ada.get(UNITS).text
    assert say("it", "unit_stale_short") in page
    assert say("it", "unit_not_found") in page
    fill(ada, f"{UNITS}:edit", unit_0_answer_it="")
    page = ada.get(UNITS).text
    assert f"{say('it', 'unit_missing')} Italiano" in page
    assert '<p lang="en">Another answer.</p>' in page
