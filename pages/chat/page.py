"""The chat page: what happens when it is used; `chat_view` says what stands on it.

The conversation lives in the browser. It travels to the server with each question and comes back one turn longer;
the server keeps nothing of it but what `assistant.journal.journal` says.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any
from uuid import uuid4

import gradio as gr
from starlette.datastructures import QueryParams

from assistant.answers import Answer, Claim
from assistant.app import App
from assistant.assistant import Event
from assistant.journal.records import Door
from assistant.market.aspects import aspects, subject_of
from assistant.texts import ComeBack, say
from assistant.understand.questions import LONGEST, OUTSIDE, Profile, Question, UnclearQuestion, Understood
from corpus.errors import KnownError
from corpus.vocabulary import LANGUAGES
from index.search import Filters
from pages.chat.blocks import ChatBlocks
from pages.chat.feedback import consent
from pages.chat.view import TICKED, UNSAID, UNTICKED, Changes, ChatView, key_told, new_key, status
from pages.shared import company, shell
from pages.shared.access import access_of, address_of
from pages.shared.admission import Admission, Place
from pages.shared.conversation import Turn, earlier, kept, language_of, may_ask_back, told, typed
from pages.shared.language import preferred
from pages.shared.navigation import CHAT, NavItem
from pages.shared.observation import Watched, refused
from pages.shared.recording import Recorder

CSS = (
    *(Path(shell.__file__).parent / name for name in ("tokens.css", "shell.css")),
    Path(__file__).parent / "chat.css",
)
SCRIPT = Path(__file__).parent / "chat.js"
THEME = gr.themes.Base(
    primary_hue="teal",
    neutral_hue="slate",
    # Gradio's names for sizes are those of tokens.css, and it sets them anew where it is dark.
    text_size=gr.themes.Size(".8125rem", ".8125rem", ".9rem", "1rem", "1.1875rem", "1.5rem", "2rem"),
    font=["IBM Plex Sans", "system-ui", "sans-serif"],  # from tokens.css, as on all pages
    font_mono=["ui-monospace", "monospace"],
).set(
    button_primary_background_fill="*primary_700",
    button_primary_background_fill_dark="*primary_700",
    button_primary_background_fill_hover="*primary_800",
    button_primary_background_fill_hover_dark="*primary_800",
)

_SPARE = 20  # threads for whoever is refused at once, and for all that needs no place
_QUEUED = 1000  # by Gradio, of what needs no place
_UNTOLD = 60.0  # seconds between what Gradio tells those in its queue; the page does not show it
_BREATH = 0.2  # seconds in which statements are shown together: each change of the page costs the server 10 ms
_LONGEST_KEY = 64  # characters

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Sender:
    """Who sent a question: the request, the random key of the conversation, and whether the box below is ticked."""

    request: gr.Request
    key: str
    ticked: bool

    @property
    def session(self) -> str:
        """What tells the pages apart that are open just now."""
        return str(self.request.session_hash)

    @property
    def door(self) -> Door:
        """Where the page stands: the script for other sites says so in its address."""
        return Door.EMBED if self.request.query_params.get("embedded") else Door.CHAT

    @property
    def address(self) -> str:
        """Where it comes from."""
        return address_of(self.request.request) if self.request.request else ""


def chat(app: App, admitted: Admission, parts: Sequence[NavItem] = (), foot: Sequence[NavItem] = ()) -> ChatBlocks:
    """The chat page of an installation, with links to other pages above and below."""
    return ChatPage(app, admitted, parts, foot).blocks


class ChatPage(ChatView):
    """What the components of the page do."""

    def __init__(self, app: App, admission: Admission, parts: Sequence[NavItem], foot: Sequence[NavItem]) -> None:
        super().__init__(app, parts, foot)
        self._assistant = app.assistant
        self._access = access_of(app)
        self._admission = admission
        self._recorder = Recorder(app)
        self._awaited: dict[str, Question] = {}  # by session: what is being answered; anything else is out of date
        self.blocks: ChatBlocks
        with ChatBlocks(title=say("en", "title"), analytics_enabled=False) as self.blocks:
            self._lay_out()
            self._connect()
        most = admission.at_once + app.settings.waiting_at_most + _SPARE
        self.blocks.max_threads = most  # who waits holds one
        # Gradio would keep the components of ten thousand pages in memory, their conversations with them.
        self.blocks.state_session_capacity = most
        # Gradio would tell everybody in its queue of everybody who leaves it: the square of a crowd.
        self.blocks.bound(_QUEUED, _UNTOLD, admission.full)

    def _connect(self) -> None:
        parts = [part for part in vars(self).values() if isinstance(part, gr.blocks.Block) and part is not self.blocks]
        quietly: dict[str, Any] = {
            "outputs": [*parts, *self.offered],
            "show_progress": "hidden",
            "api_visibility": "private",
        }
        # Not Gradio's own `cancels`: it is still cancelling when the next question is asked, and cancels that too.
        # Gradio makes each output anew for each change, so that only those are named that an answer touches.
        touched = [self.past, self.current, self.status, self.next, self.offer, *self.offered, self.from_outside]
        touched += [
            self.actions,
            self.question,
            self.replaces,
            self.ask,
            self.stop,
            self.turns,
            self.key,
            self.key_told,
        ]
        asking = {**quietly, "outputs": touched, "trigger_mode": "multiple"}
        asking["concurrency_limit"] = None  # `_admission` sees to who waits
        around = [self.turns, self.language, self.markets, self.areas]
        sent = [*around, self.profile, self.key, self.keeping]
        gr.on([self.question.submit, self.ask.click], self._ask, [self.question, self.replaces, *sent], **asking)
        self.retry.click(self._retry, sent, **asking)
        for offered in self.offered:
            offered.click(self._take, [offered, *sent], **asking)
        self.plan_of.click(self._plan, [self.asked_of, self.profile, self.language], **quietly)
        self.ask_of.click(self._take, [self.asked_of, *sent], **asking)
        fields = [self.home, self.product, self.risk_class, self.own_markets, self.own_areas]
        inputs = [self.home.input, self.product.input, self.own_markets.input, self.own_areas.input]
        inputs += [self.risk_class.input, self.risk_class.blur]  # which what was pasted waits for
        gr.on(inputs, self._describe, [*fields, self.turns, self.language], trigger_mode="always_last", **quietly)
        self.forget.click(self._forget, [self.turns, self.language], **quietly)
        self.from_outside.click(self._come_from_outside, [self.profile, self.language], **quietly)
        self.blocks.load(self._open, [self.turns, self.profile, self.key, self.chosen, self.ticked], **quietly)
        self.keeping.input(self._keep, [self.keeping, self.key, self.language], **quietly)
        switched = self.language.input(self._switch, [*around, self.profile, self.key], **quietly)
        # As the fields are by then: what is typed on the way is not told to `_switch`.
        switched.then(self._describe, [*fields, self.turns, self.language], **quietly)
        gr.on([self.markets.input, self.areas.input], self._narrow, around[1:], **quietly)
        self.edit.click(self._edit, [self.turns], **quietly)
        self.stop.click(self._stop, [self.turns, self.language], **quietly)
        self.new.click(self._begin_again, [self.language, self.profile], **quietly)

    def _open(
        self, texts: object, profile: object, key: object, chosen: object, ticked: object, request: gr.Request
    ) -> Changes:
        """Speak the language of the person or the browser, and show what was said before."""
        address = request.query_params
        known = company.kept(profile, self._vocabulary)
        if known == UNSAID:
            known = company.of_address(CHAT.path, address, self._vocabulary)
        chosen = address.get("language") if address.get("language") in LANGUAGES else chosen
        language = str(chosen) if chosen in LANGUAGES else preferred(request.headers.get("accept-language", ""))
        keeping = gr.Checkbox(label=self._keeping(language), value=ticked == TICKED)
        conversation = self._conversation(kept(texts), language, known)
        keeping_changes = {self.keeping: keeping, self.key_told: key_told(key, language)}
        filled = self._filled(known, language) | self._folded(language)
        return self._texts(language) | filled | conversation | keeping_changes

    def _keep(self, ticked: bool, key: object, language: str) -> Changes:
        """Remember what the person says about their questions being kept; whoever objects is forgotten at once."""
        changes: Changes = {self.ticked: TICKED if ticked else UNTICKED}
        if not (isinstance(key, str) and key and consent(self._journal.keep, ticked=ticked) is False):
            return changes
        try:
            self._recorder.erase(key)
        except KnownError as error:
            return changes | {self.status: status(_failure_text(error, language), language, "notice")}
        done = status(say(language, "kept_deleted"), language)
        return changes | self._keyed(new_key(), language) | {self.status: done}

    def _switch(
        self, texts: object, language: str, markets: list[str], areas: list[str], profile: object, key: object
    ) -> Changes:
        """Speak another language. What is being answered goes on; `_describe` follows for what is said of a company."""
        known = company.kept(profile, self._vocabulary)
        changes = self._texts(language) | self._narrow(language, markets, areas) | self._named(language)
        choice = {self.chosen: language, self.key_told: key_told(key, language)}
        return changes | self._next(kept(texts), language, known) | choice

    def _describe(
        self,
        home: object,
        product: object,
        risk_class: object,
        markets: list[str],
        areas: list[str],
        texts: object,
        language: str,
    ) -> Changes:
        """Remember what a company says of itself, and say so also when the fields are folded away."""
        profile = company.said(self._vocabulary, home, product, risk_class, markets, areas)
        return self._known(profile, language) | self._offered_again(texts, language, profile)

    def _forget(self, texts: object, language: str) -> Changes:
        changes = self._filled(UNSAID, language) | self._offered_again(texts, language, UNSAID)
        return changes | {self.status: status(say(language, "company_deleted"), language)}

    def _come_from_outside(self, profile: object, language: str) -> Changes:
        """What can be asked first about the way into Europe, and the profile with it."""
        known = company.kept(profile, self._vocabulary)
        outside = replace(known, home=OUTSIDE, markets=known.markets or frozenset({"europe"}))
        noted = {self.status: status(say(language, "from_outside_noted"), language)}
        return self._filled(outside, language) | self._next([], language, outside) | noted

    def _plan(self, query: str, profile: object, language: str) -> Changes:
        """Remember of the company what its plan was opened for."""
        known = company.kept(profile, self._vocabulary)
        planned = company.of_address("/plan", QueryParams(typed(query)), self._vocabulary)
        noted = say(language, "in_plan", what=company.described(planned, self._vocabulary, language))
        return self._filled(company.joined(known, planned), language) | {self.status: status(noted, language)}

    def _offered_again(self, texts: object, language: str, profile: Profile) -> Changes:
        """The questions that begin a conversation, where there is none yet."""
        return {} if kept(texts) else self._next([], language, profile)

    def _ask(
        self,
        text: str,
        replaces: bool,
        texts: object,
        language: str,
        markets: list[str],
        areas: list[str],
        profile: object,
        key: object,
        ticked: bool,
        request: gr.Request,
    ) -> Iterator[Changes]:
        turns, text = kept(texts), typed(text)
        before = turns[:-1] if replaces else turns
        spoken = language_of(text, before, language)
        question = self._question(text, before, spoken, markets, areas, profile)
        yield from self._answer(question, before, language, _sender(request, key, ticked))

    def _take(
        self,
        text: str,
        texts: object,
        language: str,
        markets: list[str],
        areas: list[str],
        profile: object,
        key: object,
        ticked: bool,
        request: gr.Request,
    ) -> Iterator[Changes]:
        """Ask a question that was offered. It may be a heading in another language than the conversation's."""
        before = kept(texts)
        spoken = before[-1].language if before else language
        text = typed(text)
        if before and text in aspects():
            text = self._on_aspect(text, before[-1].answer, spoken)
        question = self._question(text, before, spoken, markets, areas, profile)
        yield from self._answer(question, before, language, _sender(request, key, ticked))

    def _retry(
        self,
        texts: object,
        language: str,
        markets: list[str],
        areas: list[str],
        profile: object,
        key: object,
        ticked: bool,
        request: gr.Request,
    ) -> Iterator[Changes]:
        turns = kept(texts)
        if not turns:  # gone meanwhile, in another tab
            yield {self.question: gr.skip()}
            return
        *before, last = turns
        question = self._question(last.question, before, last.language, markets, areas, profile)
        yield from self._answer(question, before, language, _sender(request, key, ticked))

    def _answer(self, question: Question, before: list[Turn], language: str, sender: _Sender) -> Iterator[Changes]:
        """Answer one question; yields the page as it changes. When that fails, the question is in the box again.

        Whoever is refused keeps the question in the box, and the page as it is.
        """
        if not question.text.strip():
            yield {self.question: gr.skip()}
            return
        watched = Watched(door=sender.door)
        try:
            with self._admission.place(sender.session, sender.address) as place:
                yield from self._in_turn(place, watched, question, before, language, sender)
        except ComeBack as error:
            refused(error)
            yield {self.status: status(error.localised(language), language, "notice"), self.question: question.text}

    def _in_turn(
        self, place: Place, watched: Watched, question: Question, before: list[Turn], language: str, sender: _Sender
    ) -> Iterator[Changes]:
        session = sender.session
        self._awaited[session] = question
        turn = Turn(
            question.text,
            question.language if question.language in LANGUAGES else language,
            home=question.profile.home,
            day=date.today().isoformat(),
        )
        yield self._begun(before, turn) | self._keyed(sender.key, language)
        try:
            understood: Understood | None = None
            shown = 0.0
            asked = self._on_behalf(question, sender.request)
            for event in chain(self._admission.ahead(place), self._assistant.ask(asked)):
                if self._awaited.get(session) is not question:  # stopped, or another was asked
                    yield {self.current: gr.skip()}  # since Gradio makes the last changes once more at the end
                    return
                if isinstance(event, int):
                    waiting = say(turn.language, "waiting_turn", ahead=event)
                    yield {self.status: status(waiting, turn.language)}
                    continue
                watched.see(event)
                turn = _after(event, turn)
                if isinstance(event, Claim) and time.monotonic() < shown + _BREATH:
                    continue
                if isinstance(event, Understood):
                    understood = event
                elif isinstance(event, Answer) and understood:
                    answer_id = self._record(asked, understood, event, sender)
                    turn = replace(turn, id=answer_id, risk_class=_class_of(question.profile, event))
                yield self._shown(event, before, turn, language)
                shown = time.monotonic() if isinstance(event, Claim) else shown
        except Exception as error:  # noqa: BLE001 - a door: logged, and the person is told
            watched.failed(error)
            failed = {self.status: status(_failure_text(error, language), language, "notice")}
            yield self._settled([*before, turn], language) | self._edited(turn) | failed
        finally:
            if self._awaited.get(session) is question:
                del self._awaited[session]

    def _question(
        self, text: str, before: Sequence[Turn], language: str, markets: list[str], areas: list[str], profile: object
    ) -> Question:
        return Question(
            text,
            earlier(before),
            Filters(frozenset(markets), frozenset(areas)),
            language,
            company.kept(profile, self._vocabulary),
            may_ask_back(before),
            told(before),
        )

    def _on_behalf(self, question: Question, request: gr.Request) -> Question:
        """The question of whoever sends this request: who was a member a minute ago need not be one now."""
        return replace(question, filters=replace(question.filters, reader=self._access.reader(request.request)))

    def _record(self, question: Question, understood: Understood, answer: Answer, sender: _Sender) -> str:
        """Let the journal remember an answer, in its own time; returns the id that the answer has there."""
        agreed = consent(self._journal.keep, ticked=sender.ticked)
        return self._recorder.remember(
            question, understood, answer, session=sender.key, consent=agreed, door=sender.door
        )

    def _edit(self, texts: object) -> Changes:
        turns = kept(texts)
        return self._edited(turns[-1]) if turns else {self.question: gr.skip()}

    def _stop(self, texts: object, language: str, request: gr.Request) -> Changes:
        """Await nothing any more. What was shown has been verified, and stays."""
        self._awaited.pop(str(request.session_hash), None)
        stopped = status(say(language, "stopped"), language, "aside")
        return self._settled(kept(texts), language) | {self.status: stopped}

    def _begin_again(self, language: str, profile: object, request: gr.Request) -> Changes:
        """Let the conversation go. What the company has said of itself stays."""
        self._awaited.pop(str(request.session_hash), None)
        known = company.kept(profile, self._vocabulary)
        return self._settled([], language, known) | self._keyed(new_key(), language) | {self.status: ""}


