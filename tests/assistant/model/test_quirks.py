"""From a provider's quirk to what a person reads: the whole way of an answer, for each way of writing and each form."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from assistant.answers import Answer, ClaimKind
from assistant.app import App, open_app
from assistant.settings import Settings
from assistant.texts import say
from assistant.understand.questions import Question
from tests import provider_server as play
from tests.chat_server import QUESTION, TRUE
from tests.provider_server import Body, Played, Refusing, naming, playing, reasoning_model, refused, strict_about

SECONDS = 3.0
MOST = 4 * SECONDS + 15  # a busy machine reads and verifies for a while
PLAYED = Played()
PASSAGE = re.compile(r"^\[(P\d+)\] (.*?)(?=^\[P\d+\] |\Z)", re.MULTILINE | re.DOTALL)
WORD = re.compile(r"\w+")
THOUGHT = (
    "Okay, the user asks about Japan. The passages say something about a holder, and I should look at each of them"
    " with care before I answer the question in short sentences.\n"
)
STATED = f"{TRUE} [KEY]\n"


@pytest.fixture(scope="module")
def app(shipped: App) -> Iterator[App]:
    with playing(PLAYED) as url:
        opened = open_app(Settings(home=shipped.home, chat_model="m", chat_url=url, chat_seconds=SECONDS))
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def impatient(app: App) -> Iterator[App]:
    """The same, with little time, for what never ends."""
    opened = open_app(app.settings.model_copy(update={"chat_seconds": 0.5}))
    yield opened
    opened.close()


def answered(app: App, written: str, played: Played) -> Answer:
    """The answer where `[KEY]` and `{K}` are the key of a passage that bears the sentence, `{K2}` of another."""

    def text(body: Body) -> str:
        prompt = "\n".join(message["content"] for message in body["messages"])
        passages = PASSAGE.findall(prompt)
        bearing = [key for key, passage in passages if {"MAH", "DMAH", "Japan"} <= set(WORD.findall(passage))] or ["P1"]
        first, second = bearing[0], [*bearing, "P1"][1]
        return written.replace("[KEY]", f"[{first}]").replace("{K2}", second).replace("{K}", first)

    PLAYED.refuses, PLAYED.writes, PLAYED.headers, PLAYED.text = played.refuses, played.writes, played.headers, text
    assert app.chat is not None
    app.chat.circuit.succeeded()  # whatever went before: the provider is asked
    started = time.monotonic()
    given = app.assistant.answer(Question(QUESTION))
    assert time.monotonic() - started < MOST
    return given


def statements(answer: Answer) -> list[str]:
    return [claim.text for claim in answer.claims if claim.kind is ClaimKind.STATEMENT]


WRITING = {
    "as documented": play.in_events,
    "thoughts beside it": play.with_thoughts_beside,
    "CRLF and comments": play.in_crlf,
    "gzip": play.compressed,
    "in one piece": play.in_one_piece,
    "content in parts": play.in_parts,
    "a filter that looks at the prompt": play.filtered_before,
    "usage summed up": play.counting_on,
    "without a count": play.without_a_count,
    "a body left open": play.lingering,
    "cut off behind it": play.cut_off,
}


@pytest.mark.parametrize("way", WRITING)
def test_a_true_sentence_reaches_the_reader_however_it_is_sent(app: App, way: str) -> None:
    given = answered(app, STATED, Played(writes=WRITING[way]))
    assert statements(given) == [TRUE]
    assert not given.notice


REFUSING: dict[str, Refusing] = {
    "temperature": reasoning_model,
    "stream_options, by pydantic": strict_about("stream_options"),
    "stream_options, by a sentence": naming(
        "stream_options", 400, "Unrecognized request argument supplied: stream_options"
    ),
}


@pytest.mark.parametrize("what", REFUSING)
def test_a_true_sentence_reaches_the_reader_whatever_is_refused(app: App, what: str) -> None:
    assert statements(answered(app, STATED, Played(refuses=REFUSING[what]))) == [TRUE]


FAILING = {
    "busy for longer than anybody waits": Played(
        refuses=play.always(429, refused(429, "Rate limit reached")[1]), headers={"Retry-After": "25"}
    ),
    "thoughts alone": Played(writes=play.in_thoughts_alone),
    "a tool": Played(writes=play.calling_a_tool),
    "a filter in the middle": Played(writes=play.filtered_within),
}


ENDLESS = {
    "comments without end": Played(writes=play.alive_without_end),
    "empty events without end": Played(writes=play.empty_without_end),
}


@pytest.mark.parametrize("what", [*FAILING, *ENDLESS])
def test_a_provider_that_writes_nothing_leaves_quotations_that_say_so(app: App, impatient: App, what: str) -> None:
    given = answered(app, STATED, FAILING[what]) if what in FAILING else answered(impatient, STATED, ENDLESS[what])
    assert statements(given) == []
    assert given.claims
    assert given.notice == say("en", "model_unavailable")


def test_an_error_in_the_middle_leaves_what_was_verified_and_says_so(app: App) -> None:
    given = answered(app, STATED, Played(writes=play.failing_within))
    assert statements(given) == [TRUE]
    assert given.notice


FORMS = {
    "thoughts": f"<think>\n{THOUGHT}</think>\n\n{STATED}",
    "long thoughts": f"<think>\n{THOUGHT * 40}</think>\n\n{STATED}",
    "thoughts that nobody has opened": f"{THOUGHT * 3}</think>\n\n{STATED}",
    "thoughts on the line": f"<think>{THOUGHT}</think>{STATED}",
    "the word for no answer in thoughts": f"<think>\nI could write\nCANNOT_ANSWER\nbut no.\n</think>\n{STATED}",
    "keys in thoughts": f"<think>\nIt could be read as:\nA maker must work through an MAH. [KEY]\n</think>\n{STATED}",
    "cut off in the next sentence": f"{STATED}A foreign maker must not",
    "East Asian brackets": f"{TRUE} 【{{K}}】\n",
    "two brackets": f"{TRUE} [{{K}}][{{K2}}]\n",
    "a semicolon": f"{TRUE} [{{K}}; {{K2}}]\n",
    "the stop behind": f"{TRUE[:-1]} [{{K}}].\n",
    "round brackets": f"{TRUE} ({{K}})\n",
    "bold": f"**{TRUE}** [{{K}}]\n",
    "a list": f"- {TRUE} [{{K}}]\n",
    "a numbered list": f"1. {TRUE} [{{K}}]\n",
    "the next line": f"{TRUE}\n[{{K}}]\n",
    "a footnote": f"{TRUE} [^{{K}}]\n",
    "escaped brackets": f"{TRUE} \\[{{K}}\\]\n",
    "backticks": f"{TRUE} `[{{K}}]`\n",
    "a word before the key": f"{TRUE} [Passage {{K}}]\n",
    "a word between keys": f"{TRUE} [{{K}} and {{K2}}]\n",
    "blanks that do not break": TRUE.replace("foreign maker", "foreign\u00a0maker").replace(
        "licensed MAH", "licensed\u202fMAH"
    )
    + " [{K}]\n",
    "a fence": f"```\n{STATED}```\n",
    "words before it": f"Sure! Here is the answer:\n\n{STATED}",
    "a mark of the byte order": f"\ufeff{STATED}",
    "twice on a line": f"{TRUE} [{{K}}] {TRUE} [{{K2}}]\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_true_sentence_reaches_the_reader_in_whatever_form_it_is_written(app: App, form: str) -> None:
    assert statements(answered(app, FORMS[form], Played())) == [TRUE]


def test_a_lower_key_and_a_key_in_the_middle_of_a_line_hide_no_true_sentence(app: App) -> None:
    lower = answered(app, f"{TRUE} [KEY]\n".replace("[KEY]", "[p{K}]").replace("pP", "p"), Played())
    assert set(statements(lower)) <= {TRUE}
    within = answered(app, f"{TRUE} [{{K}}] It is a company in Japan.\n", Played())
    assert statements(within)[0].startswith(TRUE)


def test_a_sentence_that_says_the_contrary_reaches_nobody(app: App) -> None:
    assert statements(answered(app, "A foreign maker needs no local holder in Japan. [KEY]\n", Played())) == []
