"""What the law asks of a public page: imprint, privacy notice, accessibility statement; and the emblem beside them.

Each is a Markdown file in `texts/`; one of the same name in the home's folder `texts/` stands in its place.
"""

from __future__ import annotations

from http import HTTPStatus
from string import Template
from urllib.parse import urlsplit

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import FileResponse

from assistant.operate.retention import KINDS
from assistant.settings import Settings
from assistant.texts import say
from pages.public.layout import FOLDER, language_of, page
from pages.shared.markdown import rendered
from pages.shared.rendering import installation, place

router = APIRouter()

_BLANK = "[["  # what whoever runs the assistant has to fill in stands between such brackets


@router.get("/imprint")
@router.get("/privacy")
@router.get("/accessibility")
def show(request: Request) -> Response:
    """One of the texts."""
    app, language = installation(request), language_of(request)
    name = place(request).removeprefix("/")
    own = app.home / "texts" / f"{name}.{language}.md"
    text = (own if own.is_file() else FOLDER / "texts" / own.name).read_text("utf-8")
    filled = Template(text).safe_substitute(facts(app.settings, language))
    return page(
        request,
        "words.html",
        title=say(language, name),
        text=rendered(filled, below=1),
        file=own,
        blank=_BLANK in filled,
    )


@router.get("/emblem")
def emblem(request: Request) -> Response:
    """The emblem of the settings."""
    path = installation(request).settings.emblem
    if not path:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return FileResponse(path, headers={"Cache-Control": "no-cache"})


def facts(settings: Settings, language: str) -> dict[str, str]:
    """What the privacy notice says of this installation, by the names under which its text calls for it."""
    days = settings.keep_days.questions
    return {f"days_{kind.name}": str(kind.days(settings)) for kind in KINDS} | {
        "kept_questions": say(language, f"privacy_{settings.keep_questions}", days=days),
        "chat_provider": _provider(settings, language),
        "search_provider": _search(settings, language),
    }


def _provider(settings: Settings, language: str) -> str:
    """Who reads a question to write its answer."""
    if not settings.chat_model:
        return say(language, "privacy_no_model")
    return say(
        language, "privacy_model", model=settings.chat_model, where=_host(settings.chat_url, settings.chat_model)
    )


def _search(settings: Settings, language: str) -> str:
    """Who reads a question to search for it."""
    hosts = [_host(url, url) for url in (settings.embedding_url, settings.rerank_url) if url]
    if not hosts:
        return say(language, "privacy_search_here")
    return say(language, "privacy_search", where=", ".join(dict.fromkeys(hosts)))


def _host(url: str, otherwise: str) -> str:
    return urlsplit(url).hostname or otherwise
