"""The words that documents are filed under, and how people call them. Data files, read once.

Adding a market is adding one file to `vocabulary/markets/`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TypeVar

from corpus.errors import UnknownCode

_Kind = TypeVar("_Kind")

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "ca", "es", "fr", "it", "de")
_OFFICIAL = 5  # of the kinds of sources, which stand in this order


@dataclass(frozen=True)
class Term:
    """A code with its name in each language and the other words by which people call it.

    `shorts` are names for where room is scarce, of those that have a longer one.
    """

    code: str
    names: Mapping[str, str]
    aliases: tuple[str, ...] = ()
    shorts: Mapping[str, str] = field(default_factory=dict)

    def name(self, language: str) -> str:
        """The name in a language, in English where there is none."""
        return self.names.get(language, self.names["en"])


@dataclass(frozen=True)
class Cluster:
    """An organisation of the alliance: whom a company can turn to."""

    code: str
    name: str
    region: Mapping[str, str]
    languages: tuple[str, ...]
    aliases: tuple[str, ...]
    url: str
    helps_with: Mapping[str, str]
    country: str = ""
    located: Mapping[str, str] = field(
        default_factory=dict
    )  # its region as it follows a verb: "in Bavaria", "al Piemont"
    strengths: Mapping[str, str] = field(default_factory=dict)  # areas it is strong in, with the documents that say so
    answers_within: int = 0  # working days, as the installation has it from the cluster; 0 where nothing is said


@dataclass(frozen=True)
class Alliance:
    """The clusters together: their name, and what the assistant is for. Neither is translated."""

    name: str
    purpose: str


class Helps(StrEnum):
    """Whom an organisation helps."""

    LOCALS = "locals"  # companies of its region
    NEWCOMERS = "newcomers"  # companies from outside Europe
    EUROPEANS = "europeans"
    EVERYBODY = "everybody"


@dataclass(frozen=True)
class Organisation:
    """A public organisation that a document of the library names: whom a company can turn to beside the clusters."""

    code: str
    name: str
    url: str
    works_in: frozenset[str]  # markets, or the region of a cluster
    helps: frozenset[Helps]
    document: str
    region: Mapping[str, str]  # the name of where it works
    helps_with: Mapping[str, str]


@dataclass(frozen=True)
class Vocabulary:
    """All terms, by kind of term and code."""

    markets: Mapping[str, Term]
    elsewhere: Mapping[str, Term]  # countries of which the library is not, with their authorities as aliases
    areas: Mapping[str, Term]
    topics: Mapping[str, Term]
    kinds: Mapping[str, Term]
    fields: Mapping[str, Term]
    products: Mapping[str, Term]  # kinds of product, by the codes of their topics
    aspects: Mapping[str, Term]
    source_kinds: Mapping[str, Term]  # in the order in which sources are shown
    alliance: Alliance
    clusters: Mapping[str, Cluster]
    organisations: Mapping[str, Organisation]  # in the order in which they are worth asking
    europe: Mapping[str, Term]  # European countries where companies come from
    outside: Mapping[str, Term]  # what companies of other countries are called, beside the names of markets

    @property
    def official_kinds(self) -> frozenset[str]:
        """The kinds of sources that are official: laws, authorities, courts, public bodies, clusters."""
        return frozenset(list(self.source_kinds)[:_OFFICIAL])

    @property
    def authority_kinds(self) -> frozenset[str]:
        """The official kinds that speak for a state: a cluster is none of them."""
        return self.official_kinds - {"cluster"}

    def market(self, code: str) -> Term:
        """The market of that code.

        Raises:
            UnknownCode: there is none.
        """
        return _known("market", self.markets, code)

    def area(self, code: str) -> Term:
        """The area of that code.

        Raises:
            UnknownCode: there is none.
        """
        return _known("area", self.areas, code)

    def product(self, code: str) -> Term:
        """The kind of product of that code.

        Raises:
            UnknownCode: there is none.
        """
        return _known("product", self.products, code)

    def cluster(self, code: str) -> Cluster:
        """The cluster of that code.

        Raises:
            UnknownCode: there is none.
        """
        return _known("cluster", self.clusters, code)


def _known(what: str, terms: Mapping[str, _Kind], code: str) -> _Kind:
    try:
        return terms[code]
    except KeyError:
        raise UnknownCode(what, code, sorted(terms)) from None


def _term(code: str, table: Mapping[str, object]) -> Term:
    names = {language: str(table[language]) for language in LANGUAGES if language in table}
    aliases, shorts = table.get("aliases", ()), table.get("short", {})
    return Term(
        code,
        names,
        tuple(str(alias) for alias in aliases) if isinstance(aliases, list) else (),
        dict(shorts) if isinstance(shorts, dict) else {},
    )


def _terms(path: Path) -> dict[str, Term]:
    return {code: _term(code, table) for code, table in tomllib.loads(path.read_text("utf-8")).items()}


def _cluster(path: Path) -> Cluster:
    table = tomllib.loads(path.read_text("utf-8"))
    return Cluster(
        code=path.stem,
        name=table["name"],
        region=table["region"],
        languages=tuple(table["languages"]),
        aliases=tuple(table["aliases"]),
        url=table["url"],
        helps_with=table["helps_with"],
        country=table["country"],
        located=table["located"],
        strengths=table.get("strengths", {}),
    )


def _organisations(path: Path, markets: Mapping[str, Term], clusters: Mapping[str, Cluster]) -> dict[str, Organisation]:
    places = {code: term.names for code, term in markets.items()} | {one.code: one.region for one in clusters.values()}
    return {
        code: Organisation(
            code=code,
            name=table["name"],
            url=table["url"],
            works_in=frozenset(table["works_in"]),
            helps=frozenset(Helps(one) for one in table["helps"]),
            document=table["document"],
            region={
                language: ", ".join(places[place].get(language, places[place]["en"]) for place in table["works_in"])
                for language in LANGUAGES
            },
            helps_with=table["helps_with"],
        )
        for code, table in tomllib.loads(path.read_text("utf-8")).items()
    }


def read_vocabulary(folder: Path) -> Vocabulary:
    """Read a vocabulary from its folder of TOML files."""
    markets = {
        path.stem: _term(path.stem, tomllib.loads(path.read_text("utf-8")))
        for path in sorted((folder / "markets").glob("*.toml"))
    }
    clusters = {path.stem: _cluster(path) for path in sorted((folder / "clusters").glob("*.toml"))}
    elsewhere, europe = _terms(folder / "elsewhere.toml"), _terms(folder / "origins" / "europe.toml")
    if "europe" in markets:  # whatever is called by one of its countries
        inside = [term for code, term in europe.items() if code not in markets and code not in elsewhere]
        names = tuple(name for term in inside for name in (*term.names.values(), *term.aliases))
        markets["europe"] = replace(markets["europe"], aliases=(*markets["europe"].aliases, *names))
    return Vocabulary(
        markets=markets,
        elsewhere=elsewhere,
        areas=_terms(folder / "areas.toml"),
        topics=_terms(folder / "topics.toml"),
        kinds=_terms(folder / "kinds.toml"),
        fields=_terms(folder / "fields.toml"),
        products=_terms(folder / "products.toml"),
        aspects=_terms(folder / "aspects.toml"),
        source_kinds=_terms(folder / "source_kinds.toml"),
        alliance=Alliance(**tomllib.loads((folder / "alliance.toml").read_text("utf-8"))),
        clusters=clusters,
        organisations=_organisations(folder / "organisations.toml", markets, clusters),
        europe=europe,
        outside=_terms(folder / "origins" / "outside.toml"),
    )


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary shipped with the product."""
    return read_vocabulary(FOLDER)
