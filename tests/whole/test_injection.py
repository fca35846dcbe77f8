"""Hostile strings in every place that somebody can write to: each is shown as text, and nothing of it acts.

Payloads are put into all places of one installation; then every page that can be reached is read, as strangers and
as an administrator read it, and held to what our pages are made of.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import unescape
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit
from xml.etree.ElementTree import Element

import docx
import httpx
import pypdf
import pytest
from icalendar import Calendar
from markdown_it import MarkdownIt

from assistant.accounts.accounts import Details, Role
from assistant.answers import Answer, Citation, Claim, ClaimKind, Outcome
from assistant.app import App
from assistant.desk.usage_report import Figure, Report, to_csv
from assistant.export.calendar import to_calendar
from assistant.export.files import FORMS
from assistant.export.papers import Foot, Paper, PaperLine, PaperPart, PaperTable
from assistant.handoff.delivery import sending
from assistant.handoff.letters import preview
from assistant.journal.gaps import gather, list_gaps
from assistant.journal.records import Rating
from assistant.market.aspects import Told
from assistant.market.plan import Fact, Plan, Step
from assistant.market.references import Reference
from assistant.understand.questions import Profile
from corpus.catalogue.records import Upload
from corpus.documents import Source, Stage
from corpus.front_matter import read_version
from corpus.passages import split_markdown
from corpus.web.links import Link
from pages.chat.answers import turn_html
from pages.chat.plain_text import plain_text
from pages.shared.conversation import Turn
from pages.shared.markdown import rendered
from tests.conftest import TODAY, House, installation, served, word_vectors, write_document
from tests.forms import PARTNER, PRACTICE, letter_shown
from tests.journals import Diary
from tests.letters import QUESTION as LETTER
from tests.mail_server import post_office
from tests.markup import active, elements, troubles
from tests.payloads import PAYLOADS
from tests.staff_pages import Browser, people
from ui import web

_TIMES = 2  # that one page is opened, with whatever is asked of it
SAMPLE = (*PAYLOADS[::3], PAYLOADS[-1])  # what is put into every place; `make test-long` puts all there


@dataclass
class World:
    """An installation in which everything is hostile, and the browsers of an administrator and of a stranger."""

    app: App
    house: House
    diary: Diary
    anna: Browser
    stranger: Browser
    payloads: Sequence[str]
    pages: dict[tuple[str, str], httpx.Response] = field(default_factory=dict)

    @cached_property
    def read(self) -> dict[tuple[str, str], list[Element]]:
        """The pages that are made by us, without the frame of the chat."""
        return {
            at: elements(answer.text)
            for at, answer in self.pages.items()
            if "html" in answer.headers.get("content-type", "")
            and "'unsafe-inline'" not in answer.headers["content-security-policy"]
        }


Plant = Callable[[World, int, str], None]


def plant_document(world: World, number: int, text: str) -> None:
    """A published document of which every text is hostile, its original's name too."""
    key = f"japan/evil-{number}"
    line = " ".join(text.split())
    path = write_document(world.house.folder / "in", key, f"Evil devices {number}", f"A maker {line} needs a holder.")
    version = read_version(path, key)
    said = replace(
        version.metadata,
        title=f"title{number} {line}",
        publisher=f"publisher{number} {line}",
        summary={"en": f"summary{number} {line}."},
        sources=(
            Source("law", f"source{number} {line}", f"issuer{number} {line}", "2025", "https://example.org/law"),
            Source("url", f"address{number}", "Ministry", "2025", f'{line}//x.example/"'),
        ),
    )
    version = replace(version, metadata=said, body=f"{version.body}\n## heading{number} {line}\n- {line} [law] [url]\n")
    upload = Upload(f"original{number} {line}.pdf", "application/pdf", b"%PDF-1.4 x")
    passages = split_markdown(version)
    catalogue = world.app.catalogue
    catalogue.add_version(
        version,
        passages,
        origin=f"origin{number} {line}",
        stage=Stage.PUBLISHED,
        who="ana",
        why=f"why{number} {line}",
        upload=upload,
    )
    catalogue.comment(key, f"comment{number} {text}", who=f"who{number} {line}")
    catalogue.source_changed("law", who="ana", note=f"note{number} {line}")
    world.app.links.keep(Link(f'{line}//x.example/"', None, f"problem{number} {line}", "2026-11-22T00:00:00+00:00"))


