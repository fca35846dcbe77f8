"""What a reader may see of the library: a document that is published, and is for them."""

from __future__ import annotations

from dataclasses import replace

from assistant.texts import TranslatedError
from corpus.catalogue.catalogue import Catalogue
from corpus.documents import Document, Reader, Stage, may_read
from corpus.errors import UnknownDocument


class Withdrawn(TranslatedError):
    """A document that readers could see once, and no longer can."""


class NoSuchPage(TranslatedError):
    """Something that is not there, or not for this reader."""


def shown(catalogue: Catalogue, document_id: str, reader: Reader) -> Document:
    """A document as its readers see it.

    Raises:
        NoSuchPage: there is none that this reader may see.
        Withdrawn: this reader could see it once.
    """
    try:
        document = catalogue.document(document_id)
    except UnknownDocument:
        raise NoSuchPage("page_unknown") from None
    if may_read(document, reader):
        return document
    if document.stage is Stage.WITHDRAWN and may_read(replace(document, stage=Stage.PUBLISHED), reader):
        raise Withdrawn("withdrawn")
    raise NoSuchPage("page_unknown")
