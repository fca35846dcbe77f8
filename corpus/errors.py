"""What can go wrong and was foreseen.

KnownError
├── BadDocument          a document that cannot be read or is not in the library's form
├── Unreadable           a file that was not read
│   ├── NoFile           a folder, a link, a pipe, a device, or nothing at all
│   ├── FileChanged      written to while it was read
│   ├── UnknownFormat    none of the formats that are read
│   ├── Encrypted        protected by a password
│   ├── Damaged          not whole, or not in the form that its format asks for
│   ├── Scanned          pictures of text
│   ├── Empty            no text at all
│   ├── TooLarge         more bytes, text or members than are taken in
│   ├── TooSlow          more time than a file is given
│   ├── TooHungry        more memory than a file is given
│   ├── LeftPacked       a member that was not taken out of its archive
│   ├── BadAddress       no web address that may be fetched
│   └── NotFetched       a web address that did not give a file
├── UnknownDocument      an id that the catalogue does not hold
├── UnknownVersion       a number that none of its versions has
├── UnknownSource        a source that no document rests on
├── UnknownCode          a market, area, topic or kind that the vocabulary does not hold
├── MoveNotAllowed       a stage that cannot follow the present one
├── EditConflict         somebody else has changed the document in the meantime
├── OwnWork              published by somebody who had a hand in it, and has not said that they reviewed it
├── NotSettled           a version about which something has to be settled before readers see it
├── NotChecked           a version with something to look at, published without a word on that
├── NotRead              a version with answers that were proposed, which nobody has read
├── NothingToSettle      what is to be settled of a version was settled, or never raised
├── NothingToUndo        what was done last can no longer be undone
├── DraftInWork          a new file of a document of which somebody is writing a draft
├── NotPublished         a document that is not, where only published ones will do
├── BadDate              a day that cannot be
├── WasPurged            what was purged would be taken in again
└── NotPurged            a purge that is to be lifted, and never was or is not finished

Other rooms add their own subclasses beside what raises them. Only the two doors, the command line and the web
page, catch them.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar


class KnownError(Exception):
    """A foreseen failure. Its text is one sentence for the person, saying what to do."""

    retryable: ClassVar[bool] = False


class BadDocument(KnownError):
    """A document that cannot be read or is not in the library's form."""


class Unreadable(KnownError):
    """A file that was not read. `name` is what its sentence calls the file, `why` is the part that differs."""

    says: ClassVar[str] = "{name} cannot be read: {why}."

    def __init__(self, name: str = "The file", why: str = "") -> None:
        super().__init__(self.says.format(name=name, why=why))
        self.name = name
        self.why = why


class NoFile(Unreadable):
    """A folder, a link, a pipe, a device, or nothing at all."""

    says = "{name} is no file that can be opened ({why}); check its name and its rights."


class FileChanged(Unreadable):
    """Written to while it was read."""

    retryable = True
    says = "{name} changed while it was read; wait until it is complete, then add it again."


class UnknownFormat(Unreadable):
    """None of the formats that are read."""

    says = "{name} is {why}, which is not read; save it as PDF, DOCX, PPTX, XLSX, HTML, Markdown, CSV or plain text."


class Encrypted(Unreadable):
    """Protected by a password."""

    says = "{name} is protected by a password; add a copy that opens without one."


class Damaged(Unreadable):
    """Not whole, or not in the form that its format asks for."""

    says = "{name} is damaged; open it in the program that it was made with, save it anew, and add that."


class Scanned(Unreadable):
    """Pictures of text."""

    says = "{name} is a scan, pictures without text; let a text recognition (OCR) run over it, and add the result."


class Empty(Unreadable):
    """No text at all."""

    says = "{name} holds no text; check that it is the right file."


class TooLarge(Unreadable):
    """More bytes, text or members than are taken in."""

    says = "{name} is too large ({why}); split it, and add the parts that matter."


class TooSlow(Unreadable):
    """More time than a file is given."""

    says = "{name} took too long to read ({why}); split it, or save it in another format."


class TooHungry(Unreadable):
    """More memory than a file is given."""

    says = "{name} needs too much memory to read ({why}); split it, or save it in another format."


class LeftPacked(Unreadable):
    """A member that was not taken out of its archive."""

    says = "{name} was left in its archive ({why}); if you trust it, take it out yourself and add it."


class BadAddress(Unreadable):
    """No web address that may be fetched."""

    says = "{name} is not fetched ({why}); give a public web address that begins with https:// or http://."


class NotFetched(Unreadable):
    """A web address that did not give a file."""

    retryable = True
    says = "{name} could not be fetched ({why}); open it in a browser, and add the file that you save there."


class UnknownDocument(KnownError):
    """An id that the catalogue does not hold."""

    def __init__(self, document_id: str) -> None:
        super().__init__(f"There is no document '{document_id}'; `market-entry corpus list` shows the ids there are.")


