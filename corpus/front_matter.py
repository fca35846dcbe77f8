"""A library document on disk: YAML front matter, then Markdown, then its units of answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from corpus.documents import Access, Metadata, Reuse, Source, Version, digest
from corpus.errors import BadDocument
from corpus.units import Unit, from_fields, to_fields

# Twelve and five times as fast as those in Python; a wheel of PyYAML without them has these.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_FENCES = re.compile(r"\A---\r?\n(.*?)\r?\n---\r?\n(.*)\Z", re.DOTALL)
_UNITS = re.compile(r"\n```units\r?\n((?:(?!^```).)*)^```\s*\Z", re.DOTALL | re.MULTILINE)
_OURS = frozenset({"title", "kind", "review_by"})  # other front matter has no such fields together


def is_ours(text: str) -> bool:
    """Whether a Markdown text begins with front matter that is meant to be ours, in order or not."""
    parts = _FENCES.match(text)
    return bool(parts and _OURS.issubset(re.findall(r"^(\w+):", parts[1], re.MULTILINE)))


def parse(text: str, name: str) -> tuple[Metadata, str]:
    """The metadata with the units, and the Markdown body of a document; `name` is what an error calls it.

    Raises:
        BadDocument: the front matter is missing or incomplete; the message names the field.
    """
    parts = _FENCES.match(text)
    if not parts:
        raise BadDocument(f"{name}: the front matter between two lines of '---' is missing; add it.")
    try:
        if "*" in parts[1] and any(isinstance(token, yaml.AliasToken) for token in yaml.scan(parts[1], Loader=_Loader)):
            raise BadDocument(f"{name}: the front matter repeats a part by an alias (*); write it out.")
        fields = yaml.load(parts[1], Loader=_Loader)  # noqa: S506 - a safe one
    except yaml.YAMLError as error:
        raise BadDocument(f"{name}: the front matter is not valid YAML; mend {_place(error)}.") from error
    if not isinstance(fields, dict):
        raise BadDocument(f"{name}: the front matter must be a list of 'field: value' lines.")
    try:
        body, units = _parted(parts[2])
        return _metadata(fields, units), body
    except KeyError as error:
        raise BadDocument(f"{name}: the front matter lacks the field {error}; add it.") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise BadDocument(f"{name}: a field has the wrong form: {error}.") from error


def render(metadata: Metadata, body: str) -> str:
    """The document that `parse` reads as this metadata and body."""
    fields: dict[str, object] = {
        "title": metadata.title,
        "markets": sorted(metadata.markets),
        "areas": sorted(metadata.areas),
        "topics": sorted(metadata.topics),
        "kind": metadata.kind,
        "language": metadata.language,
        "published_on": metadata.published_on,
        "facts_as_of": metadata.facts_as_of,
        "review_by": metadata.review_by,
        "expires_on": metadata.expires_on,
        "access": metadata.access.value,
        "reuse": metadata.reuse.value,
        "publisher": metadata.publisher,
        "recognised": metadata.recognised or None,
        "summary": dict(metadata.summary) | ({"en_hash": metadata.summary_hash} if metadata.summary_hash else {}),
        "sources": [
            {name: value for name, value in asdict(source).items() if value or name != "kind"}
            for source in metadata.sources
        ],
    }
    given = {name: value for name, value in fields.items() if value is not None}
    return f"---\n{_yaml(given)}---\n{_joined(body, metadata.units)}"


def _parted(text: str) -> tuple[str, tuple[Unit, ...]]:
    """The body without the block of units at its end, and the units."""
    block = _UNITS.search(text)
    if not block:
        return text, ()
    try:
        entries = yaml.load(block[1], Loader=_Loader)  # noqa: S506 - a safe one
    except yaml.YAMLError as error:
        raise ValueError(f"the block of units is not valid YAML; mend {_place(error)} of it") from error
    if not isinstance(entries, list):
        raise ValueError("the block of units must be a list, an entry a section")  # noqa: TRY004 - as of a field
    return text[: block.start()], tuple(map(from_fields, entries))


def _joined(body: str, units: Sequence[Unit]) -> str:
    """The text that `_parted` reads as this body and these units."""
    if not units and not _UNITS.search(body):
        return body
    entries = "\n".join(_yaml([to_fields(unit)]) for unit in units) or "[]\n"
    return f"{body}\n```units\n{entries}```\n"


def _yaml(fields: Mapping[str, object] | Sequence[object]) -> str:
    """Fields as YAML with letters as they are; with escapes where PyYAML would lose one, as it does U+0085."""
    text = yaml.dump(fields, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    if "\\U000" in text:  # as libyaml writes letters beyond the first plane
        text = yaml.safe_dump(fields, sort_keys=False, allow_unicode=True, width=10_000)
    if yaml.load(text, Loader=_Loader) == fields:  # noqa: S506
        return text
    return yaml.safe_dump(fields, sort_keys=False, allow_unicode=False, width=10_000)


def read_version(path: Path, document_id: str) -> Version:
    """A version, not numbered yet, from a Markdown file.

    Raises:
        BadDocument: the file cannot be read, or has no complete front matter.
    """
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise BadDocument(f"{document_id}: the file is not UTF-8 text; save it as UTF-8.") from error
    except OSError as error:
        raise BadDocument(f"The file {path} cannot be read ({error.strerror}); name another one.") from error
    metadata, body = parse(text, document_id)
    return Version(document_id, 0, metadata, body, digest(text))


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 2}" if mark else "its form"


def _metadata(fields: Mapping[str, Any], units: tuple[Unit, ...]) -> Metadata:
    summary = {str(key): str(value) for key, value in dict(fields.get("summary") or {}).items()}
    expires = fields.get("expires_on")
    return Metadata(
        title=str(fields["title"]),
        kind=str(fields["kind"]),
        language=str(fields["language"]),
        publisher=str(fields["publisher"]),
        published_on=_date(fields["published_on"]),
        facts_as_of=_month(fields["facts_as_of"]),
        review_by=_date(fields["review_by"]),
        markets=frozenset(map(str, fields["markets"])),
        areas=frozenset(map(str, fields["areas"])),
        topics=frozenset(map(str, fields["topics"])),
        access=Access(fields["access"]),
        reuse=Reuse(fields["reuse"]),
        expires_on=None if expires is None else _date(expires),
        summary_hash=summary.pop("en_hash", ""),
        summary=summary,
        sources=tuple(
            Source(
                **{name: str(entry[name]) for name in ("key", "title", "publisher", "date", "url")},
                kind=str(entry.get("kind") or ""),
            )
            for entry in fields["sources"]
        ),
        units=units,
        recognised=int(fields.get("recognised") or 0),
    )


def _date(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _month(value: object) -> str:
    if not re.fullmatch(r"\d{4}-\d{2}", str(value)):
        raise ValueError(f"facts_as_of is '{value}'; write year and month, as 2026-05")
    return str(value)
