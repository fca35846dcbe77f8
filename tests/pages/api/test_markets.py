"""Comparisons, plans, contacts and letters by the API."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from assistant.app import App
from assistant.handoff.handoffs import HandoffStage
from pages.api.forms import ComparisonTable, ContactForm, PlanForm
from pages.api.site import PATH
from tests.conftest import Run, served
from tests.pages.api.conftest import ApiDoor, api_of
from tests.whole.conftest import with_people

DRAFT = {
    "cluster": "biom",
    "company": "Acme",
    "person": "Ana Puig",
    "email": "ana@acme.example",
    "country": "Spain",
    "message": "Who files for us in Japan?",
    "language": "en",
}


def test_comparisons_and_plans_have_the_form_of_the_commands(shipped: App, tmp_path: Path, market_entry: Run) -> None:
    with with_people(shipped, tmp_path) as app, served(api_of(app)) as url:
        door = ApiDoor(app, f"{url}{PATH}")
        with door.client(door.token()) as client:
            asked = {"question": "fees for devices", "markets": ["japan", "usa"]}
            compared = client.post("/compare", json=asked).json()
            plan = client.get("/plan", params={"market": "japan", "product": "devices", "home": "biom"}).json()
    words = ["compare", "fees for devices", "--market", "japan", "--market", "usa", "--json"]
    assert compared == market_entry(*words).json
    assert plan == market_entry("plan", "--market", "japan", "--product", "devices", "--home", "biom", "--json").json
    assert ComparisonTable.model_validate(compared, strict=True, extra="forbid").model_dump() == compared
    assert PlanForm.model_validate(plan, strict=True, extra="forbid").model_dump() == plan
    assert compared["filled"]
    assert plan["filled"]


@pytest.mark.parametrize(
    ("method", "path", "sent", "sentence"),
    [
        ("POST", "/compare", {"json": {"markets": ["japan"]}}, "two"),
        ("POST", "/compare", {"json": {"markets": ["japan", "atlantis"]}}, "atlantis"),
        ("GET", "/plan", {"params": {"market": "japan", "product": "toys"}}, "toys"),
        ("GET", "/plan", {"params": {"market": "japan"}}, "errors"),
    ],
)
def test_what_cannot_be_compared_or_planned_says_why(
    client: httpx.Client, method: str, path: str, sent: dict[str, dict[str, object]], sentence: str
) -> None:
    refused = client.request(method, path, **sent)  # type: ignore[arg-type]
    assert refused.status_code == 422
    assert sentence in refused.json()["detail"]


def test_contacts_are_those_of_the_question_and_the_region(client: httpx.Client) -> None:
    home = client.post("/contacts", json={"home": "biom", "language": "de"}).json()
    assert home[0]["name"] == "BioM"
    assert home[0]["region"] == "Bayern"
    for one in home:
        assert ContactForm.model_validate(one, strict=True, extra="forbid").model_dump() == one
    assert client.post("/contacts", json={"home": "atlantis"}).json()


def test_a_letter_is_kept_only_with_the_very_consent_to_the_very_letter(door: ApiDoor, client: httpx.Client) -> None:
    shown = client.post("/letters/preview", json=DRAFT).json()
    assert "Who files for us in Japan?" in shown["letter"]["text"]
    assert "BioM" in shown["consent"]
    assert not door.app.handoffs.made
    for changed in (
        {"agreed": "yes"},
        {"seen": {"subject": "x", "text": "y"}},
        {"draft": DRAFT | {"message": "Another"}},
        {"draft": DRAFT | {"cluster": "biocat"}},
    ):
        sent = {"draft": DRAFT, "seen": shown["letter"], "agreed": shown["consent"]} | changed
        refused = client.post("/letters", json=sent)
        assert (refused.status_code, refused.json()["code"]) == (409, "no-consent")
    assert door.app.handoffs.find() == []
    taken = client.post("/letters", json={"draft": DRAFT, "seen": shown["letter"], "agreed": shown["consent"]})
    assert (taken.status_code, taken.json()) == (201, {"number": 1, "cluster": "BioM"})
    [kept] = door.app.handoffs.find()
    assert (kept.stage, kept.consent) == (HandoffStage.WAITING, shown["consent"])


def test_a_letter_that_is_not_complete_says_what_is_missing_in_the_language_wished_for(client: httpx.Client) -> None:
    refused = client.post("/letters/preview", json=DRAFT | {"email": "ana"}, headers={"Accept-Language": "fr"})
    assert (refused.status_code, refused.json()["code"]) == (422, "bad-handoff")
    assert "adresse" in refused.json()["detail"]


def test_letters_are_taken_at_the_pace_at_which_people_read_them(client: httpx.Client) -> None:
    shown = client.post("/letters/preview", json=DRAFT).json()
    sent = {"draft": DRAFT, "seen": shown["letter"], "agreed": shown["consent"]}
    assert [client.post("/letters", json=sent).status_code for _ in range(6)] == [201] * 5 + [429]
