"""Whether a module does something else in evaluation mode than in training mode: its operators, called on fake tensors
in the one and in the other. Values are not looked at: what computes the same by chance would be taken for the same."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

from kernelagent.worker.problem import Specimen


def decides_by_mode(model: torch.nn.Module, specimen: Specimen, mode: FakeTensorMode | None) -> bool:
    """``mode`` is that of the tensors, where they are fake already. A module that cannot be run so counts as one that
    does not, and one that cannot in its other mode alone as one that does."""
    fakes = mode or FakeTensorMode(allow_non_fake_inputs=True)
    try:
        own = _called(model, specimen, fakes, model.training)
    except Exception:  # noqa: BLE001  the user's module may raise anything
        return False
    try:
        return own != _called(model, specimen, fakes, not model.training)
    except Exception:  # noqa: BLE001  the same
        return True


def _called(model: torch.nn.Module, specimen: Specimen, fakes: FakeTensorMode, training: bool) -> list[str]:
    """The operators, with all that they are given but the tensors' values."""
    args, kwargs = tree_map(lambda leaf: _fake(leaf, fakes), (specimen.args, specimen.kwargs))
    record = _Record()
    # With gradients PyTorch's layers go the way by which they are trained; without oneDNN a recurrence is taken apart.
    no_onednn, with_gradients = torch.backends.mkldnn.flags(enabled=False), torch.enable_grad()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the module's own were heard, and oneDNN's switch has one
        with _as_it_was(model), fakes, no_onednn, with_gradients, record:
            for module in model.modules():
                slots: Any
                for slots in (module._parameters, module._buffers):
                    slots.update({name: _fake(tensor, fakes) for name, tensor in slots.items()})
            if model.training != training:
                model.train(training)
            model(*args, **kwargs)
    return record.called


@contextlib.contextmanager
def _as_it_was(model: torch.nn.Module) -> Iterator[None]:
    """Afterwards each module has the attributes, parameters and buffers that it had."""
    slots: Any
    before = [(m, dict(vars(m)), dict(m._parameters), dict(m._buffers)) for m in model.modules()]
    try:
        yield
    finally:
        for module, attributes, own_parameters, own_buffers in before:
            vars(module).clear()
            vars(module).update(attributes)
            for slots, own in ((module._parameters, own_parameters), (module._buffers, own_buffers)):
                slots.clear()
                slots.update(own)


def _fake(leaf: Any, fakes: FakeTensorMode) -> Any:
    if not isinstance(leaf, torch.Tensor) or isinstance(leaf, FakeTensor):
        return leaf
    return fakes.from_tensor(leaf)


class _Record(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.called: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is not torch.ops.prim.device.default:  # a question, no computation
            self.called.append(f"{func}{tree_map(_told, (args, kwargs))}")
        return func(*args, **(kwargs or {}))


def _told(leaf: Any) -> Any:
    return f"{leaf.dtype}{tuple(leaf.shape)}" if isinstance(leaf, torch.Tensor) else leaf
