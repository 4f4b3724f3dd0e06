"""Count the rounds of every loop in interpreted kernels, and see which way their branches go (``rounds.py``)."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from triton.runtime import interpreter

from kernelagent.static.values_of import Values
from kernelagent.worker.judge.interpreter_together import Switch
from kernelagent.worker.judge.patching import replace
from kernelagent.worker.judge.rounds import Branch, Launched, Loop, Rounds

_ENTER, _OVER, _BEGIN, _ROUND, _WAY = (f"({name})" for name in ("enter", "over", "begin", "round", "way"))
"""No identifiers: no text of a kernel can name them."""
_TEXT = 60


def install(rounds: Rounds, switch: Switch) -> None:
    """Patch this process's interpreter. Only for a process that runs candidates and ends. What an ``if`` tests is one
    number for all programs that ``switch`` has run together."""

    meanings: dict[str, Callable[..., Any]] = {
        _ENTER: rounds.enter,
        _OVER: rounds.over,
        _BEGIN: rounds.begin,
        _ROUND: rounds.round,
        _WAY: lambda number, test: rounds.way(number, switch.settled(test)),
    }

    def transform(original: Any, rewriter: Any, source: str) -> Any:
        rewriter.fn.__globals__.update(meanings)
        rewriter.ast_transformer = _Counted(rounds, rewriter.def_file_lineno, type(rewriter).ast_transformer)
        return original(rewriter, source)

    replace(interpreter.FunctionRewriter, "_transform_ast", transform)


class _Counted(ast.NodeTransformer):
    """One kernel; then what is done to every kernel."""

    def __init__(self, rounds: Rounds, first_line: int, others: ast.NodeTransformer) -> None:
        self._rounds = rounds
        self._before = first_line - 1
        """Lines of the file above the kernel's."""
        self._others = others
        self._kernel = ""
        self._values: Values
        self._scope: ast.AST | None = None
        self._parameters: frozenset[str] = frozenset()
        self._at_run_time: frozenset[str] = frozenset()
        """Those that are no constants when it is compiled."""
        self._launched = Launched()
        self._around: list[Loop] = []
        """Loops that what is looked at lies in, the innermost last."""

    def visit_Module(self, node: ast.Module) -> Any:
        self._values = Values(node)
        return self._others.visit(self.generic_visit(node))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if self._scope is not None:
            return self.generic_visit(node)
        self._kernel, self._scope = node.name, self._values.scope_of(node)
        given = (*node.args.posonlyargs, *node.args.args)
        self._parameters = frozenset(argument.arg for argument in given)
        self._at_run_time = frozenset(argument.arg for argument in given if not _is_constant(argument))
        self.generic_visit(node)
        number = self._rounds.add_kernel(self._launched)
        node.body.insert(0, _statement(_ENTER, [ast.Constant(number), *map(_read, self._launched.names)], node))
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        bounds = node.iter.args[:2] if isinstance(node.iter, ast.Call) else []
        turns = bounds[-1] if bounds and isinstance(node.iter, ast.Call) and len(node.iter.args) < 3 else None
        counted = isinstance(turns, ast.Name) and turns.id in self._at_run_time
        number = self._visit_loop(node, list(bounds), counted)
        node.iter = ast.copy_location(_call(_OVER, [ast.Constant(number), node.iter]), node.iter)
        return node

    def visit_While(self, node: ast.While) -> list[ast.stmt] | ast.AST:
        if all(isinstance(statement, ast.Pass) for statement in node.body):
            return self.generic_visit(node)  # it waits for other programs, which run one by one here
        number = self._visit_loop(node, [node.test])
        node.body.insert(0, _statement(_ROUND, [ast.Constant(number)], node))
        return [_statement(_BEGIN, [ast.Constant(number)], node), node]

    def visit_If(self, node: ast.If) -> ast.AST:
        return self._watched(node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        return self._watched(node)

    def _watched(self, node: ast.If | ast.IfExp) -> ast.AST:
        names = self._parameters_behind([node.test])
        text = " ".join(ast.unparse(node.test).split())[:_TEXT]
        mentioned = {part.id for part in ast.walk(node.test) if isinstance(part, ast.Name)}
        is_settled = bool(self._around) and mentioned <= self._parameters
        loop = self._around[-1] if is_settled else None
        number = self._rounds.add_branch(Branch(node.lineno + self._before, text, names, self._launched, loop))
        self.generic_visit(node)
        node.test = ast.copy_location(_call(_WAY, [ast.Constant(number), node.test]), node.test)
        return node

    def _parameters_behind(self, parts: list[ast.expr]) -> tuple[str, ...]:
        """Names of the kernel's parameters that the parts rest on."""
        on = {
            part.id
            for whole in parts
            for part in self._values.behind(whole, self._scope).rests_on
            if isinstance(part, ast.Name)
        }
        found = tuple(sorted(on & self._parameters))
        self._launched.names = tuple(dict.fromkeys((*self._launched.names, *found)))
        return found

    def _visit_loop(self, node: ast.For | ast.While, bounds: list[ast.expr], counted: bool = False) -> int:
        """Its number."""
        names = self._parameters_behind(bounds)
        loop = Loop(node.lineno + self._before, self._kernel, names, self._launched, counted)
        number = self._rounds.add(loop)
        self._around.append(loop)
        self.generic_visit(node)
        self._around.pop()
        return number


def _is_constant(parameter: ast.arg) -> bool:
    return parameter.annotation is not None and "constexpr" in ast.unparse(parameter.annotation)


def _statement(name: str, given: list[ast.expr], at: ast.AST) -> ast.stmt:
    return ast.copy_location(ast.Expr(_call(name, given)), at)


def _call(name: str, given: list[ast.expr]) -> ast.Call:
    return ast.Call(_read(name), given, [])


def _read(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())
