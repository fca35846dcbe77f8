"""A turn of the conversation as HTML, in a sequence that is always the same.

The question, what it was taken for, how it ended, the answer in a line and its points, what is not answered and whom
to ask, the documents that it rests on, and what can be done with it.

Nothing of a question, a document or a browser is trusted: every text is escaped, and only http links are links.
A turn is one line, since a blank line would end the HTML for Gradio's Markdown. What its sanitiser takes out (aria
and data attributes, the boxes of drawings) is not used: icons come from the style sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import zip_longest
from urllib.parse import urlencode

from assistant.answers import Answer, Citation, Claim, ClaimKind
from assistant.export.papers import NOTHING, Foot
from assistant.journal.journal import LONGEST_COMMENT
from assistant.journal.records import Feedback, Rating
from assistant.language.dates import dated
from assistant.language.writing import alone
from assistant.market.aspects import aspect_of, aspects, subject_of
from assistant.texts import say
from assistant.understand.classes import asked_of_class, classes_of
from assistant.understand.frame import Origin, Slot
from assistant.understand.subject import IN_CONVERSATION
from corpus.vocabulary import Term, vocabulary
from pages.chat.plain_text import markdown, plain_text
from pages.shared.captions import (
    above_nearest,
    by_market,
    contacts,
    disputed,
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
_FINER = tuple(verdict for verdict in Rating if verdict is not Rating.HELPFUL)  # what can be said of a bad answer

Numbers = Mapping[str, int]  # of the documents of an answer, by id


@dataclass(frozen=True)
class _Body:
    """What stands below a question, in order, and which of it stays in sight when the turn is folded."""

    parts: tuple[str, ...]
    in_sight: tuple[str, ...]


def turn_html(
    turn: Turn,
    number: int,
    *,
    running: bool = False,
    last: bool = False,
    folded: bool = False,
    before: Answer | None = None,
    feedback: Feedback | None = None,
    address: str = "",
    foot: Foot = NOTHING,
) -> str:
    """A turn; its number keeps its source cards apart from those of the others.

    What the `last` one was taken for can be changed, or what has changed since the answer `before` taken back. Of one
    that is `folded` the question and the line that answers it stand there, and the rest can be opened.
    `feedback` is what the person has said of the answer; `address` and `foot` are the site's, for what is taken along.
    """
    language = turn.language
    answer = turn.answer
    if answer:
        outcome = "closest" if answer.closest else answer.outcome.value
        look = f"{outcome} {answer.reason and f'because-{answer.reason}'}".rstrip()
        body = _answer(turn, answer, number, before, changeable=last)
        body = replace(body, parts=(*body.parts, _tools(turn, answer, feedback, address, foot)))
    else:
        look, body = "unfinished", _unfinished(turn, number, running=running)
    state = " running" if running else " folded" if folded else ""
    return (
        f'<section class="turn{state}" lang="{escape(language)}">'
        f'<div class="asked"><h2 class="question">{_aside(say(language, "you_asked"))}{_text(turn.question)}</h2>'
        f"{_asking_again(language) if last else ''}</div>"
        f'<div class="answer {look}">{_folded_away(turn, body) if folded else "".join(body.parts)}</div></section>'
    )


def _asking_again(language: str) -> str:
    """The buttons at the newest question that change it and ask it anew; chat.js has Gradio's do it."""
    return "".join(
        f'<button type="button" class="tool {look}" title="{_text(label)}">{_aside(label)}</button>'
        for look, label in (("edit", say(language, "edit")), ("again", say(language, "retry")))
    )


def _folded_away(turn: Turn, body: _Body) -> str:
    """What stays in sight, and a line that opens the rest."""
    rest = "".join(part for part in body.parts if part not in body.in_sight)
    label = f"{_text(say(turn.language, 'whole_answer'))}{_aside(f': {turn.question}')}"
    folded = f'<details class="whole"><summary>{label}</summary><div class="rest">{rest}</div></details>'
    return "".join(body.in_sight) + folded


def _unfinished(turn: Turn, number: int, *, running: bool) -> _Body:
    numbers = _numbered(turn.claims)
    line, points = _claims(turn.claims, turn.language, number, numbers)
    stopped = "" if running else _paragraph("label", say(turn.language, "stopped"))
    return _Body((line, points, _sources(turn.claims, turn.language, number, numbers), stopped), (line,))


