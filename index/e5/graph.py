"""The network of multilingual-e5-small as an ONNX graph, with 8-bit matrices or, to compare with, full precision.

Word embeddings stay outside: the input is their sum with position and type, shape (1, tokens, hidden). `mean` is the
mean of the last layer, shape (1, hidden); `asked` is that of the layers that were trained on questions, which branch
off the others; `states` are the tokens after layer `READ`, shape (1, tokens, hidden).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from index.e5.trained import Trained
from index.e5.weights import Floats, Weights

# Products of 8-bit activations and 8-bit weights overflow the 16-bit sums of processors without VNNI; 7 bits do not.
_LARGEST = 63
_CONTRIB = "com.microsoft"
READ = 8  # after it a token's state tells best which part it plays; measured at 6, 8, 10 and 12


class _Graph:
    """Collects nodes and constants; each method returns the name of what it made."""

    def __init__(self, weights: Weights, *, quantised: bool) -> None:
        self.weights = weights
        self.quantised = quantised
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def constant(self, name: str, values: Any) -> str:  # noqa: ANN401 - arrays of several types
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: Any) -> str:  # noqa: ANN401
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def linear(self, source: str, matrix: Floats, bias: Floats, name: str) -> str:
        """`source @ matrix + bias`, with the matrix's columns scaled to whole numbers where quantised."""
        self.constant(f"{name}.bias", bias)
        if not self.quantised:
            product = self.node("MatMul", [source, self.constant(f"{name}.matrix", matrix)], f"{name}.product")
            return self.node("Add", [product, f"{name}.bias"], name)
        scale = np.maximum(np.abs(matrix).max(axis=0) / _LARGEST, 1e-12).astype(np.float32)
        inputs = [
            source,
            self.constant(f"{name}.matrix", np.rint(matrix / scale).astype(np.int8)),
            self.constant(f"{name}.scale", scale),
            self.constant(f"{name}.zero", np.zeros(scale.shape, np.int8)),
            f"{name}.bias",
        ]
        return self.node("DynamicQuantizeMatMul", inputs, name, _CONTRIB)

    def norm(self, source: str, tensor: str, name: str) -> str:
        """The layer normalisation of a tensor of the file."""
        hidden = self.weights.hidden
        inputs = [source] + [
            self.constant(f"{name}.{part}", self.weights.vector(f"{tensor}.{part}", hidden)) for part in ("w", "b")
        ]
        return self.node("LayerNormalization", inputs, name, axis=-1, epsilon=self.weights.epsilon)

    def layer(self, source: str, number: int, trained: Trained | None = None) -> str:
        """Attention and feed-forward, each added to its input and normalised."""
        read, hidden, wide = self.weights, self.weights.hidden, self.weights.feed_forward
        of = f"l{number}"
        at = f"asked.{of}" if trained else of

        def linear(into: str, part: str, matrix: Floats, bias: Floats, name: str) -> str:
            return self.linear(into, matrix + trained.change(number, part) if trained else matrix, bias, name)

        together = linear(
            source,
            "qkv",
            np.concatenate([read.matrix(f"{of}.{part}.w", hidden, hidden) for part in "qkv"]).T,
            np.concatenate([read.vector(f"{of}.{part}.b", hidden) for part in "qkv"]),
            f"{at}.qkv",
        )
        parts = [f"{at}.{part}" for part in "qkv"]
        sizes = self.constant(f"{at}.sizes", np.array([hidden] * 3, np.int64))
        self.nodes.append(helper.make_node("Split", [together, sizes], parts, axis=-1))
        heads = self.node("MultiHeadAttention", parts, f"{at}.heads", _CONTRIB, num_heads=read.heads)
        mixed = linear(
            heads, "ao", read.matrix(f"{of}.ao.w", hidden, hidden).T, read.vector(f"{of}.ao.b", hidden), f"{at}.mixed"
        )
        attended = self.norm(self.node("Add", [source, mixed], f"{at}.attended"), f"{of}.aln", f"{at}.aln")
        inner = linear(
            attended, "fi", read.matrix(f"{of}.fi.w", wide, hidden).T, read.vector(f"{of}.fi.b", wide), f"{at}.inner"
        )
        active = self.node("Gelu", [inner], f"{at}.active", _CONTRIB)
        outer = linear(
            active, "fo", read.matrix(f"{of}.fo.w", hidden, wide).T, read.vector(f"{of}.fo.b", hidden), f"{at}.outer"
        )
        return self.norm(self.node("Add", [attended, outer], f"{at}.added"), f"{of}.oln", f"{at}.oln")


def graph(weights: Weights, trained: Trained, *, quantised: bool = True) -> bytes:
    """The serialised model, 28 MB quantised and 107 MB in full precision."""
    made = _Graph(weights, quantised=quantised)
    states = [made.norm("embedded", "emb.ln", "l.in")]
    for number in range(weights.layers):
        states.append(made.layer(states[-1], number))
    asked = states[trained.first]
    for number in range(trained.first, weights.layers):
        asked = made.layer(asked, number, trained)
    axes = made.constant("axes", np.array([1], np.int64))
    for state, output in ((states[-1], "mean"), (asked, "asked")):
        made.node("ReduceMean", [state, axes], output, keepdims=0)
    made.node("Identity", [states[READ]], "states")
    source = helper.make_tensor_value_info("embedded", TensorProto.FLOAT, [1, "tokens", weights.hidden])
    results = [
        helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, weights.hidden]) for output in ("mean", "asked")
    ] + [helper.make_tensor_value_info("states", TensorProto.FLOAT, [1, "tokens", weights.hidden])]
    network = helper.make_graph(made.nodes, "e5", [source], results, made.constants)
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_CONTRIB, 1)]
    model: onnx.ModelProto = helper.make_model(network, opset_imports=opsets, ir_version=9)
    return bytes(model.SerializeToString())
