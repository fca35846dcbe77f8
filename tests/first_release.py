"""A catalogue as the first release made it, without Alembic's own table."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

_FIRST = """
CREATE TABLE documents (id VARCHAR NOT NULL, origin VARCHAR NOT NULL, stage VARCHAR NOT NULL,
    version INTEGER NOT NULL, PRIMARY KEY (id));
CREATE TABLE moves (id INTEGER NOT NULL, document_id VARCHAR NOT NULL, version INTEGER NOT NULL, from_stage VARCHAR,
    to_stage VARCHAR NOT NULL, who VARCHAR NOT NULL, at VARCHAR NOT NULL, why TEXT NOT NULL, PRIMARY KEY (id));
CREATE INDEX ix_moves_document_id ON moves (document_id);
CREATE TABLE notes (name VARCHAR NOT NULL, value VARCHAR NOT NULL, PRIMARY KEY (name));
CREATE TABLE versions (document_id VARCHAR NOT NULL, number INTEGER NOT NULL, metadata TEXT NOT NULL,
    body TEXT NOT NULL, digest VARCHAR NOT NULL, added_at VARCHAR NOT NULL, added_by VARCHAR NOT NULL,
    PRIMARY KEY (document_id, number), FOREIGN KEY(document_id) REFERENCES documents (id));
CREATE TABLE passages (id VARCHAR NOT NULL, document_id VARCHAR NOT NULL, version INTEGER NOT NULL,
    ordinal INTEGER NOT NULL, section VARCHAR NOT NULL, page INTEGER, language VARCHAR NOT NULL, text TEXT NOT NULL,
    marks TEXT NOT NULL, PRIMARY KEY (id),
    FOREIGN KEY(document_id, version) REFERENCES versions (document_id, number));
CREATE INDEX ix_passages_document_id ON passages (document_id);
"""
_METADATA = (
    '{"title": "Devices", "kind": "guidance-summary", "language": "en", "publisher": "P", "published_on": "2026-11-20",'
    ' "facts_as_of": "2026-05", "review_by": "2027-05-11", "markets": ["japan"], "areas": [], "topics": [],'
    ' "access": "public", "reuse": "quote", "expires_on": null, "summary": {"en": "S."}, "summary_hash": "",'
    ' "sources": [{"key": "law", "title": "L", "publisher": "M", "date": "2025", "url": "https://example.org"}]}'
)


def write_first_catalogue(path: Path) -> None:
    """A file with two documents: `a`, published with a version before, and `b`, withdrawn."""
    with closing(sqlite3.connect(path)) as old, old:
        old.executescript(_FIRST)
        old.execute("INSERT INTO documents VALUES ('a', 'library/a.md', 'published', 2), ('b', 'x', 'withdrawn', 1)")
        for key, number in (("a", 1), ("a", 2), ("b", 1)):
            row = (key, number, _METADATA, f"body {number}", f"digest {number}", "2026-01-01T00:00:00+00:00", "release")
            old.execute("INSERT INTO versions VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            passage = (f"{key}@{number}#0", key, number, 0, "S", None, "en", f"text {number}", '[[4, ["law"]]]')
            old.execute("INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", passage)
        old.executemany(
            "INSERT INTO moves (document_id, version, from_stage, to_stage, who, at, why) VALUES (?,?,?,?,?,?,?)",
            [
                ("a", 1, None, "published", "release", "2026-01-01", "shipped"),
                ("b", 1, None, "published", "release", "2026-01-01", "shipped"),
                ("a", 2, "published", "published", "release", "2026-02-01", "shipped"),
                ("b", 1, "published", "withdrawn", "ana", "2026-03-01", "wrong"),
            ],
        )
        old.execute("INSERT INTO notes VALUES ('position', '7')")
