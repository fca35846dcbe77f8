"""Stretches of a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Span = tuple[int, int]


def apart(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans in their order, without those that begin within an earlier one."""
    end = 0
    for span in sorted(spans, key=lambda one: (one[0], -one[1])):
        if span[0] >= end:
            yield span
            end = span[1]
