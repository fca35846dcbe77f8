"""The only place where things are wired: from settings to an assistant that is ready to be asked."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from assistant.accounts.accounts import Accounts, account_store
from assistant.accounts.keys import Keys
from assistant.accounts.sessions import Sessions
from assistant.answers import Contact
from assistant.assistant import Assistant
from assistant.contacts import contacts_for
from assistant.erasures import Erasures, buried, erasures_beside
from assistant.handoff.handoffs import Handoffs
from assistant.handoff.watching.mails import WatchMails
from assistant.handoff.watching.watches import Watches
from assistant.home import IN_USE, Home, home_of, open_catalogue
from assistant.journal.journal import Journal
from assistant.market.aspects import FactWriter, Finder, aspects
from assistant.model.budget import Budget, WithinBudget
from assistant.model.chat_model import ChatModel, GuardedModel
from assistant.settings import Settings
from assistant.texts import say
from assistant.understand.questions import OUTSIDE, Profile, Question, understand
from assistant.understand.recognisers import RecognisesByModel
from assistant.verify.verification import Verifier
from assistant.write.model_writer import ModelWriter
from assistant.write.quoting_writer import QuotingWriter
from corpus.catalogue.catalogue import Catalogue
from corpus.connections.places import Places
from corpus.postgres import Duty, Schema
from corpus.release.release import LIBRARY
from corpus.vocabulary import Vocabulary, vocabulary
from corpus.web.links import Links
from index.api import ApiReranker, api_embedding
from index.build import Index
from index.circuit_breaker import CircuitBreaker
from index.e5.model import e5
from index.embedding import EmbeddingModel
from index.removal import purge
from index.search import Search
from index.shelf import Shelf
from index.upkeep import Upkeep
from index.vector_cache import VectorCache
from index.vector_server import VectorServer

if TYPE_CHECKING:
    from corpus.web.fetching import Fetched

SHIPPED_VECTORS = LIBRARY / "vectors.npz"

_WARM_UP = "Do we need a local representative to sell a medical device in Japan?"
_VECTORS_NOTE = "shipped vectors"
_A_MINUTE, _OFTEN = 60.0, 3.0  # seconds between two looks of a server for changes that it was not notified of

_log = logging.getLogger(__name__)

Progress = Callable[[int, int], None] | None


def _fetch(url: str) -> Fetched:
    from corpus.web.fetching import fetch  # with libraries that nobody else needs

    return fetch(url)


@dataclass(frozen=True)
class Chat:
    """The chat model of an installation: left alone while it fails, and paid from a budget where prices are known."""

    model: ChatModel
    circuit: CircuitBreaker
    budget: Budget | None = None


@dataclass(frozen=True)
class App:
    """An opened installation."""

    home: Path
    settings: Settings
    vocabulary: Vocabulary
    catalogue: Catalogue
    cache: VectorCache
    index: Index
    search: Search
    assistant: Assistant
    accounts: Accounts
    sessions: Sessions
    journal: Journal
    chat: Chat | None = None
    fetch: Callable[[str], Fetched] = _fetch
    behind: Event | None = None  # in a server: set when the index is to follow, see `Upkeep`

    @property
    def places(self) -> Home:
        """Where its stores lie."""
        return Home(self.home, self.settings.database.get_secret_value())

    @property
    def erasures(self) -> Erasures:
        """The marks of what was erased."""
        return erasures_beside(self.journal.place)

    @property
    def keys(self) -> Keys:
        """The keys by which programs ask."""
        return Keys(self.accounts)

    @cached_property
    def links(self) -> Links:
        """What is known of the sources' web addresses."""
        return Links(self.places.place("links"))

    @cached_property
    def duty(self) -> Callable[[], bool]:
        """Whether this process is the one of its installation that works in the background.

        Without a database it is the only one. With one it holds on to that, too, against restores.
        """
        if not (database := self.places.database):
            return lambda: True
        present, builder = Duty(database, IN_USE, shared=True), Duty(database, "builder")
        return lambda: present.ours() and builder.ours()

    @cached_property
    def connections(self) -> Places:
        """The places from which documents come by themselves."""
        return Places(self.places.place("connections"))

    @cached_property
    def upkeep(self) -> Upkeep:
        """What keeps the index up to the catalogue."""
        pause = _OFTEN if self.places.database else _A_MINUTE
        return Upkeep(self.catalogue, self.cache, self.index, SHIPPED_VECTORS, self.behind, self.duty, pause)

    @cached_property
    def _finder(self) -> Finder:
        return Finder(self.search, self.catalogue, self.vocabulary)

    @cached_property
    def handoffs(self) -> Handoffs:
        """What companies hand over to a person; its file is made when something is."""
        return handoffs_in(self.places, self.settings)

    @cached_property
    def watches(self) -> Watches:
        """What people follow by mail; its file is made when somebody asks to."""
        return Watches(self.places.place("watches"), self.settings.keep_watch_days)

    @property
    def watch_mails(self) -> WatchMails:
        """What writes and sends the mails to those who follow something."""
        return WatchMails(self.watches, self.catalogue, self.vocabulary, self.settings)

    def over(self, catalogue: Catalogue, index: Index) -> App:
        """The same installation, answering from another catalogue and index."""
        search = Search(catalogue, index, self.cache, _reranker(self.settings))
        assistant = assistant_with(self.chat.model if self.chat else None, search, self.cache, self.vocabulary)
        return replace(self, catalogue=catalogue, index=index, search=search, assistant=assistant)

    def fact_writer(self) -> FactWriter:
        """What tells the facts of one comparison or plan, with citations numbered for it alone."""
        return FactWriter(self._finder, Verifier(self.cache, self.vocabulary), date.today())

    def first_questions(self, profile: Profile, language: str) -> tuple[str, ...]:
        """Questions to begin with, of what a company makes and where it wants to sell that; none without either."""
        if not (profile.product or profile.markets):
            return ()
        return self._finder.questions(profile.product, sorted(profile.markets), language, date.today())

    def question_on(self, aspect: str, product: str, market: str, language: str) -> str:
        """The library's own question on an aspect of a kind of product in a market; empty where it answers none."""
        return self._finder.question(aspects()[aspect], product, market, language, date.today())

    def contacts(self, text: str, home: str, language: str) -> tuple[Contact, ...]:
        """Whom to turn to with a question; without one by the company's region alone, where it is one of ours."""
        known = home if home in self.vocabulary.clusters or home == OUTSIDE else ""
        question = Question(text or say(language, "contacts"), language=language, profile=Profile(home=known))
        understood = understand(question, self.vocabulary, RecognisesByModel(self.cache.model))
        return contacts_for(question, understood, self.vocabulary)

    def open_stores(self) -> None:
        """Open now what is else opened when a company first writes, and could not be once another machine is upgraded.

        Raises:
            StoreTooNew: another is already.
        """
        for one in (self.journal, self.handoffs):
            _ = one.store

    def close(self) -> None:
        """Give the stores' connections back."""
        self.catalogue.close()
        self.accounts.close()
        self.journal.close()
        self.links.close()
        self.connections.close()
        if self.chat and self.chat.budget:
            self.chat.budget.close()
        if "handoffs" in vars(self):
            self.handoffs.close()
        self.watches.close()

    def purge(self, document_ids: Iterable[str], *, who: str, why: str) -> None:
        """Remove documents from everywhere, for good: all of them or none. Everybody loses sight of them at once.

        Raises:
            UnknownDocument: there is none of one of the ids.
        """
        gone = set(document_ids)
        purge(self.catalogue, gone, who=who, why=why)
        self.erasures.take_in(buried(grave) for grave in self.catalogue.tombstones() if grave.document_id in gone)
        self.upkeep.follow()

    def readmit(self, document_id: str, *, who: str, why: str) -> None:
        """Let a document that was purged be taken in again, and stay when a backup is restored.

        Raises:
            NotPurged: it was not, or that purge is not finished.
        """
        self.catalogue.readmit(document_id, who=who, why=why)
        self.erasures.lift(document_id)

    def warm_up(self) -> None:
        """Answer a question in quotations, so that the first person waits for no table, model or index to be read."""
        assistant_with(None, self.search, self.cache, self.vocabulary).answer(Question(_WARM_UP))


