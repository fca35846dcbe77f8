"""The examples under `deploy/`, as far as this machine can run them."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import Message
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.conftest import PATIENCE, House, free_port, installation, served
from ui import web

DEPLOY = Path(__file__).parents[2] / "deploy"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin")
NAME = "market-entry.example.org"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
@pytest.mark.parametrize("unit", ["market-entry.service", "market-entry-nightly.service", "market-entry-nightly.timer"])
def test_systemd_understands_the_units(unit: str, tmp_path: Path) -> None:
    for path in DEPLOY.glob("market-entry*"):
        text = path.read_text("utf-8").replace("/opt/market-entry/.venv/bin/market-entry", "/bin/true")
        (tmp_path / path.name).write_text(text.replace("User=market-entry\n", "User=root\n"), "utf-8")
    ran = subprocess.run(
        ["/usr/bin/systemd-analyze", "verify", "--man=no", tmp_path / unit], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")


def test_the_unit_lets_the_process_that_reads_files_confine_itself() -> None:
    unit = (DEPLOY / "market-entry.service").read_text("utf-8")
    [allowed] = [line.split("=")[1].split() for line in unit.splitlines() if line.startswith("SystemCallFilter=")]
    assert {"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"} < set(allowed)
    assert "SystemCallErrorNumber=EPERM" in unit  # what is refused all the same is told by the doctor, and no end


def test_the_unit_goes_on_when_the_kernel_has_ended_the_process_that_reads_a_file() -> None:
    unit = (DEPLOY / "market-entry.service").read_text("utf-8").splitlines()
    assert {"OOMPolicy=continue", "Restart=always"} < set(unit)  # systemd's own rule is to stop all of it


@pytest.fixture
def proxied(house: House, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of the example's nginx before a server, and its log."""
    app = installation(house, tmp_path / "accounts.sqlite", trusted_proxy="127.0.0.1")
    with closing(app.accounts), served(web(app)) as address, _nginx_before(address, tmp_path) as port:
        yield f"https://127.0.0.1:{port}", tmp_path / "access.log"


@contextmanager
def _nginx_before(address: str, folder: Path) -> Iterator[int]:
    """The example's nginx with a certificate of its own, on a port of this machine."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    subprocess.run([*openssl, "-out", certificate, "-keyout", key], check=True, capture_output=True)
    plain, port = free_port(), free_port()
    example = (DEPLOY / "nginx.conf").read_text("utf-8")
    for there, here in {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        f"/etc/letsencrypt/live/{NAME}/fullchain.pem": str(certificate),
        f"/etc/letsencrypt/live/{NAME}/privkey.pem": str(key),
        "/var/log/nginx/market-entry.log": str(folder / "access.log"),
        "http://127.0.0.1:7860": address,
    }.items():
        assert there in example
        example = example.replace(there, here)
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{\n{example}\n}}\n",
        "utf-8",
    )
    assert NGINX is not None
    nginx = subprocess.Popen([NGINX, "-p", folder, "-c", main], text=True)
    try:
        while _get(f"https://127.0.0.1:{port}/healthz")[0] != 200:
            assert nginx.poll() is None
            time.sleep(0.1)
        yield port
    finally:
        nginx.terminate()
        nginx.wait()


def _get(url: str) -> tuple[int, str, Message]:
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    request = Request(url, headers={"Host": NAME})  # noqa: S310 - our own loopback address
    try:
        with urlopen(request, timeout=PATIENCE, context=unverified) as page:  # noqa: S310 - as above
            return page.status, page.read().decode(), page.headers
    except OSError as error:
        return getattr(error, "code", 0), "", Message()


@pytest.mark.skipif(NGINX is None, reason="no nginx on this machine; .ci/run installs it")
def test_behind_the_example_of_nginx_pages_are_served_and_neither_addresses_nor_questions_logged(
    proxied: tuple[str, Path],
) -> None:
    address, log = proxied
    status, page, headers = _get(f"{address}/compare?question=secret+plan&market=japan&market=usa")
    assert status == 200
    assert 'action="/compare"' in page
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert [_get(f"{address}{path}")[0] for path in ("/", "/library", "/metrics", "/readyz")] == [200, 200, 404, 404]
    logged = log.read_text("utf-8")
    assert " GET /compare 200 " in logged
    assert "127.0.0.1" not in logged
    assert "secret" not in logged
