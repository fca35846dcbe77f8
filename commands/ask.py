"""The commands that ask: `market-entry ask` and `market-entry search`."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from assistant.answers import hits_json, to_json
from assistant.language.phrasing import recognise_language
from assistant.understand.questions import Question
from commands.terminal import Json, as_text, known_language, opened_app
from corpus.documents import Reader
from corpus.vocabulary import vocabulary
from index.search import Filters
from pages.chat.plain_text import plain_text

app = typer.Typer()

Markets = Annotated[list[str] | None, typer.Option("--market", help="Only this market; may be repeated.")]
Areas = Annotated[list[str] | None, typer.Option("--area", help="Only this area; may be repeated.")]


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in any language.")],
    after: Annotated[list[str] | None, typer.Option(help="An earlier question of the same person.")] = None,
    market: Markets = None,
    area: Areas = None,
    language: Annotated[str | None, typer.Option(help="The language to answer in.")] = None,
    as_json: Json = False,
) -> None:
    """Ask one question."""
    asked = Question(question, tuple(after or ()), _filters(market, area), known_language(language))
    with opened_app() as opened:
        answer = opened.assistant.answer(asked)
    print(as_text(to_json(answer)) if as_json else plain_text(question, answer))


@app.command()
def search(
    query: Annotated[str, typer.Argument(help="A question, or words to look for.")],
    k: Annotated[int, typer.Option("-k", min=1, max=100, help="How many passages.")] = 10,
    market: Markets = None,
    area: Areas = None,
    as_json: Json = False,
) -> None:
    """Show the passages that are found for a query, and why."""
    filters = _filters(market, area)
    with opened_app() as opened:
        hits = opened.search.find(
            query, language=recognise_language(query), today=date.today(), filters=filters, limit=k
        ).hits
    rows = hits_json(hits, Reader.STAFF)
    if as_json:
        print(as_text(rows))
        return
    for row in rows:
        print(
            f"{row['rank']:>2}  {row['score']:.3f}  {row['title']} › {row['section']}  {row['ranks']}\n{row['text']}\n"
        )


def _filters(markets: list[str] | None, areas: list[str] | None) -> Filters:
    terms = vocabulary()
    return Filters(
        markets=frozenset(terms.market(code).code for code in markets or ()),
        areas=frozenset(terms.area(code).code for code in areas or ()),
    )
