"""The central nouns: a document, its versions, the passages of a version; who may read what."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from corpus.units import WITHIN, Unit


class Stage(StrEnum):
    """Where a version stands in its life. "Overdue" is no stage: it is computed from `review_by`."""

    DRAFT = "draft"
    IN_REVIEW = "in-review"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"  # another version stands in its place; see `corpus.catalogue.stages`


NEXT_STAGES: Mapping[Stage, frozenset[Stage]] = MappingProxyType(
    {
        Stage.DRAFT: frozenset({Stage.IN_REVIEW, Stage.WITHDRAWN}),
        Stage.IN_REVIEW: frozenset({Stage.DRAFT, Stage.PUBLISHED, Stage.WITHDRAWN}),
        Stage.PUBLISHED: frozenset({Stage.WITHDRAWN}),
        Stage.WITHDRAWN: frozenset({Stage.DRAFT}),
        Stage.SUPERSEDED: frozenset(),  # it comes back as a copy: see `Catalogue.restore`
    }
)


class Access(StrEnum):
    """Who may see a document."""

    PUBLIC = "public"
    MEMBERS = "members"
    STAFF = "staff"


class Reuse(StrEnum):
    """What may be done with a document's words outside the house."""

    QUOTE = "quote"
    CITE_ONLY = "cite-only"
    INTERNAL = "internal"


class Reader(StrEnum):
    """On whose behalf the library is read."""

    ANYONE = "anyone"
    MEMBER = "member"
    STAFF = "staff"


_MAY_SEE: Mapping[Reader, frozenset[Access]] = MappingProxyType(
    {
        Reader.ANYONE: frozenset({Access.PUBLIC}),
        Reader.MEMBER: frozenset({Access.PUBLIC, Access.MEMBERS}),
        Reader.STAFF: frozenset(Access),
    }
)


@dataclass(frozen=True)
class Source:
    """Where a fact comes from. `date` is as exact as known: `2025-03-18`, `2025-03`, `2025` or `undated`.

    `kind` is a code of the vocabulary's `source_kinds`, or nothing where nobody has said.
    """

    key: str
    title: str
    publisher: str
    date: str
    url: str
    kind: str = ""

    def named(self, text: str) -> bool:
        """Whether a person who writes this text means it: its key, its address, or a part of its title or publisher."""
        return text in (self.key, self.url) or text.casefold() in f"{self.title} \n {self.publisher}".casefold()


@dataclass(frozen=True)
class Metadata:
    """What a version says about itself. Codes are the vocabulary's; no market or no area means all.

    `recognised` says, of a text that was recognised in pictures of it, how sure that is in percent; 0 for any other.
    """

    title: str
    kind: str
    language: str
    publisher: str
    published_on: date
    facts_as_of: str
    review_by: date
    markets: frozenset[str] = frozenset()
    areas: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    access: Access = Access.PUBLIC
    reuse: Reuse = Reuse.QUOTE
    expires_on: date | None = None
    summary: Mapping[str, str] = field(default_factory=dict)
    summary_hash: str = ""
    sources: tuple[Source, ...] = ()
    units: tuple[Unit, ...] = ()
    recognised: int = 0

    def unit(self, section: str) -> Unit | None:
        """The unit of the section of that heading, or of that of which it is a part; None where there is none."""
        heading = section.partition(WITHIN)[0]
        return next((unit for unit in self.units if unit.section == heading), None)

    def publisher_of(self, kinds: Container[str]) -> str:
        """Who published most of its sources of these kinds; nothing where it has none."""
        publishers = Counter(source.publisher for source in self.sources if source.kind in kinds)
        return max(publishers, key=publishers.__getitem__, default="")

    def overdue(self, today: date) -> bool:
        """Whether the date by which staff had to look at it again has passed."""
        return today > self.review_by

    def expired(self, today: date) -> bool:
        """Whether it is about an event that is over."""
        return self.expires_on is not None and today > self.expires_on


@dataclass(frozen=True)
class Version:
    """One state of a document's content; a changed file is a new version, and the old one is kept.

    `digest` is that of the text it was read from. Number, author and reviewer are the catalogue's to give:
    `self_reviewed` says that whoever published it had a hand in it.
    """

    document_id: str
    number: int
    metadata: Metadata
    body: str
    digest: str
    added_by: str = ""
    added_at: str = ""
    reviewed_by: str | None = None
    self_reviewed: bool = False


@dataclass(frozen=True)
class Document:
    """A document as one of its versions shows it, and that version's stage. The id outlives every change of content.

    `origin` is where it came from; `owner` the code of the cluster that answers for it, or nothing for the alliance.
    """

    id: str
    origin: str
    stage: Stage
    version: Version
    owner: str = ""

    @property
    def metadata(self) -> Metadata:
        """This version's metadata."""
        return self.version.metadata


