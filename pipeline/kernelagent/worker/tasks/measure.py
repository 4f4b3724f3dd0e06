"""Task ``measure``: the time of eager, of ``torch.compile`` or of a kernel file on this machine's GPU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.contract.codec import from_json
from kernelagent.contract.problem import Problem
from kernelagent.errors import GpuNotFound, NotAKernelFile
from kernelagent.worker import sandbox
from kernelagent.worker.judge import tensorfile
from kernelagent.worker.judge.entry_points import bind_function, load_file, module_class
from kernelagent.worker.measure.architecture import architecture
from kernelagent.worker.measure.gpu_timer import copy_bandwidth, time_call
from kernelagent.worker.measure.room import needed_bytes, wait_for_room
from kernelagent.worker.measure.sampled import sample
from kernelagent.worker.measure.turn import Turn
from kernelagent.worker.problem import Specimen, build_model, make_inputs, saved_tensors
from kernelagent.worker.problem.build import init_arguments
from kernelagent.worker.problem.deep_copy import deep_copy
from kernelagent.worker.problem.inputs import total_bytes
from kernelagent.worker.tasks import Emit

_ROOM_BYTES = 1 << 34
"""Inputs are made at the example's own sizes up to this much: a GPU has the memory that a CPU's interpreter lacks."""
_MOST_COPIED = 1 << 31
"""Inputs larger than this are not changed from run to run: three sets of them have to fit."""
_SEEDS = (5_077, 5_078)
_FEWEST_SETS = 2
"""The example's, and the one that is given."""

_Made = TypeVar("_Made")


