"""What is let through as a claim, and what is not: on the shipped library with its real vectors."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from assistant.answers import Claim, ClaimKind, Numbering, Reason, Rejected
from assistant.app import App
from assistant.find.evidence import Evidence
from assistant.verify.verification import Verifier
from assistant.write.drafts import Draft, Support
from corpus.passages import SUMMARY
from index.search import Hit
from tests.benchmarks.verification import Case, read_statements
from tests.judged_statements import (
    LEAST_CAUGHT,
    LEAST_CAUGHT_ABROAD,
    cases_of_our_languages,
    foreign_shares,
    share_rejected,
)

DEVICES = "japan/devices-and-ivds"
TARGETS = "The PMDA set itself review targets for 2018"
ROW = "kind of device: new; target for 2018: 12 months, 9 with priority"
HOLDER = "A foreign maker must work through a company in Japan with a marketing licence"
DRAWN, DRAWN_ABROAD = 8, 3  # every so many statements are checked here; `tests/long` has all


class Desk:
    """A verifier, and the passages of the shipped library to cite."""

    def __init__(self, app: App) -> None:
        self.verifier = Verifier(app.cache, app.vocabulary)
        self._passages = list(app.catalogue.published())

    def hit(self, document_id: str, words: str) -> Hit:
        """The passage of a document in which some words stand."""
        passage, document = next(
            (passage, document)
            for passage, document in self._passages
            if document.id == document_id and words in passage.text and passage.section != SUMMARY
        )
        return Hit(passage, document, score=1.0, similarity=1.0, overlap=1.0)

    def verified(self, text: str, language: str, *cited: Hit, given: tuple[Hit, ...] = ()) -> Claim | Rejected:
        """A model's statement that cites some passages of those that it was given."""
        support = tuple(Support(hit, 0, len(hit.passage.text)) for hit in cited)
        evidence = Evidence((*cited, *given), (), np.zeros(1, dtype=np.float32), 0.0)
        return self.verifier.verify(Draft(text, ClaimKind.STATEMENT, language, support), evidence, Numbering(TODAY))


TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def desk(shipped: App) -> Desk:
    return Desk(shipped)


@pytest.fixture(scope="module")
def targets(desk: Desk) -> Hit:
    return desk.hit(DEVICES, TARGETS)


@pytest.fixture(scope="module")
def holder(desk: Desk) -> Hit:
    return desk.hit(DEVICES, HOLDER)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("For 2018 the PMDA aimed to review a new device in 12 months, or 9 with priority.", "en"),
        ("Für 2018 setzte sich die PMDA für ein neues Gerät ein Prüfziel von zwölf Monaten, mit Vorrang neun.", "de"),
        ("Pour 2018, la PMDA s'était fixé 12 mois pour examiner un dispositif nouveau, 9 en priorité.", "fr"),
        ("Per il 2018 la PMDA si era data 12 mesi per esaminare un dispositivo nuovo, 9 con priorità.", "it"),
        ("Para 2018 la PMDA se fijó 12 meses para revisar un producto nuevo, 9 con prioridad.", "es"),
        ("Per al 2018 la PMDA es va fixar 12 mesos per revisar un producte nou, 9 amb prioritat.", "ca"),
    ],
)
def test_a_true_statement_is_let_through_in_every_language_and_quotes_what_bears_it(
    desk: Desk, targets: Hit, text: str, language: str
) -> None:
    claim = desk.verified(text, language, targets)
    assert isinstance(claim, Claim)
    assert claim.text == text
    quotes = [citation.quote for citation in claim.citations]
    assert ROW in quotes or language == "en"  # whose words are those of the sentence above the table
    assert all(quote.startswith(TARGETS) or quote == ROW for quote in quotes)
    assert all(quote in targets.passage.text for quote in quotes)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("For 2018 the PMDA aimed to review a new device in 13 months, or 9 with priority.", Reason.FIGURES),
        ("For 2018 the PMDA aimed to review a new device in 12 weeks, or 9 with priority.", Reason.FIGURES),
        ("For 2019 the PMDA aimed to review a new device in 12 months, or 9 with priority.", Reason.FIGURES),
        ("For 2018 the FDA aimed to review a new device in 12 months, or 9 with priority.", Reason.NAMES),
        ("For 2018 the PMDA aimed to review a new device in 12 months in Brazil.", Reason.MARKETS),
        ("For 2018 the PMDA did not aim to review a new device in 12 months, or 9 with priority.", Reason.DENIAL),
        (
            "For 2018 the PMDA aimed at 12 months for a new device, and a good soup needs fresh carrots.",
            Reason.SUPPORT,
        ),
        ("Sushi in Osaka is best eaten before noon.", Reason.SUPPORT),
        ("Per il 2018 la PMDA si era data 12 mesi per esaminare un dispositivo nuovo.", Reason.LANGUAGE),
        ("Did the PMDA aim to review a new device in 12 months?", Reason.FORM),
        ("For 2018 the PMDA aimed at 12 months, see https://example.org/x", Reason.FORM),
        ("## For 2018 the PMDA aimed to review a new device in 12 months", Reason.FORM),
        ("For 2018 the PMDA aimed at <b>12 months</b> for a new device.", Reason.FORM),
        ("…", Reason.FORM),
        ("The PMDA reviews devices in 12 months. " * 20, Reason.FORM),
    ],
)
def test_what_the_passage_does_not_say_is_rejected_and_says_why(
    desk: Desk, targets: Hit, text: str, reason: Reason
) -> None:
    assert desk.verified(text, "en", targets) == Rejected(text, reason)


