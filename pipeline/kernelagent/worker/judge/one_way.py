"""Decisions in the module's own Python that all cases take the same way, and inputs on which they go the other way.

A module that does not export may decide by the values of its inputs. A kernel that leaves a branch out is right on
every case that does not take it, so inputs are moved to the numbers that the module's comparisons name; what then still
went one way only is said.
"""

from __future__ import annotations

import ast
import dis
import itertools
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

import torch
from torch.utils._pytree import tree_map

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge.cases import CasePlan
from kernelagent.worker.judge.reference_run import ReferenceRun
from kernelagent.worker.problem import Specimen

SEARCH_S = 6.0
"""For the search; what was not tried by then is said as what was tried in vain."""
MOST_LITERALS = 6
SPREAD = 0.02
"""Of inputs that are moved to a number, and of the number: all of its comparisons with them go alike."""
_ANYWHERE = (0.0, 1.0, -1.0, 10.0, -10.0, 1000.0, -1000.0)

Prepared = tuple[CasePlan, Specimen, ReferenceRun]
Prepare = Callable[[CasePlan], "tuple[Specimen, ReferenceRun] | str"]


@dataclass(frozen=True)
class Decision:
    """A conditional jump of the module's byte code, and where it went."""

    code: CodeType
    offset: int
    jumped: bool


class Watch:
    """While it is entered, it notes which way each decision in the functions of one file goes."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.seen: set[Decision] = set()
        self._jumps: dict[CodeType, dict[int, int]] = {}
        self._last: dict[int, int] = {}
        self._before: Any = None

    def __enter__(self) -> Watch:
        self._before = sys.gettrace()
        sys.settrace(self._called)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.settrace(self._before)

    def one_way(self) -> set[Decision]:
        """The ways that were not taken, of decisions that were made; none that only raises."""
        missing = {replace(one, jumped=not one.jumped) for one in self.seen} - self.seen
        return {one for one in missing if not _raises(one, self._jumps[one.code])}

    def _called(self, frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != self._file:
            return None
        if frame.f_code not in self._jumps:
            self._jumps[frame.f_code] = {i.offset: i.argval for i in _instructions(frame.f_code) if _is_decision(i)}
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._stepped

    def _stepped(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "opcode":
            jumps, last = self._jumps[frame.f_code], self._last.get(id(frame))
            if last is not None and last in jumps:
                self.seen.add(Decision(frame.f_code, last, frame.f_lasti == jumps[last]))
            self._last[id(frame)] = frame.f_lasti
        elif event == "return":
            self._last.pop(id(frame), None)
        return self._stepped


def more_cases(problem: Problem, watch: Watch, small: CasePlan, prepare: Prepare) -> list[Prepared]:
    """Cases on which decisions go that way which no case has taken so far."""
    tree = _tree(problem)
    found: list[Prepared] = []
    deadline = time.monotonic() + SEARCH_S
    for number in dict.fromkeys((*_worth_trying(tree), *_ANYWHERE)):
        if not _undecided(watch, tree) or time.monotonic() > deadline:
            break
        before = _undecided(watch, tree)
        plan = replace(small, name=f"values around {number:g}", around=number, otherwise=(), weights=0)
        with watch:
            prepared = prepare(plan)
        if not isinstance(prepared, str) and before - _undecided(watch, tree):
            found.append((plan, *prepared))
    return found


def told(problem: Problem, watch: Watch) -> list[str]:
    """What went one way only, in words."""
    lines = sorted({_line(one) for one in _undecided(watch, _tree(problem))})
    name = Path(problem.file).name
    return [f"Line {line} of {name} decides something, and no case takes its other way" for line in lines]


def moved(specimen: Specimen, number: float) -> Specimen:
    """All floats of the inputs close to ``number``, and different from one another as they were."""

    def move(leaf: Any) -> Any:
        if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point() or not leaf.numel():
            return leaf
        unit = leaf.double() / leaf.double().abs().max().clamp(min=1e-30)
        return (number + SPREAD * max(abs(number), 1.0) * unit).to(leaf.dtype)

    args, kwargs = tree_map(move, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def _undecided(watch: Watch, tree: ast.Module) -> set[Decision]:
    settled = _lines_of_configuration(tree)
    return {one for one in watch.one_way() if _line(one) not in settled}


def _worth_trying(tree: ast.Module) -> Iterator[float]:
    """Numbers between, below and above those that the file compares something with."""
    numbers = sorted({n for node in ast.walk(tree) if isinstance(node, ast.Compare) for n in _numbers(node)})
    numbers = numbers[:MOST_LITERALS]
    yield from ((low + high) / 2 for low, high in itertools.pairwise(numbers))
    for number in numbers:
        step = max(abs(number), 1.0) / 4
        yield from (number, number + step, number - step)


def _numbers(node: ast.Compare) -> Iterator[float]:
    for side in (node.left, *node.comparators):
        is_negative = isinstance(side, ast.UnaryOp) and isinstance(side.op, ast.USub)
        number = side.operand if isinstance(side, ast.UnaryOp) and is_negative else side
        value = number.value if isinstance(number, ast.Constant) else None
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            yield -float(value) if is_negative else float(value)


def _lines_of_configuration(tree: ast.Module) -> set[int]:
    """Lines of tests that ask how the module was made, or whether something was given, and nothing of values."""
    tests = [node.test for node in ast.walk(tree) if isinstance(node, (ast.If, ast.IfExp, ast.While, ast.Assert))]
    return {test.lineno for test in tests if _is_configuration(test)}


def _is_configuration(test: ast.expr) -> bool:
    if isinstance(test, ast.BoolOp):
        return all(map(_is_configuration, test.values))
    if isinstance(test, ast.UnaryOp):
        return _is_configuration(test.operand)
    if isinstance(test, ast.Compare) and all(isinstance(op, (ast.Is, ast.IsNot)) for op in test.ops):
        return True
    if isinstance(test, ast.Call):
        return isinstance(test.func, ast.Name) and test.func.id in ("isinstance", "hasattr", "callable")
    names = {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}
    return names <= {"self"} and not any(isinstance(node, ast.Call) for node in ast.walk(test))


def _tree(problem: Problem) -> ast.Module:
    return ast.parse(Path(problem.text_file or problem.file).read_text(encoding="utf-8-sig"))


def _instructions(code: CodeType) -> Sequence[dis.Instruction]:
    return list(dis.get_instructions(code))


def _is_decision(instruction: dis.Instruction) -> bool:
    return "POP_JUMP" in instruction.opname or "JUMP_IF_" in instruction.opname


def _line(decision: Decision) -> int:
    lines = [line for offset, line in dis.findlinestarts(decision.code) if offset <= decision.offset and line]
    return lines[-1] if lines else decision.code.co_firstlineno


def _raises(way: Decision, jumps: dict[int, int]) -> bool:
    """That way leads to a ``raise`` before it decides or returns anything: a guard, which no kernel has to follow."""
    instructions = _instructions(way.code)
    start = jumps[way.offset] if way.jumped else way.offset + 1
    for instruction in instructions:
        if instruction.offset < start:
            continue
        if instruction.opname in ("RAISE_VARARGS", "RERAISE"):
            return True
        if instruction.opname.startswith(("RETURN", "JUMP")) or _is_decision(instruction):
            return False
    return False
