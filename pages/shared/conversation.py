"""A conversation as the browser keeps it: questions, and what was answered. The server keeps nothing of it."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from unicodedata import category

from pydantic import TypeAdapter

from assistant.answers import Answer, Citation, Claim, Dispute
from assistant.language.phrasing import recognise_language
from corpus.vocabulary import LANGUAGES

MOST_TURNS = 30  # kept; older ones are let go
LARGEST = 100_000  # bytes of all that is kept; a long turn has 8,000. The page's script knows it, too
_LARGEST_TURN = 1_000_000  # bytes of a turn, unpacked
_EARLIER = 3  # questions that a follow-up may lean on


@dataclass(frozen=True)
class Turn:
    """A question and its answer; without an answer it is on its way or was stopped, and `claims` is what was shown.

    `id` is that of the answer in the journal, by which it can be rated; `home` is where the company is, as in a
    profile, `day` the one on which it was asked, and `risk_class` that of the company's product, if it is about that.
    """

    question: str
    language: str
    claims: tuple[Claim, ...] = ()
    answer: Answer | None = None
    id: str = ""
    home: str = ""
    day: str = ""
    risk_class: str = ""


_TURN = TypeAdapter(Turn)


def to_keep(turns: Sequence[Turn]) -> list[str]:
    """The turns as texts for the browser, without what is never shown again."""
    texts = [_packed(_TURN.dump_json(_lean(turn))) for turn in turns[-MOST_TURNS:]]
    return texts[_dropped(texts) :]


def kept(texts: object) -> list[Turn]:
    """The turns that came back from the browser, which may send anything: what cannot be read is left out."""
    if not isinstance(texts, list):
        return []
    newest = texts[-MOST_TURNS:]
    return [turn for text in newest[_dropped(newest) :] if (turn := _turn(text))]


def typed(text: object) -> str:
    """What a person has typed, without what a program may put between: control characters and halves of pairs."""
    return "".join(char for char in str(text or "") if char in "\n\t" or not _is_no_text(char))


def _is_no_text(char: str) -> bool:
    return category(char) in ("Cc", "Cs") or char in "\ufffe\uffff"


def earlier(turns: Sequence[Turn]) -> tuple[str, ...]:
    """The questions before the next one that it may lean on."""
    return tuple(turn.question for turn in turns[-_EARLIER:])


def language_of(text: str, turns: Sequence[Turn], page: str) -> str:
    """The language of a question; the conversation's, or else the page's, where it is too short to tell."""
    return recognise_language(text, turns[-1].language if turns else page, conversing=bool(turns))


def told(turns: Sequence[Turn]) -> frozenset[str]:
    """The statements that stand in a conversation; those beside a question back were not the answer yet."""
    answers = [turn.answer for turn in turns if turn.answer and not turn.answer.clarification]
    return frozenset(claim.text for answer in answers for claim in answer.claims)


def may_ask_back(turns: Sequence[Turn]) -> bool:
    """Whether the last answer asked nothing back: one question back is enough."""
    answer = turns[-1].answer if turns else None
    return answer is None or answer.clarification is None


def _dropped(texts: Sequence[object]) -> int:
    """How many of the oldest turns have to go, so that the rest is no larger than it may be."""
    size = 0
    for count, text in enumerate(reversed(texts)):
        size += len(text.encode("utf-8", "surrogatepass")) if isinstance(text, str) else 0
        if size > LARGEST:
            return len(texts) - count
    return 0


def _packed(turn: bytes) -> str:
    """A turn as it travels: a fifth of its size, since its documents and sources repeat each other."""
    return base64.b64encode(zlib.compress(turn)).decode()


def unpacked(text: str) -> bytes:
    """A turn that has travelled; one of an earlier release was not packed.

    Raises:
        ValueError: it is none, or larger than any that was packed here.
    """
    if text.startswith("{"):
        return text.encode("utf-8", "surrogatepass")
    packed = zlib.decompressobj()
    try:
        turn = packed.decompress(base64.b64decode(text, validate=True), _LARGEST_TURN)
    except (zlib.error, UnicodeEncodeError) as error:
        raise ValueError("no turn") from error
    if packed.unconsumed_tail:
        raise ValueError("too large")
    return turn


def _turn(text: object) -> Turn | None:
    if not isinstance(text, str):
        return None
    try:
        turn = _TURN.validate_json(unpacked(text))
    except ValueError:  # of another release, or tampered with
        return None
    spoken = {turn.language, turn.answer.language if turn.answer else turn.language}
    return turn if spoken <= set(LANGUAGES) else None


def _lean(turn: Turn) -> Turn:
    answer = turn.answer
    if answer is None:
        return replace(turn, claims=_lean_claims(turn.claims))
    disputes = (Dispute(_lean_citation(one.first), _lean_citation(one.second)) for one in answer.disputes)
    return replace(
        turn,
        claims=(),
        answer=replace(
            answer,
            hits=(),
            rejected=(),  # for staff alone
            claims=_lean_claims(answer.claims),
            nearest=_lean_claims(answer.nearest),
            disputes=tuple(disputes),
        ),
    )


def _lean_claims(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    return tuple(replace(claim, citations=tuple(map(_lean_citation, claim.citations))) for claim in claims)


def _lean_citation(citation: Citation) -> Citation:
    """A citation has its own quote and sources; the rest of the document need not travel with it."""
    version = citation.document.version
    metadata = replace(version.metadata, summary={}, sources=(), units=())
    return replace(citation, document=replace(citation.document, version=replace(version, metadata=metadata, body="")))
