"""How two versions differ, as data for a page or a command to show."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from corpus.documents import Metadata, Version


@dataclass(frozen=True)
class FieldChange:
    """A field of the metadata that says something else; `None` where it is not given.

    Each summary and each source is a field of its own: `summary.de`, `sources.pmda-dash`.
    """

    field: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Difference:
    """The fields that changed, and the bodies' lines as a unified difference."""

    fields: tuple[FieldChange, ...]
    body: tuple[str, ...]


def compare(before: Version, after: Version) -> Difference:
    """What changed from one version to another."""
    old, new = _fields(before.metadata), _fields(after.metadata)
    return Difference(
        fields=tuple(
            FieldChange(name, old.get(name), new.get(name))
            for name in dict.fromkeys([*old, *new])
            if old.get(name) != new.get(name)
        ),
        body=tuple(
            difflib.unified_diff(
                before.body.splitlines(),
                after.body.splitlines(),
                f"version {before.number}",
                f"version {after.number}",
                lineterm="",
            )
        ),
    )


def _fields(metadata: Metadata) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in vars(metadata).items():
        if name == "summary":
            found |= {f"summary.{language}": text for language, text in value.items()}
        elif name == "sources":
            found |= {
                f"sources.{known.key}": f"{known.title}, {known.publisher}, {known.date}: {known.url}"
                for known in value
            }
        elif value is not None:
            found[name] = ", ".join(sorted(value)) if isinstance(value, frozenset) else str(value)
    return found
