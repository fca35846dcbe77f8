"""Whether an installation is sound: one table of checks, each with what is wrong, why it matters and what to do.

The files come first, each looked at by itself, so that a damaged one is reported and never opened as if it were whole.
The other checks need an opened installation, and are left out where it cannot be opened.
"""

from __future__ import annotations

import hashlib
import random
import shutil
import socket
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from assistant.accounts.accounts import Role
from assistant.app import App
from assistant.handoff.handoffs import HandoffStage
from assistant.home import ASIDE, CATALOGUE, STORES, TEXTS, WAYS_BACK, Home, Lost
from assistant.model.chat_model import ModelRefused, ModelUnavailable
from assistant.model.providers import remembered
from assistant.operate.backup import known_backups
from assistant.settings import THIS_MACHINE, Settings
from corpus.catalogue.originals import ORIGINALS, OriginalUnavailable, originals_beside
from corpus.errors import KnownError
from corpus.files.confinement import lacking
from corpus.postgres import Schema
from corpus.store import StoreUnavailable, made, problem_of, read_only, revision, revision_of, revisions
from corpus.transfer import one_state
from corpus.vocabulary import LANGUAGES

_MIB = 2**20
_LEAST, _LITTLE = 50 * _MIB, 500 * _MIB  # bytes free on the disk
_SKEW = 300.0  # seconds by which a record may be in the future
_WAITS = timedelta(days=3)  # for which a letter may wait
_BACKED_UP = timedelta(days=7)
_SAMPLE = 200  # originals whose bytes are read; all with `thorough`
_SECONDS = 5.0  # for a server to take up a connection
_DAY = 86_400.0
_FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Level(StrEnum):
    """How bad a finding is."""

    PROBLEM = "problem"  # something does not work, or endangers people or their data
    ADVICE = "advice"


@dataclass(frozen=True)
class Diagnosis:
    """Something that is not as it should be."""

    level: Level
    what: str
    why: str
    do: str


@dataclass(frozen=True)
class Patient:
    """What is looked at. `app` is None where it cannot be opened."""

    home: Path
    settings: Settings
    app: App | None = None
    thorough: bool = False
    now: Callable[[], float] = time.time
    lacking: Callable[[], Sequence[str]] = lacking

    @property
    def places(self) -> Home:
        """Where the stores lie."""
        return Home(self.home, self.settings.database.get_secret_value())

    @property
    def public(self) -> bool:
        """Whether others than people at this machine reach the pages."""
        settings = self.settings
        host = urlsplit(settings.public_url).hostname if settings.public_url else settings.host
        return host not in THIS_MACHINE


Check = Callable[[Patient], Iterator[Diagnosis]]


def examine(patient: Patient) -> list[Diagnosis]:
    """All that is wrong with an installation, the problems first."""
    files = IN_DATABASE if patient.places.database else FILES
    checks = files + AROUND if patient.app is None else files + AROUND + OPENED
    found = [finding for check in checks for finding in check(patient)]
    return sorted(found, key=lambda finding: list(Level).index(finding.level))


def damaged(patient: Patient) -> bool:
    """Whether a store cannot be opened, or should not be."""
    if patient.places.database:
        return any(True for _ in _database(patient))
    return any(not _sound(patient.home / file.name) for file in STORES if file.lost is Lost.RESTORE)


# What the files show


def _rights(patient: Patient) -> Iterator[Diagnosis]:
    if patient.home.stat().st_mode & _FOR_OTHERS:
        yield Diagnosis(
            Level.PROBLEM if _personal(patient.home) else Level.ADVICE,
            f"Other users of this machine can look into {patient.home}.",
            "Letters of companies and accounts lie there.",
            f"Run `chmod 700 {patient.home}`.",
        )


def _personal(home: Path) -> bool:
    """Whether others can read a file with personal data."""
    names = ("handoffs.sqlite", "watches.sqlite", "journal.sqlite", "accounts.sqlite")
    return any((home / name).exists() and (home / name).stat().st_mode & _FOR_OTHERS for name in names)


def _space(patient: Patient) -> Iterator[Diagnosis]:
    free = shutil.disk_usage(patient.home).free
    if free < _LITTLE:
        yield Diagnosis(
            Level.PROBLEM if free < _LEAST else Level.ADVICE,
            f"Only {free // _MIB} MiB are free on the disk of {patient.home}.",
            "Without space nothing new is kept: no letter, no document, no index.",
            "Remove what is not needed, or give it more space.",
        )