def open_app(settings: Settings, *, serving: bool = False) -> App:
    """Open the installation in `settings.home`, creating it on first use and taking in the shipped library.

    In a server, the index follows changes in a thread of its own.

    Raises:
        HomeUnusable: the home folder cannot be made or written.
    """
    home = home_of(settings)
    catalogue = open_catalogue(home)
    with home.alone("setup"):
        cache = VectorCache(home.place("vectors"), _embedding(settings, home.folder))
        _take_in_vectors(catalogue, cache)
    index = Index(home.folder / "index", cache.model, _shelf(settings, home))
    search = Search(catalogue, index, cache, _reranker(settings))
    terms = with_desks(vocabulary(), settings.answering_days)
    stale = Event() if serving else None
    accounts = account_store(home.place("accounts"))
    chat = _chat(settings, home)
    app = App(
        home=home.folder,
        settings=settings,
        vocabulary=terms,
        catalogue=catalogue,
        cache=cache,
        index=index,
        search=search,
        assistant=assistant_with(chat.model if chat else None, search, cache, terms),
        accounts=Accounts(accounts),
        sessions=Sessions(accounts),
        journal=Journal(home.place("journal"), settings.keep_questions, settings.keep_days),
        chat=chat,
        behind=stale,
    )
    if stale is not None:
        if home.database:
            app.open_stores()
        Thread(target=app.upkeep.keep_up, name="index", daemon=True).start()
    return app


