"""A process that changes documents without pause and tells what it does, to be killed at any moment."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

from corpus.documents import Document, Passage, Section, Stage, Version
from corpus.intake import Intake, Said
from corpus.passages import split
from corpus.records import Upload
from index.removal import finish_purges, purge
from tests.conftest import TODAY, House, word_vectors

KEPT = ("japan/devices", "brazil/food")
TELLTALE = "quokka"  # stands in all that is purged


def work(folder: Path, seed: int, tell: Connection) -> None:
    """Do one thing after the other; before each, its word is told, and after it the word again."""
    house = House(folder, word_vectors())
    draw = random.Random(seed)  # noqa: S311 - no secret
    add(house, draw, f"{seed}-first")  # so that a kill falls into taking in, and not into its start of three seconds
    for number in range(10_000):
        word = f"{seed}-{number}"
        act = draw.choice(ACTS)
        tell.send(("begun", act.__name__, word))
        act(house, draw, word)
        tell.send(("done", act.__name__, word))


def revise(house: House, draw: random.Random, word: str) -> None:
    """A new draft, with an original."""
    newest = _newest(house, draw.choice(KEPT))
    version = replace(newest.version, body=f"body of {word}", digest=word)
    upload = Upload(f"{word}.txt", "text/plain", word.encode())
    house.catalogue.revise(
        version, _passages(version), began_from=newest.version.number, who="ana", why=word, upload=upload
    )


def move(house: House, draw: random.Random, word: str) -> None:
    """The next stage on the way to readers."""
    newest = _newest(house, draw.choice(KEPT))
    house.catalogue.move(newest.id, _ONWARD[newest.stage], who="ben", why=word, number=newest.version.number)


def still_valid(house: House, draw: random.Random, word: str) -> None:
    """A new date for all that is published."""
    published = [document.id for document in house.catalogue.documents(Stage.PUBLISHED) if document.id in KEPT]
    until = TODAY + timedelta(days=draw.randrange(1, 999))
    house.catalogue.still_valid(published, until=until, today=TODAY, who="ana", note=word)


def restore(house: House, draw: random.Random, word: str) -> None:
    """Any version once more."""
    newest = _newest(house, draw.choice(KEPT))
    number = draw.choice(house.catalogue.versions(newest.id)).version.number
    house.catalogue.restore(newest.id, number, began_from=newest.version.number, who="ana", why=word)


def add_and_purge(house: House, draw: random.Random, word: str) -> None:
    """A document that comes, is found, and goes for good."""
    metadata = house.catalogue.document(KEPT[0]).metadata
    version = Version(f"gone/{word}", 0, replace(metadata, title=f"{TELLTALE} {word}"), f"body of {word}", word)
    house.catalogue.add_version(
        version, _passages(version, TELLTALE), origin="test", stage=Stage.PUBLISHED, who="ana", why=f"added {word}"
    )
    if draw.random() < 0.5:
        house.index.build(house.catalogue, house.cache)
    purge(house.catalogue, [version.document_id], who="ana", why=word)
    finish_purges(house.catalogue, house.index, house.cache)


def add(house: House, draw: random.Random, word: str) -> None:  # noqa: ARG001 - one form for all acts
    """A file, and once more the one before, which a killed process may have left half taken in."""
    papers = house.folder / "papers"
    papers.mkdir(exist_ok=True)
    (papers / f"{word}.txt").write_text(paper(word), "utf-8")
    intake = Intake(house.catalogue, house.folder, who="ana", today=lambda: TODAY)
    for path in sorted(papers.iterdir(), key=lambda path: path.stat().st_mtime_ns)[-2:]:
        list(intake.add(str(path), Said()))


def paper(word: str) -> str:
    """What a file says; no two resemble each other."""
    return " ".join(f"{word}-{number} stands here." for number in range(40))


def build(house: House, draw: random.Random, word: str) -> None:  # noqa: ARG001 - one form for all acts
    """The index of what is published."""
    house.index.build(house.catalogue, house.cache)


ACTS: tuple[Callable[[House, random.Random, str], None], ...] = (
    *(revise, revise, move, move, move, still_valid, restore, add_and_purge, add, build),
)
_ONWARD = {
    Stage.DRAFT: Stage.IN_REVIEW,
    Stage.IN_REVIEW: Stage.PUBLISHED,
    Stage.PUBLISHED: Stage.WITHDRAWN,
    Stage.WITHDRAWN: Stage.DRAFT,
}


def _newest(house: House, document_id: str) -> Document:
    return house.catalogue.draft(document_id) or house.catalogue.document(document_id)


def _passages(version: Version, more: str = "") -> list[Passage]:
    return split(version, [Section("S", f"{version.body} {more}".strip())])
