"""Which decisions of a wrapper went one way only, in all cases: the other way, nobody saw.

The file is loaded with its decisions (``static/decisions.py``) passing through here, at the lines where they are;
kernels are left as written, since Triton reads them from the file. What calls lead here are no identifiers, so that no
text of a file can name them. A decision is told where something that it rests on took several values, else it is one
and the same for this problem.
"""

from __future__ import annotations

import ast
import builtins
import importlib.machinery
import importlib.util
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from kernelagent.static.decisions import Decision, Kind, decisions
from kernelagent.static.extent import without_unread

_SEEN, _TESTED, _CHOSEN, _DIVIDED, _LOOPED = (f"({n})" for n in ("seen", "tested", "chosen", "divided", "looped"))
_LEADING_TO: dict[Kind, str] = {"test": _TESTED, "choice": _CHOSEN, "quotient": _DIVIDED, "rounds": _LOOPED}
_NUMBERS = (bool, int, float)
_TEXT = 60
"""Characters of an expression that are shown."""

Unseen = tuple[int, str]
"""Line, and what happened in no case."""


class Turned:
    """Of one candidate's process; or ``of_a_module``, which decides by its tensors: each of its decisions is told."""

    def __init__(self, of_a_module: bool = False) -> None:
        self._of_a_module = of_a_module
        self._decisions: list[Decision] = []
        self._rests_on: list[frozenset[int]] = []
        """For each decision the numbers of the expressions that it rests on."""
        self._fixed: set[int] = set()
        """Decisions on how a module was made."""
        self._first: dict[int, Any] = {}
        self._varied: set[int] = set()
        self._outcomes: dict[int, set[int]] = {}
        self._source = ""
        self._watching = False

    def __enter__(self) -> None:
        """A case is run: what is decided while the file is imported or an object is made tells nothing."""
        self._watching = True

    def __exit__(self, *exc: object) -> None:
        self._watching = False

    def loader(self, name: str, file: Path) -> importlib.machinery.SourceFileLoader:
        """What imports ``file`` as the module ``name`` and has its decisions watched."""
        return _Loader(name, str(file), self)

    def watched(self, source: str, file: str = "<unknown>") -> ast.Module:
        """The tree of ``source`` with its decisions led through here. Raises ``SyntaxError``."""
        return self.led(ast.parse(source, file), source)

    def led(self, tree: ast.Module, source: str) -> ast.Module:
        """The same of a ``tree``, which is changed."""
        self._source = source
        self._decisions = decisions(tree)
        numbers: dict[ast.expr, int] = {}
        for decision in self._decisions:
            on = sorted(decision.rests_on, key=lambda node: (node.lineno, node.col_offset, node.end_col_offset or 0))
            self._rests_on.append(frozenset(numbers.setdefault(node, len(numbers)) for node in on))
        self._fixed = {n for n, d in enumerate(self._decisions) if _asks_how_it_was_made(d.node)}
        places = {decision.node: (number, decision.kind) for number, decision in enumerate(self._decisions)}
        _Leading(numbers, places).visit(tree)
        return ast.fix_missing_locations(tree)

    def give(self, namespace: dict[str, Any]) -> None:
        """Before the watched tree runs in it."""
        namespace.update({_SEEN: self._see, _TESTED: self._test, _CHOSEN: self._choose})
        namespace.update({_DIVIDED: self._divide, _LOOPED: self._loop})

    def unseen(self) -> list[Unseen]:
        """In the order of lines."""
        missing: dict[ast.expr, list[str]] = {}
        for number, outcomes in self._outcomes.items():
            decision = self._decisions[number]
            if self._may_turn(number):
                missing[decision.node] = self._missing(decision, outcomes)
        told = {
            (node.lineno, what)
            for node, found in missing.items()
            if not (isinstance(node, ast.BoolOp) and any(missing.get(part) for part in _inside(node)))
            for what in found
        }
        return sorted(told)

    def _may_turn(self, number: int) -> bool:
        """Whether it could have gone otherwise for this problem."""
        if self._of_a_module:
            return number not in self._fixed
        return bool(self._rests_on[number] & self._varied)

    def _missing(self, decision: Decision, outcomes: set[int]) -> list[str]:
        text = f"`{self._text(decision.node)}`"
        if decision.kind == "test":
            return [
                f"{text} was {str(outcome).lower()} in no case"
                for outcome in (True, False)
                if outcome not in outcomes and outcome not in decision.otherwise
            ]
        if decision.kind == "quotient":
            some = outcomes - {0} if isinstance(decision.node, ast.Call) else outcomes  # cdiv of nothing
            return [f"{text} was {value:,} in every case" for value in some] if len(some) == 1 else []
        if decision.kind == "rounds":
            return [] if max(outcomes) > 1 else [f"the loop over {text} went round twice in no case"]
        given = decision.node.args if isinstance(decision.node, ast.Call) else []
        missing = [n for n in range(len(given)) if n not in outcomes and n not in decision.otherwise]
        return [f"{text} took `{self._text(given[n])}` in no case" for n in missing[:1]]

    def _text(self, node: ast.expr) -> str:
        text = " ".join((ast.get_source_segment(self._source, node) or ast.unparse(node)).split())
        return text if len(text) <= _TEXT else f"{text[:_TEXT]} ..."

    def _see(self, number: int, value: Any) -> Any:
        if self._watching and number not in self._varied and _is_plain(value):
            if number not in self._first:
                self._first[number] = value
            elif self._first[number] != value:
                self._varied.add(number)
        return value

    def _test(self, number: int, value: Any) -> Any:
        of_one = self._of_a_module and isinstance(value, torch.Tensor) and value.numel() == 1
        if self._watching and (type(value) in _NUMBERS or of_one):
            self._outcomes.setdefault(number, set()).add(bool(value))
        return value

    def _divide(self, number: int, value: Any) -> Any:
        """Two values and 0 are enough to tell that it is not always the same."""
        if self._watching and type(value) is int and len(outcomes := self._outcomes.setdefault(number, set())) < 3:
            outcomes.add(value)
        return value

    def _loop(self, number: int, bounds: Any) -> Any:
        if self._watching and type(bounds) is range:
            self._outcomes.setdefault(number, set()).add(min(len(bounds), 2))
        return bounds

    def _choose(self, number: int, function: Callable[..., Any], *given: Any) -> Any:
        """An argument was taken where all others would have given something else."""
        result = function(*given)
        is_known = function is builtins.min or function is builtins.max
        if self._watching and is_known and all(type(value) in _NUMBERS for value in given):
            taken = [n for n, value in enumerate(given) if value == result]
            self._outcomes.setdefault(number, set()).update(taken if len(taken) == 1 else ())
        return result


