"""Inputs at an address at which others were before: what was remembered by address or identity shows as stale.

Callers keep buffers and fill them again, so an output that is kept for ``data_ptr()`` or ``id()`` is wrong in use.
Where an earlier call of the same entry had inputs of the same shapes, the new values are copied into those very
tensors. Their version stays, as it does when a Triton kernel writes to them, or when the allocator gives the memory of
a tensor that is gone to a new one: nothing that a cache can look at tells two inputs from each other.
"""

from __future__ import annotations

from typing import Any

import torch

from kernelagent.worker.judge.guarded_memory import GuardedMemory
from kernelagent.worker.problem.tensors import tensors_in


class RecycledInputs:
    """Of one candidate process; ``forget`` what was written to."""

    def __init__(self, memory: GuardedMemory) -> None:
        self._memory = memory
        self._known: dict[tuple[Any, ...], dict[str, Any]] = {}

    def take(self, entry: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """``inputs``, or earlier ones of the same form that now hold the same values."""
        tensors = dict(tensors_in(inputs))
        if not tensors or not all(t.is_contiguous() for t in tensors.values()):
            return inputs
        plain = repr(_without_tensors(inputs))
        addresses = [t.data_ptr() for t in tensors.values()]
        shared = tuple(map(addresses.index, addresses))
        form = (entry, plain, shared, *((path, t.shape, t.dtype, t.data_ptr() % 16) for path, t in tensors.items()))
        # Whose blocks were given up is no use any more, and may be large.
        self._known = {form: known for form, known in self._known.items() if self._is_guarded(known)}
        earlier = self._known.get(form)
        if earlier is None:
            self._known[form] = inputs
            return inputs
        for path, tensor in tensors_in(earlier):
            version = tensor._version
            tensor.copy_(tensors[path])
            torch._C._autograd._unsafe_set_version_counter((tensor,), (version,))
        return earlier

    def _is_guarded(self, inputs: dict[str, Any]) -> bool:
        return all(self._memory.block_of(t) is not None for _, t in tensors_in(inputs))

    def forget(self, inputs: dict[str, Any]) -> None:
        """These were written to: their memory does not count as an input's any more."""
        self._known = {form: known for form, known in self._known.items() if known is not inputs}


def _without_tensors(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return "tensor"
    if isinstance(value, dict):
        return {key: _without_tensors(item) for key, item in value.items()}
    return [_without_tensors(item) for item in value] if isinstance(value, (list, tuple)) else value
