"""Whom a company can turn to: the clusters of the alliance, and the public organisations that the library names.

Where the company is decides first: a company of the four regions has its own cluster, one from elsewhere in Europe the
Enterprise Europe Network and the cluster of its country, one from outside Europe the ways in. The market that it asks
about adds the organisations there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from assistant.answers import Contact
from assistant.language.phrasing import origin
from assistant.texts import say
from assistant.understand.questions import FROM_OUTSIDE, OUTSIDE, Question, Understood
from corpus.mentions import mentioned, where_mentioned
from corpus.vocabulary import Cluster, Helps, Organisation, Vocabulary

_IN_A_MARKET = 3  # organisations shown for it


@dataclass(frozen=True)
class Origin:
    """Where a company is, if it is known: in regions of the alliance, other European countries, or outside Europe."""

    clusters: tuple[str, ...] = ()
    countries: frozenset[str] = frozenset()
    outside: bool = False


def contacts_for(question: Question, understood: Understood, vocabulary: Vocabulary) -> tuple[Contact, ...]:
    """Whom to turn to with a question, the nearest first, each with the reason."""
    asking = _Asking(understood, vocabulary, company_origin(question, understood, vocabulary), question.profile.markets)
    found: dict[str, Contact] = {}
    for contact in asking.contacts():
        found.setdefault(contact.who.code, contact)
    return tuple(found.values())


def company_origin(question: Question, understood: Understood, vocabulary: Vocabulary) -> Origin:
    """Where the company is: as the question says, or earlier ones, or the profile; else where some company is.

    Of `a company in Japan` nobody knows whether it is there or to be founded: it counts only beside a place in Europe.
    """
    for text in (question.text, *reversed(question.earlier)):
        own, _ = origin(text, understood.language)
        if (found := _named_origin(own, vocabulary)) != Origin():
            return found
    if question.profile.home == OUTSIDE:
        return Origin(outside=True)
    if question.profile.home:
        return Origin(clusters=(question.profile.home,))
    _, others = origin(question.text, understood.language)
    place = _named_origin(others, vocabulary)
    if place.countries or (place.outside and _names_europe(question.text, vocabulary)):
        return place
    return Origin(outside=understood.language in FROM_OUTSIDE and not understood.markets - {"europe"})


def _names_europe(text: str, vocabulary: Vocabulary) -> bool:
    groups = (vocabulary.clusters, vocabulary.europe, {"europe": vocabulary.markets["europe"]})
    return any(mentioned(text, terms) for terms in groups)


def _named_origin(text: str, vocabulary: Vocabulary) -> Origin:
    """The origin that words give: the place that they name first, since the next may be where the company wants to go.

    In `a maker in Munich, Germany` and the other way round, the region counts, being the smaller place.
    """
    clusters = where_mentioned(text, vocabulary.clusters)
    countries = where_mentioned(text, vocabulary.europe)
    abroad = [
        place
        for terms in (vocabulary.markets, vocabulary.elsewhere, vocabulary.outside)
        for code, place in where_mentioned(text, terms).items()
        if code not in ("europe", *vocabulary.europe)
    ]
    if abroad and min(abroad) < min((*clusters.values(), *countries.values()), default=len(text)):
        return Origin(outside=True)
    own = [
        code
        for code, place in clusters.items()
        if all(
            place < of_country or country == vocabulary.clusters[code].country
            for country, of_country in countries.items()
        )
    ]
    return Origin(clusters=tuple(sorted(own)), countries=frozenset(countries))


@dataclass(frozen=True)
class _Asking:
    """One question on its way to those who can help."""

    understood: Understood
    vocabulary: Vocabulary
    origin: Origin
    target_markets: frozenset[str]  # the markets of the profile

    def contacts(self) -> Iterator[Contact]:
        if self.origin.outside:
            yield from self._into_europe()
            return
        if self.origin.clusters:
            yield from self._at_home()
        elif self.origin.countries:
            yield from self._elsewhere_in_europe()
        else:
            yield from self._of_nobody_knows_where()
        yield from self._in_the_market()

    def _at_home(self) -> Iterator[Contact]:
        for cluster in self._clusters(self.origin.clusters):
            yield self._because(cluster, "home", located=self._located(cluster))
        yield from self._named()
        for cluster in self._clusters(self.origin.clusters):
            for organisation in self._organisations(cluster.code, Helps.LOCALS):
                yield self._because(organisation, "home", located=self._located(cluster))

    def _elsewhere_in_europe(self) -> Iterator[Contact]:
        for organisation in self._organisations("europe", Helps.EUROPEANS):
            yield self._because(organisation, "elsewhere")
        yield from self._named()
        country = [one for one in self._all() if one.country in self.origin.countries]
        for cluster in country:
            yield self._because(cluster, "country")
        if not country:
            yield from self._speaking()

    def _of_nobody_knows_where(self) -> Iterator[Contact]:
        for found in (self._named(), self._speaking()):
            if contacts := list(found):
                yield from contacts
                return
        for cluster in self._all():
            yield self._because(cluster, "alliance")

    def _into_europe(self) -> Iterator[Contact]:
        """The region that is named, with those who help to settle there; else all, the fitting ones first."""
        if named := self._named_clusters():
            for cluster in named:
                yield self._because(cluster, "entry", located=self._located(cluster))
                for organisation in self._organisations(cluster.code, Helps.NEWCOMERS):
                    yield self._because(organisation, "region", located=self._located(cluster))
            return
        for cluster in self._all():
            for area in sorted(self.understood.preferences.areas & cluster.strengths.keys()):
                yield self._because(cluster, "strength", area=self.vocabulary.areas[area].name(self._language))
        for cluster in self._all():
            yield self._because(cluster, "entry", located=self._located(cluster))
        for organisation in self._organisations("europe", Helps.NEWCOMERS):
            yield self._because(organisation, "outside")

    def _in_the_market(self) -> Iterator[Contact]:
        for code in sorted((self.understood.markets or self.target_markets) - {"europe"}):
            market = self.vocabulary.markets[code].name(self._language)
            for organisation in islice(self._organisations(code, Helps.EUROPEANS, Helps.EVERYBODY), _IN_A_MARKET):
                yield self._because(organisation, "market", market=market)

    def _named(self) -> Iterator[Contact]:
        for cluster in self._named_clusters():
            yield self._because(cluster, "named", located=self._located(cluster))

    def _speaking(self) -> Iterator[Contact]:
        for cluster in self._all():
            if self.understood.language in cluster.languages:
                yield self._because(cluster, "language")

    def _all(self) -> list[Cluster]:
        return list(self.vocabulary.clusters.values())

    def _clusters(self, codes: tuple[str, ...]) -> list[Cluster]:
        return [self.vocabulary.clusters[code] for code in codes]

    def _named_clusters(self) -> list[Cluster]:
        named = mentioned(self.understood.text, self.vocabulary.clusters) - {*self.origin.clusters}
        return self._clusters(tuple(sorted(named)))

    def _organisations(self, place: str, *helps: Helps) -> Iterator[Organisation]:
        for organisation in self.vocabulary.organisations.values():
            if place in organisation.works_in and organisation.helps & {*helps}:
                yield organisation

    def _located(self, cluster: Cluster) -> str:
        return cluster.located[self._language]

    def _because(self, who: Cluster | Organisation, reason: str, **values: str) -> Contact:
        return Contact(who, say(self._language, f"reason_{reason}", **values))

    @property
    def _language(self) -> str:
        return self.understood.reader_language
