"""A server as people start it: a process of its own on a port of this machine."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO
from urllib.request import urlopen

from tests.conftest import PROJECT, free_port

Server = subprocess.Popen[str]
NONE: Mapping[str, str] = {}


def wait_for(url: str, process: Server) -> None:
    """Wait until something answers there, as long as the process lives."""
    while process.poll() is None:
        try:
            with urlopen(url, timeout=10):  # noqa: S310 - our own loopback address
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"no answer from {url}; exit status {process.poll()}")


def started(
    home: Path,
    settings: Mapping[str, str] = NONE,
    *,
    port: int = 0,
    log: int | IO[str] | None = None,
    before: Sequence[str] = (),
) -> tuple[str, Server]:
    """The address of a server of a home that answers, and its process; whoever starts it stops it.

    It prints and logs where we do, or where `log` says as `subprocess` takes it. `before` are the words before its
    command.
    """
    port = port or free_port()
    server = subprocess.Popen(
        [*before, sys.executable, "-m", "commands.cli", "serve", "--port", str(port)],
        env={"PATH": "/usr/bin:/bin", "MARKET_ENTRY_HOME": str(home), **settings},
        cwd=PROJECT,
        text=True,
        stdout=log,
        stderr=log,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", server)
    except BaseException:
        server.kill()
        raise
    return f"http://127.0.0.1:{port}", server


@contextmanager
def serving_with(
    settings: Mapping[str, str], home: Path, *, port: int = 0, log: int | IO[str] | None = None
) -> Iterator[str]:
    """A server of a home with these settings besides; yields its address."""
    address, server = started(home, settings, port=port, log=log)
    try:
        yield address
    finally:
        server.terminate()
        server.wait()


def serving(home: Path, **settings: str) -> AbstractContextManager[str]:
    """The same, that logs where we do."""
    return serving_with(settings, home)
