"""A mail soon after a letter or a review has arrived for a person of the staff, where they want that.

It says what has arrived and where it is, and nothing of what a company wrote. Who switches it on hears of what comes
from then on. A mail is sent before it is remembered, so it may come twice and is not lost.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Event, Thread

from assistant.accounts.accounts import Account, Permission, may
from assistant.app import App
from assistant.desk.inbox import letters_for, reviews_for
from assistant.handoff.handoffs import Handoff
from assistant.mail import Mail, MailNotSent, mailing
from assistant.texts import say
from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.records import Action
from corpus.documents import Document
from corpus.errors import KnownError

_NOTE = "arrivals told to "  # and the name of an account
_LOOK = 60.0  # seconds between two looks of the server
_PAUSE = 3600.0  # seconds until an address is tried again to which a mail was not taken

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Arrival:
    """A mail, the account that it is for, and what to remember when it is sent."""

    account: Account
    mail: Mail
    note: str


@dataclass(frozen=True)
class _Here:
    """What waits for an account: letters, and by their handing in reviews."""

    letters: Sequence[Handoff]
    reviews: Mapping[str, Document]

    def note(self, before: float = 0.0) -> str:
        """What to remember, where the last letter told came at the time before."""
        latest = max((one.made_at for one in self.letters), default=before)
        return json.dumps({"letters": max(latest, before), "reviews": sorted(self.reviews)})


def arrivals(app: App) -> Iterator[Arrival]:
    """What has arrived for those who want to hear of it, since they last did.

    Raises:
        StoreUnavailable: a store cannot be read.
    """
    for account in app.accounts.accounts():
        if account.wants_mail and account.email and may(account, Permission.READ_STAFF):
            before = json.loads(app.catalogue.note(_NOTE + account.name) or "{}")
            now = _here(app, account)
            letters = [one for one in now.letters if one.made_at > before.get("letters", 0.0)]
            reviews = [one for key, one in now.reviews.items() if key not in before.get("reviews", ())]
            if letters or reviews:
                subject = say(account.language, "arrival_subject")
                text = _text(letters, reviews, account, app.settings.address)
                yield Arrival(account, Mail(account.email, subject, text), now.note(before.get("letters", 0.0)))


def sent(app: App, arrival: Arrival) -> None:
    """Remember that a mail was sent."""
    app.catalogue.make_note(_NOTE + arrival.account.name, arrival.note)


def begin(app: App, account: Account) -> None:
    """Take what waits for an account now for told."""
    app.catalogue.make_note(_NOTE + account.name, _here(app, account).note())


class Messenger:
    """Sends what has arrived."""

    def __init__(self, app: App, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._clock = clock
        self._pauses: dict[str, float] = {}  # until when, by address

    def look(self) -> int:
        """Send what has arrived since the last look; returns how many mails went out.

        Raises:
            NoMailServer, MailNotSent: the server cannot be used.
            StoreUnavailable: a store cannot be read.
        """
        found = [one for one in arrivals(self._app) if self._pauses.get(one.mail.to, 0.0) <= self._clock()]
        return self._send(found) if found else 0

    def _send(self, found: Sequence[Arrival]) -> int:
        taken = 0
        with mailing(self._app.settings) as send:
            for one in found:
                try:
                    send(one.mail)
                except MailNotSent:
                    # The sentence names the address, which belongs into no log.
                    _log.warning("a mail on what has arrived is not sent to the account %s", one.account.name)
                    self._pauses[one.mail.to] = self._clock() + _PAUSE
                else:
                    sent(self._app, one)
                    taken += 1
        return taken


def tell_arrivals(app: App, stop: Event) -> Thread | None:
    """Let a thread send such mails, where that is its duty, until `stop` is set; none without a mail server."""
    if not app.settings.smtp_host:
        return None
    messenger = Messenger(app)

    def work() -> None:
        while not stop.wait(_LOOK):
            try:
                if app.duty():
                    messenger.look()
            except KnownError as error:
                _log.warning("mails on what has arrived are not sent: %s", error)
            except Exception:  # noqa: BLE001 - a door: logged, and the next look comes
                _log.exception("mails on what has arrived are not sent")

    thread = Thread(target=work, name="arrivals", daemon=True)
    thread.start()
    return thread


def _here(app: App, account: Account) -> _Here:
    reviews = reviews_for(app.catalogue, account)
    return _Here(letters_for(app, account), {_handing_in(app.catalogue, one): one for one in reviews})


def _handing_in(catalogue: Catalogue, document: Document) -> str:
    """What tells one handing in of a document from the next."""
    moves = sum(event.act is Action.MOVED for event in catalogue.history(document.id))
    return f"{document.id}@{document.version.number}#{moves}"


def _text(letters: Sequence[Handoff], reviews: Sequence[Document], account: Account, address: str) -> str:
    parts = {
        "waiting_letters": [f"- {address}/staff/handoffs/{one.number}" for one in letters],
        "waiting_review": [
            f"- {one.metadata.title} ({one.id})\n  {address}/staff/documents/{one.id}" for one in reviews
        ],
    }
    listed = [f"{say(account.language, name)}:\n" + "\n".join(lines) for name, lines in parts.items() if lines]
    greeting = say(account.language, "greeting", name=account.display_name)
    end = say(account.language, "arrival_end", address=f"{address}/staff/account")
    return "\n\n".join([f"{greeting},", *listed, end]) + "\n"
