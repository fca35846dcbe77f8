"""Statements that say the contrary of what their passage says in one of its parts, and those that do not."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from assistant.answers import Claim, ClaimKind, Numbering, Reason, Rejected
from assistant.app import App
from assistant.find.evidence import Evidence
from assistant.model.placeholders import Placeholders
from assistant.verify.verification import Verifier
from assistant.write.drafts import Draft, Gap
from assistant.write.model_writer import drafted
from corpus.vocabulary import vocabulary
from index.search import Hit
from tests.benchmarks.recorded import passages

TODAY = date(2026, 11, 29)
HOLDER = (
    "A foreign maker without a Korean office needs a Korea Licence Holder (KLH) in South Korea, and devices of class II"
    " to IV need a Korean GMP certificate; ISO 13485 alone is not enough."
)
CHANNEL = (
    "Cross-border e-commerce reaches Chinese consumers without the blue hat, but not ordinary pharmacies or shops."
)
REFUND = "A company that pays the full 510(k) fee first gets no refund of the difference from the FDA."
TARGET = "The PMDA set itself a target of 12 months for the review of a new device in Japan."
AGENT = "A foreign establishment names exactly one US agent, who answers the FDA; most firms take an adviser for it."
PROGRAMME = "One vendor put a whole 510(k) programme at USD 1 million in 2025; the library has no other figure for it."
REQUEST = f"""Passages:
[P1] Devices in South Korea › Holder (facts as of 2026-06)
{HOLDER}

[P2] Health food in China › Channels (facts as of 2026-06)
{CHANNEL}

[P3] Devices in the USA › Fees (facts as of 2026-06)
{REFUND}

[P4] Devices in Japan › Review (facts as of 2026-06)
{TARGET}

[P5] Devices in the USA › Agent (facts as of 2026-06)
{AGENT}

[P6] Devices in the USA › Cost of a programme (facts as of 2026-06)
{PROGRAMME}

[P7] Devices in South Korea › Company (facts as of 2026-06)
A company in Korea is the precondition for a registration of a device of class II. Devices of class III take longer.

Question: What holds?"""


class Reader:
    """Reads and verifies a completion to one request."""

    def __init__(self, app: App) -> None:
        self._verifier = Verifier(app.cache, app.vocabulary)
        self.hits: dict[str, Hit] = passages([{"role": "user", "content": REQUEST}], vocabulary())

    def verified(self, completion: str, language: str = "en") -> list[Claim | Rejected]:
        """What becomes of its sentences."""
        evidence = Evidence(tuple(self.hits.values()), (), np.zeros(1, dtype=np.float32), 0.0)
        parts = drafted(iter([completion]), self.hits, language, "What holds?", Placeholders())
        drafts = [part for part in parts if isinstance(part, Draft)]
        assert all(draft.kind is ClaimKind.STATEMENT for draft in drafts)
        return [self._verifier.verify(draft, evidence, Numbering(TODAY)) for draft in drafts]


@pytest.fixture(scope="module")
def reader(shipped: App) -> Reader:
    return Reader(shipped)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("If you pay the full fee first, the FDA refunds the difference later. [P3]", "en"),
        ("La certification ISO 13485 suffit en Corée du Sud pour les classes II à IV. [P1]", "fr"),
        ("The PMDA guarantees the review of a new device in Japan in 12 months. [P4]", "en"),
        ('Ein ausländischer Betrieb nennt mindestens einen US-Vertreter. [P5: "names exactly one US agent"]', "de"),
    ],
)
def test_the_contrary_of_a_part_is_not_shown(reader: Reader, text: str, language: str) -> None:
    (result,) = reader.verified(text, language)
    assert isinstance(result, Rejected)
    assert result.reason is Reason.DENIAL


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Un fabricant étranger sans bureau coréen a besoin d'un Korea Licence Holder (KLH). [P1]", "fr"),
        ("Cross-border e-commerce reaches Chinese consumers without the blue hat. [P2]", "en"),
        ("The PMDA set itself a target of 12 months for a new device in Japan. [P4]", "en"),
        ("One vendor put a whole 510(k) programme at USD 1 million in 2025. [P6]", "en"),
        ("Without a company in Korea there is no registration of a device of class II. [P7]", "en"),
    ],
)
def test_a_part_may_be_told_alone(reader: Reader, text: str, language: str) -> None:
    (result,) = reader.verified(text, language)
    assert isinstance(result, Claim)


def test_a_class_of_a_sentence_beside_the_copied_words_does_not_stand(reader: Reader) -> None:
    words = "precondition for a registration of a device"
    (result,) = reader.verified(
        f'A company in Korea is the precondition for a registration of a device of class III. [P7: "{words}"]'
    )
    assert isinstance(result, Rejected)
    assert result.reason is Reason.FIGURES


def test_a_kind_of_product_of_which_the_passage_says_nothing_does_not_stand(reader: Reader) -> None:
    (result,) = reader.verified(
        "The PMDA set itself a target of 12 months for the review of a new vaccine in Japan. [P4]"
    )
    assert isinstance(result, Rejected)
    assert result.reason is Reason.MARKETS


@pytest.mark.parametrize(
    "words", ["a target of fifteen months for", "gets no refund of the difference", "What holds here and there"]
)
def test_copied_words_that_do_not_stand_in_the_passage_take_the_support_away(reader: Reader, words: str) -> None:
    (result,) = reader.verified(f'The PMDA set itself a target of 12 months in Japan. [P4: "{words}"]')
    assert isinstance(result, Rejected)
    assert result.reason is Reason.SOURCE


def test_copied_words_become_the_quote_and_too_few_of_them_bear_nothing(reader: Reader) -> None:
    text = "The PMDA set itself a target of 12 months for the review of a new device in Japan."
    for words in ("set itself a target of 12 months", "a new device"):
        (result,) = reader.verified(f'{text} [P4: "{words}"]')
        assert isinstance(result, Claim)
        assert [citation.quote for citation in result.citations] == [TARGET]


def test_a_gap_is_named_in_words_of_the_question_or_by_the_question(reader: Reader) -> None:
    question = "What does an agent in the USA cost, and who may be one?"

    def gaps(completion: str) -> list[str]:
        parts = drafted(iter([completion]), reader.hits, "en", question, Placeholders())
        return [part.text for part in parts if isinstance(part, Gap)]

    assert gaps("MISSING: what an agent in the USA costs") == ["what an agent in the USA costs"]
    for other in ("the price of sushi in Osaka", "an agent in the USA costs USD 5,000", "agent cost https://x.example"):
        assert gaps(f"MISSING: {other}") == [question]
    assert gaps("CANNOT_ANSWER") == []
