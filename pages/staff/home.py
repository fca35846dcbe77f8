"""The first page of the staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response

from assistant.accounts import Account, Act
from pages.staff.frame import page
from pages.staff.person import person

router = APIRouter()


@router.get("/")
def home(request: Request, _reader: Annotated[Account, person(Act.READ_STAFF)]) -> Response:
    """What there is to do."""
    return page(request, "home.html")
