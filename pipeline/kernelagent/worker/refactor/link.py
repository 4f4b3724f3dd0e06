"""Kernel files of pieces → one program: every helper once, nothing that is not used, and one ``kernel_function``."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kernelagent.contract.problem import Problem
from kernelagent.contract.result_structure import IMPORT, definition_lines, named_classes
from kernelagent.static.kernel_file import (
    ENTRY,
    RUN_ME,
    bound_at_top,
    launched_kernels,
    needed_statements,
    renamed_at_top,
)
from kernelagent.static.own_names import OWN, free_name, names_in_use
from kernelagent.worker.capture.graph import Graph
from kernelagent.worker.refactor.arguments_taken import Taken, arguments_taken
from kernelagent.worker.refactor.chain import chain_lines
from kernelagent.worker.synth.compose.file import ComposedFile, checked_specs, free_sizes_told, ranges
from kernelagent.worker.synth.compose.module_source import write_module
from kernelagent.worker.synth.compose.parameters import argument_checks, parameters, signature, tensor_texts
from kernelagent.worker.synth.compose.self_check import self_check_lines
from kernelagent.worker.synth.compose.sizes import size_assignments, size_checks
from kernelagent.worker.synth.emit.text import LINE, grouped_call
from kernelagent.worker.synth.subgraphs import Piece

_PLAIN = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr)
_HOLDERS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_PLAIN_CALLS = frozenset({"constexpr", "int", "float", "bool", "min", "max", "len", "cdiv", "next_power_of_2", "log2"})
_SHARED = frozenset({"_expect"})
"""Names of generated files that their pieces have in common."""
_IMPORTED = {"os": "import os", "math": "import math", "torch": "import torch", "nn": "from torch import nn"}
_IMPORTED |= {"triton": "import triton", "tl": "import triton.language as tl"}


@dataclass
class _Program:
    """What has been taken over so far."""

    imports: dict[str, None]
    parts: list[str]
    taken: dict[str, str]
    """Top-level name → the text that binds it."""
    _spelled: dict[tuple[str, str], str] = field(default_factory=dict)

    def spelled(self, name: str, line: str) -> str:
        """One line for all that bind a name to the same; ``import a`` and ``import a.b`` are two."""
        key = name, line if " as " not in line and line.startswith("import ") else _canonical(name, line)
        usual = _IMPORTED.get(name)
        return self._spelled.setdefault(key, usual if usual and _canonical(name, usual) == key[1] else line)


def link(
    graph: Graph, pieces: Sequence[Piece], files: Mapping[str, str], problem: Problem, source: str
) -> ComposedFile:
    """``files`` has the text of each different piece's kernel file, by its id; equal pieces share one.

    Raises ``ValueError`` for a file that cannot be taken over.
    """
    first: dict[str, str] = {}
    for piece in pieces:
        first.setdefault(piece.content, piece.id)
    check = "\n".join(self_check_lines(graph, checked_specs(graph, problem)))
    in_use = names_in_use("\n".join((check, *files.values()))) & OWN
    module = write_module(graph, source, [(s.name, s.shape, s.dtype) for s in problem.state], in_use)
    ours = [line for text in module.imports for line in _single_imports(text)]
    own = {name: "" for name in (*OWN - _SHARED, module.name, *bound_at_top(module.helpers))}
    named = definition_lines(graph.output_structure)
    own |= {name: "" for name in named_classes(graph.output_structure)}
    own |= {p.name: "" for p in parameters(graph)} | {f.symbol: "" for f in graph.free_sizes}
    own |= {name: _canonical(name, line) for name, line in (*_IMPORTED.items(), *_single_imports(IMPORT), *ours)}
    program = _Program({}, [], own)
    names: dict[str, str] = {}
    for identifier in dict.fromkeys(first.values()):
        piece = next(piece for piece in pieces if piece.id == identifier)
        told = f"A part of what ``{graph.class_name}.forward``"
        text = files[identifier].replace(f"What ``{piece.class_name}.forward``", told)
        names[identifier] = _take_over(identifier, text, program)
    calls = {piece.id: names[first[piece.content]] for piece in pieces}
    argued = {piece.id: [given.name for given in piece.graph.inputs if given.kind == "input"] for piece in pieces}
    takes = {piece.id: arguments_taken(files[first[piece.content]], argued[first[piece.content]]) for piece in pieces}
    parts = [*program.parts, *(["\n".join(named)] if named else []), "\n".join(_wrapper(graph, pieces, calls, takes))]
    parts += [part for part in (module.helpers, module.body.rstrip("\n")) if part]
    parts.append(check)
    head = (
        _docstring(graph, pieces, calls)
        + "\n\n"
        + _imports([*program.imports, *module.imports, *([IMPORT] if named else [])])
    )
    text = _spaced([head, *parts])
    return ComposedFile(text, ENTRY, module.name, launched_kernels(text))


def _spaced(parts: Sequence[str]) -> str:
    """Two empty lines around a definition; statements beside each other stay together."""
    text = parts[0].rstrip()
    for before, part in pairwise(parts):
        beside = (*ast.parse(before).body[-1:], *ast.parse(part).body[:1])
        are_plain = all(isinstance(statement, _PLAIN) for statement in beside)
        text += ("\n" if are_plain else "\n\n\n") + part.rstrip()
    return text + "\n"


def _take_over(identifier: str, text: str, program: _Program) -> str:
    """The piece's statements under names that nobody else has; returns that of its function."""
    statements = needed_statements(text)
    if not any(ENTRY in statement.binds for statement in statements):
        raise ValueError(f"{identifier}: there is no {ENTRY}")
    own = [statement for statement in statements if not statement.is_import]
    imported = dict(line for s in statements if s.is_import for line in _single_imports(s.text))
    bound: dict[str, str] = {name: _canonical(name, line) for name, line in imported.items()}
    for statement in own:
        for name in statement.binds:
            bound[name] = f"{bound.get(name, '')}{statement.text}\n"
    nodes = list(ast.walk(ast.parse(text)))
    kept = {name for statement in own if _may_change(statement.text, nodes) for name in statement.binds}
    taken_before = dict(program.taken)
    spoken = {node.id for node in nodes if isinstance(node, ast.Name)} | set(bound)
    names: dict[str, str] = {}

    def rename(name: str) -> None:
        names[name] = free_name(name, {*taken_before, *spoken, *names.values()})

    names[ENTRY] = free_name(identifier.partition("_")[2], {*taken_before, *bound})
    for name, line in imported.items():
        if name in taken_before and taken_before[name] != bound[name]:
            if "." in line and line.startswith("import ") and " as " not in line:
                raise ValueError(f"{identifier}: {line} binds {name}, which another part of the file binds as well")
            rename(name)
    while True:  # what leans on something that had to be renamed is no longer the same either
        conflicts = [
            name
            for statement in own
            for name in statement.binds
            if name not in names
            and name in taken_before
            and (taken_before[name] != bound[name] or name in kept or _mentions(statement.text) & set(names))
        ]
        if not conflicts:
            break
        for name in conflicts:
            if name not in names:
                rename(name)
    for name, line in imported.items():
        spelled = _under(line, name, names[name]) if name in names else program.spelled(name, line)
        program.imports[spelled] = None
    for statement in own:
        shared = statement.binds and all(name in taken_before and name not in names for name in statement.binds)
        renamed = renamed_at_top(statement.text, names)
        if not shared and (statement.binds or renamed not in program.parts):
            program.parts.append(renamed)
    program.taken |= {names.get(name, name): text for name, text in bound.items()}
    return names[ENTRY]


