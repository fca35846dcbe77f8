"""Brings the shipped library into a catalogue. What staff have made their own is left to them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.records import RELEASE, touched
from corpus.documents import Document, Metadata, Stage, Version
from corpus.errors import WasPurged
from corpus.front_matter import read_version
from corpus.passages import SPLITTER, split_markdown

LIBRARY = Path(__file__).parents[1] / "library"

NOTE = "release"  # of the catalogue: what `release_of` said when a library was brought in last
_ORIGIN = "library/"
_WHY: Mapping[Stage, str] = MappingProxyType(
    {
        Stage.PUBLISHED: "shipped with the product",
        Stage.DRAFT: "shipped with the product; a draft, since staff have made this document their own",
        Stage.SUPERSEDED: "shipped with the product; kept aside, since staff have a draft of this document open",
        Stage.WITHDRAWN: "no longer shipped with the product",
    }
)


@dataclass(frozen=True)
class Shipped:
    """One document of a library folder, read."""

    id: str
    metadata: Metadata
    body: str
    digest: str


def read_library(folder: Path) -> list[Shipped]:
    """Every document of a library folder, sorted by id.

    Raises:
        BadDocument: one of them is not in the library's form.
    """
    return [_read(path, folder) for path in _files(folder)]


def release_of(folder: Path) -> str:
    """What tells one state of a library folder from another."""
    release = hashlib.sha256(SPLITTER.encode())
    for path in _files(folder):
        release.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes() + b"\0")
    return release.hexdigest()


def bring_in(catalogue: Catalogue, folder: Path = LIBRARY) -> list[str]:
    """Bring a library folder's changes into the catalogue; returns the ids of the documents that changed.

    While staff have never touched a document, it follows the library: a new version is published, and what is not
    shipped any more is withdrawn. Once they have, a new version is theirs to take: it arrives as a draft beside what
    they published, or is kept aside while they have a draft open. What they purged stays out.
    """
    release = release_of(folder)
    if catalogue.note(NOTE) == release:
        return []
    library = read_library(folder)
    changed = [shipped.id for shipped in library if _take(catalogue, shipped)]
    changed += _withdraw_missing(catalogue, {shipped.id for shipped in library})
    catalogue.make_note(NOTE, release)
    return changed


def bring_in_anew(catalogue: Catalogue) -> None:
    """Have the next `bring_in` look at every document again, whatever it brought before."""
    catalogue.make_note(NOTE, "")


def _take(catalogue: Catalogue, shipped: Shipped) -> bool:
    ours = not touched(catalogue.history(shipped.id))
    brought = [known for known in catalogue.versions(shipped.id) if known.version.added_by == RELEASE]
    if brought and brought[-1].version.digest == shipped.digest and not (ours and brought[-1].stage is Stage.WITHDRAWN):
        return _split_if_changed(catalogue, brought[-1].version)
    stage = Stage.PUBLISHED if ours else _beside(catalogue.draft(shipped.id))
    version = Version(shipped.id, 0, shipped.metadata, shipped.body, shipped.digest)
    try:
        catalogue.add_version(
            version,
            split_markdown(version),
            origin=f"{_ORIGIN}{shipped.id}.md",
            stage=stage,
            who=RELEASE,
            why=_WHY[stage],
        )
    except WasPurged:
        return False
    return True


def _beside(draft: Document | None) -> Stage:
    """The stage of a version beside what staff have published: their own draft is not taken from them."""
    return Stage.DRAFT if draft is None or draft.version.added_by == RELEASE else Stage.SUPERSEDED


def _split_if_changed(catalogue: Catalogue, version: Version) -> bool:
    passages = split_markdown(version)
    if catalogue.passages_of(version.document_id, version.number) == passages:
        return False
    catalogue.split_anew(version, passages)
    return True


def _withdraw_missing(catalogue: Catalogue, shipped: set[str]) -> list[str]:
    missing = [
        document.id
        for document in catalogue.documents(Stage.PUBLISHED)
        if document.origin.startswith(_ORIGIN)
        and document.id not in shipped
        and not touched(catalogue.history(document.id))
    ]
    catalogue.move_all(dict.fromkeys(missing), Stage.WITHDRAWN, who=RELEASE, why=_WHY[Stage.WITHDRAWN])
    return missing


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.md") if path.name != "README.md")


def _read(path: Path, folder: Path) -> Shipped:
    document_id = path.relative_to(folder).with_suffix("").as_posix()
    read = read_version(path, document_id)
    return Shipped(document_id, read.metadata, read.body, read.digest)
