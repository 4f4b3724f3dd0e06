"""Guessing example inputs from a class's source: the widths that its layers are made with, the ranks that they take."""

from __future__ import annotations

import ast

_WIDTH = 64
_BATCH = 8

_LAYER_SHAPES: dict[str, str] = {
    "Linear": "({batch}, {width})",
    "Bilinear": "({batch}, {width})",
    "LayerNorm": "({batch}, {width})",
    "RMSNorm": "({batch}, {width})",
    "BatchNorm1d": "({batch}, {width})",
    "GroupNorm": "({batch}, {width}, 16, 16)",
    "Conv1d": "({batch}, {width}, 32)",
    "ConvTranspose1d": "({batch}, {width}, 32)",
    "Conv2d": "({batch}, {width}, 16, 16)",
    "ConvTranspose2d": "({batch}, {width}, 16, 16)",
    "BatchNorm2d": "({batch}, {width}, 16, 16)",
    "InstanceNorm2d": "({batch}, {width}, 16, 16)",
    "Conv3d": "({batch}, {width}, 8, 8, 8)",
    "ConvTranspose3d": "({batch}, {width}, 8, 8, 8)",
    "BatchNorm3d": "({batch}, {width}, 8, 8, 8)",
    "LSTM": "(16, {batch}, {width})",
    "GRU": "(16, {batch}, {width})",
    "RNN": "(16, {batch}, {width})",
    "MultiheadAttention": "(16, {batch}, {width})",
    "TransformerEncoderLayer": "(16, {batch}, {width})",
}
"""By layer, the shape of an input to it; its first argument is the width."""

_WIDTH_IS_SECOND = frozenset({"GroupNorm"})

_SIZES = {
    "kernel_size": 3,
    "stride": 1,
    "padding": 1,
    "dilation": 1,
    "groups": 1,
    "num_groups": 8,
    "num_heads": 4,
    "n_heads": 4,
    "nhead": 4,
    "heads": 4,
    "num_layers": 2,
    "n_layers": 2,
    "depth": 2,
    "dim": 1,
    "axis": 1,
    "num_classes": 10,
    "vocab_size": 1000,
    "num_embeddings": 1000,
}
"""Usual values of arguments that are not widths, by name."""


def guess_directive(node: ast.ClassDef) -> str:
    """``inputs=..., init=...`` for the class: a first draft for its author to correct."""
    init = _method(node, "__init__")
    forward = _method(node, "forward")
    widths = _passed_to_layers(init)
    values = {} if init is None else {arg.arg: _value_of(arg, arg.arg in widths) for arg in _required(init)}
    shape, is_index = _first_input(node, init, values)
    inputs = [
        _input(arg, shape, is_index and position == 0)
        for position, arg in enumerate([] if forward is None else _required(forward))
    ]
    return f"inputs={_tuple(inputs)}, init={_tuple(list(values.values()))}"


def _method(node: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    return next((item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == name), None)


def _required(function: ast.FunctionDef) -> list[ast.arg]:
    """Positional parameters without a default, ``self`` left out."""
    parameters = [*function.args.posonlyargs, *function.args.args]
    return parameters[1 : len(parameters) - len(function.args.defaults)]


def _tuple(items: list[str]) -> str:
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"


def _annotation(arg: ast.arg) -> str:
    return "" if arg.annotation is None else ast.unparse(arg.annotation).strip("'\"")


def _passed_to_layers(init: ast.FunctionDef | None) -> set[str]:
    """Parameters that are handed on as a layer's first or second argument."""
    calls = [inner for inner in ast.walk(init) if isinstance(inner, ast.Call)] if init is not None else []
    return {arg.id for call in calls for arg in call.args[:2] if isinstance(arg, ast.Name)}


def _value_of(arg: ast.arg, is_width: bool) -> str:
    """A usual value for an argument of the constructor."""
    annotation = _annotation(arg)
    if annotation == "bool" or arg.arg.startswith(("use_", "is_")) or arg.arg == "bias":
        return "True"
    if annotation == "float" or arg.arg in {"eps", "alpha", "beta", "scale", "p", "dropout", "negative_slope"}:
        return {"eps": "1e-5", "p": "0.0", "dropout": "0.0"}.get(arg.arg, "1.0")
    if annotation == "str":
        return "''"
    if annotation.startswith(("tuple", "Tuple", "list", "List", "Sequence")) or arg.arg.endswith("_shape"):
        return f"({_WIDTH},)"
    if is_width and arg.arg == "dim":  # elsewhere it is the number of a dimension
        return str(_WIDTH)
    return str(_SIZES.get(arg.arg, _WIDTH))


def _first_input(node: ast.ClassDef, init: ast.FunctionDef | None, values: dict[str, str]) -> tuple[str, bool]:
    """Shape of the first input, from the first layer that the constructor makes; whether it holds indices."""
    for call in () if init is None else (inner for inner in ast.walk(init) if isinstance(inner, ast.Call)):
        layer = ast.unparse(call.func).rpartition(".")[2]
        if layer in {"Embedding", "EmbeddingBag"}:
            return f"({_BATCH}, 16)", True
        if layer in _LAYER_SHAPES and call.args:
            first = call.args[1 if layer in _WIDTH_IS_SECOND and len(call.args) > 1 else 0]
            written = _with_values(first, values)
            width = written if written.isdecimal() else str(_WIDTH)
            return _LAYER_SHAPES[layer].format(batch=_BATCH, width=width), False
    return f"({_BATCH}, {_WIDTH})", False


def _with_values(expression: ast.expr, values: dict[str, str]) -> str:
    if isinstance(expression, ast.Name):
        return values.get(expression.id, "")
    return ast.unparse(expression)


def _input(arg: ast.arg, shape: str, is_index: bool) -> str:
    annotation = _annotation(arg)
    if annotation in {"int", "float", "bool"}:
        return {"int": "1", "float": "1.0", "bool": "False"}[annotation]
    dimensions = shape.strip("()")
    if is_index or arg.arg in {"ids", "input_ids", "tokens", "indices", "index", "idx"}:
        return f"torch.randint(0, 100, {shape})"
    if arg.arg.endswith("mask"):
        return f"torch.ones({dimensions}, dtype=torch.bool)"
    return f"torch.randn({dimensions})"
