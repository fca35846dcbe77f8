"""Commands on an installation as a whole: back it up, restore it, find out whether it is sound."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from assistant.app import open_app
from assistant.home import Home, home_of, ready_home
from assistant.model.providers import remembered
from assistant.operate.backup import back_up
from assistant.operate.doctor import Level, Patient, damaged, examine
from assistant.operate.restore import restore, restore_into_database
from assistant.settings import read_settings
from commands.terminal import Json, as_text, counting, notice, opened_app
from corpus.documents import Stage

app = typer.Typer()

_MIB = 2**20


@app.command("backup")
def backup_command(
    target: Annotated[Path, typer.Argument(help="A new file ending in .zip, or a new folder.")], as_json: Json = False
) -> None:
    """Write a backup of everything but the settings, while a server may be serving."""
    made = back_up(home_of(read_settings()), target)
    for line in made.left_out:
        notice(line)
    if as_json:
        print(as_text(asdict(made) | {"path": str(made.path)}))
        return
    print(f"{made.path}: {len(made.manifest.files)} files, {made.size / _MIB:.1f} MiB, written and read again")


@app.command("restore")
def restore_command(
    source: Annotated[Path, typer.Argument(help="What `backup` has written.")],
    to: Annotated[
        str,
        typer.Option(
            metavar="FOLDER|database",
            help="The home folder, or `database` for that of MARKET_ENTRY_DATABASE; an empty one, or with --over any"
            " that no server serves.",
        ),
    ],
    over: Annotated[
        bool,
        typer.Option(
            "--over", help="Move what is there into a folder beside it, or from a database into a backup; then restore."
        ),
    ] = False,
    erasures: Annotated[
        list[Path] | None, typer.Option(help="A copy of erasures.jsonl that was kept elsewhere; may be repeated.")
    ] = None,
    unsigned: Annotated[
        bool,
        typer.Option(
            "--unsigned",
            help="Accept a backup that this installation has not signed: of an older release, of another installation,"
            " or one whose key is lost. Only where you know that nobody has changed it.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Put a backup in place, and erase again what was erased after it was made."""
    settings = read_settings()
    marks = erasures or ()
    if to == "database":
        home = Home(ready_home(settings.home), settings.database.get_secret_value())
        done = restore_into_database(source, home, over=over, erasures=marks, unsigned=unsigned)
    else:
        done = restore(source, Path(to), over=over, erasures=marks, made_by=[settings.home], unsigned=unsigned)
        settings = settings.model_copy(update={"home": done.home, "database": SecretStr(""), "chroma": SecretStr("")})
    for line in done.notes:
        notice(line)
    opened = open_app(settings)
    try:
        opened.upkeep.make_ready(notice, counting("texts embedded"))
    finally:
        opened.close()
    if as_json:
        aside = str(done.aside) if done.aside else None
        print(as_text(asdict(done) | {"home": str(done.home), "aside": aside}))
        return
    what = to if to == "database" else done.home
    print(f"{what} is as it was at {done.manifest.made_at}; its index is built")
    print("erased again: " + ", ".join(f"{count} {kind}" for kind, count in done.erased.items()))
    if done.aside:
        print(f"what was there lies in {done.aside}: remove it when nothing of it is missed, it holds personal data")


@app.command("doctor")
def doctor_command(
    thorough: Annotated[
        bool,
        typer.Option("--thorough", help="Read every original, not some of them, and send the chat model one request."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Say whether this installation is sound, and what to do where it is not."""
    settings = read_settings()
    patient = Patient(ready_home(settings.home), settings, thorough=thorough)
    facts = {"home": str(patient.home), "release": version("market-entry-assistant")}
    if damaged(patient):
        findings = examine(patient)
    else:
        with opened_app(make_ready=False) as opened:
            facts |= {
                "documents": f"{len(opened.catalogue.documents(Stage.PUBLISHED))} published",
                "embedding": f"{opened.cache.model.name} ({opened.cache.model.engine})",
            }
            findings = examine(replace(patient, app=opened))
            if settings.chat_model:
                facts["chat model"] = f"{settings.chat_model}, asked {remembered(settings)}"
    ill = any(one.level is Level.PROBLEM for one in findings)
    if as_json:
        print(as_text(facts | {"sound": not ill, "findings": [asdict(one) for one in findings]}))
    else:
        for name, fact in facts.items():
            print(f"{name:<10} {fact}")
        for one in findings:
            print(f"\n{one.level}: {one.what}\n  {one.why}\n  {one.do}")
        print("\nNot sound: see the problems above." if ill else "\nThis installation is sound.")
    sys.exit(1 if ill else 0)
