"""Folders, WebDAV and S3: files with names, whatever they are kept on. Names there are never names of files here."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

from corpus.connections.places import MetEntry
from corpus.connections.reach import Share
from corpus.connections.sources import MOST_ENTRIES, Brought, FoundEntry, PlaceGone, TooManyEntries, climbs, written
from corpus.errors import KnownError, NoFile, Unreadable
from corpus.files.archives import LEFTOVER
from corpus.files.reading import shown

_PIECE = 2**20  # bytes
_DEEP = 20  # folders within each other
_SECONDS = 30.0  # for a step of the conversation with a server
_CLIMBS = "its name leads out of the folder"


class NotInstalled(KnownError):
    """A kind of place whose library is not installed."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind} is not installed here; run `pip install -e '.[connections]'` and start anew.")


@dataclass(frozen=True)
class FolderSource:
    """A folder of this machine."""

    address: str

    def entries(self, _met: Mapping[str, MetEntry]) -> Iterator[FoundEntry | Unreadable]:
        """Its files and those of the folders in it; links are refused."""
        count = 0
        for folder, folders, names in os.walk(self.address, onerror=self._failed):
            folders.sort()
            for name in sorted([*names, *(one for one in folders if Path(folder, one).is_symlink())]):
                path = Path(folder, name)
                called = shown(path.relative_to(self.address))
                if LEFTOVER.search(called):
                    continue
                count = _counted(count, self.address)
                yield self._found(path, called)

    def bring(self, found: FoundEntry, _met: MetEntry | None, to: Path) -> Brought:
        """Copy a file."""
        path = Path(self.address, found.name)
        try:
            with _opened(path) as file:
                written(iter(lambda: file.read(_PIECE), b""), to, found.name)
        except OSError as error:
            self._failed(error)
            raise NoFile(found.name, error.strerror or str(error)) from error
        return Brought(path.name, str(path))

    def _found(self, path: Path, called: str) -> FoundEntry | Unreadable:
        try:
            status = path.lstat()
        except OSError as error:
            self._failed(error)
            return NoFile(called, error.strerror or str(error))
        if not stat.S_ISREG(status.st_mode):
            return NoFile(called, "it is a link" if stat.S_ISLNK(status.st_mode) else "it is a pipe or a device")
        return FoundEntry(called, f"{status.st_size} {status.st_mtime_ns}")

    def _failed(self, error: OSError) -> None:
        """Tell a file that cannot be had from a folder that is gone."""
        try:
            os.scandir(self.address).close()
        except OSError as gone:
            raise PlaceGone(self.address, gone.strerror) from error


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """A file that is one: no link, nor a pipe that would keep us waiting."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(handle, "rb") as file:  # noqa: PTH123 - a file that is open already
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise NoFile(path.name, "it is a pipe or a device")
        yield file


@dataclass(frozen=True)
class WebdavSource:
    """A folder of a WebDAV server, whose redirects are not followed: they could lead anywhere."""

    address: str
    share: Share

    @cached_property
    def _client(self) -> Any:  # noqa: ANN401 - of a library that may be missing
        try:
            from webdav4.client import Client
        except ImportError as error:
            raise NotInstalled("WebDAV") from error
        auth = (self.share.user, self.share.password) if self.share.user else None
        return Client(self.address, auth=auth, max_redirects=0, timeout=_SECONDS, trust_env=False)

    def entries(self, _met: Mapping[str, MetEntry]) -> Iterator[FoundEntry | Unreadable]:
        """Its files and those of the folders in it."""
        count, waiting = 0, [""]
        while waiting:
            folder = waiting.pop()
            for one in self._listed(folder):
                name = str(one["name"]).strip("/")
                inside = not climbs(name) and name.startswith(f"{folder}/" if folder else "")
                if not inside or name.count("/") > _DEEP:
                    yield NoFile(name, _CLIMBS if not inside else "it lies too deep")
                elif LEFTOVER.search(name):
                    continue
                elif one["type"] == "directory":
                    waiting.append(name)
                else:
                    count = _counted(count, self.address)
                    told = (one.get("etag"), one.get("modified"), one.get("content_length"))
                    yield FoundEntry(name, " ".join(str(part) for part in told if part is not None))

    def bring(self, found: FoundEntry, _met: MetEntry | None, to: Path) -> Brought:
        """Fetch a file."""
        from webdav4.client import ResourceNotFound

        try:
            with self._reached(), self._client.open(found.name, "rb", chunk_size=_PIECE) as file:
                written(iter(lambda: file.read(_PIECE), b""), to, found.name)
        except (ResourceNotFound, LookupError) as error:  # the latter where the server tells of another file
            raise NoFile(found.name, "it is gone") from error
        url = f"{self.address}/{quote(found.name)}"
        return Brought(found.name.rpartition("/")[2], url, url)

    def _listed(self, folder: str) -> list[dict[str, Any]]:
        from webdav4.client import ResourceNotFound

        try:
            with self._reached():
                return list(self._client.ls(folder, detail=True))
        except (LookupError, AttributeError, TypeError, SyntaxError) as error:  # of the library, over what it was sent
            raise PlaceGone(self.address, "its list of files is none") from error
        except ResourceNotFound as error:
            if not folder:
                raise PlaceGone(self.address, "there is no such folder") from error
            return []

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Tell a server that does not answer from a file that is not there."""
        import httpx
        from webdav4.client import ClientError, HTTPError, ResourceNotFound

        try:
            yield
        except ResourceNotFound:
            raise
        except HTTPError as error:
            raise PlaceGone(self.address, _told_by(error.status_code)) from error
        except (httpx.HTTPError, httpx.InvalidURL, ClientError, OSError, ValueError) as error:
            raise PlaceGone(self.address, _kind_of(error)) from error


