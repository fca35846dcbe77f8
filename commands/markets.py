"""The commands on markets: `market-entry compare` and `market-entry plan`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from assistant.answers import Citation, Claim
from assistant.export.calendar import to_calendar
from assistant.export.files import written
from assistant.export.papers import Foot, of_comparison, of_plan
from assistant.market import comparison, plan
from assistant.market.digest import title_of
from assistant.texts import say
from assistant.understand.questions import Profile, Question
from commands.terminal import Json, as_text, known_language, opened_app, save
from corpus.documents import Reader
from corpus.vocabulary import vocabulary

Out = Annotated[Path | None, typer.Option(help="Write it to this file: .md, .docx or .pdf, a plan's dates to .ics.")]
Language = Annotated[str | None, typer.Option(help="The language to answer in.")]

app = typer.Typer()


@app.command("compare")
def compare_command(
    question: Annotated[str, typer.Argument(help="The question, in any language.")],
    market: Annotated[list[str] | None, typer.Option(help="One of the markets; at least two.")] = None,
    language: Language = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Compare markets in what a question asks, or in all that companies want to know."""
    asked = Question(question, language=known_language(language))
    with opened_app() as opened:
        compared = comparison.compare(asked, market or (), opened.fact_writer(), opened.vocabulary)
        foot = Foot(opened.settings.disclaimer, opened.settings.emblem)
    if out:
        _save(out, written(of_comparison(compared, vocabulary(), date.today().isoformat(), foot), out))
    elif as_json:
        print(as_text(comparison.to_json(compared)))
    else:
        print("\n".join(_comparison(compared)))


@app.command("plan")
def plan_command(
    market: Annotated[str, typer.Option(help="The market.")],
    product: Annotated[str, typer.Option(help="The kind of product.")],
    risk_class: Annotated[str, typer.Option("--class", help="Its risk class, as it is written.")] = "",
    home: Annotated[str, typer.Option(help="The cluster of the company's region.")] = "",
    language: Language = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Make a market-entry plan for a kind of product."""
    terms = vocabulary()
    profile = Profile(
        markets=frozenset({terms.market(market).code}),
        product=terms.product(product).code,
        risk_class=risk_class,
        home=terms.cluster(home).code if home else "",
    )
    spoken = known_language(language) or "en"
    with opened_app() as opened:
        made = plan.plan(profile, spoken, opened.fact_writer(), terms, reader=Reader.ANYONE, today=date.today())
        foot = Foot(opened.settings.disclaimer, opened.settings.emblem)
    if out and out.suffix.lower() == ".ics":
        _save(out, to_calendar(made, title_of(made, terms)))
    elif out:
        _save(out, written(of_plan(made, terms, foot), out))
    elif as_json:
        print(as_text(plan.to_json(made)))
    else:
        print("\n".join(_plan(made)))


def _save(path: Path, data: bytes) -> None:
    save(path, data)
    print(f"{path}: {len(data):,} bytes")


def _comparison(compared: comparison.Comparison) -> Iterator[str]:
    language = compared.language
    for row in compared.rows:
        yield f"\n{say(language, f'aspect_{row.aspect}')}"
        for cell in row.cells:
            yield f"  {vocabulary().markets[cell.market].name(language)}"
            yield from _claims(cell.claims, language)
    filled, cells = compared.filled
    yield f"\n{say(language, 'compare_filled', filled=filled, cells=cells)}"
    yield from _sources(compared.citations, language)


def _plan(made: plan.Plan) -> Iterator[str]:
    language = made.language
    yield title_of(made, vocabulary())
    yield say(language, "plan_made_by", day=made.made_on)
    for number, step in enumerate(made.steps, start=1):
        yield f"\n{number}. {say(language, f'step_{step.code}')} ({say(language, f'who_{step.who}')})"
        yield f"   {say(language, f'step_{step.code}_about')}"
        for fact in step.facts:
            yield f"  {say(language, f'aspect_{fact.aspect}')}"
            yield from _claims(fact.claims, language)
    yield f"\n{say(language, 'aspect_risks')}"
    yield from _claims(made.risks, language)
    yield from (f"{one.day}  {one.text}" for one in made.deadlines)
    yield from _sources(made.citations, language)


def _claims(claims: Iterable[Claim], language: str) -> Iterator[str]:
    lines = [f"    {claim.text} [{claim.citations[0].n}]" for claim in claims]
    yield from lines or [f"    — {say(language, 'cell_empty')}"]


def _sources(citations: Iterable[Citation], language: str) -> Iterator[str]:
    yield f"\n{say(language, 'sources')}"
    for citation in citations:
        metadata = citation.document.metadata
        yield f"[{citation.n}] {metadata.title} › {citation.section} ({metadata.facts_as_of}): {citation.url or ''}"