def _stores(patient: Patient) -> Iterator[Diagnosis]:
    for file in STORES:
        path = patient.home / file.name
        if not path.exists():
            continue
        if problem := problem_of(path):
            restore = f"restore a backup: `market-entry restore BACKUP --to {patient.home} --over`"
            do = f"{WAYS_BACK.get(file.lost, restore)}."
            yield Diagnosis(Level.PROBLEM, f"The file {path} is damaged ({problem}).", f"It holds {file.what}.", do)
        elif file.migrations and revision_of(path) not in {"", *revisions(file.migrations)}:
            yield _too_new(f"file {path}")


def _too_new(store: str) -> Diagnosis:
    return Diagnosis(
        Level.PROBLEM,
        f"The {store} was written by a newer release of the assistant.",
        "This one would not understand it, and leaves it alone.",
        "Install that release on this machine, or restore a backup made before it.",
    )


def _database(patient: Patient) -> Iterator[Diagnosis]:
    """Whether the database can be read, and by this release."""
    for file in STORES:
        schema = patient.places.place(file.name)
        assert isinstance(schema, Schema)  # noqa: S101 - `examine` sees to it
        try:
            with one_state(schema) as connection:
                found = revision(connection)
        except KnownError as error:
            yield Diagnosis(
                Level.PROBLEM,
                str(error),
                "All that is kept lies there.",
                "See that the database runs, and that MARKET_ENTRY_DATABASE leads there.",
            )
            return
        if found not in {"", *revisions(file.in_database)}:
            yield _too_new(str(schema))


def _stored_originals(patient: Patient) -> Iterator[Diagnosis]:
    """Whether the originals in the database are there and as they were."""
    catalogue = patient.places.place(CATALOGUE)
    if not isinstance(catalogue, Schema) or damaged(patient) or not made(catalogue):
        return
    with one_state(catalogue) as connection:
        names = sorted(set(connection.scalars(text("SELECT digest FROM originals"))))
    read = names if patient.thorough else random.sample(names, min(len(names), _SAMPLE))
    kept = originals_beside(catalogue)
    for name in read:
        try:
            if hashlib.sha256(kept.read(name)).hexdigest() == name:
                continue
            what = "damaged"
        except OriginalUnavailable:
            what = "lost"
        yield Diagnosis(
            Level.PROBLEM,
            f"The original {name} in the database is {what}.",
            "Readers cannot open the file that a document was read from.",
            "Restore a backup; that file's name is the SHA-256 of its bytes.",
        )


def _sound(path: Path) -> bool:
    return not path.exists() or not problem_of(path)


def _clock(patient: Patient) -> Iterator[Diagnosis]:
    newest = max((at for at in map(_newest, _TIMES, [patient] * len(_TIMES)) if at), default=0.0)
    if newest > patient.now() + _SKEW:
        yield Diagnosis(
            Level.PROBLEM,
            f"The newest record is of {datetime.fromtimestamp(newest, UTC):%Y-%m-%d %H:%M} UTC, and that is to come.",
            "The clock was set back: what is kept for a time is kept too long, and people are signed out.",
            "Set the clock, and let it be kept by a time service.",
        )


_TIMES = (
    (CATALOGUE, "SELECT max(at) FROM history"),
    ("accounts.sqlite", "SELECT max(at) FROM changes"),
    ("handoffs.sqlite", "SELECT max(at) FROM moves"),
    ("journal.sqlite", "SELECT max(day) FROM answers"),
)


def _newest(query: tuple[str, str], patient: Patient) -> float:
    name, statement = query
    place = patient.places.place(name)
    try:
        if isinstance(place, Schema):
            with one_state(place) as connection:
                value = connection.scalar(text(statement)) if revision(connection) else None
        elif place.exists() and _sound(place):
            with read_only(place) as file:
                [(value,)] = file.execute(statement).fetchall()
        else:
            return 0.0
    except (sqlite3.Error, ProgrammingError, StoreUnavailable):  # a store without that table yet, or told by others
        return 0.0
    if isinstance(value, str):
        at = datetime.fromisoformat(value)
        return (at if at.tzinfo else at.astimezone()).timestamp()
    return float(value or 0.0)


