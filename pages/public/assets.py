"""What pages are drawn with beside their styles: the fonts, which Gradio brings along, and the emblem in the tab."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from assistant.export.fonts import FONTS
from pages.shared import shell

router = APIRouter()

_FAVICON = Path(shell.__file__).parent / "favicon.svg"
KEPT_BY_BROWSERS = f"public, max-age={365 * 24 * 60 * 60}, immutable"  # for a year

Weight = Literal["Regular", "Bold"]  # the others of Gradio lack letters


@router.get("/fonts/IBMPlexSans-{weight}.woff2")
def font(weight: Weight) -> Response:
    """One of the fonts, which browsers keep."""
    headers = {"Cache-Control": KEPT_BY_BROWSERS}
    return FileResponse(FONTS / f"IBMPlexSans-{weight}.woff2", media_type="font/woff2", headers=headers)


@router.get("/favicon.svg")
def favicon() -> Response:
    """The emblem for the browser's tab."""
    return FileResponse(_FAVICON, headers={"Cache-Control": "no-cache"})
