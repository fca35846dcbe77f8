"""Documents that come by themselves from feeds and sitemaps: a real site on this machine, asked politely."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from corpus.connections.places import ConnectedPlace, Kind
from corpus.intake.intake import Refused, Taken
from tests.corpus.connections.connected import Connected, Site, bomb, listening, page_of

ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><id>urn:x</id>
<updated>2026-11-20T10:00:00Z</updated>{}</feed>"""
ENTRY = "<entry><id>{0}</id><title>{0}</title><link href='{0}'/><updated>{1}</updated></entry>"
RSS = "<rss version='2.0'><channel><title>News</title><link>/</link><description>d</description>{}</channel></rss>"
ITEM = "<item><title>{0}</title><link>{0}</link><pubDate>{1}</pubDate></item>"
URLSET = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{}</urlset>"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)


@dataclass
class World:
    """A site, and what it was asked for."""

    address: str = ""
    pages: dict[str, bytes] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def feed(self, numbers: range, updated: str = "2026-11-20T10:00:00Z", more: str = "") -> None:
        entries = "".join(ENTRY.format(f"{self.address}/{number}", updated) for number in numbers)
        self.pages["/feed.xml"] = ATOM.format(entries + more).encode()


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    world.pages |= {f"/{number}": page_of(number) for number in range(12)}
    handler = type("WorldHandler", (Site,), {name: getattr(world, name) for name in ("pages", "moved", "asked")})
    with listening(handler) as world.address:
        yield world


def taken(connected: Connected, place: ConnectedPlace) -> list[Taken]:
    return [outcome for outcome in connected.run(place) if isinstance(outcome, Taken)]


def test_the_entries_of_a_feed_become_drafts_with_their_source_and_a_changed_one_its_next_version(
    connected: Connected, world: World
) -> None:
    world.feed(range(10))
    place = connected.add(Kind.FEED, f"{world.address}/feed.xml")
    assert len(taken(connected, place)) == 10
    draft = connected.drafts()[f"{world.address}/3"]
    assert [source.url for source in draft.metadata.sources] == [f"{world.address}/3"]
    world.asked.clear()
    assert connected.run(place) == []
    assert world.asked == [("/robots.txt", 404), ("/feed.xml", 304)]  # nothing else is asked for
    world.pages["/3"] = page_of(3, "nine")
    world.feed(range(11), "2026-11-21T10:00:00Z")
    world.asked.clear()
    new, old = sorted(taken(connected, place), key=lambda one: one.before or 0)
    assert (new.before, old.before) == (None, 1)
    assert dict(world.asked)["/4"] == 304
    assert dict(world.asked)["/3"] == 200
    assert len(connected.drafts()) == 11


def test_rss_is_read_as_well(connected: Connected, world: World) -> None:
    items = "".join(ITEM.format(f"{world.address}/{n}", "Fri, 20 Nov 2026 10:00:00 GMT") for n in range(3))
    world.pages["/rss.xml"] = RSS.format(items).encode()
    assert len(taken(connected, connected.add(Kind.FEED, f"{world.address}/rss.xml"))) == 3


def test_a_sitemap_and_those_that_it_names_are_read_changed_and_read_again(connected: Connected, world: World) -> None:
    def sitemap(day: str) -> None:
        dated = "".join(f"<url><loc>{world.address}/{n}</loc><lastmod>{day}</lastmod></url>" for n in range(5))
        world.pages["/dated.xml"] = URLSET.format(dated).encode()

    sitemap("2026-11-20")
    undated = "".join(f"<url><loc>{world.address}/{n}</loc></url>" for n in range(5, 8))
    world.pages["/undated.xml"] = URLSET.format(undated).encode()
    both = "".join(f"<sitemap><loc>{world.address}/{name}.xml</loc></sitemap>" for name in ("dated", "undated"))
    index = f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{both}</sitemapindex>"
    world.pages["/sitemap.xml"] = index.encode()
    place = connected.add(Kind.SITEMAP, f"{world.address}/sitemap.xml")
    assert len(taken(connected, place)) == 8
    assert taken(connected, place) == []
    world.pages["/6"] = page_of(6, "nine")  # of which no day is said: it is asked for each time
    [changed] = taken(connected, place)
    assert changed.before == 1
    assert dict(world.asked[-8:])["/7"] == 304


def test_what_robots_txt_forbids_is_not_asked_for(connected: Connected, world: World) -> None:
    world.pages["/robots.txt"] = b"User-agent: *\nDisallow: /2\n"
    world.feed(range(4))
    place = connected.add(Kind.FEED, f"{world.address}/feed.xml")
    assert len(taken(connected, place)) == 3
    assert "/2" not in dict(world.asked)
    assert "robots.txt asks machines to stay away" in connected.errors(place)[f"{world.address}/2"]


def test_ways_inward_bombs_and_other_schemes_are_refused_and_the_rest_is_taken(
    connected: Connected, world: World
) -> None:
    world.moved["/inward"] = "http://127.0.0.2/secret"
    world.pages["/bomb"] = bomb()
    hostile = [f"{world.address}/inward", f"{world.address}/bomb", "ftp://x.example/passwd", "http://10.0.0.1/x"]
    world.feed(range(2), more="".join(ENTRY.format(url, "2026-11-20T10:00:00Z") for url in hostile))
    place = connected.add(Kind.FEED, f"{world.address}/feed.xml")
    outcomes = connected.run(place)
    assert sum(isinstance(outcome, Taken) for outcome in outcomes) == 2
    assert {outcome.name for outcome in outcomes if isinstance(outcome, Refused)} == set(hostile)
    errors = connected.errors(place)
    assert "not on the public internet" in errors[f"{world.address}/inward"]
    assert "too large" in errors[f"{world.address}/bomb"]


@pytest.mark.parametrize("kind", [Kind.FEED, Kind.SITEMAP])
@pytest.mark.parametrize(
    "data",
    [b"<html>no list</html>", b"", (LAUGHS + "<rss version='2.0'><channel>&j;</channel></rss>").encode(), b"\x1f\x8b"],
    ids=["page", "empty", "laughs", "torn"],
)
def test_what_is_no_list_is_told_in_a_sentence(connected: Connected, world: World, kind: Kind, data: bytes) -> None:
    world.pages["/list.xml"] = data
    place = connected.add(kind, f"{world.address}/list.xml")
    assert connected.run(place) == []
    assert connected.problem(place).startswith(f"{world.address}/list.xml ")


def test_a_site_that_goes_away_in_the_middle_loses_nothing(connected: Connected, world: World) -> None:
    world.feed(range(10))
    place = connected.add(Kind.FEED, f"{world.address}/feed.xml")
    pages = {path: world.pages.pop(path) for path in ("/7", "/8", "/9")}
    assert len(taken(connected, place)) == 7
    assert connected.counts(place) == (7, 0, 3)
    world.pages.update(pages)
    assert len(taken(connected, place)) == 3
    assert connected.errors(place) == {}
