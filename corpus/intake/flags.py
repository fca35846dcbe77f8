"""What staff should see in a text before they publish it: people in it, words meant for a model, pages not read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from corpus.catalogue.records import Matter
from corpus.documents import Passage, Read
from corpus.patterns import any_of
from corpus.personal.kinds import KINDS

_SHOWN = 3  # places in words for the person
_AROUND = 40  # characters before and after a place, up to a word's end
_ENOUGH = 8  # unseen characters; a few are in many an honest page

# Addresses of an office and not of a person begin like this.
_OFFICES = tuple(
    "info contact kontakt contacto contacte contatto office mail post press presse prensa premsa stampa hello help"
    " support service servicio servei admin webmaster sales jobs careers privacy dpo datenschutz gdpr legal secretar"
    " sekretariat enquir inquir query queries registr noreply no-reply newsletter international regulat device drug"
    " pharma export import trade general team web media marketing example test user name your".split()
)
_PERSONAL_MAIL = re.compile(r"[a-zà-ÿ]{1,}[._-][a-zà-ÿ]{2,}|[a-zà-ÿ]{3,}\d*", re.IGNORECASE)
# A number of a telephone, and not of a book or an account, is called so or written with its country.
_TELEPHONE = re.compile(
    r"(?:\b(?:tel|phone|mobil|móvil|mòbil|fax|cell)|☎|📞|\+\d).{0,40}?\d(?:[ ()./-]{0,2}\d){6}", re.IGNORECASE
)


def flags(read: Read, passages: Iterable[Passage]) -> dict[Matter, str]:
    """What was seen, by matter."""
    texts = [passage.text for passage in passages]
    found = {
        Matter.PERSONAL: _some(_people(texts)),
        Matter.INSTRUCTIONS: _some(_instructions(texts, read.unseen)),
        Matter.UNREAD: "; ".join(_unread(read)),
        Matter.RECOGNISED: _recognised(read),
    }
    return {matter: detail for matter, detail in found.items() if detail}


def _unread(read: Read) -> Iterator[str]:
    if read.unread:
        yield f"pages {', '.join(map(str, read.unread))} hold pictures and no text"
    yield from read.lost


def _recognised(read: Read) -> str:
    """Which pages were read by text recognition, and how sure it is of them."""
    if not read.recognised:
        return ""
    pages = ", ".join(f"{page} ({sure} %)" for page, sure in read.recognised)
    return f"pages that are pictures were read by text recognition, with how sure it is: {pages}; compare the figures"


def _some(places: Iterator[str]) -> str:
    """The first places, and how many more there are."""
    shown = list(dict.fromkeys(places))
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return "; ".join(shown[:_SHOWN]) + more


def _people(texts: Iterable[str]) -> Iterator[str]:
    """Addresses of persons, and telephone numbers that stand beside a name."""
    for text in texts:
        for start, end in KINDS["e-mail"](text):
            local = text[start:end].partition("@")[0]
            if _PERSONAL_MAIL.fullmatch(local) and not local.lower().startswith(_OFFICES):
                yield text[start:end]
        lines = text.split("\n")
        for at, line in enumerate(lines):
            if _TELEPHONE.search(line):
                beside = "\n".join(lines[max(at - 1, 0) : at + 2])
                if any(True for _ in KINDS["name"](beside)):
                    yield from (line[start:end] for start, end in KINDS["phone"](line))


def _instructions(texts: Iterable[str], unseen: int) -> Iterator[str]:
    if unseen >= _ENOUGH:
        yield f"{unseen} characters that cannot be seen"
    for text in texts:
        plain = " ".join(text.split())
        for place in _patterns().finditer(plain):
            start = plain.rfind(" ", 0, max(place.start() - _AROUND, 0)) + 1
            end = plain.find(" ", place.end() + _AROUND)
            yield f"«{plain[start : end if end >= 0 else len(plain)]}»"


@cache
def _patterns() -> re.Pattern[str]:
    table = tomllib.loads(Path(__file__).with_name("instructions.toml").read_text("utf-8"))
    return re.compile(any_of(table["patterns"]), re.IGNORECASE)
