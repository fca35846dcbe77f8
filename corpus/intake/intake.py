"""Takes files into the catalogue: what is new becomes a draft, what has changed a new version, what is known stays.

Each file ends as taken, known or refused, and what is taken is committed file by file: a run that was stopped goes on
where it was when it is started again. A file is known by its bytes or by its words, whatever it is called and in
whatever format it comes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

from corpus.catalogue.catalogue import Catalogue
from corpus.catalogue.records import BY_CONFIRMING, Matter
from corpus.catalogue.stages import OPEN
from corpus.characters import slug
from corpus.documents import Document, Metadata, Read, Reuse, Section, Stage, Version
from corpus.errors import (
    BadDocument,
    DraftInWork,
    EditConflict,
    KnownError,
    LeftPacked,
    TooHungry,
    TooSlow,
    Unreadable,
    WasPurged,
)
from corpus.files.confinement import Unconfined, lacking
from corpus.files.reading import FoundFile, files_in, shown
from corpus.intake.duplicates import NEAR, SAME_DOCUMENT, Known, resemblance
from corpus.intake.flags import flags
from corpus.intake.incoming import Incoming, read_incoming
from corpus.intake.proposals import propose
from corpus.passages import SUMMARY
from corpus.scratch import scratch_folder
from corpus.store import alone
from corpus.vocabulary import Vocabulary, vocabulary
from corpus.web.fetching import Fetched, fetch

_WEB = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_ALIKE = 0.6  # of the words of two first lines are the same, where one text is the next version of the other
_WITHIN = " › "  # between an archive and its member
_COSTLY = 5  # members of an archive that cost all that a file may; the others are left packed then
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*(?:/[a-z0-9]+(?:-[a-z0-9]+)*)*")
_WHY: Mapping[Stage, str] = {
    Stage.DRAFT: "taken in",
    Stage.PUBLISHED: "taken in and published, its metadata by the word of who added it",
}


@dataclass(frozen=True)
class IntakeOptions:
    """What whoever adds files says of all of them; what is empty is proposed.

    `stage` PUBLISHED is the person's word for the proposals, and for quoting unless `reuse` says otherwise. What bears
    flags stays a draft all the same, unless a `note` says why they may stand. `document_id` is for a single file.
    """

    stage: Stage = Stage.DRAFT
    document_id: str = ""
    markets: frozenset[str] = frozenset()
    reuse: Reuse | None = None
    note: str = ""


@dataclass(frozen=True)
class Taken:
    """A file that became a version: the first of its document, or one after the version `before`.

    `open` is what a person has to settle before it can be published, with what was seen.
    """

    name: str
    document: Document
    before: int | None = None
    open: Mapping[Matter, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AlreadyKnown:
    """A file that the catalogue has: it is the original of a version, or has its words."""

    name: str
    document: Document
    why: str


@dataclass(frozen=True)
class Refused:
    """A file that was left out, and why."""

    name: str
    error: KnownError


IntakeOutcome = Taken | AlreadyKnown | Refused


class Intake:
    """Takes files into a catalogue, in the name of a person. Several may work on one catalogue at once.

    `fetching` fetches a web address. With `confined`, files are refused where
    the process that reads them cannot be confined.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        who: str,
        words: Vocabulary | None = None,
        today: Callable[[], date] = date.today,
        fetching: Callable[[str], Fetched] = fetch,
        confined: bool = False,
    ) -> None:
        self._catalogue = catalogue
        self._who = who
        self._vocabulary = words or vocabulary()
        self._today = today
        self._fetch = fetching
        self._confined = confined
        self._known = Known(catalogue)
        self._met: set[str] = set()  # documents of which this run has seen a file

    def add(self, place: str, options: IntakeOptions) -> Iterator[IntakeOutcome]:
        """Take in a file, all files of a folder or archive, or what a web address gives.

        Raises:
            BadDocument: one id was given for many files, or one that cannot be one.
            Unconfined: files are refused here.
        """
        self._check_confined()
        _check_id(options.document_id)
        with scratch_folder("intake") as scratch:
            add = self._add_address if _WEB.match(place) else self._add_path
            yield from add(place, scratch, options)

    def add_brought(
        self, path: Path, called: str, origin: str, options: IntakeOptions, *, url: str = "", name: str = ""
    ) -> Iterator[IntakeOutcome]:
        """Take in a file that was brought from elsewhere, or what it holds as an archive.

        It is `called` so there, `origin` is where it lies, `url` its web address, `name` what outcomes call it.

        Raises:
            Unconfined: files are refused here.
        """
        self._check_confined()
        with scratch_folder("intake") as scratch:
            yield from self._add_brought(path, called, origin, scratch, options, url=url, name=name or origin)

    def revise(self, document_id: str, path: Path, *, began_from: int | None = None, why: str = "") -> Document:
        """Make a file the document's draft, whatever draft it has; `began_from` as in `Catalogue.revise`.

        Raises:
            UnknownDocument, Unreadable, BadDocument: it cannot be.
            EditConflict: another version than `began_from` is the newest.
            Unconfined: files are refused here.
        """
        self._check_confined()
        newest = self._catalogue.draft(document_id) or self._catalogue.document(document_id)
        found = read_incoming(FoundFile(shown(Path(path.name)), path), path.name, self._vocabulary)
        concerns = self._catalogue.concerns(document_id, newest.version.number)
        metadata, settle = found.next(newest, concerns, self._vocabulary, self._today())
        version = found.version(document_id, metadata)
        document = self._catalogue.revise(
            version,
            found.passages(version),
            began_from=began_from or newest.version.number,
            who=self._who,
            why=why,
            upload=found.upload,
            concerns=settle | self._seen(found, version, self._shares(found)),
        )
        self._known.add(document_id, document.version.number, found.fingerprint)
        return document

    def _check_confined(self) -> None:
        if self._confined and lacking():
            raise Unconfined

    # From places to files

    def _add_path(self, place: str, scratch: Path, options: IntakeOptions) -> Iterator[IntakeOutcome]:
        path = Path(place)
        if options.document_id and path.is_dir():
            raise BadDocument(f"{place} is a folder, and an id names one document; add its files one by one.")
        within = f"{path.resolve().name}/" if path.is_dir() else ""

        def still_there(origin: str) -> bool:
            file = origin.removeprefix(within).partition(_WITHIN)[0]
            return bool(within) and origin.startswith(within) and (path / file).exists()

        costly = CostlyArchives()
        for found in map(costly.spared, files_in(path, scratch)):
            if isinstance(found, Unreadable):
                yield Refused(found.name, found)
            else:
                outcome = self._add_file(found, found.name, f"{within}{found.name}", options, still_there=still_there)
                costly.count(found, outcome)
                yield outcome
                _drop(found.path, scratch)

    def _add_address(self, url: str, scratch: Path, options: IntakeOptions) -> Iterator[IntakeOutcome]:
        try:
            fetched = self._fetch(url)
        except Unreadable as error:
            yield Refused(url, error)
            return
        path = scratch / "fetched"
        path.write_bytes(fetched.data)
        yield from self._add_brought(path, fetched.name, fetched.url, scratch, options, url=fetched.url, name=url)

    def _add_brought(
        self, path: Path, called: str, origin: str, scratch: Path, options: IntakeOptions, *, url: str, name: str
    ) -> Iterator[IntakeOutcome]:
        costly = CostlyArchives()
        for found in map(costly.spared, files_in(path, scratch)):
            member = found.name.removeprefix(path.name)
            if isinstance(found, Unreadable):
                yield Refused(f"{name}{member}", type(found)(f"{name}{member}", found.why))
            else:
                file = FoundFile(f"{called}{member}", found.path)
                outcome = self._add_file(file, f"{name}{member}", f"{origin}{member}", options, url=url)
                costly.count(found, outcome)
                yield outcome
                _drop(found.path, scratch)

    # From a file to its outcome

    def _add_file(
        self,
        file: FoundFile,
        name: str,
        origin: str,
        options: IntakeOptions,
        *,
        url: str = "",
        still_there: Callable[[str], bool] = lambda _: False,
    ) -> IntakeOutcome:
        try:
            _check_single(options, origin)
            found = read_incoming(file, origin, self._vocabulary, url=url)
            with alone(self._catalogue.place, "intake"):  # between the look whether it is known and its arrival
                outcome = self._recognised(found, name, options) or self._take(found, name, options, still_there)
        except (Unreadable, WasPurged, BadDocument, DraftInWork, EditConflict) as error:
            return Refused(name, error)
        self._met.add(outcome.document.id)
        return outcome

    def _recognised(self, found: Incoming, name: str, options: IntakeOptions) -> AlreadyKnown | None:
        """The version that has this file's bytes or words. What a file says about itself may make it another one."""
        same, why = self._known.same_bytes(found.read.digest), "the same file"
        if same is None and not found.own:
            same, why = self._known.same_words(found.fingerprint.words), "the same text"
        if same is None or options.document_id not in ("", same[0]):
            return None
        return AlreadyKnown(name, self._catalogue.document(*same), why)

    def _take(self, found: Incoming, name: str, options: IntakeOptions, still_there: Callable[[str], bool]) -> Taken:
        shares = self._shares(found)
        before, namesake = self._predecessor(found, options, shares, still_there)
        if before:
            key = before.id
            concerns = self._catalogue.concerns(key, before.version.number)
            metadata, settle = found.next(before, concerns, self._vocabulary, self._today())
        else:
            metadata, settle = found.first(self._vocabulary, self._today())
            key = options.document_id or self._free_id(found, metadata)
        metadata, settle = _with_options(metadata, settle, options, known=before is not None)
        version = found.version(key, metadata)
        seen = settle | self._seen(found, version, shares) | _asked(namesake, shares)
        document = self._put_in(found, version, options, before, seen)
        self._known.add(key, document.version.number, found.fingerprint)
        still_open = {
            concern.matter: concern.detail
            for concern in self._catalogue.concerns(key, document.version.number)
            if concern.settled_by is None
        }
        return Taken(name, document, before.version.number if before else None, still_open)

    def _shares(self, found: Incoming) -> dict[str, float]:
        """How far a file resembles each document in play."""
        return {
            key: max(resemblance(found.fingerprint.sketch, sketch) for sketch in sketches)
            for key, sketches in self._known.sketches().items()
        }

    def _seen(self, found: Incoming, version: Version, shares: Mapping[str, float]) -> dict[Matter, str]:
        """What staff should see before they publish a version."""
        return flags(found.read, found.passages(version)) | _resembling(shares, version.document_id)

    def _put_in(
        self,
        found: Incoming,
        version: Version,
        options: IntakeOptions,
        before: Document | None,
        concerns: Mapping[Matter, str],
    ) -> Document:
        """Commit a version: as its document's draft, or for readers where that is wanted and nothing speaks against."""
        publish = options.stage is Stage.PUBLISHED and (bool(options.note) or not concerns.keys() - BY_CONFIRMING)
        passages = found.passages(version)
        if before and not publish:
            return self._catalogue.revise(
                version,
                passages,
                began_from=before.version.number,
                who=self._who,
                why=f"a new file: {found.upload.name}",
                upload=found.upload,
                concerns=concerns,
            )
        stage = Stage.PUBLISHED if publish else Stage.DRAFT
        document = self._catalogue.add_version(
            version,
            passages,
            origin=found.origin,
            stage=stage,
            who=self._who,
            why=_WHY[stage],
            upload=found.upload,
            concerns=concerns,
            note=options.note if publish else "",
        )
        if before and before.stage in OPEN:  # the draft that an earlier file had left
            self._catalogue.move(
                before.id, Stage.WITHDRAWN, number=before.version.number, who=self._who, why="a newer file is published"
            )
        return document

    def _predecessor(
        self, found: Incoming, options: IntakeOptions, shares: Mapping[str, float], still_there: Callable[[str], bool]
    ) -> tuple[Document | None, str]:
        """The newest version of the document of which a file is the next one; or else the id of one that it may be.

        Raises:
            DraftInWork: somebody is writing a draft of it.
        """
        key = options.document_id if options.document_id in shares else ""
        if not options.document_id:
            key = self._next_of(found, shares, still_there)
            if key and not self._agrees(found, key):
                return None, key
        if not key:
            return None, ""
        draft = self._catalogue.draft(key)
        if draft and not self._catalogue.came_as_file(draft):
            raise DraftInWork(key, draft.version.added_by)
        return draft or self._catalogue.document(key), ""

    def _next_of(self, found: Incoming, shares: Mapping[str, float], still_there: Callable[[str], bool]) -> str:
        """The document that a file may be the next version of, by its place or name and its text; nothing for none."""
        origins = {known.id: known.origin for known in self._catalogue.documents()}
        alike = {key: share for key, share in shares.items() if share >= SAME_DOCUMENT and key in origins}
        same_place = [key for key in alike if origins[key] == found.origin]
        same_name = [
            key
            for key in alike
            if _last(origins[key]) == _last(found.origin) and key not in self._met and not still_there(origins[key])
        ]
        return max(same_place or same_name, key=lambda known: alike[known], default="")

    def _agrees(self, found: Incoming, key: str) -> bool:
        """Whether all that is known of a file and a document says that they are one: place, markets, first words.

        A name alone says little, since every market has its factsheet; where they disagree, a person is asked. Of the
        document the versions that came as files count; what somebody is writing on the desk may begin otherwise.
        """
        versions = self._catalogue.versions(key)
        came = [known for known in versions if self._catalogue.came_as_file(known)] or versions
        return any(self._agrees_with(found, known) for known in came)

    def _agrees_with(self, found: Incoming, known: Document) -> bool:
        passages = self._catalogue.passages_of(known.id, known.version.number)
        before = tuple(Section(part.section, part.text) for part in passages if part.section != SUMMARY)
        markets, others = (self._markets(sections) for sections in (found.read.sections, before))
        if markets and others and not markets & others:
            return False
        if known.origin == found.origin and "/" in found.origin:
            return True
        moved = known.origin == found.origin or _root(known.origin) == _root(found.origin) != ""
        texts = (sections[0].text if sections else "" for sections in (found.read.sections, before))
        return moved and _begins_alike(*texts)

    def _markets(self, sections: tuple[Section, ...]) -> frozenset[str]:
        """The markets that a text is about, whatever anybody has said of it."""
        return propose(Read(sections), "", self._vocabulary, self._today()).metadata.markets

    def _free_id(self, found: Incoming, metadata: Metadata) -> str:
        """An id that no document has or had: of its market or folder, and its title."""
        folder = found.origin.rpartition("/")[0].rpartition("/")[2].partition(_WITHIN)[0]
        place = next(iter(metadata.markets)) if len(metadata.markets) == 1 else urlsplit(found.url).hostname or folder
        start = f"{slug(place) or 'documents'}/{slug(metadata.title) or found.read.digest[:12]}"
        taken = {known.id for known in self._catalogue.documents()}
        taken |= {tombstone.document_id for tombstone in self._catalogue.tombstones()}
        tries = (f"{start}-{number}" if number > 1 else start for number in count(1))
        return next(key for key in tries if key not in taken)


