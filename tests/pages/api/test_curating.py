"""What staff do by a program, with the rights of the roles."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import httpx
import pytest

from assistant.accounts.keys import Scope
from corpus.documents import Stage
from tests.conftest import House
from tests.pages.api.conftest import ApiDoor


def test_a_document_goes_its_way_by_those_who_may_and_not_by_the_hand_of_its_author_alone(
    house: House, door: ApiDoor
) -> None:
    house.edit("japan/devices", "The review takes 9 months.", who="ada")
    ada, rosa = (door.client(door.token(Scope.CURATE, account=name)) for name in ("ada", "rosa"))
    draft = {"documents": {"japan/devices": 2}, "why": "as asked"}
    submitted = ada.post("/stages", json=draft | {"stage": "in-review"})
    assert [one["stage"] for one in submitted.json()] == ["in-review"]
    refused = ada.post("/stages", json=draft | {"stage": "published"})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope-lacking")
    assert rosa.post("/stages", json=draft | {"stage": "published"}).status_code == 200
    known = rosa.get("/versions/japan/devices").json()
    assert [(one["stage"], one["added_by"], one["reviewed_by"]) for one in known["versions"]][1:] == [
        ("published", "ada", "rosa")
    ]
    assert [event["who"] for event in known["history"]][-2:] == ["ada", "rosa"]
    again = rosa.post("/stages", json=draft | {"stage": "published"})
    assert again.status_code == 409
    assert rosa.post("/stages", json={"documents": {"none": None}, "why": "x", "stage": "draft"}).status_code == 404


def test_own_work_is_published_only_where_that_is_said(house: House, door: ApiDoor) -> None:
    house.edit("japan/devices", "The review takes 9 months.", who="rosa")
    house.catalogue.move("japan/devices", Stage.IN_REVIEW, who="rosa", why="", number=2)
    rosa = door.client(door.token(Scope.CURATE, account="rosa"))
    asked = {"documents": {"japan/devices": 2}, "stage": "published", "why": "urgent"}
    assert rosa.post("/stages", json=asked).json()["code"] == "own-work"
    assert rosa.post("/stages", json=asked | {"alone": True}).json()[0]["self_reviewed"] is True


def test_gaps_are_listed_with_what_was_asked(door: ApiDoor) -> None:
    asks = door.client(door.token(Scope.ASK))
    answer = asks.post("/ask", json={"question": "What does a patent in Japan cost?"})
    asks.post("/feedback", json={"answer": answer.headers["market-entry-answer"], "verdict": "incomplete"})
    listed = door.client(door.token(Scope.CURATE, account="ada")).get("/gaps").json()
    assert all({"id", "state", "title", "count", "questions"} <= set(one) for one in listed)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/versions/japan/devices"), ("POST", "/stages"), ("GET", "/gaps"), ("GET", "/stages?stage=draft")],
)
def test_without_the_scope_nobody_curates_whatever_the_account(door: ApiDoor, method: str, path: str) -> None:
    body = {"json": {"documents": {"japan/devices": 1}, "stage": "withdrawn", "why": "x"}} if method == "POST" else {}
    client = door.client(door.token(Scope.ASK, Scope.READ, account="anna"))
    assert client.request(method, path, **body).status_code == 403  # type: ignore[arg-type]


# Taking in


def bring(client: httpx.Client, name: str, data: bytes, **fields: str) -> httpx.Response:
    return client.post("/intake", files={"file": (name, data)}, data=fields)


WOMBATS = b"# Wombats in Japan\n\nWombats want a permit of the ministry before they are sold.\n"


def test_a_file_becomes_a_draft_in_the_name_of_the_keys_account_with_what_is_open(house: House, door: ApiDoor) -> None:
    ada = door.client(door.token(Scope.CURATE, account="ada"))
    told = bring(ada, "wombats.md", WOMBATS).json()
    assert (told["known"], told["refused"]) == ([], [])
    [taken] = told["taken"]
    assert (taken["stage"], taken["title"], taken["version"]) == ("draft", "Wombats in Japan", 1)
    assert taken["open"] != {}
    draft = house.catalogue.draft(taken["document_id"])
    assert draft is not None
    assert draft.version.added_by == "ada"
    listed = ada.get("/stages", params={"stage": "draft"}).json()
    assert [one["document_id"] for one in listed["versions"]] == [taken["document_id"]]
    concerns = ada.get(f"/versions/{taken['document_id']}").json()["concerns"]
    assert {one["matter"] for one in concerns} >= set(taken["open"])
    [known] = bring(ada, "again.md", WOMBATS).json()["known"]
    assert known["document_id"] == taken["document_id"]
    more = bring(ada, "wombats.md", WOMBATS + b"\nThe permit costs 300.\n", document_id=taken["document_id"]).json()
    assert [(one["document_id"], one["stage"]) for one in more["taken"]] == [(taken["document_id"], "draft")]


def test_of_an_archive_each_file_is_told_and_a_file_that_cannot_be_read_is_a_problem(door: ApiDoor) -> None:
    ada = door.client(door.token(Scope.CURATE, account="ada"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("wombats.md", WOMBATS)
        archive.writestr("odd.bin", b"\x00\x01\x02" * 100)
    told = bring(ada, "both.zip", packed.getvalue()).json()
    assert (len(told["taken"]), [one["kind"] for one in told["refused"]]) == (1, ["UnknownFormat"])
    refused = bring(ada, "odd.bin", b"\x00\x01\x02" * 100)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-format")
    assert refused.headers["content-type"] == "application/problem+json"
    assert tempfile.gettempdir() not in refused.text
    bad = bring(ada, "wombats.md", WOMBATS, document_id="../../etc/passwd")
    assert (bad.status_code, bad.json()["code"]) == (422, "bad-document")


@pytest.mark.parametrize("name", ["../../../tmp/climbed.md", "/etc/climbed.md", "..\\..\\climbed.md", "..", "a" * 5000])
def test_a_name_that_climbs_out_of_its_folder_is_a_name_and_nothing_else(door: ApiDoor, name: str) -> None:
    ada = door.client(door.token(Scope.CURATE, account="ada"))
    answer = bring(ada, name, WOMBATS)
    assert answer.status_code in (200, 400, 422)
    assert not Path("/tmp/climbed.md").exists()  # noqa: S108 - where it would have climbed to
    assert not Path("/etc/climbed.md").exists()
    assert not list(Path().resolve().parent.glob("climbed.md"))


def test_only_who_may_write_takes_in_and_only_they_may_send_much(house: House, door: ApiDoor) -> None:
    before = len(house.catalogue.documents())
    large = b"\x00\x01\x02" * 400_000
    reading, asking = door.client(door.token()), door.client(door.token(Scope.ASK, account="anna"))
    for client in (reading, asking, door.client("mek_wrong"), door.client()):
        assert bring(client, "wombats.md", WOMBATS).status_code in (401, 403)
        assert bring(client, "large.bin", large).status_code == 413
    ada = door.client(door.token(Scope.CURATE, account="ada"))
    revoked = door.app.keys.add("gone", (Scope.CURATE,), account="ada", a_minute=60, who="test")
    door.app.keys.revoke(revoked[0].number, who="test")
    assert bring(door.client(revoked[1]), "wombats.md", WOMBATS).status_code == 401
    assert ada.post("/ask", content=b"x" * (2**20 + 1)).status_code == 413
    assert len(house.catalogue.documents()) == before
    assert bring(ada, "large.bin", large).json()["code"] == "unknown-format"


def test_a_key_takes_in_no_faster_than_its_pace(door: ApiDoor) -> None:
    ada = door.client(door.token(Scope.CURATE, account="ada", a_minute=1))
    assert bring(ada, "wombats.md", WOMBATS).status_code == 200
    wait = bring(ada, "wombats.md", WOMBATS)
    assert (wait.status_code, wait.json()["code"]) == (429, "too-often")
    assert int(wait.headers["retry-after"]) == wait.json()["retry_after"]
