"""Nothing leaves the machine unasked: what a server and commands connect to, as the system sees it."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import PROJECT, Run

# Run in a network of its own, in which only the loopback answers: commands run one by one, a server is visited.
INSIDE = """
import fcntl, json, os, socket, struct, subprocess, sys, time
from urllib.request import urlopen

with socket.socket() as one:
    fcntl.ioctl(one, 0x8914, struct.pack("16sh", b"lo", 1))  # SIOCSIFFLAGS: up
commands = json.loads(sys.argv[1])
if commands != [["serve"]]:
    from commands.cli import main
    for words in commands:
        sys.argv = ["market-entry", *words]
        try:
            main()
        except SystemExit as end:
            if end.code:
                raise
    sys.exit()
server = subprocess.Popen([sys.executable, "-m", "commands.cli", "serve", "--port", "7860"])
while server.poll() is None:
    try:
        urlopen("http://127.0.0.1:7860/healthz", timeout=10)
        urlopen("http://127.0.0.1:7860/", timeout=60)
        server.terminate()
    except OSError:
        time.sleep(.1)
"""
CONNECTION = re.compile(r"sa_family=(AF_\w+)(?:.*?htons\((\d+)\).*?\"([\da-f.:]+)\")?")


def _refused() -> str:
    """Why this machine cannot show it; empty where it can."""
    if not (shutil.which("unshare") and shutil.which("strace")):
        return "unshare and strace are not installed"
    tried = subprocess.run(["strace", "-f", "-o", "/dev/null", "unshare", "-rn", "true"], capture_output=True)  # noqa: S607
    return "" if tried.returncode == 0 else "this user may not trace, or make networks"


def foreign(trace: str) -> set[str]:
    """The addresses in a trace that are not this machine, and every question to a name server."""
    found = set()
    for family, port, address in CONNECTION.findall(trace):
        ours = family in ("AF_UNIX", "AF_NETLINK", "AF_UNSPEC") or (address in ("127.0.0.1", "::1") and port != "53")
        if not ours:
            found.add(f"{family} {address}:{port}")
    return found


def test_a_trace_tells_an_address_of_ours_from_others() -> None:
    ours = 'connect(3, {sa_family=AF_INET, sin_port=htons(7860), sin_addr=inet_addr("127.0.0.1")}, 16) = 0'
    asked = 'connect(3, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.1")}, 16) = 0'
    other = 'connect(3, {sa_family=AF_INET6, sin6_port=htons(443), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr)}) = 0'
    assert foreign(ours) == set()
    assert foreign(f"{ours}\n{asked}\n{other}") == {"AF_INET 127.0.0.1:53", "AF_INET6 2001:db8::1:443"}


@pytest.mark.servers
@pytest.mark.skipif(bool(_refused()), reason=_refused())
@pytest.mark.parametrize(
    "commands",
    [
        [["ask", "Do we need a representative in Japan?"], ["corpus", "add", "tests/samples/sample.pdf"]],
        [["serve"]],
    ],
    ids=lambda commands: " and ".join(words[0] for words in commands),
)
def test_nothing_is_asked_of_another_machine_and_nothing_is_left_in_the_user_s_folder(
    commands: list[list[str]], lean_as_built: Path, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(lean_as_built, tmp_path / "home"))
    user, trace = tmp_path / "user", tmp_path / "trace"
    user.mkdir()
    ran = subprocess.run(
        [
            *("strace", "-f", "--seccomp-bpf", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", str(trace)),
            *("unshare", "-rn", sys.executable, "-c", INSIDE, json.dumps(commands)),
        ],
        env={"PATH": "/usr/bin:/bin", "MARKET_ENTRY_HOME": str(home), "HOME": str(user), "PYTHONUTF8": "1"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert foreign(trace.read_text("utf-8", "replace")) == set()
    assert [path for path in user.rglob("*") if path.is_file()] == []


@pytest.fixture(scope="module")
def watched() -> Callable[[], list[str]]:
    """Gives what this process has connected to or asked a name of since the last call, but for this machine."""
    met: list[str] = []

    def watch(event: str, args: tuple[object, ...]) -> None:
        if event in ("socket.connect", "socket.getaddrinfo"):
            there = args[1] if event == "socket.connect" else args[0]
            host = str(there[0]) if isinstance(there, tuple) else str(there)
            if host not in ("127.0.0.1", "::1", "localhost") and not host.startswith("/"):
                met.append(f"{event} {host}")

    sys.addaudithook(watch)  # for as long as the process lives

    def taken() -> list[str]:
        found = list(met)
        met.clear()
        return found

    return taken


def test_a_question_on_the_command_line_asks_no_other_machine(
    watched: Callable[[], list[str]], market_entry: Run
) -> None:
    with pytest.raises(OSError, match=r"."), socket.create_connection(("192.0.2.1", 9), timeout=0.01):
        pass
    assert watched() == ["socket.getaddrinfo 192.0.2.1", "socket.connect 192.0.2.1"]
    assert market_entry("ask", "Do we need a representative in Japan?").returncode == 0
    assert watched() == []