def _answer(turn: Turn, answer: Answer, number: int, before: Answer | None, *, changeable: bool) -> _Body:
    """What an outcome shows: how it ended, what is known, what is not, and whom to ask."""
    language = answer.language
    numbers = _numbered((*answer.claims, *answer.nearest))
    answering = _paragraph("answering", answer.answering)
    rows = by_market(answer)
    beside = [claim for claim in answer.claims if not any(claim in group for _, group in rows)]
    line, points = _claims(beside, language, number, numbers, with_line=not rows)
    told = _paragraph("said", said(answer))
    how = f'<h3 class="outcome{" aside" if answer.reason in IN_CONVERSATION else ""}">{_text(heading(answer))}</h3>'
    parts = (
        _frame(turn, answer, number, before, changeable=changeable),
        how,
        told,
        answering if answer.claims and not rows else "",
        _paragraph("label", say(language, "so_far")) if answer.clarification and answer.claims else "",
        _side_by_side(turn, answer, rows, number, numbers),
        line,
        _cards(answer) if answer.wants_contact else "",
        points,
        *(_paragraph("disputed", text) for text in disputed(answer, numbers)),
        _paragraph("label", answer.notice),
        _near(answer, number, numbers),
        _unanswered(turn, answer),
        _sources((*answer.claims, *answer.nearest), language, number, numbers),
    )
    return _Body(parts, (how, told if answer.clarification else line))


def _frame(turn: Turn, answer: Answer, number: int, before: Answer | None, *, changeable: bool) -> str:
    """What the question was taken for; a tag with a menu asks the question anew for something else."""
    asked = {slot.what for slot in answer.frame}
    tags = "".join(_tag(slot, turn, answer, number, changeable=changeable) for slot in answer.frame)
    if changeable and answer.clarification and "markets" not in asked:
        choices = _terms("markets", {}, answer.language)
        tags = _menu("markets", "?", choices, answer.language, number, look="tag open-choice") + tags
    return (
        f'<div class="tags">{_aside(say(answer.language, "frame"))}{tags}{_changed(answer, before)}</div>'
        if tags
        else ""
    )


def _changed(answer: Answer, before: Answer | None) -> str:
    """That only the market is another than in the answer before, and the way back to that one."""
    if before is None:
        return ""
    language = answer.language
    here, there = ({slot.what: slot.terms for slot in one.frame} for one in (answer, before))
    now, then = here.pop("markets", {}), there.pop("markets", {})
    if not now or len(then) != 1 or now.keys() == then.keys() or not here or here != there:
        return ""
    [market] = then.values()
    return (
        f'<p class="hint">{_text(say(language, "only_market_changed"))} '
        f'<button type="button" class="ask-of" value="{_text(say(language, "ask_of", name=market.name(language)))}">'
        f"{_text(say(language, 'back_to', market=alone(market.name(language))))}</button></p>"
    )


def _tag(slot: Slot, turn: Turn, answer: Answer, number: int, *, changeable: bool) -> str:
    language = answer.language
    names = ", ".join(alone(term.name(language)) for term in slot.terms.values())
    known = "" if slot.origin is Origin.SAID else f" ({say(language, f'frame_{slot.origin.value}')})"
    value = f"<b>{_text(names)}</b>{_text(known)}"
    choices = list(_choices(slot, turn, answer)) if changeable else []
    if choices:
        return _menu(slot.what, value, choices, language, number)
    return f'<span class="tag">{_kind(slot.what, language)}{value}</span>'


def _menu(
    what: str, value: str, choices: Iterable[tuple[str, str]], language: str, number: int, look: str = "tag"
) -> str:
    """A tag with all that could stand in its place; each asks the question before it anew (chat.js)."""
    items = "".join(
        f'<li><button type="button" class="ask-of" value="{_text(asked)}">{_text(name)}</button></li>'
        for name, asked in choices
    )
    return (
        f'<details class="{look}" name="tags-{number}"><summary>{_kind(what, language)}{value}'
        f"{_aside(say(language, 'change'))}</summary><ul>{items}</ul></details>"
    )


def _choices(slot: Slot, turn: Turn, answer: Answer) -> Iterator[tuple[str, str]]:
    """What could stand in place of what was understood: its name, and what is asked then, or the code of an aspect."""
    language, (market, _) = answer.language, subject_of(answer.frame)
    match slot.what:
        case "aspects" if market:
            known = {aspect_of(code) for code in slot.terms}
            called = (one.code for one in aspects().values() if one.asked)
            yield from ((say(language, f"aspect_{code}"), code) for code in called if code not in known)
        case "classes":
            products = frozenset(code for one in answer.frame if one.what == "products" for code in one.terms)
            for name in classes_of(market, products):
                if name not in slot.terms:
                    yield name, asked_of_class(turn.question, say(language, "risk_class", name=name))
        case "markets" | "products":
            yield from _terms(slot.what, slot.terms, language)