def _check_id(document_id: str) -> None:
    if document_id and not _ID.fullmatch(document_id):
        raise BadDocument(f"'{document_id}' cannot be an id; write small letters, digits and dashes: japan/devices.")


def _check_single(options: IntakeOptions, origin: str) -> None:
    if options.document_id and _WITHIN in origin:
        raise BadDocument("It lies in an archive, and an id names one document; take it out of there and add it.")


def _last(origin: str) -> str:
    """The name of a file, without what it lay in."""
    return re.split(rf"/|{_WITHIN}", origin)[-1].casefold()


def _root(origin: str) -> str:
    """The folder that was added, of the place of a file in it."""
    return origin.partition("/")[0] if "/" in origin and not _WEB.match(origin) else ""


def _begins_alike(one: str, other: str) -> bool:
    """Whether most words of two texts' first lines are the same."""
    first, second = (set(re.findall(r"\w+", text.partition("\n")[0].casefold())) for text in (one, other))
    return len(first & second) >= _ALIKE * len(first | second)


def _asked(namesake: str, shares: Mapping[str, float]) -> dict[Matter, str]:
    """What a person is asked about a document of the same name that seems to be another one."""
    if not namesake:
        return {}
    return {
        Matter.RESEMBLANCE: f"it has the name and {shares[namesake]:.0%} of the text of {namesake}, and differs where"
        f" documents are told apart; if it is the next version of that one, add it with the id {namesake}"
    }


