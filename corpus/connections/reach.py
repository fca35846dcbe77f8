"""What connections may reach, and how they sign in there: said by whoever runs the machine, in a file beside it.

Who manages accounts may connect places on the staff pages, but no folder and no server of the own network that this
file does not name. Its secrets are shown nowhere.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

from corpus.connections.places import Kind
from corpus.errors import KnownError
from corpus.web.fetching import Network

_SCHEMES = {Kind.WEBDAV: ("https", "http"), Kind.S3: ("s3",), Kind.FEED: ("https", "http")}
_SCHEMES[Kind.SITEMAP] = _SCHEMES[Kind.FEED]
_EXAMPLES = {
    Kind.FOLDER: "/srv/documents",
    Kind.WEBDAV: "https://cloud.example.org/dav/documents",
    Kind.S3: "s3://documents/guidance",
    Kind.FEED: "https://www.example.org/news.xml",
    Kind.SITEMAP: "https://www.example.org/sitemap.xml",
}


class BadReach(KnownError):
    """The file of what may be reached cannot be used."""


class NotReachable(KnownError):
    """An address that is none, or that connections must not reach."""


@dataclass(frozen=True)
class Share:
    """A folder, a WebDAV address or a bucket that may be reached, with all below it.

    Attributes:
        user, password: for WebDAV; `key` and `secret` for S3, whose `endpoint` is empty for Amazon's own.
    """

    address: str
    user: str = ""
    password: str = field(default="", repr=False)
    endpoint: str = ""
    region: str = "us-east-1"
    key: str = ""
    secret: str = field(default="", repr=False)

    def holds(self, address: str) -> bool:
        """Whether an address is this one, or below it."""
        return address == self.address or address.startswith(self.address.rstrip("/") + "/")


@dataclass(frozen=True)
class Reach:
    """The shares that may be reached, and networks that feeds and sitemaps may lead to although not public."""

    shares: tuple[Share, ...] = ()
    networks: tuple[Network, ...] = ()

    def share(self, kind: Kind, address: str) -> Share:
        """The share of an address.

        Raises:
            NotReachable: no share holds it, or it is no address of that kind.
        """
        _check(kind, address)
        found = next((share for share in self.shares if share.holds(address)), None)
        if found is None:
            raise NotReachable(
                f"{address} is not among the places that connections may reach here; whoever runs the machine adds it"
                " to the file of MARKET_ENTRY_CONNECTIONS."
            )
        return found


def check(kind: Kind, address: str, reach: Reach) -> str:
    """An address in its plain form, once it is one that may be connected.

    Raises:
        NotReachable: it is not.
    """
    address = address.strip().rstrip("/") if kind in (Kind.FOLDER, Kind.WEBDAV, Kind.S3) else address.strip()
    if kind in (Kind.FEED, Kind.SITEMAP):
        _check(kind, address)
    else:
        reach.share(kind, address)
    return address


def read_reach(file: str) -> Reach:
    """What a file says; nothing may be reached without one but the public web.

    Raises:
        BadReach: it cannot be read, or says something that is not known.
    """
    if not file:
        return Reach()
    try:
        told = tomllib.loads(Path(file).read_text("utf-8"))
        shares = tuple(Share(**share) for share in told.pop("share", []))
        networks = tuple(map(ip_network, told.pop("networks", [])))
    except OSError as error:
        raise BadReach(f"The file {file} of MARKET_ENTRY_CONNECTIONS cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError) as error:
        # Not the words of the error: they may hold what stands there.
        raise BadReach(
            f"The file {file} of MARKET_ENTRY_CONNECTIONS is not in its form; see docs/connections.md."
        ) from error
    if told:
        raise BadReach(f"The file {file} says {', '.join(sorted(told))}, which is not known; see docs/connections.md.")
    return Reach(shares, networks)


def _check(kind: Kind, address: str) -> None:
    parts = urlsplit(address) if "[" not in address else None
    if kind is Kind.FOLDER:
        fine = Path(address).is_absolute() and ".." not in Path(address).parts
    else:
        fine = bool(parts and parts.scheme in _SCHEMES[kind] and parts.hostname and ".." not in parts.path.split("/"))
        fine = fine and not (parts and (parts.username or parts.password))
    if not fine:
        raise NotReachable(
            f"'{address}' is no address of that kind; write it as {_EXAMPLES[kind]}, without a password."
        )
