"""The pages for companies: markets compared, a plan made, the library searched and read, and what the law asks for."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import docx
import pypdf
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from icalendar import Calendar
from PIL import Image

from assistant.accounts.accounts import Details, Role
from assistant.app import App
from assistant.handoff.watching.watches import UNCONFIRMED_DAYS
from assistant.operate.retention import KINDS
from assistant.settings import KeepDays, KeepHandoffDays, Settings, read_settings
from assistant.texts import say
from assistant.understand.questions import Profile
from corpus.catalogue.records import Upload
from corpus.documents import Access, Passage, Reader, Reuse, Stage, Version, digest
from corpus.front_matter import read_version
from corpus.passages import split_markdown
from corpus.units import Unit, english_hash
from corpus.vocabulary import LANGUAGES, vocabulary
from pages.public.layout import FOLDER
from pages.public.site import public
from pages.shared.cache import ResultCache
from pages.shared.turns import ComputingBusy, Turns
from tests.conftest import House, installation, write_document
from tests.made_files import pdf
from tests.staff_pages import COOKIE, PASSWORD, add_document

_QUOTED = r'<li><a href="(/library/[^"]+)"[^>]*>[^<]*</a><blockquote lang="\w\w">(.*?)</blockquote>'
QUESTION = "How are medical devices approved, and what does it cost?"
MARKETS = ["japan", "usa", "brazil"]
FORMS = ("pdf", "docx", "md")
NOBODY = {"links", "scratch"}  # kinds of things that concern no person; the privacy notice does not tell them
PAGES = ("/compare", "/plan", "/library", "/imprint", "/privacy", "/accessibility", "/library/japan/devices-and-ivds")
PLAN_SCRIPT = '<script src="/plan.js" defer></script>'
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def visiting(app: App) -> TestClient:
    """A visitor of an installation's pages."""
    door = FastAPI()
    door.router.routes.extend(public(app))
    return TestClient(door)


@pytest.fixture(scope="module")
def visitor(shipped: App) -> TestClient:
    return visiting(shipped)


@pytest.fixture
def small(house: House, tmp_path: Path) -> Iterator[App]:
    """An installation over a house of few documents."""
    app = installation(house, tmp_path / "accounts.sqlite")
    yield app
    app.accounts.close()


def squeezed(text: str) -> str:
    return "".join(text.split())


def words_of(html: str) -> str:
    """The text of a page as it is read."""
    return unescape(re.sub(r"<[^>]+>", " ", html))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_every_page_stands_in_every_language_without_any_script(visitor: TestClient, path: str, language: str) -> None:
    response = visitor.get(path, params={"language": language})
    assert response.status_code == 200
    assert f'<html lang="{language}">' in response.text
    assert "<script" not in response.text
    assert response.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"] == "no-store"
    for other in LANGUAGES:
        assert f'lang="{other}" hreflang="{other}"' in response.text


def test_a_page_speaks_the_language_of_the_browser_until_another_is_chosen(visitor: TestClient) -> None:
    page = visitor.get("/plan", headers={"Accept-Language": "it-IT"}).text
    assert '<html lang="it">' in page
    switched = visitor.get("/library", params={"words": "a & b", "market": "japan", "language": "de"}).text
    assert 'href="?words=a+%26+b&amp;market=japan&amp;language=ca"' in switched  # what was asked for stays


def test_the_navigation_leads_to_pages_that_are_served_and_to_no_other(visitor: TestClient, shipped: App) -> None:
    page = visitor.get("/compare?language=en").text
    assert 'href="/plan?language=en"' in page
    assert "/best-practice" not in page
    door = FastAPI()
    door.router.routes.extend(public(shipped))
    door.get("/best-practice")(lambda: "")
    assert 'href="/best-practice?language=en"' in TestClient(door).get("/compare?language=en").text


