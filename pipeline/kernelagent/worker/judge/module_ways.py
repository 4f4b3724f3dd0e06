"""Ways of a module that decides in Python by what its tensors hold, and so does not export.

A case that takes one way shows nothing of the other. Inputs are looked for that take the ways which no case took; those
that are left are named.
"""

from __future__ import annotations

import ast
import contextlib
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.judge.module_comparisons import ModuleComparisons
from kernelagent.worker.judge.orderly_values import ORDERLY
from kernelagent.worker.judge.tensorfile import tensors_in
from kernelagent.worker.judge.turned import Turned
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.load import namespace_of

SEARCH_S = 10.0
_MOST_NUMBERS, _MOST_TOLD = 12, 6
_PLAIN = (0.0, 1.0, -1.0, 10.0, -10.0, 1000.0, -1000.0)

Prepared = tuple[CasePlan, Specimen, reference_run.ReferenceRun]
Prepare = Callable[[CasePlan], tuple[Specimen, reference_run.ReferenceRun] | str]


class ModuleWays:
    """Make it before the module's file is loaded; no decisions are watched where the module exports."""

    def __init__(self, problem: Problem) -> None:
        self._turned = Turned(of_a_module=True) if problem.not_exported else None
        self.compared = ModuleComparisons(problem)
        self._name = Path(problem.file).name
        self._tree = ast.parse(Path(problem.text_file or problem.file).read_text(encoding="utf-8-sig"))
        if self._turned is not None:
            namespace_of(problem, self._turned)

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        """Around one call."""
        with self._turned or contextlib.nullcontext(), self.compared:
            yield

    def keep(self, case: CasePlan, result: reference_run.ReferenceRun) -> None:
        """The last call is that of ``case``. On a way that is taken where there is nothing (``all`` of no elements is
        true), no kernel was seen."""
        self.compared.keep()
        made = tensors_in([result.outputs, result.state, result.written])
        if self._turned is not None and 0 not in case.sizes.values() and any(t.numel() for _, t in made):
            self._turned.keep()

    def more_cases(self, kept: list[Prepared], prepare: Prepare) -> list[Prepared]:
        """Cases that take ways which those of ``kept`` do not."""
        found: list[Prepared] = []
        if self._turned is None or not (left := self._turned.unseen()):
            return found
        small = kept[min(1, len(kept) - 1)][0]
        deadline = time.monotonic() + SEARCH_S
        plain = replace(small, seed=40, otherwise=())
        around = (
            replace(plain, name=f"values around {n:g}", values="around a number", around=n) for n in self._numbers()
        )
        for plan in (*around, *(replace(plain, name=kind, values=kind) for kind in ORDERLY)):
            if time.monotonic() > deadline or not left:
                break
            prepared = prepare(plan)
            now = self._turned.unseen()
            if not isinstance(prepared, str) and len(now) < len(left):
                found.append((plan, *prepared))
            left = now
        return found

    def _numbers(self) -> list[float]:
        """Between those that the file compares something with, these, below and above them."""
        found: dict[float, None] = {}
        for compared in (node for node in ast.walk(self._tree) if isinstance(node, ast.Compare)):
            for node in ast.walk(compared):
                match node:
                    case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                        found[-float(value)] = None
                    case ast.Constant(value=int() | float() as value):
                        found.setdefault(float(value), None)
        own = sorted(found)[:_MOST_NUMBERS]
        between = [(low + high) / 2 for low, high in itertools.pairwise(own)]
        beyond = [n + sign * max(abs(n), 1.0) / 4 for n in own for sign in (1, -1)]
        return list(dict.fromkeys([*between, *own, *beyond, *_PLAIN]))

    def untaken(self) -> list[str]:
        """In words for the verdict."""
        if self._turned is None:
            return self.compared.untaken()
        told = [f"line {line}: {what}" for line, what in self._turned.unseen()]
        more = f"; and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
        shown = f"Ways of the module itself that no case took: {self._name}, {'; '.join(told[:_MOST_TOLD])}{more}"
        return [*([shown] if told else []), *self.compared.untaken()]
