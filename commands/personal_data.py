"""Commands on personal data: what is held on somebody, its erasure, and for how long everything is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from assistant.operate.data_subject import DataSubject, ErasureReceipt, erase, held_on
from assistant.operate.retention import kept
from commands.terminal import Json, as_text, opened_app, save

app = typer.Typer()

Session = Annotated[str, typer.Option(help="The key of the person's browser.")]
Email = Annotated[str, typer.Option(help="The person's e-mail address.")]


@app.command("erase")
def erase_command(
    session: Session = "",
    email: Email = "",
    account: Annotated[
        bool, typer.Option("--account", help="Erase the person behind an account of that address, too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Erase all that is held on a person, and say what that was."""
    person = _person(session, email)
    with opened_app(make_ready=False) as opened:
        show_receipt(erase(opened, person, account=account), as_json=as_json)


def show_receipt(receipt: ErasureReceipt, *, as_json: bool) -> None:
    """Print the receipt of an erasure."""
    if as_json:
        print(as_text(asdict(receipt) | {"day": str(receipt.day)}))
        return
    print(f"erased on {receipt.day}: " + ", ".join(f"{count} {kind}" for kind, count in receipt.erased.items()))
    print(f"receipt {receipt.id}")
    for note in receipt.notes:
        print(note)


@app.command("personal-data")
def personal_data_command(
    session: Session = "",
    email: Email = "",
    out: Annotated[Path | None, typer.Option(help="A JSON file, for this user alone; printed without one.")] = None,
) -> None:
    """Collect all that is held on a person, for whoever asks what that is."""
    person = _person(session, email)
    with opened_app(make_ready=False) as opened:
        text = as_text(_plain(held_on(opened, person)))
    if out is None:
        print(text)
        return
    save(out, f"{text}\n".encode(), private=True)
    print(f"written to {out}")


@app.command("retention")
def retention_command(as_json: Json = False) -> None:
    """Say what is kept of people, where, and for how long."""
    with opened_app(make_ready=False) as opened:
        keep, kinds, last = opened.settings.keep_questions, kept(opened), opened.journal.last_forgotten()
    if as_json:
        rows = [asdict(one) | {"oldest": one.oldest and str(one.oldest)} for one in kinds]
        print(as_text({"keep_questions": keep, "last_forgotten": last and str(last), "kinds": rows}))
        return
    for one in kinds:
        oldest = f"oldest of {one.oldest}" if one.oldest else ""
        setting = f"MARKET_ENTRY_{one.setting}" if one.setting else "fixed"
        held = (
            f"{one.kind:<10} {one.days:>5} {'day' if one.days == 1 else 'days':<4}  {one.count:>7} kept  {oldest:<20}"
        )
        print(f"{held}  {one.what} ({one.where}; {setting})")
    print(f"wordings are kept: {keep}; what was out of date was last removed: {last or 'never'}")


def _person(session: str, email: str) -> DataSubject:
    if not (session or email.strip()):
        raise typer.BadParameter("name the person by --session KEY, by --email ADDRESS, or by both")
    return DataSubject(session, email)


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold, and sets
    """A value as JSON holds it."""
    match value:
        case Mapping():
            return {str(key): _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case frozenset():
            return sorted(value)
    return value
