"""The commands `market-entry keys ...`: by which a program may use the HTTP API."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from assistant.accounts.keys import A_MINUTE, Key, Keys, Scope
from assistant.app import open_accounts
from assistant.settings import read_settings
from commands.terminal import Json, as_text, me, notice

app = typer.Typer(no_args_is_help=True, help="Keys by which programs ask.")


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What the key is for, so that it is found again.")],
    scope: Annotated[list[Scope], typer.Option(help="What may be done with it; may be repeated.")],
    account: Annotated[
        str, typer.Option(help="The account in whose name it works; without one, it reads what anybody may.")
    ] = "",
    a_minute: Annotated[int, typer.Option(help="How many questions it may ask in a minute.")] = A_MINUTE,
) -> None:
    """Make a key, and print what the program sends; it is shown only now."""
    with closing(open_accounts(read_settings())) as accounts:
        made, token = Keys(accounts).add(name, scope, account=account, a_minute=a_minute, who=me())
    notice(f"key {made.number} for {made.name}; keep it as a password, it is shown only now")
    print(token)


@app.command("list")
def list_command(as_json: Json = False) -> None:
    """List the keys, the newest first."""
    with closing(open_accounts(read_settings())) as accounts:
        rows = [_row(key) for key in Keys(accounts).all()]
    if as_json:
        print(as_text(rows))
        return
    for row in rows:
        state = "valid" if row["valid"] else f"revoked {row['revoked_on'] or 'with its account'}"
        used = row["used_on"] or "never"
        scopes = " ".join(row["scopes"])  # type: ignore[arg-type]
        print(f"{row['number']:>4}  {scopes:<16} {row['account'] or '-':<12} used {used:<10}  {row['name']}  ({state})")


@app.command()
def revoke(number: Annotated[int, typer.Argument(help="The key's number, as `keys list` shows it.")]) -> None:
    """Let a key be used no more."""
    with closing(open_accounts(read_settings())) as accounts:
        Keys(accounts).revoke(number, who=me())


def _row(key: Key) -> dict[str, object]:
    return {
        "number": key.number,
        "name": key.name,
        "scopes": sorted(key.scopes),
        "account": key.account.name if key.account else "",
        "a_minute": key.a_minute,
        "valid": key.valid,
        "made_by": key.made_by,
        "made_on": key.made_on,
        "used_on": key.used_on,
        "revoked_by": key.revoked_by,
        "revoked_on": key.revoked_on,
    }
