"""The doors for programs, wired: what the HTTP API and the tools of agents share."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from fastapi import FastAPI
from starlette.routing import BaseRoute

from assistant.app import App
from pages.api.access import Gate, KeyPace
from pages.api.answering import Answering
from pages.api.site import api_site
from pages.shared.admission import Admission
from pages.shared.recording import Recorder


@dataclass(frozen=True)
class McpDoor:
    """The door of agents: its route, and what runs as long as the web server does."""

    route: BaseRoute
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class ProgramDoors:
    """What answers programs: one gate, one line and one journal for all doors."""

    app: App
    gate: Gate
    answering: Answering
    recorder: Recorder

    @property
    def api(self) -> FastAPI:
        """The HTTP API, to be mounted."""
        return api_site(self.app, self.gate, self.answering, self.recorder)


def program_doors(app: App, admission: Admission) -> ProgramDoors:
    """The doors of an installation, whose questions stand in one line with those of the chat."""
    recorder = Recorder(app)
    return ProgramDoors(app, Gate(app.keys, KeyPace()), Answering(app, admission, recorder), recorder)
