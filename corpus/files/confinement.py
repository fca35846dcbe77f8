"""Confines a process for good: it computes, reads the program that it runs, and answers by the pipes that it has.

Landlock keeps it from all other files, seccomp from all system calls that are not named here: no file is written, no
connection opened, no process started, signalled or watched. Neither needs root. What is refused fails with an OSError,
so that a parser ends as it does on a damaged file. Neither hides whether a file exists, how large it is and of when.
"""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from corpus.errors import KnownError

_LIBC = ctypes.CDLL(None, use_errno=True)


class Unconfined(KnownError):
    """The kernel cannot confine the process that reads files, and it shall not read without."""

    def __init__(self) -> None:
        super().__init__(
            "No file is taken in, since the process that reads files cannot be confined here (this system offers no"
            f" {' and no '.join(lacking())}); `market-entry doctor` says what to do."
        )


class Part(StrEnum):
    """What a kernel confines by."""

    LANDLOCK = "Landlock"  # which files
    SECCOMP = "seccomp"  # which system calls


@cache
def lacking() -> tuple[Part, ...]:
    """What the kernel, or a container around this process, does not offer."""
    offered = {Part.LANDLOCK: _landlock_version() > 0, Part.SECCOMP: _has_seccomp()}
    return tuple(part for part in Part if not offered[part])


def program() -> tuple[str, ...]:
    """The files and folders of the program: the interpreter, its libraries, and this package, nothing beside it."""
    interpreter = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    libraries = (path for path in sys.path if Path(path).name in ("site-packages", "dist-packages", "lib-dynload"))
    ours = str(Path(__file__).resolve().parents[1])
    return tuple(path for path in {*interpreter, *libraries, ours, *_SYSTEM} if Path(path).exists())


def confine(readable: Iterable[str]) -> None:
    """Confine this process by what the kernel offers; it reads these files and folders, and no others.

    Raises:
        OSError: it is offered and refused.
    """
    missing = lacking()
    if len(missing) < len(Part):
        _call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if Part.LANDLOCK not in missing:
        _confine_files(readable)
    if Part.SECCOMP not in missing:
        _confine_calls()


