"""What has changed in the library, followed by a feed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import feedparser
import pytest
from fastapi.testclient import TestClient

from assistant.app import App
from corpus.documents import Access, Reuse, Source, Stage
from corpus.passages import split_markdown
from tests.conftest import House, installation
from tests.pages.public.test_public import visiting
from tests.staff_pages import add_document

HOSTILE = "Fees <b>&amp;</b> \x0b<script>alert(1)</script>"


@pytest.fixture
def app(house: House, tmp_path: Path) -> Iterator[App]:
    app = installation(house, tmp_path / "accounts.sqlite", public_url="https://market.example.org")
    yield app
    app.accounts.close()


@pytest.fixture
def visitor(app: App) -> TestClient:
    return visiting(app)


def read(visitor: TestClient, **followed: str) -> feedparser.FeedParserDict:
    answer = visitor.get("/changes.atom", params={"language": "en", **followed})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/atom+xml"
    found = feedparser.parse(answer.content)
    assert (found.version, found.bozo) == ("atom10", False)
    return found


def test_a_market_a_topic_and_a_document_are_followed_and_nothing_that_not_everybody_may_read(
    visitor: TestClient, house: House
) -> None:
    source = Source("law", "The law", "The ministry", "2026-03", "https://law.example.org/1")
    add_document(house, "brazil/fees", markets=frozenset({"brazil"}), topics=frozenset({"fees"}), sources=(source,))
    add_document(house, "brazil/hidden", markets=frozenset({"brazil"}), access=Access.MEMBERS)
    add_document(house, "brazil/draft", Stage.DRAFT, markets=frozenset({"brazil"}))
    add_document(house, "brazil/unquoted", markets=frozenset({"brazil"}), reuse=Reuse.INTERNAL)
    of_brazil = read(visitor, market="brazil")
    assert {entry.title for entry in of_brazil.entries} >= {"brazil/fees", "brazil/unquoted"}
    assert {entry.title for entry in of_brazil.entries} & {"brazil/hidden", "brazil/draft"} == set()
    assert of_brazil.feed.title == "What has changed in the library: Brazil"
    [fees] = read(visitor, document="brazil/fees").entries
    assert fees.link == "https://market.example.org/library/brazil/fees?language=en"
    assert "A new document." in fees.content[0].value
    assert 'href="https://law.example.org/1"' in fees.content[0].value
    assert [entry.title for entry in read(visitor, topic="fees", market="brazil").entries] == ["brazil/fees"]
    assert visitor.get("/changes.atom", params={"document": "brazil/hidden"}).status_code == 404
    assert visitor.get("/changes.atom", params={"document": "nothing"}).status_code == 404


def test_a_new_version_says_what_has_changed_since_and_who_has_it_already_is_told_so(
    visitor: TestClient, house: House
) -> None:
    first = add_document(house, "brazil/fees", markets=frozenset({"brazil"}))
    before = visitor.get("/changes.atom?document=brazil/fees&language=en")
    same = visitor.get(
        "/changes.atom?document=brazil/fees&language=en", headers={"If-None-Match": before.headers["etag"]}
    )
    assert (same.status_code, same.content) == (304, b"")
    body = first.version.body.replace("It has a text of its own.", "The fee is 300 real.")
    version = replace(first.version, body=body, metadata=replace(first.metadata, title=HOSTILE))
    house.catalogue.add_version(
        version, split_markdown(version), origin="test", stage=Stage.PUBLISHED, who="ana", why=""
    )
    [entry] = read(visitor, document="brazil/fees").entries
    assert entry.title.startswith("Fees <b>")
    told = entry.content[0].value
    assert "A new version of this document." in told
    assert "<ins>The fee is 300 real.</ins>" in told
    assert "<del>It has a text of its own.</del>" in told
    assert entry.link == "https://market.example.org/library/brazil/fees?version=1&language=en"
    assert visitor.get(entry.link.removeprefix("https://market.example.org")).status_code == 200


def test_pages_lead_to_the_feed_of_what_they_show(visitor: TestClient, house: House) -> None:
    add_document(house, "brazil/fees", markets=frozenset({"brazil"}))
    page = visitor.get("/library?market=brazil&language=en").text
    assert 'type="application/atom+xml"' in page
    assert 'href="/changes.atom?market=brazil&amp;language=en"' in page
    assert (
        'href="/changes.atom?document=brazil%2Ffees&amp;language=en"'
        in visitor.get("/library/brazil/fees?language=en").text
    )
