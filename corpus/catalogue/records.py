"""What the catalogue keeps about documents beside their texts: acts, comments, flags, originals, tombstones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from corpus.documents import Metadata

RELEASE = "release"  # who the history names for what ships with the product


class Action(StrEnum):
    """What was done to a document."""

    ADDED = "added"
    REVISED = "revised"
    RESTORED = "restored"
    IMPORTED = "imported"
    MOVED = "moved"
    STILL_VALID = "still-valid"
    SOURCE_CHANGED = "source-changed"
    ACCESS = "access"
    REUSE = "reuse"
    OWNER = "owner"
    CONFIRMED = "confirmed"
    SETTLED = "settled"
    UNDONE = "undone"
    PURGED = "purged"
    READMITTED = "readmitted"


_LEAVES_IT = frozenset({Action.STILL_VALID, Action.SOURCE_CHANGED, Action.IMPORTED})  # its content and who may read it


@dataclass(frozen=True)
class Event:
    """One act of a document's history: what, by whom, when and why.

    `before` and `after` are stages, for a new version the version it was made from and its stage, else the values
    that were changed; a purge empties them.
    """

    document_id: str
    version: int
    act: Action
    before: str | None
    after: str | None
    who: str
    at: str
    why: str


@dataclass(frozen=True)
class Comment:
    """What somebody remarked on a version."""

    document_id: str
    version: int
    who: str
    at: str
    text: str


@dataclass(frozen=True)
class Flag:
    """A word that a source of a version has changed; the next version does not bear it."""

    document_id: str
    version: int
    source: str
    who: str
    at: str
    note: str


class Matter(StrEnum):
    """What a person has to settle about a version before readers see it."""

    METADATA = "metadata"  # they are proposals
    REUSE = "reuse"  # nobody has said what may be done with its words
    PERSONAL = "personal-data"
    INSTRUCTIONS = "instructions"  # words or signs that are meant for a language model
    RESEMBLANCE = "near-duplicate"
    UNREAD = "unread-pages"
    RECOGNISED = "recognised-text"  # it was read in pictures, and letters may be taken for others


BY_CONFIRMING = frozenset({Matter.METADATA, Matter.REUSE})  # the others are settled one by one, with a note


@dataclass(frozen=True)
class Concern:
    """Something to be settled about a version, and who did. `detail` is what was seen, in words for the person."""

    document_id: str
    version: int
    matter: Matter
    detail: str
    settled_by: str | None = None
    settled_at: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Confirmation:
    """What a person says of an open version: its metadata, and by matter why something else about it may stand."""

    document_id: str
    number: int
    metadata: Metadata
    notes: Mapping[Matter, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Upload:
    """A file as it came in, to be kept as the original of a version."""

    name: str
    media_type: str
    data: bytes


@dataclass(frozen=True)
class Original:
    """The file that a version was read from; its bytes are kept under their SHA-256."""

    document_id: str
    version: int
    digest: str
    media_type: str
    name: str

    @property
    def is_pdf(self) -> bool:
        """Whether it has pages that can be drawn."""
        return self.media_type == "application/pdf"


@dataclass(frozen=True)
class Tombstone:
    """What is left of a purged document: digests alone, by which it is known again in a backup or a file.

    `traces` are the digests of the texts that were embedded; they are forgotten when the purge is finished.
    """

    document_id: str
    title: str
    digests: frozenset[str]
    traces: frozenset[str]
    finished: bool
    who: str
    at: str
    why: str


def touched(history: Iterable[Event]) -> bool:
    """Whether staff have ever made a document their own; before that, it is the release's to change."""
    return any(event.who != RELEASE and event.act not in _LEAVES_IT for event in history)
