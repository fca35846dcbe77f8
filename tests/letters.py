"""A letter of each kind that companies hand over, and the handing over."""

from __future__ import annotations

from dataclasses import replace

from assistant.handoff.handoffs import (
    Handoff,
    Handoffs,
)
from assistant.handoff.letters import LetterDraft, LetterKind, preview
from corpus.vocabulary import vocabulary

QUESTION = LetterDraft(
    LetterKind.QUESTION,
    "biom",
    "de",
    company="Größe GmbH",
    person="Ana Muster",
    email="Ana@Groesse.example",
    country="Bayern",
    product="Implantat",
    areas=frozenset({"regenerative-therapies"}),
    markets=frozenset({"japan"}),
    message="Wer hilft uns mit der PMDA?\nEs eilt.",
    question="Was kostet die Zulassung?",
    sources=("The law (https://example.org/law)",),
)
SEEKING = replace(
    QUESTION,
    kind=LetterKind.PARTNER,
    language="en",
    message="",
    offered="zirconium implant",
    sought="distributor clinics",
)


def hand_over(store: Handoffs, draft: LetterDraft = QUESTION) -> Handoff:
    return store.hand_over(draft, agreed=store.consent_for(draft), seen=preview(draft, vocabulary()))