class UnknownCode(KnownError):
    """A market, area, topic or kind that the vocabulary does not hold."""

    def __init__(self, what: str, code: str, known: list[str]) -> None:
        super().__init__(f"There is no {what} '{code}'; choose from {', '.join(known)}.")


class UnknownVersion(KnownError):
    """A number that none of a document's versions has."""

    def __init__(self, document_id: str, number: int) -> None:
        super().__init__(
            f"'{document_id}' has no version {number}; `market-entry corpus history {document_id}` shows those it has."
        )


class UnknownSource(KnownError):
    """A source that no document rests on."""

    def __init__(self, source: str) -> None:
        super().__init__(f"No document rests on '{source}'; give a source's key, its address, or a part of its title.")


class MoveNotAllowed(KnownError):
    """A stage that cannot follow the present one."""


class EditConflict(KnownError):
    """Somebody else has changed the document in the meantime. Nothing is overwritten."""

    def __init__(self, document_id: str, began_from: int, tip: int, who: str, at: str) -> None:
        super().__init__(
            f"{who} has changed '{document_id}' since you began from version {began_from}, last on {at[:16]};"
            f" nothing was overwritten: look at version {tip} and make your change there."
        )


class OwnWork(KnownError):
    """Published by somebody who had a hand in it, and has not said that they reviewed it."""

    def __init__(self, document_id: str) -> None:
        super().__init__(
            f"You had a hand in '{document_id}' yourself; let somebody else review it, or say that you did it alone."
        )
        self.document_id = document_id


class NotSettled(MoveNotAllowed):
    """A version about which something has to be settled before readers see it."""

    def __init__(self, document_id: str, matters: Iterable[str]) -> None:
        named = ", ".join(matters)
        super().__init__(
            f"'{document_id}' is not published while something about it is open ({named}); `market-entry corpus"
            f" concerns {document_id}` shows what, and `confirm` or `settle` closes it."
        )


class NothingToUndo(KnownError):
    """What somebody did last to documents can no longer be undone."""

    def __init__(self) -> None:
        super().__init__(
            "Nothing is undone: nothing was done, or one of the documents was changed since; look at each."
        )


class NotChecked(MoveNotAllowed):
    """Versions about which the checklist has something to look at, to be published without a reason."""

    def __init__(self, found: Mapping[str, Iterable[str]]) -> None:
        self.found = {document_id: tuple(points) for document_id, points in found.items()}
        named = "; ".join(f"'{document_id}': {', '.join(points)}" for document_id, points in self.found.items())
        super().__init__(f"Not published yet; look at what is listed, and give a reason why it may stay so ({named}).")


class NotRead(MoveNotAllowed):
    """A version with answers of sections that a model has proposed, and that nobody has said to have read."""

    def __init__(self, document_id: str, sections: Iterable[str]) -> None:
        self.document_id = document_id
        self.sections = ", ".join(f"“{section or '–'}”" for section in sections)
        super().__init__(
            f"'{document_id}' is not published while nobody has read what was proposed for {self.sections}; read it in"
            " its form on the staff pages, and save it as read."
        )


class NothingToSettle(KnownError):
    """What is to be settled of a version was settled, or never raised."""

    def __init__(self, document_id: str, matter: str) -> None:
        super().__init__(
            f"Nothing is open about '{document_id}' as {matter}; `market-entry corpus concerns {document_id}` shows"
            " what is."
        )


class DraftInWork(KnownError):
    """A new file of a document of which somebody is writing a draft."""

    def __init__(self, document_id: str, who: str) -> None:
        super().__init__(
            f"It is a new version of '{document_id}', of which {who} has a draft in work; publish or withdraw that"
            " draft, then add the file again."
        )


class NotPublished(KnownError):
    """A document that is not published, where only published ones will do."""

    def __init__(self, document_id: str, stage: str) -> None:
        super().__init__(f"'{document_id}' is {stage}; only what is published can be said to be still valid.")


class BadDate(KnownError):
    """A day that cannot be."""


class WasPurged(KnownError):
    """What was purged would be taken in again."""

    def __init__(self, document_id: str, purged: str, who: str, at: str, why: str) -> None:
        super().__init__(
            f"'{document_id}' is not taken in: {who} purged '{purged}' on {at[:10]} ({why}), and this is the same;"
            f" if it may come back, run `market-entry corpus readmit {purged} --why ...` first."
        )


class NotPurged(KnownError):
    """A purge that is to be lifted, and never was or is not finished."""

    def __init__(self, document_id: str) -> None:
        super().__init__(
            f"There is no finished purge of '{document_id}' to lift; `market-entry corpus history {document_id}` shows"
            " what was done, and `market-entry index build` finishes what was begun."
        )
