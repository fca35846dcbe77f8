"""What machines ask of a server: whether it is alive, whether it is ready, and its figures."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime
from http import HTTPStatus
from ipaddress import ip_address, ip_network

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from assistant.app import App
from assistant.handoff import handoffs
from corpus.documents import Stage
from corpus.errors import KnownError
from pages.shared.access import address_of, sent_on
from pages.shared.admission import Admission
from pages.shared.observation import REGISTRY

_LEAST_FREE = 200 * 2**20  # bytes of the disk; an index of 50,000 passages is built in less

_log = logging.getLogger(__name__)


def health(app: App, admission: Admission) -> APIRouter:
    """The routes for monitoring an installation."""
    router = APIRouter()
    here = CollectorRegistry()
    here.register(Metrics(app, admission))

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    def readyz() -> JSONResponse:
        problems = not_ready(app)
        if problems:
            return JSONResponse({"status": "not ready", "problems": problems}, HTTPStatus.SERVICE_UNAVAILABLE)
        return JSONResponse({"status": "ready"})

    @router.get("/metrics")
    def metrics(request: Request) -> Response:
        if not _may_read(request, app.settings.metrics_networks):
            return PlainTextResponse(
                "Only this machine may read the metrics, and the addresses in MARKET_ENTRY_METRICS_FROM.",
                HTTPStatus.FORBIDDEN,
            )
        text = generate_latest(REGISTRY) + generate_latest(here)
        return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return router


def not_ready(app: App) -> list[str]:
    """What keeps an installation from answering, in plain words that tell strangers nothing of this machine."""
    checks: tuple[tuple[str, Callable[[], object]], ...] = (
        ("the catalogue cannot be read", lambda: app.catalogue.position),
        ("there is no index that can be searched", lambda: app.index.current().vectors.check()),
    )
    problems = []
    for problem, check in checks:
        try:
            check()
        except KnownError as error:
            _log.warning("not ready: %s", error)
            problems.append(problem)
    if shutil.disk_usage(app.home).free < _LEAST_FREE:
        problems.append("the disk is full")
    return problems


class Metrics(Collector):
    """What is read anew whenever somebody collects it."""

    def __init__(self, app: App, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One figure each; those of a store that cannot be read just now are left out."""
        for name, what, figure in self._figures():
            try:
                value = figure()
            except (KnownError, OSError) as error:
                _log.warning("a figure is left out: %s", error)
                continue
            if value is not None:
                yield GaugeMetricFamily(f"market_entry_{name}", what, value)

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing beforehand: that would read the stores when the server starts."""
        return []

    def _figures(self) -> Iterator[tuple[str, str, Callable[[], float | None]]]:
        app = self._app
        yield "waiting", "Questions that wait for their turn", lambda: self._admission.waiting
        yield "index_age_seconds", "Since the current index was built", lambda: _age(app)
        yield (
            "documents_published",
            "Documents that readers find",
            lambda: len(app.catalogue.documents(Stage.PUBLISHED)),
        )
        yield "documents_overdue", "Documents that are due for review", lambda: len(app.catalogue.due(date.today()))
        yield "handoffs_waiting", "Letters that are not sent yet", lambda: _letters(app)
        yield "disk_free_bytes", "Free on the disk of the home", lambda: shutil.disk_usage(app.home).free
        if (chat := app.chat) is not None:
            yield "model_left_alone", "1 while the chat model is not asked, since it failed", lambda: chat.circuit.open
            if (budget := chat.budget) is not None:
                yield "model_spent", "Spent on the chat model this month", lambda: budget.spent().whole
                yield "model_budget", "What may be spent on it in a month", lambda: budget.a_month


def _age(app: App) -> float | None:
    manifest = app.index.manifest()
    return time.time() - datetime.fromisoformat(manifest.built_at).timestamp() if manifest else None


def _letters(app: App) -> int:
    """Those that wait; the file is not made before there is one."""
    return len(app.handoffs.find(stage=handoffs.HandoffStage.WAITING)) if app.handoffs.made else 0


def _may_read(request: Request, networks: list[str]) -> bool:
    """Whether metrics may be read: by this machine itself, which no proxy has forwarded, or from a network that may."""
    try:
        address = ip_address(address_of(request))
    except ValueError:
        return False
    here = address.is_loopback and not sent_on(request)
    return here or any(address in ip_network(network) for network in networks)
