"""Documents as files: what is written is what was read."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corpus.documents import Access, Metadata, Reuse, Source
from corpus.front_matter import parse, render
from corpus.release.release import Shipped
from corpus.units import Unit

_TEXT = st.text(max_size=40)
_CODES = st.frozensets(st.from_regex(r"[a-z]{1,8}(-[a-z]{1,8})?", fullmatch=True), max_size=3)
_DAYS = st.dates(date(1990, 1, 1), date(2100, 1, 1))
_SOURCES = st.builds(
    Source,
    key=_TEXT,
    title=_TEXT,
    publisher=_TEXT,
    date=st.sampled_from(["2025", "2025-03", "2025-03-18", "undated"]),
    url=_TEXT,
    kind=st.sampled_from(["", "law"]),
)
_LINE = st.text(st.characters(codec="utf-8", exclude_characters="\t\r\n "), max_size=20)
_TEXTS = st.dictionaries(st.sampled_from(["en", "no", "on", "ja"]), _LINE, max_size=3)
_UNITS = st.builds(
    Unit,
    section=_TEXT,
    answer=_TEXTS,
    question=_TEXTS,
    also_asked=st.lists(_TEXT, max_size=2).map(tuple),
    products=st.sampled_from([(), ("devices",)]),
    aspects=st.sampled_from([("cost",), ("time", "route")]),
    row=_TEXTS,
    unknown=st.booleans(),
    hash=st.sampled_from(["", "0123456789ab"]),
    points=st.dictionaries(st.sampled_from(["en", "no", "ja"]), st.lists(_LINE, min_size=1, max_size=2).map(tuple)),
)
_METADATA = st.builds(
    Metadata,
    title=_TEXT,
    kind=_TEXT,
    language=_TEXT,
    publisher=_TEXT,
    published_on=_DAYS,
    facts_as_of=st.from_regex(r"20[0-9]{2}-(0[1-9]|1[0-2])", fullmatch=True),
    review_by=_DAYS,
    markets=_CODES,
    areas=_CODES,
    topics=_CODES,
    access=st.sampled_from(Access),
    reuse=st.sampled_from(Reuse),
    expires_on=st.none() | _DAYS,
    summary=st.dictionaries(st.sampled_from(["en", "ca", "no", "on"]), _TEXT),
    summary_hash=st.from_regex(r"[0-9a-f]{12}|", fullmatch=True),
    sources=st.lists(_SOURCES, max_size=3).map(tuple),
    units=st.lists(_UNITS, max_size=2).map(tuple),
    recognised=st.sampled_from([0, 93]),
)


@example(
    Metadata("\x85", "law-summary", "en", "\u2028", date(2026, 1, 1), "2026-01", date(2027, 1, 1)),
    "",
)
@example(
    Metadata("t", "law-summary", "en", "p", date(2026, 1, 1), "2026-01", date(2027, 1, 1)),
    "Ends with what looks like units.\n```units\n- section\n```\n",
)
@given(_METADATA, st.text())
def test_a_document_is_read_as_it_was_written(metadata: Metadata, body: str) -> None:
    assert parse(render(metadata, body), "d") == (metadata, body)


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=pytest.mark.long)])
def test_every_shipped_document_is_read_as_it_would_be_written(read_once: list[Shipped], every: int) -> None:
    for shipped in read_once[::every]:
        assert parse(render(shipped.metadata, shipped.body), shipped.id) == (shipped.metadata, shipped.body)
