"""What stands in a paper, on whatever lines and pages a program has put it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def squeezed(text: str) -> str:
    """A text without its spaces and ends of lines, which programs set as they like."""
    return "".join(text.split())


def stands_on(pages: Sequence[str], text: str) -> bool:
    """Whether a text is whole on a page, or begins on one and ends on the next, as in a row that was broken there."""
    wanted, squeezed_pages = squeezed(text), [squeezed(page) for page in pages]
    if any(wanted in page for page in squeezed_pages):
        return True
    cuts = [(wanted[:at], wanted[at:]) for at in range(1, len(wanted))]
    return any(head in one and tail in other for one, other in pairwise(squeezed_pages) for head, tail in cuts)
