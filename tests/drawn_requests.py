"""Requests drawn by Schemathesis from the OpenAPI descriptions of our sites, such as fit and such as do not.

FastAPI makes the descriptions for the test alone: the product serves none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from assistant.accounts.keys import Scope
from pages.api.doors import program_doors
from pages.public.best_practice import best_practice
from pages.public.site import public
from pages.shared.admission import admission
from pages.staff.site import staff
from tests.conftest import PATIENCE, House, installation, served, word_vectors, write_document
from tests.markup import active
from tests.staff_pages import Browser, people
from ui import web

AS_DESCRIBED = [status_code_conformance, content_type_conformance, response_schema_conformance]
WHERE = {"public": "", "best-practice": "/best-practice", "staff": "/staff", "api": "/api/v1"}
LEFT_OUT = {"/sign-out", "/account/password", "/accounts/{name}/disable"}  # they would end the session of the test


@dataclass
class Door:
    """A served installation, the sites in it with their descriptions, and the session of an administrator."""

    url: str
    sites: dict[str, FastAPI]
    session: requests.Session
    form_token: str


@contextmanager
def opened_door(folder: Path) -> Iterator[Door]:
    """An installation in a folder of its own, served as long as it is needed."""
    house = House(folder / "home", word_vectors())
    write_document(house.library, "japan/devices", "Devices in Japan", "A foreign maker works through a holder (MAH).")
    house.publish()
    app = installation(house, house.folder / "accounts.sqlite")
    people(app)
    first: Any = public(app)[0].endpoint
    with served(web(app)) as url, requests.Session() as session:
        anna = Browser(url)
        anna.sign_in("anna")
        _, key = app.keys.add("drawn", Scope, account="anna", a_minute=10_000, who="test")
        session.headers.update(
            {"Cookie": f"market-entry={anna.token}", "Origin": url, "Authorization": f"Bearer {key}"}
        )
        sites = {"public": first, "best-practice": best_practice(app), "staff": staff(app)}
        sites["api"] = program_doors(app, admission(app)).api
        yield Door(url, sites, session, anna.form_token())
    for store in (app.journal, app.handoffs, app.accounts, app.catalogue):
        store.close()


def withstands(door: Door, name: str, examples: int) -> int:
    """Send so many requests of each kind to each route of a site; returns how many routes there were."""
    schema = schemathesis.openapi.from_dict(door.sites[name].openapi())
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    for operation in operations:
        if operation.path in LEFT_OUT:
            continue
        kinds = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))

        @seed(0)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(kinds)
        def sent(case: Case[Any]) -> None:
            if isinstance(case.body, dict) and name == "staff":
                case.body["form_token"] = door.form_token
            answer = case.call(
                base_url=door.url + WHERE[name], session=door.session, timeout=PATIENCE, allow_redirects=False
            )
            assert answer.status_code < 500, case.as_curl_command()
            assert "Traceback (most recent call last)" not in answer.text_lossy()
            assert {"content-security-policy", "x-content-type-options", "referrer-policy"} <= set(answer.headers)
            if name == "api":
                case.validate_response(answer, checks=AS_DESCRIBED)
            if "html" in "".join(answer.headers.get("content-type", "")):
                assert active(answer.text) == [], case.as_curl_command()

        sent()
    return len(operations)