def _may_change(statement: str, everywhere: Sequence[ast.AST]) -> bool:
    """Whether what it binds may hold another value later, as a cache does: what two files share would be one.
    ``everywhere``: all nodes of its file."""
    (node,) = ast.parse(statement).body
    if isinstance(node, ast.FunctionDef):
        marks = (ast.unparse(mark).partition("(")[0].rpartition(".")[2] for mark in node.decorator_list)
        attributes = (
            part for part in everywhere if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store)
        )
        if {"cache", "lru_cache"} & {*marks} or node.name in {ast.unparse(attribute.value) for attribute in attributes}:
            return True
        outer: ast.AST = node.args
    else:
        outer = node
        bound_anew = {name for part in everywhere if isinstance(part, ast.Global) for name in part.names}
        if isinstance(node, ast.ClassDef) or bound_anew & _mentions(statement):
            return True
    parts = list(ast.walk(outer))
    calls = (part for part in parts if isinstance(part, ast.Call))
    return any(isinstance(part, _HOLDERS) for part in parts) or any(
        ast.unparse(call.func).rpartition(".")[2] not in _PLAIN_CALLS for call in calls
    )


def _mentions(text: str) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}


def _canonical(name: str, line: str) -> str:
    """What a line of imports binds ``name`` to: ``import a`` and ``import a.b`` bind the same ``a``, and
    ``import a.b as c`` the same ``c`` as ``from a import b as c``."""
    words = line.split()
    if words[0] == "from":
        return f"{words[1]}.{words[3]}"
    return words[1] if "as" in words else f"import {name}"


