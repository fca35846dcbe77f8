"""Processes killed in the middle of whatever they do: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import random
import re
import shutil
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing, suppress
from multiprocessing import get_context
from pathlib import Path

import pytest

from assistant.accounts.accounts import Accounts, account_store
from assistant.handoff.handoffs import Handoffs
from assistant.journal.journal import Journal
from assistant.operate.backup import BadBackup, opened_backup
from corpus.catalogue.records import Act
from corpus.catalogue.stages import OPEN, STANDING
from corpus.vocabulary import vocabulary
from index.build import verify
from index.removal import finish_purges, purge
from tests.conftest import House
from tests.killing import ACTS, BACKUPS, ERASED_WORD, KEPT, TELLTALE, paper, work

_TOLD = {"revise", "move", "restore", "add_and_purge"}  # acts whose word stands in the history when they are done

Told = list[tuple[str, str, str]]


def killed_at_a_random_moment(folder: Path, seed: int) -> Told:
    """What a process told before it was killed."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.killing", "chromadb"])
    hear, tell = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(folder, seed, tell))
    process.start()
    tell.close()
    told = [hear.recv()]
    time.sleep(random.Random(seed).uniform(0, 2))  # noqa: S311 - no secret
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL, "it had failed before it was killed"
    try:
        while True:
            told.append(hear.recv())
    except EOFError:
        hear.close()
    return told


def check(house: House, told: Told) -> None:
    """What holds after any kill."""
    for path in house.folder.glob("*.sqlite"):
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    with closing(sqlite3.connect(house.folder / "catalogue.sqlite")) as connection:
        reasons = Counter(
            connection.execute(
                "SELECT document_id, why FROM history WHERE who != 'release' AND why != 'taken in'"
            ).fetchall()
        )
    words = {word.removeprefix("added ") for _, word in reasons}
    acknowledged = {word for kind, act, word in told if kind == "done" and act in _TOLD}
    assert acknowledged <= words, "something acknowledged is lost"
    assert max(reasons.values(), default=1) == 1, "something is doubled"
    for document_id in KEPT:
        _check_document(house, document_id)
    _check_taken_in(house, {word for kind, act, word in told if (kind, act) == ("done", "add")})
    _check_letters(house, {word for kind, act, word in told if (kind, act) == ("done", "hand_over_letter")})
    _check_questions(house, told)
    _check_accounts(house, {word for kind, act, word in told if (kind, act) == ("done", "account")})
    _check_backups(house, {word for kind, act, word in told if (kind, act) == ("done", "back_up_all")})


def _check_letters(house: House, acknowledged: set[str]) -> None:
    """Each letter is there once, with its way to where it stands."""
    with closing(Handoffs(house.folder / "handoffs.sqlite", vocabulary())) as store:
        found = store.find()
        words = [one.draft.message for one in found]
        assert len(set(words)) == len(words), "a letter is doubled"
        assert acknowledged <= set(words), "a letter is lost"
        assert all(store.history(one.number)[-1].stage is one.stage for one in found)


def _check_questions(house: House, told: Told) -> None:
    """What was to be kept is kept once; what was to be erased stands in no file."""
    with closing(Journal(house.folder / "journal.sqlite")) as journal:
        for word in {word for kind, act, word in told if (kind, act) == ("done", "ask")}:
            [answer] = journal.held(word)
            assert (word in answer["question"], answer["verdict"]) == (True, "incomplete")
    erased = {word for kind, act, word in told if (kind, act) == ("done", "ask_and_erase")}
    data = b"".join(path.read_bytes() for path in house.folder.glob("journal.sqlite*"))
    assert not [word for word in erased if f"{ERASED_WORD}{word} ".encode() in data], "what was erased can be read"


def _check_accounts(house: House, acknowledged: set[str]) -> None:
    with closing(Accounts(account_store(house.folder / "accounts.sqlite"))) as store:
        assert acknowledged <= {one.display_name for one in store.accounts()}, "an account is lost"
        for word in acknowledged:
            assert [change.what for change in store.changes(f"n{word}")] == ["reset", "added"]


