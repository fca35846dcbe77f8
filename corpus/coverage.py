"""What the shipped library covers, as a Markdown table: `python -m corpus.coverage` writes it into its README."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from corpus.documents import Metadata
from corpus.release import LIBRARY, read_library
from corpus.vocabulary import Vocabulary, vocabulary

_HEADING = "## What the library covers\n"


def coverage_table(documents: Iterable[Metadata], words: Vocabulary) -> str:
    """Topics by markets: how many documents, and with a letter each the areas that they name.

    A document about all markets counts in the last column; one about all areas names none.
    """
    letters = {code: term.names["en"][0].upper() for code, term in words.areas.items()}
    markets = [*words.markets, ""]
    cells: dict[tuple[str, str], list[Metadata]] = {}
    for document in documents:
        for topic in document.topics:
            for market in document.markets or {""}:
                cells.setdefault((topic, market), []).append(document)
    key = ", ".join(f"{letter} {words.areas[code].names['en']}" for code, letter in letters.items())
    titles = [words.markets[market].names["en"] if market else "all markets" for market in markets]
    rows = [
        f"Documents a topic and market, with the areas that they name: {key}.",
        "",
        f"| topic | {' | '.join(titles)} |",
        f"|---|{'---|' * len(markets)}",
    ]
    for topic, term in words.topics.items():
        shown = []
        for market in markets:
            filed = cells.get((topic, market), [])
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