def _after(event: Event, turn: Turn) -> Turn:
    """The turn after an event."""
    match event:
        case Understood():
            return replace(turn, language=event.reader_language)
        case Claim():
            return replace(turn, claims=(*turn.claims, event))
        case Answer():
            return replace(turn, answer=event)
    return turn


def _class_of(profile: Profile, answer: Answer) -> str:
    """The risk class that an answer is about; else the company's, unless it is about another product than its own."""
    _, product = subject_of(answer.frame)
    asked = next((code for slot in answer.frame if slot.what == "classes" for code in slot.terms), "")
    own = profile.risk_class if profile.product in ("", product) else ""
    return asked or own


def _sender(request: gr.Request, key: object, ticked: bool) -> _Sender:
    """The sender; a conversation that has no key yet, or none that is ours, gets one."""
    known = isinstance(key, str) and 0 < len(key) <= _LONGEST_KEY
    return _Sender(request, str(key) if known else new_key(), ticked)


def _failure_text(error: Exception, language: str) -> str:
    """What a person reads of a failure; the log has the rest."""
    if isinstance(error, UnclearQuestion):
        return say(language, "unclear", longest=LONGEST)
    if isinstance(error, KnownError):
        _log.warning("%s", error)
        return say(language, "unavailable")
    log_id = uuid4().hex[:8]
    _log.error("answering failed, log id %s", log_id, exc_info=error)
    return say(language, "unexpected", log_id=log_id)
