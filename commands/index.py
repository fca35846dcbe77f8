"""The commands on the index: `market-entry index ...`."""

from __future__ import annotations

import typer

from assistant.app import SHIPPED_VECTORS
from commands.terminal import Json, as_text, counting, opened_app
from corpus.errors import KnownError
from index.build import indexed, indexed_text, sentences

app = typer.Typer(no_args_is_help=True, help="The index that searches them.")


@app.command("status")
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


@app.command("build")
def index_build() -> None:
    """Build the index of what is published now."""
    with opened_app(make_ready=False) as opened:
        opened.upkeep.follow(counting("texts embedded"))
        manifest = opened.index.current().manifest
    print(f"{manifest.name}: {manifest.passages} passages")


@app.command("verify")
def index_verify() -> None:
    """Compare the index with the catalogue."""
    with opened_app(make_ready=False) as opened:
        problems = opened.upkeep.problems()
    for problem in problems:
        print(problem)
    if problems:
        raise KnownError("The index does not match the catalogue; run `market-entry index build`.")
    print("The index matches the catalogue.")


@app.command("vectors")
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
