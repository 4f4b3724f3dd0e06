"""Ways of a module that decides in Python by what its tensors hold, and so does not export.

A case that takes one way shows nothing of the other. Inputs are looked for that take the ways which no case took; those
that are left are named.
"""

from __future__ import annotations

import ast
import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.asked_modes import AskedModes
from kernelagent.worker.judge.asked_values import Asked, asked_values
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.judge.module_comparisons import ModuleComparisons
from kernelagent.worker.judge.turned import Turned, Unseen
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.load import namespace_of
from kernelagent.worker.problem.tensors import tensors_in

SEARCH_S = 10.0
_MOST_TOLD = 6

Prepared = tuple[CasePlan, Specimen, reference_run.ReferenceRun]
Prepare = Callable[[CasePlan], tuple[Specimen, reference_run.ReferenceRun] | str]


class ModuleWays:
    """Make it before the module's file is loaded; no decisions are watched where the module exports."""

    def __init__(self, problem: Problem) -> None:
        self._turned = Turned(of_a_module=True) if problem.not_exported else None
        self.compared = ModuleComparisons(problem)
        self.modes = AskedModes()
        self._name = Path(problem.file).name
        self._tree = ast.parse(Path(problem.text_file or problem.file).read_text(encoding="utf-8-sig"))
        if self._turned is not None:
            namespace_of(problem, self._turned)

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        """Around one call."""
        with self._turned or contextlib.nullcontext(), self.compared, self.modes.watch():
            yield

    def keep(self, case: CasePlan, result: reference_run.ReferenceRun) -> None:
        """The last call is that of ``case``, and gave ``result``."""
        made = tensors_in([result.outputs, result.state, result.written])
        self.keep_call(is_something=0 not in case.sizes.values() and any(t.numel() for _, t in made))

    def keep_call(self, *, is_something: bool) -> None:
        """The last call counts. On a way that is taken where there is nothing (``all`` of no elements is true), no
        kernel was seen."""
        self.compared.keep()
        if self._turned is not None and is_something:
            self._turned.keep()

    @property
    def left(self) -> list[Unseen]:
        """What no call that counts has decided."""
        return [] if self._turned is None else self._turned.unseen()

    def asked(self) -> Iterator[Asked]:
        """Values that may lead there."""
        return asked_values(self._tree)

    def more_cases(self, kept: list[Prepared], prepare: Prepare) -> list[Prepared]:
        """Cases that take ways which those of ``kept`` do not."""
        found: list[Prepared] = []
        if not (left := self.left):
            return found
        small = kept[min(1, len(kept) - 1)][0]
        deadline = time.monotonic() + SEARCH_S
        plain = replace(small, seed=40, otherwise=())
        for asked in self.asked():
            if time.monotonic() > deadline or not left:
                break
            plan = replace(plain, name=asked.name, values=asked.values, around=asked.number)
            prepared = prepare(plan)
            now = self.left
            if not isinstance(prepared, str) and len(now) < len(left):
                found.append((plan, *prepared))
            left = now
        return found

    def untaken(self) -> list[str]:
        """In words for the verdict."""
        if self._turned is None:
            return self.compared.untaken()
        told = [f"line {line}: {what}" for line, what in self.left]
        more = f"; and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
        shown = f"Ways of the module itself that no case took: {self._name}, {'; '.join(told[:_MOST_TOLD])}{more}"
        return [*([shown] if told else []), *self.compared.untaken()]