@dataclass(frozen=True)
class Section:
    """A part of a file as a format reader returns it: blocks of text under one heading, on one page.

    Each line of `text` is a block: a paragraph, a list item (`- ` or `1. ` before it) or a table row (`- ` too).
    """

    heading: str
    text: str
    page: int | None = None


@dataclass(frozen=True)
class Read:
    """What was read from a file: its text, and what the file says about itself, for a person to confirm or mend.

    `published_on` is as exact as known: `2025-03-18`, `2025-03`, `2025` or nothing. `unread` are the pages that hold
    pictures and no text, `recognised` those whose text was recognised in a picture, with how sure that is in percent,
    `unseen` how many characters were left out that only hide or turn text, `lost` what else could
    not be read, each in words for the person. `digest` is the SHA-256 of the bytes that were read.
    """

    sections: tuple[Section, ...]
    title: str = ""
    publisher: str = ""
    published_on: str = ""
    language: str = ""
    unread: tuple[int, ...] = ()
    recognised: tuple[tuple[int, int], ...] = ()
    unseen: int = 0
    lost: tuple[str, ...] = ()
    format: str = ""
    digest: str = ""


@dataclass(frozen=True)
class SourceMark:
    """The source keys that stood at one place of a passage (a character offset into its text)."""

    offset: int
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Passage:
    """A stretch of a version that is found and quoted as one: whole sentences under one heading.

    Its text carries no source keys; `marks` says where they stood. Its lines are blocks as in `Section`.
    """

    document_id: str
    version: int
    ordinal: int
    section: str
    text: str
    language: str
    page: int | None = None
    marks: tuple[SourceMark, ...] = ()

    @property
    def id(self) -> str:
        """Document, version and ordinal: `japan/devices@1#3`."""
        return f"{self.document_id}@{self.version}#{self.ordinal}"

    def source_keys(self, start: int, end: int) -> tuple[str, ...]:
        """The keys that a quote from `start` to `end` rests on.

        Those that stand within it or at its end; if none do, the next ones in the same block, since a paragraph
        may name its sources once, at its close.
        """
        within = [key for mark in self.marks if start < mark.offset <= end for key in mark.keys]
        if not within:
            line_end = self.text.find("\n", end)
            limit = len(self.text) if line_end < 0 else line_end
            within = next((list(mark.keys) for mark in self.marks if end < mark.offset <= limit), [])
        return tuple(dict.fromkeys(within))


@dataclass(frozen=True)
class Quotable:
    """A stretch of a passage that can be quoted alone: a sentence, a list item, a table row."""

    start: int
    end: int
    text: str


def may_read(document: Document, reader: Reader) -> bool:
    """The one place that says who may read what. Search, reading pages, originals and exports all ask it."""
    if document.stage is not Stage.PUBLISHED and reader is not Reader.STAFF:
        return False
    return document.metadata.access in _MAY_SEE[reader]


def may_quote(document: Document, reader: Reader) -> bool:
    """Whether the document's own words may be shown to this reader."""
    return may_read(document, reader) and (document.metadata.reuse is Reuse.QUOTE or reader is Reader.STAFF)


def digest(text: str) -> str:
    """The SHA-256 of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


_ITEM = re.compile(r"(?:-|\d+\.)\s+")
# A full stop after these does not end a sentence.
_ABBREVIATIONS = frozenset(
    "etc approx art arts cf ch co corp dr ed fig inc jr ltd mr mrs ms no nos nr p para pp prof resp sec st "
    "vs bzw ca ggf usw núm n.º p.ej ej sr sra pág m mme".split()
)
_INITIALS = re.compile(r"(?:\w\.)*\w")  # U.S.C, e.g, z.B, A
_STOP = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+(?=[\"'“‘«(\[]*[\w¿¡])|(?<=[。！？])")


def quotables(text: str) -> list[Quotable]:
    """The quotable units of a passage's text, in order; list items and table rows whole, without their bullet."""
    found: list[Quotable] = []
    offset = 0
    for line in text.split("\n"):
        item = _ITEM.match(line)
        if item:
            found.append(Quotable(offset + item.end(), offset + len(line), line[item.end() :]))
        else:
            found.extend(Quotable(offset + start, offset + end, line[start:end]) for start, end in _sentences(line))
        offset += len(line) + 1
    return [unit for unit in found if unit.text.strip()]


def _sentences(line: str) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    start = 0
    for stop in _STOP.finditer(line):
        before = line[start : stop.start()]
        words = before.split()
        last_word = words[-1].rstrip("\"'”’»)]").lstrip("(").removesuffix(".") if words else ""
        abbreviated = before.endswith(".") and (
            last_word.lower() in _ABBREVIATIONS or _INITIALS.fullmatch(last_word) is not None
        )
        if abbreviated or not words or line[stop.end() : stop.end() + 1].islower():
            continue
        end = stop.start() + len(stop.group().rstrip())
        spans.append((start, end))
        start = stop.end()
    if line[start:].strip():
        spans.append((start, len(line.rstrip())))
    return spans
