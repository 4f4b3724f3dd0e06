"""Task ``observe``: a module that does not export, learned by running it.

``{problem, cases_dir}`` → ``{problem, cases}``: each case's inputs, state and results are left in ``cases_dir``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.problem import Problem
from kernelagent.errors import UnsupportedDtype
from kernelagent.worker.judge import tensorfile
from kernelagent.worker.problem import build_model, make_inputs, saved_tensors
from kernelagent.worker.problem.data_files import Reads
from kernelagent.worker.problem.imported_files import imported_files
from kernelagent.worker.problem.inputs import total_bytes
from kernelagent.worker.problem.observed import SYMBOL, observed

SEEDS = 6
"""Inputs that are drawn at the example's sizes: what a module decides by numbers is to be seen both ways."""
OTHER_SIZES = (1, 7)
LARGE_BYTES = 1 << 27
"""Of inputs and weights: each case is written down, and beyond this there are fewer."""


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    reads = Reads()
    problem = observed(from_json(Problem, args["problem"]))
    folder = Path(args["cases_dir"])
    folder.mkdir(parents=True, exist_ok=True)
    is_large = total_bytes((*problem.inputs, *problem.state)) > LARGE_BYTES
    planned: list[tuple[int, dict[str, int] | None]] = [(seed, None) for seed in range(3 if is_large else SEEDS)]
    if problem.free_sizes:
        planned += [(SEEDS + i, {SYMBOL: size}) for i, size in enumerate(OTHER_SIZES)]
    count = 0
    for seed, sizes in planned:
        model = build_model(problem, seed)
        specimen = make_inputs(problem, sizes, seed)
        if seed % 3 == 2:
            _with_odd_values(specimen.args)
        before = {key: tensor.clone() for key, tensor in saved_tensors(model).items()}
        tensorfile.write(folder / f"{count}_inputs", {"args": list(specimen.args), "kwargs": dict(specimen.kwargs)})
        tensorfile.write(folder / f"{count}_state", before)
        try:
            with torch.no_grad():
                torch.manual_seed(0)
                outputs = model(*specimen.args, **specimen.kwargs)
        except Exception:  # noqa: BLE001  a size or a value that the module itself does not take is no case
            continue
        try:
            tensorfile.write(folder / f"{count}_expected", {"outputs": outputs, "state": saved_tensors(model)})
        except TypeError as exc:
            text = f"{problem.class_name} gives what is not judged: {exc}."
            raise UnsupportedDtype(text, hint=tensorfile.PLAIN, file=problem.file, line=problem.line or None) from exc
        count += 1
    problem = replace(problem, imports=imported_files(problem), data=reads.files(problem, [folder]))
    return {"problem": to_json(problem), "cases": count}


def _with_odd_values(values: tuple[Any, ...]) -> None:
    """Large numbers, zeros and NaN here and there: modules that don't export often ask for them."""
    for value in values:
        if isinstance(value, torch.Tensor) and value.is_floating_point() and value.numel() > 4:
            flat = value.view(-1) if value.is_contiguous() else value.reshape(-1)
            flat[0], flat[1], flat[2] = float("nan"), 0.0, 1e4