def _originals(patient: Patient) -> Iterator[Diagnosis]:
    catalogue = patient.home / CATALOGUE
    if not catalogue.exists() or not _sound(catalogue):
        return
    with read_only(catalogue) as connection:
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'originals'").fetchall()
        names = [row[0] for row in connection.execute("SELECT DISTINCT digest FROM originals")] if known else []
    folder = patient.home / ORIGINALS
    lost = [name for name in names if not (folder / name).is_file()]
    there = sorted(set(names) - set(lost))
    read = there if patient.thorough else random.sample(there, min(len(there), _SAMPLE))
    changed = [name for name in read if hashlib.sha256((folder / name).read_bytes()).hexdigest() != name]
    for name in lost + changed:
        yield Diagnosis(
            Level.PROBLEM,
            f"The original {folder / name} is {'lost' if name in lost else 'damaged'}.",
            "Readers cannot open the file that a document was read from.",
            "Take that file from a backup; its name is the SHA-256 of its bytes.",
        )


def _unfinished_files(patient: Patient) -> Iterator[Diagnosis]:
    for path in patient.home.glob(f"{ASIDE}*"):
        yield Diagnosis(
            Level.ADVICE,
            f"{path} is still there.",
            "It is what the home held before a restore; erasures do not reach it.",
            "Remove it when nothing of it is missed.",
        )
    old = [path for path in patient.home.rglob("*.part-*") if path.stat().st_mtime < patient.now() - _DAY]
    old += [path for path in patient.home.glob(".probe-*") if path.stat().st_mtime < patient.now() - _DAY]
    if old:
        yield Diagnosis(
            Level.ADVICE,
            f"{len(old)} unfinished files lie in {patient.home}, as {old[0].name}.",
            "A process was killed while it wrote them; they only take space.",
            "Remove them.",
        )


def _backups(patient: Patient) -> Iterator[Diagnosis]:
    known = known_backups(patient.home)
    last = datetime.fromisoformat(known[-1]["made_at"]).timestamp() if known else 0.0
    if last < patient.now() - _BACKED_UP.total_seconds():
        finding = f"The last backup is of {known[-1]['made_at'][:10]}." if known else "No backup was ever made."
        yield Diagnosis(
            Level.ADVICE,
            finding,
            "What people have written since is lost with this disk.",
            "Run `market-entry backup FILE.zip` every day, onto another disk.",
        )


# What the system shows


def _confinement(patient: Patient) -> Iterator[Diagnosis]:
    missing = " and no ".join(patient.lacking())
    if not missing:
        return
    refused = patient.settings.require_confinement
    danger = "A file made to attack the programs that read it could read the stores and the keys, or change them."
    refusal = "No file is taken in, as MARKET_ENTRY_REQUIRE_CONFINEMENT wants it."
    until = "; until then take in only files that you trust, or set MARKET_ENTRY_REQUIRE_CONFINEMENT=true"
    yield Diagnosis(
        Level.PROBLEM if refused or patient.public else Level.ADVICE,
        f"The process that reads files is not confined: this system offers no {missing}.",
        refusal if refused else danger,
        "Use Linux 5.13 or newer on x86-64 or ARM64 with Landlock among its security modules, in a container or unit"
        f" that allows the calls `landlock_*` and `prctl`{'' if refused else until}.",
    )


# What the settings show


def _address(patient: Patient) -> Iterator[Diagnosis]:
    settings = patient.settings
    https = settings.public_url.startswith("https://")
    if patient.public and not https:
        address = settings.public_url or f"The server listens on {settings.host} and"
        yield Diagnosis(
            Level.PROBLEM,
            f"{address} is not reached by https.",
            "Passwords and what companies write can be read on the way.",
            "Put a proxy with a certificate before it, and set MARKET_ENTRY_PUBLIC_URL to its https:// address.",
        )
    if https and not settings.trusted_proxy:
        yield Diagnosis(
            Level.PROBLEM,
            "MARKET_ENTRY_TRUSTED_PROXY is not set, and people come by https, so through a proxy.",
            "Every visitor has the proxy's address: one who fails to sign in locks all others out.",
            "Set it to the proxy's address, as 127.0.0.1.",
        )