def run(args: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """``{problem, what: eager|compile|kernel, compile_mode, kernel, samples, policy, turn, wait_s, allow_tf32}`` →
    ``{median, p10, p90, runs, aside, device, arch, bandwidth, steady}``, in milliseconds; the bandwidth in bytes/s.

    All run with strict float32 products and convolutions unless ``allow_tf32`` is given, so that the precision
    classes are the same. The inputs' contents change from run to run, in place, and once more after the last: what the
    call gives then is left at ``samples``. ``steady``: it gave the same twice. ``policy``: run the kernel in this
    sandbox. ``turn``: a file that is locked while the clock runs, so that tasks that share a GPU compile side by side
    and are timed in turn. ``wait_s``: how long that, and memory that others have, is waited for; it is told by events
    ``{"event": "waiting", "what": ...}``. Raises ``GpuBusy`` afterwards, and ``OutOfGpuMemory`` where no waiting helps.
    """

    def tell(message: str) -> None:
        emit({"event": "waiting", "what": message})

    wait_s = float(args.get("wait_s", 0.0))
    turn = Turn(args.get("turn"), tell, wait_s)  # before the sandbox shuts the file out
    if args.get("policy"):  # before anything asks for a GPU: what was asked for before a fork is lost after it
        emit({"event": "sandbox", "layers": sandbox.enter(args["policy"])})
    problem = replace(from_json(Problem, args["problem"]), max_specimen_bytes=_ROOM_BYTES)
    if not torch.cuda.is_available():
        raise GpuNotFound("PyTorch sees no GPU here.")
    torch.backends.cuda.matmul.allow_tf32 = bool(args.get("allow_tf32"))
    torch.backends.cudnn.allow_tf32 = bool(args.get("allow_tf32"))
    device = torch.device("cuda")
    wait_for_room(needed_bytes(problem, sets=_sets_of(total_bytes(problem.inputs))), tell, wait_s)
    model = _on_the_device(lambda: build_model(problem)).to(device)

    def drawn(seed: int) -> Specimen:
        return _each_tensor(_on_the_device(lambda: make_inputs(problem, None, seed)), lambda t: t.to(device))

    sets = [drawn(0)]
    if _sets_of(sum(tensor.nbytes for tensor in _tensors(sets[0]))) > _FEWEST_SETS:
        sets += map(drawn, _SEEDS)
    given = _each_tensor(sets[0], torch.clone)
    state = {name: value.clone() for name, value in saved_tensors(model).items()}

    def refresh(number: int) -> None:
        if len(sets) > 1:
            _fill(given, sets[number % 2])

    with torch.no_grad():
        call, owner = _calls(args, problem, model, given)
        call()  # compiles
        torch.cuda.synchronize(device)
        with turn:
            times = time_call(call, device, refresh)
        before = None
        for _ in range(2):
            _fill(given, sets[-1])
            for name, value in owner.items():
                value.copy_(state[name])
            after = sample(call())
            steady = before is not None and all(map(torch.equal, before, after))
            before = after
    tensorfile.write(Path(args["samples"]), before)
    if args["what"] == "eager":
        _write_wide(model, state, given, Path(args["samples"]))
    bandwidth = copy_bandwidth(device)
    properties = torch.cuda.get_device_properties(device)
    return {
        **asdict(times),
        "device": properties.name,
        "arch": architecture(properties),
        "bandwidth": bandwidth,
        "steady": steady,
    }


def _sets_of(input_bytes: int) -> int:
    return _FEWEST_SETS + len(_SEEDS) if input_bytes <= _MOST_COPIED else _FEWEST_SETS


def _write_wide(model: torch.nn.Module, state: dict[str, torch.Tensor], given: Specimen, samples: Path) -> None:
    """What the module gives in float32, where it computes in 16 bits: PyTorch adds some sums up in those, and a kernel
    that does not is the better one. Left beside ``samples``."""

    def widened(tensor: torch.Tensor) -> torch.Tensor:
        return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor

    if not any(widened(tensor) is not tensor for tensor in (*_tensors(given), *state.values())):
        return
    try:
        wide = deep_copy(model)
        wide.load_state_dict(state)
        wide.float()
        inputs = _each_tensor(given, widened)
        with torch.no_grad():
            tensorfile.write(samples.with_name(f"{samples.name}_wide"), sample(wide(*inputs.args, **inputs.kwargs)))
    except Exception:  # noqa: BLE001  the module may be made for its own dtype alone, or there is no room
        return


def _calls(
    args: dict[str, Any], problem: Problem, model: torch.nn.Module, specimen: Specimen
) -> tuple[Callable[[], Any], dict[str, torch.Tensor]]:
    """What to call, and the parameters and buffers that it works on."""
    given, keywords = specimen.args, specimen.kwargs
    if args["what"] == "eager":
        return lambda: model(*given, **keywords), dict(model.state_dict())
    if args["what"] == "compile":
        compiled = torch.compile(model, mode=args.get("compile_mode"))
        return lambda: compiled(*given, **keywords), dict(model.state_dict())
    file = load_file(Path(args["kernel"]))
    cls = module_class(file, problem.class_name)
    if cls is not None:
        init_args, init_kwargs = init_arguments(problem)
        torch.manual_seed(0)  # as the module was built: what it draws and keeps apart from its state is the same
        fused = _on_the_device(lambda: cls(*init_args, **init_kwargs)).to("cuda")
        fused.load_state_dict(model.state_dict())
        fused.train(model.training)
        return lambda: fused(*given, **keywords), dict(fused.state_dict())
    function = getattr(file, "kernel_function", None)
    if not callable(function):
        raise NotAKernelFile(f"{Path(args['kernel']).name} defines neither kernel_function nor a module class.")
    state = dict(model.state_dict())
    bound, bound_keywords = bind_function(function, list(specimen.names), given, keywords, state)
    return lambda: function(*bound, **bound_keywords), state


def _on_the_device(make: Callable[[], _Made]) -> _Made:
    """What ``make`` makes, on the GPU where it names no device: a CPU needs seconds to draw gigabytes of numbers. Code
    that has to have them on the CPU gets them there."""
    try:
        with torch.device("cuda"):
            return make()
    except Exception:  # noqa: BLE001  if the device was not the reason it is raised again
        return make()


def _tensors(specimen: Specimen) -> list[torch.Tensor]:
    return [leaf for leaf in tree_leaves((specimen.args, specimen.kwargs)) if isinstance(leaf, torch.Tensor)]


def _each_tensor(specimen: Specimen, change: Callable[[torch.Tensor], torch.Tensor]) -> Specimen:
    def changed(value: Any) -> Any:
        return change(value) if isinstance(value, torch.Tensor) else value

    return replace(specimen, args=tree_map(changed, specimen.args), kwargs=tree_map(changed, specimen.kwargs))


def _fill(into: Specimen, contents: Specimen) -> None:
    for target, source in zip(_tensors(into), _tensors(contents), strict=True):
        target.copy_(source)
