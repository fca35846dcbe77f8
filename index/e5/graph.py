"""The network of multilingual-e5-small as ONNX graphs, with 8-bit matrices or, to compare with, full precision.

In the first, word embeddings stay outside: the input is their sum with position and type, shape (1, tokens, hidden).
`mean` is the mean of the last layer, shape (1, hidden); `asked` is that of the layers that were trained on questions,
which branch off the others; `states` are the tokens after layer `READ`, shape (1, tokens, hidden); `levels` are those
before each of the layers by which one text is read over others, shape (layers, tokens, hidden).

The second is these layers: from `text`, shape (1, tokens, hidden), and `others`, shape (layers, tokens, hidden), both
taken from `levels`, to `odds`, shape (1, 1), the log-odds of what they were trained to see.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from index.e5.judging import FIRST, Judging
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

    def layer(self, source: str, number: int, changes: Trained | Judging | None = None, beside: str = "") -> str:
        """Attention and feed-forward, each added to its input and normalised.

        With `changes` its matrices are the changed ones; the tokens of `beside` are attended to as well then.
        """
        read, hidden, wide = self.weights, self.weights.hidden, self.weights.feed_forward
        of = f"l{number}"
        at = f"changed.{of}" if changes else of

        def linear(into: str, part: str, matrix: Floats, bias: Floats, name: str) -> str:
            return self.linear(into, matrix + changes.change(number, part) if changes else matrix, bias, name)

        weight = np.concatenate([read.matrix(f"{of}.{part}.w", hidden, hidden) for part in "qkv"]).T
        bias = np.concatenate([read.vector(f"{of}.{part}.b", hidden) for part in "qkv"])
        parts = self.split(linear(source, "qkv", weight, bias, f"{at}.qkv"), [f"{at}.{part}" for part in "qkv"])
        attention = list(parts)
        if beside:
            known = linear(beside, "source", weight[:, hidden:], bias[hidden:], f"{at}.source")
            seen = zip(parts[1:], self.split(known, [f"{at}.source.{part}" for part in "kv"]), strict=True)
            attention[1:] = [self.node("Concat", list(pair), f"{pair[0]}.both", axis=1) for pair in seen]
            attention += ["", "", f"{at}.attention_bias"]
        heads = self.node("MultiHeadAttention", attention, f"{at}.heads", _CONTRIB, num_heads=read.heads)
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

    def split(self, source: str, parts: list[str]) -> list[str]:
        """A tensor cut along its last axis into parts of the hidden size, under these names."""
        sizes = self.constant(f"{source}.sizes", np.array([self.weights.hidden] * len(parts), np.int64))
        self.nodes.append(helper.make_node("Split", [source, sizes], parts, axis=-1))
        return parts

    def model(self, name: str, inputs: dict[str, list[Any]], outputs: dict[str, list[Any]]) -> bytes:
        """The serialised model, with the shapes of its inputs and outputs."""
        sources, results = (
            [helper.make_tensor_value_info(one, TensorProto.FLOAT, shape) for one, shape in shapes.items()]
            for shapes in (inputs, outputs)
        )
        network = helper.make_graph(self.nodes, name, sources, results, self.constants)
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_CONTRIB, 1)]
        model: onnx.ModelProto = helper.make_model(network, opset_imports=opsets, ir_version=9)
        return bytes(model.SerializeToString())


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
    made.node("Concat", states[FIRST:-1], "levels", axis=0)
    hidden = weights.hidden
    outputs: dict[str, list[Any]] = {"mean": [1, hidden], "asked": [1, hidden], "states": [1, "tokens", hidden]}
    levels = {"levels": [weights.layers - FIRST, "tokens", hidden]}
    return made.model("e5", {"embedded": [1, "tokens", hidden]}, outputs | levels)


def judging_graph(weights: Weights, judging: Judging, *, quantised: bool = True) -> bytes:
    """The serialised layers by which one text is read over others, 18 MB quantised."""
    made = _Graph(weights, quantised=quantised)
    hidden, arrays = weights.hidden, judging.arrays
    numbers = range(FIRST, weights.layers)
    levels = [f"level.{number}" for number in numbers]
    made.nodes.append(helper.make_node("Split", ["others"], levels, axis=0, num_outputs=len(levels)))
    own, seen = (_count(made, of) for of in ("text", "others"))
    state = "text"
    for number, level in zip(numbers, levels, strict=True):
        _attention_bias(made, f"changed.l{number}.attention_bias", arrays[f"{number}.attention_bias"], own, seen)
        state = made.layer(state, number, judging, level)
    axes = made.constant("axes", np.array([1], np.int64))
    pooled = [made.node(kind, [state, axes], kind, keepdims=0) for kind in ("ReduceMean", "ReduceMax")]
    inner = made.node("Concat", pooled, "pooled", axis=-1)
    for layer in ("hidden", "output"):
        product = made.node("MatMul", [inner, made.constant(f"{layer}.matrix", arrays[layer])], f"{layer}.product")
        biased = made.node("Add", [product, made.constant(f"{layer}.bias", arrays[f"{layer}_bias"])], f"{layer}.biased")
        inner = made.node("Gelu", [biased], "active", _CONTRIB) if layer == "hidden" else biased
    made.node("Identity", [inner], "odds")
    inputs = {"text": [1, "tokens", hidden], "others": [len(levels), "seen", hidden]}
    return made.model("judging", inputs, {"odds": [1, 1]})


def _count(made: _Graph, of: str) -> str:
    """The number of tokens of an input, shape (1,)."""
    return made.node("Shape", [of], f"{of}.count", start=1, end=2)


def _attention_bias(made: _Graph, name: str, values: Floats, own: str, seen: str) -> None:
    """What is added to likenesses, shape (1, heads, own, own + seen): nothing among the statement's own tokens."""
    heads = len(values)
    ahead = made.constant(f"{name}.ahead", np.array([1, heads], np.int64))
    parts = []
    for part, counted, value in (("own", own, np.zeros_like(values)), ("seen", seen, values)):
        shape = made.node("Concat", [ahead, own, counted], f"{name}.{part}.shape", axis=0)
        constant = made.constant(f"{name}.{part}.value", value.reshape(1, heads, 1, 1))
        parts.append(made.node("Expand", [constant, shape], f"{name}.{part}"))
    made.node("Concat", parts, name, axis=-1)