def _terms(what: str, chosen: Mapping[str, Term], language: str) -> Iterator[tuple[str, str]]:
    """The other markets or kinds of product."""
    terms = vocabulary().markets if what == "markets" else vocabulary().products
    for code, term in terms.items():
        if code not in chosen:
            yield alone(term.name(language)), say(language, "ask_of", name=term.name(language))


def _kind(what: str, language: str) -> str:
    return f'<span class="kind">{_text(say(language, f"tag_{what}"))}</span> '


def _claims(
    claims: Sequence[Claim], language: str, number: int, numbers: Numbers, *, with_line: bool = True
) -> tuple[str, str]:
    """The first claim as the line that answers, and the others as points below it."""
    line = points = ""
    for label, group in groups(claims, language):
        head, others = _paragraph("label", label), group
        if with_line and not line:
            first, *others = group
            line, head = head + _claim(first, language, number, numbers, "p"), ""
        items = "".join(_claim(one, language, number, numbers, "li") for one in others)
        points += head + (f'<ul class="points">{items}</ul>' if items else "")
    return line, points


def _claim(claim: Claim, language: str, number: int, numbers: Numbers, element: str) -> str:
    source = say(language, "source")
    documents = {citation.document.id: citation for citation in reversed(claim.citations)}  # the first of each
    cites = "".join(
        f'<a class="cite" href="#{_quote_id(number, citation)}" lang="{escape(language)}">'
        f"{_aside(source)}{numbers[citation.document.id]}</a>"
        for citation in reversed(documents.values())
    )
    look = "of-unit" if claim.kind is ClaimKind.ANSWER else claim.kind.value  # `answer` is the class of the whole
    line = " answer-line" if element == "p" else ""
    mark = f' <span class="overdue" lang="{escape(language)}">{_text(say(language, "overdue_mark"))}</span>'
    return (
        f'<{element} class="claim {look}{line}" lang="{escape(claim.language)}">'
        f"{_text(claim.text)} {cites}{mark if claim.overdue else ''}</{element}>"
    )


def _side_by_side(
    turn: Turn, answer: Answer, rows: Sequence[tuple[Term, Sequence[Claim]]], number: int, numbers: Numbers
) -> str:
    """What is said of several markets, each in a row of its own, and the way to compare them in full."""
    if not rows:
        return ""
    language = answer.language
    missing = f'<span class="hint">{_text(say(language, "cell_empty"))}</span>'
    body = "".join(
        f'<tr><th scope="row">{_text(alone(term.name(language)))}</th><td>'
        f"{''.join(_claim(claim, language, number, numbers, 'div') for claim in claims) or missing}</td></tr>"
        for term, claims in rows
    )
    query = urlencode(
        [("question", turn.question), *(("market", term.code) for term, _ in rows), ("language", language)]
    )
    return (
        f'<table class="markets"><tbody>{body}</tbody></table><p class="compare"><a href="compare?{_text(query)}"'
        f' target="_blank" rel="noopener">{_text(say(language, "compare_these"))}</a></p>'
    )


def _near(answer: Answer, number: int, numbers: Numbers) -> str:
    """What the library says close by, which is not the answer."""
    if not answer.nearest:
        return ""
    points = "".join(_claim(claim, answer.language, number, numbers, "li") for claim in answer.nearest)
    return (
        f'<div class="near"><h4>{_text(above_nearest(answer))}</h4>'
        f'{_paragraph("answering", answer.answering)}<ul class="points">{points}</ul></div>'
    )


def _unanswered(turn: Turn, answer: Answer) -> str:
    """What is not answered here, and whom to ask."""
    if answer.reason in IN_CONVERSATION:  # nothing was asked
        return ""
    people = (
        "" if answer.wants_contact else "".join(f"<li>{_link(url, name)}</li>" for name, url, *_ in contacts(answer))
    )
    missing = "".join(f"<li>{_text(alone(one))}</li>" for one in answer.missing)
    if not (people or missing):
        return ""
    language = answer.language
    what = f'<h4>{_text(say(language, "missing"))}</h4><ul class="missing">{missing}</ul>' if missing else ""
    whom = f'<ul class="contacts">{people}</ul>' if people else ""
    return f'<div class="unanswered">{what}<p><b>{_text(say(language, "whom"))}</b> {_to_person(turn)}</p>{whom}</div>'


