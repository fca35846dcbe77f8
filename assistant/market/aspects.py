"""What the library says of an aspect of a market for a kind of product: cells of comparisons, facts of plans."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from string import Template

from assistant.answers import Claim, Numbering
from assistant.find.evidence import Evidence, find
from assistant.find.sufficiency import Sufficiency, sufficient
from assistant.language.quantities import fold
from assistant.understand.questions import Understood
from assistant.verify.verification import Verifier
from assistant.write.drafts import Draft
from assistant.write.quoting_writer import QuotingWriter, quotation
from corpus.documents import Reader, may_quote
from corpus.mentions import mentioned
from corpus.passages import SUMMARY
from corpus.patterns import Words, read_words
from corpus.vocabulary import Vocabulary
from index.search import Filters, Hit, Preferences, Search, SentenceHit

_FOUND = 60  # passages looked at
_READ = 12  # of those that fit, as many are read sentence by sentence
_NEAR = 0.845  # similarity of a sentence that answers; unrelated ones reach .82
_FALL = 0.03  # below the best sentence, where another one stops belonging to the cell
_MOST_WORDS = 60
_MOST = 3  # sentences
_REMEMBERED = 512  # aspects of a market and a product; all there are is about as many for each kind of reader
_BRACKETS = re.compile(r"\([^)]*\)")
_LEADS = re.compile(r"The table (shows|compares|names|lists|gives)")  # to what follows, and says nothing itself
_BROAD = 5  # kinds of product, from which a document is about all of them
_PARENT_PRODUCT = {"diagnostics": "devices", "software": "devices", "regenerative": "medicines"}  # what is also a ...


Found = tuple[tuple[SentenceHit, ...], Evidence]


@dataclass(frozen=True)
class Aspect:
    """Something that is to be known of every market.

    `question` is how the library is asked for it, `written` the form of a sentence that answers and `unlike`
    of one that only looks so, `asked` the words by which people call it, `general` whether it is the same for all.
    """

    code: str
    question: Template
    written: Words
    unlike: Words
    asked: Words | None
    general: bool


@cache
def aspects() -> Mapping[str, Aspect]:
    """The aspects shipped with the product, by code, in the order of a table."""
    tables = tomllib.loads((Path(__file__).parent / "aspects.toml").read_text("utf-8"))
    return {
        code: Aspect(
            code=code,
            question=Template(table["question"]),
            written=read_words(table["written"]),
            unlike=read_words(table.get("unlike", ())),
            asked=read_words(table["asked"]) if "asked" in table else None,
            general=table.get("general", False),
        )
        for code, table in tables.items()
    }


class Finder:
    """Finds the sentences that answer an aspect.

    What was found last is remembered as long as the library and the day are the same, since companies want to know
    the same of the same markets.
    """

    def __init__(self, search: Search, vocabulary: Vocabulary) -> None:
        self.search = search
        self.vocabulary = vocabulary
        self._remembered = lru_cache(_REMEMBERED)(self._look)

    def find(self, aspect: Aspect, product: str, market: str, reader: Reader, today: date) -> Found:
        """The sentences on an aspect, in reading order, and the evidence that they are of."""
        return self._remembered(aspect, product, market, reader, today, self.search.state)

    def _look(
        self, aspect: Aspect, product: str, market: str, reader: Reader, today: date, _state: tuple[int, str]
    ) -> Found:
        names = {
            "product": self.vocabulary.products[product].name("en") if product else "a health product",
            "market": self.vocabulary.markets[market].name("en"),
        }
        found = self.search.find(
            aspect.question.substitute(names),
            language="en",
            today=today,
            filters=Filters(markets=frozenset({market}), reader=reader),
            preferences=Preferences(markets=frozenset({market})),
            limit=_FOUND,
        )
        hits = tuple(hit for hit in found.hits if self._fits(hit, aspect, product, market, reader))[:_READ]
        sentences = self.search.sentences(found.question, hits)
        chosen = self._chosen(aspect, product, market, sentences)
        return tuple(chosen), Evidence(hits, sentences, found.question, found.background)

    def _fits(self, hit: Hit, aspect: Aspect, product: str, market: str, reader: Reader) -> bool:
        """Whether a passage may be quoted, and is of a document on the market and, where that matters, the product."""
        metadata = hit.document.metadata
        products = metadata.topics & self.vocabulary.products.keys()
        return (
            (market in metadata.markets or not metadata.markets)
            and hit.passage.section != SUMMARY
            and may_quote(hit.document, reader)
            and (aspect.general or not product or bool(products & _with_parent(product)))
        )

    def _is_about(self, sentence: SentenceHit, aspect: Aspect, product: str, market: str) -> bool:
        """Whether a sentence is about this market and product, and not only about others.

        In a document on all markets a sentence has to name the market, in one on everything the product; what an
        acronym stands for does not count.
        """
        text = sentence.unit.text
        named = mentioned(text, self.vocabulary.markets)
        if market not in named and (named - {"europe"} or not sentence.hit.document.metadata.markets):
            return False
        if aspect.general or not product:
            return True
        products = mentioned(_BRACKETS.sub("", text), self.vocabulary.products)
        if not products:
            products = mentioned(sentence.hit.passage.section, self.vocabulary.products)
        broad = len(sentence.hit.document.metadata.topics & self.vocabulary.products.keys()) >= _BROAD
        return bool(products & _with_parent(product)) or not (products or broad)

    def _chosen(
        self, aspect: Aspect, product: str, market: str, sentences: tuple[SentenceHit, ...]
    ) -> list[SentenceHit]:
        """The nearest sentences that have the form of an answer, and speak of no other market."""
        chosen: list[SentenceHit] = []
        length = 0
        for sentence in sentences:
            text = sentence.unit.text
            plain = fold(text)
            if sentence.similarity < _NEAR or not aspect.written.search(plain) or aspect.unlike.search(plain):
                continue
            if text.endswith(":") or _LEADS.match(text) or not self._is_about(sentence, aspect, product, market):
                continue
            size = len(text.split())
            if chosen and (sentence.similarity < chosen[0].similarity - _FALL or length + size > _MOST_WORDS):
                continue
            chosen.append(sentence)
            length += size
            if len(chosen) == _MOST:
                break
        order = {passage: at for at, passage in enumerate(dict.fromkeys(one.hit.passage.id for one in chosen))}
        return sorted(chosen, key=lambda one: (order[one.hit.passage.id], one.unit.start))


class FactWriter:
    """Writes, in verified quotations, what the library says of an aspect."""

    def __init__(self, finder: Finder, verifier: Verifier, today: date) -> None:
        self._finder = finder
        self._verifier = verifier
        self._today = today
        self.numbering = Numbering(today)

    def tell(self, aspect: Aspect, product: str, market: str, reader: Reader) -> tuple[Claim, ...]:
        """The claims on an aspect, in reading order; none where the library says nothing of it.

        Without a product, those on any.
        """
        sentences, evidence = self._finder.find(aspect, product, market, reader, self._today)
        return self._verified(map(quotation, sentences), evidence)

    def answer(self, understood: Understood) -> tuple[Claim, ...]:
        """The claims on a question as it was asked; none where the library does not answer it."""
        evidence = find(self._finder.search, understood, self._today)
        if sufficient(understood, evidence).sufficiency is not Sufficiency.ANSWERS:
            return ()
        drafts = QuotingWriter(self._finder.vocabulary, _MOST_WORDS).write(understood, evidence)
        return self._verified(drafts, evidence)

    def _verified(self, drafts: Iterable[Draft], evidence: Evidence) -> tuple[Claim, ...]:
        verified = [self._verifier.verify(draft, evidence, self.numbering) for draft in drafts]
        return tuple(claim for claim in verified if isinstance(claim, Claim))


def most_special(products: Set[str]) -> str:
    """Of several kinds of product that are named, the one that says most; an empty text where none is."""
    return min(products - {_PARENT_PRODUCT[product] for product in products & _PARENT_PRODUCT.keys()}, default="")


def _with_parent(product: str) -> set[str]:
    return {product, _PARENT_PRODUCT.get(product, product)}
