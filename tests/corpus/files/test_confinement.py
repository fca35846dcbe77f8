"""What a hostile worker tries, each in a real one: this file is the tests, and the program of the sandbox attacked."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import json
import mmap
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

import pytest

from corpus.errors import Damaged
from corpus.files import confinement
from corpus.files.sandbox import Limits, Sandbox, read_frame, serve, write_frame
from tests.conftest import PROJECT

_LIBC = ctypes.CDLL(None, use_errno=True)
KEY = b"a key of a provider"
_SEIZE = 0x4206  # of ptrace: to watch without stopping


@dataclass(frozen=True)
class Prey:
    """What a worker is after: a home with a store, the process that asked for the reading, and a key in its memory."""

    home: str
    asker: int
    key: int  # its address

    @property
    def store(self) -> str:
        return f"{self.home}/accounts.sqlite"


# What it tries; whatever returns has succeeded


def read_a_store(prey: Prey) -> None:
    Path(prey.store).read_text()


def read_a_store_by_another_way(prey: Prey) -> None:
    Path(f"/proc/self/root{prey.store}").read_text()


def read_the_settings(_prey: Prey) -> None:
    (PROJECT / "pyproject.toml").read_text()  # `.env` and the home `data` stand beside it


def list_the_home(prey: Prey) -> None:
    os.listdir(prey.home)  # noqa: PTH208 - the plain call


def read_the_keys(prey: Prey) -> None:
    Path(f"/proc/{prey.asker}/environ").read_text()


def read_the_memory(prey: Prey) -> None:
    ours, size = (ctypes.c_char * len(KEY))(), len(KEY)
    to, at = (ctypes.c_void_p * 2)(ctypes.addressof(ours), size), (ctypes.c_void_p * 2)(prey.key, size)
    called(_LIBC.process_vm_readv(prey.asker, to, ctypes.c_ulong(1), at, ctypes.c_ulong(1), ctypes.c_ulong(0)))


def read_the_password_file(_prey: Prey) -> None:
    Path("/etc/passwd").read_text()


def open_a_connection(_prey: Prey) -> None:
    socket.socket(socket.AF_INET)


def open_a_local_socket(_prey: Prey) -> None:
    socket.socketpair()


def truncate_a_store(prey: Prey) -> None:
    os.truncate(prey.store, 0)


def open_a_store_anew(prey: Prey) -> None:
    os.open(prey.store, os.O_WRONLY | os.O_TRUNC)


def delete_a_store(prey: Prey) -> None:
    Path(prey.store).unlink()


def move_a_store(prey: Prey) -> None:
    Path(prey.store).rename(f"{prey.home}/gone")


def open_a_store_to_all(prey: Prey) -> None:
    Path(prey.store).chmod(0o666)


def make_a_file(prey: Prey) -> None:
    Path(f"{prey.home}/new").touch()


def link_a_file(prey: Prey) -> None:
    Path(f"{prey.home}/link").symlink_to("/etc/passwd")


def start_a_shell(_prey: Prey) -> None:
    os.execv("/bin/sh", ["sh", "-c", "true"])  # noqa: S606


def start_a_process(_prey: Prey) -> None:
    fork()


def become_a_daemon(_prey: Prey) -> None:
    os.setpgid(0, os.getpgid(os.getppid()))  # so that it may
    os.setsid()
    fork()


def fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def end_the_warden(_prey: Prey) -> None:
    os.kill(os.getppid(), signal.SIGTERM)


def signal_the_asker(prey: Prey) -> None:
    os.kill(prey.asker, 0)


def have_the_asker_signalled(prey: Prey) -> None:
    fcntl.fcntl(0, fcntl.F_SETOWN, prey.asker)


def watch_the_warden(_prey: Prey) -> None:
    called(_LIBC.ptrace(_SEIZE, os.getppid(), 0, 0))


def limit_the_warden(_prey: Prey) -> None:
    resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (1, 1))


def slow_the_warden(_prey: Prey) -> None:
    os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)


def outlive_the_warden(_prey: Prey) -> None:
    called(_LIBC.prctl(1, 0, 0, 0, 0))


def lift_its_limits(_prey: Prey) -> None:
    called(_LIBC.setrlimit(resource.RLIMIT_CPU, (ctypes.c_ulong * 2)(100, 100)))


def called(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")


ATTACKS: list[Callable[[Prey], None]] = [
    *(read_a_store, read_a_store_by_another_way, read_the_settings, list_the_home, read_the_keys, read_the_memory),
    *(read_the_password_file, open_a_connection, open_a_local_socket, truncate_a_store, open_a_store_anew),
    *(delete_a_store, move_a_store, open_a_store_to_all, make_a_file, link_a_file, start_a_shell, start_a_process),
    *(become_a_daemon, end_the_warden, signal_the_asker, have_the_asker_signalled, watch_the_warden),
    *(limit_the_warden, slow_the_warden, outlive_the_warden, lift_its_limits),
]


def attack(file: BinaryIO, answer: BinaryIO, _limits: Limits, name: str) -> None:
    """Try one of them, and tell what came of it."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    told: str | int | None = "succeeded"
    try:
        next(one for one in ATTACKS if one.__name__ == name)(Prey(**json.load(file)))
    except OSError as error:
        told = error.errno
    write_frame(answer, json.dumps(told).encode())


