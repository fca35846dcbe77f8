"""A file that comes in, read whole: its text, its bytes, what it says about itself, and what it is known by."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from mimetypes import guess_type

from corpus.catalogue.records import Concern, Matter, Upload
from corpus.documents import Document, Metadata, Passage, Read, Reuse, Version
from corpus.errors import BadDocument, FileChanged, NoFile
from corpus.files.formats import markdown
from corpus.files.reading import FoundFile, read_file
from corpus.files.sandbox import LIMITS
from corpus.front_matter import is_ours, parse
from corpus.intake.duplicates import Fingerprint, fingerprint
from corpus.intake.proposals import detail_of, propose
from corpus.passages import split, split_markdown
from corpus.release.checks import unknown_codes
from corpus.vocabulary import Vocabulary

_PATIENCE = 1.0  # seconds until a file that was being written is read once more
_NOTHING = Metadata("", "", "", "", date.min, "", date.min)  # where only the text counts
_PARTS = re.compile(r"/| › ")


@dataclass(frozen=True)
class Incoming:
    """A file that was read. `origin` says where it came from, `own` is what it says about itself in our front matter.

    `url` is where it was fetched, if it was.
    """

    origin: str
    url: str
    read: Read
    upload: Upload
    own: Metadata | None
    body: str

    @cached_property
    def fingerprint(self) -> Fingerprint:
        """What its text is known by."""
        return fingerprint(self.passages(self.version("", self.own or _NOTHING)))

    def passages(self, version: Version) -> list[Passage]:
        """The passages of a version that was made of it."""
        return split_markdown(version) if self.own else split(version, list(self.read.sections))

    def first(self, vocabulary: Vocabulary, today: date) -> tuple[Metadata, dict[Matter, str]]:
        """What it says about itself, or else a proposal; and what about that is for a person to settle."""
        if self.own:
            return self.own, {}
        proposal = propose(self.read, self.origin, vocabulary, today, url=self.url)
        settle = {
            Matter.METADATA: detail_of(proposal.grades),
            Matter.REUSE: "Nobody has said whether its words may be quoted.",
        }
        return replace(proposal.metadata, reuse=Reuse.INTERNAL), settle

    def next(
        self, before: Document, concerns: list[Concern], vocabulary: Vocabulary, today: date
    ) -> tuple[Metadata, dict[Matter, str]]:
        """The same for the next version of a document, which keeps what was settled about the one before."""
        proposed, settle = self.first(vocabulary, today)
        still_open = {concern.matter for concern in concerns if concern.settled_by is None}
        if self.own:
            return self.own, {}
        if Matter.METADATA in still_open:
            kept = replace(proposed, access=before.metadata.access, reuse=before.metadata.reuse)
            return kept, {Matter.METADATA: settle[Matter.METADATA]}
        metadata = replace(before.metadata, recognised=proposed.recognised)
        if self.read.published_on:
            metadata = replace(metadata, published_on=proposed.published_on, facts_as_of=proposed.facts_as_of)
        number = before.version.number
        return metadata, {
            Matter.METADATA: f"They are those of version {number}; dates and short answers may have changed."
        }

    def version(self, document_id: str, metadata: Metadata) -> Version:
        """The version that is made of it, not numbered yet."""
        return Version(document_id, 0, metadata, self.body, self.read.digest)


def read_incoming(file: FoundFile, origin: str, vocabulary: Vocabulary, *, url: str = "") -> Incoming:
    """Read a file; once more when it changed meanwhile.

    Raises:
        Unreadable: it was not read; its class and its sentence say why.
        BadDocument: it has our front matter, which is not in order.
    """
    try:
        return _read(file, origin, vocabulary, url)
    except FileChanged:
        time.sleep(_PATIENCE)
        return _read(file, origin, vocabulary, url)


def _read(file: FoundFile, origin: str, vocabulary: Vocabulary, url: str) -> Incoming:
    read = read_file(file.path, name=file.name)
    data = _bytes(file)
    if hashlib.sha256(data).hexdigest() != read.digest:
        raise FileChanged(file.name)
    media_type = guess_type(f"x.{read.format}")[0] or "application/octet-stream"
    upload = Upload(_PARTS.split(file.name)[-1], media_type, data)
    own, body = _own(data, file.name, vocabulary) if read.format == "md" else (None, "")
    return Incoming(origin, url, read, upload, own, body or markdown.written(read.sections))


def _bytes(file: FoundFile) -> bytes:
    try:
        with file.path.open("rb") as opened:
            return opened.read(LIMITS.size + 1)
    except OSError as error:
        raise NoFile(file.name, error.strerror or str(error)) from error


def _own(data: bytes, name: str, vocabulary: Vocabulary) -> tuple[Metadata | None, str]:
    """The metadata and body of a document in our form; nothing for other Markdown."""
    text = data.decode("utf-8", "replace")
    if not is_ours(text):
        return None, ""
    metadata, body = parse(text, name)
    for problem in unknown_codes(metadata, vocabulary):
        raise BadDocument(f"{name}: {problem}.")
    return metadata, body