def _check_backups(house: House, acknowledged: set[str]) -> None:
    """A backup that has its name is whole; what was broken off has another, and is whole or refused."""
    folder = house.folder.parent / BACKUPS
    written = {path.name.removesuffix(".zip"): path for path in folder.glob("*") if ".part-" not in path.name}
    assert acknowledged <= set(written), "a backup is lost"
    for path in written.values():
        with opened_backup(path) as backup:
            assert "catalogue.sqlite" in backup.checked().files
    for path in folder.glob("*.part-*"):
        with suppress(BadBackup), opened_backup(path) as backup:
            backup.checked()
    shutil.rmtree(folder, ignore_errors=True)


def _check_taken_in(house: House, acknowledged: set[str]) -> None:
    """Each file is there once and whole, and what was said to be taken is."""
    found = [document for document in house.catalogue.documents() if document.origin.endswith(".txt")]
    names = [document.origin.removesuffix(".txt") for document in found]
    assert len(set(names)) == len(names), "a file was taken in twice"
    assert acknowledged <= set(names), "a file that was taken in is lost"
    for document, name in zip(found, names, strict=True):
        text = " ".join(passage.text for passage in house.catalogue.passages_of(document.id))
        original = house.catalogue.original(document.id, 1)
        assert original is not None
        assert " ".join(text.split()) == paper(name) == house.catalogue.originals.read(original.digest).decode()
        assert {concern.matter for concern in house.catalogue.concerns(document.id, 1)} == {"metadata", "reuse"}


def _check_document(house: House, document_id: str) -> None:
    versions = house.catalogue.versions(document_id)
    stages = [document.stage for document in versions]
    assert sum(stage in STANDING for stage in stages) <= 1
    assert sum(stage in OPEN for stage in stages) <= 1
    made = (Act.ADDED, Act.REVISED, Act.RESTORED)
    history = house.catalogue.history(document_id)
    numbers = [document.version.number for document in versions]
    assert [event.version for event in history if event.act in made] == numbers == list(range(1, len(versions) + 1))
    for document in versions[1:]:
        version = document.version
        text = " ".join(passage.text for passage in house.catalogue.passages_of(document_id, version.number))
        original = house.catalogue.original(document_id, version.number)
        if version.body.startswith("body of"):
            assert version.body in text, "a version is only half there"
            assert original is not None
            assert house.catalogue.originals.read(original.digest).decode() == version.digest
        said = [event.after for event in history if event.act is Act.STILL_VALID and event.version == version.number]
        assert said[-1:] in ([], [str(version.metadata.review_by)])


def check_after_mending(house: House) -> None:
    """What holds once the next process has finished what was begun."""
    left_over = [document.id for document in house.catalogue.documents() if document.id.startswith("gone/")]
    assert len(left_over) <= 1
    purge(house.catalogue, left_over, who="ana", why=f"swept {left_over}")
    finish_purges(house.catalogue, house.index, house.cache)
    house.index.build(house.catalogue, house.cache)
    assert verify(house.index, house.catalogue) == []
    assert all(tombstone.finished for tombstone in house.catalogue.tombstones())
    purged = {tombstone.document_id.removeprefix("gone/") for tombstone in house.catalogue.tombstones()}
    assert not purged & _words_in_files(house.folder), "something purged can be read"


def _words_in_files(folder: Path) -> set[str]:
    """The words of documents of which title or text can be read from any file, in whatever state it was left."""
    pattern = re.compile(rb"%(telltale)b (\d+-\d+)|body of (\d+-\d+) %(telltale)b" % {b"telltale": TELLTALE.encode()})
    data = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return {(found[1] or found[2]).decode() for text in data for found in pattern.finditer(text)}


def survive(house: House, seeds: range) -> Counter[str]:
    """Kill a process for each seed, and check; returns what the processes did before."""
    done: Counter[str] = Counter()
    for seed in seeds:
        told = killed_at_a_random_moment(house.folder, seed)
        check(house, told)
        check_after_mending(house)
        done.update(act for kind, act, _ in told if kind == "done")
    return done


def test_ten_processes_killed_at_random_moments_lose_nothing_and_double_nothing(house: House) -> None:
    assert survive(house, range(10)).total() > 10


@pytest.mark.long
@pytest.mark.timeout(5400)
def test_two_hundred_processes_killed_at_random_moments_lose_nothing_and_double_nothing(house: House) -> None:
    done = survive(house, range(100, 300))
    assert done.keys() == {act.__name__ for act in ACTS}
