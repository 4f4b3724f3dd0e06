"""A live module as it was read here against what it gave in the user's own process."""

from __future__ import annotations

from typing import Any

import torch

from kernelagent.contract.problem import Problem
from kernelagent.contract.result_leaves import leaves
from kernelagent.errors import TextDiffers
from kernelagent.worker.problem.live import load_live, load_saved
from kernelagent.worker.problem.seeding import seed_generators
from kernelagent.worker.problem.without_gpu import without_gpu

TOLERANCES = {torch.float64: 1e-6, torch.float16: 2e-2, torch.bfloat16: 5e-2, torch.complex128: 1e-6}
"""Relative, and absolute to the largest value; of the others with a point, 1e-4."""
ROUGH = 5e-2
"""At the least, where that process multiplied on a GPU or at a lower precision."""
FEW = 0.01
"""Share of the elements that may be others then: a rank or a rounding turns over."""


def require_as_called(problem: Problem) -> None:
    """Raises ``TextDiffers`` where what was loaded gives another result on the same inputs than the module itself did.

    Nothing is held to one that gives another each time, or does not run here; the judge meets both.
    """
    if problem.live is None or not problem.live.called:
        return
    told = load_saved(problem, problem.live, problem.live.called)
    if told is None:
        return
    found = _result(problem, told)
    if found is None or not (where := _difference(told["result"], found, told["rough"])):
        return
    again = _result(problem, told)
    if again is None or _difference(found, again, told["rough"]):
        return
    raise TextDiffers(
        f"{problem.class_name} computes something else in this process than its text says: {where}.",
        file=problem.file,
        line=problem.line or None,
    )


def _result(problem: Problem, told: dict[str, Any]) -> list[tuple[str, Any]] | None:
    assert problem.live is not None
    again = load_saved(problem, problem.live, problem.live.called)
    args, kwargs = again["inputs"]
    model = load_live(problem, problem.live)
    threads = torch.get_num_threads()
    torch.set_num_threads(told["threads"])
    seed_generators(told["seed"])
    try:
        with torch.no_grad(), without_gpu():
            return list(leaves(model(*args, **kwargs)))
    except Exception:  # noqa: BLE001  it may raise anything
        return None
    finally:
        torch.set_num_threads(threads)


def _difference(there: list[tuple[str, Any]], here: list[tuple[str, Any]], rough: bool) -> str:
    """What is not the same, in words; empty where all is."""
    places = [path for path, _ in there], [path for path, _ in here]
    if places[0] != places[1]:
        return f"it gives {_listed(places[0])}, its text {_listed(places[1])}"
    for (path, one), (_, other) in zip(there, here, strict=True):
        if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
            if found := _tensors_differ(one, other.detach().cpu(), rough):
                return f"{path} is {found}"
        elif isinstance(one, torch.Tensor) or isinstance(other, torch.Tensor):
            return f"{path} is a {type(one).__name__}, by its text a {type(other).__name__}"
        elif isinstance(one, float) and isinstance(other, float):
            if found := _tensors_differ(torch.tensor(one), torch.tensor(other), rough):
                return f"{path} is {found}"
        elif type(other) in (bool, int, str) and one != other:
            return f"{path} is {one!r}, by its text {other!r}"
    return ""


def _listed(paths: list[str]) -> str:
    return ", ".join(paths[:4]) + (" ..." if len(paths) > 4 else "")


def _tensors_differ(one: torch.Tensor, other: torch.Tensor, rough: bool) -> str:
    if (one.shape, one.dtype) != (other.shape, other.dtype):
        return f"{one.dtype} {list(one.shape)}, by its text {other.dtype} {list(other.shape)}"
    if one.layout is not torch.strided or other.layout is not torch.strided or not one.numel() or one.is_quantized:
        return ""
    if one.dtype.is_floating_point or one.dtype.is_complex:
        tolerance = max(TOLERANCES.get(one.dtype, 1e-4), ROUGH if rough else 0.0)
        wide = torch.complex128 if one.dtype.is_complex else torch.float64
        one, other = one.to(wide), other.to(wide)
        finite = one.abs()[one.isfinite()]
        largest = float(finite.max()) if finite.numel() else 0.0
        close = torch.isclose(other, one, rtol=tolerance, atol=tolerance * largest, equal_nan=True)
    else:
        close = one == other
    others = ~close
    if int(others.sum()) <= (FEW * one.numel() if rough else 0):
        return ""
    return f"{one[others][0].item():.6g}, by its text {other[others][0].item():.6g}"