def test_a_comparison_shows_claims_whose_citations_open_at_their_passage(visitor: TestClient) -> None:
    page = visitor.get("/compare", params={"question": QUESTION, "market": MARKETS, "language": "fr"}).text
    numbers = set(re.findall(r'class="cite" href="#s(\d+)"', page))
    entries = re.findall(r'<li id="s(\d+)">(.*?)</details></li>', page, re.DOTALL)
    assert numbers == {number for number, _ in entries}  # an entry for each document, and none that is not cited
    quotes = [found for _, entry in entries for found in re.findall(_QUOTED, entry, re.DOTALL)]
    assert len(quotes) > len(numbers) > 3
    for address, quote in quotes:
        path, _, anchor = unescape(address).partition("#")
        read = visitor.get(path).text
        place = re.search(rf'id="{anchor}" lang="\w\w">(.*?)\n</div>', read, re.DOTALL)
        assert place, address
        assert set(re.findall(r"\w+", unescape(quote))) <= set(re.findall(r"\w+", words_of(place[1])))
    assert set(re.findall(r'<td role="cell".*?<span lang="(\w\w)"', page)) >= {"fr"}  # in the reader's language
    assert set(re.findall(r'<blockquote lang="(\w\w)"', page)) == {"en"}  # what it rests on in its own


def test_what_the_library_does_not_say_of_a_market_is_told_in_its_cell_and_asked_in_one_letter(
    visitor: TestClient,
) -> None:
    asked = {"market": ["brazil", "usa"], "product": "nutrition", "language": "en"}
    page = visitor.get("/compare", params=asked).text
    rows = re.findall(r'<tr role="row"><th[^>]*>([^<]*)</th>(.*?)</tr>', page, re.DOTALL)
    empty = [name for name, cells in rows if 'class="none"' in cells]
    assert say("en", "aspect_quality") in empty
    letter = unescape(re.search(r'href="(/contact[^"]*)">\d+ gaps', page)[1])  # type: ignore[index]
    asked_for = unescape(visitor.get(letter).text)
    assert [name for name in empty if say("en", "plan_gap", aspect=name) not in asked_for] == []


def test_what_is_known_of_no_market_has_no_row(visitor: TestClient) -> None:
    page = visitor.get("/compare", params={"market": MARKETS, "product": "nutrition", "language": "en"}).text
    rows = re.findall(r'<th scope="row"[^>]*>([^<]*)</th>', page)
    assert say("en", "aspect_pathway") in rows
    assert say("en", "aspect_asked") not in rows
    for row in page.split('<tr role="row">')[2:]:
        assert "cite" in row


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"question": QUESTION, "market": "japan"}, "at least two markets"),
        ({"question": "?!", "market": MARKETS}, "Please ask your question in words"),
        ({"question": "x" * 2001, "market": MARKETS}, "at most 2000 characters"),
        ({"question": QUESTION, "market": ["japan", "atlantis"]}, "There is no market"),
        ({"question": QUESTION, "market": MARKETS, "product": "unicorns"}, "There is no product"),
    ],
)
def test_what_cannot_be_compared_is_told_above_the_form(
    visitor: TestClient, asked: dict[str, str | list[str]], told: str
) -> None:
    response = visitor.get("/compare", params=asked | {"language": "en"})
    assert response.status_code == 422
    assert told in response.text
    assert '<form method="get" action="/compare" ' in response.text


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"market": "japan"}, "one market and the kind of product"),
        ({"market": "atlantis", "product": "devices"}, "There is no market"),
        ({"market": "japan", "product": "devices", "home": "nowhere"}, "There is no cluster"),
    ],
)
def test_what_cannot_be_planned_is_told_above_the_form(visitor: TestClient, asked: dict[str, str], told: str) -> None:
    response = visitor.get("/plan", params=asked | {"language": "en"})
    assert response.status_code == 422
    assert told in response.text


def test_a_plan_shows_steps_with_sources_and_who_made_it(visitor: TestClient) -> None:
    asked = {"market": "japan", "product": "devices", "risk_class": "III", "home": "biom", "language": "de"}
    page = words_of(visitor.get("/plan", params=asked).text)
    assert "KI-Assistenten" in page
    assert page.index(say("de", "step_classify")) < page.index(say("de", "step_file"))
    assert "BioM" in page
    assert say("de", "plan_time") in page
    assert say("de", "span_unknown") in page