def _imprint(patient: Patient) -> Iterator[Diagnosis]:
    own = patient.home / TEXTS
    files = {code: own / f"imprint.{code}.md" for code in LANGUAGES}
    blank = [code for code, path in files.items() if not path.is_file() or "[[" in path.read_text("utf-8")]
    if blank:
        yield Diagnosis(
            Level.PROBLEM if patient.public else Level.ADVICE,
            f"The imprint is not filled in ({', '.join(blank)}).",
            "The law asks who is responsible; the page says that it is missing.",
            f"Copy `imprint.*.md` from `pages/public/texts/` into {own} and fill in what stands in brackets.",
        )


def _servers(patient: Patient) -> Iterator[Diagnosis]:
    settings = patient.settings
    addresses = {
        "mail server": (settings.smtp_host, settings.smtp_port),
        "receiver of the webhook": _place(settings.webhook_url),
        "chat model": _place(settings.chat_url),
        "embedding model": _place(settings.embedding_url),
        "reranker": _place(settings.rerank_url),
        "Chroma server": _place(settings.chroma.get_secret_value(), http=8000),
        "provider of sign-in": _place(settings.openid_issuer),
    }
    for what, (host, port) in addresses.items():
        if host and (why := _unreachable(host, port)):
            yield Diagnosis(
                Level.PROBLEM,
                f"The {what} at {host}:{port} cannot be reached ({why}).",
                _WITHOUT[what],
                "Check the address in the settings, the network, and whether that server runs.",
            )


_WITHOUT = {
    "mail server": "Letters wait, and the staff get no digest.",
    "receiver of the webhook": "Letters wait.",
    "chat model": "Answers are quotations, and say so.",
    "embedding model": "No question can be answered.",
    "reranker": "Questions are answered without it, after waiting for it.",
    "Chroma server": "No question can be answered, and nothing that is published is found.",
    "provider of sign-in": "Nobody signs in by it.",
}


def _place(url: str, *, http: int = 80) -> tuple[str, int]:
    """The host and port of an address."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else http)


def _unreachable(host: str, port: int) -> str:
    """Why a server does not take up a connection; empty when it does."""
    try:
        with socket.create_connection((host, port), timeout=_SECONDS):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def _prices(patient: Patient) -> Iterator[Diagnosis]:
    if patient.settings.chat_url and patient.settings.chat_prices is None:
        yield Diagnosis(
            Level.ADVICE,
            "The chat model has no prices.",
            "`market-entry evaluate` cannot say what a run has cost.",
            "Set MARKET_ENTRY_CHAT_PRICE_IN and _OUT to what a million tokens cost, 0 for a model of your own.",
        )


def _refused_parameters(patient: Patient) -> Iterator[Diagnosis]:
    """What the chat model's provider has refused, and what it is therefore asked without."""
    if not patient.settings.chat_model:
        return
    for name, words in remembered(patient.settings).refused.items():
        yield Diagnosis(
            Level.ADVICE,
            f"The chat model {patient.settings.chat_model} refuses `{name}` (“{words}”), and is asked without it.",
            _REFUSED.get(name, "What was set by it does not hold."),
            "Nothing, where that is known; take it out of the settings, and no request is made in vain.",
        )


_REFUSED = {
    "temperature": "Its answers differ more from one time to the next.",
    "stream_options": "Its tokens may not be counted; the budget estimates them.",
    "max_tokens": "Where `max_completion_tokens` is refused as well, only its server bounds what it writes.",
    "system": "The rules stand before the question instead.",
    "stream": "Nothing is shown before the whole answer is there.",
}


# What the opened installation shows


def _chat(patient: Patient) -> Iterator[Diagnosis]:
    """Whether the chat model answers; only a thorough look costs a request."""
    chat = _of(patient).chat
    if chat is None or not patient.thorough:
        return
    try:
        written = "".join(piece for piece in chat.model.stream(_REQUEST) if isinstance(piece, str))
    except (ModelRefused, ModelUnavailable) as error:
        yield Diagnosis(Level.PROBLEM, str(error), _WITHOUT["chat model"], "See docs/models.md for the provider.")
        return
    if not written.strip():
        yield Diagnosis(
            Level.PROBLEM,
            f"The chat model {patient.settings.chat_model} writes nothing.",
            _WITHOUT["chat model"],
            "Give it more tokens (MARKET_ENTRY_CHAT_MOST_TOKENS), or ask another one.",
        )


