"""Fetches one web address, and nothing that is not public: whatever the address, its redirects or its name say.

A name is resolved by us, and the connection goes to the very address that was looked at, so a name server that
answers otherwise the next time gains nothing. Every redirect is a new address, looked at anew. There is no proxy, no
cookie and no credential in play, and bytes and seconds are limited for all steps together.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

import httpcore
import httpx

from corpus.errors import BadAddress, KnownError, NotFetched, TooLarge

Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], list[str]]  # the name and port of a host to its addresses

_HEADERS = (
    ("User-Agent", "market-entry-assistant (fetches single documents for a library when a person asks it to)"),
    ("Accept", "*/*"),
    ("Accept-Encoding", "gzip"),
)
_SCHEMES = ("http", "https")
_REDIRECTS = (301, 302, 303, 307, 308)
_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 2**16  # bytes
_LONGEST_VALIDATOR = 1000  # characters; one that was cut asks for the page again
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
# Where nothing in the content tells the format, the name has to.
_SUFFIXES = {"text/csv": ".csv", "text/tab-separated-values": ".tsv", "text/markdown": ".md"}


# The registries of special-purpose addresses of IANA (2026), where Python's older tables take them for public ones:
# relays and services that answer for others, documentation, and addresses that hold another one.
_SPECIAL_V4 = tuple(
    map(IPv4Network, ("192.0.0.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24"))
)
_SPECIAL_V6 = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")))
_UNICAST_V6 = IPv6Network("2000::/3")


@dataclass(frozen=True)
class Bounds:
    """What one address may cost, redirects included. The patience of the system's resolver comes on top."""

    size: int = 64 * 2**20  # bytes, unpacked
    seconds: float = 60
    redirects: int = 5


BOUNDS = Bounds()


@dataclass(frozen=True)
class Fetched:
    """What a web address gave. `url` is where it was found in the end, `name` what the file is called there.

    `etag` and `modified` are what its server calls this version; empty where it does not say.
    """

    url: str
    name: str
    media_type: str
    data: bytes
    etag: str = ""
    modified: str = ""


class Unchanged(KnownError):
    """A web address that gives the version that was named."""


def system_resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system knows them."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def fetch(
    url: str,
    bounds: Bounds = BOUNDS,
    *,
    allowed: Collection[Network] = (),
    resolve: Resolve = system_resolve,
    etag: str = "",
    modified: str = "",
) -> Fetched:
    """Fetch a web address. `allowed` are networks that may be asked although they are not public.

    Raises:
        Unchanged: it gives the version of that `etag`, or has not changed since it was `modified`.
        BadAddress: it, or where it leads, is none that may be fetched.
        NotFetched: it does not answer in time, or not with a file.
        TooLarge: the file is larger than the bounds say.
    """
    known = [(name, said) for name, said in (("If-None-Match", etag), ("If-Modified-Since", modified)) if said]
    with _answered("GET", url, bounds, allowed, resolve, known) as (here, status, headers, pieces):
        if known and status == HTTPStatus.NOT_MODIFIED:
            raise Unchanged(f"{here} has not changed.")
        return _file(here, status, headers, pieces, bounds)


def status_of(
    url: str, bounds: Bounds = BOUNDS, *, allowed: Collection[Network] = (), resolve: Resolve = system_resolve
) -> int:
    """Ask whether a web address answers, and leave what it gives: its status, redirects followed.

    Servers that refuse to be asked so by HEAD are asked once more by GET.

    Raises:
        BadAddress: it, or where it leads, is none that may be fetched.
        NotFetched: it does not answer in time.
    """
    with _answered("HEAD", url, bounds, allowed, resolve) as (_, status, _, _):
        if status < HTTPStatus.BAD_REQUEST:
            return status
    with _answered("GET", url, bounds, allowed, resolve) as (_, status, _, _):
        return status


