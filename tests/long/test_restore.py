"""A backup taken while people ask and write, restored elsewhere: the same catalogue, the same answers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from shutil import copytree

from assistant.answers import to_json
from assistant.app import App, open_app
from assistant.handoff.handoffs import Handoffs
from assistant.operate.backup import opened_backup
from assistant.settings import Settings
from assistant.understand.questions import Question
from corpus.documents import Stage
from corpus.vocabulary import vocabulary
from tests.conftest import PROJECT, Run
from tests.letters import hand_over

_WRITERS = 2


def questions(count: int) -> list[str]:
    """Questions in several languages."""
    lines = (PROJECT / "tests" / "benchmarks" / "questions.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    return texts[:: len(texts) // count][:count]


def write(home: Path, number: int, tell: Connection) -> None:
    """Change documents and hand letters over without pause; each is told when it is done."""
    with closing(open_app(Settings(home=home))) as app:
        documents = [document.id for document in app.catalogue.documents(Stage.PUBLISHED)]
        for turn in range(100_000):
            key = documents[(turn * _WRITERS + number) % len(documents)]
            app.catalogue.comment(key, f"remark {number}-{turn}", who=f"writer {number}")
            tell.send(("remark", f"{number}-{turn}"))
            if turn % 10 == 0:
                letter = hand_over(app.handoffs)
                tell.send(("letter", letter.id))
                if turn < len(documents) // _WRITERS:  # each document once
                    app.catalogue.move(key, Stage.WITHDRAWN, who=f"writer {number}", why=f"{turn}")


def ask(home: Path, tell: Connection) -> None:
    """Ask without pause."""
    with closing(open_app(Settings(home=home))) as app:
        app.upkeep.make_ready(print)
        for turn in range(100_000):
            app.assistant.answer(Question(questions(20)[turn % 20]))
            tell.send(("answer", str(turn)))


@contextmanager
def working(home: Path) -> Iterator[list[Connection]]:
    """Processes that write and ask until the block ends, and by then have begun."""
    context = get_context("spawn")
    pipes = [context.Pipe(duplex=False) for _ in range(_WRITERS + 1)]
    tasks = [(write, (home, number, pipes[number][1])) for number in range(_WRITERS)] + [(ask, (home, pipes[-1][1]))]
    processes = [context.Process(target=target, args=given) for target, given in tasks]
    for process in processes:
        process.start()
    try:
        for hear, _ in pipes:
            hear.recv()
        yield [hear for hear, _ in pipes]
    finally:
        for process in processes:
            process.kill()
            process.join()


def told_so_far(pipes: list[Connection]) -> set[tuple[str, str]]:
    """What the processes have done by now."""
    told = set()
    for pipe in pipes:
        while pipe.poll():
            told.add(pipe.recv())
    return told


def catalogue_of(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of a catalogue, by table."""
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in names}  # noqa: S608


def answers(app: App, asked: list[str]) -> list[object]:
    """The answers to questions, without the time they took."""
    return [{**to_json(app.assistant.answer(Question(text))), "seconds": 0} for text in asked]


def restored_under_load(shipped_as_built: Path, folder: Path, market_entry: Run, count: int) -> None:
    """Back up a home that is worked on, restore it elsewhere, and compare it with the home as the backup saw it."""
    home, backup = copytree(shipped_as_built, folder / "home"), folder / "backup"
    with working(home) as pipes:
        before = told_so_far(pipes)
        ran = market_entry("backup", str(backup), home=home)
        assert ran.returncode == 0, ran.stderr
        after = before | told_so_far(pipes)
    assert after - before, "nobody worked meanwhile"
    restored = market_entry("restore", str(backup), "--to", str(folder / "new"), home=home)
    assert restored.returncode == 0, restored.stderr
    with opened_backup(backup) as source:
        source.checked(None)
    assert catalogue_of(folder / "new" / "catalogue.sqlite") == catalogue_of(backup / "catalogue.sqlite")
    with closing(Handoffs(folder / "new" / "handoffs.sqlite", vocabulary())) as handoffs:
        letters = [one.id for one in handoffs.find()]
    assert {word for kind, word in before if kind == "letter"} <= set(letters)
    assert len(set(letters)) == len(letters)
    with (
        closing(open_app(Settings(home=folder / "new"))) as new,
        closing(open_app(Settings(home=copytree(shipped_as_built, folder / "same")))) as same,
    ):
        remarks = {one.text for document in new.catalogue.documents() for one in new.catalogue.comments(document.id)}
        assert {f"remark {word}" for kind, word in before if kind == "remark"} <= remarks
        assert new.upkeep.problems() == []
        for document in new.catalogue.documents(Stage.WITHDRAWN):
            same.catalogue.move(document.id, Stage.WITHDRAWN, who="test", why="as in the backup")
        same.upkeep.make_ready(print)
        assert answers(new, questions(count)) == answers(same, questions(count))


def test_a_backup_taken_under_load_gives_the_same_answers_elsewhere(
    shipped_as_built: Path, tmp_path: Path, market_entry: Run
) -> None:
    restored_under_load(shipped_as_built, tmp_path, market_entry, 10)


def test_a_backup_taken_under_load_gives_the_same_fifty_answers_elsewhere(
    shipped_as_built: Path, tmp_path: Path, market_entry: Run
) -> None:
    restored_under_load(shipped_as_built, tmp_path, market_entry, 50)
