"""The chat on other sites: the script that puts it there, and which sites may frame it."""

from __future__ import annotations

import json
from pathlib import Path

from fastapi import Response

from assistant.settings import Settings
from assistant.texts import say
from corpus.vocabulary import LANGUAGES

_SCRIPT = Path(__file__).parent / "embed.js"
_TEXTS = {"title": "title", "open": "embed_open", "close": "embed_close"}


def frame_ancestors(settings: Settings) -> str:
    """The part of the policy of the chat page that says which sites may frame it."""
    return "frame-ancestors " + (" ".join(settings.framing_origins) or "'none'")


def embed_script() -> Response:
    """The script of the one tag, with its texts in all languages."""
    texts = {code: {name: say(code, text) for name, text in _TEXTS.items()} for code in LANGUAGES}
    script = f"(() => {{\nconst TEXTS = {json.dumps(texts, ensure_ascii=False)};\n{_SCRIPT.read_text('utf-8')}}})();\n"
    return Response(
        script,
        media_type="text/javascript",
        headers={"Cache-Control": "no-cache", "Cross-Origin-Resource-Policy": "cross-origin"},
    )
