"""A process that changes all stores without pause and tells what it does; it is killed, and what it left is checked."""

from __future__ import annotations

import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

from assistant.accounts.accounts import Accounts, Details, Role, account_store
from assistant.answers import Answer, Outcome
from assistant.handoff.delivery import deliver
from assistant.handoff.handoffs import Handoffs
from assistant.handoff.letters import preview
from assistant.home import Home
from assistant.journal.journal import Journal
from assistant.journal.records import Rating
from assistant.operate.backup import BadBackup, back_up, opened_backup
from assistant.understand.questions import Question, understand
from corpus.catalogue.records import Action, Upload
from corpus.catalogue.stages import OPEN, STANDING
from corpus.documents import Document, Passage, Section, Stage, Version
from corpus.intake.intake import Intake, IntakeOptions
from corpus.passages import split
from corpus.vocabulary import vocabulary
from index.build import verify
from index.removal import finish_purges, purge
from tests.conftest import TODAY, House, word_vectors
from tests.letters import QUESTION

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
    intake = Intake(house.catalogue, who="ana", today=lambda: TODAY)
    for path in sorted(papers.iterdir(), key=lambda path: path.stat().st_mtime_ns)[-2:]:
        list(intake.add(str(path), IntakeOptions()))


def paper(word: str) -> str:
    """What a file says; no two resemble each other."""
    return " ".join(f"{word}-{number} stands here." for number in range(40))


def publish(house: House, draw: random.Random, word: str) -> None:  # noqa: ARG001 - one form for all acts
    """A new draft all the way to readers, and the index of it."""
    key = KEPT[0]
    newest = _newest(house, key)
    version = replace(newest.version, body=f"body of {word}", digest=word)
    upload = Upload(f"{word}.txt", "text/plain", word.encode())
    began_from = newest.version.number
    house.catalogue.revise(
        version, _passages(version), began_from=began_from, who="ana", why=f"{word} drafted", upload=upload
    )
    house.catalogue.move(key, Stage.IN_REVIEW, who="ana", why=f"{word} submitted")
    house.catalogue.move(key, Stage.PUBLISHED, who="ben", why=word)
    house.index.build(house.catalogue, house.cache)


def build(house: House, draw: random.Random, word: str) -> None:  # noqa: ARG001 - one form for all acts
    """The index of what is published."""
    house.index.build(house.catalogue, house.cache)


def hand_over_letter(house: House, draw: random.Random, word: str) -> None:  # noqa: ARG001 - one form for all acts
    """A letter to a cluster, and a person who sees to an earlier one."""
    store = letters(house.folder)
    draft = replace(QUESTION, message=word)
    store.hand_over(draft, agreed=store.consent_for(draft), seen=preview(draft, store.vocabulary))
    deliver(store, lambda _: None)


def ask(house: House, draw: random.Random, word: str) -> None:  # noqa: ARG001 - one form for all acts
    """A question that is not answered, rated badly."""
    store = journal(house.folder)
    question = Question(f"Is {word} known in Vietnam?")
    understood = understand(question, vocabulary())
    answer_id = store.remember(question, understood, Answer(Outcome.NOT_IN_LIBRARY, "en", ""), session=word)
    store.rate(answer_id, Rating.INCOMPLETE, comment="no", question=question.text)


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
    back_up(Home(house.folder), house.folder.parent / BACKUPS / f"{word}{draw.choice(['', '.zip'])}")


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


_TOLD = {
    "revise",
    "move",
    "restore",
    "add_and_purge",
    "publish",
}  # acts whose word stands in the history when they are done


Told = list[tuple[str, str, str]]


def killed_at_a_random_moment(folder: Path, seed: int) -> Told:
    """What a process told before it was killed."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.kills", "chromadb"])
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


_NEVER = 65_535  # the highest number that strace counts to
WRITES = "write,pwrite64,writev,pwritev,fsync,fdatasync,ftruncate,rename,renameat,renameat2,unlink,unlinkat,link"


def work_once(folder: Path, act: Callable[[House, random.Random, str], None], word: str, pipe: Connection) -> None:
    """Do one thing when told to, after another one for which all that is needed was loaded."""
    house = House(folder, word_vectors())
    add(house, random.Random(0), f"{word}-first")  # noqa: S311 - no secret
    pipe.send(("ready", act.__name__, word))
    pipe.recv()
    act(house, random.Random(0), word)  # noqa: S311 - no secret
    pipe.send(("done", act.__name__, word))
    pipe.recv()


def killed_at_a_write(
    folder: Path, act: Callable[[House, random.Random, str], None], number: int, log: Path
) -> tuple[Told, int]:
    """What a process told that was killed before its system call of that number that writes; needs `strace`.

    Returns:
        What it told, and how many such calls the busiest of its threads had made or was about to make.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.kills", "chromadb"])
    ours, theirs = context.Pipe()
    word = f"{act.__name__}-{number}-{time.monotonic_ns()}"
    process = context.Process(target=work_once, args=(folder, act, word, theirs), daemon=True)
    process.start()
    theirs.close()
    ours.recv()
    tracing = ["-qq", "-f", "-o", str(log), "-e", f"trace={WRITES}", "-e", f"inject={WRITES}:signal=KILL:when={number}"]
    tracer = subprocess.Popen([shutil.which("strace") or "strace", *tracing, "-p", str(process.pid)])
    while "TracerPid:\t0\n" in Path(f"/proc/{process.pid}/status").read_text("utf-8"):
        assert tracer.poll() is None, "strace may not look at our own processes here"
        time.sleep(0.01)
    told: Told = [("begun", act.__name__, word)]
    with suppress(EOFError, OSError):
        ours.send("go")
        told.append(ours.recv())
        process.kill()
    process.join()
    tracer.wait()
    ours.close()
    calls = Counter(line.split()[0] for line in log.read_text("utf-8", "replace").splitlines() if "(" in line)
    return told, max(calls.values(), default=0)


def survive_writes(
    house: House, act: Callable[[House, random.Random, str], None], kills: int, log: Path
) -> tuple[int, int]:
    """Kill an act at so many of its writes, evenly from its first to its last, and check after each.

    Returns:
        How many writes it has, and how many of the processes were killed before they had told that they were done.
    """
    _, writes = killed_at_a_write(house.folder, act, _NEVER, log)
    before = 0
    for number in sorted({1 + at * (writes - 1) // max(kills - 1, 1) for at in range(kills)}):
        told, _ = killed_at_a_write(house.folder, act, number, log)
        before += len(told) == 1
        check(house, told)
        check_after_mending(house)
    return writes, before


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
            assert "catalogue.sqlite" in backup.checked(None).files
    for path in folder.glob("*.part-*"):
        with suppress(BadBackup), opened_backup(path) as backup:
            backup.checked(None)
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
    made = (Action.ADDED, Action.REVISED, Action.RESTORED)
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
        said = [event.after for event in history if event.act is Action.STILL_VALID and event.version == version.number]
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
