"""The command `market-entry mcp`."""

from __future__ import annotations

import typer

from commands.terminal import opened_app

app = typer.Typer()


@app.command("mcp")
def mcp_command() -> None:
    """Serve the library to an agent that has started this, by the Model Context Protocol over stdio."""
    with opened_app() as opened:
        from pages.api.mcp_server import over_stdio  # with libraries that nobody else needs

        over_stdio(opened)
