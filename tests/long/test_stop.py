"""A server as people start it, told to stop while somebody has the chat open: it waits for so many seconds."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path
from urllib.request import urlopen

from tests.conftest import PATIENCE
from tests.serving import started


def test_a_server_stops_though_the_chat_is_open(lean_as_built: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(lean_as_built, tmp_path / "home"))
    address, server = started(home, log=subprocess.DEVNULL)
    try:
        with urlopen(f"{address}/gradio_api/heartbeat/openpage", timeout=PATIENCE) as page:  # noqa: S310 - our own
            page.read(1)
            server.terminate()
            assert server.wait() in (0, -signal.SIGTERM)  # and not when somebody closes the page
    finally:
        server.kill()
        server.wait()
