"""Task ``measure``: the time of eager, of ``torch.compile`` or of a kernel file on this machine's GPU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch.utils._pytree import tree_map

from kernelagent.contract.codec import from_json
from kernelagent.contract.problem import Problem
from kernelagent.errors import GpuNotFound, NotAKernelFile
from kernelagent.worker.judge.entry_points import bind_function, load_file, module_class
from kernelagent.worker.measure.gpu_timer import time_call
from kernelagent.worker.problem import Specimen, build_model, make_inputs
from kernelagent.worker.problem.build import init_arguments
from kernelagent.worker.tasks import Emit

_ROOM_BYTES = 1 << 34
"""Inputs are made at the example's own sizes up to this much: a GPU has the memory that a CPU's interpreter lacks."""


def run(args: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """``{problem, what: eager|compile|kernel, kernel}`` → ``{median, p10, p90, runs, device, arch}``, in milliseconds.

    All three run with strict float32 products and convolutions, so that the precision classes are the same.
    """
    del emit
    if not torch.cuda.is_available():
        raise GpuNotFound("PyTorch sees no GPU here.")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    problem = replace(from_json(Problem, args["problem"]), max_specimen_bytes=_ROOM_BYTES)
    device = torch.device("cuda")
    model = build_model(problem).to(device)
    specimen = _moved(make_inputs(problem), device)
    with torch.no_grad():
        call = _calls(args, problem, model, specimen)
        times = time_call(call, device)
    properties = torch.cuda.get_device_properties(device)
    arch = getattr(properties, "gcnArchName", "").split(":")[0] or f"sm_{properties.major}{properties.minor}"
    return {**asdict(times), "device": properties.name, "arch": arch}


def _calls(args: dict[str, Any], problem: Problem, model: torch.nn.Module, specimen: Specimen) -> Callable[[], Any]:
    given, keywords = specimen.args, specimen.kwargs
    if args["what"] == "eager":
        return lambda: model(*given, **keywords)
    if args["what"] == "compile":
        compiled = torch.compile(model)
        return lambda: compiled(*given, **keywords)
    file = load_file(Path(args["kernel"]))
    cls = module_class(file, problem.class_name)
    if cls is not None:
        init_args, init_kwargs = init_arguments(problem)
        fused = cls(*init_args, **init_kwargs).to("cuda")
        fused.load_state_dict(model.state_dict())
        fused.train(model.training)
        return lambda: fused(*given, **keywords)
    function = getattr(file, "kernel_function", None)
    if not callable(function):
        raise NotAKernelFile(f"{Path(args['kernel']).name} defines neither kernel_function nor a module class.")
    bound, bound_keywords = bind_function(function, list(specimen.names), given, keywords, dict(model.state_dict()))
    return lambda: function(*bound, **bound_keywords)


def _moved(specimen: Specimen, device: torch.device) -> Specimen:
    def move(value: Any) -> Any:
        return value.to(device) if isinstance(value, torch.Tensor) else value

    return replace(specimen, args=tree_map(move, specimen.args), kwargs=tree_map(move, specimen.kwargs))