def _cards(answer: Answer) -> str:
    """Whom to ask, where that is the question."""
    cards = "".join(
        f"<li><b>{_link(url, name)}</b><p>{_text(' '.join(told))}</p></li>" for name, url, *told in contacts(answer)
    )
    return f'<h4>{_text(say(answer.language, "contacts"))}</h4><ul class="contacts cards">{cards}</ul>' if cards else ""


def _numbered(claims: Iterable[Claim]) -> Numbers:
    """The documents that claims rest on, numbered in the order in which they are first cited."""
    found = dict.fromkeys(citation.document.id for claim in claims for citation in claim.citations)
    return {document: n for n, document in enumerate(found, start=1)}


def _sources(claims: Sequence[Claim], language: str, number: int, numbers: Numbers) -> str:
    """A card for each document, in the order in which they are cited, with all that is quoted from it."""
    cards: dict[str, list[tuple[Citation, str]]] = {document: [] for document in numbers}
    for citation, spoken in quoted(claims):
        cards[citation.document.id].append((citation, spoken))
    html = "".join(_card(quotes, language, number, numbers) for quotes in cards.values())
    return f'<div class="sources"><h4 class="aside">{_text(say(language, "sources"))}</h4>{html}</div>' if html else ""


def _card(quotes: Sequence[tuple[Citation, str]], language: str, number: int, numbers: Numbers) -> str:
    first, _ = quotes[0]
    metadata = first.document.metadata
    facts = say(language, "facts_as_of", month=_when(metadata.facts_as_of, language))
    recognised = say(language, "recognised_text", sure=metadata.recognised) if metadata.recognised else ""
    late = next(filter(None, (overdue(citation, language) for citation, _ in quotes)), "")
    badge = f' <span class="overdue">{_text(say(language, "overdue_badge"))}</span>' if late else ""
    by_rank = zip_longest(*(citation.sources for citation, _ in quotes))
    sources = list(dict.fromkeys(source for rank in by_rank for source in rank if source))
    official = next((source for source in sources if source.kind in vocabulary().official_kinds), None)
    mark = (
        f' <span class="official">{_aside(say(language, "official_source"))}{_text(official.publisher)}</span>'
        if official
        else ""
    )
    links = [
        f"{_link(one.url, one.title)}, {_text(one.publisher)}, {_text(_when(one.date, language))}" for one in sources
    ]
    more = _listed("links", "", links[_SOURCES:])
    return (
        f'<details class="source" name="sources-{number}"><summary><b>{numbers[first.document.id]}</b> '
        f'<span class="place" lang="{escape(metadata.language)}">{_text(metadata.title)}</span>'
        f' <span class="date">{_text(facts)}</span>{mark}{badge}</summary>'
        f'<div class="panel"><div class="panel-head"><p class="place" lang="{escape(metadata.language)}">'
        f'{_text(metadata.title)}</p><button type="button" class="close">{_aside(say(language, "close_source"))}'
        f"</button></div>{''.join(_quote(citation, spoken, language, number) for citation, spoken in quotes)}"
        f"{_paragraph('overdue', late)}{_paragraph('overdue', recognised)}"
        f"{_paragraph('origin', origin(first, language))}"
        f"{_listed('links', say(language, 'rests_on'), links[:_SOURCES])}"
        f"{_folded(say(language, 'more_sources', count=len(links) - _SOURCES), more)}</div></details>"
    )


def _quote(citation: Citation, spoken: str, language: str, number: int) -> str:
    """Words that a claim rests on, where they stand, and the way to read them there."""
    return (
        f'<div class="quoted" id="{_quote_id(number, citation)}">'
        f'<p class="place" lang="{escape(citation.document.metadata.language)}">'
        f"{_text(section(citation, language))}</p>"
        f'<blockquote lang="{escape(spoken)}">{_text(citation.quote)}</blockquote>'
        f'<p class="open"><a href="{_text(opened(citation, language))}" target="_blank" rel="noopener">'
        f"{_text(say(language, 'open_in_library'))}</a></p></div>"
    )


def _tools(turn: Turn, answer: Answer, feedback: Feedback | None, address: str, foot: Foot) -> str:
    """What can be done with an answer: rate it, take it along, put it into a plan, ask a person."""
    thumbs = _thumbs(turn, feedback) if turn.id else ""
    taken = _taken_along(turn, answer, address, foot) if answer.citations else ""
    person = "" if _unanswered(turn, answer) else _to_person(turn, "tool person")
    told = _paragraph("rated", rated(feedback, turn.language)) if feedback else ""
    planned = _to_plan(turn, answer)
    row = f'<div class="tools">{thumbs}{taken}{planned}{person}</div>'
    return (row if thumbs or taken or planned or person else "") + (f"{_finer(turn)}{told}" if turn.id else "")