def _asks_how_it_was_made(test: ast.expr) -> bool:
    """A module's own attributes, types, and whether something was given: all the same in every call."""
    match test:
        case ast.BoolOp(values=parts):
            return all(map(_asks_how_it_was_made, parts))
        case ast.UnaryOp(operand=operand):
            return _asks_how_it_was_made(operand)
        case ast.Compare(ops=ops) if all(isinstance(op, (ast.Is, ast.IsNot)) for op in ops):
            return True
        case ast.Call(func=ast.Name(id="isinstance" | "hasattr" | "callable")):
            return True
    nodes = list(ast.walk(test))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names <= {"self"} and not any(isinstance(node, ast.Call) for node in nodes)


def _inside(test: ast.BoolOp) -> Iterator[ast.expr]:
    """The parts of ``a and b``, which may be told by themselves."""
    return (node for node in ast.walk(test) if isinstance(node, ast.expr) and node is not test)


class _Loader(importlib.machinery.SourceFileLoader):
    """Never reads or writes compiled code, which would be the file's own."""

    def __init__(self, name: str, path: str, turned: Turned) -> None:
        super().__init__(name, path)
        self._turned = turned

    def get_code(self, fullname: str) -> types.CodeType:
        source = importlib.util.decode_source(self.get_data(self.path))
        tree = self._turned.led(without_unread(ast.parse(source, self.path)), source)
        return compile(tree, self.path, "exec", dont_inherit=True)

    def exec_module(self, module: types.ModuleType) -> None:
        self._turned.give(module.__dict__)
        super().exec_module(module)


class _Leading(ast.NodeTransformer):
    """Puts calls around what decides and what is rested on."""

    def __init__(self, numbers: dict[ast.expr, int], places: dict[ast.expr, tuple[int, Kind]]) -> None:
        self._numbers = numbers
        self._places = places

    def visit(self, node: ast.AST) -> Any:
        self.generic_visit(node)
        led: Any = node
        if isinstance(node, ast.expr) and node in self._places:
            number, kind = self._places[node]
            inside = [node.func, *node.args] if kind == "choice" and isinstance(node, ast.Call) else [node]
            led = self._call(_LEADING_TO[kind], number, inside, node)
        if isinstance(node, ast.expr) and node in self._numbers:
            led = self._call(_SEEN, self._numbers[node], [led], node)
        return led

    @staticmethod
    def _call(name: str, number: int, given: list[ast.expr], at: ast.AST) -> ast.expr:
        return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), [ast.Constant(number), *given], []), at)


def _is_plain(value: Any) -> bool:
    """A number, a text, or several: what can be kept and compared without running anybody's code."""
    if type(value) in (tuple, torch.Size):
        return all(type(item) in (*_NUMBERS, str) for item in value)
    return type(value) in (*_NUMBERS, str)