def test_what_a_plan_leaves_open_and_is_ticked_becomes_the_text_of_one_letter(visitor: TestClient) -> None:
    company = {"market": "usa", "product": "software", "home": "lyonbiopole", "language": "fr"}
    page = visitor.get("/plan", params=company).text
    points = [unescape(text) for text in re.findall(r'name="gap" value="\d+" checked> <span>(.*?)</span>', page)]
    assert len(points) > 2
    letter = unescape(visitor.get("/plan/letter", params={**company, "gap": [0, 2, 99, -1]}).text)
    assert points[0] in letter
    assert points[2] in letter
    assert points[1] not in letter
    assert '<option value="lyonbiopole" selected>' in letter


def test_what_is_told_of_the_kind_that_a_product_also_is_says_so(visitor: TestClient) -> None:
    page = visitor.get("/plan", params={"market": "australia", "product": "software", "language": "en"}).text
    representative = words_of(page[page.index('id="step-2"') : page.index('id="step-3"')])
    assert "sponsor" in representative
    assert say("en", "told_of", product=vocabulary().products["devices"].name("en")) in representative


def test_comparison_and_plan_are_taken_along_in_every_form_with_disclaimer_and_emblem(
    shipped: App, tmp_path: Path
) -> None:
    emblem = tmp_path / "emblem.png"
    Image.new("RGB", (90, 60), "#003399").save(emblem)
    settings = Settings(home=shipped.home, disclaimer="Co-funded by <nobody>.", emblem=str(emblem))
    visitor = visiting(replace(shipped, settings=settings))
    assert visitor.get("/emblem").content == emblem.read_bytes()
    assert "Co-funded by &lt;nobody&gt;." in visitor.get("/imprint").text
    compared = {"question": QUESTION, "market": MARKETS, "language": "en"}
    planned = {"market": "usa", "product": "devices", "language": "en"}
    for path, asked in (("/compare/comparison", compared), ("/plan/plan", planned)):
        markdown = visitor.get(f"{path}.md", params=asked)
        assert "attachment" in markdown.headers["content-disposition"]
        assert "Co-funded by" in markdown.text
        word = docx.Document(io.BytesIO(visitor.get(f"{path}.docx", params=asked).content))
        assert len(word.inline_shapes) == 1
        assert word.paragraphs[-1].text == settings.disclaimer
        pdf = pypdf.PdfReader(io.BytesIO(visitor.get(f"{path}.pdf", params=asked).content))
        assert len(pdf.pages[-1].images) == 1
        assert squeezed(settings.disclaimer) in squeezed(pdf.pages[-1].extract_text())
        assert visitor.get(f"{path}.odt", params=asked).status_code == 404
    calendar = visitor.get("/plan/plan.ics", params=planned)
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert Calendar.from_ical(calendar.content).events


def test_what_a_company_writes_beside_the_steps_of_a_plan_stands_in_its_files_and_nowhere_else(
    visitor: TestClient,
) -> None:
    planned = {"market": "japan", "product": "devices"}
    page = visitor.get("/plan", params=planned | {"language": "en"})
    steps = page.text.count('name="note" form="files"')
    assert steps > 5
    assert page.headers["content-security-policy"].endswith("; script-src 'self'")
    assert "script-src" not in visitor.get("/plan", params={"language": "en"}).headers["content-security-policy"]
    notes = ["Ask <Ada> & co.\r\nby May", *[""] * (steps - 2), "日本の会社", "of no step"]
    written = {form: visitor.post(f"/plan/plan.{form}?language=en", data=planned | {"note": notes}) for form in FORMS}
    pdf = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(written["pdf"].content)).pages)
    word = "\n".join(one.text for one in docx.Document(io.BytesIO(written["docx"].content)).paragraphs)
    for text in (pdf, word, re.sub(r"[\\*]", "", written["md"].text)):
        assert squeezed("Your note: Ask <Ada> & co. by May") in squeezed(text)
        assert squeezed("Your note: 日本の会社") in squeezed(text)
        assert text.count("Your note") == 2
    for page in (visitor.get("/plan", params=planned), visitor.get("/plan/plan.md", params=planned)):
        assert "Ada" not in page.text
    assert visitor.post("/plan/plan.pdf", data=planned | {"note": ["x" * 2000]}).status_code == 422


