"""Documents whose title, text, publisher and source would act on a page, were they taken for markup."""

from __future__ import annotations

from datetime import date

from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Metadata, Section, Source, Stage, Version, digest
from corpus.passages import split

# What is planted in a page to be run must not stand there, nor whatever could bring it in.
FOREIGN = (
    "script, img, iframe, svg, style, base, meta, object, embed, link, math, [onerror], [onload], [onfocus], [style]"
)


def plant(
    catalogue: Catalogue, document_id: str, title: str, text: str, payload: str, *, market: str = "japan"
) -> None:
    """Publish a document that has the payload wherever a document has text."""
    title, text = f"{title} {payload}", f"{text.rstrip('.')} {payload}."
    metadata = Metadata(
        title=title,
        kind="guidance-summary",
        language="en",
        publisher=payload,
        published_on=date(2026, 11, 22),
        facts_as_of="2026-11",
        review_by=date(2027, 5, 11),
        markets=frozenset({market}),
        sources=(Source("law", payload, payload, "2025", "javascript:window.__pwned=1"),),
    )
    version = Version(document_id, 1, metadata, text, digest(text))
    passages = split(version, [Section(title, text)])
    catalogue.add_version(version, passages, origin="x", stage=Stage.PUBLISHED, who="x", why="")
