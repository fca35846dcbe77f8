"""The embedded model: multilingual-e5-small, run by onnxruntime. No network, no key."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from uuid import uuid4

from langchain_core.embeddings import Embeddings

from index.e5.tokenizer import Unigram
from index.e5.trained import read_trained
from index.e5.weights import Floats, Weights, floats, read_weights, weights_file
from index.embedding import EmbeddingModel, Reading

NAME = "multilingual-e5-small"
ENGINE = "onnx-int8-1"  # change it when the vectors come out differently
DIMENSION = 384
_OUTPUTS = "states"  # tells one form of the graph from an older one that a home may have kept

_QUESTION = "query: "  # stands before one
_KEPT = 256  # vectors of questions kept in memory: a question is read several times, in its conversation again later
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
    """

    def __init__(self, model: bytes) -> None:
        import onnxruntime  # 0.3 s to import

        self._tokens = Tokens(_weights())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            model,
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],  # the fused form is five times slower on a CPU
        )
        self._only_what_is_wanted = onnxruntime.RunOptions()
        self._only_what_is_wanted.only_execute_path_to_fetches = True
        self._kept = lru_cache(maxsize=_KEPT)(self._read_question)

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
        plain = self._tokens.plain(f"{_QUESTION}{text}")
        states = self._run(self._tokens.of(plain), "states")
        spans = [
            (max(start - len(_QUESTION), 0), max(end - len(_QUESTION), 0)) for start, end in self._tokens.spans(plain)
        ]
        return Reading(plain.removeprefix(_QUESTION), tuple(spans), states)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The vectors of passages."""
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            return [vector.tolist() for vector in pool.map(self._run, (self.tokens(f"passage: {t}") for t in texts))]

    def tokens(self, text: str) -> list[int]:
        """The token ids of a text, with those of begin and end, at most 512."""
        return self._tokens.of(text)

    def _run(self, ids: list[int], output: str = "mean") -> Floats:
        embedded = self._tokens.embedded(ids)[None]
        vector: Floats = self._session.run([output], {"embedded": embedded}, self._only_what_is_wanted)[0][0]
        return vector


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

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The vectors of passages."""
        return self._get().embed_documents(texts)

    def _get(self) -> E5:
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return self._made


def e5(folder: Path) -> EmbeddingModel:
    """The embedded model with its identity; its graph is built into the folder at the first use."""
    return EmbeddingModel(NAME, ENGINE, DIMENSION, Lazy(lambda: E5(_graph(folder))))


@cache
def _weights() -> Weights:
    """The weights of the package, read once a process: both the graph and the model need them."""
    return read_weights(weights_file())


def _graph(folder: Path) -> bytes:
    """The serialised graph: read from the folder where it is whole, else built, and kept there if that is possible."""
    trained = read_trained()
    path = folder / f"{NAME}-{ENGINE}-{_OUTPUTS}-{trained.mark}.onnx"
    seal = path.with_suffix(".sha256")
    with suppress(OSError):
        model = path.read_bytes()
        if hashlib.sha256(model).hexdigest() == seal.read_text("utf-8"):
            return model
    from index.e5.graph import graph  # onnx takes 0.4 s to import, and only building needs it

    model = graph(_weights(), trained)
    with suppress(OSError):  # a full or read-only disk costs time at the next start, nothing else
        folder.mkdir(parents=True, exist_ok=True)
        for target, data in ((path, model), (seal, hashlib.sha256(model).hexdigest().encode())):
            new = target.with_suffix(f".{uuid4().hex}")
            new.write_bytes(data)
            new.replace(target)
        for older in {*folder.glob(f"{NAME}-*.onnx"), *folder.glob(f"{NAME}-*.sha256")} - {path, seal}:
            older.unlink(missing_ok=True)
    return model
