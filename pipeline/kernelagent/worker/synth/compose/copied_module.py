"""The user's own ``__init__``, with what it needs of its file and of the project (``source_slice.py``)."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Collection, Iterable
from pathlib import Path

from kernelagent.static.wiring import originals
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.synth.compose.constructor_checks import of_any_arguments, of_own_names, unchecked
from kernelagent.worker.synth.compose.module_forward import docstring, forward_lines, module_name
from kernelagent.worker.synth.compose.module_text import ModuleSource
from kernelagent.worker.synth.compose.renamed import renamed
from kernelagent.worker.synth.compose.source_slice import FORWARD, NotCopiable, Slicer

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def copied_module(
    graph: Graph, text: str, in_use: Collection[str], methods: Collection[str] = (), left: Collection[str] = ()
) -> ModuleSource:
    """With those of the class's ``methods`` that its constructor does not need; that others are ``left`` behind is said
    in a comment. Raises NotCopiable."""
    slicer = Slicer(originals(text), Path(graph.file))
    target = _target(slicer, graph.class_name)
    new_name = module_name(graph.class_name)
    kept = slicer.kept_methods(target, methods)
    applied = [one for one in target.decorator_list if _makes_a_constructor(one)]
    slicer.need_names(target.bases, [k.value for k in target.keywords], applied, _without_super(kept))
    slicer.follow()
    if graph.class_name in slicer.needed:
        raise NotCopiable(f"{graph.class_name} refers to itself")
    slicer.refuse_hidden(in_use)
    head = slicer.as_there(
        ", ".join([*map(ast.unparse, target.bases), *(f"{k.arg}={ast.unparse(k.value)}" for k in target.keywords)])
    )
    body = [*(f"@{ast.unparse(one)}" for one in applied), f"class {new_name}({head}):", docstring(graph)]
    if left:
        body += _comment(
            f"Not here, since they compute in PyTorch or lean on more than can be copied: {', '.join(left)}."
        )
    if others := [f"@{ast.unparse(one)}" for one in target.decorator_list if one not in applied]:
        body += _comment(f"Not applied here, since a registry, for one, may take no second class: {', '.join(others)}.")
    body += unchecked(graph)
    own = "__post_init__" if applied else "__init__"
    if not any(isinstance(one, ast.FunctionDef) and one.name == own for one in kept):
        body += _inherited_constructor(graph)
    for statement in kept:
        segment = slicer.segment(statement)
        if isinstance(statement, ast.FunctionDef) and statement.name == own:
            segment = with_checks(segment, statement, graph)
        body += ["", renamed(segment, graph.class_name, new_name)]
    body += ["", *forward_lines(graph, by_path=True)]
    return ModuleSource(tuple(slicer.imports()), "\n\n\n".join(slicer.helpers()), "\n".join(body) + "\n", new_name)


def further_methods(graph: Graph, text: str) -> list[str]:
    """Names of what the class defines besides what :func:`copied_module` takes anyway, and its ``forward``."""
    slicer = Slicer(originals(text), Path(graph.file))
    target = _target(slicer, graph.class_name)
    taken = {one.name for one in slicer.kept_methods(target) if isinstance(one, _FUNCTIONS)}
    own = [one.name for one in target.body if isinstance(one, _FUNCTIONS)]
    return [name for name in dict.fromkeys(own) if name not in taken and name not in FORWARD]


def _comment(text: str) -> list[str]:
    """On lines of its own, in the class's body."""
    return ["", *textwrap.wrap(f"# {text}", 112, initial_indent="    ", subsequent_indent="    # ")]


def _target(slicer: Slicer, class_name: str) -> ast.ClassDef:
    target = slicer.tops.get(class_name)
    if not isinstance(target, ast.ClassDef):
        raise NotCopiable(f"{class_name} is not defined at the top of its file")
    return target


def _makes_a_constructor(decorator: ast.expr) -> bool:
    """Whether it is ``dataclass``, which makes ``__init__`` of the fields."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(called) in ("dataclass", "dataclasses.dataclass")


def _inherited_constructor(graph: Graph) -> list[str]:
    checks = of_any_arguments(graph)
    if not checks:
        return []
    lines = ["    def __init__(self, *args, **kwargs):", *(f"        {line}" for line in checks)]
    return ["", *lines, "        super().__init__(*args, **kwargs)"]


def with_checks(segment: str, function: ast.FunctionDef, graph: Graph) -> str:
    """``__init__`` (of a dataclass ``__post_init__``) with a check, as its first lines, that
    its arguments are those the kernels were made for."""
    if function.name == "__post_init__":
        given = {name for name, _ in (*graph.constructor.plain, *graph.constructor.objects)}
        checks = of_own_names(graph, given, "self.")
    else:
        given = {a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
        checks = of_own_names(graph, given)
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