@contextmanager
def _answered(
    method: str,
    url: str,
    bounds: Bounds,
    allowed: Collection[Network],
    resolve: Resolve,
    more: Iterable[tuple[str, str]] = (),
) -> Iterator[tuple[httpx.URL, int, httpx.Headers, Iterator[bytes]]]:
    """What a web address answers, where it leads in the end: that address, status, headers and the bytes to come."""
    deadline = time.monotonic() + bounds.seconds
    network = _Pinning(allowed, resolve, deadline)
    here = _address(url)
    for _ in range(bounds.redirects + 1):
        with (
            _translating_errors(here, bounds),
            httpcore.ConnectionPool(network_backend=network) as connections,
            connections.stream(method, str(here), headers=[("Host", here.netloc), *_HEADERS, *more]) as response,
        ):
            headers = httpx.Headers(response.headers)
            if response.status not in _REDIRECTS:
                yield here, response.status, headers, response.iter_stream()
                return
        here = _address(headers.get("location", ""), here)
    raise NotFetched(_shown(url), f"it leads on more than {bounds.redirects} times")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet, and no other one in disguise: global unicast, nothing special."""
    try:
        known = ip_address(address)
    except ValueError:
        return False
    if isinstance(known, IPv6Address):
        special = any(known in network for network in _SPECIAL_V6) or known not in _UNICAST_V6
    else:
        special = any(known in network for network in _SPECIAL_V4)
    return known.is_global and not (special or known.is_multicast or known.is_reserved)


def _address(url: str, here: httpx.URL | None = None) -> httpx.URL:
    """An address, or where one leads, once it has the form of those that may be fetched."""
    try:
        found = here.join(url) if here else httpx.URL(url.strip())
    except (httpx.InvalidURL, ValueError) as error:
        raise BadAddress(_shown(url), "it is no web address") from error
    if found.scheme not in _SCHEMES or not found.host:
        raise BadAddress(_shown(str(found)), "it is no web address")
    if found.userinfo:
        raise BadAddress(_shown(str(found)), "it holds a name or a password")
    return found.copy_with(fragment=None)


def _shown(url: str) -> str:
    """An address for the person, without what stands for credentials in it."""
    return re.sub(r"//[^/?#]*@", "//", _UNPRINTABLE.sub("", url))


class _Pinning(httpcore.NetworkBackend):
    """Connections that go to an address that was looked at, and end at the deadline whatever the other side does."""

    def __init__(self, allowed: Collection[Network], resolve: Resolve, deadline: float) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._deadline = deadline
        self._system = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline counts
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of a host that takes it.

        Raises:
            BadAddress: one of its addresses is not public.
        """
        failure: Exception = httpcore.ConnectError("its name is known to no name server")
        for address in self._addresses(host, port):
            seconds = _seconds_to(self._deadline)
            try:
                stream = self._system.connect_tcp(address, port, seconds, local_address, socket_options)
                return _Hurried(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _addresses(self, host: str, port: int) -> list[str]:
        """All addresses of a host, once none of them is one that must not be asked."""
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError):
            return []
        for address in addresses:
            if not is_public(address) and not any(_within(address, network) for network in self._allowed):
                raise BadAddress(host, "it is not on the public internet")
        return addresses


def _within(address: str, network: Network) -> bool:
    try:
        return ip_address(address) in network
    except ValueError:
        return False


class _Hurried(httpcore.NetworkStream):
    """A connection of which every step has to be done by the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline counts
        """What has come."""
        return self._stream.read(min(max_bytes, _PIECE), _seconds_to(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the deadline counts
        """Send something."""
        self._stream.write(buffer, _seconds_to(self._deadline))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the deadline counts
    ) -> httpcore.NetworkStream:
        """The same connection, encrypted; the certificate has to be one of the name, not of the number."""
        stream = self._stream.start_tls(ssl_context, server_hostname, _seconds_to(self._deadline))
        return _Hurried(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as the interface has it
        """What is known of the connection."""
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        """End it."""
        self._stream.close()


def _seconds_to(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left


@contextmanager
def _translating_errors(url: httpx.URL, bounds: Bounds) -> Iterator[None]:
    """The failures of the network become errors of ours."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise NotFetched(str(url), f"it took more than {bounds.seconds:g} seconds") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, zlib.error) as error:
        raise NotFetched(str(url), str(error) or "the connection broke off") from error


def _file(url: httpx.URL, status: int, headers: httpx.Headers, pieces: Iterable[bytes], bounds: Bounds) -> Fetched:
    if status != HTTPStatus.OK:
        known = status in HTTPStatus._value2member_map_
        raise NotFetched(str(url), f"it answers {status} {HTTPStatus(status).phrase if known else ''}".strip())
    data = bytearray()
    for piece in _unpacked(url, headers, pieces):
        data += piece
        if len(data) > bounds.size:
            raise TooLarge(str(url), f"{bounds.size >> 20:,} MiB are fetched at most")
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    etag, modified = (headers.get(name, "")[:_LONGEST_VALIDATOR] for name in ("etag", "last-modified"))
    return Fetched(str(url), _name(url, headers, media_type), media_type, bytes(data), etag, modified)


def _unpacked(url: httpx.URL, headers: httpx.Headers, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces of a file as they are meant, each of them small whatever it was packed from."""
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding == "identity":
        yield from pieces
        return
    if coding != "gzip":
        raise NotFetched(str(url), f"it answers in the coding {coding}, which was not asked for")
    unpacking = zlib.decompressobj(_GZIP)
    for piece in pieces:
        rest = piece
        while rest:
            yield unpacking.decompress(rest, _PIECE)
            rest = unpacking.unconsumed_tail
    yield unpacking.flush()


def _name(url: httpx.URL, headers: httpx.Headers, media_type: str) -> str:
    """What the server calls the file, or else the end of its address."""
    message = Message()
    message["Content-Disposition"] = headers.get("content-disposition", "")
    path = PurePosixPath(unquote(url.path))
    name = PurePosixPath((message.get_filename() or path.name).replace("\\", "/")).name
    name = _UNPRINTABLE.sub("", name) or url.host
    return name if PurePosixPath(name).suffix else name + _SUFFIXES.get(media_type, "")