class CostlyArchives:
    """Leaves the rest of an archive alone once some of its members have cost all that a file may cost.

    Each of them may take minutes, and an archive may have thousands.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def spared(self, found: FoundFile | Unreadable) -> FoundFile | Unreadable:
        """The file, or why it is not read."""
        if isinstance(found, FoundFile) and self._counts[_archive(found)] >= _COSTLY:
            return LeftPacked(found.name, f"{_COSTLY} files of its archive took too much time or memory")
        return found

    def count(self, found: FoundFile, outcome: IntakeOutcome) -> None:
        """Keep in mind what a member has cost."""
        costly = isinstance(outcome, Refused) and isinstance(outcome.error, TooSlow | TooHungry)
        if costly and _WITHIN in found.name:
            self._counts[_archive(found)] += 1


def _archive(found: FoundFile) -> str:
    return found.name.partition(_WITHIN)[0]


def _drop(path: Path, scratch: Path) -> None:
    """Make room: a member that was looked at is not needed any more."""
    if path.parent == scratch:
        path.unlink(missing_ok=True)


def _with_options(
    metadata: Metadata, settle: dict[Matter, str], options: IntakeOptions, *, known: bool
) -> tuple[Metadata, dict[Matter, str]]:
    """Metadata with what the options give, and the concerns that these leave open."""
    published = options.stage is Stage.PUBLISHED
    reuse = options.reuse or (Reuse.QUOTE if published and Matter.REUSE in settle and not known else metadata.reuse)
    settled = frozenset(BY_CONFIRMING if published else {Matter.REUSE} if options.reuse else ())
    metadata = replace(metadata, markets=options.markets or metadata.markets, reuse=reuse)
    return metadata, {matter: detail for matter, detail in settle.items() if matter not in settled}


def _resembling(shares: Mapping[str, float], key: str) -> dict[Matter, str]:
    """The document that says most of the same, where there is one."""
    others = {known: share for known, share in shares.items() if known != key and share >= NEAR}
    if not others:
        return {}
    nearest = max(others, key=lambda known: others[known])
    return {Matter.RESEMBLANCE: f"it shares {others[nearest]:.0%} of its text with {nearest}"}
