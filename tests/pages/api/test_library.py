"""The library by the API: found, listed, read."""

from __future__ import annotations

from urllib.parse import quote

import httpx

from corpus.documents import Reuse, Stage
from pages.api.forms import DocumentForm, DocumentsForm, HitForm, PassageForm
from tests.conftest import House
from tests.pages.api.conftest import ApiDoor
from tests.staff_pages import add_document


def test_passages_are_found_as_the_command_finds_them(client: httpx.Client) -> None:
    hits = client.post("/search", json={"query": "How long does the review take?", "k": 2}).json()
    assert [hit["rank"] for hit in hits] == [1, 2]
    assert hits[0]["document_id"] == "japan/devices"
    for hit in hits:
        assert HitForm.model_validate(hit, strict=True, extra="forbid").model_dump() == hit
    walled = client.post("/search", json={"query": "review", "markets": ["brazil"]}).json()
    assert {hit["document_id"] for hit in walled} == {"brazil/food"}
    assert client.post("/search", json={"query": " \u0000 "}).json() == []


def test_documents_are_listed_and_read_with_their_sources_and_passages(client: httpx.Client) -> None:
    listed = client.get("/documents").json()
    assert DocumentsForm.model_validate(listed, strict=True, extra="forbid").model_dump() == listed
    assert [one["document_id"] for one in listed["documents"]] == ["brazil/food", "japan/devices"]
    assert client.get("/documents", params={"market": "japan"}).json()["count"] == 1
    assert client.get("/documents", params={"topic": "none"}).json()["count"] == 0
    assert client.get("/documents", params={"page": 9}).json()["documents"] == []
    document = client.get("/documents/japan/devices", headers={"Accept-Language": "de"}).json()
    assert DocumentForm.model_validate(document, strict=True, extra="forbid").model_dump() == document
    assert document["summary"] == "Devices in Japan in 3 Schritten."
    assert document["url"].endswith("/library/japan/devices")
    passage = document["passages"][-1]
    assert passage["sources"] == ["law"]
    alone = client.get(f"/passages/{quote(passage['passage_id'], safe='/')}").json()
    assert alone == passage == PassageForm.model_validate(alone, strict=True).model_dump()


def test_a_withdrawn_document_is_gone_and_an_unknown_one_not_found(house: House, client: httpx.Client) -> None:
    house.catalogue.move("brazil/food", Stage.WITHDRAWN, who="ana", why="old")
    assert client.get("/documents/brazil/food").status_code == 410
    assert client.get("/passages/brazil/food@1%230").status_code == 404
    assert client.get("/documents/nothing").status_code == 404


def test_words_that_may_only_be_cited_are_not_given_away(house: House, door: ApiDoor, client: httpx.Client) -> None:
    add_document(house, "japan/cited", reuse=Reuse.CITE_ONLY)
    house.index.build(house.catalogue, house.cache)
    document = client.get("/documents/japan/cited").json()
    assert (document["reuse"], document["passages"], document["summary"]) == ("cite-only", [], "")
    assert client.get("/passages/japan/cited@1%230").status_code == 404
    found = client.post("/search", json={"query": "It has a text of its own"}).json()
    assert {hit["text"] for hit in found if hit["document_id"] == "japan/cited"} == {""}
    staff = door.client(door.token(account="ada"))
    assert staff.get("/documents/japan/cited").json()["passages"]
