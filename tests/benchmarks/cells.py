"""What comparisons and plans fill of what the research behind the library could fill.

`python -m tests.benchmarks.cells [--json]` makes the comparisons of `cells.toml`, and a plan for each of its markets
and kinds of product. It prints the share of their fillable cells that are filled (aim .98), the cells that stay empty
and those that are filled beyond it, and every claim that is not cited word for word, whose figures do not stand in its
quotes, or that is about another market or kind of product (aim: none).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from assistant.answers import Claim
from assistant.app import App, open_app
from assistant.find.sections import with_parents
from assistant.market.comparison import ASKED, compare
from assistant.market.plan import plan
from assistant.settings import Settings
from assistant.understand.questions import Profile, Question
from corpus.documents import Reader
from corpus.release.unit_checks import numbers_of

REQUESTS = Path(__file__).with_name("cells.toml")
AIM = 0.98


@dataclass(frozen=True)
class Filled:
    """One cell of a comparison, or one fact of a plan."""

    request: str
    market: str
    product: str
    aspect: str
    claims: tuple[Claim, ...]

    @property
    def fillable(self) -> bool:
        """Whether the research could fill it."""
        known = _table()["fillable"][self.market]
        return self.aspect in f"{known['general']} {known[self.product]}".split()

    @property
    def name(self) -> str:
        """How it is called in a list."""
        return f"{self.market}/{self.product}/{self.aspect}"


@dataclass(frozen=True)
class Figures:
    """What the requests gave; names of cells are markets, products and aspects."""

    requests: int
    fillable: int
    filled: int
    share: float
    empty: tuple[str, ...]
    beyond: tuple[str, ...]
    claims: int
    unsupported: tuple[str, ...]
    astray: tuple[str, ...]


def cells(app: App, every: int = 1) -> Iterator[Filled]:
    """The cells of all requests, or of one in so many; the row of a comparison's question has the aspect `ASKED`."""
    for row in _table()["comparisons"][::every]:
        question = Question(row["question"], profile=Profile(product=row["product"]))
        for line in compare(question, row["markets"], app.fact_writer(), app.vocabulary).rows:
            for cell in line.cells:
                yield Filled(row["question"], cell.market, row["product"], line.aspect, cell.claims)
    for market, product in _plans()[::every]:
        profile = Profile(product=product, markets=frozenset({market}))
        made = plan(profile, "en", app.fact_writer(), app.vocabulary, reader=Reader.ANYONE, today=date.today())
        for step in made.steps:
            for fact in step.facts:
                yield Filled("plan", market, product, fact.aspect, fact.claims)
        yield Filled("plan", market, product, "risks", made.risks)


def _plans() -> list[tuple[str, str]]:
    fillable = _table()["fillable"]
    return [(market, product) for market, known in fillable.items() for product in known if product != "general"]


def unsupported(app: App, claim: Claim) -> str:
    """What is wrong with a claim; an empty text where it is cited word for word, its figures in quote or heading."""
    quotes = [citation.quote for citation in claim.citations]
    for citation in claim.citations:
        passages = app.catalogue.passages_of(citation.document.id, citation.document.version.number)
        if not any(citation.quote in passage.text for passage in passages):
            return f"not word for word: {citation.quote}"
    read = " ".join([*quotes, *(citation.section for citation in claim.citations)])  # a law's number may head a section
    strange = sorted(set(numbers_of(claim.text)) - set(numbers_of(read)))
    return f"{', '.join(strange)} not in the quotes of: {claim.text}" if strange or not quotes else ""


def astray(cell: Filled, claim: Claim) -> bool:
    """Whether a claim is about another market, or about another kind of product in what differs between kinds."""
    for citation in claim.citations:
        metadata = citation.document.metadata
        unit = metadata.unit(citation.section)
        products = set(unit.products if unit else ())
        same = cell.aspect in _table()["fillable"][cell.market]["general"].split()
        if metadata.markets and cell.market not in metadata.markets:
            return True
        if products and not same and not products & with_parents(frozenset({cell.product})):
            return True
    return False


def measure(app: App, every: int = 1) -> Figures:
    """The figures of an installation with the shipped library, from all requests or from one in so many."""
    made = list(cells(app, every))
    aspects = [cell for cell in made if cell.aspect != ASKED]
    fillable = [cell for cell in aspects if cell.fillable]
    filled = [cell for cell in fillable if cell.claims]
    claims = [claim for cell in made for claim in cell.claims]
    return Figures(
        requests=len(_table()["comparisons"][::every]) + len(_plans()[::every]),
        fillable=len(fillable),
        filled=len(filled),
        share=round(len(filled) / len(fillable), 3),
        empty=tuple(cell.name for cell in fillable if not cell.claims),
        beyond=tuple(cell.name for cell in aspects if cell.claims and not cell.fillable),
        claims=len(claims),
        unsupported=tuple(wrong for claim in claims if (wrong := unsupported(app, claim))),
        astray=tuple(f"{cell.name}: {claim.text}" for cell in aspects for claim in cell.claims if astray(cell, claim)),
    )


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(REQUESTS.read_text("utf-8"))
    return table


def main() -> None:
    """Measure in a home of its own, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", dest="as_json")
    as_json = parser.parse_args().as_json
    with tempfile.TemporaryDirectory() as home:
        app = open_app(Settings(home=Path(home)))
        app.upkeep.make_ready(lambda text: print(text, file=sys.stderr))
        found = measure(app)
        app.close()
    if as_json:
        print(json.dumps(asdict(found), indent=2))
        return
    print(f"{found.requests} requests: {found.filled} of {found.fillable} fillable cells filled, {found.share} ({AIM})")
    print(f"{found.claims} claims, {len(found.unsupported)} not supported", *found.unsupported, sep="\n  ")
    print(f"{len(found.astray)} about another market or product", *found.astray, sep="\n  ")
    print("empty:", *found.empty, sep="\n  ")
    print("filled beyond what was read in the research:", *found.beyond, sep="\n  ")


if __name__ == "__main__":
    main()
