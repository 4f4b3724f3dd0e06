"""What ``forward`` keeps in plain attributes from one call to the next: a last frame, keys and values, a counter.

No ``state_dict`` brings it, so it can't be put before a case as buffers can, and a candidate keeps it as it likes. So
such a module and its candidate are made anew for each case, and called several times in a row on the same inputs,
compared after each call.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch

from kernelagent.worker.judge import beside_run, case_plan, reference_run
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.judge.later_calls import CALLING_S, MANY
from kernelagent.worker.judge.mapped_models import copied
from kernelagent.worker.judge.models import Models
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.carried import same_bits

FEW = 3
"""Calls in a row of a module that takes long, or has large weights."""
_SEED = 60
_MOST_DEPTH, _MOST_NAMED = 8, 4
_EVERY_MODULES_OWN = frozenset(vars(torch.nn.Module()))

Prepared = tuple[CasePlan, Specimen, reference_run.ReferenceRun]
Prepare = Callable[[CasePlan], "tuple[Specimen, reference_run.ReferenceRun] | str"]


@dataclass(frozen=True)
class Kept:
    """Of one module."""

    names: tuple[str, ...] = ()
    """Attributes that a call changes, with the submodule's path before them."""
    matter: bool = False
    """A call gives something else where another one went before it, though its ``state_dict`` is the same."""

    @property
    def told(self) -> str:
        """In words; empty: nothing is kept."""
        more = f" and {len(self.names) - _MOST_NAMED} more" if len(self.names) > _MOST_NAMED else ""
        return ", ".join(f"self.{name}" for name in self.names[:_MOST_NAMED]) + more

    def unseen(self, further: int) -> list[str]:
        """What no case shows, in words for the verdict, where so many calls followed a first one."""
        if not self.matter:
            return [f"What forward leaves in {self.told}: attributes are not compared"] * bool(self.told)
        what = f"forward keeps {self.told or 'something that is no attribute'} from one call to the next"
        if not further:
            return [f"Calls after the first, of the same module: {what}"]
        return [f"More than {further + 1} calls in a row, or others in between: {what}"]


def kept_attributes(models: Models, plan: CasePlan) -> Kept:
    """What calls on inputs of ``plan`` change, and whether a later one shows it. Raises what the module raises."""
    module, specimen = copied(models[0]), _inputs(models, plan, 0)
    reference_run.called(module, specimen)
    names = tuple(_changed(copied(models[0]), module))
    started = time.monotonic()
    for number in range(1, MANY if names else 2):
        if number >= FEW and time.monotonic() - started > CALLING_S:
            break
        specimen = _inputs(models, plan, number)
        anew = copied(models[0])
        anew.load_state_dict(module.state_dict())
        try:
            here, there = (beside_run.flat(reference_run.called(m, specimen)) for m in (module, anew))
        except Exception:  # noqa: BLE001  what it keeps may be full
            break
        if here.keys() != there.keys() or any(not same_bits(here[path], there[path]) for path in here):
            return Kept(names, matter=True)
    return Kept(names)


def calls_in_a_row(models: Models, plan: CasePlan, prepare: Prepare, most: int = MANY) -> list[Prepared]:
    """Up to ``most`` cases on inputs of ``plan``, each on the module as the one before has left it."""
    found: list[Prepared] = []
    module, started = copied(models[0]), time.monotonic()
    for number in range(most):
        if number >= FEW and time.monotonic() - started > CALLING_S:
            break
        weights = case_plan.IN_A_ROW + number if number else 0
        if number:
            models.put(weights, module)
        name = f"call {number + 1} in a row"
        call = replace(
            plan, name=name, seed=plan.seed + _SEED + number, weights=weights, follows=number > 0, otherwise=()
        )
        prepared = prepare(call)
        if isinstance(prepared, str):
            break
        found.append((call, *prepared))
        module = copied(module)
        reference_run.called(module, prepared[0])
    return found if len(found) > 1 else []


def _inputs(models: Models, plan: CasePlan, number: int) -> Specimen:
    return models.inputs(plan.sizes, plan.seed + _SEED + number)


def _changed(before: torch.nn.Module, after: torch.nn.Module) -> Iterator[str]:
    submodules = dict(before.named_modules())
    for path, module in after.named_modules():
        own, was = (vars(m) if m is not None else {} for m in (module, submodules.get(path)))
        for name in dict.fromkeys([*was, *own]):
            if name in _EVERY_MODULES_OWN:
                continue
            if name not in own or name not in was or not _same(own[name], was[name], frozenset()):
                yield f"{path}.{name}" if path else name


def _same(one: Any, other: Any, within: frozenset[int]) -> bool:
    """``within``: what both are parts of. What nobody can look into counts as the same."""
    if type(one) is not type(other):
        return False
    if isinstance(one, torch.Tensor):
        return same_bits(one, other) if one.layout is torch.strided else one is other
    if one is None or isinstance(one, (bool, int, float, complex, str, bytes, torch.dtype, torch.device)):
        return repr(one) == repr(other)  # NaN is as it was
    if id(one) in within or len(within) > _MOST_DEPTH:
        return True
    within |= {id(one)}
    if isinstance(one, dict):
        return list(one) == list(other) and all(_same(one[key], other[key], within) for key in one)
    if isinstance(one, (list, tuple, deque)):
        return len(one) == len(other) and all(_same(a, b, within) for a, b in zip(one, other, strict=True))
    return _same(getattr(one, "__dict__", None), getattr(other, "__dict__", None), within)