def _taken_along(turn: Turn, answer: Answer, address: str, foot: Foot) -> str:
    """The buttons that copy an answer and save it, each before its text; chat.js does it."""
    label, done, save = (escape(say(turn.language, name)) for name in ("copy", "copied", "save_file"))
    html = (
        f'<button type="button" class="tool copy" value="{done}"><span>{label}</span></button>'
        f"<pre hidden>{_text(plain_text(turn.question, answer, address))}</pre>"
    )
    if turn.day:
        html += (
            f'<button type="button" class="tool save" value="answer-{_text(turn.day)}.md"><span>{save}</span></button>'
            f"<pre hidden>{_text(markdown(turn.question, answer, turn.day, foot))}</pre>"
        )
    return html


def _to_plan(turn: Turn, answer: Answer) -> str:
    """The way to the plan for what an answer is about, where it tells the same; chat.js has the browser remember it."""
    market, product = subject_of(answer.frame)
    if answer.outcome.declined or not (market and product):
        return ""
    known = {"market": market, "product": product, "risk_class": turn.risk_class, "home": turn.home}
    query = urlencode({name: value for name, value in {**known, "language": turn.language}.items() if value})
    asked = (aspect_of(code) for slot in answer.frame if slot.what == "aspects" for code in slot.terms)
    there = next((f"#fact-{aspect}" for aspect in asked if aspect), "")
    return (
        f'<a class="tool plan" href="plan?{_text(query)}{there}" target="_blank" rel="noopener">'
        f"<span>{_text(say(turn.language, 'to_plan'))}</span></a>"
    )


def _to_person(turn: Turn, look: str = "") -> str:
    """The way from any answer to a person, with the question along."""
    asked = {"question": turn.question, "home": turn.home, "language": turn.language}
    query = urlencode({name: value for name, value in asked.items() if value})
    cluster = vocabulary().clusters.get(turn.home)
    label = say(turn.language, "ask_cluster", cluster=cluster.name) if cluster else say(turn.language, "ask_person")
    return f'<a class="{look}" href="contact?{_text(query)}" target="_blank" rel="noopener">{_text(label)}</a>'


def _thumbs(turn: Turn, feedback: Feedback | None) -> str:
    """The two buttons by which an answer is rated; chat.js sends them."""
    given = feedback.verdict if feedback else None

    def thumb(look: str, verdict: Rating, *, pressed: bool) -> str:
        label = say(turn.language, look)
        return (
            f'<button type="submit" name="verdict" value="{verdict.value}" title="{_text(label)}"'
            f' class="tool {look}{" pressed" if pressed else ""}">{_aside(label)}</button>'
        )

    good = thumb("good", Rating.HELPFUL, pressed=given is Rating.HELPFUL)
    bad = thumb("bad", Rating.WRONG, pressed=given in _FINER)
    return f'<form class="rate">{_about(turn)}{good}{bad}</form>'


def _finer(turn: Turn) -> str:
    """What can be said in more words of a bad answer; chat.js shows it, and sends it."""
    language = turn.language
    kinds = "".join(
        f'<label><input type="radio" name="verdict" value="{verdict.value}" required> {_text(text)}</label>'
        for verdict in _FINER
        for text in [say(language, f"report_{verdict.name.lower()}")]
    )
    return (
        f'<form class="rate finer" hidden>{_about(turn)}'
        f"<fieldset><legend>{_text(say(language, 'rate_about'))}</legend>{kinds}</fieldset>"
        f'<label class="comment">{_text(say(language, "rate_comment"))}'
        f'<input type="text" name="comment" maxlength="{LONGEST_COMMENT}" autocomplete="off"></label>'
        f'<button type="submit">{_text(say(language, "rate_send"))}</button></form>'
    )


def _about(turn: Turn) -> str:
    """What a rating is of."""
    hidden = {"answer": turn.id, "question": turn.question}
    return "".join(f'<input type="hidden" name="{name}" value="{_text(value)}">' for name, value in hidden.items())


def _when(date: str, language: str) -> str:
    """A date as it is written; what comes back from a browser may be none."""
    try:
        return dated(language, date)
    except IndexError:
        return date


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
