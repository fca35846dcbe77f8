"""What a worker may cost: this file is the tests, and the program of the sandbox that they try."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from corpus.errors import Damaged, TooHungry, TooSlow, Unreadable
from corpus.files.confinement import Part, lacking
from corpus.files.sandbox import Limits, Sandbox, SandboxUnavailable, read_frame, serve, write_frame


def echo(file: BinaryIO, answer: BinaryIO, _limits: Limits, name: str) -> None:
    write_frame(answer, name.encode() + b": " + file.read())


def sleep(*_: object) -> None:
    time.sleep(10_000)


def spin(*_: object) -> None:
    while True:
        pass


def eat(*_: object) -> None:
    bytearray(2**31)


def abort(*_: object) -> None:
    os.abort()


def write(file: BinaryIO, _answer: BinaryIO, _limits: Limits, _name: str) -> None:
    with Path(file.read().decode()).open("w") as target:
        target.write("taken")


def stop_short(_file: BinaryIO, answer: BinaryIO, *_: object) -> None:
    answer.write(b"\0\0\0")


def boast(_file: BinaryIO, answer: BinaryIO, *_: object) -> None:
    answer.write(b"\xff" * 100)


def tell_itself(_file: BinaryIO, answer: BinaryIO, *_: object) -> None:
    write_frame(answer, str(os.getpid()).encode())
    answer.flush()
    time.sleep(10_000)


def leave_a_child(_file: BinaryIO, answer: BinaryIO, *_: object) -> None:
    child = os.fork()
    if child == 0:
        time.sleep(10_000)
        os._exit(0)
    write_frame(answer, str(child).encode())
    answer.flush()
    time.sleep(10_000)


def tell_environment(_file: BinaryIO, answer: BinaryIO, *_: object) -> None:
    write_frame(answer, json.dumps(dict(os.environ)).encode())


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox("tests.corpus.files.test_sandbox")
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Iterator[BinaryIO]:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    with path.open("rb") as opened:
        yield opened


def test_a_worker_reads_the_file_and_answers(sandbox: Sandbox, file: BinaryIO) -> None:
    with sandbox.run("echo", file, "name", Limits()) as answer:
        assert read_frame(answer, 100) == b"name: content"


@pytest.mark.parametrize(
    ("job", "limits", "error"),
    [
        (sleep, Limits(seconds=1), TooSlow),
        (spin, Limits(processor_seconds=1), TooSlow),
        (eat, Limits(), TooHungry),
        (eat, Limits(memory=2**20), TooHungry),
        (abort, Limits(), Damaged),
        (stop_short, Limits(), Damaged),
        (boast, Limits(), Damaged),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_bad_end_is_an_error(
    job: object, limits: Limits, error: type[Unreadable], sandbox: Sandbox, file: BinaryIO
) -> None:
    with pytest.raises(error), sandbox.run(job.__name__, file, "", limits) as answer:  # type: ignore[attr-defined]
        read_frame(answer, 100)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be told whom to end first")
def test_where_memory_runs_out_a_worker_is_ended_first_and_a_sentence_says_why(
    sandbox: Sandbox, file: BinaryIO
) -> None:
    ready: list[int] = []
    said = "more than the system has left just now"
    with pytest.raises(TooHungry, match=said), sandbox.run("tell_itself", file, "", Limits()) as answer:
        ready.extend(ended(sandbox, int(read_frame(answer, 100))))
    assert ready == sorted(ready)
    assert ready[-1] == 1000


def ended(sandbox: Sandbox, worker: int) -> list[int]:
    """How ready we, the server and a worker are to be ended; and the worker is, as the kernel does it."""
    assert sandbox._process is not None
    numbers = (os.getpid(), sandbox._process.pid, worker)
    ready = [int(Path(f"/proc/{number}/oom_score_adj").read_text("ascii")) for number in numbers]
    os.kill(worker, signal.SIGKILL)
    return ready


def test_a_worker_writes_no_file(sandbox: Sandbox, tmp_path: Path) -> None:
    target = tmp_path / "target"
    order = tmp_path / "order"
    order.write_text(str(target))
    with order.open("rb") as opened, pytest.raises(Damaged), sandbox.run("write", opened, "", Limits()):
        pass
    assert not target.exists() or not target.stat().st_size


def alive(number: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked about does not."""
    try:
        return Path(f"/proc/{number}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(Part.SECCOMP not in lacking(), reason="a worker starts nothing here; see test_confinement.py")
def test_what_a_worker_started_ends_with_it(sandbox: Sandbox, file: BinaryIO) -> None:
    said: list[bytes] = []
    with pytest.raises(TooSlow), sandbox.run("leave_a_child", file, "", Limits(seconds=4)) as answer:
        said.extend(read_frame(answer, 100) for _ in range(2))
    child = int(said[0])
    while alive(child):  # the kernel reaps it in its own time
        time.sleep(0.05)


def test_a_worker_does_not_know_our_keys(sandbox: Sandbox, file: BinaryIO, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "secret")
    sandbox.close()  # and it starts again
    with sandbox.run("tell_environment", file, "", Limits()) as answer:
        assert b"secret" not in read_frame(answer, 10_000)


def test_a_sandbox_that_does_not_start_says_so(file: BinaryIO) -> None:
    said = r"^The process that reads files does not start \(.*No module named 'no'.*\); mend that, and try again\.$"
    with pytest.raises(SandboxUnavailable, match=said), Sandbox("no.such.module").run("echo", file, "", Limits()):
        pass


def test_a_server_that_had_ended_is_started_again_and_the_log_says_why(
    sandbox: Sandbox, file: BinaryIO, caplog: pytest.LogCaptureFixture
) -> None:
    with sandbox.run("echo", file, "", Limits()) as answer:
        read_frame(answer, 100)
    assert sandbox._process is not None
    os.kill(sandbox._process.pid, signal.SIGKILL)
    with sandbox.run("echo", file, "name", Limits()) as answer:
        assert read_frame(answer, 100) == b"name: content"
    assert "the process that reads files had ended, and is started again: it ended with -9" in caplog.messages


if __name__ == "__main__":
    serve(
        {
            job.__name__: job
            for job in (
                echo,
                sleep,
                spin,
                eat,
                abort,
                write,
                stop_short,
                boast,
                tell_itself,
                leave_a_child,
                tell_environment,
            )
        }
    )
