"""The kinds of personal data, and how each is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from corpus.personal.addresses import emails, links, streets
from corpus.personal.health import conditions
from corpus.personal.names import names
from corpus.personal.numbers import cards, ibans, identities, long_numbers
from corpus.personal.phones import phones
from corpus.personal.spans import Span, apart
from corpus.personal.told import births, keys, told_identities

# In this order: a link may hold an address, an address a name, and a number told of oneself may look like a phone's.
KINDS: Mapping[str, Callable[[str], Iterator[Span]]] = MappingProxyType(
    {
        "link": links,
        "e-mail": emails,
        "key": keys,
        "iban": ibans,
        "card": cards,
        "birth": births,
        "id": lambda text: apart([*told_identities(text), *identities(text)]),
        "phone": phones,
        "number": long_numbers,
        "street": streets,
        "health": conditions,
        "name": names,
    }
)


def replaced(text: str, stand_in: Callable[[str, str], str]) -> str:
    """The text with what stands in for each personal detail, given its kind and its words."""
    for kind, find in KINDS.items():
        pieces: list[str] = []
        at = 0
        for start, end in find(text):
            pieces += text[at:start], stand_in(kind, text[start:end])
            at = end
        text = "".join([*pieces, text[at:]])
    return text
