"""The chat page."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import gradio as gr

from assistant.answers import Answer, Claim
from assistant.app import App
from assistant.assistant import Found
from assistant.questions import LONGEST, Question, Understood
from assistant.texts import say
from corpus.errors import KnownError
from index.search import Filters
from pages.answers import answer_html, notice_html, progress_html

_LANGUAGE = "en"  # of the page; answers come in the question's own
_KEPT_TURNS = 3  # earlier questions that a follow-up may lean on
_EXAMPLES = (
    "Do we need a local representative to sell a class II device in Japan?",
    "Combien de temps faut-il pour faire autoriser un médicament au Japon ?",
    "Was bietet BioM Firmen, die ins Ausland wollen?",
    "Which four clusters make up bioXclusters and which regions do they represent?",
)

CSS = """
.answer .label, .answer .status {font-size: .85em; opacity: .85; margin: .6em 0 .2em}
.answer .claim {margin: .2em 0 .5em}
.answer .quotation {border-left: 3px solid var(--color-accent); padding-left: .6em}
.answer .source {margin: .25em 0; padding: .3em .6em; border: 1px solid var(--border-color-primary); border-radius: 6px}
.answer .source summary {cursor: pointer; min-height: 24px}
.answer .date {font-size: .85em; opacity: .85}
.answer .overdue {font-weight: 600}
.answer .declined, .answer .notice {font-weight: 600}
footer {display: none !important}
"""

_log = logging.getLogger(__name__)

Messages = list[dict[str, Any]]  # Gradio's own form of a chat history


def chat(app: App) -> gr.Blocks:
    """The chat page of an installation."""

    def reply(
        text: str, history: Messages, earlier: list[str], markets: list[str], areas: list[str]
    ) -> Iterator[tuple[Messages, str, list[str]]]:
        """Answer one question; yields the history, what stands in the question box, and the earlier questions."""
        language = _LANGUAGE
        history = [*history, {"role": "user", "content": text}]
        filters = Filters(frozenset(markets), frozenset(areas))
        claims: list[Claim] = []
        yield _with(history, progress_html([], say(language, "searching"), language)), "", earlier
        try:
            for event in app.assistant.ask(Question(text, tuple(earlier), filters)):
                match event:
                    case Understood():
                        language = event.reader_language
                    case Found():
                        status = say(language, "found", passages=event.passages, documents=event.documents)
                        yield _with(history, progress_html(claims, status, language)), "", earlier
                    case Claim():
                        claims.append(event)
                        yield _with(history, progress_html(claims, "…", language)), "", earlier
                    case Answer():
                        yield _with(history, answer_html(event)), "", [*earlier, text][-_KEPT_TURNS:]
        except KnownError as error:
            yield _with(history, notice_html(str(error), language)), text, earlier
        except Exception:  # noqa: BLE001 - a door: logged with an id that the person is told
            log_id = uuid4().hex[:8]
            _log.exception("answering failed, log id %s", log_id)
            yield (
                _with(history, notice_html(say(language, "unexpected", log_id=log_id), language)),
                text,
                earlier,
            )

    words = app.vocabulary
    page: gr.Blocks
    with gr.Blocks(title=say(_LANGUAGE, "title"), analytics_enabled=False, fill_height=True) as page:
        gr.Markdown(f"# {say(_LANGUAGE, 'title')}\n{say(_LANGUAGE, 'about')}")
        gr.Markdown(f"**{say(_LANGUAGE, 'notice')}**", elem_id="notice")
        earlier = gr.State([])
        conversation = gr.Chatbot(
            label=say(_LANGUAGE, "title"),
            show_label=False,
            buttons=["copy"],
            latex_delimiters=[],
            feedback_options=None,
            height="60vh",
            elem_id="conversation",
        )
        question = gr.Textbox(
            placeholder=say(_LANGUAGE, "placeholder"),
            label=say(_LANGUAGE, "placeholder"),
            show_label=False,
            submit_btn=True,
            max_length=LONGEST,
            autofocus=True,
            elem_id="question",
        )
        with gr.Row():
            markets = gr.Dropdown(
                [(term.name(_LANGUAGE), code) for code, term in words.markets.items()],
                multiselect=True,
                label=say(_LANGUAGE, "markets"),
            )
            areas = gr.Dropdown(
                [(term.name(_LANGUAGE), code) for code, term in words.areas.items()],
                multiselect=True,
                label=say(_LANGUAGE, "areas"),
            )
        gr.Examples([[example] for example in _EXAMPLES], [question], label=say(_LANGUAGE, "examples"))
        question.submit(
            reply,
            [question, conversation, earlier, markets, areas],
            [conversation, question, earlier],
            concurrency_limit=4,
            api_visibility="private",
        )
    page.queue(max_size=50)
    return page


def _with(history: Messages, answer: str) -> Messages:
    return [*history, {"role": "assistant", "content": answer}]
