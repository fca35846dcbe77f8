"""The chat page: what stands on it, and what happens when it is used.

The conversation lives in the browser. It travels to the server with each question and comes back one turn longer;
the server keeps nothing of it but what `assistant.journal` says.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from html import escape
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import gradio as gr

from assistant.answers import Answer, Claim
from assistant.app import App
from assistant.assistant import Event, Found
from assistant.gaps import gather
from assistant.journal import Feedback, lacking, new_id, record
from assistant.questions import LONGEST, OUTSIDE, Profile, Question, UnclearQuestion, Understood
from assistant.settings import KeepQuestions
from assistant.texts import ComeBack, say
from corpus.errors import KnownError
from corpus.vocabulary import LANGUAGES, Term
from index.search import Filters
from pages import company
from pages.access import access_of, address_of
from pages.admission import Admission, Place
from pages.answers import turn_html
from pages.conversation import Turn, earlier, kept, language_of, may_ask_back, to_keep, typed
from pages.feedback import consent
from pages.language import preferred
from pages.observation import Watched, refused
from pages.public.files import foot_of
from pages.public.frame import Part
from pages.wording import ended, examples, next_questions

CSS = Path(__file__).parent / "chat.css"
SCRIPT = Path(__file__).parent / "chat.js"
THEME = gr.themes.Base(
    primary_hue="teal",
    neutral_hue="slate",
    font=[gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)), "system-ui", "sans-serif"],  # Gradio brings it
).set(
    button_primary_background_fill="*primary_700",
    button_primary_background_fill_dark="*primary_700",
    button_primary_background_fill_hover="*primary_800",
    button_primary_background_fill_hover_dark="*primary_800",
)

# Gradio encrypts what the browser keeps with a key that stands in the page: it hides nothing, and a random one would
# lose all conversations when the server starts anew.
_KEY = "market-entry"
_QUOTED_AT_ONCE, _WRITTEN_AT_ONCE = 4, 16  # questions; a chat model's answer mostly waits for its provider
_SPARE = 20  # threads for whoever is refused at once, and for all that needs no place
_QUEUED = 1000  # by Gradio, before anybody is asked in; more than that the page's script tells of
_UNTOLD = 60.0  # seconds between what Gradio tells those in its queue; the page does not show it
_OFFERED = 8  # questions at most that can be asked with a click
_BREATH = 0.2  # seconds in which statements are shown together: each change of the page costs the server 10 ms
_LONGEST_KEY = 64  # characters
_TICKED, _UNTICKED = "yes", "no"

_UNSAID = Profile()
_log = logging.getLogger(__name__)

_KEPT: Mapping[KeepQuestions, tuple[str, str]] = {
    KeepQuestions.NEVER: ("kept_questions", "keep_not"),  # neither is shown
    KeepQuestions.DECLINED: ("kept_questions", "keep_not"),
    KeepQuestions.CONSENTED: ("kept_if_agreed", "keep_mine"),
}

Changes = dict[Any, Any]  # new values or properties, by component


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
    def address(self) -> str:
        """Where it comes from."""
        return address_of(self.request.request) if self.request.request else ""


def admission(app: App) -> Admission:
    """Who is let in to ask."""
    at_once = _WRITTEN_AT_ONCE if app.chat else _QUOTED_AT_ONCE
    return Admission(at_once, app.settings.waiting_at_most, app.settings.questions_a_minute)


def chat(app: App, admitted: Admission, parts: Sequence[Part] = (), foot: Sequence[Part] = ()) -> gr.Blocks:
    """The chat page of an installation, with links to other pages above and below."""
    return ChatPage(app, admitted, parts, foot).blocks


class ChatPage:
    """The components of the page, and what they do.

    No component has a text of its own: `_texts` gives them all, in the language that is chosen.
    """

    def __init__(self, app: App, admission: Admission, parts: Sequence[Part], foot: Sequence[Part]) -> None:
        self._assistant = app.assistant
        self._journal = app.journal
        self._model = app.cache.model
        self._kept = _KEPT[app.journal.keep]  # the notice, and what can be said to it
        self._access = access_of(app)
        self._admission = admission
        self._words = app.vocabulary
        self._turn = partial(turn_html, address=app.settings.address, foot=foot_of(app.settings))
        self._parts, self._foot = parts, foot
        self._recording = ThreadPoolExecutor(1, "journal")  # nobody waits for the journal
        self._awaited: dict[str, Question] = {}  # by session: what is being answered; anything else is out of date
        self.blocks: gr.Blocks
        with gr.Blocks(title=say("en", "title"), analytics_enabled=False) as self.blocks:
            self._lay_out()
            self._connect()
        self.blocks.max_threads = admission.at_once + app.settings.waiting_at_most + _SPARE  # who waits holds one
        # Gradio would tell everybody in its queue of everybody who leaves it: the square of a crowd.
        self.blocks.queue(status_update_rate=_UNTOLD, max_size=_QUEUED)

    def _lay_out(self) -> None:
        names = [(say(code, "language_name"), code) for code in LANGUAGES]
        with gr.Row(elem_id="top"):
            self.heading = gr.Markdown(elem_id="heading")
            self.language = gr.Radio(names, elem_id="language", container=False)
        self.links = gr.Markdown(elem_id="links")
        self.notice = gr.Markdown(elem_id="notice")
        self.past = gr.Markdown(elem_id="past", latex_delimiters=[])  # all turns but the last, sent once a question
        self.current = gr.Markdown(elem_id="current", latex_delimiters=[])  # the last turn, sent as it grows
        self.status = gr.Markdown(elem_id="status", latex_delimiters=[])
        with gr.Column(elem_id="next", visible=False) as self.next:
            self.offer = gr.Markdown(latex_delimiters=[])
            with gr.Row():
                self.offered = [gr.Button(visible=False) for _ in range(_OFFERED)]
                self.from_outside = gr.Button(elem_id="from-outside", visible=False)
        with gr.Row(elem_id="actions", visible=False) as self.actions:
            self.retry, self.edit, self.new = (gr.Button(elem_id=name) for name in ("retry", "edit", "new"))
        with gr.Column(elem_id="composer"):
            with gr.Row(elem_id="folds"):
                with gr.Accordion(open=False, elem_id="company") as self.company:
                    self.company_kept = gr.Markdown()
                    self.home = gr.Radio(company.homes(self._words, "en"), elem_id="home")
                    self.product = gr.Radio(list(self._words.products), elem_id="product")
                    self.risk_class = gr.Textbox(elem_id="risk-class", max_length=company.LONGEST_CLASS, max_lines=1)
                    self.own_markets = gr.CheckboxGroup(list(self._words.markets), elem_id="own-markets")
                    self.own_areas = gr.CheckboxGroup(list(self._words.areas), elem_id="own-areas")
                    self.forget = gr.Button(elem_id="forget")
                with gr.Accordion(open=False, elem_id="narrow") as self.narrow:
                    self.markets = gr.CheckboxGroup(list(self._words.markets), elem_id="markets")
                    self.areas = gr.CheckboxGroup(list(self._words.areas), elem_id="areas")
            self.replaces = gr.Checkbox(elem_id="replaces", visible=False)
            with gr.Row(elem_id="asking"):
                self.question = gr.Textbox(
                    elem_id="question", max_lines=6, max_length=LONGEST, autofocus=True, container=False
                )
                self.ask = gr.Button(elem_id="ask", variant="primary")
                self.stop = gr.Button(elem_id="stop", variant="stop", visible=False)
        self.kept_here = gr.Markdown(elem_id="kept-here")
        with gr.Column(elem_id="keeping", visible=self._journal.keep is not KeepQuestions.NEVER):
            self.kept_questions = gr.Markdown()
            self.keeping = gr.Checkbox()
            self.key_told = gr.Markdown(elem_id="key")
        self.turns = gr.BrowserState([], storage_key="conversation", secret=_KEY)
        self.profile = gr.BrowserState("", storage_key="company", secret=_KEY)
        self.chosen = gr.BrowserState("", storage_key="language", secret=_KEY)  # by the person, not by the browser
        # Gradio leaves an old value in the browser where a new one is empty or false.
        self.ticked = gr.BrowserState(_UNTICKED, storage_key="keeping", secret=_KEY)
        self.key = gr.BrowserState("", storage_key="key", secret=_KEY)  # of this conversation; nobody else has it

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
        fields = [self.home, self.product, self.risk_class, self.own_markets, self.own_areas]
        told = [self.home.input, self.product.input, self.own_markets.input, self.own_areas.input]
        told += [self.risk_class.input, self.risk_class.blur]  # which what was pasted waits for
        gr.on(told, self._describe, [*fields, self.turns, self.language], trigger_mode="always_last", **quietly)
        self.forget.click(self._forget, [self.turns, self.language], **quietly)
        self.from_outside.click(self._come_from_outside, [self.profile, self.language], **quietly)
        self.blocks.load(self._open, [self.turns, self.profile, self.key, self.chosen, self.ticked], **quietly)
        self.keeping.input(self._keep, [self.keeping, self.key, self.language], **quietly)
        self.language.input(self._switch, [*around, self.profile, self.key], **quietly)
        gr.on([self.markets.input, self.areas.input], self._narrow, around[1:], **quietly)
        self.edit.click(self._edit, [self.turns], **quietly)
        self.stop.click(self._stop, [self.turns, self.language], **quietly)
        self.new.click(self._begin_anew, [self.language, self.profile], **quietly)

    def _open(
        self, texts: object, profile: object, key: object, chosen: object, ticked: object, request: gr.Request
    ) -> Changes:
        """Speak the language of the person or the browser, and show what was said before."""
        known = company.kept(profile, self._words)
        language = str(chosen) if chosen in LANGUAGES else preferred(request.headers.get("accept-language", ""))
        keeping = gr.Checkbox(label=self._keeping(language), value=ticked == _TICKED)
        said = self._said(kept(texts), language, known.home)
        told = {self.keeping: keeping, self.key_told: _key_told(key, language)}
        return self._texts(language) | self._filled(known, language) | said | told

    def _keep(self, ticked: bool, key: object, language: str) -> Changes:
        """Remember what the person says about their questions being kept; whoever objects is forgotten at once."""
        changes: Changes = {self.ticked: _TICKED if ticked else _UNTICKED}
        if not (isinstance(key, str) and key and consent(self._journal.keep, ticked=ticked) is False):
            return changes
        try:
            self._recording.submit(self._journal.erase, key).result()  # after what is still to be written
        except KnownError as error:
            return changes | {self.status: _status(_told(error, language), language, "notice")}
        status = _status(say(language, "kept_deleted"), language)
        return changes | self._keyed(_new_key(), language) | {self.status: status}

    def _switch(
        self, texts: object, language: str, markets: list[str], areas: list[str], profile: object, key: object
    ) -> Changes:
        """Speak another language. What is being answered goes on."""
        known = company.kept(profile, self._words)
        changes = self._texts(language) | self._narrow(language, markets, areas) | self._filled(known, language)
        return (
            changes
            | self._next(kept(texts), language, known.home)
            | {
                self.chosen: language,
                self.key_told: _key_told(key, language),
            }
        )

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
        profile = company.said(self._words, home, product, risk_class, markets, areas)
        return self._known(profile, language) | self._offered_anew(texts, language, profile)

    def _forget(self, texts: object, language: str) -> Changes:
        changes = self._filled(_UNSAID, language) | self._offered_anew(texts, language, _UNSAID)
        return changes | {self.status: _status(say(language, "company_deleted"), language)}

    def _come_from_outside(self, profile: object, language: str) -> Changes:
        """What can be asked first about the way into Europe, and the profile with it."""
        known = company.kept(profile, self._words)
        outside = replace(known, home=OUTSIDE, markets=known.markets or frozenset({"europe"}))
        noted = {self.status: _status(say(language, "from_outside_noted"), language)}
        return self._filled(outside, language) | self._next([], language, OUTSIDE) | noted

    def _offered_anew(self, texts: object, language: str, profile: Profile) -> Changes:
        """The questions that begin a conversation, where there is none yet."""
        return {} if kept(texts) else self._next([], language, profile.home)

    def _filled(self, profile: Profile, language: str) -> Changes:
        """The fields of a profile as it is kept."""
        return self._known(profile, language) | {
            self.home: gr.Radio(
                choices=company.homes(self._words, language), label=say(language, "company_home"), value=profile.home
            ),
            self.product: gr.Radio(
                choices=[(say(language, "unsaid"), ""), *_choices(self._words.products, language)],
                label=say(language, "product_kind"),
                value=profile.product,
            ),
            self.risk_class: gr.Textbox(label=say(language, "plan_class"), value=profile.risk_class),
            self.own_markets: gr.CheckboxGroup(
                choices=_choices(self._words.markets, language),
                label=say(language, "company_markets"),
                value=sorted(profile.markets),
            ),
            self.own_areas: gr.CheckboxGroup(
                choices=_choices(self._words.areas, language),
                label=say(language, "company_areas"),
                value=sorted(profile.areas),
            ),
        }

    def _known(self, profile: Profile, language: str) -> Changes:
        """What is kept of a profile and follows from it."""
        told = company.described(profile, self._words, language)
        return {
            self.profile: company.to_keep(profile),
            self.company: gr.Accordion(label=say(language, "company") + (f": {told}" if told else "")),
            self.forget: gr.Button(say(language, "company_delete"), visible=profile != _UNSAID),
            self.links: _linked(self._parts, language, profile),
        }

    def _narrow(self, language: str, markets: list[str], areas: list[str]) -> Changes:
        """Say which walls stand, also when the boxes are folded away."""
        terms = [self._words.market(code) for code in markets] + [self._words.area(code) for code in areas]
        names = ", ".join(term.name(language) for term in terms)
        label = say(language, "narrow") + (f": {names}" if names else "")
        return {self.narrow: gr.Accordion(label=label)}

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
        question = self._question(typed(text), before, spoken, markets, areas, profile)
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
        *before, last = kept(texts)
        question = self._question(last.question, before, last.language, markets, areas, profile)
        yield from self._answer(question, before, language, _sender(request, key, ticked))

    def _answer(self, question: Question, before: list[Turn], language: str, sender: _Sender) -> Iterator[Changes]:
        """Answer one question; yields the page as it changes. When that fails, the question is in the box again.

        Whoever is refused keeps the question in the box, and the page as it is.
        """
        if not question.text.strip():
            yield {self.question: gr.skip()}
            return
        watched = Watched()
        try:
            with self._admission.place(sender.session, sender.address) as place:
                yield from self._in_turn(place, watched, question, before, language, sender)
        except ComeBack as error:
            refused(error)
            yield {self.status: _status(error.told(language), language, "notice"), self.question: question.text}

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
                    yield {self.status: _status(waiting, turn.language)}
                    continue
                watched.see(event)
                turn = _after(event, turn)
                if isinstance(event, Claim) and time.monotonic() < shown + _BREATH:
                    continue
                if isinstance(event, Understood):
                    understood = event
                elif isinstance(event, Answer) and understood:
                    turn = replace(turn, id=self._record(asked, understood, event, sender))
                yield self._shown(event, before, turn, language)
                shown = time.monotonic() if isinstance(event, Claim) else shown
        except Exception as error:  # noqa: BLE001 - a door: logged, and the person is told
            watched.failed(error)
            failed = {self.status: _status(_told(error, language), language, "notice")}
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
            company.kept(profile, self._words),
            may_ask_back(before),
        )

    def _on_behalf(self, question: Question, request: gr.Request) -> Question:
        """The question of whoever sends this request: who was a member a minute ago need not be one now."""
        return replace(question, filters=replace(question.filters, reader=self._access.reader(request.request)))

    def _record(self, question: Question, understood: Understood, answer: Answer, sender: _Sender) -> str:
        """Let the journal remember an answer, in its own time; returns the id that the answer has there."""
        answer_id, said = new_id(), consent(self._journal.keep, ticked=sender.ticked)
        session = None if said is False else sender.key

        def remember() -> None:
            done = record(
                self._journal, question, understood, answer, session=session, consent=said, answer_id=answer_id
            )
            if done and lacking(answer.outcome):
                self._gather()

        self._recording.submit(remember).add_done_callback(_tell)
        return answer_id

    def _gather(self) -> None:
        """Let what was not answered find its gap now, so that staff need not wait for it."""
        try:
            gather(self._journal, self._model)
        except KnownError as error:
            _log.warning("a question has not found its gap yet: %s", error)

    def _edit(self, texts: object) -> Changes:
        return self._edited(kept(texts)[-1])

    def _stop(self, texts: object, language: str, request: gr.Request) -> Changes:
        """Await nothing any more. What was shown has been verified, and stays."""
        self._awaited.pop(str(request.session_hash), None)
        stopped = _status(say(language, "stopped"), language, "aside")
        return self._settled(kept(texts), language) | {self.status: stopped}

    def _begin_anew(self, language: str, profile: object, request: gr.Request) -> Changes:
        """Let the conversation go. What the company has said of itself stays."""
        self._awaited.pop(str(request.session_hash), None)
        home = company.kept(profile, self._words).home
        return self._settled([], language, home) | self._keyed(_new_key(), language) | {self.status: ""}

    def _shown(self, event: Event, before: Sequence[Turn], turn: Turn, language: str) -> Changes:
        """The page after an event."""
        match event:
            case Found():
                found = say(turn.language, "found", passages=event.passages, documents=event.documents)
                return {self.status: _status(found, turn.language)}
            case Answer():
                done = _status(ended(event), event.language, "aside")
                return self._settled([*before, turn], language) | {self.status: done}
        return self._grown(before, turn)

    def _begun(self, before: Sequence[Turn], turn: Turn) -> Changes:
        """The page when a question has been asked: it can be stopped, and the box is free for the next."""
        return self._grown(before, turn) | {
            self.past: self._html(before),
            self.status: _status(say(turn.language, "searching"), turn.language),
            self.next: gr.Column(visible=False),
            self.actions: gr.Row(visible=False),
            self.question: "",
            self.replaces: gr.Checkbox(value=False, visible=False),
            self.ask: gr.Button(visible=False),
            self.stop: gr.Button(visible=True),
        }

    def _grown(self, before: Sequence[Turn], turn: Turn) -> Changes:
        """The page with what is verified so far, which the browser keeps at once."""
        return {
            self.current: self._turn(turn, len(before) + 1, running=True),
            self.turns: to_keep([*before, turn]),
        }

    def _settled(self, turns: Sequence[Turn], language: str, home: str = "") -> Changes:
        """The page when nothing is on its way any more."""
        return self._said(turns, language, home) | {
            self.ask: gr.Button(visible=True),
            self.stop: gr.Button(visible=False),
        }

    def _said(self, turns: Sequence[Turn], language: str, home: str = "") -> Changes:
        """The conversation, and what can be done with it."""
        said = self._feedback(turns)
        return self._next(turns, language, home) | {
            self.past: self._html(turns[:-1], said),
            self.current: self._turn(turns[-1], len(turns), feedback=said.get(turns[-1].id)) if turns else "",
            self.actions: gr.Row(visible=bool(turns)),
            self.turns: to_keep(turns),
        }

    def _next(self, turns: Sequence[Turn], language: str, home: str = "") -> Changes:
        """The questions that can be asked with a click; `home` is where the company is, where nothing is asked yet."""
        answer = turns[-1].answer if turns else None
        home = turns[-1].home if turns else home
        if turns and not answer:  # stopped
            return {self.next: gr.Column(visible=False)}
        offer, questions = next_questions(answer, home) if answer else examples(language, home)
        level = "h3" if turns else "h2"  # below a question, or the title
        buttons = {
            button: gr.Button(question or "", visible=question is not None)
            for button, question in zip_longest(self.offered, questions[:_OFFERED])
        }
        return buttons | {
            self.from_outside: gr.Button(say(language, "from_outside"), visible=not turns and not home),
            self.next: gr.Column(visible=bool(questions)),
            self.offer: f'<{level} lang="{answer.language if answer else language}">{escape(offer)}</{level}>',
        }

    def _html(self, turns: Sequence[Turn], said: Mapping[str, Feedback] | None = None) -> str:
        said = self._feedback(turns) if said is None else said
        numbered = enumerate(turns, start=1)
        return "".join(self._turn(turn, number, feedback=said.get(turn.id)) for number, turn in numbered)

    def _feedback(self, turns: Sequence[Turn]) -> dict[str, Feedback]:
        """What was said of these answers; nothing where the journal cannot be read."""
        ids = [turn.id for turn in turns if turn.id]
        try:
            return {one.answer_id: one for one in self._journal.feedback(*ids)} if ids else {}
        except KnownError as error:
            _log.warning("what was said of the answers is not shown: %s", error)
            return {}

    def _keyed(self, key: str, language: str) -> Changes:
        return {self.key: key, self.key_told: _key_told(key, language)}

    def _keeping(self, language: str) -> str:
        return say(language, self._kept[1])

    def _edited(self, turn: Turn) -> Changes:
        """The question in the box again, to be asked anew in its own place."""
        return {self.question: turn.question, self.replaces: gr.Checkbox(value=True, visible=True)}

    def _texts(self, language: str) -> Changes:
        """All texts of the page. Its script takes title and language of the document from the heading."""
        text = partial(say, language)
        return {
            self.heading: f'<div lang="{language}"><h1>{text("title")}</h1><p>{text("about")}</p>'
            f'<p class="unreachable">{text("unreachable")}</p></div>',  # for the script, when Gradio fails
            self.notice: f"<p>{text('notice')}</p>",
            self.company_kept: f"<p>{text('company_kept')}</p>",
            self.kept_here: f"<p>{text('kept_here')}</p>{_linked(self._foot, language)}",
            self.kept_questions: f"<p>{text(self._kept[0], days=self._journal.days.questions)}</p>",
            self.keeping: gr.Checkbox(label=self._keeping(language)),
            self.language: gr.Radio(label=text("language"), value=language),
            self.question: gr.Textbox(label=text("placeholder"), placeholder=text("placeholder")),
            self.ask: gr.Button(text("ask")),
            self.stop: gr.Button(text("stop")),
            self.retry: gr.Button(text("retry")),
            self.edit: gr.Button(text("edit")),
            self.new: gr.Button(text("new_conversation")),
            self.replaces: gr.Checkbox(label=text("replaces_last")),
            self.narrow: gr.Accordion(label=text("narrow")),
            self.markets: gr.CheckboxGroup(choices=_choices(self._words.markets, language), label=text("markets")),
            self.areas: gr.CheckboxGroup(choices=_choices(self._words.areas, language), label=text("areas")),
        }


def _linked(parts: Sequence[Part], language: str, profile: Profile = _UNSAID) -> str:
    """Links to other pages, in one line, with what their forms take of a profile."""
    links = (
        f'<a href="{part.path}?{escape(urlencode(company.carried(part.path, profile) | {"language": language}))}">'
        f"{say(language, part.text)}</a>"
        for part in parts
    )
    return f"<p>{' '.join(links)}</p>" if parts else ""


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


def _status(text: str, language: str, look: str = "status") -> str:
    """What is announced; `aside` where it can be seen anyway, `notice` where something went wrong."""
    return f'<p class="{look}" lang="{language}">{escape(text)}</p>'


def _sender(request: gr.Request, key: object, ticked: bool) -> _Sender:
    """The sender; a conversation that has no key yet, or none that is ours, gets one."""
    known = isinstance(key, str) and 0 < len(key) <= _LONGEST_KEY
    return _Sender(request, str(key) if known else _new_key(), ticked)


def _key_told(key: object, language: str) -> str:
    """How the person can name the conversation to us; nothing before there is something to name."""
    text = say(language, "conversation_key", key=f"<code>{escape(key)}</code>") if isinstance(key, str) and key else ""
    return f'<p lang="{language}">{text}</p>' if text else ""


def _new_key() -> str:
    return secrets.token_urlsafe(16)


def _choices(terms: Mapping[str, Term], language: str) -> list[tuple[str, str]]:
    return [(term.name(language), code) for code, term in terms.items()]


def _tell(recording: Future[None]) -> None:
    """Write to the log what nobody foresaw while an answer was remembered; nobody waits for it."""
    error = recording.exception()
    if error:
        _log.error("an answer is not in the journal", exc_info=error)


def _told(error: Exception, language: str) -> str:
    """What a person is told of a failure; the log has the rest."""
    if isinstance(error, UnclearQuestion):
        return say(language, "unclear", longest=LONGEST)
    if isinstance(error, KnownError):
        _log.warning("%s", error)
        return say(language, "unavailable")
    log_id = uuid4().hex[:8]
    _log.error("answering failed, log id %s", log_id, exc_info=error)
    return say(language, "unexpected", log_id=log_id)
