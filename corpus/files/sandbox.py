"""Runs a job on one file in a process of its own, within hard limits, so that the worst of files costs one error.

Parsers are large, and files come from anywhere. A server process imports the parsers once. For each file it forks a
warden, which keeps the time and tells how it ended, and the warden forks the worker, which is confined and does the
job. A worker ends with its warden. Only bytes come back: what a worker says is data to be judged, never objects to be
unpickled.

An order is JSON over a socket with three file descriptors: the file, the pipe for the answer, and the pipe on which
the warden reports. Linux and other Unixes; where the address space cannot be limited, memory is not, and where nothing
confines (`confinement.lacking`), the log says so.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, NoReturn

from corpus.errors import Damaged, KnownError, TooHungry, TooSlow
from corpus.files.confinement import confine, end_with, lacking, program

_ORDER = 64 * 1024  # bytes, at most
_REPORT = struct.Struct("=?i")  # whether the time was up, and the worker's wait status or what follows
_NOT_BEGUN = -1  # no worker could be started, or not confined
_FRAME = struct.Struct("=Q")  # the length of what follows
_HUNGRY = 3  # the exit status of a worker that ran out of memory
# Of a thousand: what the kernel ends first where memory runs out. A worker costs one file, the server nothing but time.
_WORKER_GOES, _SERVER_GOES = 1000, 500
_ROOT = Path(__file__).resolve().parents[2]
_A_MOMENT = 10  # seconds for a server to end whose socket is closed
# None of our keys; and onnxruntime, by which scans are read, tells its maker nothing.
_ENVIRONMENT = {"PYTHONUTF8": "1", "OPENBLAS_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}
_SAID = 300  # characters of the last words of a server

_log = logging.getLogger(__name__)


class SandboxUnavailable(KnownError):
    """The process that reads files cannot be started just now."""

    retryable = True

    def __init__(self, why: str) -> None:
        super().__init__(f"The process that reads files does not start ({why}); mend that, and try again.")


@dataclass(frozen=True)
class Limits:
    """What one file may cost."""

    seconds: int = 300  # on the clock, where others may be at work too
    processor_seconds: int = 120
    memory: int = 2**30  # bytes of address space, the parsers' own 200 MiB included
    size: int = 200 * 2**20  # bytes of the file
    text: int = 30_000_000  # characters that are read from it
    members: int = 2_000  # files in an archive
    unpacked: int = 2**30  # bytes of an archive's members together
    depth: int = 2  # archives within archives


LIMITS = Limits()

Job = Callable[
    [BinaryIO, BinaryIO, Limits, str], None
]  # reads the file, writes the answer; the last is what it is told


class Sandbox:
    """A server of jobs, started when it is first needed and again when it has died. Threads may share it."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._said: IO[bytes] | None = None  # what it writes to stderr

    @contextmanager
    def run(self, job: str, file: BinaryIO, told: str, limits: Limits) -> Iterator[BinaryIO]:
        """Let a worker do a job on a file; gives its answer as a stream. It is told the file's name, or what is wanted.

        Raises:
            TooSlow, TooHungry, Damaged: on leaving, when the worker came to a bad end. An EOFError within, from an
                answer that was cut short, is explained by one of them.
            SandboxUnavailable: there is no server to be had.
        """
        answer, answering = os.pipe()
        report, reporting = os.pipe()
        with os.fdopen(answer, "rb") as stream, os.fdopen(report, "rb") as reports:
            try:
                self._order({"job": job, "told": told, "limits": asdict(limits)}, [file.fileno(), answering, reporting])
            finally:
                os.close(answering)
                os.close(reporting)
            whole = True
            try:
                yield stream
            except EOFError:
                whole = False
            stream.close()
            _raise_for(reports.read(), limits, whole=whole)

    def close(self) -> None:
        """End the server."""
        with self._lock:
            self._end()

    def _order(self, order: object, descriptors: list[int]) -> None:
        with self._lock:
            while True:
                fresh = self._channel is None
                channel = self._channel or self._start()
                with suppress(OSError):
                    socket.send_fds(channel, [json.dumps(order).encode()], descriptors)
                    if channel.recv(1):
                        return
                why = self._last_words()
                self._end()
                if fresh:
                    raise SandboxUnavailable(why)
                _log.warning("the process that reads files had ended, and is started again: %s", why)

    def _start(self) -> socket.socket:
        if missing := lacking():
            _log.warning("files are read by a process that is not confined: no %s here", " and no ".join(missing))
        ours, theirs = socket.socketpair()
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the server
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", self._module, str(theirs.fileno())],
                cwd=_ROOT,
                env=_ENVIRONMENT,
                start_new_session=True,  # an interrupt from the keyboard is ours alone
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._said,
                pass_fds=[theirs.fileno()],
            )
        self._channel = ours
        return ours

    def _end(self) -> None:
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self._said is not None:
            self._said.close()
        self._channel = self._process = self._said = None

    def _last_words(self) -> str:
        """Why the server has ended, as far as it can be told: by the last line that it wrote, or by how it ended."""
        assert self._process is not None  # noqa: S101 - it was started
        assert self._said is not None  # noqa: S101 - with it
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_A_MOMENT)
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").split("\n")
        why = next((line.strip() for line in reversed(lines) if line.strip()), f"it ended with {self._process.poll()}")
        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        memory = "" if limit == resource.RLIM_INFINITY else f"; the memory of this process is limited to {_mib(limit)}"
        return f"{why[:_SAID].rstrip('.')}{memory}"


