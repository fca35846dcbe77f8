"""Checks a draft against the passages it names. Deterministic; what fails is never shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from assistant.answers import Citation, Claim, ClaimKind, Dispute, Numbering, Reason, Rejected
from assistant.find.evidence import Evidence
from assistant.language.names import missing_names
from assistant.language.negation import Polarity, polarity
from assistant.language.phrasing import recognise_language
from assistant.language.quantities import figures, fold, together
from assistant.verify.disputes import content_words, disputes
from assistant.verify.statements import ALIKE, Clause, Statement, parts_of
from assistant.write.drafts import Draft, Support
from corpus.documents import quotables
from corpus.mentions import mentioned
from corpus.passages import SUMMARY, words
from corpus.vocabulary import Vocabulary
from index.embedding import Vectors
from index.vector_cache import VectorCache

# Cosines of the embedded model and a share, chosen and confirmed as those of `assistant/verify/statements.py`.
SUPPORTED = 0.85  # of a statement and the nearest sentence it rests on; unrelated ones lie about .79
ABOUT = 0.8  # the same, from which a stretch of a sentence may bear it
STRETCH = 0.9  # of a statement and a stretch of a sentence, which bears it then
STRETCH_COVERED = 0.6  # of its words that stand in the bearing sentences, where a stretch bears it
NEARER_WITHOUT = 0.01  # by which a statement comes nearer to its passages without a clause that is not theirs
ELSEWHERE = 0.02  # by which a passage that is not named may come nearer than those that are
ELSEWHERE_ACROSS = 0.04  # the same where the scripts differ, since likeness is less exact there
LEAD = 6  # words before a colon
SHORTEST_PART = 4  # words of a part of a sentence that is read alone
COVERED = 0.4  # of its words and figures that stand in the bearing sentences, where the languages are the same
CLAUSE_COVERED = 0.2  # of those of a clause
ENTAILED = 0.05  # how likely the passages have to say it, as the layers see it that were trained for that

_MARKUP = re.compile(r"[<>]|!\[|\]\(|https?://|```|^\s*[#|]")
_WHOLE = re.compile(r"[.!…。！][\"'”’»)\]）」』]*$")
_LONGEST = 600  # characters of a statement


class Verifier:
    """Lets a draft through as a claim, or says why not.

    Every draft must name passages that are among the hits (or the summary of a hit's document). What is quoted must
    stand there word for word. A statement of a model must say nothing that the sentences do not which bear it; these
    become the quotes of its citations.
    """

    def __init__(self, cache: VectorCache, vocabulary: Vocabulary) -> None:
        self._cache = cache
        self._vocabulary = vocabulary
        self._markets = lru_cache(maxsize=4096)(lambda text: mentioned(text, vocabulary.markets))
        self._products = lru_cache(maxsize=4096)(lambda text: mentioned(text, vocabulary.products))
        # Looked for as markets and not as names; their cities and authorities are names all the same.
        countries = (name for term in vocabulary.markets.values() for name in term.names.values())
        self._countries = frozenset(word for name in countries for word in re.findall(r"\w+", fold(name)))
        self._ranks = {kind: rank for rank, kind in enumerate(vocabulary.source_kinds)}
        self._known: tuple[Evidence | None, dict[str, Vectors]] = (None, {})
        # In this order: what costs nothing first, then what needs the statement's vector.
        self._checks: Mapping[Reason, Callable[[Statement], bool]] = {
            Reason.FORM: _is_no_sentence,
            Reason.LANGUAGE: lambda statement: recognise_language(statement.text) != statement.language,
            Reason.SUPPORT: lambda statement: _lies_far(statement) or _strays(statement) or _is_not_covered(statement),
            Reason.CITATION: _is_said_elsewhere,
            Reason.FIGURES: _gives_other_figures,
            Reason.NAMES: self._names_others,
            Reason.MARKETS: lambda statement: (
                self._names_other_markets(statement) or self._is_on_other_products(statement)
            ),
            Reason.DENIAL: _says_the_contrary,
            Reason.ENTAILMENT: _is_not_entailed,
        }

    def verify(self, draft: Draft, evidence: Evidence, numbering: Numbering) -> Claim | Rejected:
        """The draft as a claim with its citations bound, or as rejected."""
        if not draft.support or not all(_stands(support, evidence) for support in draft.support):
            return Rejected(draft.text, Reason.SOURCE)
        support = draft.support
        if draft.kind is ClaimKind.STATEMENT:
            statement = Statement(draft, evidence, self._cache.model, self._vectors(draft, evidence))
            fault = next((reason for reason, fails in self._checks.items() if fails(statement)), None)
            if fault is not None:
                return Rejected(draft.text, fault)
            support = statement.quotes
        elif draft.kind is ClaimKind.ANSWER:
            units = (one.hit.unit for one in support)
            if not all(unit and unit.says(draft.text) for unit in units):
                return Rejected(draft.text, Reason.SOURCE)
        elif draft.text != " ".join(one.quote for one in support):
            return Rejected(draft.text, Reason.SOURCE)
        citations = tuple(self._cite(one, numbering) for one in support)
        return Claim(text=draft.shown or draft.text, kind=draft.kind, language=draft.language, citations=citations)

    def disputes(self, claims: Sequence[Claim]) -> tuple[Dispute, ...]:
        """The pairs of citations of verified claims whose documents disagree; short answers are not compared."""
        compared = (claim for claim in claims if claim.kind is not ClaimKind.SUMMARY)
        cited = {citation.n: citation for claim in compared for citation in claim.citations}
        vectors = self._cache.embed([citation.quote for citation in cited.values()])
        return disputes(list(cited.values()), vectors, self._vocabulary)

    def _cite(self, support: Support, numbering: Numbering) -> Citation:
        """The citation of a quote, official sources first."""
        hit = support.hit
        by_key = {source.key: source for source in hit.document.metadata.sources}
        keys = hit.passage.source_keys(support.start, support.end)
        sources = tuple(by_key[key] for key in keys if key in by_key) or hit.document.metadata.sources
        official_first = sorted(sources, key=lambda source: self._ranks.get(source.kind, len(self._ranks)))
        return numbering.cite(hit, support.quote, tuple(official_first))

    def _vectors(self, draft: Draft, evidence: Evidence) -> Mapping[str, Vectors]:
        """The vectors of all sentences that a draft can rest on, read once for the drafts of an answer."""
        last, vectors = self._known
        if last is not evidence:
            vectors = self._cache.embed([unit.text for hit in evidence.hits for unit in quotables(hit.passage.text)])
            self._known = (evidence, vectors)
        named = (unit.text for support in draft.support for unit in quotables(support.hit.passage.text))
        unembedded = [text for text in named if text not in vectors]  # of a short answer that was not among the hits
        return {**vectors, **self._cache.embed(unembedded)} if unembedded else vectors

    def _names_others(self, statement: Statement) -> bool:
        missing = missing_names(
            statement.text,
            statement.language,
            statement.told,
            translated=statement.translated,
            nearby=statement.nearby,
            known=self._countries,
        )
        return bool(missing)

    def _names_other_markets(self, statement: Statement) -> bool:
        source_markets: set[str] = set()
        for one in statement.bearing:
            about = one.hit.document.metadata.markets
            source_markets |= (
                self._markets(one.unit.text) | self._markets(one.head) | (about if len(about) == 1 else set())
            )
        return not self._markets(statement.text) <= source_markets

    def _is_on_other_products(self, statement: Statement) -> bool:
        """Whether it names a kind of product of which nothing stands in the passages that it names.

        A section on no kind in particular holds for all.
        """
        named = self._products(statement.text)
        about = [set(one.hit.unit.products) for one in statement.sentences if one.hit.unit]
        if not named or not all(about):
            return False
        return not named <= self._products(statement.passages).union(*about)


def _is_no_sentence(statement: Statement) -> bool:
    text, shown = statement.text, statement.shown
    whole = re.search(r"\w", text) and _WHOLE.search(text) and not _MARKUP.search(shown)
    return not whole or len(shown) > _LONGEST


def _lies_far(statement: Statement) -> bool:
    """Whether no sentence of the passages that it names says about the same."""
    if not statement.sentences or statement.whole.similarity < ABOUT:
        return True
    return _rests_on_a_stretch(statement) and statement.in_part < STRETCH


def _rests_on_a_stretch(statement: Statement) -> bool:
    """Whether no sentence as a whole bears it."""
    return statement.whole.similarity < SUPPORTED


def _strays(statement: Statement) -> bool:
    """Whether it comes nearer to its passages without one of its clauses, which no sentence there is near to.

    A few words before a colon that deny nothing ("Yes, you need one:") lead to what it says, and are no part of it.
    """
    return any(
        min(one.similarity for one in pair) < statement.own
        and max(one.similarity for one in pair) > statement.whole.similarity + NEARER_WITHOUT
        for pair in statement.halves
        if not _is_lead(pair[0].text, statement)
    )


def _is_lead(text: str, statement: Statement) -> bool:
    follows = statement.text[len(text) :].lstrip()[:1]
    told = polarity(text, statement.language)
    plain = not figures(text, statement.language).said and not (told.negates or told.lacks)
    return follows in (":", "：") and words(text) <= LEAD and plain


def _is_not_covered(statement: Statement) -> bool:
    """Whether too few words and figures of it, or of a clause of it, stand in the bearing sentences.

    Across languages this is not asked.
    """
    if statement.translated:
        return False
    source_figures = figures(statement.told, statement.language)
    source_terms = content_words(statement.told, statement.language) | source_figures.said | source_figures.also

    def covered(text: str, share: float) -> bool:
        terms = content_words(text, statement.language) | figures(text, statement.language).said
        return len(terms & source_terms) >= share * len(terms)

    pairs = (pair for pair in statement.halves if not _is_lead(pair[0].text, statement))
    clauses = (clause.text for pair in pairs for clause in pair)
    share = STRETCH_COVERED if _rests_on_a_stretch(statement) else COVERED
    return not covered(statement.text, share) or not all(covered(clause, CLAUSE_COVERED) for clause in clauses)


def _is_said_elsewhere(statement: Statement) -> bool:
    """Whether a passage that the model was given, and that it does not name, comes clearly nearer."""
    margin = ELSEWHERE_ACROSS if statement.across_scripts else ELSEWHERE
    if not statement.others or statement.others[0].similarity <= statement.whole.similarity + margin:
        return False
    return statement.others[0].similarity > statement.in_part


def _is_not_entailed(statement: Statement) -> bool:
    """Whether its passages do not say it, read together with it; what is nearly a sentence of theirs is not asked."""
    return statement.whole.similarity < ALIKE and statement.entailed < ENTAILED


def _gives_other_figures(statement: Statement) -> bool:
    """Whether it gives a figure that the bearing sentences do not, or counts something else with it."""
    source_figures = [figures(one.head, one.hit.document.metadata.language) for one in statement.bearing]
    source_figures += [figures(one.unit.text, one.hit.passage.language) for one in statement.bearing]
    return not figures(statement.text, statement.language).stand_in(together(source_figures))


def _says_the_contrary(statement: Statement) -> bool:
    """Whether it, or a clause of it, says the contrary of the nearest sentence, or of one that it was copied from.

    Of two clauses each is read beside its own sentence alone. The copied words themselves count, too.
    """
    clauses = statement.clauses
    told = {id(clause.nearest) for clause in clauses} if len(clauses) > 1 else set()
    copied = [Clause(statement.text, one, one.similarity) for one in statement.copied if id(one) not in told]
    said = polarity(statement.text, statement.language)
    return any(_contradicts(clause, statement) for clause in (*clauses, *copied)) or said.turns(
        polarity(statement.copied_words, statement.copied_language)
    )


def _contradicts(clause: Clause, statement: Statement) -> bool:
    """Whether a clause says the contrary of its nearest sentence.

    Of a sentence of several parts, the part is read that comes nearer to the clause than the sentence does. Without
    such a part, it is read without what it denies where the clause comes no less near to the rest: then the clause is
    about the rest.
    """
    source, language = clause.nearest.unit.text, clause.nearest.hit.passage.language
    said, told = polarity(clause.text, statement.language), polarity(source, language)
    contrary = said.contradicts(told)
    parts = [source[start:end] for start, end in parts_of(source)]
    telling = [part for part in parts if words(part) >= SHORTEST_PART]
    by_part = [said.contradicts(polarity(part, language)) for part in telling]
    if all(one == contrary for one in by_part):
        return contrary
    at, likeness = statement.nearest_of(clause, telling)
    if likeness > clause.similarity:
        return by_part[at]
    without = {
        " ".join(part for part in parts if not denies(polarity(part, language)))
        for denies in (_negates, _lacks, _negates_or_lacks)
    }
    rests = [kept for kept in without if kept and not said.contradicts(polarity(kept, language))]
    return contrary and not any(statement.said_in(clause, kept) for kept in rests)


def _negates(told: Polarity) -> bool:
    return told.negates


def _lacks(told: Polarity) -> bool:
    return told.lacks


def _negates_or_lacks(told: Polarity) -> bool:
    return told.negates or told.lacks


def _stands(support: Support, evidence: Evidence) -> bool:
    passage = support.hit.passage
    every = (evidence, *evidence.parts)
    found = [hit for each in every for hit in (*each.hits, *(hit for one in each.sections for hit in one.hits))]
    if passage.section == SUMMARY:
        known = {text for hit in found for text in hit.document.metadata.summary.values()}
        return passage.text in known
    texts = {hit.passage.id: hit.passage.text for hit in found}
    return bool(support.quote.strip()) and support.quote in texts.get(passage.id, "")