def test_a_plan_that_was_made_is_not_made_again_until_the_library_changes(small: App, house: House) -> None:
    made = ResultCache(small)
    profile = Profile(markets=frozenset({"japan"}), product="devices")
    first = made.plan(profile, "en", Reader.ANYONE)
    assert made.plan(profile, "en", Reader.ANYONE) is first
    assert made.plan(profile, "en", Reader.STAFF) is not first
    house.edit("japan/devices", "The review takes 13 months.")
    house.review("japan/devices")
    assert made.plan(profile, "en", Reader.ANYONE) is not first


def test_whoever_waits_too_long_for_a_turn_is_told_so(small: App) -> None:
    made = ResultCache(small, at_once=1, patience=0.05)
    with made.turn(), pytest.raises(ComputingBusy):
        made.plan(Profile(markets=frozenset({"japan"}), product="devices"), "en", Reader.ANYONE)
    made.plan(Profile(markets=frozenset({"japan"}), product="devices"), "en", Reader.ANYONE)


def test_who_searches_the_library_while_many_others_do_is_asked_to_come_back(small: App) -> None:
    routes = public(small)
    site = routes[0].endpoint
    assert isinstance(site, FastAPI)
    searches = site.state.searches = Turns(1, patience=0.05)
    door = FastAPI()
    door.router.routes.extend(routes)
    visitor = TestClient(door)
    with searches.turn():
        busy = visitor.get("/library", params={"words": "fees"})
        assert (busy.status_code, "try again in a moment" in busy.text) == (503, True)
        assert visitor.get("/library/japan/devices").status_code == 200
    assert visitor.get("/library", params={"words": "fees"}).status_code == 200


def test_the_library_is_searched_from_one_network_as_often_as_markets_are_compared(small: App) -> None:
    visitor = visiting(small)
    statuses = [visitor.get("/library").status_code for _ in range(121)]
    assert statuses == [200] * 120 + [429]
    assert visitor.get("/library/japan/devices").status_code == 200
    assert visitor.get("/plan?market=japan&product=devices").status_code == 200


def test_an_emblem_must_be_there_when_the_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKET_ENTRY_EMBLEM", "/nowhere/emblem.png")
    with pytest.raises(Exception, match="MARKET_ENTRY_EMBLEM cannot be used: there is no PNG or SVG file"):
        read_settings()


@pytest.mark.parametrize("every", [6, pytest.param(1, marks=pytest.mark.long)])
def test_every_document_of_the_library_is_read_whole_each_passage_at_its_place(
    visitor: TestClient, shipped: App, every: int
) -> None:
    documents = shipped.catalogue.documents(Stage.PUBLISHED)[::every]
    assert documents
    for document in documents:
        page = visitor.get(f"/library/{document.id}?language=ca")
        assert page.status_code == 200
        read = set(re.findall(r"\w+", words_of(page.text))) | set(re.findall(r'<li value="(\d+)">', page.text))
        for passage in shipped.catalogue.passages_of(document.id):
            assert f'id="p{passage.ordinal}"' in page.text
            assert set(re.findall(r"\w+", passage.text)) <= read, passage.id
        for source in document.metadata.sources:
            assert source.title in words_of(page.text)


def test_tables_are_tables_again(visitor: TestClient) -> None:
    page = visitor.get("/library/japan/devices-and-ivds?language=en").text
    assert '<th scope="col">for which device</th>' in page
    assert re.search(
        r"<td>Todokede \(notification\)</td><td>no review</td><td>class I</td><td> <a class=\"cite\"", page
    )


def test_markets_and_topics_stand_beside_the_documents_with_how_many_they_have(visitor: TestClient) -> None:
    def facets(**sought: str) -> dict[str, str]:
        page = visitor.get("/library", params=sought | {"language": "en"}).text
        return dict(re.findall(r'<span class="name">(.*?)</span> <span>(\d+)</span>', page))

    def count(**sought: str) -> str:
        page = visitor.get("/library", params=sought | {"language": "en"}).text
        return str(re.findall(r"Documents: (\d+)", page)[0])

    every = facets()
    assert every["All"] == count()
    assert every["USA"] == count(market="usa")
    assert every["Alliance and practice"] == count(market="general")
    assert facets(market="usa")["Reimbursement and payers"] == count(market="usa", topic="reimbursement")
    assert facets(words="fees") == {}  # they are found by likeness, so that there is no end to count


