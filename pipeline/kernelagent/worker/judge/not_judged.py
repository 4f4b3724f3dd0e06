"""Inputs and results of kinds that can't be written for another process, or compared: refused by name."""

from __future__ import annotations

import torch

from kernelagent.contract.problem import Problem
from kernelagent.errors import UnsupportedDtype
from kernelagent.worker.judge import reference_run, tensorfile
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.problem import make_inputs
from kernelagent.worker.problem.inputs import named_tensors
from kernelagent.worker.problem.tensors import tensors_in


def not_judged(problem: Problem, why: str, hint: str | None = None) -> UnsupportedDtype:
    return UnsupportedDtype(f"{problem.class_name} {why}.", hint=hint, file=problem.file, line=problem.line or None)


def refuse_inputs(problem: Problem, case: CasePlan) -> None:
    try:
        made = make_inputs(problem, case.sizes, case.seed)
    except Exception:  # noqa: BLE001  what is wrong with them is said where they are used
        return
    for name, tensor in named_tensors(made):
        if not tensorfile.is_known(tensor):
            kind = f"{str(tensor.layout).removeprefix('torch.')} tensor of {tensorfile.dtype_name(tensor.dtype)}"
            raise not_judged(problem, f"takes what is not judged: {name} is a {kind}")


def _at(path: str) -> str:
    return f" ({path})" if path else ""


def refuse_outputs(problem: Problem, result: reference_run.ReferenceRun) -> None:
    for path, tensor in tensors_in(result.outputs):
        if tensor.layout is not torch.strided:
            kind = str(tensor.layout).removeprefix("torch.")
            raise not_judged(problem, f"gives a result{_at(path)} that is a {kind} tensor", tensorfile.PLAIN)
        if tensor.is_floating_point() and tensor.dtype.itemsize == 1:
            kind = str(tensor.dtype).removeprefix("torch.")
            raise not_judged(problem, f"gives a result{_at(path)} in {kind}: outputs of 8 bits are not judged")
