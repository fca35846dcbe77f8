"""What is said beside the claims, in the reader's language: what they are, where they stand, whom they come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote, urlencode

from assistant.answers import Answer, Citation, Claim, ClaimKind, Outcome
from assistant.journal.records import Feedback
from assistant.language.writing import alone
from assistant.market.digest import soon_answered
from assistant.texts import say, texts
from assistant.understand.frame import Origin
from assistant.understand.questions import OUTSIDE
from assistant.understand.subject import IN_CONVERSATION
from corpus.passages import SUMMARY
from corpus.vocabulary import Term

_WITH_CONTACTS = (Outcome.PARTIAL, Outcome.NOT_IN_LIBRARY, Outcome.OUT_OF_SCOPE)


def heading(answer: Answer) -> str:
    """How the question ended."""
    if answer.reason in IN_CONVERSATION:
        return say(answer.language, "outcome_aside")
    if answer.reason == "market":
        return say(answer.language, "outcome_not_covered")
    return say(answer.language, "outcome_closest" if answer.closest else f"outcome_{answer.outcome.name.lower()}")


def framed(answer: Answer) -> Iterator[str]:
    """What the question was taken to be about, and what of it the person has not said just now."""
    for slot in answer.frame:
        names = ", ".join(term.name(answer.language) for term in slot.terms.values())
        names = say(answer.language, "risk_class", name=names) if slot.what == "classes" else names
        said_now = slot.origin is Origin.SAID
        yield names if said_now else f"{names} ({say(answer.language, f'frame_{slot.origin.value}')})"


def said(answer: Answer) -> str:
    """What is said before, or in place of, the claims: the question back, or why there is no answer."""
    if answer.clarification:
        return answer.clarification.question
    return "" if answer.claims else answer.text


def above_nearest(answer: Answer) -> str:
    """What stands above an answer to another question, and above that question where an editor has written one."""
    return say(answer.language, "closest_answers" if answer.closest and answer.answering else "nearest")


def ended(answer: Answer) -> str:
    """How the question ended, and how much there is to read: for those who cannot see it."""
    if not answer.claims or answer.clarification:
        return f"{heading(answer)}. {said(answer)}"
    counts = say(answer.language, "counts", claims=len(answer.claims), sources=len(answer.citations))
    return f"{heading(answer)}. {counts}"


def groups(claims: Sequence[Claim], language: str) -> Iterator[tuple[str, list[Claim]]]:
    """The claims by kind, each group with what it is: answers, a summary, quotations, statements of a model."""
    for kind in ClaimKind:
        group = [claim for claim in claims if claim.kind is kind]
        if group:
            yield _kind(kind, group[0].language, language), group


def disputed(answer: Answer, numbers: Mapping[str, int] | None = None) -> Iterator[str]:
    """The warnings that two sources disagree; `numbers` are those of the documents, where these are numbered."""
    for dispute in answer.disputes:
        first, second = (numbers[one.document.id] if numbers else one.n for one in (dispute.first, dispute.second))
        yield say(answer.language, "disputed", first=f"[{first}]", second=f"[{second}]")


def by_market(answer: Answer) -> list[tuple[Term, list[Claim]]]:
    """The claims by market, where an answer is about several of them; nothing where it is not.

    A market of which nothing is said stands there only if that is known to be missing.
    """
    terms = [term for slot in answer.frame if slot.what == "markets" for term in slot.terms.values()]
    about = {term.code: [claim for claim in answer.claims if _markets(claim) == {term.code}] for term in terms}
    rows = [
        (term, about[term.code]) for term in terms if about[term.code] or term.name(answer.language) in answer.missing
    ]
    return rows if len(rows) > 1 and any(claims for _, claims in rows) else []


def _markets(claim: Claim) -> frozenset[str]:
    return frozenset(market for citation in claim.citations for market in citation.document.metadata.markets)


def place(citation: Citation, language: str) -> str:
    """Where a citation stands: document, section, and the page where there are pages."""
    return f"{citation.document.metadata.title} › {section(citation, language)}"


def section(citation: Citation, language: str) -> str:
    """Where a citation stands in its document: its section, and the page where there are pages."""
    heading = say(language, "summary_section") if citation.section == SUMMARY else citation.section
    return heading + (", " + say(language, "page_number", page=citation.page) if citation.page else "")


def origin(citation: Citation, language: str) -> str:
    """Publisher, version and dates of the document."""
    metadata = citation.document.metadata
    return say(
        language,
        "source_of_document",
        publisher=metadata.publisher,
        version=citation.document.version.number,
        published=metadata.published_on.isoformat(),
        facts=metadata.facts_as_of,
    )


def quoted(claims: Iterable[Claim]) -> list[tuple[Citation, str]]:
    """The citations of claims by number, each with the language of its quote."""
    found = {citation.n: (citation, _spoken(citation, claim)) for claim in claims for citation in claim.citations}
    return [found[n] for n in sorted(found)]


def _spoken(citation: Citation, claim: Claim) -> str:
    """A quotation is in its own language; what was written may be in another than what it rests on."""
    written = claim.kind in (ClaimKind.STATEMENT, ClaimKind.ANSWER)
    return citation.document.metadata.language if written else claim.language


def opened(citation: Citation, language: str) -> str:
    """Where a citation is opened in the library, from where the pages begin."""
    document = citation.document
    query = urlencode({"version": document.version.number, "language": language})
    return f"library/{quote(document.id)}?{query}#p{quote(citation.passage_id.rpartition('#')[2])}"


def overdue(citation: Citation, language: str) -> str:
    """The warning that a document should have been looked at again; empty when it need not be."""
    day = citation.document.metadata.review_by.isoformat()
    return say(language, "overdue", day=day) if citation.overdue else ""


def rated(feedback: Feedback, language: str) -> str:
    """What a person has said of an answer, and what staff have replied."""
    verdict = say(language, f"report_{feedback.verdict.name.lower()}")
    text = say(language, "rated", verdict=verdict) + (f" “{feedback.comment}”" if feedback.comment else "")
    return text + (f" {say(language, 'rate_reply', reply=feedback.reply)}" if feedback.reply else "")


def contacts(answer: Answer) -> list[tuple[str, str, str, str]]:
    """Those to turn to, where the library alone did not answer: name, address, help, and how soon they answer."""
    language = answer.language
    return [
        (
            f"{cluster.name} ({_places(cluster.region.get(language, cluster.region['en']))})",
            cluster.url,
            cluster.helps_with.get(language, cluster.helps_with["en"]),
            soon_answered(cluster.answers_within, language),
        )
        for cluster in answer.contacts
        if answer.wants_contact or answer.outcome in _WITH_CONTACTS
    ]


def _places(region: str) -> str:
    return ", ".join(map(alone, region.split(", ")))


def next_questions(answer: Answer, home: str = "") -> tuple[str, tuple[str, ...]]:
    """What to ask next, and what these questions are: replies to the question back, examples, or follow-ups."""
    language = answer.language
    if answer.clarification:
        return f"{answer.clarification.question} {say(language, 'choose')}", answer.clarification.choices
    if answer.outcome is Outcome.OUT_OF_SCOPE:
        return examples(language, home)
    return say(language, "next_questions"), answer.follow_ups


def examples(language: str, home: str = "") -> tuple[str, tuple[str, ...]]:
    """Questions to begin with, for a company from outside Europe those on the way there; and what they are."""
    label, name = ("examples_outside", "outside") if home == OUTSIDE else ("examples", "example")
    return say(language, label), tuple(say(language, f"{name}_{number}") for number in range(1, 5))


def _kind(kind: ClaimKind, written_in: str, language: str) -> str:
    match kind:
        case ClaimKind.ANSWER:
            return ""  # it stands under the question that it answers
        case ClaimKind.SUMMARY:
            return say(language, "short_answer")
        case ClaimKind.QUOTATION:
            return say(language, "quoted", language=_language_name(written_in, language))
        case ClaimKind.STATEMENT:
            return say(language, "statements")


def _language_name(code: str, language: str) -> str:
    name = f"language_{code}"
    return say(language, name) if name in texts(language) else code
