"""Runs over the connected places: those that are due by a thread of the server, any of them by a command."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Event, Thread

from assistant.app import App
from corpus.connections.places import ConnectedPlace
from corpus.connections.reach import read_reach
from corpus.connections.running import BeingRun, run
from corpus.errors import KnownError
from corpus.intake.intake import Intake, IntakeOutcome
from corpus.web.manners import PACE

_LOOK = 15.0  # seconds between two looks of the server

_log = logging.getLogger(__name__)


def run_place(app: App, place: ConnectedPlace, pace: float = PACE) -> Iterator[IntakeOutcome]:
    """Look at a place once, and let the index follow. How it ended stands in `app.connections`.

    Raises:
        BeingRun: another process or thread is at work on connections.
        BadReach: the file of what may be reached cannot be used.
    """
    reach = read_reach(app.settings.connections)
    confined = app.settings.require_confinement
    intake = Intake(app.catalogue, who=f"connection {place.number}", confined=confined)
    yield from run(place, app.connections, reach, intake, app.catalogue, pace=pace)
    app.upkeep.follow()


def run_due(app: App, pace: float = PACE) -> int:
    """Look at all places that are due; returns how many these were."""
    due = [place for place in app.connections.all() if place.due(datetime.now(UTC))]
    for place in due:
        try:
            for _ in run_place(app, place, pace):
                pass
        except BeingRun:
            return 0
        except KnownError as error:  # which the page of connections shows
            app.connections.began(place.number)
            app.connections.change(place.number, problem=str(error))
        if problem := app.connections.place(place.number).problem:
            _log.warning("connection %s: %s", place.number, problem)
    return len(due)


def keep_connected(app: App, stop: Event) -> Thread:
    """Let a thread look at places when they are due, until `stop` is set."""

    def work() -> None:
        while not stop.wait(_LOOK):
            try:
                if app.duty():
                    run_due(app)
            except KnownError as error:
                _log.warning("connections are not run: %s", error)
            except Exception:  # noqa: BLE001 - a door: logged, and the next look comes
                _log.exception("connections are not run")

    thread = Thread(target=work, name="connections", daemon=True)
    thread.start()
    return thread
