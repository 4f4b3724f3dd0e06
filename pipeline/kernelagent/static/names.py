"""What each name of a kernel file stands for, as a dotted path through imports and aliases."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence

from kernelagent.static.readable import readable
from kernelagent.static.triton_names import MODULES_OF_THE_LANGUAGE
from kernelagent.static.walk import walk


class Names:
    """``F.relu`` → ``torch.nn.functional.relu``, under whatever names a file knows them."""

    def __init__(self, tree: ast.Module) -> None:
        self._meaning: dict[str, str] = {}
        self.kernels: frozenset[str] = frozenset()
        """Names of the ``@triton.jit`` functions, once they are known."""
        self.kernels_of_classes: frozenset[str] = frozenset()
        """Of those in bodies of classes."""
        self.permitted: frozenset[int] = frozenset()
        """What is called by declaration (``declared.py``), by the nodes' ids."""
        self.own_attributes = frozenset(_own_attributes(tree))
        """Of ``self``, in any class of the file: what is assigned, and methods."""
        self.classes = {node.name for node in walk(tree) if isinstance(node, ast.ClassDef)}
        for node in walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    root = alias.name.partition(".")[0]
                    self._meaning[alias.asname or root] = alias.name if alias.asname else root
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self._meaning[alias.asname or alias.name] = f"{'.' * node.level}{node.module or ''}.{alias.name}"
                    if alias.name == "*" and node.module == "triton.language":
                        self._meaning |= {name: f"triton.language.{name}" for name in MODULES_OF_THE_LANGUAGE}
        bound = [pair for node in walk(tree) for pair in _bindings(node)]
        for _ in range(3):  # aliases of aliases
            for name, value in bound:
                meaning = self.of(value)
                # A name that anywhere stands for something of torch's is taken for that, whatever else it is.
                if meaning is not None and meaning.partition(".")[0] in ("torch", "triton"):
                    self._meaning[name] = meaning
                elif meaning is not None:
                    self._meaning.setdefault(name, meaning)
        self.operators = frozenset(_registered(tree, self.of))
        """Paths of the operators that the file registers: ``torch.ops.mine.scaled``."""
        self.readable = readable(tree, self.of)
        """Where a name stands for memory that the file has made, or for random integers that it draws."""

    def is_kernel(self, node: ast.expr) -> bool:
        """A kernel by its name, or by its class's: ``Ops.kernel``."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            return node.attr in self.kernels_of_classes and node.value.id in {*self.classes, "self", "cls"}
        return isinstance(node, ast.Name) and node.id in self.kernels

    def of(self, node: ast.expr) -> str | None:
        """The dotted path of an expression; ``None`` when it is not one."""
        if isinstance(node, ast.Name):
            return self._meaning.get(node.id)
        if isinstance(node, ast.Attribute):
            base = self.of(node.value)
            return None if base is None else f"{base}.{node.attr}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "getattr":
            name = node.args[1] if len(node.args) >= 2 else None
            base = self.of(node.args[0]) if node.args else None
            if base is not None and isinstance(name, ast.Constant) and isinstance(name.value, str):
                return f"{base}.{name.value}"
        return None


REGISTERING = frozenset({"torch.library.triton_op", "torch.library.custom_op"})
_OF_PYTORCH = frozenset({"aten", "prim", "prims"})


def _registered(tree: ast.Module, of: Callable[[ast.expr], str | None]) -> Iterator[str]:
    """``torch.ops.mine.scaled`` of ``triton_op("mine::scaled", ...)``. Whether it is the file's own is seen while it
    runs (``own_operators``)."""
    for node in walk(tree):
        if isinstance(node, ast.Call) and node.args and of(node.func) in REGISTERING:
            name = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
            namespace, found, operator = name.partition("::") if isinstance(name, str) else ("", "", "")
            if found and namespace.isidentifier() and operator.isidentifier() and namespace not in _OF_PYTORCH:
                yield f"torch.ops.{namespace}.{operator}"


def root_of(node: ast.expr) -> str:
    """The name that an expression hangs on: ``x`` of ``x.y[0].z(1)``."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def bound_in(body: Sequence[ast.AST]) -> frozenset[str]:
    """Names that statements give something to."""
    nodes = [node for statement in body for node in walk(statement)]
    found = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    found |= {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    found |= {a.asname or a.name for n in nodes if isinstance(n, (ast.Import, ast.ImportFrom)) for a in n.names}
    found |= {str(node.name) for node in nodes if isinstance(node, (ast.MatchAs, ast.MatchStar, ast.ExceptHandler))}
    return frozenset(found)


def own_names(body: Sequence[ast.AST], of: Callable[[ast.expr], str | None]) -> frozenset[str]:
    """Names that statements assign, and nothing of an imported module's to any of them: ``batch, F = x.shape``."""
    nodes = [node for statement in body for node in walk(statement)]
    kinds = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.NamedExpr, ast.For)
    assigned = [node for node in nodes if isinstance(node, kinds)]
    targets = [t for n in assigned for t in (n.targets if isinstance(n, ast.Assign) else [n.target])]
    plain = {id(part) for target in targets for part in walk(target)}
    stored = [n for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)]
    otherwise = {node.id for node in stored if id(node) not in plain} | (bound_in(body) - {n.id for n in stored})
    meant = {name for node in assigned for name, value in _bindings(node) if of(value) is not None}
    return frozenset({node.id for node in stored} - otherwise - meant)


def _own_attributes(tree: ast.Module) -> Iterator[str]:
    for node in walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Name) and node.value.id == "self":
                yield node.attr
        elif isinstance(node, ast.ClassDef):
            yield from (item.name for item in node.body if isinstance(item, ast.FunctionDef))


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names that a node binds to expressions that are written out."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _pairs(target, node.value)
    elif isinstance(node, (ast.NamedExpr, ast.AnnAssign)) and node.value is not None:
        yield from _pairs(node.target, node.value)
    elif isinstance(node, ast.For) and isinstance(node.iter, (ast.Tuple, ast.List)):
        for item in node.iter.elts:
            yield from _pairs(node.target, item)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for one, other in zip(target.elts, value.elts, strict=True):
            yield from _pairs(one, other)