def test_a_document_is_told_in_the_readers_language_with_whose_sources_it_rests_on(visitor: TestClient) -> None:
    page = visitor.get("/library", params={"market": "usa", "topic": "costs", "language": "fr"}).text
    assert "La redevance de la FDA pour un 510(k)" in words_of(page)
    assert "faits : novembre 2026" in words_of(page)
    assert f'<span class="unseen">{say("fr", "official_source")}: </span>FDA</span>' in page


def test_where_nothing_fits_ways_on_are_shown(visitor: TestClient) -> None:
    page = visitor.get("/library", params={"market": "brazil", "topic": "cybersecurity", "language": "en"}).text
    assert say("en", "library_nothing") in page
    assert 'href="/contact?language=en"' in page


def test_what_is_known_of_the_company_goes_along_and_narrows_nothing(visitor: TestClient) -> None:
    company = {"product": "devices", "risk_class": "IIa", "home": "biom", "target": "japan", "language": "en"}
    page = visitor.get("/library", params=company).text
    assert "Medical device · class IIa · Bavaria → Japan" in words_of(page)
    assert 'href="/plan?market=japan&amp;product=devices&amp;risk_class=IIa&amp;home=biom&amp;language=en"' in page
    assert '<input type="hidden" name="target" value="japan">' in page
    assert "usa/devices-and-ivds" in visitor.get("/library", params=company | {"words": "device USA"}).text
    bare = visitor.get("/library", params={"market": "japan", "language": "en"}).text
    assert say("en", "describe") in bare  # whoever looks at a market need not want to go there


def test_the_passage_that_was_cited_says_so_and_leads_back(visitor: TestClient) -> None:
    path = "/library/japan/devices-and-ivds?language=en"
    assert say("en", "back_answer") not in visitor.get(path).text
    cited = visitor.get(f"{path}&version=1")
    assert say("en", "cited_passage") in cited.text
    assert '<p class="back-bar"><a href="/?language=en">' in cited.text
    plan = visitor.get(f"{path}&version=1", headers={"referer": "http://testserver/plan?market=japan"}).text
    assert '<p class="back-bar"><a href="/plan?market=japan">' in plan


def test_every_section_can_be_linked_to_from_the_contents(visitor: TestClient) -> None:
    page = visitor.get("/library/usa/device-fees-and-registration?language=en").text
    contents = re.findall(r'<li><a href="#(section-[\w-]+)"', page)
    assert len(contents) == len(set(contents)) > 5
    assert set(contents) <= set(re.findall(r'<section[^>]* id="([\w-]+)"', page))


def test_the_library_is_searched_with_the_products_own_search_and_narrowed(visitor: TestClient) -> None:
    def found(**sought: str) -> list[str]:
        page = visitor.get("/library", params=sought | {"language": "en"}).text
        return re.findall(r'<h2><a href="/library/([^?"]+)', page)

    asked = "Welche Risikoklassen hat ein Medizinprodukt in Japan?"
    assert found(words=asked)[0] == found(words=asked, market="japan")[0] == "japan/devices-and-ivds"
    assert not any(one.startswith("japan/") for one in found(words=asked, market="usa"))
    assert len(found()) == 20
    assert found(number="2") != found()
    assert found(since="2100-01-01") == []
    assert "usa/reimbursement" in found(topic="reimbursement", market="usa")
    assert "usa/devices-and-ivds" not in found(topic="nutrition", market="usa")
    assert visitor.get("/library", params={"since": "yesterday"}).status_code == 422


def test_the_newest_come_first_where_that_is_asked_for(small: App, house: House) -> None:
    path = write_document(house.library, "japan/newer", "Newer devices in Japan", "A newer device.")
    path.write_text(path.read_text("utf-8").replace("published_on: 2026-11-20", "published_on: 2026-11-21"), "utf-8")
    house.publish()
    visitor = visiting(small)
    for sought in ({"words": "device maker", "order": "date"}, {}):
        page = visitor.get("/library", params=sought).text
        assert page.index("japan/newer") < page.index("japan/devices")
    assert "japan/devices" not in visitor.get("/library", params={"since": "2026-11-21"}).text