@dataclass(frozen=True)
class S3Source:
    """A bucket, or what begins there with a path, of a storage that speaks S3."""

    address: str
    share: Share

    @cached_property
    def _store(self) -> Any:  # noqa: ANN401 - of a library that may be missing
        try:
            from obstore.store import S3Store
        except ImportError as error:
            raise NotInstalled("S3") from error
        share = self.share
        more: dict[str, Any] = {"endpoint": share.endpoint} if share.endpoint else {}
        if share.key:
            more |= {"access_key_id": share.key, "secret_access_key": share.secret}
        else:
            more |= {"skip_signature": True}
        return S3Store(
            urlsplit(self.address).netloc,
            region=share.region,
            client_options={"timeout": f"{_SECONDS:g}s", "allow_http": share.endpoint.startswith("http://")},
            retry_config={"max_retries": 1},
            **more,
        )

    def entries(self, _met: Mapping[str, MetEntry]) -> Iterator[FoundEntry | Unreadable]:
        """The files whose keys begin with the path."""
        import obstore

        count, prefix = 0, urlsplit(self.address).path.strip("/")
        with self._reached():
            for chunk in obstore.list(self._store, prefix or None):
                for one in chunk:
                    name = str(one["path"]).removeprefix(f"{prefix}/" if prefix else "")
                    if climbs(name):
                        yield NoFile(name, _CLIMBS)
                    elif not LEFTOVER.search(name):
                        count = _counted(count, self.address)
                        yield FoundEntry(name, f"{one['e_tag']} {one['last_modified']} {one['size']}")

    def bring(self, found: FoundEntry, _met: MetEntry | None, to: Path) -> Brought:
        """Fetch a file."""
        import obstore

        key = f"{urlsplit(self.address).path.strip('/')}/{found.name}".strip("/")
        try:
            with self._reached():
                got = obstore.get(self._store, key)
                written((bytes(piece) for piece in got.stream(min_chunk_size=_PIECE)), to, found.name)
        except FileNotFoundError as error:
            raise NoFile(found.name, "it is gone") from error
        url = f"{self.address}/{quote(found.name)}"
        return Brought(found.name.rpartition("/")[2], url, url)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except FileNotFoundError:
            raise
        except (BaseError, OSError, ValueError) as error:
            raise PlaceGone(self.address, _kind_of(error)) from error


def _counted(count: int, address: str) -> int:
    if count >= MOST_ENTRIES:
        raise TooManyEntries(address)
    return count + 1


def _told_by(status: int) -> str:
    return "it does not accept the name and password" if status in (401, 403) else f"it answers {status}"


def _kind_of(error: Exception) -> str:
    """What kind of failure it was: its words could hold what signs us in."""
    return type(error).__name__
