"""The examples under `deploy/`, as far as this machine can run them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
import yaml

from assistant.settings import Settings
from commands.cli import COMMANDS
from corpus.postgres import Schema
from index.vector_server import VectorServer, VectorsUnavailable
from tests.chroma_server import chroma
from tests.conftest import House, free_port, installation, served
from tests.nginx import DEPLOY, get, nginx_before, running, with_nginx
from tests.servers import Postgres
from ui import web

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
    with (
        closing(app.accounts),
        served(web(app)) as server,
        nginx_before(server, tmp_path, "nginx.conf", NAME) as address,
    ):
        yield address, tmp_path / "access.log"


@pytest.mark.servers
@with_nginx
def test_behind_the_example_of_nginx_pages_are_served_and_neither_addresses_nor_questions_logged(
    proxied: tuple[str, Path],
) -> None:
    address, log = proxied
    status, page, headers = get(f"{address}/compare?question=secret+plan&market=japan&market=usa", NAME)
    assert status == 200
    assert 'action="/compare"' in page
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert [get(f"{address}{path}", NAME)[0] for path in ("/", "/library", "/metrics", "/readyz")] == [
        200,
        200,
        404,
        404,
    ]
    logged = log.read_text("utf-8")
    assert " GET /compare 200 " in logged
    assert "127.0.0.1" not in logged
    assert "secret" not in logged


class _Named(BaseHTTPRequestHandler):
    """A machine that says its port."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.connection.getsockname()[1]).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
        pass


@contextmanager
def _machine() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Named)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.servers
@with_nginx
def test_a_browser_stays_with_its_machine_and_goes_to_another_when_that_is_gone(tmp_path: Path) -> None:
    with ExitStack() as stack:
        machines = {str(one.server_address[1]): one for one in (stack.enter_context(_machine()) for _ in range(2))}
        example = (DEPLOY / "nginx-machines.conf").read_text("utf-8")
        for there, here in zip(("10.0.0.11:7860", "10.0.0.12:7860"), machines, strict=True):
            assert there in example
            example = example.replace(there, f"127.0.0.1:{here}")
        nginx = nginx_before("http://market_entry", tmp_path, "nginx.conf", NAME, machines=example)
        address = f"{stack.enter_context(nginx)}/"
        browsers = [str(get(address, NAME)[2]["Set-Cookie"]).partition(";")[0] for _ in range(20)]
        answered = {cookie: get(address, NAME, Cookie=cookie) for cookie in browsers}
        assert {page for _, page, _ in answered.values()} == set(machines)  # both have something to do
        assert not [headers for _, _, headers in answered.values() if headers["Set-Cookie"]]
        for cookie, (_, page, _) in answered.items():
            assert [get(address, NAME, Cookie=cookie)[1] for _ in range(3)] == [page] * 3
        gone, left = machines
        machines[gone].shutdown()
        machines[gone].server_close()
        assert [get(address, NAME, Cookie=cookie)[:2] for cookie in browsers] == [(200, left)] * len(browsers)


def test_the_example_of_containers_names_what_the_product_has() -> None:
    example = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    services = example["services"]
    assert services["worker"]["command"] == ["market-entry", "work"]
    assert "work" in COMMANDS
    for name in ("first", "second", "worker"):
        url = services[name]["environment"]["MARKET_ENTRY_DATABASE"].replace("${DATABASE_PASSWORD:?}", "x")
        assert Settings(database=url).database.get_secret_value() == url
        assert services[name]["build"]["args"]["EXTRAS"] == "[postgres]"
    assert {volume.partition(":")[0] for one in services.values() for volume in one["volumes"]} == set(
        example["volumes"]
    )


@with_nginx
@pytest.mark.servers
def test_behind_the_example_of_nginx_a_chroma_server_lets_in_who_has_the_token(
    tmp_path: Path, database_server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = Schema(database_server.database(), "collections")
    with chroma(tmp_path / "chroma") as behind, nginx_with_a_token(tmp_path, behind.address) as port:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        server = VectorServer(f"https://geheim@localhost:{port}", schema)
        server.write(tmp_path / "v", "here", ["1", "2"], np.eye(2, dtype=np.float32))
        assert [key for key, _ in server.open(tmp_path / "v").nearest(np.array([1, 0.1]), 2)] == ["1", "2"]
        with pytest.raises(VectorsUnavailable, match="401 Unauthorized"):
            VectorServer(f"https://wrong@localhost:{port}", schema).open(tmp_path / "v")
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(VectorsUnavailable, match="CERTIFICATE_VERIFY_FAILED"):
            VectorServer(f"https://geheim@localhost:{port}", schema).open(tmp_path / "v")


@contextmanager
def nginx_with_a_token(folder: Path, address: str) -> Iterator[int]:
    """The example of nginx before a Chroma server; yields its port."""
    certificate, key, port = folder / "cert.pem", folder / "key.pem", free_port()
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    openssl += ["-addext", "subjectAltName=DNS:localhost", "-out", str(certificate), "-keyout", str(key)]
    subprocess.run(openssl, check=True, capture_output=True)
    text = (DEPLOY / "nginx-chroma.conf").read_text("utf-8")
    for there, here in {
        "listen 8443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "/etc/letsencrypt/live/chroma.example.org/fullchain.pem": str(certificate),
        "/etc/letsencrypt/live/chroma.example.org/privkey.pem": str(key),
        "http://127.0.0.1:8000": address,
        '"TOKEN"': '"geheim"',
    }.items():
        assert there in text
        text = text.replace(there, here)
    with running(folder, text, f"https://127.0.0.1:{port}/"):
        yield port


@pytest.mark.servers
def test_what_a_chroma_server_leaves_of_deleted_collections_is_removed_and_nothing_else(
    tmp_path: Path, database_server: Postgres
) -> None:
    with chroma(tmp_path / "chroma") as running_on:
        server = VectorServer(running_on.address, Schema(database_server.database(), "collections"))
        drawn = np.random.default_rng(0).normal(size=(1200, 8)).astype(np.float32)
        ids = [str(number) for number in range(1200)]
        for name in ("old", "new"):
            server.write(tmp_path / name, name, ids, drawn)
            server.open(tmp_path / name).nearest(drawn[0], 1)
        (running_on.folder / "notes").mkdir()
        server.forget_all_but(["new"])
        before = folders(running_on.folder)
        clean = [sys.executable, str(DEPLOY / "chroma-clean"), str(running_on.folder)]
        subprocess.run(clean, check=True)
        assert folders(running_on.folder) == before  # what is new may belong to a collection that is being made
        for path in running_on.folder.iterdir():
            os.utime(path, (0, 0))
        subprocess.run(clean, check=True)
        assert len(before) == 3
        assert len(folders(running_on.folder)) == 2
        assert "notes" in folders(running_on.folder)
        assert server.open(tmp_path / "new").nearest(drawn[7], 1)[0][0] == "7"
        running_on.stop()
        running_on.start()
        assert server.open(tmp_path / "new").nearest(drawn[7], 1)[0][0] == "7"


def folders(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_dir()}