def plant_question(world: World, number: int, text: str) -> None:
    """A question without an answer, its gap in words of staff, a rating of an answer and a reply to it."""
    world.diary.declined(f"asked{number} {text}")
    rated = world.diary.declined(f"rated{number} {text}")
    sent = {"answer": rated, "verdict": Rating.WRONG.value, "comment": f"remark{number} {text}", "question": text}
    told = world.stranger.client.post("/feedback", data=sent, headers={"Origin": world.stranger.origin})
    assert told.status_code == 200
    gather(world.app.journal, word_vectors())
    gap = list_gaps(world.app.journal)[-1]
    changed = {"wording": f"wording{number} {text}", "note": f"gapnote{number} {text}", "assignee": "anna"}
    assert world.anna.post(f"/staff/gaps/{gap.id}/assign", **changed).status_code == 303


def plant_practice(world: World, number: int, text: str) -> None:
    """A practice that a company sent in, from an address of its own."""
    story = f"story{number} {text}\n\n{text}\n" + str(PRACTICE["text"])
    changes = {"title": f"practice{number} {text}"[:100], "text": story, "company": f"firm{number} {text}"[:100]}
    headers = {"Origin": world.stranger.origin, "X-Forwarded-For": f"192.0.2.{number + 1}"}
    sent = world.stranger.client.post("/best-practice/", data=PRACTICE | changes, headers=headers)
    assert sent.status_code == 200
    assert not active(sent.text)


def plant_letter(world: World, number: int, text: str) -> None:
    """A letter of a company that seeks a partner, and what staff noted."""
    headers = {"Origin": world.stranger.origin, "X-Forwarded-For": f"192.0.2.{number + 1}"}
    names = ("company", "person", "country", "product", "offered", "sought", "message", "question")
    filled = PARTNER | {name: f"{name}{number} {text}" for name in names}
    seen = world.stranger.client.post("/contact", data=filled, headers=headers)
    assert not active(seen.text)
    sent = world.stranger.client.post("/contact", data=filled | letter_shown(seen.text), headers=headers)
    assert not active(sent.text)
    last = world.app.handoffs.find()[-1]
    assert last.draft.company.startswith(f"company{number} ")
    assert world.anna.post(f"/staff/handoffs/{last.number}/take", note=f"taken{number} {text}").status_code == 303


def plant_account(world: World, number: int, text: str) -> None:
    """An account with a hostile name to be shown, and one that nobody could sign in to."""
    details = Details(display_name=f"name{number} {text}"[:80], role=Role.AUTHOR, cluster="biom")
    world.app.accounts.add(f"evil{number}", details, who="test")


def plant_address(world: World, number: int, text: str) -> None:
    """Addresses that somebody is sent to, whose pages show again what stands in them."""
    reflected: Mapping[str, tuple[str, ...]] = {
        "/library": ("words", "market", "topic", "since", "order", "language", "risk_class"),
        "/compare": ("question", "market", "product"),
        "/plan": ("market", "product", "risk_class", "home"),
        "/contact": ("question", "home", "kind", "cluster"),
        "/watch": ("document", "market", "topic"),
        "/staff/sign-in": ("next",),
        "/staff/accounts": ("words",),
        "/staff/documents": ("words", "market", "stage", "sort"),
        "/staff/sources": ("words",),
        "/staff/sources/named": ("words",),
        "/staff/gaps": ("market", "language", "kind", "state"),
        "/staff/report": ("first", "last"),
        "/staff/nothing": ("x",),
        "/library/nothing": ("version", "risk_class"),
        "/nothing": ("language", "risk_class", "target"),
    }
    for path, names in reflected.items():
        alone = names if number < 2 else ()  # all of them at once tries the rest
        browser, who = (world.anna, "anna") if path.startswith("/staff") else (world.stranger, "")
        for query in [dict.fromkeys(names, text), *({name: f"reflected{number} {text}"} for name in alone)]:
            answer = browser.client.get(path, params=query)
            world.pages[who, str(answer.request.url)] = answer


PLACES: Mapping[str, tuple[Plant, tuple[str, ...]]] = {
    "documents": (
        plant_document,
        (
            "title",
            "publisher",
            "summary",
            "source",
            "issuer",
            "address",
            "heading",
            "original",
            "comment",
            "why",
            "note",
            "problem",
        ),
    ),
    "questions": (plant_question, ("asked", "remark", "wording", "gapnote")),
    "practices": (plant_practice, ("practice", "story", "firm")),
    "letters": (plant_letter, ("company", "person", "offered", "sought", "taken")),
    "accounts": (plant_account, ("name",)),
    "addresses": (plant_address, ("reflected",)),
}


