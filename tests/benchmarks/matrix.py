"""What it costs, and how long it takes, to register a medical device: eight markets, in ten languages.

`python -m tests.benchmarks.matrix [--json]` asks the 160 questions of `matrix.toml` of the shipped library. One is
right where the answer opens, under a tick, with a section on that market that tells of the cost or the time of devices;
where the library has no such section, every answer without a tick is. What was answered otherwise is printed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.answers import Answer
from assistant.app import App, open_app
from assistant.settings import Settings
from assistant.understand.questions import Question
from corpus.documents import Document, Stage
from corpus.units import Unit

QUESTIONS = Path(__file__).with_name("matrix.toml")
AIM = 0.95
_ASPECTS = ("cost", "time")
_PRODUCT = "devices"


@dataclass(frozen=True)
class Cell:
    """A question of the matrix with its answer; `told` is what the section that the answer opens with tells."""

    language: str
    market: str
    aspect: str
    question: str
    answer: Answer
    told: frozenset[str]
    known: bool

    @property
    def ticked(self) -> bool:
        """Whether it counts as answered."""
        return bool(self.answer.claims)

    @property
    def right(self) -> bool:
        """Whether it is answered by what tells it, or shown without a tick where nothing does."""
        if not self.ticked:
            return not self.known
        opening = self.answer.claims[0].citations[0].document
        return self.aspect in self.told and opening.metadata.markets == {self.market}


def cells(app: App) -> Iterator[Cell]:
    """All questions, asked of an installation with the shipped library."""
    documents = app.catalogue.documents(Stage.PUBLISHED)
    units = [(document, unit) for document in documents for unit in document.metadata.units]
    known = {(market, aspect) for document, unit in units for market, aspect in _tells(document, unit)}
    by_answer = {text: unit for _, unit in units for text in unit.answer.values()}
    for language, words in tomllib.loads(QUESTIONS.read_text("utf-8")).items():
        asked = {aspect: words.pop(aspect) for aspect in _ASPECTS}
        for market, into in words.items():
            for aspect, question in asked.items():
                text = question.format(into=into)
                answer = app.assistant.answer(Question(text, may_ask_back=False))
                opening = by_answer.get(answer.claims[0].text) if answer.claims else None
                told = frozenset(opening.aspects) if opening else frozenset()
                yield Cell(language, market, aspect, text, answer, told, (market, aspect) in known)


def _tells(document: Document, unit: Unit) -> Iterator[tuple[str, str]]:
    """The cells that a unit could fill: it is mainly about that aspect of devices, in one market."""
    markets = document.metadata.markets
    if len(markets) == 1 and _PRODUCT in unit.products and unit.aspects and not unit.unknown:
        yield from ((market, aspect) for market in markets for aspect in _ASPECTS if aspect == unit.aspects[0])


def main() -> None:
    """Print the share of right ones and the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    with tempfile.TemporaryDirectory() as home:
        app = open_app(Settings(home=Path(home)))
        app.upkeep.build()
        made = list(cells(app))
        app.close()
    known = [cell for cell in made if cell.known]
    share = sum(cell.right for cell in known) / len(known)
    others = [cell for cell in made if not cell.known]
    figures = {
        "questions": len(made),
        "known": len(known),
        "right": round(share, 3),
        "unknown_without_tick": sum(cell.right for cell in others),
        "unknown": len(others),
    }
    if as_json:
        print(json.dumps(figures, indent=1))
        return
    print(f"{share:.3f} of {len(known)} that the library has are right (aim {AIM}); ", end="")
    print(f"{figures['unknown_without_tick']} of {len(others)} others have no tick")
    for cell in made:
        if not cell.right:
            opening = cell.answer.claims[0].text if cell.ticked else "no tick"
            print(f"  {cell.language} {cell.market} {cell.aspect}: {opening}")


if __name__ == "__main__":
    main()
