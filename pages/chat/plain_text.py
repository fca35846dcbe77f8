"""An answer to take along, as plain text or as a file: numbered sources, their dates and addresses, and its origin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assistant.answers import Answer, Citation, Claim
from assistant.export.markdown import to_markdown
from assistant.export.papers import NOTHING, Foot, Paper, PaperLine, PaperPart
from assistant.market.references import Reference
from assistant.texts import say
from pages.shared.captions import (
    above_nearest,
    contacts,
    disputed,
    framed,
    groups,
    heading,
    opened,
    origin,
    overdue,
    place,
    said,
)


def plain_text(question: str, answer: Answer, address: str = "") -> str:
    """The question and its answer; the last line says that a machine wrote it.

    With the site's `address`, each source says where it is opened in the library.
    """
    return "\n".join(_lines(question, answer, address))


def markdown(question: str, answer: Answer, made_on: str, foot: Foot = NOTHING) -> str:
    """The question and its answer as the text of a Markdown file; `made_on` is the day of the answer."""
    paper = Paper(
        title=question,
        language=answer.language,
        made_by=say(answer.language, "plan_made_by", day=made_on),
        made_on=made_on,
        parts=tuple(_parts(answer)),
        sources=tuple(Reference(citation.n, (citation,)) for citation in answer.citations),
        foot=foot,
    )
    return to_markdown(paper).decode()


def _parts(answer: Answer) -> Iterator[PaperPart]:
    language = answer.language

    def own(*texts: str) -> tuple[PaperLine, ...]:
        return tuple(PaperLine(text, language) for text in texts if text)

    yield PaperPart(
        heading(answer), own(_frame(answer) if answer.frame else "", said(answer), *disputed(answer), answer.notice)
    )
    for label, claims in (*groups(answer.claims, language), (above_nearest(answer), answer.nearest)):
        if claims:
            yield PaperPart((label or answer.answering).rstrip(": "), points=tuple(map(_line, claims)))
    for name, points in (("missing", own(*answer.missing)), ("contacts", own(*_people(answer)))):
        if points:
            yield PaperPart(say(language, name).rstrip(": "), points=points)


def _people(answer: Answer) -> Iterator[str]:
    for name, url, _, soon in contacts(answer):
        yield f"{name}: {url}" + (f" ({soon.rstrip('.')})" if soon else "")


def _line(claim: Claim) -> PaperLine:
    return PaperLine(claim.text, claim.language, tuple(citation.n for citation in claim.citations))


def _lines(question: str, answer: Answer, address: str) -> Iterator[str]:
    language = answer.language
    yield question
    if answer.frame:
        yield _frame(answer)
    yield f"\n{heading(answer)}"
    if said(answer):
        yield said(answer)
    if answer.clarification:
        yield from (f"- {choice}" for choice in answer.clarification.choices)
    for label, claims in groups(answer.claims, language):
        yield f"\n{label or answer.answering}"
        yield from map(_claim, claims)
    yield from disputed(answer)
    if answer.notice:
        yield answer.notice
    yield from _listed(say(language, "missing"), answer.missing)
    nearest = f"{above_nearest(answer)} {answer.answering}".strip()
    yield from _listed(nearest, [_claim(claim) for claim in answer.nearest])
    yield f"\n{say(language, 'sources')}"
    for citation in answer.citations:
        yield from _source(citation, language, address)
    yield from _listed(say(language, "contacts"), _people(answer))
    yield f"\n{say(language, 'provenance', title=say(language, 'title'))}"


def _frame(answer: Answer) -> str:
    return f"{say(answer.language, 'frame')} {' · '.join(framed(answer))}"


def _claim(claim: Claim) -> str:
    return claim.text + "".join(f" [{citation.n}]" for citation in claim.citations)


def _source(citation: Citation, language: str, address: str) -> Iterator[str]:
    yield f"[{citation.n}] {place(citation, language)}. {origin(citation, language)}"
    if citation.overdue:
        yield f"    {overdue(citation, language)}"
    yield f"    “{citation.quote}”"
    if address:
        yield f"    {say(language, 'open_in_library')}: {address}/{opened(citation, language)}"
    for source in citation.sources:
        yield f"    - {source.title}, {source.publisher}, {source.date}: {source.url}"


def _listed(label: str, items: Iterable[str]) -> Iterator[str]:
    entries = [f"- {item}" for item in items]
    if entries:
        yield f"\n{label}"
        yield from entries
