"""What companies fill in on the public pages, and the letter that they are shown."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

STORY = "We looked for a distributor in Osaka for two years. " * 6
PRACTICE = {
    "title": "How we found a distributor in Osaka",
    "text": STORY,
    "company": "Acme Diagnostics",
    "market": "japan",
    "area": "digital-health",
    "email": "ana@acme.example",
    "agreed": "yes",
}
QUESTION: dict[str, Any] = {
    "kind": "question",
    "cluster": "biom",
    "company": "Isar Stents GmbH",
    "person": "Eva Muster",
    "email": "eva@isar-stents.example",
    "country": "Bavaria",
    "message": "Who knows a MAH in Japan?\r\nWe start in May.",
    "markets": ["japan"],
}
PARTNER = QUESTION | {"kind": "partner", "offered": "A stent", "sought": "A distributor in Japan"}


def letter_shown(html: str) -> dict[str, str]:
    """What the page that shows a letter would send."""
    found = re.findall(r'<input type="(?:hidden|checkbox)" name="(\w+)" value="([^"]*)"', html)
    return {name: unescape(value) for name, value in found}
