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
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import _disable_current_modes

from kernelagent.static.decisions import Decision, Kind, Written, decisions, key_of
from kernelagent.static.extent import without_unread

_SEEN, _TESTED, _CHOSEN, _DIVIDED, _LOOPED, _TAKEN, _GOT, _TRIED, _MATCHED = (
    f"({name})" for name in ("seen", "tested", "chosen", "divided", "looped", "taken", "got", "tried", "matched")
)
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
        self._now: dict[int, set[int]] = {}
        """Of the call that is watched."""
        self.ways: list[str] = []
        """That the last call took: tests, items and attempts with what came of them."""
        self._open: Counter[int] = Counter()
        """Attempts of that call that came to none of their handlers."""
        self._source = ""
        self._watching = False

    def __enter__(self) -> None:
        """A case is run: what is decided while the file is imported or an object is made tells nothing."""
        self._watching = True
        self._now = {}
        self._open.clear()

    def __exit__(self, *exc: object) -> None:
        self._watching = False
        for number in (n for n, count in self._open.items() if count > 0 and exc[:1] in ((), (None,))):
            self._now.setdefault(number, set()).add(0)
        if not self._of_a_module:
            self.keep()

    def keep(self) -> None:
        """The last call counts; each does of a wrapper."""
        self.ways = []
        for number, seen in self._now.items():
            self._outcomes.setdefault(number, set()).update(seen)
            if self._decisions[number].kind in ("test", "item", "attempt", "match"):
                self.ways += [f"wrapper {number}: {outcome}" for outcome in sorted(seen)]
        self._now = {}

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
        self._fixed = {
            n for n, d in enumerate(self._decisions) if _asks_how_it_was_made(key_of(d.node) if d.written else d.node)
        }
        places: dict[ast.AST, tuple[int, Kind]] = {d.node: (n, d.kind) for n, d in enumerate(self._decisions)}
        _Leading(numbers, places).visit(tree)
        return ast.fix_missing_locations(tree)

    def give(self, namespace: dict[str, Any]) -> None:
        """Before the watched tree runs in it."""
        namespace.update({_SEEN: self._see, _TESTED: self._test, _CHOSEN: self._choose})
        namespace.update({_DIVIDED: self._divide, _LOOPED: self._loop})
        namespace.update({_TAKEN: self._take, _GOT: self._get, _TRIED: self._try, _MATCHED: self._match})

    def unseen(self) -> list[Unseen]:
        """In the order of lines."""
        missing: dict[ast.AST, list[Unseen]] = {}
        for number, outcomes in self._outcomes.items():
            decision = self._decisions[number]
            if self._may_turn(number) and (found := list(self._missing(decision, outcomes))):
                missing[decision.node] = found
        came_to = {self._decisions[number].node for number in self._outcomes}
        by_others = {d.node for d in self._decisions if d.by & (missing.keys() if self._of_a_module else came_to)}
        told = {
            one
            for node, found in missing.items()
            if node not in by_others
            and not (isinstance(node, ast.BoolOp) and any(missing.get(part) for part in _inside(node)))
            for one in found
        }
        return sorted(told)

    def _may_turn(self, number: int) -> bool:
        """Whether it could have gone otherwise for this problem."""
        if self._of_a_module:
            return number not in self._fixed
        return bool(self._rests_on[number] & self._varied)

    def _missing(self, decision: Decision, outcomes: set[int]) -> Iterator[Unseen]:
        node = decision.node
        if isinstance(node, ast.Try):
            for number, handler in enumerate(node.handlers, 1):
                if number not in outcomes | decision.otherwise:
                    caught = f"except {self._text(handler.type)}" if handler.type else "except"
                    yield handler.lineno, f"`{caught}` was entered in no case"
            if 0 not in outcomes:
                yield node.lineno, "`try` went to its end in no case"
            return
        if isinstance(node, ast.Match):
            for number, case in enumerate(node.cases):
                if number not in outcomes | decision.otherwise:
                    yield case.pattern.lineno, f"`case {self._text(case.pattern)}` was come to in no case"
            return
        yield from ((node.lineno, what) for what in self._missing_of(node, decision, outcomes))

    def _missing_of(self, node: ast.expr, decision: Decision, outcomes: set[int]) -> list[str]:
        text = f"`{self._text(node)}`"
        if decision.kind == "test":
            return [
                f"{text} was {str(outcome).lower()} in no case"
                for outcome in (True, False)
                if outcome not in outcomes and outcome not in decision.otherwise
            ]
        if decision.kind == "quotient":
            some = outcomes - {0} if isinstance(node, ast.Call) else outcomes  # cdiv of nothing
            return [f"{text} was {value:,} in every case" for value in some] if len(some) == 1 else []
        if decision.kind == "rounds":
            return [] if max(outcomes) > 1 else [f"the loop over {text} went round twice in no case"]
        given = _alternatives(node, decision)
        missing = [n for n in range(len(given)) if n not in outcomes and n not in decision.otherwise]
        return [f"{text} took `{self._text(given[n])}` in no case" for n in missing[:1]]

    def _text(self, node: ast.expr | ast.pattern) -> str:
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
            with _disable_current_modes():  # to look at it is nothing that the module does
                self._note(number, bool(value))
        return value

    def _divide(self, number: int, value: Any) -> Any:
        """Two values and 0 are enough to tell that it is not always the same."""
        if self._watching and type(value) is int and len(self._outcomes.get(number, ())) < 3:
            self._note(number, value)
        return value

    def _loop(self, number: int, bounds: Any) -> Any:
        if self._watching and type(bounds) is range:
            self._note(number, min(len(bounds), 2))
        return bounds

    def _choose(self, number: int, function: Callable[..., Any], *given: Any) -> Any:
        """An argument was taken where all others would have given something else."""
        result = function(*given)
        is_known = function is builtins.min or function is builtins.max
        if self._watching and is_known and all(type(value) in _NUMBERS for value in given):
            taken = [n for n, value in enumerate(given) if value == result]
            self._note(number, *(taken if len(taken) == 1 else ()))
        return result

    def _take(self, number: int, held: Any, key: Any) -> Any:
        result = held[key]
        self._note_item(number, held, key)
        return result

    def _get(self, number: int, held: Any, *given: Any) -> Any:
        result = held.get(*given)
        self._note_item(number, held, given[0])
        return result

    def _note_item(self, number: int, held: Any, key: Any) -> None:
        """Which of those that are written; one past them for what ``get`` gives instead. A key that is no number
        chooses by what things are called."""
        is_one = isinstance(key, torch.Tensor) and key.numel() == 1
        written = self._decisions[number].written
        is_as_written = type(held) in (dict, list, tuple) and len(held) == len(_items(written))
        if not self._watching or not is_as_written or not (type(key) in _NUMBERS or is_one):
            return
        if type(held) is dict and type(key) in _NUMBERS:
            self._note(number, list(held).index(key) if key in held else len(held))
        elif type(held) is not dict:
            with _disable_current_modes():
                self._note(number, range(len(held))[key])

    def _try(self, number: int, handler: int) -> None:
        """An attempt begins (0), or comes to one of its handlers."""
        if not self._watching:
            return
        self._open[number] += -1 if handler else 1
        if handler:
            self._note(number, handler)

    def _match(self, number: int, case: int) -> None:
        if self._watching:
            self._note(number, case)

    def _note(self, number: int, *outcomes: int) -> None:
        self._now.setdefault(number, set()).update(outcomes)


