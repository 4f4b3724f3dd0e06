"""Comparisons of tensors in the module itself that held for no element in any case, or for every one, or that came true
after no other along a loop, and bounds that held nothing back: a kernel that leaves the other way out looks right.

``torch.where(count == 60, a, b)`` is such a choice: no random input has a count of 60. What Python decides is watched
in ``module_ways.py``.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakIdKeyDictionary

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import module_bounds
from kernelagent.worker.judge.turns import ORDERS, AllTurns, is_of_floats
from kernelagent.worker.judge.written_comparisons import WrittenComparisons

_BY_CALLS_ALONE = ("logical_and", "logical_or", "logical_xor", "isnan", "isinf", "isfinite", "any", "all", "isin")
_WRITTEN: dict[str, tuple[tuple[type[ast.AST], ...], tuple[str, ...]]] = {
    "eq": ((ast.Eq,), ("eq",)),
    "ne": ((ast.NotEq,), ("ne", "not_equal", "isnan")),
    "lt": ((ast.Lt, ast.Gt), ("lt", "less")),
    "gt": ((ast.Gt, ast.Lt), ("gt", "greater")),
    "le": ((ast.LtE, ast.GtE), ("le", "less_equal", "isclose")),
    "ge": ((ast.GtE, ast.LtE), ("ge", "greater_equal")),
    "bitwise_and": ((ast.BitAnd,), ()),
    "bitwise_or": ((ast.BitOr,), ()),
    "bitwise_xor": ((ast.BitXor,), ()),
    **{name: ((), (name,)) for name in _BY_CALLS_ALONE},
}
"""Of ATen → how a line of Python's writes it, as an operator, comparisons also with their sides turned round, or as a
call. What a line only brings about is not the module's to decide: a dropout compares its draws."""
_CHOICES = {"where": 0, "masked_fill": 1, "masked_fill_": 1, "masked_scatter": 1, "masked_scatter_": 1}
"""Of ATen, with the number of the argument that they choose by."""
_SAMPLERS, _NEAREST = ("grid_sampler_2d", "grid_sampler_3d"), 1
"""Of ATen, with the number of their mode."""
_MOST_TOLD = 6


class ModuleComparisons(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Around calls of the module; watches those that lines of its file make, and counts those of calls that are to be
    kept."""

    def __init__(self, problem: Problem) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._file = str(Path(problem.file))
        self._text = Path(problem.text_file or problem.file)
        self._outcomes: dict[tuple[int, str], set[bool]] = {}
        self._now: dict[tuple[int, str], set[bool]] = {}
        self._bounds: dict[tuple[int, str, str], bool] = {}
        self._bounds_now: dict[tuple[int, str, str], bool] = {}
        """Of a line, an operator and one of its bounds → whether that has held something back."""
        self._results = WeakIdKeyDictionary()
        """Of comparisons that are watched: what chooses by one of them is not told of twice."""
        self._turns = AllTurns()
        self._rounding: set[int] = set()
        """Lines whose operator rounds places to the nearest, which no case puts halfway."""

    def __enter__(self) -> Any:
        self._now, self._bounds_now = {}, {}
        self._turns.begin()
        return super().__enter__()  # type: ignore[no-untyped-call]

    def keep(self) -> None:
        """The last call is that of a case."""
        for key, seen in self._now.items():
            self._outcomes.setdefault(key, set()).update(seen)
        for bound, held in self._bounds_now.items():
            self._bounds[bound] = self._bounds.get(bound, False) or held
        self._now, self._bounds_now = {}, {}
        self._turns.keep()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        if name in _SAMPLERS and args[2] == _NEAREST:
            self._rounding.add(self._line())
        if name in module_bounds.WRITTEN:
            self._note_bounds(name, args, kwargs or {})
        if name in _CHOICES and len(args) > _CHOICES[name]:
            self._note_choice(name.rstrip("_"), args[_CHOICES[name]])
        result = func(*args, **(kwargs or {}))
        if name in _WRITTEN and isinstance(result, torch.Tensor) and result.dtype == torch.bool and result.numel():
            self._note(name, result)
            self._results[result] = True
            if name in ORDERS and is_of_floats(args) and (line := self._line()):
                with torch._C._DisableTorchDispatch():
                    self._turns.now.note((line, name), args, result)
        return result

    def untaken(self) -> list[str]:
        """In words for the verdict."""
        one_way = {key: next(iter(seen)) for key, seen in sorted(self._outcomes.items()) if len(seen) == 1}
        unheld = [bound for bound, held in sorted(self._bounds.items()) if not held]
        rounding = sorted(self._rounding - {0})
        unturned = self._turns.unseen(one_way)
        if not one_way and not unheld and not rounding and not unturned:
            return []
        texts = WrittenComparisons(self._text.read_text(encoding="utf-8-sig", errors="replace"))
        told: dict[str, None] = {}
        for line in rounding:
            told[f"line {line}: a place of {texts.line(line)} halfway between two elements"] = None
        for line, name, which in unheld:
            if texts.calls(line, module_bounds.WRITTEN[name]):
                told[f"line {line}: {which} {texts.line(line)} held back no element"] = None
        for (line, name), was_true in one_way.items():
            if name in _CHOICES:
                text = texts.chosen_by(line, name)
            else:
                operators, calls = _WRITTEN[name]
                text = texts.of(line, operators) or texts.calling(line, calls)
            if text:
                told[f"line {line}: {text} was {'false' if was_true else 'true'} for no element"] = None
        for turn in unturned:
            if words := _unturned(texts, turn):
                told[words] = None
        if not told:
            return []
        more = f"; and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
        shown = "; ".join(list(told)[:_MOST_TOLD])
        return [f"What of the module itself no case has: {Path(self._file).name}, {shown}{more}"]

    def _note_bounds(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        line = self._line()
        if not line:
            return
        with torch._C._DisableTorchDispatch():
            for which, held in module_bounds.held(name, args, kwargs):
                if not self._bounds.get((line, name, which), False):
                    key = (line, name, which)
                    self._bounds_now[key] = self._bounds_now.get(key, False) or held

    def _note_choice(self, name: str, condition: Any) -> None:
        is_of_bools = isinstance(condition, torch.Tensor) and condition.dtype == torch.bool and condition.numel()
        if is_of_bools and condition not in self._results:
            with torch._C._DisableTorchDispatch():
                self._note(name, condition)

    def _note(self, name: str, result: torch.Tensor) -> None:
        line = self._line()
        if not line:
            return
        if self._outcomes.get((line, name), set()) != {False, True}:
            self._now.setdefault((line, name), set()).update((bool(result.any()), bool(result.all())))

    def _line(self) -> int:
        """Of the module's file, where it is what asks. 0: there is none."""
        frame = sys._getframe(2)
        while frame is not None:
            if frame.f_code.co_filename == self._file:
                return frame.f_lineno
            if frame.f_back is None:
                return 0
            frame = frame.f_back
        return 0


def _unturned(texts: WrittenComparisons, turn: tuple[tuple[int, str], ...]) -> str:
    """Empty where a comparison is not written as such."""
    lines, shown = [line for line, _ in turn], [texts.of(line, _WRITTEN[name][0]) for line, name in turn]
    if not all(shown):
        return ""
    if len(turn) == 1:
        return f"line {lines[0]}: {shown[0]}, once true, was false again for no element"
    if len(turn) == 2:
        return f"line {lines[1]}: {shown[1]} came true for no element after {shown[0]} was"
    return f"line {lines[0]}: {shown[0]} came true again for no element after {shown[1]} did"
