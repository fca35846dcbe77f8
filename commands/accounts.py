"""The commands `market-entry accounts ...`: the first administrator is made here, and helped when locked out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from assistant.accounts.accounts import Account, Accounts, Details, Role
from assistant.app import open_accounts
from assistant.settings import Settings, read_settings
from commands.terminal import as_text

_WHO = "command line"

app = typer.Typer(no_args_is_help=True, help="Who may sign in.")

Name = Annotated[str, typer.Argument(help="The name to sign in with.")]


@app.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What the account is for.")],
    display_name: Annotated[str, typer.Option(help="How the person or company is called; the name unless set.")] = "",
    cluster: Annotated[str, typer.Option(help="The cluster's code; without one, the alliance as a whole.")] = "",
    email: Annotated[str, typer.Option(help="The address by which an OpenID provider knows the person.")] = "",
    language: Annotated[str, typer.Option(help="The language of the pages.")] = "en",
) -> None:
    """Make an account, and print the one-time code by which its owner sets a password."""
    details = Details(display_name=display_name or name, role=role, cluster=cluster, email=email, language=language)
    settings = read_settings()
    with _accounts(settings) as accounts:
        _show_code(settings, name, accounts.add(name, details, who=_WHO))


@app.command("list")
def list_accounts(as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False) -> None:
    """List the accounts."""
    with _accounts(read_settings()) as accounts:
        rows = [_row(account) for account in accounts.accounts()]
    if as_json:
        print(as_text(rows))
        return
    for row in rows:
        print(f"{row['role']:<14} {row['state']:<9} {row['cluster']:<12} {row['name']:<24} {row['display_name']}")


@app.command()
def disable(name: Name) -> None:
    """Let an account sign in no more, and end its sessions."""
    with _accounts(read_settings()) as accounts:
        accounts.disable(name, who=_WHO)


@app.command()
def enable(name: Name) -> None:
    """Let a disabled account sign in again."""
    with _accounts(read_settings()) as accounts:
        accounts.enable(name, who=_WHO)


@app.command()
def reset(name: Name) -> None:
    """Take an account's password away, and print a one-time code by which its owner sets a new one."""
    settings = read_settings()
    with _accounts(settings) as accounts:
        _show_code(settings, name, accounts.reset(name, who=_WHO))


@contextmanager
def _accounts(settings: Settings) -> Iterator[Accounts]:
    accounts = open_accounts(settings)
    try:
        yield accounts
    finally:
        accounts.close()


def _show_code(settings: Settings, name: str, code: str) -> None:
    print(f"{name} sets a password within three days at {settings.address}/staff/code with this one-time code:")
    print(code)


def _row(account: Account) -> dict[str, str]:
    seen = datetime.fromtimestamp(account.seen_at, UTC).isoformat(timespec="seconds") if account.seen_at else ""
    return {
        "name": account.name,
        "display_name": account.display_name,
        "role": account.role.value,
        "cluster": account.cluster,
        "email": account.email,
        "language": account.language,
        "state": account.state.value,
        "seen_at": seen,
    }
