"""The embedded model: multilingual-e5-small, run by onnxruntime. No network, no key."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
from langchain_core.embeddings import Embeddings

from index.e5.judging import (
    ANSWERED,
    ENTAILED,
    LONGEST_ANSWERING,
    LONGEST_QUESTION,
    mark_of,
    read_judging,
)
from index.e5.tokenizer import Unigram
from index.e5.trained import read_trained
from index.e5.weights import Floats, Weights, floats, read_weights, weights_file
from index.embedding import EmbeddingModel, Reading

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

NAME = "multilingual-e5-small"
ENGINE = "onnx-int8-1"  # change it when the vectors come out differently
DIMENSION = 384
_FORM = "over"  # tells one form of the graphs from an older one that a home may have kept

_QUESTION = "query: "  # stands before one
_KEPT = 256  # vectors of questions kept in memory: a question is read several times, in its conversation again later
_KEPT_SOURCES = 16  # read sources kept in memory, of some 2 MB each: the statements of an answer rest on a few
_KEPT_ANSWERING = 48  # of what may answer a question, 1.5 MB each: a question is read several times
_SPACES = re.compile(r" {2,}")


class Tokens:
    """What a text is to the model: the ids of its tokens, where they stand in it, and their embeddings."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._tokeniser = Unigram(weights.pieces, weights.scores, weights.unknown)
        self._word_embeddings = weights.blocks("emb.word", weights.words, weights.hidden)
        places = weights.vector("emb.pos", weights.longest * weights.hidden).reshape(-1, weights.hidden)
        self._places = places + weights.vector("emb.type", weights.hidden)

    def plain(self, text: str) -> str:
        """A text as it is read: characters replaced as the tokeniser does, single spaces."""
        return _SPACES.sub(" ", text.translate(self._weights.characters))

    def of(self, text: str) -> list[int]:
        """The token ids of a text, with those of begin and end, at most 512."""
        ids = self._tokeniser.encode(self.plain(text))[: self._weights.longest - 2]
        return [self._weights.begin, *ids, self._weights.end]

    def spans(self, plain: str) -> list[tuple[int, int]]:
        """Where the tokens of a plain text stand, from and up to which character; nowhere for begin and end."""
        spans, start = [], 0
        for word in plain.split(" "):
            for length in self._tokeniser.lengths(word):
                spans.append((start, start + length))
                start += length
            start += 1
        return [(0, 0), *spans[: self._weights.longest - 2], (0, 0)]

    def embedded(self, ids: list[int]) -> Floats:
        """The sums of word, position and type of tokens, shape (len(ids), hidden)."""
        total: Floats = floats(self._word_embeddings[ids]) + self._places[: len(ids)]
        return total


class E5(Embeddings):
    """Embeds on this machine: about 15 ms a question and .1 s a passage of 200 words on one core.

    One text a run, in a pool of threads over one session of one thread each: measured faster than batches. Texts are
    cut at 512 tokens, some 350 English words.

    Args:
        model: a serialised graph, see `index.e5.graph`.
        entailing: makes the serialised layers by which statements are read, when the first one is.
        answering: likewise those by which questions are.
    """

    def __init__(self, model: bytes, entailing: Callable[[], bytes], answering: Callable[[], bytes]) -> None:
        from onnxruntime import RunOptions  # 0.3 s to import

        self._tokens = _tokens()
        self._session = _session(model)
        self._entailing, self._answering = _Judge(entailing), _Judge(answering)
        self._only_what_is_wanted = RunOptions()
        self._only_what_is_wanted.only_execute_path_to_fetches = True
        self._kept = lru_cache(maxsize=_KEPT)(self._read_question)
        self._kept_reading = lru_cache(maxsize=_KEPT)(self._read_tokens)
        self._kept_sources = lru_cache(maxsize=_KEPT_SOURCES)(self._read_source)
        self._kept_answering = lru_cache(maxsize=_KEPT_ANSWERING)(self._read_answering)

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return list(self._kept(text, "mean"))

    def embed_asked(self, text: str) -> list[float]:
        """The vector of a question as it is held against what is asked and answered, see `index.e5.trained`."""
        return list(self._kept(text, "asked"))

    def _read_question(self, text: str, output: str) -> list[float]:
        vector: list[float] = self._run(self.tokens(f"{_QUESTION}{text}"), output).tolist()
        return vector

    def read(self, text: str) -> Reading:
        """A question token by token."""
        return self._kept_reading(text)

    def _read_tokens(self, text: str) -> Reading:
        plain = self._tokens.plain(f"{_QUESTION}{text}")
        states = self._run(self._tokens.of(plain), "states")
        spans = [
            (max(start - len(_QUESTION), 0), max(end - len(_QUESTION), 0)) for start, end in self._tokens.spans(plain)
        ]
        return Reading(plain.removeprefix(_QUESTION), tuple(spans), states)

    def entailed(self, statement: str, sources: Sequence[str]) -> float:
        """How likely sources together say what a statement says: about .06 s a source, and .02 s."""
        read = np.concatenate([self._kept_sources(source) for source in sources], axis=1)
        own = self._run(self.tokens(f"{_QUESTION}{statement}"), "levels")[:1]
        return float(1 / (1 + np.exp(-self._entailing.odds(own, read))))

    def answered(self, question: str, texts: Sequence[str]) -> list[float]:
        """The log-odds that each text answers a question: about .03 s a text that was not read lately, and .01 s."""
        own = self._run(self.tokens(f"{_QUESTION}{question}")[:LONGEST_QUESTION], "levels")[:1]
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            return list(pool.map(lambda text: self._answering.odds(own, self._kept_answering(text)), texts))

    def _read_source(self, text: str) -> Floats:
        return self._run(self.tokens(f"passage: {text}"), "levels")

    def _read_answering(self, text: str) -> Floats:
        return self._run(self.tokens(f"passage: {text}")[:LONGEST_ANSWERING], "levels")

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The vectors of passages."""
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            return [vector.tolist() for vector in pool.map(self._run, (self.tokens(f"passage: {t}") for t in texts))]

    def tokens(self, text: str) -> list[int]:
        """The token ids of a text, with those of begin and end, at most 512."""
        return self._tokens.of(text)

    def _run(self, ids: list[int], output: str = "mean") -> Floats:
        embedded = self._tokens.embedded(ids)[None]
        made: Floats = self._session.run([output], {"embedded": embedded}, self._only_what_is_wanted)[0]
        return made if output == "levels" else made[0]


class _Judge:
    """The layers that read one text over others, in a session that is made when it is first used."""

    def __init__(self, make: Callable[[], bytes]) -> None:
        self._make = make
        self._lock = threading.Lock()

    def odds(self, text: Floats, others: Floats) -> float:
        """The log-odds of what the layers were trained to see."""
        with self._lock:
            session = self._session
        return float(session.run(["odds"], {"text": text, "others": others})[0][0, 0])

    @cached_property
    def _session(self) -> InferenceSession:
        return _session(self._make())


class Lazy(Embeddings):
    """An embedding that is made when it is first used: commands that embed nothing should not wait for it."""

    def __init__(self, make: Callable[[], E5]) -> None:
        self._make = make
        self._made: E5 | None = None
        self._lock = threading.Lock()

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        return self._get().embed_query(text)

    def embed_asked(self, text: str) -> list[float]:
        """The vector of a question as it is held against what is asked and answered."""
        return self._get().embed_asked(text)

    def read(self, text: str) -> Reading:
        """A question token by token."""
        return self._get().read(text)

    def entailed(self, statement: str, sources: Sequence[str]) -> float:
        """How likely sources together say what a statement says."""
        return self._get().entailed(statement, sources)

    def answered(self, question: str, texts: Sequence[str]) -> list[float]:
        """The log-odds that each text answers a question."""
        return self._get().answered(question, texts)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The vectors of passages."""
        return self._get().embed_documents(texts)

    def _get(self) -> E5:
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return self._made


