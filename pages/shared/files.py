"""A paper as a file to take along."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import HTTPException, Response

from assistant.export.files import FORMS
from assistant.export.papers import Foot, Paper
from assistant.settings import Settings

_TYPES: Mapping[str, str] = {
    "md": "text/markdown; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "ics": "text/calendar; charset=utf-8",
}


def kept(name: str, form: str, data: bytes) -> Response:
    """A file that the browser keeps and does not show."""
    return Response(
        data, media_type=_TYPES[form], headers={"Content-Disposition": f'attachment; filename="{name}.{form}"'}
    )


def foot_of(settings: Settings) -> Foot:
    """What an installation puts under its papers."""
    return Foot(settings.disclaimer, settings.emblem)


def paper_kept(name: str, form: str, paper: Paper) -> Response:
    """A paper in one of its forms."""
    if f".{form}" not in FORMS:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return kept(name, form, FORMS[f".{form}"](paper))
