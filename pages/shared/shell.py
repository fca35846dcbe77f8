"""The frame of every page: the header with the parts of the site and the visitor's product, and the foot.

Pages made of templates import the macros of `shell.html`. The chat, which is Gradio's, takes the same HTML from
`header` and `foot`, and loads `tokens.css` and `shell.css`, whose rules touch these two and what has the class `menu`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assistant.settings import Settings
from assistant.texts import say
from assistant.understand.questions import Profile
from corpus.vocabulary import LANGUAGES, Alliance, Vocabulary
from pages.shared import company
from pages.shared.navigation import CHAT, NavItem

TEMPLATES = Path(__file__).parent / "templates"
PRODUCT_PLACE = "your-product"  # the id of where a product is described in the chat


@dataclass(frozen=True)
class ShellLink:
    """A link of header or foot: `current` as `aria-current` says it, `note` in small print below."""

    href: str
    text: str
    current: str = ""
    note: str = ""


@dataclass(frozen=True)
class Shell:
    """What header and foot show.

    Attributes:
        part: what stands beside the name of the alliance, which leads to `home`.
        languages: the address of this page in each language; empty where it cannot be chosen so.
        product: the visitor's; without a text the invitation to describe it, None where nobody is a visitor.
        main: the id of what the first link leads to.
        prefix: the path below which all addresses are.
    """

    language: str
    alliance: Alliance
    part: str
    home: str
    tabs: tuple[ShellLink, ...]
    clusters: tuple[ShellLink, ...]
    legal: tuple[ShellLink, ...]
    languages: Mapping[str, str]
    product: ShellLink | None = None
    main: str = "main"
    disclaimer: str = ""
    emblem: bool = False
    prefix: str = ""

    def t(self, name: str, **values: object) -> str:
        """A text in the language of the page."""
        return say(self.language, name, **values)

    def named(self, code: str) -> str:
        """A language by its own name."""
        return say(code, "language_name")


def header(shell: Shell) -> Markup:
    """The header as HTML."""
    return Markup(_macros().header(shell))  # noqa: S704 - the template escapes what it is given


def foot(shell: Shell) -> Markup:
    """The foot as HTML."""
    return Markup(_macros().foot(shell))  # noqa: S704 - as above


def preloads(prefix: str) -> Markup:
    """Links for the head of a page, by which a browser asks for the fonts before it has read the style sheets."""
    return Markup(_macros().preloads(prefix))  # noqa: S704 - as above


def shell_for_visitors(
    vocabulary: Vocabulary,
    settings: Settings,
    language: str,
    here: str,
    parts: Iterable[NavItem],
    legal: Iterable[NavItem],
    profile: Profile,
    languages: Mapping[str, str] | None = None,
    main: str = "main",
) -> Shell:
    """The frame of the page for companies that stands at the path `here`, from where the server's own begin.

    What is known of the company goes along with each link. `languages` are the addresses of the page where its path
    does not say all.
    """
    prefix = settings.prefix

    def to_page(path: str, spoken: str = language) -> str:
        return prefix + _address(path, spoken, profile)

    def to(part: NavItem) -> ShellLink:
        return ShellLink(to_page(part.path), say(language, part.text), current(here, part.path))

    described = company.described(profile, vocabulary, language)
    home = to_page(CHAT.path)
    return Shell(
        language=language,
        alliance=vocabulary.alliance,
        part=vocabulary.alliance.purpose,
        home=home,
        tabs=tuple(map(to, (CHAT, *parts))),
        clusters=desks(vocabulary, language, profile, prefix),
        legal=tuple(map(to, legal)),
        languages=languages or {code: to_page(here, code) for code in LANGUAGES},
        product=ShellLink(f"{home}#{PRODUCT_PLACE}", described),
        main=main,
        disclaimer=settings.disclaimer,
        emblem=bool(settings.emblem),
        prefix=prefix,
    )


def desks(vocabulary: Vocabulary, language: str, profile: Profile, prefix: str) -> tuple[ShellLink, ...]:
    """The clusters with their regions; each link leads to what its desk does."""
    address = prefix + _address("/contact", language, profile)
    return tuple(
        ShellLink(f"{address}#{code}", one.name, note=one.region.get(language, one.region["en"]))
        for code, one in vocabulary.clusters.items()
    )


def current(here: str, path: str) -> str:
    """How a link to a path says that the page at `here` is there, or below it."""
    if (here.rstrip("/") or "/") == path:
        return "page"
    return "true" if path != "/" and here.startswith(path + "/") else ""


def environment(*folders: Path) -> Environment:
    """The templates of these folders, and those that all pages share."""
    return Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _macros() -> Any:  # noqa: ANN401 - as Jinja makes it
    return environment().get_template("shell.html").module


def _address(path: str, language: str, profile: Profile) -> str:
    return f"{path}?{urlencode({**company.along(path, profile), 'language': language}, doseq=True)}"
