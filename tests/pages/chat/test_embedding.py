"""Which sites may frame the chat, and the script that puts it there."""

from __future__ import annotations

import pytest

from assistant.settings import Settings
from pages.chat.embedding import embed_script, frame_ancestors


def test_nobody_frames_the_chat_but_the_sites_that_are_named() -> None:
    assert frame_ancestors(Settings()) == "frame-ancestors 'none'"
    named = Settings(embed_origins="https://www.biocat.cat, http://localhost:8000")
    assert frame_ancestors(named) == "frame-ancestors https://www.biocat.cat http://localhost:8000"


@pytest.mark.parametrize(
    "origin",
    [
        "https://www.biocat.cat/page",
        "www.biocat.cat",
        "*",
        "https://*",
        "'self'",
        "https://a.example; script-src *",
        "https://a.example\nX: y",
        "javascript:alert(1)",
        "https://a.example https://b.example",
    ],
)
def test_what_is_no_site_is_refused_before_it_stands_in_a_header(origin: str) -> None:
    with pytest.raises(ValueError, match="without a path"):
        Settings(embed_origins=origin)


def test_the_script_brings_its_texts_and_keeps_nothing() -> None:
    script = bytes(embed_script().body).decode()
    assert "Fragen zum Markteintritt" in script
    for kept in ("cookie", "localStorage", "sessionStorage", "sendBeacon", "fetch(", "XMLHttpRequest", "innerHTML"):
        assert kept not in script.replace("sets no cookie", "")