def write_frame(stream: BinaryIO, content: bytes) -> None:
    """Write a piece of an answer."""
    stream.write(_FRAME.pack(len(content)))
    stream.write(content)


def read_frame(stream: BinaryIO, most: int) -> bytes:
    """The next piece of an answer.

    Raises:
        EOFError: it is cut short, or longer than it may be.
    """
    head = stream.read(_FRAME.size)
    size = _FRAME.unpack(head)[0] if len(head) == _FRAME.size else most + 1
    content = stream.read(size) if size <= most else b""
    if len(content) < size:
        raise EOFError
    return content


def _raise_for(report: bytes, limits: Limits, *, whole: bool) -> None:
    """Say why a worker came to a bad end, if it did."""
    if len(report) < _REPORT.size:  # the warden has ended, and its worker with it
        raise Damaged
    late, status = _REPORT.unpack(report[: _REPORT.size])
    if status == _NOT_BEGUN:
        raise SandboxUnavailable("this system lets no process start or be confined just now")
    stopped_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if late:
        raise TooSlow(why=f"more than {limits.seconds} seconds")
    if stopped_by == signal.SIGXCPU:
        raise TooSlow(why=f"more than {limits.processor_seconds} seconds of the processor")
    if stopped_by == signal.SIGKILL:  # the kernel's way where memory runs out; no other limit is told so
        raise TooHungry(why="more than the system has left just now")
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _HUNGRY:
        _, most = resource.getrlimit(resource.RLIMIT_AS)  # of which no worker is let have more
        raise TooHungry(
            why=f"more than {_mib(limits.memory if most == resource.RLIM_INFINITY else min(limits.memory, most))}"
        )
    if status or not whole:
        raise Damaged


def _mib(size: int) -> str:
    return f"{size >> 20:,} MiB"


def serve(jobs: Mapping[str, Job]) -> None:
    """Do the server's part until the asking process is gone; its socket's number is this program's argument."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # wardens report for themselves
    readable = program()
    _go(_SERVER_GOES)
    gc.freeze()
    while True:
        try:
            message, descriptors, _, _ = socket.recv_fds(channel, _ORDER, 3)
        except ConnectionResetError:  # whoever asked was killed
            return
        if not message:
            return
        if os.fork() == 0:
            channel.close()
            _ward(jobs, json.loads(message), readable, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        with suppress(BrokenPipeError):
            channel.send(b"1")


def _ward(
    jobs: Mapping[str, Job],
    order: Mapping[str, Any],
    readable: Iterable[str],
    file: int,
    answering: int,
    reporting: int,
) -> NoReturn:
    """Fork the worker, end it and all that it started when its time is up, and report."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    limits = Limits(**order["limits"])
    warden = os.getpid()
    try:
        worker = os.fork()
    except OSError:
        os.write(reporting, _REPORT.pack(False, _NOT_BEGUN))
        os._exit(1)
    if worker == 0:
        _prepare(warden, limits, readable, reporting)
        _work(jobs[order["job"]], order["told"], limits, file, answering)
    late = False

    def end(*_: object) -> None:
        nonlocal late
        late = True
        os.killpg(worker, signal.SIGKILL)

    with suppress(OSError):  # the worker does it too; whoever comes first
        os.setpgid(worker, worker)
    os.close(file)
    os.close(answering)
    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    _, status = os.waitpid(worker, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    with suppress(ProcessLookupError):
        os.killpg(worker, signal.SIGKILL)
    with suppress(BrokenPipeError):  # nobody is there to hear it
        os.write(reporting, _REPORT.pack(late, status))
    os._exit(0)


def _prepare(warden: int, limits: Limits, readable: Iterable[str], reporting: int) -> None:
    """Bind and confine the worker. Its own word that this failed comes before the warden's, and nobody can forge it."""
    try:
        end_with(warden)
        with suppress(OSError):
            os.setpgid(0, 0)
        _go(_WORKER_GOES)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())  # parsers grumble
        _limit(limits)
        confine(readable)
    except MemoryError:
        os._exit(_HUNGRY)
    except OSError:
        os.write(reporting, _REPORT.pack(False, _NOT_BEGUN))
        os._exit(1)
    os.close(reporting)


def _work(job: Job, told: str, limits: Limits, file: int, answering: int) -> NoReturn:
    status = 1
    try:
        os.lseek(file, 0, os.SEEK_SET)  # whatever was read of it before
        with os.fdopen(file, "rb") as data, os.fdopen(answering, "wb") as answer:
            job(data, answer, limits, told)
        status = 0
    except MemoryError:
        status = _HUNGRY
    finally:
        os._exit(status)


def _go(readily: int) -> None:
    """Let the kernel end this process before those that are less ready to go, as whoever asked is."""
    said = Path("/proc/self/oom_score_adj")
    with suppress(OSError):  # other systems choose by themselves
        said.write_text(str(max(readily, int(said.read_text("ascii")))), "ascii")


def _limit(limits: Limits) -> None:
    """No core, no file written, so much processor time, so much memory; an end even when the warden is gone."""
    signal.alarm(limits.seconds + 10)
    most = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CPU: limits.processor_seconds,
        resource.RLIMIT_AS: limits.memory,
    }
    for what, value in most.items():
        with suppress(ValueError, OSError):  # not every system limits each
            grace = what == resource.RLIMIT_CPU  # a second between the signal that tells and the one that ends
            resource.setrlimit(what, (value, value + grace))
