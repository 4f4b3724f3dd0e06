"""Run the user's module on one case: in its own dtype, and in float64 as the yardstick."""

from __future__ import annotations

import contextlib
import contextvars
import copy
import math
import sys
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

from kernelagent.worker.judge.mapped_models import copied
from kernelagent.worker.judge.tolerance import near, rms, tolerance_for
from kernelagent.worker.judge.widened import Widened
from kernelagent.worker.problem import Specimen, saved_tensors
from kernelagent.worker.problem.carried import same_bits
from kernelagent.worker.problem.inputs import named_inputs
from kernelagent.worker.problem.seeding import seed_generators
from kernelagent.worker.problem.tensors import tensors_in

LARGE, PART = 1 << 22, 1 << 20
"""Elements of an entry of the state from which on it is not copied only to be compared; elements that are compared at
once, where that takes memory."""
EXACT = 1 / 8
"""Share of the fixed tolerance within which PyTorch's own result is called exact."""


_RECORDS = contextvars.ContextVar("records", default=False)
"""Whether calls record gradients."""


@dataclass(frozen=True)
class ReferenceRun:
    """What came of one call."""

    outputs: Any
    state: dict[str, torch.Tensor]
    """Entries of the ``state_dict`` that the call changed."""
    mutated: tuple[str, ...] = ()
    """Paths of the inputs that the call wrote to."""
    aliases: dict[str, str] = field(default_factory=dict)
    """Path of an output → path of the input whose memory it shares."""
    written: dict[str, torch.Tensor] = field(default_factory=dict)
    """Path of an input that the call wrote to → what it holds now."""


def run(
    model: torch.nn.Module,
    specimen: Specimen,
    seed: int = 0,
    mode: contextlib.AbstractContextManager[Any] | None = None,
) -> ReferenceRun:
    """Call a copy of ``model`` on copies of the inputs, with ``mode`` around the call alone; strides and aliases
    between inputs are kept."""
    return _called(copied(model), specimen, seed, saved_tensors(model), mode or contextlib.nullcontext())


def called(model: torch.nn.Module, specimen: Specimen, seed: int = 0) -> ReferenceRun:
    """The same with ``model`` itself, which keeps what the call leaves in it."""
    return _called(model, specimen, seed, {}, contextlib.nullcontext())


@contextlib.contextmanager
def recording(gradients: bool) -> Iterator[None]:
    """All calls in here record gradients, or do not."""
    token = _RECORDS.set(gradients)
    try:
        yield
    finally:
        _RECORDS.reset(token)


def run_float64(
    model: torch.nn.Module,
    specimen: Specimen,
    change: Callable[[torch.nn.Module], None] | None = None,
    updated: Collection[str] | None = None,
) -> ReferenceRun:
    """The same with inputs and weights in float64, after ``change`` was made to them, and what the module itself asks
    to be float32. ``updated``: entries of the state that a call is known to change; others are not looked at then.
    Raises what the module raises when it can't."""
    try:
        return _run_float64(model, specimen, change, updated, Widened())  # type: ignore[no-untyped-call]
    except Exception:  # noqa: BLE001  a module may rest on its own float32, down to the bits
        return _run_float64(model, specimen, change, updated, contextlib.nullcontext())


def _run_float64(
    model: torch.nn.Module,
    specimen: Specimen,
    change: Callable[[torch.nn.Module], None] | None,
    updated: Collection[str] | None,
    mode: contextlib.AbstractContextManager[Any],
) -> ReferenceRun:
    module = copied(model).double()
    module._apply(_widen)  # type: ignore[no-untyped-call]  # what is complex, too
    _widen_attributes(module)
    if change is not None:
        change(module)
    args, kwargs = tree_map(_widen, (specimen.args, specimen.kwargs))
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        unchanged = saved_tensors(model) if change is None else {}
        return _called(module, Specimen(args, kwargs, specimen.names), 0, unchanged, mode, updated)
    finally:
        torch.set_default_dtype(default)


def _called(
    module: torch.nn.Module,
    specimen: Specimen,
    seed: int,
    unchanged: dict[str, torch.Tensor],
    mode: contextlib.AbstractContextManager[Any],
    updated: Collection[str] | None = None,
) -> ReferenceRun:
    """Call ``module``, which is nobody else's, on copies of the inputs, with ``mode`` around the call alone.
    ``unchanged``: entries of its state as they were before, in whatever dtype, in memory of their own; they stand for
    copies of what is large. ``updated``: as :func:`run_float64` has it."""
    args, kwargs = copy.deepcopy((specimen.args, specimen.kwargs))
    inputs = named_inputs(specimen, args, kwargs)
    before = {
        key: unchanged[key] if value.numel() > LARGE and key in unchanged else value.clone()
        for key, value in (saved_tensors(module).items() if updated is None else ())
    }
    originals = dict(tensors_in(named_inputs(specimen, specimen.args, specimen.kwargs)))
    seed_generators(seed)
    with torch.set_grad_enabled(_RECORDS.get()), strict_float32(), mode:
        outputs = module(*args, **kwargs)
    outputs = tree_map(lambda leaf: leaf.detach() if isinstance(leaf, torch.Tensor) else leaf, outputs)
    after = module.state_dict()
    changed = [key for key in before if not _is_unchanged(after[key], before[key])] if updated is None else updated
    written = {path: tensor for path, tensor in tensors_in(inputs) if not same_bits(tensor, originals[path])}
    return ReferenceRun(
        outputs,
        {key: after[key].detach() for key in changed},
        tuple(written),
        shared_memory(outputs, inputs),
        written,
    )


