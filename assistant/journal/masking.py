"""Takes out of a text what tells who wrote it, as far as a program can tell; see `corpus.personal`.

What a text gives away in other ways stays. Masking lowers a risk, it does not make a text anonymous: what is masked is
still kept for a short time only.
"""

from __future__ import annotations

from corpus.personal import KINDS


def mask(text: str) -> str:
    """The text with each such thing replaced by what kind of thing it was."""
    for kind, find in KINDS.items():
        for start, end in reversed(list(find(text))):
            text = f"{text[:start]}[{kind}]{text[end:]}"
    return text
