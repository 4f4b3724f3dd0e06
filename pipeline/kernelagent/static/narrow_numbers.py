"""Numbers that a kernel computes in types that hold few of them: an index by way of floats
(``((i.to(tl.float32) + 0.5) / width).to(tl.int32)``) or in 16 or 8 bits, a position as a float16, a sum that a loop
keeps in 16 or 8 bits.

float32 holds integers up to 2**24 only, int16 up to 2**15, float16 up to 2**11, and no case of the judge is so large:
the verdict names the line. What is made of loaded numbers (a quantised value, a random one) is no index, and is let be.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

EXACT = {"bfloat16": 8, "float16": 11, "float32": 24}
"""Floating types, and below which power of two each holds every integer."""
NARROW = {"int8": 7, "uint8": 8, "int16": 15, "uint16": 16}
"""The same of integer types."""
_HALF = frozenset({"bfloat16", "float16"})
_OF_SUMS = _HALF | NARROW.keys()
_INDEX, _DATA = "index", "data"
_MADE = frozenset({"program_id", "arange", "num_programs"})
_READ = frozenset(
    {"load", "rand", "randn", "randint", "rand4x", "randn4x", "randint4x", "philox", "gather", "histogram"}
    | {"load_tensor_descriptor", "atomic_add", "atomic_xchg", "atomic_cas", "atomic_max", "atomic_min", "atomic_or"}
)
_CONVERTS = ("2int_", "2uint_", "2ll_", "2ull_", "llrint", "llround")

Kind = str
"""``index``, ``data``, the floating type of what is made of an index, or nothing."""
Note = tuple[str, str, int]


def narrow_numbers(kernels: Iterable[ast.FunctionDef]) -> tuple[Note, ...]:
    """Of each what it is (``an index``), its type and its line, once for each line."""
    return tuple(dict.fromkeys(note for kernel in kernels for note in _Kernel().notes(kernel)))


class _Kernel:
    def __init__(self) -> None:
        self._known: dict[str, Kind] = {}
        self._kept: dict[str, tuple[str, int]] = {}
        """Name → the type in which it keeps a sum, where that is one of 16 or 8 bits, and in how many loops it was
        set."""
        self._loops = 0
        self._found: list[Note] = []

    def notes(self, kernel: ast.FunctionDef) -> Iterator[Note]:
        self._run(kernel.body)
        yield from self._found

    def _run(self, body: Iterable[ast.stmt]) -> None:
        for statement in body:
            match statement:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        self._assign(target, value)
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    self._assign(target, value)
                case ast.AugAssign(target=ast.Name(id=name) as target, op=op, value=value):
                    if isinstance(op, (ast.Add, ast.Sub)):
                        self._note_added(name, statement)
                    whole = ast.BinOp(ast.Name(name, ast.Load()), op, value)
                    self._assign(target, ast.copy_location(whole, statement))
                case ast.FunctionDef() | ast.ClassDef():
                    continue
                case _:
                    for field in ast.iter_child_nodes(statement):
                        if isinstance(field, ast.expr):
                            self._of(field)
                    loops = isinstance(statement, (ast.For, ast.While))
                    self._loops += loops
                    for name in ("body", *(["body"] if loops else []), "orelse", "finalbody"):
                        self._run(getattr(statement, name, []))  # what a loop's end assigns is seen at its beginning
                    self._loops -= loops

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, (ast.Tuple, ast.List)):
            values = value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value] * len(target.elts)
            for one, other in zip(target.elts, values, strict=False):
                self._assign(one, other)
        elif isinstance(target, ast.Name):
            self._note_sum(target.id, value)
            self._known[target.id] = self._of(value)
        else:
            self._of(value)

    def _note_sum(self, name: str, value: ast.expr) -> None:
        match value:
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=right):
                if any(_is_name(n, name) for n in (left, right)):
                    self._note_added(name, value)
            case ast.Call(func=ast.Attribute(attr="zeros" | "full" | "zeros_like" | "to" | "cast")):
                kind = _type_named([value.func, *value.args, *(keyword.value for keyword in value.keywords)])
                self._kept.pop(name, None)
                if kind in _OF_SUMS:
                    self._kept[name] = kind, self._loops

    def _note_added(self, name: str, where: ast.stmt | ast.expr) -> None:
        """Where it was set in the same round, nothing is carried from one to the next."""
        kind, loops = self._kept.get(name, ("", self._loops))
        if self._loops > loops:
            self._found.append(("a sum", kind, where.lineno))

    def _of(self, node: ast.expr) -> Kind:
        match node:
            case ast.Name(id=name):
                return self._known.get(name, "")
            case ast.Subscript(value=value):
                return self._of(value)
            case ast.Compare():
                for part in ast.iter_child_nodes(node):
                    if isinstance(part, ast.expr):
                        self._of(part)
                return ""
            case ast.Call():
                return self._call(node)
            case ast.BinOp(left=left, op=op, right=right):
                kind = _joined([self._of(left), self._of(right)])
                is_float = isinstance(op, ast.Div) or any(
                    isinstance(n, ast.Constant) and isinstance(n.value, float) for n in (left, right)
                )
                return "float32" if kind == _INDEX and is_float else kind
        return _joined([self._of(part) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)])

    def _call(self, node: ast.Call) -> Kind:
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if isinstance(node.func, ast.Attribute):
            given.insert(0, node.func.value)
        kind = _joined([self._of(part) for part in given])
        if name in _MADE:
            return _INDEX
        if name in _READ:
            return _DATA
        if name in ("to", "cast"):
            return self._converted(kind, _type_named(given), node)
        if any(part in name for part in _CONVERTS):
            return self._converted(kind, "int", node)
        return kind

    def _converted(self, kind: Kind, to: str, node: ast.Call) -> Kind:
        if kind == _INDEX and (to in NARROW or to in _HALF):
            self._found.append(("an index" if to in NARROW else "a position", to, node.lineno))
        if to in EXACT or to == "float64":
            return kind if kind in (_DATA, "") else to if kind in (_INDEX, "float64") else _joined([kind, to])
        if to.lstrip("u").startswith("int") and (kind in EXACT or kind == "float64"):
            if kind in EXACT:
                self._found.append(("an index", kind, node.lineno))
            return _INDEX
        return kind


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _joined(kinds: Iterable[Kind]) -> Kind:
    """Of what is made of several: what was loaded decides, then the floating type of fewest digits."""
    found = set(kinds)
    for kind in (_DATA, *EXACT, "float64", _INDEX):
        if kind in found:
            return kind
    return ""


def _type_named(given: list[ast.expr]) -> str:
    """``float32`` of ``tl.float32``, wherever it stands among the operands."""
    names = [part.attr for part in given[1:] if isinstance(part, ast.Attribute)]
    known = (*EXACT, "float64", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)))
    return next((name for name in names if name in known), "")
