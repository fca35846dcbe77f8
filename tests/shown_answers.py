"""Answers of which every text is the test's own, and pages read as browsers read them."""

from __future__ import annotations

from datetime import date
from html.parser import HTMLParser

from assistant.answers import Answer, Citation, Claim, ClaimKind, Clarification, Contact, Outcome
from corpus.documents import Document, Metadata, Source, Stage, Version
from corpus.passages import SUMMARY
from corpus.vocabulary import LANGUAGES, Cluster

KINDS = (ClaimKind.ANSWER, ClaimKind.QUOTATION, ClaimKind.STATEMENT)


def citation(n: int, mark: str = "", *, language: str = "en", overdue: bool = False) -> Citation:
    """A citation whose texts are figures, and `mark` beside them, so that no word in them is ours."""
    metadata = Metadata(
        title=f"{mark}1",
        kind="law-summary",
        language=language,
        publisher=f"{mark}2",
        published_on=date(2026, 11, 20),
        facts_as_of=f"{mark}2026",
        review_by=date(2027, 5, 11),
    )
    return Citation(
        n=n,
        passage_id=f"{mark}3@1#{n}",
        quote=f"{mark}4",
        section=f"{mark}5" if n > 1 else SUMMARY,
        page=6,
        document=Document(f"{mark}3", "7", Stage.PUBLISHED, Version(f"{mark}3", 1, metadata, "", "")),
        sources=(Source(f"{mark}8", f"{mark}9", f"{mark}10", f"{mark}11", f'https://x.org/{mark}"'),),
        overdue=overdue,
    )


def answer(outcome: Outcome = Outcome.GROUNDED, language: str = "en", mark: str = "") -> Answer:
    """An answer with everything that its outcome may have, its texts as those of `citation`."""
    claims = tuple(
        Claim(f"{mark}{n}2", kind, spoken, (citation(n, mark, overdue=n == 3),))
        for n, (kind, spoken) in enumerate(zip(KINDS, (language, "en", language), strict=True), start=1)
    )
    helped = dict.fromkeys(LANGUAGES, f"{mark}13")
    return Answer(
        outcome=outcome,
        language=language,
        text=f"{mark}14",
        claims=() if outcome.declined else claims,
        nearest=claims if outcome is Outcome.NOT_IN_LIBRARY else (),
        contacts=(Contact(Cluster("15", f"{mark}16", helped, (), (), f"javascript:{mark}17", helped), "because"),),
        follow_ups=(f"{mark}18",),
        missing=(f"{mark}19",) if outcome is Outcome.PARTIAL else (),
        clarification=Clarification(f"{mark}20", (f"{mark}21",)) if outcome is Outcome.CLARIFY else None,
        notice=f"{mark}22",
    )


class Reading(HTMLParser):
    """What a browser would read: the texts, and the elements with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data.strip())

    def all(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of the elements of a class."""
        return [attributes for _, attributes in self.elements if name in (attributes.get("class") or "").split()]
