"""The command `market-entry serve`."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from assistant.home import ensure_sound, serving_alone
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
    ensure_sound(settings.home, notice)
    with serving_alone(settings.home, settings.port):
        _ensure_free(settings.host, settings.port)
        # Gradio takes 6 s to import: who may not serve is told before. It sees the environment that settings have set.
        from ui import serve

        serve(settings, notice=notice)


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
