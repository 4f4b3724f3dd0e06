"""Small mistakes, made in the syntax tree of a kernel file: what a hurried engineer, or a model, gets wrong.

Each mutation replaces one node of a kernel or of its wrapper. Constructors, messages, annotations and the self-check
are left alone: nothing is computed there.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """One mistake."""

    kind: str
    line: int
    """In the file as it was."""
    before: str
    after: str
    node: int
    """Number of the node in the order of :func:`_computing`."""
    replacement: ast.AST


COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}
OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.Div),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult, ast.Mod),
    ast.Mod: (ast.FloorDiv,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
}
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "maximum": ("minimum",),
    "minimum": ("maximum",),
    "max": ("min", "sum"),
    "min": ("max",),
    "sum": ("max",),
    "exp": ("exp2",),
    "exp2": ("exp",),
    "log": ("log2",),
    "sqrt": ("rsqrt",),
    "rsqrt": ("sqrt",),
    "sigmoid": ("exp",),
    "erf": ("sigmoid",),
    "abs": ("exp",),
    "zeros": ("empty", "ones"),
    "new_zeros": ("new_empty",),
    "atomic_add": ("store", "atomic_max"),
    "cumsum": ("cumprod",),
    "num_programs": ("program_id",),
}
DTYPES = {"float32": ("float16", "bfloat16"), "float64": ("float32",), "int64": ("int32", "int8"), "int32": ("int8",)}
BLOCKS = frozenset(
    {"BLOCK", "BLOCK_SIZE", "BM", "BN", "BK", "R", "C", "B", "TILE", "ROWS"} | {"BLOCK_M", "BLOCK_N", "BLOCK_K"}
)


def mutations(source: str) -> list[Mutation]:
    """All mutations of a kernel file, in the order of the text."""
    tree = ast.parse(source)
    found = []
    for number, (node, names) in enumerate(_computing(tree)):
        for kind, replacement in _variants(node, names):
            before, after = ast.unparse(node), ast.unparse(replacement)
            if before != after:
                line = getattr(node, "lineno", 1)
                found.append(Mutation(kind, line, before, after, number, replacement))
    return found


def apply(source: str, mutation: Mutation) -> str:
    """The file with one mistake in it."""
    tree = ast.parse(source)
    target = next(node for number, (node, _) in enumerate(_computing(tree)) if number == mutation.node)
    replaced = _Replacing(target, copy.deepcopy(mutation.replacement)).visit(tree)
    return ast.unparse(ast.fix_missing_locations(replaced)) + "\n"


class _Replacing(ast.NodeTransformer):
    def __init__(self, target: ast.AST, replacement: ast.AST) -> None:
        self._target = target
        self._replacement = replacement

    def visit(self, node: ast.AST) -> ast.AST:
        return self._replacement if node is self._target else self.generic_visit(node)


def _computing(tree: ast.Module) -> Iterator[tuple[ast.AST, tuple[str, ...]]]:
    """Nodes of kernels and wrappers, each with the parameters of the function that it is in."""
    for function in _functions(tree.body):
        names = tuple(a.arg for a in function.args.args if a.arg != "self")
        for part in (*function.decorator_list, *function.body):
            for node in _below(part):
                yield node, names


def _functions(body: list[ast.stmt]) -> Iterator[ast.FunctionDef]:
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name not in ("__init__", "extra_repr", "reference", "benchmark"):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body)


def _below(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, (ast.Raise, ast.Assert, ast.JoinedStr, ast.arguments)):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _below(child)


def _variants(node: ast.AST, names: tuple[str, ...]) -> Iterator[tuple[str, ast.AST]]:
    if isinstance(node, ast.Compare):
        yield from _comparisons(node)
    elif isinstance(node, ast.BinOp):
        yield from _operators(node)
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.Call):
        yield from _calls(node)
    elif isinstance(node, ast.Attribute):
        for other in DTYPES.get(node.attr, ()):
            yield "dtype", ast.Attribute(node.value, other, node.ctx)
    elif isinstance(node, (ast.AugAssign, ast.If)) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        yield "dropped statement", ast.Pass()
        if isinstance(node, ast.AugAssign):
            yield "dropped accumulation", ast.Assign([node.target], node.value, lineno=node.lineno)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield "sign", node.operand
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names and len(names) > 1:
        beside = names[(names.index(node.id) + 1) % len(names)]
        yield "other name", ast.Name(beside, node.ctx)
    elif isinstance(node, ast.Subscript) and ast.unparse(node.slice) in ("(:, None)", "(None, :)"):
        parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else []
        yield "broadcast", ast.Subscript(node.value, ast.Tuple(parts[::-1], ast.Load()), node.ctx)


def _comparisons(node: ast.Compare) -> Iterator[tuple[str, ast.AST]]:
    other = COMPARISONS.get(type(node.ops[0]))
    if other is not None:
        yield "comparison", ast.Compare(node.left, [other()], node.comparators)
    bound = ast.BinOp(node.comparators[0], ast.Sub(), ast.Constant(1))
    yield "bound", ast.Compare(node.left, node.ops, [bound])


def _operators(node: ast.BinOp) -> Iterator[tuple[str, ast.AST]]:
    for other in OPERATORS.get(type(node.op), ()):
        yield "operator", ast.BinOp(node.left, other(), node.right)
    yield "dropped term", node.left
    yield "dropped term", node.right
    if isinstance(node.op, (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod)):
        yield "swapped operands", ast.BinOp(node.right, node.op, node.left)


def _constants(node: ast.Constant) -> Iterator[tuple[str, ast.AST]]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", ast.Constant(not value)
    elif isinstance(value, int):
        yield "constant", ast.Constant(value + 1)
        if value > 1:
            yield "constant", ast.Constant(value // 2)
    elif isinstance(value, float):
        yield "constant", ast.Constant(value * 1.01 if value else 1.0)
        if value:
            yield "constant", ast.Constant(-value)
    elif value in ("ieee", "tf32x3"):
        yield "precision", ast.Constant("tf32")


def _calls(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    function = node.func
    if isinstance(function, ast.Attribute):
        for other in FUNCTIONS.get(function.attr, ()):
            yield "function", _call(ast.Attribute(function.value, other, function.ctx), node.args, node.keywords)
        if function.attr in ("to", "contiguous", "trans", "t") and ast.unparse(function.value) != "tl":
            yield "dropped call", function.value
        if function.attr == "cdiv" and len(node.args) == 2:
            yield "grid rounded down", ast.BinOp(node.args[0], ast.FloorDiv(), node.args[1])
        if function.attr == "next_power_of_2":
            yield "block", ast.BinOp(node, ast.FloorDiv(), ast.Constant(2))
    if isinstance(function, ast.Name) and function.id == "range" and node.args:
        yield from _loops(node)
    for number, keyword in enumerate(node.keywords):
        rest = [k for i, k in enumerate(node.keywords) if i != number]
        if keyword.arg in ("mask", "other"):
            yield f"dropped {keyword.arg}", _call(function, node.args, rest)
        if keyword.arg == "other":
            changed = ast.keyword("other", ast.Constant(1.0))
            yield "other value", _call(function, node.args, [*rest, changed])
        if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant):
            changed = ast.keyword("axis", ast.Constant(1 - int(keyword.value.value)))
            yield "axis", _call(function, node.args, [*rest, changed])
        if keyword.arg in BLOCKS and isinstance(keyword.value, ast.Constant):
            changed = ast.keyword(keyword.arg, ast.Constant(max(1, keyword.value.value // 2)))
            yield "block", _call(function, node.args, [*rest, changed])
    for number in range(len(node.args) - 1):
        arguments = list(node.args)
        arguments[number], arguments[number + 1] = arguments[number + 1], arguments[number]
        if not any(isinstance(a, ast.Starred) for a in arguments[number : number + 2]):
            yield "swapped arguments", _call(function, arguments, node.keywords)


def _loops(node: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    start = ast.Constant(0) if len(node.args) == 1 else node.args[0]
    stop, step = (node.args[0] if len(node.args) == 1 else node.args[1]), node.args[2:]
    shorter = ast.BinOp(stop, ast.Sub(), step[0] if step else ast.Constant(1))
    yield "loop bound", _call(node.func, [start, shorter, *step], [])
    later = ast.BinOp(start, ast.Add(), step[0] if step else ast.Constant(1))
    yield "loop bound", _call(node.func, [later, stop, *step], [])


def _call(function: ast.expr, arguments: list[ast.expr], keywords: list[ast.keyword]) -> ast.Call:
    return ast.Call(function, list(arguments), list(keywords))
