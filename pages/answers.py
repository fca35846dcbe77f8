"""An answer as HTML: numbered claims, and for each number a source card. Nothing of a document is trusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from assistant.answers import Answer, Citation, Claim, Kind, Outcome
from assistant.texts import say, texts


def claims_html(claims: Sequence[Claim], language: str) -> str:
    """The claims shown so far: the short answer, then the quotations, each with its numbers."""
    parts = []
    for kind, group in _groups(claims):
        match kind:
            case Kind.SUMMARY:
                label = say(language, "short_answer")
            case Kind.QUOTATION:
                label = say(language, "quoted", language=_language_name(group[0].language, language))
            case Kind.STATEMENT:
                label = say(language, "statements")
        parts.append(f'<p class="label">{escape(label)}</p>')
        parts += [_claim(claim) for claim in group]
    return "".join(parts)


def answer_html(answer: Answer) -> str:
    """The finished answer, with its sources, its neighbours and the people who can help."""
    language = answer.language
    parts = [claims_html(answer.claims, language)]
    if answer.notice:
        parts.append(f'<p class="status">{escape(answer.notice)}</p>')
    if not answer.claims:
        parts.append(f'<p class="declined">{escape(answer.text)}</p>')
    if answer.nearest:
        parts.append(f'<p class="label">{escape(say(language, "nearest"))}</p>')
        parts += [_claim(claim) for claim in answer.nearest]
    if answer.citations:
        parts.append(f'<p class="label">{escape(say(language, "sources"))}</p>')
        parts += [_card(citation, language) for citation in answer.citations]
    if answer.outcome is not Outcome.GROUNDED:
        parts.append(_contacts(answer))
    if answer.follow_ups:
        items = "".join(f"<li>{escape(text)}</li>" for text in answer.follow_ups)
        parts.append(f'<p class="label">{escape(say(language, "next_questions"))}</p><ul>{items}</ul>')
    return _message("".join(parts), language)


def progress_html(claims: Sequence[Claim], status: str, language: str) -> str:
    """An answer on its way: what is verified so far, and what is being done."""
    return _message(f'{claims_html(claims, language)}<p class="status">{escape(status)}</p>', language)


def notice_html(text: str, language: str) -> str:
    """A sentence to the person that is no answer."""
    return _message(f'<p class="notice">{escape(text)}</p>', language)


def _message(inner: str, language: str) -> str:
    return f'<div class="answer" lang="{escape(language)}">{inner}</div>'


def _groups(claims: Sequence[Claim]) -> Iterable[tuple[Kind, list[Claim]]]:
    for kind in Kind:
        group = [claim for claim in claims if claim.kind is kind]
        if group:
            yield kind, group


def _claim(claim: Claim) -> str:
    numbers = "".join(f"<sup>[{citation.n}]</sup>" for citation in claim.citations)
    return f'<p class="claim {claim.kind.value}" lang="{escape(claim.language)}">{escape(claim.text)}{numbers}</p>'


def _card(citation: Citation, language: str) -> str:
    metadata = citation.document.metadata
    about = say(
        language,
        "source_of_document",
        publisher=metadata.publisher,
        version=citation.document.version.number,
        published=metadata.published_on.isoformat(),
        facts=metadata.facts_as_of,
    )
    where = f"{metadata.title} › {citation.section}" + (f", p. {citation.page}" if citation.page else "")
    overdue = (
        f'<p class="overdue">{escape(say(language, "overdue", day=metadata.review_by.isoformat()))}</p>'
        if citation.overdue
        else ""
    )
    sources = "".join(
        f'<li><a href="{escape(source.url)}" target="_blank" rel="noopener noreferrer">{escape(source.title)}</a>,'
        f" {escape(source.publisher)}, {escape(source.date)}</li>"
        for source in citation.sources
        if source.url.startswith(("https://", "http://"))
    )
    return (
        f'<details class="source"><summary><b>[{citation.n}]</b> {escape(where)}'
        f' <span class="date">{escape(metadata.facts_as_of)}</span></summary>'
        f'<blockquote lang="{escape(metadata.language)}">{escape(citation.quote)}</blockquote>'
        f"<p>{escape(about)}</p>{overdue}<p>{escape(say(language, 'rests_on'))}:</p><ul>{sources}</ul></details>"
    )


def _contacts(answer: Answer) -> str:
    language = answer.language
    items = "".join(
        f'<li><a href="{escape(cluster.url)}" target="_blank" rel="noopener noreferrer">{escape(cluster.name)}</a>'
        f" ({escape(cluster.region.get(language, cluster.region['en']))}):"
        f" {escape(cluster.helps_with.get(language, cluster.helps_with['en']))}</li>"
        for cluster in answer.contacts
    )
    return f'<p class="label">{escape(say(language, "contacts"))}</p><ul class="contacts">{items}</ul>'


def _language_name(code: str, language: str) -> str:
    name = f"language_{code}"
    return say(language, name) if name in texts(language) else code
