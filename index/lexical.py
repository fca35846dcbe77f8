"""The lexical index: an SQLite FTS5 file that holds tokens only, written once and then only read."""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from index.analysis import named_tokens

_COMMON = 0.2  # a token in more than this share of the passages tells none of them apart
_SCORED = 8_000  # passages scored for a question at most, with repeats
_LEAST_INFORMATION = 1.0  # of a question of common words only
_SHORTEST_NAME = 5  # letters; a shorter name with a typo could be anything


def write(path: Path, passages: Iterable[tuple[str, str, str]]) -> None:
    """Write an index of (passage id, text, language) to a new file."""
    connection = sqlite3.connect(path)
    names: set[str] = set()
    languages: set[str] = set()
    counts: Counter[str] = Counter()
    with connection:
        connection.execute("CREATE TABLE ids (id TEXT NOT NULL)")
        connection.execute("CREATE TABLE languages (language TEXT NOT NULL)")
        connection.execute("CREATE TABLE spellings (spelling TEXT NOT NULL, name TEXT NOT NULL)")
        connection.execute("CREATE VIRTUAL TABLE passages USING fts5(tokens, content='', tokenize='unicode61')")
        connection.execute("CREATE TABLE counts (token TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID")
        for row, (passage_id, text, language) in enumerate(passages, start=1):
            found = list(named_tokens(text, language))
            names.update(token for token, name in found if name and len(token) >= _SHORTEST_NAME)
            languages.add(language)
            counts.update({token for token, _ in found})
            connection.execute("INSERT INTO ids (rowid, id) VALUES (?, ?)", (row, passage_id))
            connection.execute(
                "INSERT INTO passages (rowid, tokens) VALUES (?, ?)", (row, " ".join(token for token, _ in found))
            )
        connection.executemany("INSERT INTO counts VALUES (?, ?)", sorted(counts.items()))
        connection.executemany("INSERT INTO languages VALUES (?)", ((language,) for language in sorted(languages)))
        connection.executemany(
            "INSERT INTO spellings VALUES (?, ?)",
            ((spelling, name) for name in sorted(names) for spelling in _spellings(name)),
        )
        connection.execute("CREATE INDEX by_spelling ON spellings (spelling)")
    connection.execute("INSERT INTO passages(passages) VALUES ('optimize')")
    connection.commit()
    connection.execute("VACUUM")
    connection.close()


class Lexical:
    """An index opened for reading; any number of threads and processes may do so."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        self._connection.execute("PRAGMA mmap_size = 1073741824")  # reading by the page costs more than scoring
        self._languages = [str(row[0]) for row in self._connection.execute("SELECT language FROM languages")]
        self.count = int(self._connection.execute("SELECT count(*) FROM ids").fetchone()[0])
        self._common = _COMMON * self.count

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def nearest(self, question: str, limit: int) -> list[tuple[str, float]]:
        """Passage ids with how much their words overlap with the question's, best first; any shared token is a match.

        The overlap is BM25 by the square root of the most that the question's words could give: chance matches of a
        long question grow with that root, as sums of chances do. About 7 where a short passage holds all of eight
        words, little where only a name is shared with a question in another language. The question is read by the
        rules of every language that the index holds: a name or a code is found in whatever language it is asked for.
        """
        readings = [self._read(question, language) for language in self._languages]
        wanted = self._affordable({token for reading in readings for token in self._worth_looking_for(reading)})
        if not wanted:
            return []
        most = max(min(self._information(reading) for reading in readings), _LEAST_INFORMATION)
        query = " OR ".join(f'"{token}"' for token in wanted)  # quoted: raw words are syntax to FTS5
        rows = self._connection.execute(
            "SELECT ids.id, -bm25(passages) FROM passages JOIN ids ON ids.rowid = passages.rowid"
            " WHERE passages MATCH ? ORDER BY rank LIMIT ?",
            (query, limit),
        )
        return [(str(passage_id), float(score) / math.sqrt(most)) for passage_id, score in rows]

    def ids(self) -> set[str]:
        """The ids of all passages in the index."""
        return {str(row[0]) for row in self._connection.execute("SELECT id FROM ids")}

    def _read(self, question: str, language: str) -> dict[str, tuple[int, bool]]:
        """The question's tokens by one language's rules: in how many passages each stands, whether it is a name."""
        found: dict[str, tuple[int, bool]] = {}
        for token, name in named_tokens(question, language):
            if token not in found:
                found[token] = (self._count(token), name)
        return found

    def _worth_looking_for(self, reading: dict[str, tuple[int, bool]]) -> list[str]:
        """Tokens that the index knows and that are not common; names that it does not know, put right."""
        wanted = [token for token, (count, _) in reading.items() if 0 < count <= self._common]
        for token, (count, name) in reading.items():
            if name and not count and len(token) >= _SHORTEST_NAME:
                wanted += self._names_like(token)
        return wanted or [token for token, (count, _) in reading.items() if count]

    def _affordable(self, tokens: set[str]) -> list[str]:
        """The rarest tokens whose passages together are few enough to be scored at once."""
        counted = sorted((self._count(token), token) for token in tokens)
        total = 0
        affordable: list[str] = []
        for count, token in counted:
            total += count
            if total > _SCORED:
                break
            affordable.append(token)
        return affordable

    def _information(self, reading: dict[str, tuple[int, bool]]) -> float:
        """What the tokens that are not common tell, as BM25 weighs them; an unknown one tells most."""
        return sum(
            math.log((self.count - count + 0.5) / (count + 0.5))
            for count, _ in reading.values()
            if count <= self._common
        )

    def _count(self, token: str) -> int:
        row = self._connection.execute("SELECT passages FROM counts WHERE token = ?", (token,)).fetchone()
        return int(row[0]) if row else 0

    def _names_like(self, token: str) -> set[str]:
        """Names of the index that one letter left out, added, changed or moved makes of a token."""
        spellings = list(_spellings(token))
        marks = ",".join("?" * len(spellings))
        rows = self._connection.execute(f"SELECT name FROM spellings WHERE spelling IN ({marks})", spellings)  # noqa: S608
        return {str(row[0]) for row in rows}


def _spellings(name: str) -> Iterator[str]:
    """A name, and the name without each one of its letters; two names one slip apart share one of these."""
    yield name
    yield from {name[:at] + name[at + 1 :] for at in range(len(name))}