def test_a_figure_of_another_sentence_of_the_passage_does_not_stand(desk: Desk, targets: Hit) -> None:
    assert "PMDA set itself review targets for 2018." in targets.passage.text
    text = "NAMSA reported in 2020 that all PMDA targets of fiscal year 2018 were met."
    assert desk.verified(text, "en", targets) == Rejected(text, Reason.FIGURES)
    assert isinstance(desk.verified(text.replace("2018", "2019"), "en", targets), Claim)


def test_a_statement_may_leave_out_the_part_of_a_sentence_that_denies(desk: Desk, targets: Hit) -> None:
    assert "without clinical data" in targets.passage.text
    text = "The PMDA set itself targets for 2018, such as 12 months for a new device."
    assert isinstance(desk.verified(text, "en", targets), Claim)


def test_a_statement_that_cites_the_wrong_passage_is_rejected(desk: Desk, targets: Hit, holder: Hit) -> None:
    text = "A foreign maker works through a licensed MAH or a DMAH in Japan."
    assert isinstance(desk.verified(text, "en", holder, given=(targets,)), Claim)
    rejection = desk.verified(text, "en", targets, given=(holder,))
    assert isinstance(rejection, Rejected)
    assert rejection.reason in {Reason.SUPPORT, Reason.CITATION}


def test_a_statement_may_join_two_sentences_of_two_passages(desk: Desk, targets: Hit, holder: Hit) -> None:
    text = "Un fabricant étranger passe par un MAH ou un DMAH ; pour 2018, la PMDA visait 12 mois pour du nouveau."
    claim = desk.verified(text, "fr", holder, targets)
    assert isinstance(claim, Claim)
    assert {citation.passage_id for citation in claim.citations} == {holder.passage.id, targets.passage.id}


def test_a_passage_that_does_not_bear_the_statement_is_not_cited(desk: Desk, targets: Hit, holder: Hit) -> None:
    claim = desk.verified("A foreign maker works through a licensed MAH or a DMAH in Japan.", "en", holder, targets)
    assert isinstance(claim, Claim)
    assert [citation.passage_id for citation in claim.citations] == [holder.passage.id]


@pytest.mark.parametrize("text", ["A foreign maker needs nobody in Japan.", HOLDER, ""])
def test_a_quotation_is_word_for_word_or_nothing(desk: Desk, holder: Hit, text: str) -> None:
    whole = Support(holder, 0, len(holder.passage.text))
    evidence = Evidence((holder,), (), np.zeros(1, dtype=np.float32), 0.0)
    verified = desk.verifier.verify(Draft(text, ClaimKind.QUOTATION, "en", (whole,)), evidence, Numbering(TODAY))
    assert verified == Rejected(text, Reason.SOURCE)


@pytest.fixture(scope="module")
def drawn(shipped: App) -> list[Case]:
    return cases_of_our_languages(shipped, DRAWN, quick=True)


@pytest.mark.parametrize(("kind", "least"), LEAST_CAUGHT.items())
def test_planted_errors_are_caught(shipped: App, drawn: list[Case], kind: str, least: float) -> None:
    share = share_rejected(shipped, drawn, kind)
    assert share["cases"] > 0
    assert share["rejected"] >= least, share


def test_true_statements_are_let_through(shipped: App, drawn: list[Case]) -> None:
    share = share_rejected(shipped, drawn, "true")
    assert share["cases"] > 50
    assert share["rejected"] <= 5, share


def test_there_are_556_statements_in_ten_languages_and_each_quote_stands_in_the_library(shipped: App) -> None:
    statements = read_statements()
    texts: dict[str, str] = {}
    for passage, document in shipped.catalogue.published():
        texts[document.id] = texts.get(document.id, "") + f"\n{passage.text}"
    assert len({statement.id for statement in statements}) == 556
    counts = [sum(one.language == language for one in statements) for language in ("en", "ca", "es", "fr", "it", "de")]
    assert min(counts) >= 72
    assert [sum(one.language == language for one in statements) for language in ("pt", "zh", "ja", "ko")] == [
        30,
        29,
        26,
        30,
    ]
    assert all(one.text not in one.wrong.values() for one in statements)
    assert len({statement.document.split("/")[0] for statement in statements}) == 10
    assert [one.id for one in statements if one.quote not in texts[one.document]] == []


def test_wrong_statements_of_foreign_languages_are_mostly_rejected_and_true_ones_mostly_not(shipped: App) -> None:
    shares = foreign_shares(shipped, DRAWN_ABROAD)
    assert shares["true"] <= 25, shares
    assert {kind: share for kind, share in shares.items() if share < LEAST_CAUGHT_ABROAD.get(kind, 0)} == {}
