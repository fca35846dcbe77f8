"""What finished runs say: the summary of one, and which answers changed between two."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.evaluation.evaluate import EvaluationQuestion
from assistant.evaluation.intervals import wilson
from assistant.evaluation.results import Provenance, Result, differences
from assistant.model.chat_model import Usage

Answered = tuple[EvaluationQuestion, Result]


@dataclass(frozen=True)
class Share:
    """So many of so many, with the 95 % interval after Wilson. Of nothing there is no share."""

    count: int
    of: int
    share: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Declines:
    """Were the right questions declined? Among those whose author says whether the library answers them."""

    precision: Share  # of the declined ones, those that it does not answer
    recall: Share  # of those that it does not answer, the declined ones
    false: Share  # of those that it answers, the declined ones


@dataclass(frozen=True)
class Group:
    """The questions of one language, scope or kind."""

    name: str
    declined: Share
    declines: Declines


@dataclass(frozen=True)
class Claims:
    """Statements written, by what became of them. Those of one answer hang together: the true intervals are wider."""

    shown: Share
    dropped: Share
    kinds: dict[str, int]  # of the shown ones


@dataclass(frozen=True)
class Summary:
    """A run in figures. `cost` is of the counted calls, in the currency of the prices."""

    questions: int
    provenance: tuple[Provenance, ...]
    outcomes: dict[str, Share]
    declines: Declines
    claims: Claims
    notices: Share  # answers with a word on what failed: these came from the last resort, or broke off
    groups: dict[str, tuple[Group, ...]]
    median_seconds: float
    p95_seconds: float
    usage: Usage
    cost: float | None


@dataclass(frozen=True)
class AnswerChange:
    """An answer that changed: in `what` first, and in everything that was gained and lost."""

    id: str
    question: str
    what: str
    outcomes: tuple[str, str]
    better: bool | None  # None where the author does not say, or both were declined or neither
    claims_gained: tuple[str, ...]
    claims_lost: tuple[str, ...]
    citations_gained: tuple[str, ...]
    citations_lost: tuple[str, ...]


@dataclass(frozen=True)
class RunComparison:
    """Two runs: what answered differently, on how many questions they can be compared, and what changed there."""

    installation: tuple[tuple[str, str, str], ...]
    compared: int
    not_compared: int
    changes: tuple[AnswerChange, ...]


def share(flags: Iterable[bool]) -> Share:
    """The share of what is true."""
    known = list(flags)
    count, of = sum(known), len(known)
    if not of:
        return Share(count, of)
    return Share(count, of, *wilson(count, of))


def summarise(answered: Sequence[Answered], prices: tuple[float, float] | None) -> Summary:
    """The summary of a run; prices are for a million tokens read and written."""
    results = [result for _, result in answered]
    usage = sum((result.usage for result in results), Usage())
    median, p95 = np.percentile([result.seconds for result in results] or [0.0], [50, 95])
    return Summary(
        questions=len(results),
        provenance=tuple(dict.fromkeys(result.provenance for result in results)),
        outcomes={
            outcome: share(result.outcome == outcome for result in results)
            for outcome, _ in Counter(result.outcome.value for result in results).most_common()
        },
        declines=_declines(answered),
        claims=_claims(results),
        notices=share(bool(result.notice) for result in results),
        groups={what: _groups(answered, names) for what, names in _GROUPS.items()},
        median_seconds=round(float(median), 3),
        p95_seconds=round(float(p95), 3),
        usage=usage,
        cost=None if prices is None else (usage.tokens_in * prices[0] + usage.tokens_out * prices[1]) / 1e6,
    )


def compare(asked: Sequence[EvaluationQuestion], old: Sequence[Result], new: Sequence[Result]) -> RunComparison:
    """Which answers changed: those with another outcome first, then other claims, other citations, another wording."""
    before = {(result.id, result.question): result for result in old}
    pairs = [
        (one, before[result.id, result.question], result)
        for one, result in zip(asked, new, strict=False)
        if (result.id, result.question) in before
    ]
    changes = [change for what in _ASPECTS for pair in pairs if (change := _change(*pair)) and change.what == what]
    return RunComparison(
        installation=tuple(differences(old[0].provenance, new[0].provenance)) if old and new else (),
        compared=len(pairs),
        not_compared=len(asked) - len(pairs),
        changes=tuple(changes),
    )


def _declines(answered: Iterable[Answered]) -> Declines:
    known = [(asked.answerable, result.declined) for asked, result in answered if asked.answerable is not None]
    return Declines(
        precision=share(not answerable for answerable, declined in known if declined),
        recall=share(declined for answerable, declined in known if not answerable),
        false=share(declined for answerable, declined in known if answerable),
    )


def _claims(results: Iterable[Result]) -> Claims:
    kinds = Counter(claim.kind.value for result in results for claim in result.claims)
    fates = [True] * kinds.total() + [False] * sum(result.dropped for result in results)
    return Claims(share(fates), share(not shown for shown in fates), dict(kinds.most_common()))


# By what a question is grouped; it may stand in several groups of a kind, or in none.
_GROUPS: dict[str, Callable[[Answered], Iterable[str]]] = {
    "language": lambda answered: [answered[0].language or answered[1].language],
    "scope": lambda answered: answered[0].scope,
    "kind": lambda answered: [answered[0].kind] if answered[0].kind else [],
}


def _groups(answered: Iterable[Answered], names: Callable[[Answered], Iterable[str]]) -> tuple[Group, ...]:
    members: dict[str, list[Answered]] = defaultdict(list)
    for one in answered:
        for name in names(one):
            members[name].append(one)
    return tuple(
        Group(name, share(result.declined for _, result in some), _declines(some))
        for name, some in sorted(members.items())
    )


def _claimed(result: Result) -> tuple[str, ...]:
    return tuple(claim.text for claim in result.claims)


def _cited(result: Result) -> tuple[str, ...]:
    return tuple(f"{cited.document_id} › {cited.section}: {cited.quote}" for cited in result.citations)


# In what answers can differ, the gravest first.
_ASPECTS: dict[str, Callable[[Result], object]] = {
    "outcome": lambda result: result.outcome,
    "claims": lambda result: set(_claimed(result)),
    "citations": lambda result: set(_cited(result)),
    "text": lambda result: result.answer,
}


def _change(asked: EvaluationQuestion, old: Result, new: Result) -> AnswerChange | None:
    what = next((name for name, aspect in _ASPECTS.items() if aspect(old) != aspect(new)), None)
    if what is None:
        return None
    right = None if asked.answerable is None or old.declined == new.declined else new.declined != asked.answerable
    return AnswerChange(
        id=asked.id,
        question=asked.turns[-1],
        what=what,
        outcomes=(old.outcome.value, new.outcome.value),
        better=right,
        claims_gained=_beyond(_claimed(new), _claimed(old)),
        claims_lost=_beyond(_claimed(old), _claimed(new)),
        citations_gained=_beyond(_cited(new), _cited(old)),
        citations_lost=_beyond(_cited(old), _cited(new)),
    )


def _beyond(texts: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in dict.fromkeys(texts) if one not in others)
