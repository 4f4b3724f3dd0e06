"""Run the cut module beside the original on the same inputs: the cut is checked by execution, not asserted."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch

from kernelagent.contract.problem import Problem
from kernelagent.errors import InternalError
from kernelagent.worker.problem import base_sizes, build_model, make_inputs
from kernelagent.worker.problem.deep_copy import deep_copy
from kernelagent.worker.problem.tensors import tensors_in
from kernelagent.worker.refactor.seen_values import noting

TOLERANCE = 1e-4
"""Of the output's scale: both sides run PyTorch's own operators in the same dtype, so only their order may differ."""


def check_fused(problem: Problem, fused: Path) -> tuple[str, dict[str, list[list[float] | list[int] | None]]]:
    """A sentence on the agreement, and by class of piece what its arguments held (``seen_values.py``). Raises
    InternalError where the cut module gives something else."""
    model = build_model(problem)
    specimen = make_inputs(problem, base_sizes(problem))
    name = f"{problem.class_name.rpartition('.')[2]}Fused"
    spec = importlib.util.spec_from_file_location("_kernelagent_fused", fused)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    shared = {id(parameter): parameter for parameter in model.parameters()}
    chained = getattr(module, name)(deep_copy(model, shared))  # either may change its buffers
    values = noting(chained)
    with torch.no_grad():
        torch.manual_seed(0)
        want = [tensor for _, tensor in tensors_in(model(*specimen.args, **specimen.kwargs))]
        torch.manual_seed(0)
        got = [tensor for _, tensor in tensors_in(chained(*specimen.args, **specimen.kwargs))]
    worst = 0.0
    for a, b in zip(got, want, strict=True):
        if a.shape != b.shape or a.dtype != b.dtype:
            raise InternalError(f"The cut module gives {a.dtype} {list(a.shape)} for {b.dtype} {list(b.shape)}.")
        if not b.numel():
            continue
        wide_a, wide_b = (t.double().nan_to_num(0.0, 1e30, -1e30) for t in (a, b))
        scale = max(wide_b.abs().max().item(), 1e-30)
        worst = max(worst, ((wide_a - wide_b).abs().max() / scale).item())
    limit = TOLERANCE if all(t.element_size() >= 4 for t in want) else 2e-2
    if worst > limit:
        raise InternalError(f"The cut module differs from the original by {worst:.1e} of the output's scale.")
    return f"Run beside the original: largest difference {worst:.1e} of the output's scale.", values
