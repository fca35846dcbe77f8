"""The report of a period: as a page, and to take along."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response

from assistant.accounts.accounts import Account, Permission
from assistant.app import App
from assistant.desk.report_pdf import to_pdf
from assistant.desk.report_tables import tables
from assistant.desk.usage_report import BadPeriod, Report, report, to_csv
from pages.shared.rendering import installation, language_of
from pages.staff.layout import page
from pages.staff.person import person

router = APIRouter()

_PERIOD = timedelta(days=90)

Reviewer = Annotated[Account, person(Permission.REVIEW)]


@router.get("/report")
def report_page(request: Request, _reviewer: Reviewer, first: str = "", last: str = "") -> Response:
    """The figures of a period as tables."""
    app, language = installation(request), language_of(request)
    days = {"first": first, "last": last}
    try:
        usage_report = _report(app, first, last)
    except BadPeriod as problem:
        return page(request, "report.html", problem, days=days, tables=[])
    days = {"first": usage_report.first.isoformat(), "last": usage_report.last.isoformat()}
    return page(
        request,
        "report.html",
        days=days,
        tables=list(tables(usage_report, language, app.vocabulary, _titles(app))),
        told=usage_report,
    )


@router.get("/report.csv")
def as_csv(request: Request, _reviewer: Reviewer, first: str = "", last: str = "") -> Response:
    """All figures, a figure a line."""
    usage_report = _report(installation(request), first, last)
    return _file(to_csv(usage_report).encode(), "text/csv; charset=utf-8", usage_report, "csv")


@router.get("/report.pdf")
def as_pdf(request: Request, _reviewer: Reviewer, first: str = "", last: str = "") -> Response:
    """The tables with plots, in the person's language."""
    app = installation(request)
    usage_report = _report(app, first, last)
    return _file(
        to_pdf(usage_report, language_of(request), app.vocabulary, _titles(app)), "application/pdf", usage_report, "pdf"
    )


def _report(app: App, first: str, last: str) -> Report:
    """The report of a period, of the last 90 days where none is named.

    Raises:
        BadPeriod: that is no period.
    """
    try:
        until = date.fromisoformat(last) if last else app.journal.today()
        since = date.fromisoformat(first) if first else until - _PERIOD
    except (ValueError, OverflowError) as error:
        raise BadPeriod("bad_period") from error
    if since > until:
        raise BadPeriod("bad_period")
    return report(app.journal, app.catalogue, since, until)


def _titles(app: App) -> dict[str, str]:
    return {document.id: document.metadata.title for document in app.catalogue.documents()}


def _file(data: bytes, media_type: str, usage_report: Report, suffix: str) -> Response:
    name = f"attachment; filename=report-{usage_report.first}-{usage_report.last}.{suffix}"
    return Response(data, media_type=media_type, headers={"Content-Disposition": name})