def end_with(parent: int) -> None:
    """End this process when its parent ends, in whatever way; a confined one cannot take that back."""
    if sys.platform == "linux":
        _call("prctl", _PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it has ended already
            os._exit(1)


def _call(name: str, *arguments: Any) -> int:  # noqa: ANN401 - numbers and pointers
    """Call a function of the C library.

    Raises:
        OSError: it failed.
    """
    wide = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    result = int(getattr(_LIBC, name)(*wide))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


# Landlock: which files. The numbers are those of linux/landlock.h, the same on every processor.

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION = 1  # asked in place of a ruleset
_BENEATH = 1  # a rule about a path
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_CONNECTIONS, _SCOPES = 0b11, 0b11  # TCP; abstract sockets and signals
_SYSTEM = (  # what parsers load late: shared libraries, time zones
    *("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache"),
    *("/usr/share/zoneinfo", "/etc/localtime"),
)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("connections", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("path", ctypes.c_int32))


def _landlock_version() -> int:
    """Which version of Landlock the kernel has; 0 for none."""
    if sys.platform != "linux":
        return 0
    try:
        return _call("syscall", _CREATE_RULESET, None, 0, _VERSION)
    except OSError:
        return 0


def _confine_files(readable: Iterable[str]) -> None:
    version = _landlock_version()
    rights = 13 + sum(version >= since for since in (2, 3, 5))  # each a bit: renaming into, truncating, devices
    connections, scopes = _CONNECTIONS * (version >= 4), _SCOPES * (version >= 6)
    wanted = _Ruleset((1 << rights) - 1, connections, scopes)
    ruleset = _call("syscall", _CREATE_RULESET, ctypes.byref(wanted), ctypes.sizeof(wanted), 0)
    for path in readable:
        opened = os.open(path, os.O_PATH)
        rule = _Beneath(_READ_FILE | (_READ_FOLDER if Path(path).is_dir() else 0), opened)
        _call("syscall", _ADD_RULE, ruleset, _BENEATH, ctypes.byref(rule), 0)
        os.close(opened)
    _call("syscall", _RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


# seccomp: which system calls, and with which arguments. A filter is a program for the kernel's packet filter.

_PARENT_DEATH_SIGNAL, _SET_SECCOMP, _NO_NEW_PRIVILEGES = 1, 22, 38
_BY_FILTER = 2
_LOAD, _AND, _IF_EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_NUMBER, _PROCESSOR, _ARGUMENTS = 0, 4, 16  # where they stand in what a filter sees
_ALLOWED, _REFUSED, _ENDED = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000

_PROCESSORS = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # the column below, and the kernel's name for it
# Each with its number on x86-64 and on ARM64, which lacks some that are as old as Unix.
_CALLS = """
    read 0 63, pread64 17 67, readv 19 65, write 1 64, writev 20 66, lseek 8 62, close 3 57, dup 32 23,
    fstat 5 80, newfstatat 262 79, statx 332 291, stat 4 -1, lstat 6 -1, getdents64 217 61, getcwd 79 17,
    readlink 89 -1, readlinkat 267 78, access 21 -1, faccessat 269 48, faccessat2 439 439,
    brk 12 214, mmap 9 222, munmap 11 215, mremap 25 216, mprotect 10 226, madvise 28 233,
    clock_gettime 228 113, clock_getres 229 114, gettimeofday 96 169, time 201 -1, times 100 153, getrusage 98 165,
    nanosleep 35 101, clock_nanosleep 230 115, restart_syscall 219 128, getrandom 318 278,
    getpid 39 172, getppid 110 173, gettid 186 178, getuid 102 174, geteuid 107 175, getgid 104 176, getegid 108 177,
    uname 63 160, sysinfo 99 179, sched_yield 24 124, sched_getaffinity 204 123, futex 202 98,
    rt_sigaction 13 134, rt_sigprocmask 14 135, rt_sigreturn 15 139, sigaltstack 131 132, exit 60 93, exit_group 231 94
"""
_WITH_ARGUMENT = "open 2 -1, openat 257 56, fcntl 72 25, ioctl 16 29, tgkill 234 131"
_ALL_BITS = 0xFFFFFFFF
_WRITING = 0o3 | 0o100 | 0o1000  # O_WRONLY or O_RDWR, O_CREAT, O_TRUNC
_ABOUT_DESCRIPTORS = (0, 1, 2, 3, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC
_ABOUT_TERMINALS = (0x5401, 0x5450, 0x5451)  # whether it is one; closed on exec or not


class _Instruction(ctypes.Structure):
    _fields_ = (
        *(("code", ctypes.c_uint16), ("if_so", ctypes.c_uint8), ("if_not", ctypes.c_uint8)),
        ("value", ctypes.c_uint32),
    )


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


def _has_seccomp() -> bool:
    """Whether the kernel takes filters; it says EFAULT to none, and EINVAL where it does not know what they are."""
    if sys.platform != "linux" or os.uname().machine not in _PROCESSORS or sys.maxsize < 2**32:
        return False
    try:
        _call("prctl", _SET_SECCOMP, _BY_FILTER, None, 0, 0)
    except OSError as error:
        return error.errno == errno.EFAULT
    return False


@cache
def _numbers(calls: str) -> dict[str, int]:
    """The numbers of calls on this processor."""
    column, _ = _PROCESSORS[os.uname().machine]
    rows = (call.split() for call in calls.split(","))
    return {name: int(numbers[column]) for name, *numbers in rows if int(numbers[column]) >= 0}


def _instructions() -> Iterator[tuple[int, int, int, int]]:
    """The filter: what each instruction does, how many to pass over when it is so and when not, its value."""
    _, processor = _PROCESSORS[os.uname().machine]
    yield _LOAD, 0, 0, _PROCESSOR
    yield _IF_EQUAL, 1, 0, processor
    yield _RETURN, 0, 0, _ENDED
    yield _LOAD, 0, 0, _NUMBER
    for number in _numbers(_CALLS).values():
        yield _IF_EQUAL, 0, 1, number
        yield _RETURN, 0, 0, _ALLOWED
    numbers = _numbers(_WITH_ARGUMENT)
    for name, argument, bits, values in (
        ("open", 1, _WRITING, (0,)),
        ("openat", 2, _WRITING, (0,)),
        ("fcntl", 1, _ALL_BITS, _ABOUT_DESCRIPTORS),
        ("ioctl", 1, _ALL_BITS, _ABOUT_TERMINALS),
        ("tgkill", 0, _ALL_BITS, (os.getpid(),)),  # to abort
    ):
        if name in numbers:
            yield _IF_EQUAL, 0, 2 * len(values) + 3, numbers[name]
            yield _LOAD, 0, 0, _ARGUMENTS + 8 * argument  # its lower half: each of them is 32 bits wide
            yield _AND, 0, 0, bits
            for value in values:
                yield _IF_EQUAL, 0, 1, value
                yield _RETURN, 0, 0, _ALLOWED
            yield _RETURN, 0, 0, _REFUSED
    yield _RETURN, 0, 0, _REFUSED


def _confine_calls() -> None:
    instructions = [_Instruction(*one) for one in _instructions()]
    program = (_Instruction * len(instructions))(*instructions)
    _call("prctl", _SET_SECCOMP, _BY_FILTER, ctypes.byref(_Filter(len(program), program)), 0, 0)