def with_desks(terms: Vocabulary, days: Mapping[str, int]) -> Vocabulary:
    """The vocabulary, with the time in which clusters answer."""
    clusters = {code: replace(one, answers_within=days.get(code, 0)) for code, one in terms.clusters.items()}
    return replace(terms, clusters=clusters)


def open_accounts(settings: Settings) -> Accounts:
    """Open the accounts of an installation alone, creating its home on first use.

    Raises:
        HomeUnusable: the home folder cannot be made or written.
    """
    return Accounts(account_store(home_of(settings).place("accounts")))


def open_handoffs(settings: Settings) -> Handoffs:
    """Open the hand-offs of an installation alone, creating its home on first use.

    Raises:
        HomeUnusable: the home folder cannot be made or written.
    """
    return handoffs_in(home_of(settings), settings)


def handoffs_in(home: Home, settings: Settings) -> Handoffs:
    """The hand-offs of a home."""
    return Handoffs(home.place("handoffs"), vocabulary(), settings.keep_handoff_days)


def assistant_with(model: ChatModel | None, search: Search, cache: VectorCache, terms: Vocabulary) -> Assistant:
    """An assistant for which a chat model writes, or which quotes."""
    quoting = QuotingWriter(terms)
    writer = ModelWriter(model) if model else quoting
    return Assistant(search, writer, Verifier(cache, terms), terms, last_resort=quoting, model=model)


def _chat(settings: Settings, home: Home) -> Chat | None:
    if not settings.chat_model:
        return None
    from assistant.model.providers import chat_model  # with LangChain, which takes a second to import

    model = chat_model(settings)
    circuit, prices = CircuitBreaker(), settings.chat_prices
    guarded = GuardedModel(model, circuit)
    if prices is None:
        return Chat(guarded, circuit)
    budget = Budget(home.place("budget"), prices, settings.chat_budget)
    return Chat(WithinBudget(guarded, budget), circuit, budget)


def _embedding(settings: Settings, home: Path) -> EmbeddingModel:
    if settings.embedding_url:
        key = settings.embedding_key.get_secret_value()
        return api_embedding(settings.embedding_url, settings.embedding_model, key)
    return e5(home / "models")


def _shelf(settings: Settings, home: Home) -> Shelf | None:
    schema = home.place("shelf")
    if not isinstance(schema, Schema):
        return None
    chroma = settings.chroma.get_secret_value()
    return Shelf(schema, VectorServer(chroma, schema.beside("collections")) if chroma else None)


def _reranker(settings: Settings) -> ApiReranker | None:
    if not settings.rerank_url:
        return None
    return ApiReranker(settings.rerank_url, settings.rerank_model, settings.rerank_key.get_secret_value())


def _take_in_vectors(catalogue: Catalogue, cache: VectorCache) -> None:
    """Take in the vectors shipped with the library, once a release and model."""
    if not SHIPPED_VECTORS.exists():
        return
    stamp = f"{cache.model.name} {cache.model.engine} {SHIPPED_VECTORS.stat().st_size} {catalogue.note('release')}"
    if catalogue.note(_VECTORS_NOTE) != stamp or cache.empty:
        cache.take_in(SHIPPED_VECTORS)
        catalogue.make_note(_VECTORS_NOTE, stamp)
