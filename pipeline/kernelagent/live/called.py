"""A live module called once where it lives, and what came kept beside it: its text may say something else by now.

An attribute of its class that was set, a function that was put in another's place, a global, a cell that was run again:
a worker, which reads the text, knows none of these, and holds what it has read to what came here.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernelagent.contract.options import Options
from kernelagent.contract.result_leaves import leaves
from kernelagent.driver.stages import load
from kernelagent.driver.target import Target
from kernelagent.errors import KernelAgentError
from kernelagent.live.saving import digest

if TYPE_CHECKING:
    import torch

CALLED = "called.pt"
MOST_BYTES = 1 << 30
"""Of weights and inputs; a larger module is not called here."""
SEED = 20


def with_results(target: Target, module: torch.nn.Module, options: Options) -> Target:
    """``target`` with what a copy of ``module`` gives for the example's inputs: its modes, no gradients, generators as
    they were before. ``target`` itself where it can't be called here, or draws numbers that a worker can't draw again.
    """
    import torch

    assert target.live is not None
    module = getattr(module, "_orig_mod", module)
    file = Path(target.live.file).with_name(CALLED)
    try:
        expression = load.read(target, options).problem.example.inputs
    except KernelAgentError:
        return target  # the stages meet it, and tell
    with _generators_kept(module) as drawn:
        try:
            inputs = _evaluated(expression, module)
            if inputs is None:
                return target
            given = copy.deepcopy(inputs)
            torch.default_generator.manual_seed(SEED)
            before = drawn()
            with torch.no_grad(), torch.autocast("cpu", enabled=False), torch.autocast("cuda", enabled=False):
                args, kwargs = inputs
                result = copy.deepcopy(module)(*args, **kwargs)
            if drawn() != before:
                return target
            torch.save(_told(given, result, module), file)
        except Exception:  # noqa: BLE001  it may raise anything, and a worker's run of it says so
            file.unlink(missing_ok=True)
            return target
    both = f"{target.live.sha256}{digest(file)}"
    return replace(target, live=replace(target.live, called=str(file), sha256=_sha256(both)))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _told(given: tuple[Any, Any], result: Any, module: torch.nn.Module) -> dict[str, Any]:
    import torch

    rough = any(t.device.type != "cpu" for t in _tensors(module)) or torch.get_float32_matmul_precision() != "highest"
    found = [(path, _kept(one)) for path, one in leaves(result)]
    return {"inputs": given, "result": found, "rough": rough, "seed": SEED, "threads": torch.get_num_threads()}


def _kept(value: Any) -> Any:
    """What is neither a tensor nor a plain value is told by its kind alone."""
    import torch

    if isinstance(value, torch.Tensor):
        return value.detach().cpu()
    return value if value is None or type(value) in (bool, int, float, str) else f"a {type(value).__name__}"


def _evaluated(expression: str, module: torch.nn.Module) -> tuple[tuple[Any, ...], dict[str, Any]] | None:
    """The example as ``(args, kwargs)``, where the module is; ``None`` where that is too large."""
    import torch
    from torch.utils._pytree import tree_leaves, tree_map

    scope = {**vars(sys.modules[type(module).__module__]), "torch": torch}
    torch.default_generator.manual_seed(0)
    value = eval(compile(expression.strip(), "<inputs>", "eval"), scope)
    tensors = [*_tensors(module), *(one for one in tree_leaves(value) if isinstance(one, torch.Tensor))]
    if sum(t.numel() * t.element_size() for t in tensors) > MOST_BYTES:
        return None
    device = next((t.device for t in _tensors(module)), torch.device("cpu"))
    value = tree_map(lambda one: one.detach().to(device) if isinstance(one, torch.Tensor) else one, value)
    if isinstance(value, dict):
        return (), value
    return (tuple(value) if isinstance(value, (tuple, list)) else (value,)), {}


def _tensors(module: torch.nn.Module) -> Iterator[torch.Tensor]:
    yield from module.parameters()
    yield from module.buffers()


@contextlib.contextmanager
def _generators_kept(module: torch.nn.Module) -> Iterator[Any]:
    """Puts every generator back; gives what tells, when called, the state of those that a worker can't be given."""
    import torch

    numpy: Any = sys.modules.get("numpy")

    on_gpu = any(t.is_cuda for t in _tensors(module))
    devices = list(range(torch.cuda.device_count())) if on_gpu else []

    def state() -> list[Any]:
        found: list[Any] = [random.getstate(), repr(numpy.random.get_state()) if numpy else ""]
        found += [torch.cuda.get_rng_state(one).tolist() for one in devices]
        return [*found, torch.default_generator.get_state().tolist()] if on_gpu else found

    of_python, of_numpy = random.getstate(), numpy.random.get_state() if numpy else None
    try:
        with torch.random.fork_rng(devices=devices):
            yield state
    finally:
        random.setstate(of_python)
        if numpy:
            numpy.random.set_state(of_numpy)
