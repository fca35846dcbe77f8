"""Runs a module as on a kernel that confines nothing: `python -m tests.old_kernel MODULE|FILE.py ARGUMENT ...`.

A filter of seccomp answers what such a kernel answers, for this process and all that it starts.
"""

from __future__ import annotations

import ctypes
import errno
import os
import runpy
import struct
import sys

_LIBC = ctypes.CDLL(None, use_errno=True)
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_PRCTL = {"x86_64": 157, "aarch64": 167}
_NO_SUCH_CALL, _NOT_KNOWN, _ALLOWED = 0x50000 | errno.ENOSYS, 0x50000 | errno.EINVAL, 0x7FFF0000
_NO_NEW_PRIVILEGES, _SET_SECCOMP = 38, 22


def _forget(machine: str) -> None:
    """Answer ENOSYS to Landlock, and EINVAL to a filter."""
    instructions = [
        (_LOAD, 0, 0, 0),  # the number of the call
        (_IF_AT_LEAST, 0, 2, 444),
        (_IF_AT_LEAST, 1, 0, 447),
        (_RETURN, 0, 0, _NO_SUCH_CALL),
        (_IF_EQUAL, 0, 3, _PRCTL[machine]),
        (_LOAD, 0, 0, 16),  # its first argument
        (_IF_EQUAL, 0, 1, _SET_SECCOMP),
        (_RETURN, 0, 0, _NOT_KNOWN),
        (_RETURN, 0, 0, _ALLOWED),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in instructions))
    program = ctypes.create_string_buffer(struct.pack("@HP", len(instructions), ctypes.addressof(code)))
    _LIBC.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if _LIBC.prctl(_SET_SECCOMP, 2, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "this kernel takes no filter")


if __name__ == "__main__":
    _forget(os.uname().machine)
    sys.argv = sys.argv[1:]
    if sys.argv[0].endswith(".py"):
        runpy.run_path(sys.argv[0], run_name="__main__")
    else:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