_REQUEST = "Write the single word yes."


def _index(patient: Patient) -> Iterator[Diagnosis]:
    app = _of(patient)
    try:
        if app.index.manifest() is None:
            yield Diagnosis(
                Level.ADVICE,
                "There is no index yet.",
                "Questions are answered from it.",
                "It is built with the first question, or by `market-entry index build`.",
            )
            return
        problems = app.upkeep.problems()
        if not problems and not app.index.up_to_date(app.catalogue.position):
            problems = ["it was made before the last change of what is published"]
    except KnownError as error:
        yield Diagnosis(Level.PROBLEM, str(error), "Questions are answered from it.", "Run `market-entry index build`.")
        return
    if problems:
        yield Diagnosis(
            Level.PROBLEM,
            f"The index does not match the catalogue: {'; '.join(problems)}.",
            "Answers miss what was published.",
            "Run `market-entry index build`; a running server does so by itself within a minute.",
        )


def _purges(patient: Patient) -> Iterator[Diagnosis]:
    pending = [grave.document_id for grave in _of(patient).catalogue.tombstones() if not grave.finished]
    if pending:
        yield Diagnosis(
            Level.PROBLEM,
            f"The purge of {', '.join(pending)} has not ended.",
            "Something of it can still be read from the disk.",
            "Run `market-entry index build`, which ends it.",
        )


def _letters(patient: Patient) -> Iterator[Diagnosis]:
    app = _of(patient)
    if not app.handoffs.made:
        return
    try:
        waiting = app.handoffs.find(stage=HandoffStage.WAITING)
    except KnownError:  # `_stores` has reported it
        return
    late = [one for one in waiting if one.made_at < patient.now() - _WAITS.total_seconds()]
    settings = patient.settings
    if waiting and not (settings.webhook_url or (settings.smtp_host and settings.handoff_to)):
        yield Diagnosis(
            Level.PROBLEM,
            f"{len(waiting)} letters wait, and no way to deliver them is set.",
            "Companies wait for an answer from people who do not know of them.",
            "Set MARKET_ENTRY_SMTP_HOST and MARKET_ENTRY_HANDOFF_TO, or MARKET_ENTRY_WEBHOOK_URL.",
        )
    elif late:
        yield Diagnosis(
            Level.PROBLEM,
            f"{len(late)} letters wait for more than {_WAITS.days} days ({late[0].failure or 'nobody has sent them'}).",
            "Companies wait for an answer from people who do not know of them.",
            "Run `market-entry handoffs deliver`, and see to them under /staff/handoffs.",
        )


def _administrator(patient: Patient) -> Iterator[Diagnosis]:
    accounts = _of(patient).accounts.accounts()
    if not any(one.role is Role.ADMINISTRATOR and not one.disabled for one in accounts):
        yield Diagnosis(
            Level.ADVICE,
            "There is no administrator.",
            "Nobody can sign in to curate the library or see to letters.",
            "Run `market-entry accounts add NAME --role administrator`.",
        )


def _overdue(patient: Patient) -> Iterator[Diagnosis]:
    overdue = [document.id for document in _of(patient).catalogue.due(date.today())]
    if overdue:
        yield Diagnosis(
            Level.ADVICE,
            f"{len(overdue)} documents are overdue, as {overdue[0]}.",
            "Answers that rest on them say so.",
            "Review them under /staff/due, or by `market-entry corpus still-valid`.",
        )


def _of(patient: Patient) -> App:
    assert patient.app is not None  # noqa: S101 - `examine` sees to it
    return patient.app


FILES: tuple[Check, ...] = (_rights, _space, _stores, _clock, _originals, _unfinished_files, _backups)
IN_DATABASE: tuple[Check, ...] = (_rights, _space, _database, _clock, _stored_originals, _unfinished_files, _backups)
AROUND: tuple[Check, ...] = (_confinement, _address, _imprint, _servers, _prices, _refused_parameters)
OPENED: tuple[Check, ...] = (_index, _purges, _letters, _administrator, _overdue, _chat)
