"""The page of an original on which a passage stands, as a picture with its words marked."""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from typing import Annotated

from fastapi import HTTPException, Query, Response

from assistant.app import App
from corpus.documents import Document
from corpus.files.reading import page_picture
from pages.shared.rendering import MOST
from pages.shared.turns import Turns

Numbered = Annotated[int, Query(ge=0, le=MOST)]

_KEPT = 32  # pictures, of some hundred kilobytes each


class PagePictures:
    """Draws pages, few at a time, and keeps the last ones. Whether somebody may see a document is for others to ask."""

    def __init__(self, app: App) -> None:
        self._catalogue = app.catalogue
        self._confined = app.settings.require_confinement
        self._turns = Turns()
        self._drawn = lru_cache(_KEPT)(self._draw)

    def of(self, document: Document, ordinal: int) -> Response:
        """The page of this version's original on which a passage stands.

        Raises:
            HTTPException: there is no such passage, or no page that can be drawn.
            ComputingBusy: others were there first.
            KnownError: the page cannot be drawn.
        """
        number = document.version.number
        original = self._catalogue.original(document.id, number)
        passages = self._catalogue.passages_of(document.id, number)
        passage = next((one for one in passages if one.ordinal == ordinal), None)
        if original is None or not original.is_pdf or passage is None or passage.page is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        return Response(self._drawn(original.digest, passage.page, passage.text), media_type="image/png")

    def _draw(self, digest: str, page: int, text: str) -> bytes:
        with self._turns.turn():
            return page_picture(self._catalogue.originals.read(digest), page, text, confined=self._confined)