def _is_unchanged(after: torch.Tensor, before: torch.Tensor) -> bool:
    """``before`` may be in the dtype that ``after`` was widened from."""
    if after.dtype == before.dtype or after.dtype not in (torch.float64, torch.complex128):
        return same_bits(after, before)
    if after.shape != before.shape:
        return False
    flat, original = after.contiguous().reshape(-1), before.contiguous().reshape(-1)
    starts = range(0, flat.numel(), PART)
    return all(same_bits(flat[at : at + PART], original[at : at + PART].to(after.dtype)) for at in starts)


@contextlib.contextmanager
def strict_float32() -> Iterator[None]:
    """No TF32 and no bfloat16 inside float32 products, whatever the user's module asked for when it was imported: the
    reference must be what float32 can be, or an exact kernel would be held against an inexact one."""
    precision, convolutions = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(precision)
        torch.backends.cudnn.allow_tf32 = convolutions


def shared_memory(outputs: Any, inputs: Any) -> dict[str, str]:
    """Which output lives in which input's memory."""
    owners = {t.untyped_storage().data_ptr(): path for path, t in tensors_in(inputs) if t.numel()}
    return {
        path: owners[t.untyped_storage().data_ptr()]
        for path, t in tensors_in(outputs)
        if t.layout is torch.strided and t.numel() and t.untyped_storage().data_ptr() in owners
    }


def is_exact(model: torch.nn.Module, specimen: Specimen, result: ReferenceRun) -> bool:
    """Whether float64 gives the same by a part of the fixed tolerance, and so does the module where it adds up squares
    in its own dtype. Where it can't be asked, it does not."""
    try:
        exact = dict(tensors_in(run_float64(model, specimen).outputs))
        with _OwnSquares():  # type: ignore[no-untyped-call]
            own = run(model, specimen)
    except Exception:  # noqa: BLE001  the module may raise anything in a dtype it was not made for
        return False
    found = [*tensors_in(result.outputs), *tensors_in(own.outputs)]
    return all(_agree(_parts(t), _parts(exact[path])) for path, t in found if t.is_floating_point() or t.is_complex())


def _parts(tensor: torch.Tensor) -> torch.Tensor:
    return torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor


def own_error(model: torch.nn.Module, specimen: Specimen, result: ReferenceRun) -> float:
    """How far ``result`` is from what float64 gives, at most, in units of the root mean square of that; infinite where
    it can't be asked."""
    try:
        exact = dict(tensors_in(run_float64(model, specimen).outputs))
    except Exception:  # noqa: BLE001  the module may raise anything in a dtype it was not made for
        return math.inf
    found = [(t.double(), exact[path]) for path, t in tensors_in(result.outputs) if t.is_floating_point() and t.numel()]
    errors = [float((native - wide).abs().max()) / max(float(rms(wide)), sys.float_info.min) for native, wide in found]
    return max((math.inf if math.isnan(error) else error for error in errors), default=math.inf)


class _OwnSquares(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """``var`` and ``std`` as a GPU computes them: PyTorch's kernels for the CPU add up float32's squares in double, so
    that nothing overflows there."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        if name not in ("var", "std", "var_mean", "std_mean") or func._overloadname != "correction":
            return func(*args, **(kwargs or {}))
        x, dim = args[0], args[1] if len(args) > 1 else None
        dims = list(range(x.dim())) if not dim and dim != 0 else dim
        keepdim, correction = kwargs.get("keepdim", False), kwargs.get("correction")
        mean = x.mean(dims, keepdim=True)
        count = x.numel() / max(1, mean.numel())
        var = (x - mean).square().sum(dims, keepdim=keepdim) / max(
            0.0, count - (1 if correction is None else correction)
        )
        spread = var.sqrt() if name.startswith("std") else var
        return (spread, mean if keepdim else x.mean(dims)) if name.endswith("_mean") else spread


def _agree(native: torch.Tensor, exact: torch.Tensor) -> bool:
    if native.shape != exact.shape:
        return False
    limits = tolerance_for(native.dtype)
    limits = replace(limits, rtol=limits.rtol * EXACT, atol=limits.atol * EXACT)
    return bool(near(native.double(), exact.double(), limits, rms(exact)).all())


def is_finite(outputs: Any) -> bool:
    return all(bool(torch.isfinite(t).all()) for _, t in tensors_in(outputs) if t.is_floating_point() or t.is_complex())


def _widen_attributes(module: torch.nn.Module) -> None:
    """Tensors that are neither parameters nor buffers, such as what an earlier call left in ``self.last``."""
    for part in module.modules():
        for name, value in vars(part).items():
            if isinstance(value, (torch.Tensor, list, tuple)):
                vars(part)[name] = tree_map(_widen, value)


def _widen(leaf: Any) -> Any:
    """Keeps strides: preserve_format."""
    if isinstance(leaf, torch.Tensor) and (leaf.is_floating_point() or leaf.is_complex()):
        return leaf.to(torch.complex128 if leaf.is_complex() else torch.float64)
    return leaf