def _alternatives(node: ast.expr, decision: Decision) -> list[ast.expr]:
    """What a choice or an item is one of."""
    given = node.args if isinstance(node, ast.Call) else []
    return [*_items(decision.written), *given[1:]] if decision.written else given


def _items(written: Written | None) -> list[ast.expr]:
    return [] if written is None else written.values if isinstance(written, ast.Dict) else written.elts


def _asks_how_it_was_made(test: ast.expr | ast.Try | ast.Match) -> bool:
    """A module's own attributes, types, and whether something was given: all the same in every call."""
    match test:
        case ast.Try():
            return False
        case ast.Match(subject=subject):
            return _asks_how_it_was_made(subject)
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

    def __init__(self, numbers: dict[ast.expr, int], places: dict[ast.AST, tuple[int, Kind]]) -> None:
        self._numbers = numbers
        self._places = places

    def visit(self, node: ast.AST) -> Any:
        self.generic_visit(node)
        led: Any = node
        if isinstance(node, ast.expr) and node in self._places:
            led = self._led(node, *self._places[node])
        if isinstance(node, ast.Try) and node in self._places:
            return self._attempt(node)
        if isinstance(node, ast.Match) and node in self._places:
            return self._matching(node)
        if isinstance(node, ast.expr) and node in self._numbers:
            led = self._call(_SEEN, self._numbers[node], [led], node)
        return led

    def _attempt(self, node: ast.Try) -> ast.Try:
        number, _ = self._places[node]
        for place, body in enumerate([node.body, *(handler.body for handler in node.handlers)]):
            call = self._call(_TRIED, number, [ast.Constant(place)], body[0])
            body.insert(0, ast.copy_location(ast.Expr(call), body[0]))
        return node

    def _matching(self, node: ast.Match) -> ast.Match:
        number, _ = self._places[node]
        for place, case in enumerate(node.cases):
            call = self._call(_MATCHED, number, [ast.Constant(place)], case.body[0])
            case.body.insert(0, ast.copy_location(ast.Expr(call), case.body[0]))
        return node

    def _led(self, node: ast.expr, number: int, kind: Kind) -> ast.expr:
        match node:
            case ast.Subscript() if kind == "item":
                return self._call(_TAKEN, number, [node.value, node.slice], node)
            case ast.Call(func=ast.Attribute(value=held)) if kind == "item":
                return self._call(_GOT, number, [held, *node.args], node)
            case ast.Call() if kind == "choice":
                return self._call(_LEADING_TO[kind], number, [node.func, *node.args], node)
        return self._call(_LEADING_TO[kind], number, [node], node)

    @staticmethod
    def _call(name: str, number: int, given: list[ast.expr], at: ast.AST) -> ast.expr:
        return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), [ast.Constant(number), *given], []), at)


def _is_plain(value: Any) -> bool:
    """A number, a text, or several: what can be kept and compared without running anybody's code."""
    if type(value) in (tuple, torch.Size):
        return all(type(item) in (*_NUMBERS, str) for item in value)
    return type(value) in (*_NUMBERS, str)
