"""Markdown of a document as HTML that can do nothing: no raw HTML, no images, no links but to the web."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markupsafe import Markup

_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def _to_the_web(url: str) -> bool:
    return url.startswith(("https://", "http://"))


_PARSER.validateLink = _to_the_web  # type: ignore[method-assign]  # the parser's own place for it


def rendered(text: str, below: int = 2) -> Markup:
    """A Markdown text as blocks of a page; what it does not know stays as it was written.

    Its headings go down some levels, since the page's own come first.
    """
    tokens = _PARSER.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + below, 6)}"
        for part in token.children or ():
            if part.type == "link_open":
                part.attrSet("rel", "noopener noreferrer nofollow")
    return Markup(_PARSER.renderer.render(tokens, _PARSER.options, {}))  # noqa: S704 - it escapes all it is given
