"""What a company says of itself in the chat, as the browser keeps it. The server keeps nothing of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import QueryParams

from assistant.language.writing import alone
from assistant.texts import say
from assistant.understand.questions import OUTSIDE, Profile
from corpus.vocabulary import Term, Vocabulary

LONGEST_CLASS = 20  # characters

_PROFILE = TypeAdapter(Profile)


def to_keep(profile: Profile) -> str:
    """A profile as text for the browser, which would go on keeping the last one if it were given nothing."""
    return _PROFILE.dump_json(profile).decode()


def kept(text: object, vocabulary: Vocabulary) -> Profile:
    """The profile that came back from the browser, which may send anything: what is not of ours is left out."""
    try:
        profile = _PROFILE.validate_json(text if isinstance(text, str) else "")
    except ValidationError:  # nothing yet, of another release, or tampered with
        return Profile()
    return said(vocabulary, profile.home, profile.product, profile.risk_class, profile.markets, profile.areas)


def said(
    vocabulary: Vocabulary,
    home: object,
    product: object,
    risk_class: object,
    markets: Iterable[str],
    areas: Iterable[str],
) -> Profile:
    """A profile from what the fields of the page send."""
    return Profile(
        markets=frozenset(vocabulary.markets.keys() & markets),
        areas=frozenset(vocabulary.areas.keys() & areas),
        product=str(product) if product in vocabulary.products else "",
        risk_class=" ".join(str(risk_class or "").split())[:LONGEST_CLASS].strip(),
        home=str(home) if home in vocabulary.clusters or home == OUTSIDE else "",
    )


def homes(vocabulary: Vocabulary, language: str) -> list[tuple[str, str]]:
    """The places where a company may be, by name, each with its code."""
    regions = [(one.region.get(language, one.region["en"]), code) for code, one in vocabulary.clusters.items()]
    return [(say(language, "unsaid"), ""), *regions, (say(language, "outside_europe"), OUTSIDE)]


def described(profile: Profile, vocabulary: Vocabulary, language: str) -> str:
    """A profile in a line: product and class, where the company is, where it wants to go."""
    named = {code: name for name, code in homes(vocabulary, language)}
    product = [in_short(vocabulary.products[profile.product], language)] if profile.product else []
    risk_class = [say(language, "risk_class", name=profile.risk_class)] if profile.risk_class else []
    areas = sorted(alone(vocabulary.areas[code].name(language)) for code in profile.areas)
    home = [named[profile.home]] if profile.home in named and profile.home else []
    markets = ", ".join(sorted(alone(vocabulary.markets[code].name(language)) for code in profile.markets))
    here = " · ".join([*product, *risk_class, *areas, *home])
    return " ".join(filter(None, [here, markets and f"→ {markets}"]))


def in_short(term: Term, language: str) -> str:
    """A name as it stands by itself where room is scarce."""
    return term.shorts.get(language) or alone(term.name(language))


def carried(path: str, profile: Profile) -> dict[str, str]:
    """What the form of another page takes of a profile, by the names of its fields."""
    home = {"home": profile.home} if profile.home else {}
    product = {"product": profile.product} if profile.product else {}
    match path:
        case "/contact":
            return home
        case "/compare":
            return product
        case "/plan" if product and len(profile.markets) == 1:
            risk_class = {"risk_class": profile.risk_class} if profile.risk_class else {}
            return {"market": next(iter(profile.markets)), **product, **risk_class, **home}
        case "/plan":  # a form that is filled in by half would be told that it is
            return home
    return {}


def along(path: str, profile: Profile) -> dict[str, str | list[str]]:
    """What an address carries of a profile: what the page's form takes, and the rest for the pages after it.

    Markets stand under a name of their own, since a page of the library is narrowed by the market of its address.
    """
    taken = carried(path, profile)
    if "market" in taken:
        return {**taken}
    said = {"product": profile.product, "risk_class": profile.risk_class, "home": profile.home}
    rest = {} if path == "/plan" else {name: value for name, value in said.items() if value}
    return {**taken, **rest, **({"target": sorted(profile.markets)} if profile.markets else {})}


def joined(known: Profile, planned: Profile) -> Profile:
    """A profile, and what a plan was made for: its product stands in place of another, its market beside others."""
    same = planned.product == known.product
    return replace(
        known,
        markets=known.markets | planned.markets,
        product=planned.product,
        risk_class=planned.risk_class or (known.risk_class if same else ""),
    )


def of_address(path: str, query: QueryParams, vocabulary: Vocabulary) -> Profile:
    """The profile that an address carries."""
    markets = query.getlist("market" if path == "/plan" and query.get("market") else "target")
    return said(vocabulary, query.get("home"), query.get("product"), query.get("risk_class"), markets, ())
