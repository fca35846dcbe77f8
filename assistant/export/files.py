"""Papers as files, by the end of the file's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from assistant.export.docx import to_docx
from assistant.export.markdown import to_markdown
from assistant.export.papers import Paper
from assistant.export.pdf import to_pdf
from corpus.errors import KnownError

FORMS: Mapping[str, Callable[[Paper], bytes]] = {".md": to_markdown, ".docx": to_docx, ".pdf": to_pdf}


class UnknownFileFormat(KnownError):
    """A file whose name does not say in which of our forms it is to be written."""


def written(paper: Paper, path: Path) -> bytes:
    """A paper in the form that the name of a file asks for.

    Raises:
        UnknownFileFormat: it is none of ours.
    """
    form = FORMS.get(path.suffix.lower())
    if form is None:
        raise UnknownFileFormat(
            f"{path} is none of the files that can be written; end its name with {', '.join(FORMS)}."
        )
    return form(paper)
