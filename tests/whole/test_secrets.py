"""No key, password or token is in any page, file or error, nor in what a server prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.settings import Settings
from tests.secret_settings import SECRET_SETTINGS, SECRETS, Seen, seen_of, told

DOCUMENTS = 15  # of which each of their pages is opened here; `tests/long` opens those of all


@pytest.fixture(scope="module")
def seen(shipped_as_built: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    return seen_of(shipped_as_built, tmp_path_factory.mktemp("secrets") / "home", DOCUMENTS)


def test_every_setting_that_is_a_secret_is_tried() -> None:
    assert len(SECRET_SETTINGS) >= 6
    assert [name for name in Settings.model_fields if re.search("key|secret|password", name)] == SECRET_SETTINGS
    assert not [value for value in SECRETS.values() if value in repr(Settings(**SECRETS))]  # type: ignore[arg-type]


@pytest.mark.servers
def test_no_page_and_no_file_holds_a_secret(seen: Seen) -> None:
    assert len(seen.texts) > 80
    assert any("text/csv" in text for text in seen.texts.values())
    assert any("application/pdf" in text for text in seen.texts.values())
    assert told(seen) == []


@pytest.mark.servers
def test_nothing_that_a_server_prints_holds_a_secret(seen: Seen) -> None:
    assert "serving on" in seen.printed
    assert [name for name, value in seen.secrets.items() if value in seen.printed] == []
