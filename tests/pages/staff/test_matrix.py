"""Who may use which staff page."""

from __future__ import annotations

import re
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Request, Response, UploadFile
from fastapi.routing import iter_route_contexts

from assistant.accounts.accounts import Account, Permission
from assistant.app import App
from pages.staff import own_account, sign_in
from pages.staff.layout import page
from pages.staff.person import person
from pages.staff.site import site_of, staff
from tests.conftest import Clock, served
from tests.staff_pages import ROLES, Browser, Site, web


def test_a_route_that_forgets_to_say_who_may_use_it_is_not_served(app: App) -> None:
    router = APIRouter()

    @router.get("/documents")
    def forgetful(request: Request) -> Response:
        return page(request, "home.html")

    with pytest.raises(RuntimeError, match="/documents does not say who may use it"):
        site_of(app, [router], frozenset())


def test_a_file_is_taken_from_who_may_and_its_form_is_checked_too(app: App, clock: Clock) -> None:
    router = APIRouter()

    @router.post("/documents")
    def add(_author: Annotated[Account, person(Permission.WRITE)], file: UploadFile) -> int:
        return file.size or 0

    with served(web(app, site_of(app, [router, own_account.router, sign_in.router], sign_in.OPEN_PATHS))) as url:
        site = Site(app, clock, url)
        author, member = site.browser("ada"), site.browser("mia")
        files = {"file": ("a.pdf", b"x" * 200_000)}

        def send(browser: Browser, token: str) -> httpx.Response:
            return browser.client.post("/staff/documents", data={"form_token": token}, files=files)

        assert send(author, author.form_token()).json() == 200_000
        assert send(author, "").status_code == 403
        assert send(member, member.form_token()).status_code == 403
        assert send(site.browser(), "").status_code == 413


