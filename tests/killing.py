"""A process that changes all stores without pause and tells what it does, to be killed at any moment."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

from assistant.accounts.accounts import Accounts, Details, Role, account_store
from assistant.answers import Answer, Outcome
from assistant.handoff.handoffs import Handoffs
from assistant.handoff.letters import preview
from assistant.journal.journal import Journal, Verdict
from assistant.operate.backup import back_up
from assistant.understand.questions import Question, understand
from corpus.catalogue.records import Upload
from corpus.documents import Document, Passage, Section, Stage, Version
from corpus.intake.intake import Intake, Said
from corpus.passages import split
from corpus.vocabulary import vocabulary
from index.removal import finish_purges, purge
from tests.assistant.handoff.test_handoffs import QUESTION
from tests.conftest import TODAY, House, word_vectors

KEPT = ("japan/devices", "brazil/food")
TELLTALE = "quokka"  # stands in all that is purged
ERASED_WORD = "numbat"  # stands in all that is erased
BACKUPS = "backups"  # the folder beside a house where they are written


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


def hand_over_letter(house: House, draw: random.Random, word: str) -> None:  # noqa: ARG001 - one form for all acts
    """A letter to a cluster, and a person who sees to an earlier one."""
    store = letters(house.folder)
    draft = replace(QUESTION, message=word)
    store.hand_over(draft, agreed=store.consent_for(draft), seen=preview(draft, store.vocabulary))
    store.deliver(lambda _: None)


def ask(house: House, draw: random.Random, word: str) -> None:  # noqa: ARG001 - one form for all acts
    """A question that is not answered, rated badly."""
    store = journal(house.folder)
    question = Question(f"Is {word} known in Vietnam?")
    understood = understand(question, vocabulary())
    answer_id = store.remember(question, understood, Answer(Outcome.NOT_IN_LIBRARY, "en", ""), session=word)
    store.rate(answer_id, Verdict.INCOMPLETE, comment="no", question=question.text)


def ask_and_erase(house: House, draw: random.Random, word: str) -> None:
    """A question of somebody who has everything erased."""
    ask(house, draw, f"{ERASED_WORD}{word}")
    journal(house.folder).erase(f"{ERASED_WORD}{word}")


def account(house: House, draw: random.Random, word: str) -> None:  # noqa: ARG001 - one form for all acts
    """An account that is added, and given another code."""
    store = accounts(house.folder)
    store.add(f"n{word}", Details(display_name=word, role=Role.MEMBER), who="test")
    store.reset(f"n{word}", who="test")


def back_up_all(house: House, draw: random.Random, word: str) -> None:
    """A backup, as a zip or as a folder."""
    (house.folder.parent / BACKUPS).mkdir(exist_ok=True)
    back_up(house.folder, house.folder.parent / BACKUPS / f"{word}{draw.choice(['', '.zip'])}")


@cache
def letters(folder: Path) -> Handoffs:
    """The hand-offs of a house."""
    return Handoffs(folder / "handoffs.sqlite", vocabulary())


@cache
def journal(folder: Path) -> Journal:
    """The journal of a house."""
    return Journal(folder / "journal.sqlite", today=lambda: TODAY)


@cache
def accounts(folder: Path) -> Accounts:
    """The accounts of a house."""
    return Accounts(account_store(folder / "accounts.sqlite"))


ACTS: tuple[Callable[[House, random.Random, str], None], ...] = (
    *(revise, revise, move, move, move, still_valid, restore, add_and_purge, add, build),
    *(hand_over_letter, ask, ask_and_erase, account, back_up_all),
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