def test_what_a_reader_may_not_see_is_not_there_and_what_is_withdrawn_says_so(small: App, house: House) -> None:
    visitor = visiting(small)
    assert visitor.get("/library/japan/staff-notes").status_code == 404
    assert visitor.get("/library/japan/nothing").status_code == 404
    assert "staff-notes" not in visitor.get("/library").text
    for document_id in ("japan/devices", "japan/staff-notes"):
        house.catalogue.move(document_id, Stage.WITHDRAWN, who="ana", why="old")
    gone = visitor.get("/library/japan/devices", params={"language": "en"})
    assert gone.status_code == 410
    assert say("en", "withdrawn") in gone.text
    assert "Holder" not in gone.text
    assert visitor.get("/library/japan/staff-notes").status_code == 404


def test_a_member_who_is_signed_in_reads_what_is_for_members(small: App, house: House) -> None:
    write_document(house.library, "japan/desk", "The desk in Osaka", "Members use the desk.", access="members")
    house.publish()
    code = small.accounts.add("acme", Details(display_name="Acme", role=Role.MEMBER), who="test")
    token = small.sessions.use_code("acme", code, PASSWORD, address="")
    visitor = visiting(small)
    assert visitor.get("/library/japan/desk").status_code == 404
    assert "japan/desk" not in visitor.get("/library", params={"words": "desk members"}).text
    visitor.cookies.set(COOKIE, token)
    assert "Members use the desk." in words_of(visitor.get("/library/japan/desk").text)
    assert "The desk in Osaka" in visitor.get("/library", params={"words": "desk members"}).text
    assert visitor.get("/library/japan/staff-notes").status_code == 404


def test_a_link_to_a_replaced_version_says_so_and_lists_what_came_before(small: App, house: House) -> None:
    house.edit("japan/devices", "The review takes 13 months.")
    house.review("japan/devices")
    page = words_of(visiting(small).get("/library/japan/devices?version=1&language=en").text)
    assert say("en", "replaced", cited=1, number=2) in page
    assert "13 months" in page
    assert say("en", "changed_since", number=1) in page
    assert say("en", "published_told", number=1, day="20 November 2026") in page
    assert say("en", "replaced", cited=2, number=2) not in words_of(
        visiting(small).get("/library/japan/devices?version=2&language=en").text
    )


def test_words_that_may_not_be_quoted_are_not_shown_nor_is_their_original(small: App, house: House) -> None:
    path = write_document(house.folder / "in", "japan/cited", "Only named", "Nobody may copy this sentence.")
    version = read_version(path, "japan/cited")
    for number, reuse in enumerate((Reuse.QUOTE, Reuse.CITE_ONLY, Reuse.INTERNAL)):
        one = replace(
            version,
            document_id=f"japan/{reuse}",
            digest=f"{number}",
            metadata=replace(version.metadata, reuse=reuse, units=(UNIT,)),
        )
        upload = Upload("the original.md", "text/markdown", f"original {number}".encode())
        house.catalogue.add_version(
            one, split_markdown(one), origin="test", stage=Stage.PUBLISHED, who="ana", why="", upload=upload
        )
    visitor = visiting(small)
    shown = visitor.get("/library/japan/quote?language=en").text
    assert "Nobody may copy" in shown
    assert visitor.get("/library/japan/quote:original").content == b"original 0"
    for reuse in (Reuse.CITE_ONLY, Reuse.INTERNAL):
        page = visitor.get(f"/library/japan/{reuse}?language=en").text
        assert say("en", "words_not_shown") in page
        assert "Only named" in page
        assert "https://example.org/law" in page
        assert "Nobody may copy" not in page
        assert "Question en?" not in page
        assert "in 3 steps" not in page
        assert visitor.get(f"/library/japan/{reuse}:original").status_code == 404