# A row a route: what anonymous people, members, authors, reviewers and administrators get. A form is sent empty, so
# that one that is let through changes nothing: 422, or 303 where it needs no field.
MATRIX: dict[tuple[str, str], tuple[int, int, int, int, int]] = {
    ("GET", "/"): (303, 403, 200, 200, 200),
    ("GET", "/gaps"): (303, 403, 200, 200, 200),
    ("GET", "/gaps/questions"): (303, 403, 200, 200, 200),
    ("GET", "/gaps/questions.jsonl"): (303, 403, 200, 200, 200),
    ("GET", "/gaps/{gap_id}"): (303, 403, 404, 404, 404),
    ("POST", "/gaps/{gap_id}/assign"): (401, 403, 404, 404, 404),
    ("POST", "/gaps/{gap_id}/close"): (401, 403, 404, 404, 404),
    ("GET", "/ratings"): (303, 403, 200, 200, 200),
    ("POST", "/ratings/{answer_id}"): (401, 403, 404, 404, 404),
    ("GET", "/try"): (303, 403, 200, 200, 200),
    ("POST", "/try"): (401, 403, 400, 400, 400),
    ("POST", "/try/draft"): (401, 403, 422, 422, 422),
    ("GET", "/coverage"): (303, 403, 200, 200, 200),
    ("GET", "/report"): (303, 403, 403, 200, 200),
    ("GET", "/report.csv"): (303, 403, 403, 200, 200),
    ("GET", "/report.pdf"): (303, 403, 403, 200, 200),
    ("POST", "/documents:keep-filter"): (401, 403, 422, 422, 422),
    ("POST", "/documents:drop-filter"): (401, 403, 303, 303, 303),
    ("GET", "/staff.css"): (200, 200, 200, 200, 200),
    ("GET", "/unsaved.js"): (200, 200, 200, 200, 200),
    ("GET", "/sign-in"): (200, 303, 303, 303, 303),
    ("POST", "/sign-in"): (422, 422, 422, 422, 422),
    ("GET", "/code"): (200, 200, 200, 200, 200),
    ("POST", "/code"): (422, 422, 422, 422, 422),
    ("GET", "/account"): (303, 200, 200, 200, 200),
    ("POST", "/account/language"): (401, 422, 422, 422, 422),
    ("POST", "/account/mails"): (401, 403, 303, 303, 303),
    ("POST", "/account/password"): (401, 422, 422, 422, 422),
    ("GET", "/accounts"): (303, 403, 403, 403, 200),
    ("GET", "/new-account"): (303, 403, 403, 403, 200),
    ("POST", "/new-account"): (401, 403, 403, 403, 422),
    ("GET", "/accounts/{name}"): (303, 403, 403, 403, 404),
    ("POST", "/accounts/{name}"): (401, 403, 403, 403, 422),
    ("POST", "/accounts/{name}/disable"): (401, 403, 403, 403, 404),
    ("POST", "/accounts/{name}/enable"): (401, 403, 403, 403, 404),
    ("POST", "/accounts/{name}/reset"): (401, 403, 403, 403, 404),
    ("GET", "/keys"): (303, 403, 403, 403, 200),
    ("POST", "/keys"): (401, 403, 403, 403, 422),
    ("POST", "/keys/{number}/revoke"): (401, 403, 403, 403, 404),
    ("GET", "/connections"): (303, 403, 403, 403, 200),
    ("POST", "/connections"): (401, 403, 403, 403, 422),
    ("POST", "/connections/{number}/run"): (401, 403, 403, 403, 404),
    ("POST", "/connections/{number}/pause"): (401, 403, 403, 403, 404),
    ("POST", "/connections/{number}/resume"): (401, 403, 403, 403, 404),
    ("POST", "/connections/{number}/remove"): (401, 403, 403, 403, 404),
    ("GET", "/documents"): (303, 403, 200, 200, 200),
    ("POST", "/documents:undo"): (401, 403, 409, 409, 409),
    ("POST", "/documents:submit"): (401, 403, 422, 422, 422),
    ("POST", "/documents:return"): (401, 403, 403, 422, 422),
    ("POST", "/documents:publish"): (401, 403, 403, 422, 422),
    ("POST", "/documents:withdraw"): (401, 403, 403, 422, 422),
    ("POST", "/documents:terms"): (401, 403, 403, 422, 422),
    ("GET", "/documents/{document_id:path}"): (303, 403, 404, 404, 404),
    ("GET", "/documents/{document_id:path}:compare"): (303, 403, 404, 404, 404),
    ("GET", "/documents/{document_id:path}:original"): (303, 403, 422, 422, 422),
    ("GET", "/documents/{document_id:path}:page"): (303, 403, 422, 422, 422),
    ("GET", "/documents/{document_id:path}:edit"): (303, 403, 404, 404, 404),
    ("POST", "/documents/{document_id:path}:edit"): (401, 403, 422, 422, 422),
    ("POST", "/documents/{document_id:path}:comment"): (401, 403, 422, 422, 422),
    ("POST", "/documents/{document_id:path}:restore"): (401, 403, 403, 422, 422),
    ("POST", "/documents/{document_id:path}:purge"): (401, 403, 403, 403, 404),
    ("GET", "/new-document"): (303, 403, 200, 200, 200),
    ("POST", "/new-document"): (401, 403, 422, 422, 422),
    ("GET", "/due"): (303, 403, 200, 200, 200),
    ("POST", "/due"): (401, 403, 403, 422, 422),
    ("GET", "/sources"): (303, 403, 200, 200, 200),
    ("GET", "/sources/named"): (303, 403, 200, 200, 200),
    ("POST", "/sources/named"): (401, 403, 422, 422, 422),
    # of a letter that there is: LETTERS in test_handoffs.py, by role and cluster
    ("GET", "/handoffs"): (303, 403, 200, 200, 200),
    ("GET", "/handoffs/{number}"): (303, 403, 404, 404, 404),
    ("POST", "/handoffs/{number}/take"): (401, 403, 404, 404, 404),
    ("POST", "/handoffs/{number}/close"): (401, 403, 422, 422, 422),
    ("GET", "/intake"): (303, 403, 200, 200, 200),
    ("POST", "/intake"): (401, 403, 400, 400, 400),
    ("POST", "/intake:confirm"): (401, 403, 200, 200, 200),
    ("POST", "/intake:settle"): (401, 403, 422, 422, 422),
    ("GET", "/intake/{document_id:path}"): (303, 403, 404, 404, 404),
    ("POST", "/intake/{document_id:path}"): (401, 403, 422, 422, 422),
    ("GET", "/model"): (303, 403, 403, 403, 200),
    ("POST", "/model:qualify"): (401, 403, 403, 403, 303),
    ("POST", "/sign-out"): (401, 303, 303, 303, 303),  # last: it ends the session
}


def test_every_route_gives_each_role_what_the_matrix_says(site: Site) -> None:
    served_routes = {
        (method, route.path) for route in iter_route_contexts(staff(site.app).routes) for method in route.methods or ()
    }
    assert served_routes == set(MATRIX)
    browsers = [site.browser(), *(site.browser(name) for name in ROLES)]
    tokens = [browser.form_token() for browser in browsers]
    for (method, path), statuses in MATRIX.items():
        path = "/staff" + re.sub(
            r"{[^}]*}", lambda name: "0" if name[0] in ("{gap_id}", "{number}") else "nobody", path
        )
        got = tuple(
            (browser.get(path) if method == "GET" else browser.post(path, form_token=token)).status_code
            for browser, token in zip(browsers, tokens, strict=True)
        )
        assert got == statuses, f"{method} {path}"
