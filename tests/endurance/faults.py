"""What breaks around the product: killed processes, full disks, damaged files, clocks that jump, dead providers.

After each, nothing that was acknowledged is lost or doubled, the service is back by itself once what was broken is
whole again, and the person got a sentence. Real processes, real signals, real files; what a machine does not allow
(a file system of its own, another user) is said to be left out.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

import httpx

from assistant.app import open_app
from assistant.handoff.delivery import deliver
from assistant.handoff.handoffs import Handoffs
from assistant.home import STORES, Home, Lost
from assistant.model.budget import Budget
from assistant.operate.backup import back_up
from assistant.settings import Settings, read_settings
from corpus.vocabulary import vocabulary
from corpus.web.links import Link
from tests.conftest import PROJECT, free_port
from tests.endurance.promises import Promise, left_out, none_of

KNOWN = "Do we need a local representative to sell a class II device in Japan?"
_VISITED = "/compare?question=Who+files+the+product%3F&market=japan&market=brazil"
_LETTER = {
    "kind": "question",
    "cluster": "biom",
    "company": "Isar Stents GmbH",
    "person": "Eva Muster",
    "email": "eva@isar-stents.example",
    "country": "Bavaria",
}
_SMALL = 48  # MiB of a disk that will be full


def run(*, short: bool) -> list[Promise]:
    """Break everything once; the long form kills more often."""
    read_settings()
    with TemporaryDirectory(prefix="market-entry-faults-") as folder:
        bench = Bench(Path(folder), short=short)
        bench.prepare()
        return [promise for fault in FAULTS for promise in fault(bench)]


@dataclass
class Bench:
    """Where things are broken: a home with the shipped library, of which each fault takes a copy."""

    folder: Path
    short: bool
    whole: Path = field(init=False)

    def prepare(self) -> None:
        """Make the home."""
        self.whole = self.folder / "whole"
        with closing(open_app(Settings(home=self.whole))) as app:
            app.upkeep.make_ready(_unheard)
            _ = app.handoffs.store, app.journal.store
            app.links.keep(Link("https://example.org/", 200, "", "2026-11-24T09:00:00+00:00"))
        with closing(Budget(self.whole / "budget.sqlite", (0.0, 0.0))) as budget:
            _ = budget.store
        missing = [file.name for file in STORES if not (self.whole / file.name).exists()]
        if missing:
            raise FileNotFoundError(f"Stores that nothing made, so that they cannot be damaged: {', '.join(missing)}.")

    def home(self, name: str, at: Path | None = None) -> Path:
        """A copy of the home."""
        return shutil.copytree(self.whole, (at or self.folder) / name)


def command(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """The real command, with what it says."""
    return subprocess.run(
        [sys.executable, "-m", "commands.cli", *words],
        env=_environment(home) | more,
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@contextmanager
def server(home: Path, **more: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A real server that answers; killed at the end, where it still lives."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "commands.cli", "serve", "--port", str(port)],
        env=_environment(home) | {"MARKET_ENTRY_TRUSTED_PROXY": "127.0.0.1"} | more,
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _until(lambda: process.poll() is not None or _answers(url), 120)
        yield process, url
    finally:
        process.kill()
        process.wait()


# Killed


def killed_while_serving(bench: Bench) -> Iterator[Promise]:
    """Kill a server while people ask and write letters; start it again each time."""
    home = bench.home("killed")
    visitors = Visitors()
    back: list[float] = []
    for turn in range(1 if bench.short else 10):
        with server(home) as (process, url), visitors.visiting(url):
            time.sleep(random.Random(turn).uniform(1, 4))  # noqa: S311 - no secret
            process.send_signal(signal.SIGKILL)
            process.wait()
    began = time.monotonic()
    with server(home) as (_, url):
        back.append(time.monotonic() - began)
        page = httpx.get(url + _VISITED, timeout=60)
    kept = _letters(home)
    yield none_of(
        f"letters acknowledged by a killed server that are lost ({len(visitors.acknowledged)} were)",
        sorted(visitors.acknowledged - set(kept)),
    )
    yield none_of("letters that are doubled after kills", sorted({one for one in kept if kept.count(one) > 1}))
    yield none_of("pages that fail after a restart", [] if page.status_code == 200 else [str(page.status_code)])
    yield _sound("the index after kills of a server", home)
    yield Promise("a killed server is back by itself", f"{back[0]:.1f} s", "answers again", back[0] < 120)


def killed_while_writing(bench: Bench) -> Iterator[Promise]:
    """Kill processes amid every way of writing: the same acts and checks as the tests of kills."""
    from tests.conftest import House, word_vectors  # as a process that is killed has them
    from tests.kills import survive

    house = House(bench.folder / "writing" / "home", word_vectors())
    _two_documents(house)
    broken = []
    kills = 2 if bench.short else 200
    try:
        survive(house, range(kills))
    except AssertionError as error:
        broken.append(str(error).splitlines()[0])
    house.catalogue.close()
    yield none_of(
        f"what {kills} kills amid intake, publishing, builds, purges, letters, questions, backups broke", broken
    )


def half_written(bench: Bench) -> Iterator[Promise]:
    """A generation and a pointer that are half there, and a backup that is."""
    failed: list[str] = []
    told: list[str] = []
    spoils = (_half_generation, _no_generation, _empty_pointer, _half_building)
    for number, spoil in enumerate(spoils[:2] if bench.short else spoils):
        home = bench.home(f"half-{number}")
        spoil(home)
        asked = command(home, "ask", KNOWN, "--json")
        if asked.returncode or json.loads(asked.stdout)["outcome"] != "grounded":
            failed.append(f"{spoil.__name__}: {asked.stderr[-200:]}")
        if "Traceback" in asked.stderr:
            told.append(spoil.__name__)
    yield none_of("half-written indexes that are not made whole by the next question", failed)
    yield none_of("half-written indexes that end in a traceback", told)
    whole = back_up(Home(bench.whole), bench.folder / "backup.zip").path
    half = bench.folder / "half.zip"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    taken = command(home, "restore", str(half), "--to", str(bench.folder / "from-half"))
    yield none_of("half backups that are restored", [] if _one_sentence(taken) else [taken.stderr[-200:]])


def _half_generation(home: Path) -> None:
    current = home / "index" / (home / "index" / "current").read_text()
    for path in current.rglob("*.sqlite*"):
        os.truncate(path, path.stat().st_size // 2)


def _no_generation(home: Path) -> None:
    (home / "index" / "current").write_text("20200101T000000-abcdef")


def _empty_pointer(home: Path) -> None:
    (home / "index" / "current").write_text("")


def _half_building(home: Path) -> None:
    folder = home / "index" / "building-20200101T000000-abcdef"
    (folder / "vectors").mkdir(parents=True)
    (folder / "lexical.sqlite").write_bytes(b"half")


# Disk, rights


def full_disk(bench: Bench) -> Iterator[Promise]:
    """A disk of its own that is full; where that cannot be mounted, files that may not grow."""
    disk = bench.folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        [_tool("mount"), "-t", "tmpfs", "-o", f"size={_SMALL}m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        yield from _files_that_do_not_grow(bench)
        return
    try:
        home = bench.home("home", disk)
        before = _documents(home)
        with (disk / "filler").open("wb") as filler, suppress(OSError):
            while True:
                filler.write(b"\0" * 65536)
                filler.flush()
        document = _paper(bench.folder)
        ran = {
            "corpus add": command(home, "corpus", "add", str(document), TMPDIR=str(bench.folder)),
            "backup": command(home, "backup", str(disk / "backup.zip")),
            "index build": command(home, "index", "build"),
        }
        untold = [
            f"{name}: {one.stderr[-200:]}" for name, one in ran.items() if one.returncode and not _one_sentence(one)
        ]
        (disk / "filler").unlink()
        yield none_of("commands on a full disk that end without a sentence (tmpfs)", untold)
        yield none_of("backups that a full disk left half", [p.name for p in disk.glob("backup*")])
        yield none_of("documents lost by a full disk", sorted(before - _documents(home)))
        again = command(home, "corpus", "add", str(document))
        yield none_of(
            "what does not work again once there is space", [] if again.returncode == 0 else [again.stderr[-200:]]
        )
        yield _sound("the index after a full disk", home)
    finally:
        subprocess.run([_tool("umount"), str(disk)], check=True)


def _files_that_do_not_grow(bench: Bench) -> Iterator[Promise]:
    home = bench.home("no-growth")
    document = _paper(bench.folder)

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    ran = subprocess.run(
        [sys.executable, "-m", "commands.cli", "corpus", "add", str(document)],
        env=_environment(home),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=False,
    )
    yield none_of(
        "commands on a full disk that end without a sentence (RLIMIT_FSIZE)", [] if _one_sentence(ran) else [ran.stderr]
    )


def read_only(bench: Bench) -> Iterator[Promise]:
    """A home on a disk that cannot be written."""
    disk = bench.folder / "read-only"
    disk.mkdir()
    mount = [_tool("mount"), "-t", "tmpfs", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        yield left_out("commands on a home that cannot be written", "no file system can be mounted here")
        return
    try:
        home = bench.home("home", disk)
        subprocess.run([_tool("mount"), "-o", "remount,ro", str(disk)], check=True)
        backup = str(bench.folder / "never.zip")
        words = (["ask", KNOWN], ["backup", backup], ["serve", "--port", str(free_port())], ["doctor"])
        ran = {some[0]: command(home, *some) for some in (words[:2] if bench.short else words)}
    finally:
        subprocess.run([_tool("umount"), str(disk)], check=True)
    untold = [f"{name}: {one.stderr[-200:]}" for name, one in ran.items() if not _one_sentence(one)]
    yield none_of("commands on a home that cannot be written that end without a sentence", untold)


# Damage


def damaged_pages(bench: Bench) -> Iterator[Promise]:
    """Bytes overwritten in each store, in its head and in its middle; the short form damages three."""
    untold, unseen = [], []
    backup = back_up(Home(bench.whole), bench.folder / "before-damage.zip").path
    places = [(file, place) for file in STORES for place in ("head", "middle")]
    wanted = [("catalogue.sqlite", "middle"), ("journal.sqlite", "head"), ("vectors.sqlite", "middle")]
    for file, place in places:
        if bench.short and (file.name, place) not in wanted:
            continue
        home = bench.home(f"damaged-{file.name}-{place}")
        if not _overwrite(home / file.name, place):
            continue
        doctor, asked = command(home, "doctor", "--json"), command(home, "ask", KNOWN, "--json")
        answered = asked.returncode == 0 and json.loads(asked.stdout)["outcome"] == "grounded"
        if file.name not in doctor.stdout or "Traceback" in doctor.stderr:
            unseen.append(f"{file.name} ({place}): {doctor.stderr[-200:]}")
        if not answered and (file.lost is not Lost.RESTORE or not _one_sentence(asked)):
            untold.append(f"{file.name} ({place}): {asked.stderr[-300:]}")
    yield none_of("damaged stores that the doctor does not tell", unseen)
    yield none_of("damaged stores that neither leave questions answered nor end in a sentence", untold)
    home = bench.folder / "damaged-catalogue.sqlite-middle"
    back = command(home, "restore", str(backup), "--to", str(home), "--over")
    yield none_of("damaged homes that a backup does not mend", _failed(back) or _failed(command(home, "ask", KNOWN)))


def damaged_while_serving(bench: Bench) -> Iterator[Promise]:
    """The journal and the vectors are overwritten under a server that goes on."""
    home = bench.home("damaged-under-way")
    with server(home) as (process, url):
        first = httpx.get(url + _VISITED, timeout=60)
        for name in ("journal.sqlite", "vectors.sqlite"):
            _overwrite(home / name, "head")
        later = httpx.get(url + _VISITED.replace("Who", "Which+body"), timeout=120)
        alive = process.poll() is None
    yield none_of(
        "pages that a damaged journal and damaged vectors stop",
        [str(one.status_code) for one in (first, later) if one.status_code != 200] + ([] if alive else ["the server"]),
    )


def _overwrite(path: Path, place: str) -> bool:
    """Put bytes where SQLite never wrote them; whether the file is damaged by that."""
    with path.open("r+b") as file:
        size = path.stat().st_size
        file.seek(0 if place == "head" else size // 8192 * 4096)
        file.write(random.Random(place).randbytes(4096))  # noqa: S311 - no secret
    for log in path.parent.glob(f"{path.name}-*"):
        log.unlink()
    with closing(sqlite3.connect(path)) as connection:
        try:
            return connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]
        except sqlite3.DatabaseError:
            return True


# Time, providers


def clock_jumps(bench: Bench) -> Iterator[Promise]:
    """A clock that goes a year forward and comes back, as hand-offs see it; the doctor tells of the rest."""
    from tests.letters import hand_over

    home = bench.home("clock")
    now = [time.time()]
    with closing(Handoffs(home / "handoffs.sqlite", vocabulary(), now=lambda: now[0])) as handoffs:
        now[0] += 3.2e7
        later = hand_over(handoffs)
        now[0] -= 3.2e7
        first = hand_over(handoffs)
        handoffs.forget()
        kept = {one.number for one in handoffs.find()}
        sent: list[int] = []
        deliver(handoffs, lambda one: sent.append(one.number))
    told = command(home, "doctor").stdout
    both = {later.number, first.number}
    yield none_of("letters lost by a clock that jumps", sorted(map(str, both - kept)))
    yield none_of("letters that are not sent since a clock has jumped", sorted(map(str, both - set(sent))))
    yield none_of("clocks set back that the doctor does not tell", [] if "Set the clock" in told else [told[-300:]])


def dead_providers(bench: Bench) -> Iterator[Promise]:
    """A chat model that takes up the connection and never answers, one that hangs up, and an embedding that does."""
    home = bench.home("providers")
    silent, untold = [], []
    for name, behave in (("never answers", _never), ("hangs up", _hang_up)):
        with _provider(behave) as url:
            chat = {"MARKET_ENTRY_CHAT_URL": url, "MARKET_ENTRY_CHAT_MODEL": "m", "MARKET_ENTRY_CHAT_SECONDS": "1"}
            began = time.monotonic()
            asked = command(home, "ask", KNOWN, "--json", **chat)
            if asked.returncode or json.loads(asked.stdout)["outcome"] != "grounded" or time.monotonic() - began > 90:
                silent.append(f"a chat model that {name}: {asked.stderr[-200:]}")
        if name == "hangs up":
            with _provider(behave) as url:
                embedding = {"MARKET_ENTRY_EMBEDDING_URL": url, "MARKET_ENTRY_EMBEDDING_MODEL": "m"}
                failed = command(home, "ask", KNOWN, **embedding)
                if not _one_sentence(failed):
                    untold.append(failed.stderr[-300:])
    yield none_of("dead chat models without which nothing is answered", silent)
    yield none_of("dead embedding models that end in anything but a sentence", untold)


def dead_receiver(bench: Bench) -> Iterator[Promise]:
    """A receiver of letters that is dead at first and lives later: each letter arrives, and waits until then."""
    from tests.letters import hand_over

    home = bench.home("receiver")
    with closing(Handoffs(home / "handoffs.sqlite", vocabulary())) as handoffs:
        hand_over(handoffs)
        with _provider(_hang_up) as url:
            failed = command(
                home,
                "handoffs",
                "deliver",
                MARKET_ENTRY_WEBHOOK_URL=url,
                MARKET_ENTRY_WEBHOOK_SECRET="s",  # noqa: S106
            )
        [waiting] = handoffs.find()
    yield none_of(
        "letters that a dead receiver loses",
        [] if (failed.stdout, waiting.attempts) == ("0 delivered, 1 not, 1 waiting\n", 1) else [failed.stderr[-200:]],
    )


FAULTS: tuple[Callable[[Bench], Iterator[Promise]], ...] = (
    *(killed_while_serving, killed_while_writing, half_written, full_disk, read_only),
    *(damaged_pages, damaged_while_serving, clock_jumps, dead_providers, dead_receiver),
)


# What they share


@dataclass
class Visitors:
    """People who ask and write letters; `acknowledged` are the words of letters that the page said to be kept."""

    acknowledged: set[str] = field(default_factory=set)
    _number: int = 0

    @contextmanager
    def visiting(self, url: str) -> Iterator[None]:
        """Let them do so until the block ends."""
        stop = Event()
        threads = [Thread(target=self._ask, args=(url, stop)), Thread(target=self._write, args=(url, stop))]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _ask(self, url: str, stop: Event) -> None:
        with suppress(httpx.HTTPError):  # the server is killed meanwhile
            while not stop.is_set():
                httpx.get(url + _VISITED, timeout=30)

    def _write(self, url: str, stop: Event) -> None:
        with suppress(httpx.HTTPError):
            while not stop.is_set():
                self._number += 1
                word = f"letter-{self._number}"
                sender = {"X-Forwarded-For": f"198.51.{self._number // 250}.{self._number % 250}", "Origin": url}
                with httpx.Client(base_url=url, headers=sender, timeout=30) as client:
                    filled = _LETTER | {"message": word}
                    form = filled | _hidden(client.post("/contact", data=filled).text)
                    answer = client.post("/contact", data=form)
                    if answer.status_code == 200 and 'name="consent"' not in answer.text:
                        self.acknowledged.add(word)


def _hidden(html: str) -> dict[str, str]:
    found = re.findall(r'<input type="(?:hidden|checkbox)" name="(\w+)" value="([^"]*)"', html)
    return {name: unescape(value) for name, value in found}


def _letters(home: Path) -> list[str]:
    with closing(Handoffs(home / "handoffs.sqlite", vocabulary())) as handoffs:
        return [one.draft.message for one in handoffs.find()]


def _documents(home: Path) -> set[str]:
    with closing(sqlite3.connect(home / "catalogue.sqlite")) as connection:
        return {row[0] for row in connection.execute("SELECT id FROM documents")}


def _paper(folder: Path) -> Path:
    path = folder / "paper.txt"
    path.write_text(" ".join(f"A paper says that number {number} is zirconium." for number in range(60)), "utf-8")
    return path


def _two_documents(house: object) -> None:
    from tests.conftest import House, write_document

    assert isinstance(house, House)
    for document_id, title, market in (("japan/devices", "Devices", "japan"), ("brazil/food", "Food", "brazil")):
        write_document(house.library, document_id, title, f"The review of {title} takes 12 months.", market=market)
    house.publish()


def _one_sentence(ran: subprocess.CompletedProcess[str]) -> bool:
    """Whether a command failed with a sentence for the person and nothing else."""
    lines = [line for line in ran.stderr.strip().splitlines() if line]
    return ran.returncode == 1 and bool(lines) and all(line.startswith("market-entry: ") for line in lines)


def _failed(ran: subprocess.CompletedProcess[str]) -> list[str]:
    return [ran.stderr[-200:]] if ran.returncode else []


def _tool(name: str) -> str:
    return shutil.which(name) or name


def _sound(what: str, home: Path) -> Promise:
    verified = command(home, "index", "verify")
    built = verified if verified.returncode == 0 else command(home, "index", "build")
    again = command(home, "index", "verify") if built is not verified else verified
    return none_of(f"what is wrong with {what}", [] if again.returncode == 0 else [again.stdout + again.stderr])


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "TMPDIR", "LANG")}
    return kept | {"MARKET_ENTRY_HOME": str(home), "PYTHONUTF8": "1", "PYTHONPATH": str(PROJECT)}


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=2).status_code == 200
    except httpx.HTTPError:
        time.sleep(0.2)
        return False


def _until(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} seconds")


@contextmanager
def _provider(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that takes up connections and does with them what it is told to."""
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def work() -> None:
            with suppress(OSError):  # closed at the end
                while True:
                    connection, _ = listening.accept()
                    taken.append(connection)
                    behave(connection)

        thread = Thread(target=work, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
    thread.join(5)
    for connection in taken:
        connection.close()


def _never(_: socket.socket) -> None:
    """Keep the connection and say nothing."""


def _hang_up(connection: socket.socket) -> None:
    """Reset it."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def _unheard(_: str) -> None:
    pass
