"""Where the pages for companies lead: the parts of the site, and what the law asks for at the foot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.routing import BaseRoute


@dataclass(frozen=True)
class NavItem:
    """A page that others lead to; `text` names it among the texts of the interface."""

    path: str
    text: str


CHAT = NavItem("/", "part_chat")
PARTS = (
    NavItem("/compare", "part_compare"),
    NavItem("/plan", "part_plan"),
    NavItem("/library", "part_library"),
    NavItem("/contact", "part_contact"),
)
FOOT = (
    NavItem("/imprint", "imprint"),
    NavItem("/privacy", "privacy"),
    NavItem("/accessibility", "accessibility"),
    NavItem("/best-practice", "practice"),
)


def served(places: Iterable[NavItem], routes: Sequence[BaseRoute]) -> tuple[NavItem, ...]:
    """Those of the places that there is a route for."""
    paths = {getattr(route, "path", "") for route in routes}
    return tuple(place for place in places if place.path in paths)