def test_the_page_of_an_original_is_shown_to_those_who_may_read_its_words(small: App, house: House) -> None:
    """Of what is published, for whom it is published, in the version that is shown, and only with its words."""
    text = "The fee is 5,429 EUR for each year."
    known = house.catalogue.document("japan/devices").metadata
    for name, stage, access, reuse in (
        ("read", Stage.PUBLISHED, Access.PUBLIC, Reuse.QUOTE),
        ("cited", Stage.PUBLISHED, Access.PUBLIC, Reuse.CITE_ONLY),
        ("members", Stage.PUBLISHED, Access.MEMBERS, Reuse.QUOTE),
        ("draft", Stage.DRAFT, Access.PUBLIC, Reuse.QUOTE),
    ):
        said = replace(known, access=access, reuse=reuse)
        version = Version(f"japan/{name}", 0, said, f"# Fees\n{text}\n", digest(name))
        passage = Passage(version.document_id, 0, 0, "Fees", text, "en", page=1)
        upload = Upload("fees.pdf", "application/pdf", pdf([[text]]))
        house.catalogue.add_version(version, [passage], origin="test", stage=stage, who="ana", why="", upload=upload)
    visitor = visiting(small)
    [(address, told)] = re.findall(
        r'<img src="([^"]*:page[^"]*)" alt="([^"]+)" loading="lazy">', visitor.get("/library/japan/read").text
    )
    shown = visitor.get(unescape(address))
    assert told
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/png")
    assert Image.open(io.BytesIO(shown.content)).width > 500
    assert visitor.get("/library/japan/read:page?version=2&passage=0").status_code == 404
    assert visitor.get("/library/japan/read:page?version=1&passage=5").status_code == 404
    for name in ("cited", "members", "draft"):
        assert ":page?" not in visitor.get(f"/library/japan/{name}").text
        assert visitor.get(f"/library/japan/{name}:page?version=1&passage=0").status_code == 404