def _under(line: str, name: str, new: str) -> str:
    return f"{line.removesuffix(f' as {name}')} as {new}"


def _wrapper(graph: Graph, pieces: Sequence[Piece], calls: Mapping[str, str], takes: Mapping[str, Taken]) -> list[str]:
    texts = tensor_texts(graph)
    tensors = [(texts[g.name], g.shape) for g in graph.inputs if g.name in texts and g.kind != "constant"]
    count = len(set(calls.values()))
    lines = [
        *grouped_call(f"def {ENTRY}", [signature(parameters(graph)).split(", ")], LINE, ":"),
        f'    """What ``{graph.class_name}.forward`` computes, in {count} piece{"s" * (count != 1)}."""',
    ]
    for parameter in parameters(graph):
        if parameter.argument is not None:
            lines += [f"    {line}" for line in argument_checks(parameter.argument, parameter.name)]
    reserved = {*calls.values(), *named_classes(graph.output_structure)}
    body = chain_lines(graph, pieces, texts, lambda p, given: f"{calls[p.id]}({takes[p.id].passed(given)})", reserved)
    mentioned = {
        node.id
        for node in ast.walk(ast.parse("def _():\n" + "\n".join(f" {b}" for b in body)))
        if isinstance(node, ast.Name)
    }
    checks = size_checks(graph)
    if checks or any(free.symbol in mentioned for free in graph.free_sizes):
        lines += [f"    {line}" for line in (*size_assignments(tensors)[0], *checks)]
    return [*lines, *(row for line in body for row in _folded(f"    {line}"))]


def _folded(line: str) -> list[str]:
    if len(line) <= LINE or not line.endswith(")"):
        return [line]
    head, _, inner = line.partition("(")
    return [f"{head}(", *(f"        {part}," for part in inner[:-1].split(", ")), "    )"]


def _docstring(graph: Graph, pieces: Sequence[Piece], calls: Mapping[str, str]) -> str:
    width = max(len(name) for name in calls.values())
    where: dict[str, set[int]] = {}
    for piece in pieces:
        where.setdefault(calls[piece.id], set()).update(n.line for n in piece.graph.nodes if n.line)
    lines = [f'"""{graph.class_name} as Triton kernels.', ""]
    for name, numbers in where.items():
        told = f"  line{'s' if len(numbers) > 1 else ''} {ranges(sorted(numbers))}" if numbers else ""
        lines.append(f"    {name:<{width}}{told}".rstrip())
    if graph.free_sizes:
        lines += ["", free_sizes_told(graph)]
    lines += ["", RUN_ME, '"""']
    return "\n".join(lines)


def _imports(found: Sequence[str]) -> str:
    """Standard library, torch, the interpreter's switch, triton."""
    wanted = dict.fromkeys([*found, "import os", "import torch", "import triton", "import triton.language as tl"])
    roots = {line: line.split()[1].partition(".")[0] for line in wanted}
    plain = sorted((line for line, root in roots.items() if root not in ("torch", "triton")), key=_import_order)
    torch_lines = sorted((line for line, root in roots.items() if root == "torch"), key=_import_order)
    triton_lines = sorted((line for line, root in roots.items() if root == "triton"), key=_import_order)
    return "\n".join(
        [
            *plain,
            "",
            *torch_lines,
            "",
            'if __name__ == "__main__" and not torch.cuda.is_available():',
            '    os.environ["TRITON_INTERPRET"] = "1"  # has to be set before Triton is imported',
            "",
            *triton_lines,
        ]
    )


def _import_order(line: str) -> tuple[bool, bool, str]:
    return not line.startswith("from __future__"), line.startswith("from "), line


def _single_imports(text: str) -> list[tuple[str, str]]:
    """Each name with a line of its own, so that two files' lines can be told to be the same."""
    (node,) = [n for n in ast.parse(text).body if isinstance(n, (ast.Import, ast.ImportFrom))]
    start = "import" if isinstance(node, ast.Import) else f"from {'.' * node.level}{node.module or ''} import"
    return [
        (a.asname or a.name.partition(".")[0], f"{start} {a.name}{f' as {a.asname}' if a.asname else ''}")
        for a in node.names
    ]