def linger(_file: BinaryIO, answer: BinaryIO, *_: object) -> None:
    """Outlive all that would end it."""
    signal.alarm(0)
    for number in range(1, signal.NSIG):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    write_frame(answer, json.dumps([os.getpid(), os.getppid()]).encode())
    answer.flush()
    while True:
        time.sleep(10_000)


def compute(_file: BinaryIO, answer: BinaryIO, *_: object) -> None:
    """Do what parsers do: load code that nobody has loaded yet, take memory, ask for the time, abort in C."""
    import wave

    with mmap.mmap(-1, 2**24) as memory:
        memory.write(wave.__name__.encode())
    time.sleep(0.001)
    write_frame(answer, f"{'é'.encode('iso8859-15')!r} {time.localtime().tm_year > 0} {os.cpu_count()}".encode())
    answer.flush()
    os.abort()


def descriptors(_file: BinaryIO, answer: BinaryIO, *_: object) -> None:
    """Tell which descriptors it has."""
    found = []
    for number in range(1_000):
        with contextlib.suppress(OSError):
            os.fstat(number)
            found.append(number)
    write_frame(answer, json.dumps(len(found)).encode())


# The tests

needs_confinement = pytest.mark.skipif(
    bool(confinement.lacking()), reason=f"this kernel offers no {' and no '.join(confinement.lacking())}"
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox("tests.corpus.files.test_confinement")
    yield made
    made.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / "home"
    made.mkdir()
    (made / "accounts.sqlite").write_text("who may sign in")
    return made


@pytest.fixture
def order(home: Path, tmp_path: Path) -> Iterator[BinaryIO]:
    """The file that a worker is given: what it is after."""
    path = tmp_path / "order"
    key = ctypes.create_string_buffer(KEY)
    path.write_text(json.dumps(asdict(Prey(str(home), os.getpid(), ctypes.addressof(key)))))
    with path.open("rb") as opened:
        yield opened


@needs_confinement
@pytest.mark.parametrize("tried", ATTACKS, ids=lambda tried: tried.__name__)
def test_a_hostile_worker_is_refused(
    tried: Callable[[Prey], None], sandbox: Sandbox, order: BinaryIO, home: Path
) -> None:
    with sandbox.run("attack", order, tried.__name__, Limits()) as answer:
        assert json.loads(read_frame(answer, 1_000)) in (errno.EPERM, errno.EACCES)
    assert [(path.name, path.read_text()) for path in home.iterdir()] == [("accounts.sqlite", "who may sign in")]
    assert (home / "accounts.sqlite").stat().st_mode & 0o002 == 0


def ended(number: int) -> bool:
    """Whether a process has ended; one that nobody has asked about yet has, too."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@needs_confinement
def test_a_worker_ends_with_its_warden(sandbox: Sandbox, order: BinaryIO) -> None:
    with pytest.raises(Damaged), sandbox.run("linger", order, "", Limits()) as answer:  # noqa: PT012
        worker, warden = json.loads(read_frame(answer, 100))
        os.kill(warden, signal.SIGKILL)
        while not ended(worker):  # the kernel ends it in its own time
            time.sleep(0.05)


@needs_confinement
def test_a_confined_worker_loads_code_computes_and_aborts_as_parsers_do(sandbox: Sandbox, order: BinaryIO) -> None:
    with pytest.raises(Damaged), sandbox.run("compute", order, "", Limits()) as answer:
        assert read_frame(answer, 1_000).startswith(rb"b'\xe9' True ")


def test_a_worker_has_no_descriptors_but_the_file_the_answer_and_three_that_lead_nowhere(
    sandbox: Sandbox, order: BinaryIO
) -> None:
    with sandbox.run("descriptors", order, "", Limits()) as answer:
        assert json.loads(read_frame(answer, 100)) <= 6  # and where the devices were opened


@needs_confinement
def test_a_system_that_confines_nothing_still_reads_and_says_so(home: Path) -> None:
    path = home / "law.txt"
    path.write_text("The Ministry of Devices asks every maker abroad for a local holder.")
    program = home / "program.py"
    program.write_text(
        "import sys; from pathlib import Path; from corpus.files.reading import read_file\n"
        "print(read_file(Path(sys.argv[1])).format)"
    )
    words = [sys.executable, "-m", "tests.old_kernel", str(program), str(path)]
    ran = subprocess.run(words, cwd=PROJECT, capture_output=True, text=True, check=True)
    assert ran.stdout == "txt\n"
    assert ran.stderr == "files are read by a process that is not confined: no Landlock and no seccomp here\n"


if __name__ == "__main__":
    serve({job.__name__: job for job in (attack, linger, compute, descriptors)})
