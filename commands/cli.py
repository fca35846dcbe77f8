"""The command line: parse, call, print. Every foreseen failure is one sentence on stderr and a non-zero exit."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from assistant.answers import Answer, to_json
from assistant.app import SHIPPED_VECTORS
from assistant.evaluation.evaluate import evaluate, read_questions
from assistant.evaluation.results import read_results, results_file
from assistant.evaluation.runs import compare, summarise
from assistant.language.phrasing import recognise_language
from assistant.settings import read_settings
from assistant.texts import say
from assistant.understand.questions import Question
from commands import accounts, corpus, handoffs
from commands.journal import digest_command, gaps_app, report_command
from commands.markets import compare_command, plan_command
from commands.operate import backup_command, doctor_command, restore_command
from commands.personal_data import erase_command, personal_data_command, retention_command
from commands.run_report import readable, readable_comparison
from commands.terminal import Json, as_text, counting, known_language, notice, opened_app
from corpus.errors import KnownError
from corpus.vocabulary import vocabulary
from index.build import indexed, indexed_text, sentences
from index.search import Filters

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
index_app = typer.Typer(no_args_is_help=True, help="The index that searches them.")
app.add_typer(corpus.app, name="corpus")
app.add_typer(index_app, name="index")
app.add_typer(accounts.app, name="accounts")
app.add_typer(gaps_app, name="gaps")
app.add_typer(handoffs.app, name="handoffs")
app.command("compare")(compare_command)
app.command("plan")(plan_command)
app.command("report")(report_command)
app.command("retention")(retention_command)
app.command("erase")(erase_command)
app.command("personal-data")(personal_data_command)
app.command("digest")(digest_command)
app.command("backup")(backup_command)
app.command("restore")(restore_command)
app.command("doctor")(doctor_command)

Markets = Annotated[list[str] | None, typer.Option("--market", help="Only this market; may be repeated.")]
Areas = Annotated[list[str] | None, typer.Option("--area", help="Only this area; may be repeated.")]


def main() -> None:
    """The entry point of `market-entry`."""
    try:
        app()
    except KnownError as error:
        print(f"market-entry: {error}", file=sys.stderr)
        sys.exit(1)


@app.callback()
def entry() -> None:
    """The conversational market-entry assistant of the bioXclusters alliance."""


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The port; 7860 unless set.")] = None,
) -> None:
    """Serve the chat."""
    settings = read_settings()
    from ui import serve as serve_page  # Gradio takes 6 s to import, and only this needs it

    serve_page(settings.model_copy(update={"port": port or settings.port}), notice=notice)


@app.command()
def ask(
    question: str,
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
    print(as_text(to_json(answer)) if as_json else _readable(answer))


@app.command()
def search(
    query: str,
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
    rows = [
        {
            "rank": rank,
            "score": round(hit.score, 4),
            "passage_id": hit.passage.id,
            "document_id": hit.document.id,
            "title": hit.document.metadata.title,
            "section": hit.passage.section,
            "page": hit.passage.page,
            "text": hit.passage.text,
            "ranks": dict(hit.ranks),
        }
        for rank, hit in enumerate(hits, start=1)
    ]
    if as_json:
        print(as_text(rows))
        return
    for row in rows:
        print(
            f"{row['rank']:>2}  {row['score']:.3f}  {row['title']} › {row['section']}  {row['ranks']}\n{row['text']}\n"
        )


@app.command("evaluate")
def evaluate_command(
    questions: Path,
    out: Annotated[Path, typer.Option(help="The results file; a run that was broken off goes on there.")],
    against: Annotated[Path | None, typer.Option(help="Earlier results: show which answers changed.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start the results file anew.")] = False,
    as_json: Json = False,
) -> None:
    """Run a JSONL file of questions, one result a line, and sum the results up."""
    asked = read_questions(questions)
    earlier = read_results(against) if against else []
    with opened_app() as opened, results_file(out, {one.id: one.digest for one in asked}, fresh=fresh) as results:
        _with_bar(evaluate(opened, asked, results), "questions", len(results.finished), len(asked))
    answers = read_results(out)
    summary = summarise(list(zip(asked, answers, strict=True)), read_settings().chat_prices)
    comparison = compare(asked, earlier, answers) if against else None
    if as_json:
        print(as_text({"summary": asdict(summary), "comparison": comparison and asdict(comparison)}))
        return
    print(readable(summary))
    if comparison:
        print(f"\n{readable_comparison(comparison, str(against))}")


@index_app.command("status")
def index_status(as_json: Json = False) -> None:
    """Say what the current index was made from, and whether it is up to date."""
    with opened_app(make_ready=False) as opened:
        manifest = opened.index.manifest()
        current = manifest is not None and opened.index.up_to_date(opened.catalogue.position)
    fields = {} if manifest is None else vars(manifest)
    if as_json:
        print(as_text(fields | {"up_to_date": current}))
        return
    for name, value in fields.items():
        print(f"{name:<11} {value}")
    print("up to date" if current else "out of date; run `market-entry index build`")


@index_app.command("build")
def index_build() -> None:
    """Build the index of what is published now."""
    with opened_app(make_ready=False) as opened:
        opened.follow(counting("texts embedded"))
        manifest = opened.index.current().manifest
    print(f"{manifest.name}: {manifest.passages} passages")


@index_app.command("verify")
def index_verify() -> None:
    """Compare the index with the catalogue."""
    with opened_app(make_ready=False) as opened:
        problems = opened.problems_of_index()
    for problem in problems:
        print(problem)
    if problems:
        raise KnownError("The index does not match the catalogue; run `market-entry index build`.")
    print("The index matches the catalogue.")


@index_app.command("vectors")
def index_vectors() -> None:
    """Write the vectors that ship with the library, after its texts have changed."""
    with opened_app(make_ready=False) as opened:
        passages = [
            indexed_text(passage, document)
            for passage, document in opened.catalogue.published()
            if indexed(passage, document)
        ]
        texts = [*passages, *sentences(opened.catalogue)]
        opened.cache.embed(texts, counting("texts embedded"))
        count = opened.cache.export(SHIPPED_VECTORS, texts)
    print(f"{count} vectors in {SHIPPED_VECTORS}")


def _with_bar(steps: Iterable[None], what: str, done: int, total: int) -> None:
    """Take all steps, under a progress bar on stderr where a person is looking at it."""
    stderr = Console(stderr=True)
    for _ in track(steps, what, total=total, completed=done, console=stderr, disable=not stderr.is_terminal):
        pass


def _filters(markets: list[str] | None, areas: list[str] | None) -> Filters:
    words = vocabulary()
    return Filters(
        markets=frozenset(words.market(code).code for code in markets or ()),
        areas=frozenset(words.area(code).code for code in areas or ()),
    )


def _readable(answer: Answer) -> str:
    lines = [answer.notice] if answer.notice else []
    lines += [*_contacts(answer), ""] if answer.claims and answer.asks_whom else []
    lines += [] if answer.claims else [answer.text]
    for claim in answer.claims:
        numbers = "".join(f"[{citation.n}]" for citation in claim.citations)
        lines.append(f"{claim.text} {numbers}")
    if answer.missing:
        lines += [f"\n{say(answer.language, 'missing')}", *(f"- {part}" for part in answer.missing)]
    if answer.clarification:
        choices = ", ".join(answer.clarification.choices)
        lines.append(f"\n{answer.clarification.question} ({choices})")
    if answer.nearest:
        lines.append(f"\n{say(answer.language, 'nearest')}")
        lines += [f"{claim.text} [{claim.citations[0].n}]" for claim in answer.nearest]
    if answer.citations:
        lines.append(f"\n{say(answer.language, 'sources')}")
    for citation in answer.citations:
        metadata = citation.document.metadata
        lines.append(f"[{citation.n}] {metadata.title} › {citation.section} ({metadata.facts_as_of})")
        lines += [f"    {source.title}, {source.publisher}, {source.date}: {source.url}" for source in citation.sources]
    lines += [] if answer.claims else ["", *_contacts(answer)]
    return "\n".join(lines)


def _contacts(answer: Answer) -> list[str]:
    told = (
        f"{contact.name}, {contact.region[answer.language]}: {contact.url} ({contact.reason})"
        for contact in answer.contacts
    )
    return [say(answer.language, "contacts"), *told]


if __name__ == "__main__":
    main()
