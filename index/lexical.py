"""The lexical index: an SQLite FTS5 file that holds tokens only, written once and then only read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from index.analysis import tokens


def write(path: Path, passages: Iterable[tuple[str, str, str]]) -> None:
    """Write an index of (passage id, text, language) to a new file."""
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE ids (id TEXT NOT NULL)")
        connection.execute("CREATE VIRTUAL TABLE passages USING fts5(tokens, content='', tokenize='unicode61')")
        for row, (passage_id, text, language) in enumerate(passages, start=1):
            connection.execute("INSERT INTO ids (rowid, id) VALUES (?, ?)", (row, passage_id))
            connection.execute(
                "INSERT INTO passages (rowid, tokens) VALUES (?, ?)", (row, " ".join(tokens(text, language)))
            )
    connection.execute("VACUUM")
    connection.close()


class Lexical:
    """An index opened for reading; any number of threads and processes may do so."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def nearest(self, question: str, language: str, limit: int) -> list[tuple[str, float]]:
        """Passage ids with their BM25 score (greater is better), best first; any shared token makes a match."""
        wanted = dict.fromkeys(tokens(question, language))
        if not wanted:
            return []
        query = " OR ".join(f'"{token}"' for token in wanted)  # quoted: raw words are syntax to FTS5
        rows = self._connection.execute(
            "SELECT ids.id, -bm25(passages) FROM passages JOIN ids ON ids.rowid = passages.rowid"
            " WHERE passages MATCH ? ORDER BY bm25(passages) LIMIT ?",
            (query, limit),
        )
        return [(str(passage_id), float(score)) for passage_id, score in rows]

    def ids(self) -> set[str]:
        """The ids of all passages in the index."""
        return {str(row[0]) for row in self._connection.execute("SELECT id FROM ids")}