UNIT = Unit(
    "What the rules ask",
    {code: f"Answer {code} <b>." for code in LANGUAGES},
    {code: f"Question {code}?" for code in LANGUAGES},
    points={code: (f"Point {code}.",) for code in LANGUAGES},
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_section_begins_with_its_question_and_answer_in_the_readers_language(
    small: App, house: House, language: str
) -> None:
    current = replace(UNIT, hash=english_hash(UNIT.answer, UNIT.points))
    add_document(house, "x/units", units=(replace(current, section="About x/units"),))
    page = visiting(small).get(f"/library/x/units?language={language}").text
    assert re.findall(r'<div class="answered" lang="(\w\w)">\s*<p class="asked">(.*?)</p>\s*<p>(.*?)</p>', page) == [
        (language, f"Question {language}?", f"Answer {language} &lt;b&gt;.")
    ]
    assert (f"<li>Point {language}.</li>" in page) == (language != "en")  # there the text itself says it
    assert page.index('<h2 lang="en">About x/units') < page.index("Question") < page.index("It has a text of its own")
    assert say(language, "unit_not_found") not in page
    assert f"<span>{small.vocabulary.source_kinds['law'].name(language)}</span>" in page


def test_a_stale_or_missing_translation_is_shown_in_english_and_what_is_not_known_is_marked(
    small: App, house: House
) -> None:
    english = {"en": "Not known."}
    for name, unit in {
        "x/stale": replace(UNIT, hash="0123456789ab", unknown=True),
        "x/new": replace(UNIT, answer=english, question={"de": "Was?"}, hash=english_hash(english), unknown=True),
    }.items():
        add_document(house, name, units=(replace(unit, section=f"About {name}"),))
        page = visiting(small).get(f"/library/{name}?language=de").text
        shown = re.search(r'<div class="answered" lang="en">(.*?)</div>', page, re.DOTALL)
        assert shown
        assert '<span class="id" lang="de">(gesucht und nicht gefunden)</span>' in shown[1]
        assert "Was?" not in shown[1]


def test_the_parts_of_a_section_do_not_repeat_its_answer(small: App, house: House) -> None:
    path = write_document(house.folder / "in", "x/parts", "Parts", "First. [law]\n### More\nSecond.\n## Other\nThird.")
    version = read_version(path, "x/parts")
    version = replace(version, metadata=replace(version.metadata, units=(UNIT,)))
    passages = split_markdown(version)
    house.catalogue.add_version(version, passages, origin="t", stage=Stage.PUBLISHED, who="a", why="")
    page = visiting(small).get("/library/x/parts?language=en").text
    assert page.count('class="answered"') == 1
    assert page.index('class="answered"') < page.index("First.") < page.index("Second.")


def test_what_is_overdue_or_over_says_so(small: App, house: House) -> None:
    path = write_document(house.library, "japan/fair", "A fair in Japan", "The fair opens in May.")
    text = path.read_text("utf-8").replace("review_by: 2027-05-11", "review_by: 2024-05-11\nexpires_on: 2024-06-01")
    path.write_text(text.replace("kind: guidance-summary", "kind: event"), "utf-8")
    house.publish()
    page = words_of(visiting(small).get("/library/japan/fair?language=en").text)
    assert say("en", "overdue", day="11 May 2024") in page
    assert say("en", "expired_since", day="1 June 2024") in page
    assert "A fair in Japan" not in visiting(small).get("/library").text


def test_nothing_that_people_or_documents_write_becomes_markup(small: App, house: House) -> None:
    body = f"{HOSTILE} A maker needs a holder. [x](javascript:alert(3))"
    path = write_document(house.folder / "in", "japan/evil", "Evil devices", body)
    version = read_version(path, "japan/evil")
    version = replace(version, metadata=replace(version.metadata, title=f"Evil {HOSTILE}", publisher=HOSTILE))
    house.catalogue.add_version(
        version, split_markdown(version), origin="test", stage=Stage.PUBLISHED, who="ana", why=""
    )
    house.index.build(house.catalogue, house.cache)
    visitor = visiting(small)
    pages = [
        visitor.get("/library/japan/evil").text,
        visitor.get("/library", params={"words": f"evil maker {HOSTILE}"}).text,
        visitor.get("/library", params={"since": HOSTILE, "market": HOSTILE, "order": HOSTILE}).text,
        visitor.get("/compare", params={"question": HOSTILE + "maker", "market": ["japan", "brazil"]}).text,
        visitor.get("/compare", params={"question": HOSTILE, "market": HOSTILE, "product": HOSTILE}).text,
        visitor.get("/plan", params={"market": "japan", "product": "devices", "risk_class": "<b>III</b>"}).text,
        visitor.get("/plan", params={"market": HOSTILE, "home": HOSTILE}).text,
        visitor.get(f"/library/{HOSTILE}").text,
        visitor.get("/compare", params={"language": HOSTILE}).text,
    ]
    assert "&lt;script&gt;" in pages[0]
    assert "&lt;b&gt;III&lt;/b&gt;" in pages[5]
    for page in pages:
        assert not re.search(r"<(script|b>III)|<img src=x|href=\"javascript", page.replace(PLAN_SCRIPT, ""))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_privacy_notice_says_how_long_things_are_kept_as_the_settings_do(shipped: App, language: str) -> None:
    days = KeepDays(questions=11, sessions=12, comments=13, answers=14)
    letters = KeepHandoffDays(question=15, partner=16)
    settings = Settings(
        home=shipped.home,
        keep_days=days,
        keep_handoff_days=letters,
        chat_model="gpt-x",
        chat_url="https://models.example/v1",
    )
    page = visiting(replace(shipped, settings=settings)).get("/privacy", params={"language": language}).text
    rows = [int(number) for number in re.findall(r"<td>(\d+)</td>", page)]
    told = [kind.days(settings) for kind in KINDS if kind.name not in NOBODY]
    watches = [settings.keep_watch_days, UNCONFIRMED_DAYS]
    assert rows == told == [*days.model_dump().values(), *letters.model_dump().values(), *watches, 1, 1, 180, 1095]
    assert "models.example" in page
    assert "gpt-x" in page
    assert "$" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_administrator_writes_stands_in_place_of_what_is_shipped(small: App, language: str) -> None:
    visitor = visiting(small)
    unfilled = say(language, "words_unfilled", file=f"texts/imprint.{language}.md")
    assert unfilled in words_of(visitor.get("/imprint", params={"language": language}).text)
    own = small.home / "texts"
    shutil.copytree(FOLDER / "texts", own)
    (own / f"imprint.{language}.md").write_text(f"Acme GmbH {HOSTILE}", "utf-8")
    filled = visitor.get("/imprint", params={"language": language}).text
    assert "Acme GmbH" in filled
    assert unfilled not in words_of(filled)
    assert "<script" not in filled
