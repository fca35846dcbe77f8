"""What staff do by a program, with the rights of the roles."""

from __future__ import annotations

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
    ("method", "path"), [("GET", "/versions/japan/devices"), ("POST", "/stages"), ("GET", "/gaps")]
)
def test_without_the_scope_nobody_curates_whatever_the_account(door: ApiDoor, method: str, path: str) -> None:
    body = {"json": {"documents": {"japan/devices": 1}, "stage": "withdrawn", "why": "x"}} if method == "POST" else {}
    client = door.client(door.token(Scope.ASK, Scope.READ, account="anna"))
    assert client.request(method, path, **body).status_code == 403  # type: ignore[arg-type]
