"""The commands `market-entry serve` and `market-entry work`."""

from __future__ import annotations

import signal
import socket
from threading import Event
from typing import Annotated

import typer

from assistant.home import Home, ensure_sound, held, in_use, serving_alone
from assistant.logs import log_to_stderr
from assistant.settings import read_settings
from commands.terminal import notice
from corpus.errors import KnownError

app = typer.Typer()


class PortTaken(KnownError):
    """Something else listens on the port."""


@app.command("serve")
def serve_command(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port; 7860 unless set.")] = None,
) -> None:
    """Serve the chat."""
    settings = read_settings()
    settings = settings.model_copy(update={"port": port or settings.port})
    log_to_stderr(settings)
    home = Home(settings.home, settings.database.get_secret_value())
    ensure_sound(home, notice)
    with serving_alone(home, settings.port):
        _ensure_free(settings.host, settings.port)
        # Gradio takes 6 s to import: who may not serve is told before. It sees the environment that settings have set.
        from ui import serve

        serve(settings, notice=notice)


class NothingToWorkFor(KnownError):
    """A server of a single machine does in the background what there is to do."""


@app.command("work")
def work_command() -> None:
    """Do what an installation of several machines does in the background: index, retention, mails, connections."""
    settings = read_settings()
    log_to_stderr(settings)
    home = Home(settings.home, settings.database.get_secret_value())
    if not home.database:
        raise NothingToWorkFor(
            "`market-entry work` is for several machines; set MARKET_ENTRY_DATABASE, or run `market-entry serve`,"
            " which does this too."
        )
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    ensure_sound(home, notice)
    with held(home.folder), in_use(home):
        from assistant.app import open_app  # with all that answering needs: a second to import
        from assistant.desk.background import work_in_background

        opened = open_app(settings, serving=True)
        opened.upkeep.make_ready(notice)
        work_in_background(opened, stop)
        notice("working")
        stop.wait()


def _ensure_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"Port {port} on {host} is taken ({error.strerror});"
                f" choose another, for example `market-entry serve --port {port + 1}`."
            ) from error
