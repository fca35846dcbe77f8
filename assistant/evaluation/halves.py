"""Two halves of every set of questions: from the first is learned, at the second no change ever looks."""

from __future__ import annotations

import hashlib

LEARNED, JUDGED = 0, 1


def half(question_id: str) -> int:
    """Which half a question belongs to: by whether the SHA-256 of its id is even. The second half's figures count."""
    return int(hashlib.sha256(question_id.encode()).hexdigest(), 16) % 2