@pytest.fixture(scope="module", params=[SAMPLE, pytest.param(PAYLOADS, marks=pytest.mark.long)], ids=["some", "all"])
def world(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[World]:
    house = House(tmp_path_factory.mktemp("world") / "home", word_vectors())
    write_document(house.library, "japan/devices", "Devices in Japan", "A foreign maker works through a holder (MAH).")
    house.publish()
    app = installation(house, house.folder / "accounts.sqlite", trusted_proxy="127.0.0.1")
    people(app)
    with served(web(app)) as url:
        anna, stranger = Browser(url), Browser(url)
        assert anna.sign_in("anna").status_code == 303
        world = World(app, house, Diary(house.folder), anna, stranger, request.param)
        for plant, _ in PLACES.values():
            for number, payload in enumerate(world.payloads):
                plant(world, number, payload)
        app.upkeep.build()
        crawl(world, anna, "anna", ["/staff/", "/staff/documents?number=2", "/library"])
        crawl(
            world,
            stranger,
            "",
            ["/compare?question=maker&market=japan&market=usa", "/library", "/contact", "/best-practice/"],
        )
        yield world
    app.journal.close()
    app.handoffs.close()
    app.accounts.close()
    app.catalogue.close()


def crawl(world: World, browser: Browser, who: str, starts: list[str]) -> None:
    """Open every page of our own that one leads to, a few times each; the chat is a page of its own kind."""
    waiting, met, opened = list(starts), set(starts), Counter[str]()
    while waiting:
        address = waiting.pop()
        answer = browser.get(address)
        world.pages[who, address] = answer
        if "html" not in answer.headers.get("content-type", ""):
            continue
        for link in re.findall(r'href="([^"]*)"', answer.text):
            found = urldefrag(urljoin(address, unescape(link)))[0]
            parts = urlsplit(found)
            chat = parts.path in ("", "/")
            if parts.scheme or parts.netloc or chat or found in met or opened[parts.path] >= _TIMES:
                continue
            met.add(found)
            opened[parts.path] += 1
            waiting.append(found)


def test_no_page_holds_anything_that_acts_whatever_was_written_where(world: World) -> None:
    assert len(world.read) > 150 + 10 * len(world.payloads)
    assert {at: found for at, page in world.read.items() if (found := troubles(page))} == {}
    assert [at for at, answer in world.pages.items() if answer.status_code >= 500] == []


@pytest.mark.parametrize(("place", "names"), [(place, names) for place, (_, names) in PLACES.items()], ids=list(PLACES))
def test_what_was_written_is_shown_as_it_was_written(world: World, place: str, names: tuple[str, ...]) -> None:
    everything = "\n".join({squeezed(text) for page in world.read.values() for text in texts_of(page)})
    for name in names:
        found = [
            number
            for number, payload in enumerate(world.payloads)
            if squeezed(f"{name}{number} {payload}"[:60]) in everything
        ]
        assert found, f"{name} of {place} is shown nowhere: nothing was tried"


def test_a_source_is_a_link_only_where_its_address_is_of_the_web(world: World) -> None:
    links = {element.get("href") or "" for page in world.read.values() for element in page if element.tag == "a"}
    assert "https://example.org/law" in links
    assert not [link for link in links if "x.example" in link and not link.startswith(("/", "?", "http"))]


def texts_of(page: list[Element]) -> Iterator[str]:
    """What is read on a page, and what stands in its fields."""
    yield "".join(page[0].itertext())
    for element in page:
        if element.tag in ("input", "option"):
            yield element.get("value") or ""


def squeezed(text: str) -> str:
    return "".join(text.split())


# Answers, and what is taken along


def hostile(text: str, house: House) -> Citation:
    """A citation of which everything is hostile."""
    document = house.catalogue.document("japan/devices")
    said = replace(document.metadata, title=text, publisher=text)
    return Citation(
        1,
        "japan/devices@1#1",
        text,
        text,
        None,
        replace(document, version=replace(document.version, metadata=said)),
        (Source("a", text, text, text, text), Source("b", text, text, text, f"https://x.example/{text}")),
        overdue=True,
    )


def answer_of(text: str, house: House) -> Answer:
    """An answer that a model wrote from a hostile document."""
    claims = tuple(Claim(text, kind, "en", (hostile(text, house),)) for kind in ClaimKind)
    return Answer(Outcome.PARTIAL, "en", text, claims=claims, missing=(text,), notice=text, follow_ups=(text,))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_of_an_answer_or_of_a_text_in_markdown_acts(payload: str, house: House) -> None:
    page = turn_html(Turn(payload, "en", answer=answer_of(payload, house), id=payload), 1)
    assert active(page) == []
    assert "\n" not in page
    assert active(str(rendered(f"# {payload}\n\n{payload}\n\n- {payload}\n\n| a |\n|---|\n| {payload} |"))) == []
    assert payload in plain_text(payload, answer_of(payload, house))


EXPORTED = (
    *PAYLOADS,
    "=HYPERLINK('https://evil.example')",
    "+1\t-1\t@SUM(1)",
    "a\r\nATTENDEE:mailto:x@evil.example\r\nBEGIN:VEVENT",
    "| a | b |\n# heading\n1. one\n```\ncode",
)


@pytest.mark.parametrize("payload", EXPORTED)
def test_papers_hold_hostile_texts_as_text(payload: str, house: House) -> None:
    line = PaperLine(payload, "en", (1,))
    table = PaperTable((payload,), ((payload, ((line,),)),))
    parts = (PaperPart(payload, (line,), (line,), table),)
    paper = Paper(
        payload, "en", payload, "2026-11-22", parts, (Reference(1, (hostile(payload, house),)),), Foot(payload)
    )
    files = {form: write(paper) for form, write in FORMS.items()}
    html = MarkdownIt("commonmark").enable("table").render(files[".md"].decode().partition("\n---\n")[2])
    assert [found for found in active(html) if found != "<br>"] == []
    assert {urlsplit(element.get("href") or "").hostname for element in elements(html)} <= {None, "x.example"}
    assert docx.Document(io.BytesIO(files[".docx"])).paragraphs
    for page in pypdf.PdfReader(io.BytesIO(files[".pdf"])).pages:
        assert "/Annots" not in page


@pytest.mark.parametrize("payload", EXPORTED)
def test_a_calendar_gains_no_line_and_no_event(payload: str, house: House) -> None:
    cited = hostile(payload, house)
    claim = Claim(f"From 2030-01-15 {payload}", ClaimKind.STATEMENT, "en", (cited,))
    step = Step("market", "us", (Fact("fees", Told((claim,))),))
    profile = Profile(markets=frozenset({"japan"}), product="devices")
    made = Plan(profile, "japan", "en", TODAY, (step,), (), ())
    [calendar] = Calendar.from_ical(to_calendar(made, payload), multiple=True)
    assert len(calendar.subcomponents) == len(made.deadlines) == 2
    for event in calendar.subcomponents:
        assert set(event) == {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION"}


@pytest.mark.parametrize("form", ["md", "docx", "pdf"])
def test_what_no_file_can_hold_does_not_keep_anybody_from_theirs(world: World, form: str) -> None:
    odd = "\x00\x08\x0b\x1b\ufffe\u2028"
    asked = {"question": f"{odd}maker{odd}?", "market": ["japan", "usa"]}
    assert world.stranger.client.get(f"/compare/comparison.{form}", params=asked).status_code == 200
    planned = {"market": "japan", "product": "devices", "risk_class": f"I{odd}"}
    assert world.stranger.client.get(f"/plan/plan.{form}", params=planned).status_code == 200


def test_a_cell_of_a_report_is_no_formula() -> None:
    figures = tuple(Figure("documents", group, "answers", 1.0) for group in EXPORTED)
    rows = list(csv.DictReader(io.StringIO(to_csv(Report(TODAY, TODAY, figures)))))
    assert len(rows) == len(figures)
    assert not [row for row in rows for value in row.values() if value.startswith(("=", "+", "-", "@", "\t", "\r"))]


@pytest.mark.parametrize("payload", EXPORTED)
def test_a_letter_is_sent_with_the_headers_that_we_gave_it_and_no_others(
    payload: str, house: House, tmp_path: Path
) -> None:
    app = installation(house, house.folder / "accounts.sqlite")
    draft = replace(
        LETTER, company=f"Isar {payload}", person=f"Eva {payload}", message=f"Who? {payload}", language="en"
    )
    letter = preview(draft, app.vocabulary)
    handed = app.handoffs.hand_over(draft, agreed=app.handoffs.consent_for(draft), seen=letter)
    with post_office() as office:
        sending(office.settings(tmp_path))(handed)
        [mail] = office.mails
    assert set(mail) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "Auto-Submitted", "MIME-Version"),
        *("Content-Type", "Content-Transfer-Encoding"),
    } | set(mail) & {"X-Peer"}
    assert mail.get_content_type() == "text/plain"
    assert [mail["To"], mail["Reply-To"]] == ["desk@biom.example", draft.email.lower()]
    app.handoffs.close()
    app.accounts.close()