def e5(folder: Path) -> EmbeddingModel:
    """The embedded model with its identity; its graphs are built into the folder at the first use."""
    return EmbeddingModel(NAME, ENGINE, DIMENSION, Lazy(lambda: _engine(folder)))


def _engine(folder: Path) -> E5:
    graphs = _Graphs(folder)
    return E5(graphs.reading(), graphs.entailing, graphs.answering)


def _session(model: bytes) -> InferenceSession:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return InferenceSession(
        model,
        options,
        providers=["CPUExecutionProvider"],
        disabled_optimizers=["SkipLayerNormFusion"],  # the fused form is five times slower on a CPU
    )


@cache
def _weights() -> Weights:
    """The weights of the package, read once a process: both the graphs and the model need them."""
    return read_weights(weights_file())


@cache
def _tokens() -> Tokens:
    """Those of the package's weights, once a process."""
    return Tokens(_weights())


class _Graphs:
    """The serialised graphs: read from a folder where they are whole, else built, and kept there where possible."""

    def __init__(self, folder: Path) -> None:
        self._trained = read_trained()
        form = folder / f"{NAME}-{ENGINE}-{_FORM}"
        self._reading = form.with_name(f"{form.name}-{self._trained.mark}.onnx")
        self._judging = {
            file: form.with_name(f"{form.name}-{file.stem}-{mark_of(file)}.onnx") for file in (ENTAILED, ANSWERED)
        }

    def reading(self) -> bytes:
        """What reads texts."""
        if (model := _kept(self._reading)) is not None:
            return model
        from index.e5.graph import graph  # onnx takes 0.4 s to import, and only building needs it

        return self._keep(self._reading, graph(_weights(), self._trained))

    def entailing(self) -> bytes:
        """What reads a statement over its sources."""
        return self._judged(ENTAILED)

    def answering(self) -> bytes:
        """What reads a question over what may answer it."""
        return self._judged(ANSWERED)

    def _judged(self, file: Path) -> bytes:
        if (model := _kept(self._judging[file])) is not None:
            return model
        from index.e5.graph import judging_graph

        return self._keep(self._judging[file], judging_graph(_weights(), read_judging(file)))

    def _keep(self, path: Path, model: bytes) -> bytes:
        """Keep a graph, and none of an older form. A full or read-only disk costs time later, nothing else."""
        folder, current = path.parent, {self._reading, *self._judging.values()}
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            for target, data in ((path, model), (_seal(path), hashlib.sha256(model).hexdigest().encode())):
                new = target.with_suffix(f".{uuid4().hex}")
                new.write_bytes(data)
                new.replace(target)
            kept = {*current, *map(_seal, current)}
            for older in {*folder.glob(f"{NAME}-*.onnx"), *folder.glob(f"{NAME}-*.sha256")} - kept:
                older.unlink(missing_ok=True)
        return model


def _kept(path: Path) -> bytes | None:
    """A graph that was kept; None where it is missing or not whole."""
    with suppress(OSError):
        model = path.read_bytes()
        if hashlib.sha256(model).hexdigest() == _seal(path).read_text("utf-8"):
            return model
    return None


def _seal(path: Path) -> Path:
    return path.with_suffix(".sha256")
