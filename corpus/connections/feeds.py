"""Feeds and sitemaps: lists of web pages, fetched as any web address is, and no faster than is polite."""

from __future__ import annotations

import hashlib
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from corpus.connections.places import ASKED, MetEntry
from corpus.connections.sources import MOST_ENTRIES, Brought, FoundEntry, PlaceGone, TooManyEntries
from corpus.errors import KnownError, Unreadable
from corpus.web.fetching import Bounds, Fetched, Network, Unchanged, fetch
from corpus.web.manners import Manners

LIST = ""  # the name under which the list itself is remembered
_BOUNDS = Bounds(size=10 * 2**20, seconds=60)  # of a list
_PAGE = Bounds(seconds=120)
_SITEMAPS = 50  # that a sitemap names
_SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
_GZIP, _GZIPPED = 16 + zlib.MAX_WBITS, b"\x1f\x8b"

Listed = Callable[[bytes, str], list[FoundEntry]]


class NoList(KnownError):
    """An address that gives no feed or sitemap."""

    def __init__(self, address: str, what: str) -> None:
        super().__init__(
            f"{address} gives no {what} that can be read; open it in a browser, and connect its right address."
        )


@dataclass(frozen=True)
class WebSource(ABC):
    """The pages that a list of the web names. `allowed` are networks that may be asked although they are not public."""

    address: str
    manners: Manners
    allowed: tuple[Network, ...] = ()

    def entries(self, met: Mapping[str, MetEntry]) -> Iterator[FoundEntry]:
        """The pages; of a list that has not changed, those that are to be looked at again."""
        before = met.get(LIST, MetEntry(LIST))
        waiting = [one for name, one in met.items() if name != LIST and one.stamp in ("", ASKED)]
        try:
            found = self._fetched(self.address, _BOUNDS, before)
        except Unchanged:
            yield from (FoundEntry(one.name, "") for one in waiting)
            return
        except Unreadable as error:
            raise PlaceGone(self.address, error.why) from error
        yield from self._listed(found)
        yield FoundEntry(LIST, f"{found.etag}\n{found.modified}")  # last: a run that is broken off asks for it anew

    def bring(self, found: FoundEntry, met: MetEntry | None, to: Path) -> Brought | None:
        """Fetch a page, if it has changed."""
        try:
            page = self._fetched(found.name, _PAGE, met or MetEntry(found.name))
        except Unchanged:
            return None
        to.write_bytes(page.data)
        return Brought(page.name, page.url, page.url, page.etag, page.modified)

    @abstractmethod
    def _listed(self, found: Fetched) -> Iterator[FoundEntry]:
        """The pages that a list names."""

    def _fetched(self, url: str, bounds: Bounds, before: MetEntry) -> Fetched:
        self.manners.approach(url)
        return fetch(url, bounds, allowed=self.allowed, etag=before.etag, modified=before.modified)


@dataclass(frozen=True)
class FeedSource(WebSource):
    """The entries of an RSS or Atom feed."""

    def _listed(self, found: Fetched) -> Iterator[FoundEntry]:
        import feedparser

        read = feedparser.parse(found.data, response_headers={"content-location": found.url}, sanitize_html=False)
        if not read.get("version") or (read.bozo and not read.entries):
            raise NoList(self.address, "feed")
        links: dict[str, str] = {}
        for entry in read.entries[:MOST_ENTRIES]:
            said = "\n".join(str(dict.get(entry, name, "")) for name in ("updated", "published", "title", "summary"))
            if link := entry.get("link"):
                links[str(link)] = hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()
        yield from (FoundEntry(link, stamp) for link, stamp in links.items())


@dataclass(frozen=True)
class SitemapSource(WebSource):
    """The pages of a sitemap, or of the sitemaps that it names."""

    def _listed(self, found: Fetched) -> Iterator[FoundEntry]:
        pages, others = self._read(found.data)
        for url in others[:_SITEMAPS]:
            try:
                pages |= self._read(self._fetched(url, _BOUNDS, MetEntry(url)).data)[0]
            except Unreadable as error:
                raise PlaceGone(url, error.why) from error
        if len(pages) > MOST_ENTRIES:
            raise TooManyEntries(self.address)
        yield from (FoundEntry(url, stamp) for url, stamp in pages.items())

    def _read(self, data: bytes) -> tuple[dict[str, str], list[str]]:
        """The pages with the days of their last change, and the further sitemaps."""
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            root = etree.fromstring(_unpacked(data), parser)
        except (etree.XMLSyntaxError, ValueError, zlib.error) as error:
            raise NoList(self.address, "sitemap") from error
        if root.tag not in (f"{_SITEMAP}urlset", f"{_SITEMAP}sitemapindex"):
            raise NoList(self.address, "sitemap")
        pages = {
            (one.findtext(f"{_SITEMAP}loc") or "").strip(): (one.findtext(f"{_SITEMAP}lastmod") or "").strip()
            for one in root.iterfind(f"{_SITEMAP}url")
        }
        others = [(one.findtext(f"{_SITEMAP}loc") or "").strip() for one in root.iterfind(f"{_SITEMAP}sitemap")]
        return {url: day for url, day in pages.items() if url}, [url for url in others if url]


def _unpacked(data: bytes) -> bytes:
    """A sitemap that may be packed, as far as a list may be large."""
    return zlib.decompressobj(_GZIP).decompress(data, _BOUNDS.size) if data.startswith(_GZIPPED) else data
