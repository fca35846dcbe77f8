"""The commands `market-entry connections ...`: places from which documents come by themselves."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from commands.intake import line, summary
from commands.terminal import Json, as_text, counting, me, opened_app
from corpus.connections.places import Kind

if TYPE_CHECKING:
    from corpus.intake.intake import IntakeOutcome
from corpus.intake.report import report

Number = Annotated[int, typer.Argument(help="The connection's number, as `connections list` shows it.")]

app = typer.Typer(no_args_is_help=True, help="Places from which documents come by themselves.")


@app.command("list")
def list_command(as_json: Json = False) -> None:
    """List the connections, and how their last run ended."""
    with opened_app(make_ready=False) as opened:
        places = opened.connections.all()
        if as_json:
            entries = {place.number: opened.connections.entries(place.number).values() for place in places}
            print(as_text([asdict(one) | {"errors": _errors(entries[one.number])} for one in places]))
            return
    for one in places:
        state = "paused" if one.paused else "on"
        counts = f"{one.taken} taken, {one.known} known, {one.refused} refused" if one.ran_at else "never run"
        print(f"{one.number:>4}  {one.kind:<8} {state:<7} {one.ran_at or '-':<26} {counts}  {one.address}")
        if one.problem:
            print(f"      {one.problem}")


@app.command()
def add(
    kind: Annotated[Kind, typer.Argument(help="What it is.")],
    address: Annotated[str, typer.Argument(help="A folder's path, a web address, or s3://BUCKET/PATH.")],
) -> None:
    """Connect a place; a server runs it within a minute, `connections run` at once."""
    from corpus.connections.reach import check, read_reach

    with opened_app(make_ready=False) as opened:
        plain = check(kind, address, read_reach(opened.settings.connections))
        print(opened.connections.add(kind, plain, who=me()).number)


@app.command()
def run(
    number: Annotated[int, typer.Argument(help="The connection's number; all that are not paused unless said.")] = 0,
    as_json: Json = False,
) -> None:
    """Look at a connection now: take in as drafts what is new there and what has changed."""
    from assistant.operate.connecting import run_place

    failed = False
    with opened_app(make_ready=False) as opened:
        places = (
            [opened.connections.place(number)]
            if number
            else [one for one in opened.connections.all() if not one.paused]
        )
        outcomes: list[IntakeOutcome] = []
        for place in places:
            for outcome in run_place(opened, place):
                outcomes.append(outcome)
                print(line(outcome), file=sys.stderr if as_json else sys.stdout, flush=True)
            if problem := opened.connections.place(place.number).problem:
                failed = True
                print(f"market-entry: {problem}", file=sys.stderr)
        result = report(outcomes)
        print(as_text(result) if as_json else summary(result), flush=True)
        opened.upkeep.follow(counting("texts embedded"))
    if failed:
        raise typer.Exit(1)


@app.command()
def pause(number: Number) -> None:
    """Run a connection no more until it is resumed."""
    with opened_app(make_ready=False) as opened:
        opened.connections.change(number, paused=True)


@app.command()
def resume(number: Number) -> None:
    """Run a connection again, the next time at once."""
    with opened_app(make_ready=False) as opened:
        opened.connections.change(number, paused=False, wanted=True)


@app.command()
def remove(number: Number) -> None:
    """Connect a place no more; the documents that came from it stay."""
    with opened_app(make_ready=False) as opened:
        opened.connections.remove(number)


def _errors(entries: object) -> list[dict[str, str]]:
    return [{"name": one.name, "reason": one.problem} for one in entries if one.problem]  # type: ignore[attr-defined]
