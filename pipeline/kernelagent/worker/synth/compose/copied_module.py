"""The user's own ``__init__``, with the parts of the file that it needs: imports, constants, helper classes (their
``forward`` left out)."""

from __future__ import annotations

import ast
import io
import sys
import textwrap
import tokenize
from collections.abc import Collection, Iterable

from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.compose.module_forward import docstring, forward_lines, module_name
from kernelagent.worker.synth.compose.module_text import ModuleSource
from kernelagent.worker.synth.compose.parameters import refusal

ALLOWED_IMPORTS = frozenset(sys.stdlib_module_names) | {"torch", "triton"}
FORWARD = ("forward", "__call__", "extra_repr", "reset_cache")


class NotCopiable(Exception):
    """The class leans on something that may not be imported or cannot be found in the file."""


def copied_module(graph: Graph, text: str, in_use: Collection[str]) -> ModuleSource:
    tree = ast.parse(text)
    tops = {name: node for node in tree.body for name in _defined(node)}
    target = tops.get(graph.class_name)
    if not isinstance(target, ast.ClassDef):
        raise NotCopiable(f"{graph.class_name} is not defined at the top of its file")
    slicer = _Slicer(text, tree, tops)
    new_name = module_name(graph.class_name)
    kept = slicer.kept_methods(target)
    slicer.need_names(target.bases, [k.value for k in target.keywords], target.decorator_list, _without_super(kept))
    slicer.follow()
    if graph.class_name in slicer.needed:
        raise NotCopiable(f"{graph.class_name} refers to itself")
    if hidden := slicer.hidden(in_use):
        raise NotCopiable(f"its __init__ needs a {hidden} of its own, and the kernels another")
    head = ", ".join(
        [*(ast.unparse(b) for b in target.bases), *(f"{k.arg}={ast.unparse(k.value)}" for k in target.keywords)]
    )
    body = [f"class {new_name}({head}):", docstring(graph)]
    for statement in kept:
        segment = slicer.segment(statement)
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            segment = with_checks(segment, statement, graph)
        body += ["", renamed(segment, graph.class_name, new_name)]
    body += ["", *forward_lines(graph, by_path=True)]
    helpers = "\n\n\n".join(slicer.statement(node) for node in slicer.helpers())
    return ModuleSource(tuple(slicer.imports()), helpers, "\n".join(body) + "\n", new_name)


class _Slicer:
    """Finds what a class needs from its file."""

    def __init__(self, text: str, tree: ast.Module, tops: dict[str, ast.stmt]):
        self.text = text
        self.lines = [line + "\n" for line in text.split("\n")]  # as Python counts: a form feed ends no line
        self.tree = tree
        self.tops = tops
        self.needed: dict[str, None] = {}
        self._pending: list[str] = []

    def kept_methods(self, cls: ast.ClassDef) -> list[ast.stmt]:
        """Class attributes, ``__init__`` and the methods that it calls; an own ``forward`` never."""
        methods = {s.name: s for s in cls.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))}
        reached: set[str] = set()
        stack = [n for n in methods if n in ("__init__", "__new__", "__init_subclass__", "__setattr__", "__getattr__")]
        while stack:
            name = stack.pop()
            if name in reached or name in FORWARD:
                continue
            reached.add(name)
            for node in ast.walk(methods[name]):
                if isinstance(node, ast.Attribute) and node.attr in methods:
                    stack.append(node.attr)
        kept: list[ast.stmt] = []
        for statement in cls.body:
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if statement.name in reached:
                    kept.append(statement)
            elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
                kept.append(statement)
        return kept

    def need_names(self, *groups: Iterable[ast.AST]) -> None:
        for group in groups:
            for root in group:
                for node in ast.walk(root):
                    if isinstance(node, ast.Name) and node.id in self.tops and node.id not in self.needed:
                        self.needed[node.id] = None
                        self._pending.append(node.id)

    def follow(self) -> None:
        while self._pending:
            node = self.tops[self._pending.pop()]
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self._check_import(node)
            elif isinstance(node, ast.ClassDef):
                kept = self.kept_methods(node)
                self.need_names(node.bases, [k.value for k in node.keywords], node.decorator_list, kept)
            else:
                self.need_names([node])

    def _check_import(self, node: ast.Import | ast.ImportFrom) -> None:
        roots = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        foreign = [r for r in roots if r.partition(".")[0] not in ALLOWED_IMPORTS]
        if foreign or (isinstance(node, ast.ImportFrom) and node.level):
            raise NotCopiable(f"its __init__ needs {foreign[0] if foreign else 'a relative import'}")

    def imports(self) -> list[str]:
        found: dict[str, None] = {}
        for name in self.needed:
            node = self.tops[name]
            if not isinstance(node, (ast.Import, ast.ImportFrom)):
                continue
            alias = next(a for a in node.names if (a.asname or a.name.partition(".")[0]) == name)
            spelled = alias.name + (f" as {alias.asname}" if alias.asname else "")
            prefix = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
            found[f"{prefix}import {spelled}"] = None
        return list(found)

    def hidden(self, in_use: Collection[str]) -> str | None:
        """A name of ``in_use`` that what is copied binds to something else."""
        same = ("torch", "triton", "math", "os")
        for name in self.needed:
            node = self.tops[name]
            plain = isinstance(node, ast.Import) and any(a.name == name and a.asname is None for a in node.names)
            shorthand = name == "tl" and "triton.language" in ast.unparse(node)
            if name in in_use and not (plain and name in same) and not shorthand:
                return name
        return None

    def helpers(self) -> list[ast.stmt]:
        chosen = {id(self.tops[n]) for n in self.needed}
        return [n for n in self.tree.body if id(n) in chosen and not isinstance(n, (ast.Import, ast.ImportFrom))]

    def statement(self, node: ast.stmt) -> str:
        if not isinstance(node, ast.ClassDef):
            return self.segment(node).rstrip()
        kept = self.kept_methods(node)
        if len(kept) == len(node.body):
            return self.segment(node).rstrip()
        start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        first = node.body[0]
        end = min([first.lineno, *(d.lineno for d in getattr(first, "decorator_list", []))])
        header = self.lines[start - 1 : end - 1]
        body = "\n\n".join(self.segment(s).rstrip() for s in kept) or "    pass"
        return "".join(header).rstrip() + "\n" + body

    def segment(self, node: ast.stmt) -> str:
        decorators = getattr(node, "decorator_list", [])
        start = min([node.lineno, *(d.lineno for d in decorators)])
        return "".join(self.lines[start - 1 : node.end_lineno]).rstrip()


