"""The pages of every document, of which `tests/whole/test_secrets.py` opens a few."""

from __future__ import annotations

from pathlib import Path

from tests.secret_settings import seen_of, told


def test_no_page_of_any_document_and_nothing_printed_holds_a_secret(shipped_as_built: Path, tmp_path: Path) -> None:
    seen = seen_of(shipped_as_built, tmp_path / "home", 1_000)
    assert len(seen.texts) > 250
    assert told(seen) == []
    assert [name for name, value in seen.secrets.items() if value in seen.printed] == []
