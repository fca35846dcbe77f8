"""For how long each kind of thing is kept: one table, enforced every hour by the server, shown by `retention`.

The privacy notice (`pages/public/texts/`) and the processing record (`docs/processing-record.md`) say the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from threading import Event, Thread

from assistant import erasures
from assistant.accounts.attempts import FORGOTTEN
from assistant.accounts.devices import KEPT as DEVICES_KEPT
from assistant.accounts.sessions import LONGEST
from assistant.app import App
from assistant.handoff.watching.watches import UNCONFIRMED_DAYS
from assistant.settings import Settings
from corpus import scratch
from corpus.errors import KnownError
from corpus.web.links import KEPT as LINKS_KEPT

_HOUR = 3600.0
_DAY = 86_400.0

_ACCOUNTS = "accounts.sqlite"

Extent = tuple[int, date | None]  # how many there are, and the day of the oldest

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RetentionRule:
    """A kind of thing: where it lies, for how many days, and the setting that says so; empty where none does."""

    name: str
    what: str
    where: str
    setting: str
    days: Callable[[Settings], int]
    there: Callable[[App], Extent]


@dataclass(frozen=True)
class Retained:
    """How much there is of a kind of thing, and how old the oldest is."""

    kind: str
    what: str
    where: str
    setting: str
    days: int
    count: int
    oldest: date | None


def _of_the_journal(name: str, what: str) -> RetentionRule:
    def there(app: App) -> Extent:
        return next((one.count, one.oldest) for one in app.journal.holdings() if one.kind == name)

    def days(settings: Settings) -> int:
        return int(getattr(settings.keep_days, name))

    return RetentionRule(name, what, "journal.sqlite", f"KEEP_DAYS_{name.upper()}", days, there)


def _of_letters(name: str, what: str, kind: str) -> RetentionRule:
    def days(settings: Settings) -> int:
        return int(getattr(settings.keep_handoff_days, kind))

    setting = f"KEEP_HANDOFF_DAYS_{kind.upper()}"
    return RetentionRule(name, what, "handoffs.sqlite", setting, days, lambda app: _extent(app.handoffs.moved(kind)))


def _fixed(name: str, what: str, where: str, seconds: float, times: Callable[[App], Iterable[float]]) -> RetentionRule:
    days = -int(-seconds // _DAY)  # a day that has begun counts
    return RetentionRule(name, what, where, "", lambda _: days, lambda app: _extent(times(app)))


KINDS = (
    _of_the_journal("questions", "the masked wording of questions declined, answered in part or rated badly"),
    _of_the_journal("sessions", "which answers went to one browser, under a pseudonym"),
    _of_the_journal("comments", "the masked words of a feedback"),
    _of_the_journal("answers", "outcome, language, markets, region, door and documents used of each answer"),
    _of_letters("letters", "letters to a cluster, after the last step", "question"),
    _of_letters("partners", "letters of companies that seek a partner, after the last step", "partner"),
    RetentionRule(
        "watches",
        "what people follow by mail, after they last confirmed it",
        "watches.sqlite",
        "KEEP_WATCH_DAYS",
        lambda settings: settings.keep_watch_days,
        lambda app: _extent(one.confirmed_at for one in app.watches.all() if one.confirmed),
    ),
    _fixed(
        "unconfirmed",
        "what somebody has asked to follow by mail, until that is confirmed",
        "watches.sqlite",
        UNCONFIRMED_DAYS * _DAY,
        lambda app: (one.asked_at for one in app.watches.all() if not one.confirmed),
    ),
    _fixed("sign_ins", "sessions of people with an account", _ACCOUNTS, LONGEST, lambda app: app.sessions.begun()),
    _fixed(
        "attempts",
        "failed sign-ins, by digests of name, network and known browser",
        _ACCOUNTS,
        FORGOTTEN,
        lambda app: app.sessions.failed(),
    ),
    _fixed(
        "devices",
        "browsers in which somebody has signed in, by digests of random tokens, after the last sign-in there",
        _ACCOUNTS,
        DEVICES_KEPT,
        lambda app: app.sessions.known_devices(),
    ),
    _fixed(
        "erasures",
        "marks that something was erased, without any text",
        erasures.NAME,
        erasures.KEPT_DAYS * _DAY,
        lambda app: (one.at for one in app.erasures.marks()),
    ),
    _fixed(
        "links",
        "what the sources' web addresses answered",
        "links.sqlite",
        LINKS_KEPT.total_seconds(),
        lambda app: (datetime.fromisoformat(one.at).timestamp() for one in app.links.known().values()),
    ),
    _fixed(
        "scratch",
        "temporary files of a process that was killed, removed at each start and hour of the server",
        "the temporary folder",
        _DAY,
        lambda _: scratch.left_over().values(),
    ),
)


def kept(app: App) -> list[Retained]:
    """What an installation keeps of each kind."""
    return [
        Retained(one.name, one.what, one.where, one.setting, one.days(app.settings), *one.there(app)) for one in KINDS
    ]


def enforce(app: App) -> Mapping[str, int]:
    """Remove what is out of date, of every kind; returns how much. What fails is reported, and the rest goes on."""
    removers: Mapping[str, Callable[[], int]] = {
        "journal": lambda: sum(app.journal.forget().values()),
        "letters": lambda: app.handoffs.forget() if app.handoffs.made else 0,
        "watches": lambda: app.watches.forget() if app.watches.made else 0,
        "sign_ins": app.sessions.forget,
        "erasures": app.erasures.forget,
        "links": app.links.forget,
        "scratch": scratch.clear,
    }
    done: dict[str, int] = {}
    for kind, remove in removers.items():
        try:
            done[kind] = remove()
        except (KnownError, OSError) as error:
            _log.warning("what is out of date stays (%s): %s", kind, error)
    return done


def enforce_daily(app: App, stop: Event) -> Thread:
    """Let a thread remove what is out of date, now and each hour, so that no day is missed, until `stop` is set."""

    def work() -> None:
        compacted: date | None = None
        while True:
            if app.duty():
                enforce(app)
            if app.places.database and app.duty() and compacted != date.today() and compact(app):
                compacted = date.today()
            if stop.wait(_HOUR):
                return

    thread = Thread(target=work, name="retention", daemon=True)
    thread.start()
    return thread


def compact(app: App) -> bool:
    """Write the stores of a database again that people's words were removed from: it keeps them on its disk till then.

    A file is rid of them at once. Returns whether all could be.
    """
    done = True
    stores = [app.catalogue.store, app.journal.store, app.accounts.store]
    stores += [one.store for one in (app.handoffs, app.watches) if one.made]
    for store in stores:
        try:
            store.compact()
        except KnownError as error:
            done = False
            _log.warning("what was removed stays on the disk of the database: %s", error)
    return done


def _extent(times: Iterable[float]) -> Extent:
    known = list(times)
    return len(known), datetime.fromtimestamp(min(known), UTC).date() if known else None
