"""What a kernel's wrapper decides: comparisons, tests, ``min`` or ``max`` of several values, quotients, loops, items of
a list or a ``dict`` that is written out, handlers of exceptions, cases of a ``match``.

A decision that went the same way in every case leaves a path that nobody saw. Here they are found in the syntax tree,
each with the expressions that it rests on: only where one of those came to differ could it have gone otherwise for the
problem at hand. ``worker/judge/turned.py`` watches both while the cases run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from kernelagent.static.extent import is_jitted
from kernelagent.static.launch_options import launch_options
from kernelagent.static.names import Names
from kernelagent.static.values_of import Values
from kernelagent.static.walk import walk

_COMPARED = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.In, ast.NotIn)
_OF_TYPES = frozenset({"isinstance", "issubclass", "callable", "hasattr"})
_NOT_INSTALLED = frozenset({"ImportError", "ModuleNotFoundError"})
_COMPARING = frozenset({"lt", "le", "gt", "ge", "eq", "ne", "truth", "not_"})
"""Of the module ``operator``."""
_NOTHING: dict[type[ast.cmpop], dict[int, bool]] = {
    ast.Eq: {0: True},
    ast.NotEq: {0: False},
    ast.Gt: {0: False},
    ast.GtE: {1: False},
    ast.LtE: {0: True},
    ast.Lt: {1: True},
}
"""Comparison of a size with a number → the outcome that means that there is nothing."""

Kind = Literal["test", "choice", "quotient", "rounds", "item", "attempt", "match"]
Written = ast.List | ast.Tuple | ast.Dict


@dataclass(frozen=True)
class Decision:
    node: ast.expr | ast.Try | ast.Match
    kind: Kind
    """A choice is a call of ``min`` or ``max``; a quotient selects where it is not the same for all sizes; what a loop
    carries over shows in its second round; an item is taken from what is written out, by something computed; an attempt
    goes well (0), or into one of its handlers (from 1 on); a ``match`` comes to one of its cases, by their numbers."""
    rests_on: frozenset[ast.expr]
    """Nodes of the same tree, whose values decide."""
    otherwise: frozenset[bool | int] = frozenset()
    """Outcomes of a test, numbers of a choice's arguments, an attempt's handlers or a ``match``'s cases, whose absence
    tells nothing."""
    by: frozenset[ast.expr] = frozenset()
    """What else decides, and is this test by another name, where it came to a single answer."""
    written: Written | None = None
    """What an item is taken from."""


def decisions(tree: ast.Module) -> list[Decision]:
    """Those of a kernel file, in no order that means anything."""
    names = Names(tree)
    values = Values(tree)
    found: dict[ast.AST, Decision] = {}
    kernels = [node for node in walk(tree) if isinstance(node, ast.FunctionDef) and is_jitted(node, names)]
    parameters = frozenset(argument.arg for kernel in kernels for argument in kernel.args.args)
    asked: set[ast.expr] = set()
    """What comparisons and tests rest on: these are told, and not it."""
    quotients: list[tuple[ast.expr, ast.AST | None]] = []
    for outermost in _outermost(tree.body, names):
        inside = values.scope_of(outermost)
        without: set[ast.AST] = {
            node for node in walk(outermost) if isinstance(node, ast.FunctionDef) and is_jitted(node, names)
        }
        without |= {node for node in walk(outermost) if isinstance(node, (ast.Assert, ast.Raise))}
        without |= launch_options(outermost, parameters)
        without |= {
            node.test
            for node in walk(outermost)
            if isinstance(node, ast.If) and (_only_complains(node.body, names) or _only_complains(node.orelse, names))
        }
        nodes = walk(outermost, without)
        comparing = [n for n in nodes if isinstance(n, ast.expr) and _decides(n, names) and not _asks_address(n)]
        tested = [leaf for node in nodes for test in _tests(node) if test not in without for leaf in _leaves(test)]
        for node in dict.fromkeys(comparing):
            kind: Kind = "choice" if _is_choice(node) else "test"
            found[node] = Decision(
                node, kind, values.behind(node, inside).rests_on, _telling_nothing(node, values, inside)
            )
        for node in dict.fromkeys(tested):
            if node in found:
                continue
            behind = values.behind(node, inside)
            by = frozenset() if isinstance(node, ast.BoolOp) else _deciding(behind.reached, names)
            nothing = frozenset({False}) if behind.is_size else frozenset()
            found[node] = Decision(node, "test", behind.rests_on, nothing, by)
        items = [(n, w) for n in nodes if isinstance(n, ast.expr) and (w := _taken_from(n, values, inside))]
        for node, written in items:
            found[node] = Decision(node, "item", values.behind(key_of(node), inside).rests_on, written=written)
        for attempt in (part for part in nodes if isinstance(part, ast.Try) and part.handlers):
            parts = [part for one in attempt.body for part in walk(one) if isinstance(part, ast.expr)]
            rests_on = frozenset(on for part in parts for on in values.behind(part, inside).rests_on)
            found[attempt] = Decision(attempt, "attempt", rests_on, _complaining(attempt, names))
        for matching in (part for part in nodes if isinstance(part, ast.Match)):
            guards = [case.guard for case in matching.cases if case.guard is not None]
            on = frozenset(on for part in (matching.subject, *guards) for on in values.behind(part, inside).rests_on)
            complaining = (n for n, case in enumerate(matching.cases) if _only_complains(case.body, names))
            found[matching] = Decision(matching, "match", on, frozenset(complaining))
        looping = [node.iter for node in nodes if isinstance(node, ast.For) and _is_range(node.iter)]
        for node in looping:
            found[node] = Decision(node, "rounds", values.behind(node, inside).rests_on)
        asked |= {part for node in (*comparing, *tested, *looping) for part in values.behind(node, inside).reached}
        asked |= {part for node, _ in items for part in values.behind(key_of(node), inside).reached}
        quotients += [(n, inside) for n in nodes if isinstance(n, ast.expr) and _is_quotient(n, names)]
    for node, inside in quotients:
        if node not in asked:
            found[node] = Decision(node, "quotient", values.behind(node, inside).rests_on)
    return list(found.values())


def _outermost(body: Iterable[ast.stmt], names: Names) -> Iterator[ast.AST]:
    """Functions with all that is inside them, and what runs outside; of kernels their decorators alone."""
    for statement in body:
        if isinstance(statement, ast.ClassDef):
            yield from _outermost(statement.body, names)
        elif isinstance(statement, ast.FunctionDef) and is_jitted(statement, names):
            yield from statement.decorator_list
        else:
            yield statement


def _decides(node: ast.AST, names: Names) -> bool:
    match node:
        case ast.Compare(ops=ops):
            members = [
                side for op, side in zip(ops, node.comparators, strict=True) if isinstance(op, (ast.In, ast.NotIn))
            ]
            return all(isinstance(op, _COMPARED) for op in ops) and all(
                isinstance(side, (ast.Tuple, ast.List, ast.Set)) for side in members
            )
        case ast.Call(func=ast.Name(id="bool"), args=[_]):
            return True
        case ast.Call(func=function):
            module, _, name = (names.of(function) or "").rpartition(".")
            return _is_choice(node) or (module == "operator" and name in _COMPARING)
    return False


def _deciding(reached: Iterable[ast.expr], names: Names) -> frozenset[ast.expr]:
    return frozenset(part for part in reached if _decides(part, names))


def _taken_from(node: ast.expr, values: Values, inside: ast.AST | None) -> Written | None:
    """Where ``node`` is ``written[computed]`` or ``written.get(computed, ...)``."""
    match node:
        case ast.Subscript(value=value, slice=key, ctx=ast.Load()) if not isinstance(key, (ast.Slice, ast.Tuple)):
            given = [key]
        case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[_] | [_, _] as given, keywords=[]):
            pass
        case _:
            return None
    key = given[0].operand if isinstance(given[0], ast.UnaryOp) else given[0]
    if isinstance(key, (ast.Constant, ast.Starred)):
        return None
    written = values.written_as(value, inside)
    return written if isinstance(node, ast.Subscript) or isinstance(written, ast.Dict) else None


def key_of(node: ast.AST) -> ast.expr:
    """What an item is taken by: ``written[key]`` or ``written.get(key, ...)``."""
    if isinstance(node, ast.Call):
        return node.args[0]
    assert isinstance(node, ast.Subscript)
    return node.slice


def _complaining(attempt: ast.Try, names: Names) -> frozenset[bool | int]:
    """Numbers of the handlers that raise or warn, or are for what is not installed."""
    return frozenset(
        number
        for number, handler in enumerate(attempt.handlers, 1)
        if _only_complains(handler.body, names) or getattr(handler.type, "id", "") in _NOT_INSTALLED
    )


def _asks_address(node: ast.AST) -> bool:
    """Where a tensor lies, which ``surroundings`` tells."""
    return any(isinstance(part, ast.Attribute) and part.attr == "data_ptr" for part in walk(node))


def _is_choice(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="min" | "max"), args=[_, _, *_] as given, keywords=[]):
            return not any(isinstance(argument, ast.Starred) for argument in given)
    return False


def _is_range(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "range"


def _is_quotient(node: ast.expr, names: Names) -> bool:
    match node:
        case ast.BinOp(op=ast.FloorDiv() | ast.RShift()):
            return True
        case ast.Call(func=function):
            return names.of(function) in ("triton.cdiv", "triton.language.cdiv")
    return False


def _tests(node: ast.AST) -> list[ast.expr]:
    """What is asked whether it is true."""
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            return [test]
        case ast.comprehension(ifs=ifs):
            return ifs
        case ast.BoolOp(values=values):
            return values[:-1]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return [operand]
    return []


def _leaves(test: ast.expr) -> Iterator[ast.expr]:
    match test:
        case ast.BoolOp(values=values):
            yield test
            for value in values:
                yield from _leaves(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _leaves(operand)
        case ast.Constant() | ast.Compare():
            pass
        case ast.Call(func=ast.Name(id=name)) if name in _OF_TYPES:
            pass
        case _:
            yield test


def _only_complains(body: list[ast.stmt], names: Names) -> bool:
    """It raises, or does nothing but warn."""
    match body:
        case [*before, ast.Raise()]:
            return all(isinstance(statement, (ast.Assign, ast.Expr)) for statement in before)
        case [ast.Expr(ast.Call(func=function))]:
            return names.of(function) == "warnings.warn"
    return False


def _telling_nothing(node: ast.expr, values: Values, inside: ast.AST | None) -> frozenset[bool | int]:
    """That there is nothing along a size; that two sizes differ, which the problem may exclude; ``max(n, 1)``."""
    match node:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            if isinstance(left, ast.Constant):
                left, op, right = right, _turned_round(op), left
            is_size = values.behind(left, inside).is_size
            if isinstance(right, ast.Constant):
                number = right.value if type(right.value) is int else -1
                nothing = _NOTHING.get(type(op), {}).get(number)
                return frozenset({nothing}) if is_size and nothing is not None else frozenset()
            if is_size and isinstance(op, (ast.Eq, ast.NotEq)) and values.behind(right, inside).is_size:
                return frozenset({isinstance(op, ast.NotEq)})
        case ast.Call(func=ast.Name(id="max"), args=given):
            return frozenset(
                n for n, a in enumerate(given) if isinstance(a, ast.Constant) and type(a.value) is int and a.value <= 1
            )
    return frozenset()


def _turned_round(op: ast.cmpop) -> ast.cmpop:
    swapped: dict[type[ast.cmpop], type[ast.cmpop]] = {
        ast.Lt: ast.Gt,
        ast.Gt: ast.Lt,
        ast.LtE: ast.GtE,
        ast.GtE: ast.LtE,
    }
    return swapped.get(type(op), type(op))()
