"""The command `market-entry serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from assistant.settings import read_settings
from commands.terminal import notice

app = typer.Typer()


@app.command("serve")
def serve_command(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port; 7860 unless set.")] = None,
) -> None:
    """Serve the chat."""
    settings = read_settings()
    from ui import serve  # Gradio takes 6 s to import, and sees the environment that the settings have set

    serve(settings.model_copy(update={"port": port or settings.port}), notice=notice)
