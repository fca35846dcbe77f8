"""The report of a period for staff: `market-entry report` and `market-entry digest`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from assistant.desk.digest import digests, sent
from assistant.desk.report_pdf import to_pdf
from assistant.desk.usage_report import report, to_csv
from assistant.journal.gaps import gather
from assistant.mail import MailNotSent, mailing
from commands.terminal import known_language, opened_app, save
from corpus.errors import KnownError

app = typer.Typer()

_PERIOD = timedelta(days=90)
_DAY = ["%Y-%m-%d"]

Day = datetime | None


class ReportNotWritten(KnownError):
    """A report that cannot be written as wished."""


@app.command("report")
def report_command(
    out: Annotated[Path, typer.Option(help="The file, .csv for all figures or .pdf with plots.")],
    first: Annotated[Day, typer.Option("--from", formats=_DAY, help="Its first day; 90 days before the last.")] = None,
    last: Annotated[Day, typer.Option("--to", formats=_DAY, help="Its last day; today.")] = None,
    language: Annotated[str, typer.Option(help="The language of a report with plots.")] = "en",
) -> None:
    """Write the report of a period; nobody can be told from its figures."""
    until = last.date() if last else date.today()
    since = first.date() if first else until - _PERIOD
    if since > until:
        raise ReportNotWritten(f"The period begins on {since} and ends on {until}; give the earlier day as --from.")
    with opened_app(make_ready=False) as opened:
        opened.journal.forget()
        usage_report = report(opened.journal, opened.catalogue, since, until)
        titles = {document.id: document.metadata.title for document in opened.catalogue.documents()}
        match out.suffix.lower():
            case ".csv":
                written = to_csv(usage_report).encode()
            case ".pdf":
                written = to_pdf(usage_report, known_language(language), opened.vocabulary, titles)
            case _:
                raise ReportNotWritten(f"A report is a .csv or a .pdf file, and {out} is neither; name it so.")
    save(out, written)
    print(f"{len(usage_report.figures)} figures in {out}")


@app.command("digest")
def digest_command(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the mails instead of sending them.")] = False,
) -> None:
    """Send each person of the staff for whom something waits a mail, at most one a week; run it every day."""
    with opened_app(make_ready=False) as opened:
        opened.journal.forget()
        gather(opened.journal, opened.cache.model)
        if dry_run:
            for one in digests(opened):
                print(f"To: {one.mail.to}\nSubject: {one.mail.subject}\n\n{one.mail.text}")
            return
        failed: list[str] = []
        with mailing(opened.settings) as send:
            for one in digests(opened):
                try:
                    send(one.mail)
                except MailNotSent as error:
                    failed.append(str(error))
                else:
                    sent(opened, one)
                    print(f"sent to {one.mail.to}")
    if failed:
        raise MailNotSent(" ".join(failed))
