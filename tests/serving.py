"""A server as people start it: a process of its own on a port of this machine."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests.conftest import free_port

_PROJECT = Path(__file__).parents[1]


def wait_for(url: str, process: subprocess.Popen[str], seconds: float = 90) -> None:
    """Wait until something answers there, as long as the process lives."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(url, timeout=2):  # noqa: S310 - our own loopback address
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"no answer from {url}; exit status {process.poll()}")


def started(home: Path, *, log: int | None = None, **settings: str) -> tuple[str, subprocess.Popen[str]]:
    """The address of a server of a home that answers, and its process; whoever starts it stops it.

    It logs to our own stderr, or where `log` says as `subprocess` takes it.
    """
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "commands.cli", "serve", "--port", str(port)],
        env={"PATH": "/usr/bin:/bin", "MARKET_ENTRY_HOME": str(home), **settings},
        cwd=_PROJECT,
        text=True,
        stderr=log,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", server)
    except AssertionError:
        server.kill()
        raise
    return f"http://127.0.0.1:{port}", server


@contextmanager
def serving(home: Path, **settings: str) -> Iterator[str]:
    """A server of a home with these settings besides; yields its address."""
    address, server = started(home, log=None, **settings)
    try:
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)
