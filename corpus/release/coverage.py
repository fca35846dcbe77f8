"""What the shipped library covers, as tables: `python -m corpus.release.coverage` writes it into its README."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from corpus.documents import Metadata, Version
from corpus.passages import split_markdown
from corpus.release.release import LIBRARY, Shipped, read_library
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


def units_table(library: Iterable[Shipped], terms: Vocabulary) -> str:
    """Units by market, kind of product and aspect, and the share of cited paragraphs with an official source.

    A unit counts under every market of its document; one about all kinds of product counts in the row of all alone.
    """
    markets = [*terms.markets, ""]
    units: Counter[tuple[str, str]] = Counter()
    official: Counter[tuple[str, bool]] = Counter()
    for shipped in library:
        kinds = {source.key: source.kind for source in shipped.metadata.sources}
        version = Version(shipped.id, 1, shipped.metadata, shipped.body, "")
        marks = [mark for passage in split_markdown(version) for mark in passage.marks]
        for market in shipped.metadata.markets or {""}:
            for unit in shipped.metadata.units:
                units.update((row, market) for row in {"", *unit.products, *unit.aspects})
            official.update((market, any(kinds[key] in terms.official_kinds for key in mark.keys)) for mark in marks)
    named = {"": "all"} | {code: term.names["en"] for code, term in {**terms.products, **terms.aspects}.items()}
    rows = [[name, *(str(units[code, market] or "") for market in markets)] for code, name in named.items()]
    shares = [official[market, True] / max(official[market, True] + official[market, False], 1) for market in markets]
    titles = [terms.markets[market].names["en"] if market else "all markets" for market in markets]
    table = [["units", *titles], ["---"] * (len(markets) + 1), *rows]
    table.append(["paragraphs with an official source", *(f"{share:.0%}" for share in shares)])
    return "Units of answer, by what they are about:\n\n" + "".join(f"| {' | '.join(row)} |\n" for row in table)


def library_tables(library: Sequence[Shipped], terms: Vocabulary) -> str:
    """Both tables, of documents and of units."""
    return f"{coverage_table((shipped.metadata for shipped in library), terms)}\n{units_table(library, terms)}"


def with_coverage(readme: str, table: str) -> str:
    """The README with its tables made anew; the section is the last one."""
    return readme.split(_HEADING)[0].rstrip() + f"\n\n{_HEADING}{table}"


def main() -> None:
    """Write the tables."""
    path = Path(LIBRARY) / "README.md"
    table = library_tables(read_library(LIBRARY), vocabulary())
    path.write_text(with_coverage(path.read_text("utf-8"), table), "utf-8")


if __name__ == "__main__":
    main()
