"""A mail a week to each person of the staff for whom something waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.accounts.accounts import Account, Permission, may
from assistant.app import App
from assistant.desk.inbox import Waiting, waiting
from assistant.journal.gaps import list_gaps
from assistant.mail import Mail
from assistant.texts import say
from corpus.documents import Document

_WEEK = timedelta(days=7)
_NOTE = "last digest to "  # and the name of an account


@dataclass(frozen=True)
class Digest:
    """A mail, and the account that it is for."""

    account: Account
    mail: Mail


def digests(app: App) -> Iterator[Digest]:
    """The mails that are to be sent today: to those with an address, a week after the last one at the earliest.

    Raises:
        StoreUnavailable: a store cannot be read.
    """
    gaps = list_gaps(app.journal)
    for account in app.accounts.accounts():
        if account.email and may(account, Permission.READ_STAFF) and _week_is_over(app, account):
            text = _text(waiting(app, account, gaps), account, app.settings.address)
            if text:
                yield Digest(account, Mail(account.email, say(account.language, "digest_subject"), text))


def sent(app: App, digest: Digest) -> None:
    """Remember that a mail was sent, so that the next one comes in a week."""
    app.catalogue.make_note(f"{_NOTE}{digest.account.name}", app.journal.today().isoformat())


def _week_is_over(app: App, account: Account) -> bool:
    last = app.catalogue.note(f"{_NOTE}{account.name}")
    return last is None or app.journal.today() - date.fromisoformat(last) >= _WEEK


def _text(waits: Waiting, account: Account, address: str) -> str:
    """What waits for them to do, letters without a word of them; empty when nothing does."""
    parts = {
        "waiting_letters": [f"- {address}/staff/handoffs/{one.number}" for one in waits.letters],
        "waiting_returned": [_line(one) for one in waits.returned],
        "waiting_review": [_line(one) for one in waits.to_review],
        "waiting_gaps": [f"- {one.title}\n  {address}/staff/gaps/{one.id}" for one in waits.gaps],
        "digest_overdue": [_line(one.document) for one in waits.own_overdue],
    }
    listed = [f"{say(account.language, name)}:\n" + "\n".join(lines) for name, lines in parts.items() if lines]
    if not listed:
        return ""
    greeting = say(account.language, "greeting", name=account.display_name)
    end = say(account.language, "digest_end", address=f"{address}/staff/")
    return "\n\n".join([f"{greeting},", *listed, end]) + "\n"


def _line(document: Document) -> str:
    return f"- {document.metadata.title} ({document.id})"
