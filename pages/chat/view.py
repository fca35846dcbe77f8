"""What stands on the chat page, and how it looks from moment to moment.

No component has a text of its own: `_texts` gives them all, in the language that is chosen.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode

import gradio as gr

from assistant.answers import Answer
from assistant.app import App
from assistant.assistant import Event, Found
from assistant.journal.records import Feedback
from assistant.language.quantities import fold
from assistant.language.writing import alone
from assistant.market.aspects import subject_of
from assistant.settings import KeepQuestions
from assistant.texts import say, texts
from assistant.understand.questions import LONGEST, OUTSIDE, Profile, Understood
from corpus.errors import KnownError
from corpus.vocabulary import LANGUAGES, Term
from pages.chat.answers import turn_html
from pages.shared import company
from pages.shared.captions import ended, examples, next_questions
from pages.shared.conversation import Turn, to_keep
from pages.shared.files import foot_of
from pages.shared.navigation import CHAT, NavItem
from pages.shared.shell import PRODUCT_PLACE, foot, header, shell_for_visitors

# Gradio encrypts what the browser keeps with a key that stands in the page: it hides nothing, and a random one would
# lose all conversations when the server starts anew.
_KEY = "market-entry"
_OFFERED = 8  # questions at most that can be asked with a click
TICKED, UNTICKED = "yes", "no"
UNSAID = Profile()

_KEPT: Mapping[KeepQuestions, tuple[str, str]] = {
    KeepQuestions.NEVER: ("kept_questions", "keep_not"),  # neither is shown
    KeepQuestions.DECLINED: ("kept_questions", "keep_not"),
    KeepQuestions.CONSENTED: ("kept_if_agreed", "keep_mine"),
}

_log = logging.getLogger(__name__)

Changes = dict[Any, Any]  # new values or properties, by component


class ChatView:
    """The components of the page, and their looks."""

    def __init__(self, app: App, parts: Sequence[NavItem], legal: Sequence[NavItem]) -> None:
        self._journal = app.journal
        self._first_questions = app.first_questions
        self._question_on = app.question_on
        self._kept = _KEPT[app.journal.keep]  # the notice, and what can be said to it
        self._vocabulary = app.vocabulary
        self._turn = partial(turn_html, address=app.settings.address, foot=foot_of(app.settings))
        self._shell = partial(
            shell_for_visitors, app.vocabulary, app.settings, here=CHAT.path, parts=parts, legal=legal, main="composer"
        )

    def _lay_out(self) -> None:
        names = [(say(code, "language_name"), code) for code in LANGUAGES]
        self.language = gr.Radio(names, elem_id="language", container=False)
        # As it is: the sanitiser would take its names and icons away, and `gr.HTML` evaluates what it shows.
        self.bar = gr.Markdown(elem_id="bar", latex_delimiters=[], sanitize_html=False)
        self.heading = gr.Markdown(elem_id="heading")
        with gr.Column(elem_id=PRODUCT_PLACE):
            self.product = gr.Radio([*self._vocabulary.products, ""], elem_id="product")
            self.own_markets = gr.CheckboxGroup(list(self._vocabulary.markets), elem_id="own-markets")
            # Gradio mounts what is folded when it is first opened, and a moment later fills it over what was typed: so
            # both folds come open, and are folded when the page is filled.
            with gr.Accordion(open=True, elem_id="company") as self.company:
                self.home = gr.Radio(company.homes(self._vocabulary, "en"), elem_id="home")
                self.risk_class = gr.Textbox(elem_id="risk-class", max_length=company.LONGEST_CLASS, max_lines=1)
                self.own_areas = gr.CheckboxGroup(list(self._vocabulary.areas), elem_id="own-areas")
                self.company_kept = gr.Markdown()
                self.forget = gr.Button(elem_id="forget")
        self.project = gr.Markdown(elem_id="project")
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
            self.replaces = gr.Checkbox(elem_id="replaces", visible=False)
            self.asked_of = gr.Textbox(elem_id="asked-of", max_length=LONGEST, container=False)  # this and the next
            self.ask_of = gr.Button(elem_id="ask-of")  # for the script, since an offer in a turn is none of Gradio's
            self.plan_of = gr.Button(elem_id="plan-of")
            with gr.Row(elem_id="asking"):
                self.question = gr.Textbox(
                    elem_id="question", max_lines=6, max_length=LONGEST, autofocus=True, container=False
                )
                self.ask = gr.Button(elem_id="ask", variant="primary")
                self.stop = gr.Button(elem_id="stop", variant="stop", visible=False)
            with gr.Row(elem_id="below"):
                self.notice = gr.Markdown(elem_id="notice")
                with gr.Accordion(open=True, elem_id="narrow") as self.narrow:
                    self.markets = gr.CheckboxGroup(list(self._vocabulary.markets), elem_id="markets")
                    self.areas = gr.CheckboxGroup(list(self._vocabulary.areas), elem_id="areas")
        with gr.Column(elem_id="keeping"):
            self.kept_here = gr.Markdown()
            with gr.Column(visible=self._journal.keep is not KeepQuestions.NEVER):
                self.kept_questions = gr.Markdown()
                self.keeping = gr.Checkbox()
                self.key_told = gr.Markdown(elem_id="key")
        self.foot = gr.Markdown(elem_id="foot", latex_delimiters=[], sanitize_html=False)
        self.turns = gr.BrowserState([], storage_key="conversation", secret=_KEY)
        self.profile = gr.BrowserState("", storage_key="company", secret=_KEY)
        self.chosen = gr.BrowserState("", storage_key="language", secret=_KEY)  # by the person, not by the browser
        # Gradio leaves an old value in the browser where a new one is empty or false.
        self.ticked = gr.BrowserState(UNTICKED, storage_key="keeping", secret=_KEY)
        self.key = gr.BrowserState("", storage_key="key", secret=_KEY)  # of this conversation; nobody else has it

    def _filled(self, profile: Profile, language: str) -> Changes:
        """The fields of a profile as it is kept."""
        values: Changes = {
            self.home: profile.home,
            self.product: profile.product,
            self.risk_class: profile.risk_class,
            self.own_markets: sorted(profile.markets),
            self.own_areas: sorted(profile.areas),
        }
        named = self._named(language)
        return self._known(profile, language) | {field: named[field] | {"value": values[field]} for field in values}

    def _named(self, language: str) -> Changes:
        """The fields of a profile in a language. What stands in them stays, also what was typed just now."""
        text = partial(say, language)
        products = [*_choices(self._vocabulary.products, language), (text("undecided"), "")]
        return {
            self.home: gr.update(choices=company.homes(self._vocabulary, language), label=text("company_home")),
            self.product: gr.update(choices=products, label=text("your_product")),
            self.risk_class: gr.update(label=text("plan_class")),
            self.own_markets: gr.update(
                choices=_places(self._vocabulary.markets, language), label=text("your_markets")
            ),
            self.own_areas: gr.update(choices=_choices(self._vocabulary.areas, language), label=text("company_areas")),
        }

    def _known(self, profile: Profile, language: str) -> Changes:
        """What is kept of a profile and follows from it."""
        shell = self._shell(language=language, profile=profile)
        return {
            self.profile: company.to_keep(profile),
            self.forget: gr.Button(say(language, "company_delete"), visible=profile != UNSAID),
            self.bar: _block(header(shell)),
            self.foot: _block(foot(shell)),
            self.project: self._project(profile, language),
        }

    def _project(self, profile: Profile, language: str) -> str:
        """What the company wants to do, beside the conversation; a source that is opened takes its place."""
        text = partial(say, language)
        homes = {code: name for name, code in company.homes(self._vocabulary, language)}
        markets = ", ".join(alone(self._vocabulary.markets[code].name(language)) for code in sorted(profile.markets))
        product = alone(self._vocabulary.products[profile.product].name(language)) if profile.product else ""
        rows = (("tag_products", product), ("project_from", homes[profile.home]), ("project_to", markets))
        told = "".join(f"<dt>{text(name)}</dt><dd>{escape(value or text('unsaid'))}</dd>" for name, value in rows)
        plans = [replace(profile, markets=frozenset({code})) for code in sorted(profile.markets)] or [profile]
        links = "".join(self._plan_link(one, language, named=len(plans) > 1) for one in plans)
        return (
            f'<section lang="{language}"><h2>{text("your_project")}</h2><dl>{told}</dl>{links}'
            f"<p>{text('source_here')}</p></section>"
        )

    def _plan_link(self, profile: Profile, language: str, *, named: bool) -> str:
        """The way to the plan for a market; it is `named` where there are plans for others."""
        query = urlencode({**company.along("/plan", profile), "language": language}, doseq=True)
        market = "".join(f": {alone(self._vocabulary.markets[code].name(language))}" for code in profile.markets)
        label = escape(say(language, "open_plan") + (market if named else ""))
        return f'<p><a href="plan?{escape(query)}" target="_blank" rel="noopener">{label}</a></p>'

    def _on_aspect(self, aspect: str, answer: Answer | None, language: str) -> str:
        """The library's own question on an aspect of what an answer is about, or else an open one."""
        market, product = subject_of(answer.frame) if answer else ("", "")
        open_question = say(language, "plan_gap", aspect=say(language, f"aspect_{aspect}"))
        try:
            return (self._question_on(aspect, product, market, language) if market else "") or open_question
        except KnownError as error:
            _log.warning("no question on what is chosen: %s", error)
            return open_question

    def _narrow(self, language: str, markets: list[str], areas: list[str]) -> Changes:
        """Say which walls stand, also when the boxes are folded away."""
        terms = [self._vocabulary.market(code) for code in markets] + [self._vocabulary.area(code) for code in areas]
        names = ", ".join(term.name(language) for term in terms)
        label = say(language, "narrow") + (f": {names}" if names else "")
        return {self.narrow: gr.Accordion(label=label)}

    def _shown(self, event: Event, before: Sequence[Turn], turn: Turn, language: str) -> Changes:
        """The page after an event."""
        match event:
            case Understood():
                return {self.status: progress(turn.language, "searching", "understood")}
            case Found():
                found = say(turn.language, "found", passages=event.passages)
                return {self.status: progress(turn.language, "checking", "understood", found)}
            case Answer():
                done = status(ended(event), event.language, "aside")
                return self._settled([*before, turn], language) | {self.status: done}
        return self._grown(before, turn)

    def _begun(self, before: Sequence[Turn], turn: Turn) -> Changes:
        """The page when a question has been asked: it can be stopped, and the box is free for the next."""
        return self._grown(before, turn) | {
            self.past: self._html(before),
            self.status: progress(turn.language, "searching"),
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

    def _settled(self, turns: Sequence[Turn], language: str, profile: Profile = UNSAID) -> Changes:
        """The page when nothing is on its way any more."""
        return self._conversation(turns, language, profile) | {
            self.ask: gr.Button(visible=True),
            self.stop: gr.Button(visible=False),
        }

    def _conversation(self, turns: Sequence[Turn], language: str, profile: Profile = UNSAID) -> Changes:
        """The conversation, and what can be done with it."""
        feedback = self._feedback(turns)
        return self._next(turns, language, profile) | {
            self.past: self._html(turns[:-1], feedback),
            self.current: self._last(turns, feedback),
            self.actions: gr.Row(visible=bool(turns)),
            self.turns: to_keep(turns),
        }

    def _next(self, turns: Sequence[Turn], language: str, profile: Profile = UNSAID) -> Changes:
        """The questions that can be asked with a click; where nothing is asked yet, those of a profile."""
        answer = turns[-1].answer if turns else None
        home = turns[-1].home if turns else profile.home
        if turns and not answer:  # stopped
            return {self.next: gr.Column(visible=False)}
        offer, questions = next_questions(answer, home) if answer else self._first(profile, language)
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

    def _first(self, profile: Profile, language: str) -> tuple[str, tuple[str, ...]]:
        """Questions to begin with: of the product and the markets that are chosen, where the library has some."""
        label, general = examples(language, profile.home)
        try:
            own = () if profile.home == OUTSIDE else self._first_questions(profile, language)
        except KnownError as error:
            _log.warning("no questions on what is chosen: %s", error)
            own = ()
        return label, own or general

    def _last(self, turns: Sequence[Turn], feedback: Mapping[str, Feedback]) -> str:
        """The newest turn; what it was taken for can be changed."""
        if not turns:
            return ""
        before = turns[-2].answer if len(turns) > 1 else None
        return self._turn(turns[-1], len(turns), last=True, before=before, feedback=feedback.get(turns[-1].id))

    def _html(self, turns: Sequence[Turn], feedback: Mapping[str, Feedback] | None = None) -> str:
        feedback = self._feedback(turns) if feedback is None else feedback
        numbered = enumerate(turns, start=1)
        return "".join(self._turn(turn, n, folded=True, feedback=feedback.get(turn.id)) for n, turn in numbered)

    def _feedback(self, turns: Sequence[Turn]) -> dict[str, Feedback]:
        """What was said of these answers; nothing where the journal cannot be read."""
        ids = [turn.id for turn in turns if turn.id]
        try:
            return {one.answer_id: one for one in self._journal.feedback(*ids)} if ids else {}
        except KnownError as error:
            _log.warning("what was said of the answers is not shown: %s", error)
            return {}

    def _folded(self, language: str) -> Changes:
        """What is not always needed, folded away."""
        return {
            self.company: gr.Accordion(label=say(language, "company_more"), open=False),
            self.narrow: gr.Accordion(label=say(language, "narrow"), open=False),
        }

    def _keyed(self, key: str, language: str) -> Changes:
        return {self.key: key, self.key_told: key_told(key, language)}

    def _keeping(self, language: str) -> str:
        return say(language, self._kept[1])

    def _edited(self, turn: Turn) -> Changes:
        """The question in the box again, to be asked anew in its own place."""
        return {self.question: turn.question, self.replaces: gr.Checkbox(value=True, visible=True)}

    def _texts(self, language: str) -> Changes:
        """All texts of the page. Its script takes title and language of the document from the heading."""
        text = partial(say, language)
        return {
            self.heading: f'<div lang="{language}"><h1>{text("first_title")}</h1><p>{text("first_lead")}</p>'
            f'<p class="document-title">{text("title")}</p>'  # this and what follows for the script
            f'<p class="unreachable">{text("unreachable")}</p>'
            f'<p class="placeholders"><span>{text("placeholder")}</span><span>{text("placeholder_next")}</span></p>'
            "</div>",
            self.notice: f'<p class="long">{text("notice")}</p><p class="short">{text("notice_short")}</p>',
            self.company: gr.Accordion(label=text("company_more")),
            self.company_kept: f"<p>{text('company_kept')}</p>",
            self.kept_here: f"<p>{text('kept_here')}</p>",
            self.kept_questions: f"<p>{text(self._kept[0], days=self._journal.days.questions)}</p>",
            self.keeping: gr.Checkbox(label=self._keeping(language)),
            self.language: gr.Radio(label=text("language"), value=language),
            self.question: gr.Textbox(label=text("placeholder"), placeholder=text("placeholder")),
            self.asked_of: gr.Textbox(label=text("placeholder")),
            self.ask_of: gr.Button(text("ask")),
            self.plan_of: gr.Button(text("to_plan")),
            self.ask: gr.Button(text("ask")),
            self.stop: gr.Button(text("stop")),
            self.retry: gr.Button(text("retry")),
            self.edit: gr.Button(text("edit")),
            self.new: gr.Button(text("new_conversation")),
            self.replaces: gr.Checkbox(label=text("replaces_last")),
            self.narrow: gr.Accordion(label=text("narrow")),
            self.markets: gr.CheckboxGroup(choices=_places(self._vocabulary.markets, language), label=text("markets")),
            self.areas: gr.CheckboxGroup(choices=_choices(self._vocabulary.areas, language), label=text("areas")),
        }


def _block(html: str) -> str:
    """HTML that Markdown leaves alone: one element, in one line."""
    return f"<div>{' '.join(html.splitlines())}</div>"


def status(text: str, language: str, look: str = "status") -> str:
    """What is announced; `aside` where it can be seen anyway, `notice` where something went wrong."""
    return f'<p class="{look}" lang="{language}">{escape(text)}</p>'


def progress(language: str, now: str, *done: str) -> str:
    """What is being done, and what has been: names of texts, or texts. What is now is announced."""
    names = texts(language)
    lines = [("done", step) for step in done] + [("now", now)]
    steps = "".join(f'<li class="{look}">{escape(names.get(step, step))}</li>' for look, step in lines)
    return f'<ul class="status progress" lang="{language}">{steps}</ul>'


def key_told(key: object, language: str) -> str:
    """How the person can name the conversation to us; nothing before there is something to name."""
    text = say(language, "conversation_key", key=f"<code>{escape(key)}</code>") if isinstance(key, str) and key else ""
    return f'<p lang="{language}">{text}</p>' if text else ""


def new_key() -> str:
    """A key for a conversation that nobody can guess."""
    return secrets.token_urlsafe(16)


def _choices(terms: Mapping[str, Term], language: str) -> list[tuple[str, str]]:
    return [(company.in_short(term, language), code) for code, term in terms.items()]


def _places(terms: Mapping[str, Term], language: str) -> list[tuple[str, str]]:
    """Markets in the order in which their names are looked for."""
    return sorted(_choices(terms, language), key=lambda one: fold(one[0]))
