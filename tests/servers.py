"""Servers that tests start: PostgreSQL on a socket in a folder of its own, with a database for each home of a test."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest

from corpus.postgres import Schema, engine
from corpus.store import Place, Store
from corpus.transfer import all_or_nothing, into_database

_OWNER = "market"
_OPTIONS = (  # nothing need outlive the machine, and what was deleted is to go from the disk when we say so
    "-c fsync=off -c listen_addresses='' -c max_connections=300 -c wal_recycle=off -c min_wal_size=32MB"
    " -c autovacuum=off"
)


# A test that looks into the files of stores, and so runs with them alone.
in_files = pytest.mark.parametrize("places", ["files"], indirect=True)


class Postgres:
    """A server of PostgreSQL: `data` is its folder. It runs as a user without rights where this process has all."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self._numbers = count(1)
        self.data = folder / "data"

    def start(self) -> None:
        options = f"{_OPTIONS} -c unix_socket_directories={self._folder}"
        self._run("pg_ctl", "start", "-w", "-D", self.data, "-l", self._folder / "log", "-o", options)

    def stop(self, how: str = "fast") -> None:
        self._run("pg_ctl", "stop", "-w", "-D", self.data, "-m", how)

    def create(self) -> None:
        """Make the folder of data."""
        locale = ("--locale-provider=icu", "--icu-locale=en", "--locale=C.UTF-8")
        self._run("initdb", "-D", self.data, "-A", "trust", "-U", _OWNER, "--encoding=UTF8", *locale, "--no-sync")

    def database(self, *more: str) -> str:
        """The address of a new database, made with more words of `createdb`."""
        name = f"home{next(self._numbers)}"
        self._run("createdb", "-h", self._folder, "-U", _OWNER, *more, name)
        return self.address(name)

    def address(self, name: str) -> str:
        return f"postgresql://{_OWNER}@/{name}?host={quote(str(self._folder))}"

    def execute(self, name: str, *statements: str) -> str:
        """What `psql` prints of statements, each on its own."""
        words = [word for statement in statements for word in ("-c", statement)]
        return self._run("psql", "-h", self._folder, "-U", _OWNER, "-d", name, "-At", *words)

    def holds(self, words: bytes) -> list[Path]:
        """The files of the data folder, its log of writes included, in which some words stand."""
        self.execute("postgres", "SELECT pg_switch_wal()", "CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT")
        return [path for path in self.data.rglob("*") if path.is_file() and words in path.read_bytes()]

    def _run(self, program: str, *words: str | Path) -> str:
        user = pwd.getpwnam("nobody") if os.getuid() == 0 else None
        ended = subprocess.run(
            [self._programs / program, *words],
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            user=user and user.pw_uid,
            group=user and user.pw_gid,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, f"{program}: {ended.stdout}"
        return ended.stdout.strip()


def programs() -> Path | None:
    """The folder of PostgreSQL's programs on this machine."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = installed[-1] if installed else shutil.which("initdb")  # Debian keeps them out of the path
    return Path(found).resolve().parent if found else None


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A server for as long as the block lasts; the test is skipped where PostgreSQL is not installed."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed here; install the package `postgresql`.")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # a socket's path has 107 characters at most
    if os.getuid() == 0:
        shutil.chown(folder, "nobody")
    server = Postgres(found, folder)
    try:
        server.create()
        server.start()
        yield server
        server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Places:
    """Where the stores of a test lie: in the files that it names or, over a server, in a database for each folder."""

    def __init__(self, server: Postgres | None = None) -> None:
        self._server = server
        self._databases: dict[Path, str] = {}

    @property
    def of_files(self) -> bool:
        return self._server is None

    def __call__(self, path: Path) -> Place:
        """The place of the store that would be this file."""
        return Schema(self.database(path.parent), path.stem) if self._server else path

    def database(self, folder: Path) -> str:
        assert self._server is not None
        if folder not in self._databases:
            self._databases[folder] = self._server.database()
        return self._databases[folder]

    def moved(self, path: Path, migrations: Path) -> Place:
        """The same, with what the file holds."""
        place = self(path)
        if isinstance(place, Schema):
            Store(path, migrations).close()
            with all_or_nothing(place) as target:
                into_database(path, place, migrations, target)
        return place

    def close(self) -> None:
        for url in self._databases.values():
            engine(url).dispose()
