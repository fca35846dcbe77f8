"""Forms and addresses filled in by nobody's hand, sent to the whole web door over its routes."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import httpx2
from fastapi.testclient import TestClient

from assistant.app import open_app
from assistant.settings import Settings, read_settings
from tests.fuzzing.inputs import Input, odd_text
from tests.markup import active
from ui import web

# What can be sent, with the fields that are known; others are made up.
_FORMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("GET", "/library", ("words", "market", "area", "topic", "since", "order", "number", "language")),
    ("GET", "/library/japan/devices-and-ivds", ("version", "language")),
    ("GET", "/library/{odd}", ("version",)),
    ("GET", "/library/japan/devices-and-ivds:original", ("version",)),
    ("GET", "/compare", ("question", "market", "market", "product", "language")),
    ("GET", "/plan", ("market", "product", "risk_class", "home", "language")),
    ("GET", "/plan/plan.{odd}", ("market", "product")),
    ("GET", "/contact", ("question", "language", "cluster", "market", "home")),
    ("POST", "/contact", ("kind", "cluster", "company", "person", "email", "country", "message", "consent", "text")),
    ("POST", "/feedback", ("answer", "question", "verdict", "comment", "ticked", "language")),
    ("POST", "/best-practice/", ("title", "story", "market", "area", "company", "email", "website", "language")),
    ("POST", "/staff/sign-in", ("name", "password", "next")),
    ("POST", "/staff/code", ("name", "code", "password")),
    ("GET", "/staff/sign-in", ("next",)),
    ("GET", "/{odd}", ("__theme", "deep_link", "view")),
)
_WORDS = (
    "japan",
    "usa",
    "medical-device",
    "III",
    "biom",
    "en",
    "de",
    "xx",
    "1",
    "-1",
    "question",
    "wrong",
    "a@b.example",
)


_LONGEST = 3000  # characters of a value; the client refuses to write a longer address
_FORM = "application/x-www-form-urlencoded"


def target(folder: Path) -> Forms:
    """The web door of the shipped library, in a home of its own."""
    read_settings()
    app = open_app(Settings(home=folder / "home"))
    app.upkeep.make_ready(print)
    return Forms(TestClient(web(app), raise_server_exceptions=True, follow_redirects=False))


class Forms:
    """Sends whatever it is given."""

    def __init__(self, visitor: TestClient) -> None:
        self._visitor = visitor

    def draw(self, chance: Random) -> Input:
        """A route, with values for most of its fields, as JSON."""
        method, path, fields = chance.choice(_FORMS)
        values = [(name, _value(chance)) for name in fields if chance.random() < 0.8]
        odd = _value(chance)
        sent = {
            "method": method,
            "path": path,
            "odd": odd,
            "values": values,
            "kind": chance.choice(("form", "form", "raw")),
        }
        return Input(json.dumps(sent).encode(), ".json")

    def tried(self, thrown: Input) -> str:
        """A page, a refusal or another address; never a failure, and never anything that acts."""
        sent = json.loads(thrown.data)
        answer = self._sent(**sent)
        assert answer.status_code < httpx2.codes.INTERNAL_SERVER_ERROR, answer.text[:300]
        assert "Traceback (most recent call last)" not in answer.text
        assert {"content-security-policy", "x-content-type-options", "referrer-policy"} <= set(answer.headers)
        if (
            "html" in answer.headers.get("content-type", "")
            and "'unsafe-inline'" not in answer.headers["content-security-policy"]
        ):
            assert (found := active(answer.text)) == [], found
        return f"{sent['method']} {sent['path']}: {answer.status_code}"

    def _sent(self, method: str, path: str, odd: str, values: list[tuple[str, str]], kind: str) -> httpx2.Response:
        safe = httpx2.QueryParams([("", odd.encode("utf-8", "replace").decode())])
        address = path.replace("{odd}", str(safe).removeprefix("=").replace("+", "%20"))
        plain: list[tuple[str, str | int | float | bool | None]] = [
            (name, value.encode("utf-8", "replace").decode()) for name, value in values
        ]
        if method == "GET":
            return self._visitor.get(address, params=plain)
        if kind == "raw":  # bytes as they come, called a form
            body = "&".join(f"{name}={value}" for name, value in values).encode("utf-8", "surrogatepass")
            return self._visitor.post(address, content=body, headers={"Content-Type": _FORM})
        return self._visitor.post(
            address, data={name: str(value) for name, value in plain}, headers={"Origin": str(self._visitor.base_url)}
        )


def _value(chance: Random) -> str:
    return (
        chance.choice(_WORDS) if chance.random() < 0.4 else odd_text(chance, _WORDS)[: chance.choice((200, _LONGEST))]
    )
