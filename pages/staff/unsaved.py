"""What keeps in the browser what is typed into a document's form: one script, on the pages that need it."""

from __future__ import annotations

from pathlib import Path

from fastapi import Request

from pages.shared.middleware import POLICY

SCRIPT = Path(__file__).parent / "unsaved.js"
WITH_SCRIPT = f"{POLICY}; script-src 'self'"

SIGNED_OUT = "done_signed_out"
SAVED = frozenset({"done_saved", "done_intake_confirmed"})  # what a page says after a form was saved

_FORMS = frozenset({"new_document.html", "edit.html", "intake_document.html"})
_FIRST = "home.html"  # where what is too old is removed, whatever else the person does


def concerned(request: Request, template: str, notice: str) -> bool:
    """Whether a page needs the script: a form, what follows when it was sent, or the first page."""
    failed = template == "error.html" and request.method == "POST"
    return failed or template in _FORMS or template == _FIRST or notice in SAVED or notice == SIGNED_OUT
