"""The examples of nginx under `deploy/`, run before a server on this machine."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.conftest import PATIENCE, PROJECT, free_port

DEPLOY = PROJECT / "deploy"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin")
NAME = "example.org"

with_nginx = pytest.mark.skipif(NGINX is None, reason="no nginx on this machine; .ci/run installs it")


@contextmanager
def nginx_before(
    address: str, folder: Path, example: str, name: str = NAME, *, port: int = 0, machines: str = ""
) -> Iterator[str]:
    """An example of nginx with a certificate of its own before a server; yields the address of its name.

    `machines` is what the example for several of them puts before it.
    """
    certificate, key = folder / "cert.pem", folder / "key.pem"
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"]
    subprocess.run([*openssl, "-out", certificate, "-keyout", key], check=True, capture_output=True)
    port = port or free_port()
    text = (DEPLOY / example).read_text("utf-8")
    for there, here in {
        "listen 443 ssl http2;": f"listen 127.0.0.1:{port} ssl http2;",
        f"/etc/letsencrypt/live/{name}/fullchain.pem": str(certificate),
        f"/etc/letsencrypt/live/{name}/privkey.pem": str(key),
        "/var/log/nginx/market-entry.log": str(folder / "access.log"),
        "http://127.0.0.1:7860": address,
    }.items():
        assert there in text
        text = text.replace(there, here)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
    if machines:
        line = 'add_header Strict-Transport-Security "max-age=31536000" always;'
        assert line in text
        text = machines + text.replace(line, f"{line} add_header Set-Cookie $market_entry_stays always;")
    with running(folder, text, f"https://127.0.0.1:{port}/", name):
        yield f"https://127.0.0.1:{port}"


@contextmanager
def running(folder: Path, text: str, url: str, name: str = NAME) -> Iterator[None]:
    """An nginx with these servers, for as long as the block lasts; `url` is one of its pages."""
    main = folder / "nginx.conf"
    main.write_text(
        f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{\n{text}\n}}\n", "utf-8"
    )
    assert NGINX is not None
    nginx = subprocess.Popen([NGINX, "-p", folder, "-c", main], text=True)
    try:
        while not get(url, name)[0]:
            assert nginx.poll() is None
            time.sleep(0.1)
        yield
    finally:
        nginx.terminate()
        nginx.wait()


def get(url: str, name: str = NAME, **headers: str) -> tuple[int, str, Message]:
    """Status, text and headers of a page under a name; 0 where nothing answers."""
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    request = Request(url, headers={"Host": name} | headers)  # noqa: S310 - our own loopback address
    try:
        with urlopen(request, timeout=PATIENCE, context=unverified) as page:  # noqa: S310 - as above
            return page.status, page.read().decode(), page.headers
    except OSError as error:
        return getattr(error, "code", 0), "", Message()
