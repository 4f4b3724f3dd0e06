"""Example inputs from jaxtyping annotations: ``x: Float[Tensor, "batch 64"]`` becomes ``torch.randn(4, 64)``."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from kernelagent.driver.class_facts import class_named
from kernelagent.static.parsing import parse

_FLOATS = {
    "Float": None,
    "Inexact": None,
    "Real": None,
    "Num": None,
    "Shaped": None,
    "Float16": "torch.float16",
    "BFloat16": "torch.bfloat16",
    "Float32": None,
    "Float64": "torch.float64",
}
_INTEGERS = {
    "Int": "torch.int64",
    "Integer": "torch.int64",
    "Int8": "torch.int8",
    "Int16": "torch.int16",
    "Int32": "torch.int32",
    "Int64": "torch.int64",
    "UInt": "torch.uint8",
    "UInt8": "torch.uint8",
}
# Distinct sizes, so that two dimensions that are mixed up show.
_DEFAULT_SIZES = (4, 32, 48, 24, 40, 56, 72)


@dataclass(frozen=True)
class Annotated:
    inputs: str
    line: int
    """Of ``forward``, 1-based."""


def inputs_of(tree: ast.Module, class_name: str) -> Annotated | None:
    """Inputs for the ``forward`` of ``class_name``; ``None`` unless every argument without a default is annotated.

    A named dimension has one size wherever its name appears.
    """
    forward = _forward(tree, class_name)
    if forward is None:
        return None
    sizes: dict[str, int] = {}
    arguments = [*forward.args.posonlyargs, *forward.args.args][1:]
    required = arguments[: len(arguments) - len(forward.args.defaults)] if forward.args.defaults else arguments
    positional = [_tensor(argument.annotation, sizes) for argument in required]
    keyword_only = {
        argument.arg: _tensor(argument.annotation, sizes)
        for argument, default in zip(forward.args.kwonlyargs, forward.args.kw_defaults, strict=True)
        if default is None
    }
    made = [*positional, *keyword_only.values()]
    if not made or any(expression is None for expression in made):
        return None
    if keyword_only:
        named = {**{a.arg: e for a, e in zip(required, positional, strict=True)}, **keyword_only}
        return Annotated("{" + ", ".join(f"{name!r}: {value}" for name, value in named.items()) + "}", forward.lineno)
    return Annotated("(" + "".join(f"{expression}, " for expression in positional).rstrip(" ") + ")", forward.lineno)


def _forward(tree: ast.Module, class_name: str) -> ast.FunctionDef | None:
    found = class_named(tree, class_name)
    body = [] if found is None else found.body
    return next((n for n in body if isinstance(n, ast.FunctionDef) and n.name == "forward"), None)


def _tensor(annotation: ast.expr | None, sizes: dict[str, int]) -> str | None:
    """An expression that makes a tensor of the annotated kind, or ``None`` if it is not understood."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = parse(annotation.value, "eval").body
        except SyntaxError:
            return None
    if isinstance(annotation, ast.BinOp):  # Float[Tensor, "..."] | None
        return _tensor(annotation.left, sizes) or _tensor(annotation.right, sizes)
    if not isinstance(annotation, ast.Subscript):
        return None
    kind = _last_name(annotation.value)
    if kind == "Optional":
        return _tensor(annotation.slice, sizes)
    if not isinstance(annotation.slice, ast.Tuple) or len(annotation.slice.elts) != 2:
        return None
    shape = annotation.slice.elts[1]
    if not isinstance(shape, ast.Constant) or not isinstance(shape.value, str):
        return None
    dims = _dims(shape.value, sizes)
    if dims is None:
        return None
    listed = str(tuple(dims))
    if kind in _FLOATS:
        dtype = _FLOATS[kind]
        return f"torch.randn({listed}, dtype={dtype})" if dtype else f"torch.randn({listed})"
    if kind in _INTEGERS:
        return f"torch.randint(0, 8, {listed}, dtype={_INTEGERS[kind]})"
    if kind == "Bool":
        return f"torch.rand({listed}) > 0.5"
    return None


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _dims(shape: str, sizes: dict[str, int]) -> list[int] | None:
    """Sizes for jaxtyping's shape string; symbolic expressions are worked out once their names have sizes."""
    dims: list[int] = []
    for token in shape.split():
        name = token.lstrip("#?").rpartition("=")[2]
        if token == "..." or token.startswith("*"):
            continue  # any number of leading dimensions: none
        if name.isdecimal():
            dims.append(int(name))
        elif token in ("_", "#") or token.startswith("_"):
            dims.append(_DEFAULT_SIZES[0])
        elif name.isidentifier():
            dims.append(sizes.setdefault(name, _DEFAULT_SIZES[len(sizes) % len(_DEFAULT_SIZES)]))
        else:
            value = _arithmetic(name, sizes)
            if value is None:
                return None
            dims.append(value)
    return dims


def _arithmetic(expression: str, sizes: dict[str, int]) -> int | None:
    if not re.fullmatch(r"[\w+\-*/() ]+", expression):
        return None
    try:
        tree = parse(expression, "eval")
    except SyntaxError:
        return None
    return _evaluate(tree.body, sizes)


def _evaluate(node: ast.expr, sizes: dict[str, int]) -> int | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.Name):
        return sizes.setdefault(node.id, _DEFAULT_SIZES[len(sizes) % len(_DEFAULT_SIZES)])
    if isinstance(node, ast.BinOp):
        left, right = _evaluate(node.left, sizes), _evaluate(node.right, sizes)
        if left is None or right is None:
            return None
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, (ast.Div, ast.FloorDiv)) and right:
            return left // right
    return None
