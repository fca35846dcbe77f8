"""The accounts, for administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response

from assistant.accounts.accounts import Account, Details, Permission, Role
from assistant.texts import TranslatedError
from corpus.vocabulary import Cluster, vocabulary
from pages.shared.rendering import Typed, installation
from pages.staff.layout import done, page
from pages.staff.person import person

router = APIRouter()

_A_PAGE = 50  # accounts on one

Administrator = Annotated[Account, person(Permission.MANAGE_ACCOUNTS)]


@router.get("/accounts")
def list_accounts(
    request: Request, _administrator: Administrator, words: str = "", number: Annotated[int, Query(ge=1, le=10**6)] = 1
) -> Response:
    """The accounts, a page at a time."""
    accounts = installation(request).accounts
    return page(
        request,
        "accounts.html",
        accounts=accounts.accounts(words, start=(number - 1) * _A_PAGE, limit=_A_PAGE),
        count=accounts.count(words),
        words=words,
        number=number,
        last=max(1, -(-accounts.count(words) // _A_PAGE)),
        clusters=_clusters(),
    )


@router.get("/new-account")
def new_page(request: Request, _administrator: Administrator) -> Response:
    """The form for another account."""
    return _new(request, Details(display_name="", role=Role.MEMBER))


@router.post("/new-account")
def add(
    request: Request,
    administrator: Administrator,
    name: Typed,
    display_name: Typed,
    role: Annotated[Role, Form()],
    cluster: Typed = "",
    email: Typed = "",
    language: Typed = "en",
) -> Response:
    """Make an account and show its one-time code."""
    details = Details(display_name=display_name, role=role, cluster=cluster, email=email, language=language)
    try:
        code = installation(request).accounts.add(name, details, who=administrator.name)
    except TranslatedError as problem:
        return _new(request, details, name, problem)
    return _show_code(request, name, code)


@router.get("/accounts/{name}")
def show(request: Request, _administrator: Administrator, name: str) -> Response:
    """One account: its details, what can be done with it, what was done."""
    return _account(request, installation(request).accounts.account(name))


@router.post("/accounts/{name}")
def change(
    request: Request,
    administrator: Administrator,
    name: str,
    display_name: Typed,
    role: Annotated[Role, Form()],
    cluster: Typed = "",
    email: Typed = "",
    language: Typed = "en",
) -> Response:
    """Write down other details."""
    accounts = installation(request).accounts
    details = Details(display_name=display_name, role=role, cluster=cluster, email=email, language=language)
    try:
        accounts.change(name, details, who=administrator.name)
    except TranslatedError as problem:
        return _account(request, accounts.account(name), details, problem)
    return done(request, "/accounts", "done_changed")


@router.post("/accounts/{name}/disable")
def disable(request: Request, administrator: Administrator, name: str) -> Response:
    """Let it sign in no more."""
    installation(request).accounts.disable(name, who=administrator.name)
    return done(request, "/accounts", "done_disabled")


@router.post("/accounts/{name}/enable")
def enable(request: Request, administrator: Administrator, name: str) -> Response:
    """Let it sign in again."""
    installation(request).accounts.enable(name, who=administrator.name)
    return done(request, "/accounts", "done_enabled")


@router.post("/accounts/{name}/reset")
def reset(request: Request, administrator: Administrator, name: str) -> Response:
    """Take its password away and show a one-time code."""
    return _show_code(request, name, installation(request).accounts.reset(name, who=administrator.name))


def _new(request: Request, details: Details, name: str = "", problem: TranslatedError | None = None) -> Response:
    return page(
        request, "new_account.html", problem, details=details, name=name, roles=list(Role), clusters=_clusters()
    )


def _account(
    request: Request, account: Account, details: Details | None = None, problem: TranslatedError | None = None
) -> Response:
    return page(
        request,
        "account.html",
        problem,
        account=account,
        details=details or account,
        changes=installation(request).accounts.changes(account.name),
        roles=list(Role),
        clusters=_clusters(),
    )


def _show_code(request: Request, name: str, code: str) -> Response:
    """The only time that the code is seen, so the answer to the form itself, not a page that could be asked for."""
    app = installation(request)
    site = request.scope["root_path"].removeprefix(app.settings.prefix)
    address = f"{app.settings.address}{site}/code"
    return page(request, "given_code.html", account=app.accounts.account(name), code=code, address=address)


def _clusters() -> Mapping[str, Cluster]:
    return vocabulary().clusters
