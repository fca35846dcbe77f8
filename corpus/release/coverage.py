"""What the shipped library covers, as a table: `python -m corpus.release.coverage` writes it into its README."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from corpus.documents import Metadata
from corpus.release.release import LIBRARY, read_library
from corpus.vocabulary import Vocabulary, vocabulary

_HEADING = "## What the library covers\n"


Filed = TypeVar("Filed")


def cells(documents: Iterable[tuple[Filed, Metadata]]) -> dict[tuple[str, str], list[Filed]]:
    """What is filed under each topic and market; a document about all markets, or none of the topics, under ''."""
    found: dict[tuple[str, str], list[Filed]] = {}
    for filed, metadata in documents:
        for topic in metadata.topics or {""}:
            for market in metadata.markets or {""}:
                found.setdefault((topic, market), []).append(filed)
    return found


def coverage_table(documents: Iterable[Metadata], terms: Vocabulary) -> str:
    """Topics by markets: how many documents, and with a letter each the areas that they name.

    A document about all markets counts in the last column; one about all areas names none.
    """
    letters = {code: term.names["en"][0].upper() for code, term in terms.areas.items()}
    markets = [*terms.markets, ""]
    covered = cells((document, document) for document in documents)
    key = ", ".join(f"{letter} {terms.areas[code].names['en']}" for code, letter in letters.items())
    titles = [terms.markets[market].names["en"] if market else "all markets" for market in markets]
    rows = [
        f"Documents a topic and market, with the areas that they name: {key}.",
        "",
        f"| topic | {' | '.join(titles)} |",
        f"|---|{'---|' * len(markets)}",
    ]
    for topic, term in terms.topics.items():
        shown = []
        for market in markets:
            filed = covered.get((topic, market), [])
            areas = sorted({letters[area] for document in filed for area in document.areas})
            shown.append(f"{len(filed)} {''.join(areas)}".strip() if filed else "")
        rows.append(f"| {term.names['en']} | {' | '.join(shown)} |")
    return "\n".join(rows) + "\n"


def with_coverage(readme: str, table: str) -> str:
    """The README with its table made anew; the section is the last one."""
    return readme.split(_HEADING)[0].rstrip() + f"\n\n{_HEADING}{table}"


def main() -> None:
    """Write the table."""
    path = Path(LIBRARY) / "README.md"
    table = coverage_table((shipped.metadata for shipped in read_library(LIBRARY)), vocabulary())
    path.write_text(with_coverage(path.read_text("utf-8"), table), "utf-8")


if __name__ == "__main__":
    main()
