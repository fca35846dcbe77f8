"""A turn of the conversation as HTML: the question, and its answer with a card for each document that it cites.

Nothing of a question, a document or a browser is trusted: every text is escaped, and only http links are links.
A turn is one line, since a blank line would end the HTML for Gradio's Markdown. What its sanitiser takes out (aria
and data attributes, the boxes of drawings) is not used: icons come from the style sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import zip_longest
from urllib.parse import urlencode

from assistant.answers import Answer, Citation, Claim, ClaimKind
from assistant.export.papers import NOTHING, Foot
from assistant.journal.journal import LONGEST_COMMENT
from assistant.journal.records import Feedback, Rating
from assistant.texts import say
from corpus.vocabulary import vocabulary
from pages.chat.plain_text import markdown, plain_text
from pages.shared.captions import (
    contacts,
    disputed,
    framed,
    groups,
    heading,
    opened,
    origin,
    overdue,
    quoted,
    rated,
    said,
    section,
)
from pages.shared.conversation import Turn

_SOURCES = 3  # shown on a card; the others are folded


def turn_html(
    turn: Turn,
    number: int,
    *,
    running: bool = False,
    feedback: Feedback | None = None,
    address: str = "",
    foot: Foot = NOTHING,
) -> str:
    """A turn; its number keeps its source cards apart from those of the others.

    `feedback` is what the person has said of the answer before; `address` and `foot` are the site's, for what is
    taken along.
    """
    language = turn.language
    answer = turn.answer
    if answer:
        body = _answer(answer, number) + _taken_along(turn, answer, address, foot) + _hand_over(turn)
    else:
        body = _claims(turn.claims, language, number) + _sources(turn.claims, language, number)
        body += "" if running else _paragraph("label", say(language, "stopped"))
    return (
        f'<section class="turn{" running" if running else ""}" lang="{escape(language)}">'
        f'<h2 class="question">{_aside(say(language, "you_asked"))}{_text(turn.question)}</h2>'
        f'<div class="answer {answer.outcome.value if answer else "unfinished"}">{body}</div>'
        f"{_rating(turn, feedback) if turn.id else ''}</section>"
    )


def _answer(answer: Answer, number: int) -> str:
    """What an outcome shows: how it ended, what is known, what is not, and whom to ask."""
    language = answer.language
    contact_list = _listed(
        "contacts",
        say(language, "contacts"),
        (f"{_link(url, name)}: {_text(help_)}" for name, url, help_ in contacts(answer)),
    )
    answering = _paragraph("answering", answer.answering)
    tags = "".join(f"<li>{_text(tag)}</li>" for tag in framed(answer))
    parts = (
        f'<div class="frame">{_paragraph("label", say(language, "frame"))}<ul>{tags}</ul></div>' if tags else "",
        f'<h3 class="outcome">{_text(heading(answer))}</h3>',
        _paragraph("said", said(answer)),
        answering if answer.claims else "",
        contact_list if answer.wants_contact else "",
        _paragraph("label", say(language, "so_far")) if answer.clarification and answer.claims else "",
        _claims(answer.claims, language, number),
        *(_paragraph("disputed", text) for text in disputed(answer)),
        _paragraph("label", answer.notice),
        _listed("missing", say(language, "missing"), map(_text, answer.missing)),
        _paragraph("label", say(language, "nearest")) + answering if answer.nearest else "",
        *(_claim(claim, language, number) for claim in answer.nearest),
        _sources((*answer.claims, *answer.nearest), language, number),
        "" if answer.wants_contact else contact_list,
    )
    return "".join(parts)


def _claims(claims: Sequence[Claim], language: str, number: int) -> str:
    return "".join(
        _paragraph("label", label) + "".join(_claim(claim, language, number) for claim in group)
        for label, group in groups(claims, language)
    )


def _claim(claim: Claim, language: str, number: int) -> str:
    source = say(language, "source")
    numbers = "".join(
        f'<a class="cite" href="#{_quote_id(number, citation)}" lang="{escape(language)}">'
        f"{_aside(source)}{citation.n}</a>"
        for citation in claim.citations
    )
    look = "of-unit" if claim.kind is ClaimKind.ANSWER else claim.kind.value  # `answer` is the class of the whole
    mark = f' <span class="overdue" lang="{escape(language)}">{_text(say(language, "overdue_mark"))}</span>'
    return (
        f'<p class="claim {look}" lang="{escape(claim.language)}">'
        f"{_text(claim.text)} {numbers}{mark if claim.overdue else ''}</p>"
    )


def _sources(claims: Sequence[Claim], language: str, number: int) -> str:
    """A card for each document, in the order in which they are cited, with all that is quoted from it."""
    cards: dict[str, list[tuple[Citation, str]]] = {}
    for citation, spoken in quoted(claims):
        cards.setdefault(citation.document.id, []).append((citation, spoken))
    html = "".join(_card(quotes, language, number) for quotes in cards.values())
    return f"<h4>{_text(say(language, 'sources'))}</h4>{html}" if html else ""


def _card(quotes: Sequence[tuple[Citation, str]], language: str, number: int) -> str:
    first, _ = quotes[0]
    metadata = first.document.metadata
    numbers = "".join(f"<b>{citation.n}</b>" for citation, _ in quotes)
    late = next(filter(None, (overdue(citation, language) for citation, _ in quotes)), "")
    badge = f' <span class="overdue">{_text(say(language, "overdue_badge"))}</span>' if late else ""
    by_rank = zip_longest(*(citation.sources for citation, _ in quotes))
    sources = list(dict.fromkeys(source for rank in by_rank for source in rank if source))
    official = any(source.kind in vocabulary().official_kinds for source in sources)
    mark = f'<span class="official">{_text(say(language, "official_source"))}</span> ' if official else ""
    links = [f"{_link(one.url, one.title)}, {_text(one.publisher)}, {_text(one.date)}" for one in sources]
    more = _listed("links", "", links[_SOURCES:])
    return (
        f'<details class="source"><summary><span>{numbers}</span>'
        f'<span class="place" lang="{escape(metadata.language)}">{_text(metadata.title)}</span>'
        f'<span class="date">{mark}{_text(say(language, "as_of", facts=metadata.facts_as_of))}{badge}</span></summary>'
        f"{''.join(_quote(citation, spoken, language, number) for citation, spoken in quotes)}"
        f"{_paragraph('overdue', late)}{_paragraph('origin', origin(first, language))}"
        f"{_listed('links', say(language, 'rests_on'), links[:_SOURCES])}"
        f"{_folded(say(language, 'more_sources', count=len(links) - _SOURCES), more)}</details>"
    )


def _quote(citation: Citation, spoken: str, language: str, number: int) -> str:
    """Words that a claim rests on, where they stand, and the way to read them there."""
    return (
        f'<div class="quoted" id="{_quote_id(number, citation)}">'
        f'<p class="place" lang="{escape(citation.document.metadata.language)}"><b>{citation.n}</b> '
        f"{_text(section(citation, language))}</p>"
        f'<blockquote lang="{escape(spoken)}">{_text(citation.quote)}</blockquote>'
        f'<p class="open"><a href="{_text(opened(citation, language))}" target="_blank" rel="noopener">'
        f"{_text(say(language, 'open_in_library'))}</a></p></div>"
    )


def _taken_along(turn: Turn, answer: Answer, address: str, foot: Foot) -> str:
    """The buttons that copy an answer and save it, each before its text; chat.js does it. It needs sources for that."""
    if not answer.citations:
        return ""
    label, done, save = (escape(say(turn.language, name)) for name in ("copy", "copied", "save_file"))
    html = (
        f'<button type="button" class="copy" value="{done}">{label}</button>'
        f"<pre hidden>{_text(plain_text(turn.question, answer, address))}</pre>"
    )
    if turn.day:
        html += (
            f' <button type="button" class="save" value="answer-{_text(turn.day)}.md">{save}</button>'
            f"<pre hidden>{_text(markdown(turn.question, answer, turn.day, foot))}</pre>"
        )
    return html


def _hand_over(turn: Turn) -> str:
    """The way from any answer to a person, with the question along."""
    asked = {"question": turn.question, "home": turn.home, "language": turn.language}
    query = urlencode({name: value for name, value in asked.items() if value})
    label = _text(say(turn.language, "ask_person"))
    return f'<p class="person"><a href="/contact?{_text(query)}" target="_blank" rel="noopener">{label}</a></p>'


def _rating(turn: Turn, feedback: Feedback | None) -> str:
    """The form by which an answer is rated, and what was said of it before; chat.js sends it."""
    language = turn.language
    kinds = "".join(
        f'<label><input type="radio" name="verdict" value="{verdict.value}" required> {_text(text)}</label>'
        for verdict in Rating
        for text in [say(language, f"report_{verdict.name.lower()}")]
    )
    hidden = {"answer": turn.id, "question": turn.question}
    return (
        f'<details class="rating"><summary>{_text(say(language, "rate"))}</summary>'
        f'{_paragraph("rated", rated(feedback, language)) if feedback else ""}<form class="rate">'
        + "".join(f'<input type="hidden" name="{name}" value="{_text(value)}">' for name, value in hidden.items())
        + f"<fieldset><legend>{_text(say(language, 'rate_about'))}</legend>{kinds}</fieldset>"
        f'<label class="comment">{_text(say(language, "rate_comment"))}'
        f'<input type="text" name="comment" maxlength="{LONGEST_COMMENT}" autocomplete="off"></label>'
        f'<button type="submit">{_text(say(language, "rate_send"))}</button></form></details>'
    )


def _quote_id(number: int, citation: Citation) -> str:
    return f"source-{number}-{citation.n}"


def _listed(name: str, label: str, items: Iterable[str]) -> str:
    """A labelled list of HTML items; nothing when there are none."""
    entries = "".join(f"<li>{item}</li>" for item in items)
    head = f"<h4>{_text(label)}</h4>" if label else ""
    return f'<div class="{name}">{head}<ul>{entries}</ul></div>' if entries else ""


def _folded(label: str, html: str) -> str:
    return f'<details class="more"><summary>{_text(label)}</summary>{html}</details>' if html else ""


def _paragraph(name: str, text: str) -> str:
    return f'<p class="{name}">{_text(text)}</p>' if text else ""


def _aside(text: str) -> str:
    """A word for those who cannot see what it is from its looks."""
    return f'<span class="aside">{_text(text)} </span>'


def _link(url: str, text: str) -> str:
    if not url.startswith(("https://", "http://")):
        return _text(text)
    return f'<a href="{_text(url)}" target="_blank" rel="noopener noreferrer">{_text(text)}</a>'


def _text(text: str) -> str:
    return "&#10;".join(escape(text).splitlines())
