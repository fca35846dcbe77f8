"""Takes out of a text what tells who wrote it, as far as a program can tell; see `corpus.personal`.

What a text gives away in other ways stays. Masking lowers a risk, it does not make a text anonymous: what is masked is
still kept for a short time only.
"""

from __future__ import annotations

from corpus.personal.kinds import replaced


def mask(text: str) -> str:
    """The text with each such thing replaced by what kind of thing it was."""
    return replaced(text, lambda kind, _: f"[{kind}]")