def with_checks(segment: str, function: ast.FunctionDef, graph: Graph) -> str:
    """``__init__`` with a check, as its first lines, that its plain arguments are those the kernels were made for."""
    given = {a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
    checks = [
        line for name, value in graph.init if name in given for line in refusal(name, value, f"{graph.class_name}(")
    ]
    if not checks:
        return segment
    statements = function.body
    documented = isinstance(statements[0], ast.Expr) and isinstance(statements[0].value, ast.Constant)
    first = statements[1] if documented and len(statements) > 1 else statements[0]
    if first.lineno == function.lineno:
        rebuilt = ast.parse(textwrap.dedent(segment)).body[0]
        segment = textwrap.indent(ast.unparse(rebuilt), "    ")
        return with_checks(segment, _function_at(segment), graph)
    start = min([function.lineno, *(d.lineno for d in function.decorator_list)])
    lines = segment.split("\n")
    indent = " " * first.col_offset
    at = first.lineno - start
    return "\n".join([*lines[:at], *(indent + c for c in checks), *lines[at:]])


def _function_at(segment: str) -> ast.FunctionDef:
    """The function of an indented segment, with the segment's own positions."""
    owner = ast.parse("class _:\n" + segment).body[0]
    assert isinstance(owner, ast.ClassDef) and isinstance(owner.body[0], ast.FunctionDef)
    ast.increment_lineno(owner.body[0], -1)
    return owner.body[0]


def _without_super(statements: Iterable[ast.stmt]) -> list[ast.AST]:
    """The names in the statements, but for the arguments of ``super(Model, self)``: the class's new name serves there.
    Anything else that a class does with itself, as constructing another, may not fit the copy."""
    found: list[ast.AST] = []
    pending: list[ast.AST] = list(statements)
    for node in pending:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super":
            continue
        if isinstance(node, ast.Name):
            found.append(node)
        pending += ast.iter_child_nodes(node)
    return found


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [a.asname or a.name.partition(".")[0] for a in node.names]
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
        targets = [node.target]
    return [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]


def renamed(source: str, old: str, new: str) -> str:
    """Every name ``old`` as ``new``; attributes of that name, strings and comments are left alone."""
    lines = [line + "\n" for line in source.split("\n")]
    try:
        tokens = [t for t in tokenize.generate_tokens(io.StringIO("if 1:\n" + source + "\n").readline)]
    except (tokenize.TokenError, IndentationError):
        return source
    before = ["", *(t.string for t in tokens)]
    pairs = zip(tokens, before, strict=False)
    hits = [t for t, last in pairs if t.type == tokenize.NAME and t.string == old and last != "."]
    for token in reversed(hits):
        row, column = token.start[0] - 2, token.start[1]
        lines[row] = lines[row][:column] + new + lines[row][column + len(old) :]
    return "".join(lines).removesuffix("\n")
