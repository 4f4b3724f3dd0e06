"""What ``index_copy``, ``index_put``, ``put_``, ``scatter`` and ``max_unpool2d`` write to one place twice: which of it
stays PyTorch leaves open.

An input that says where to write is made to name each place once, within what is written to; where the module itself
makes such places out of its inputs, a case in which one comes twice is none. What is added up may come twice.
"""

from __future__ import annotations

import contextlib
import copy
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kernelagent.worker.judge.mapped_models import copied
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.problem import Specimen, named_tensors
from kernelagent.worker.problem.inputs import named_inputs
from kernelagent.worker.problem.tensors import tensors_in

_aten = torch.ops.aten
_ALONG = frozenset({_aten.index_copy, _aten.index_copy_, _aten.scatter, _aten.scatter_})
_AT = frozenset({_aten.index_put, _aten.index_put_, _aten._index_put_impl_})
_PUTS = frozenset({_aten.put, _aten.put_})
_IN_PLANES = {_aten.max_unpool2d: 2, _aten.max_unpool3d: 3}
"""With the number of dimensions of a plane, within which their indices count."""


@dataclass(frozen=True)
class _Write:
    indices: tuple[torch.Tensor, ...]
    """Copies, of one shape; several where a place is told by several numbers."""
    sizes: tuple[int, ...]
    """Of what each goes along."""
    dim: int | None
    """Along which places have to differ; ``None``: all of them have to."""

    @property
    def is_twice(self) -> bool:
        """Or outside."""
        if any(bool(((i < -n) | (i >= n)).any()) for i, n in zip(self.indices, self.sizes, strict=True)):
            return True
        place = torch.zeros_like(self.indices[0])
        for index, size in zip(self.indices, self.sizes, strict=True):
            place = place * size + index % size
        ordered = place.reshape(-1).sort().values if self.dim is None else place.sort(self.dim).values
        return bool((ordered.diff(dim=-1 if self.dim is None else self.dim) == 0).any())

    def once(self, generator: torch.Generator) -> tuple[torch.Tensor, ...] | None:
        """Other indices of the same shape that name each place once; ``None`` where there are not so many."""
        shape, every = list(self.indices[0].shape), math.prod(self.sizes)
        count = self.indices[0].numel() if self.dim is None else shape[self.dim]
        if count > every or not count:
            return None
        if self.dim is None:
            place = torch.randperm(every, generator=generator)[:count].reshape(shape)
        else:
            wide = [every if axis == self.dim else size for axis, size in enumerate(shape)]
            place = torch.rand(wide, generator=generator).argsort(self.dim).narrow(self.dim, 0, count)
        found: list[torch.Tensor] = []
        for size in reversed(self.sizes):
            found.insert(0, place % size)
            place = place // size
        return tuple(found)


class Placed:
    """Where one module writes by index, learned from a call of it."""

    def __init__(self, model: torch.nn.Module, specimen: Specimen) -> None:
        """Raises what the module raises."""
        writes = _watched(model, specimen)
        self.writes = bool(writes)
        """Whether it does."""
        inputs = [tensor for write in writes for i in write.indices for tensor in _equal_inputs(specimen, i)]
        self.inputs = frozenset(
            name for name, tensor in named_tensors(specimen) if any(tensor is one for one in inputs)
        )
        """Names of those that say where it does."""

    def put_apart(self, model: torch.nn.Module, specimen: Specimen, seed: int) -> None:
        """Change inputs that say where to write, in place, so that no place comes twice. Raises ``NoCase`` where
        one still does."""
        if not self.writes:
            return
        generator = torch.Generator().manual_seed(seed)
        for write in _watched(model, specimen):
            others = write.once(generator) if write.is_twice else None
            for index, other in zip(write.indices, others or (), strict=False):
                for given in _equal_inputs(specimen, index):
                    given.copy_(other.reshape(given.shape))
        if any(write.is_twice for write in _watched(model, specimen)):
            raise NoCase("it writes to one place twice, and PyTorch leaves open what stays")


class _Writes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes where one call writes."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.found: list[_Write] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        given = {**dict(zip((a.name for a in func._schema.arguments), args, strict=False)), **kwargs}
        if func.overloadpacket in _ALONG and func._overloadname in ("default", "src"):
            target, dim, index = given["self"], given["dim"], given["index"]
            if target.dim() and index.dim():
                along = 0 if func.overloadpacket in (_aten.index_copy, _aten.index_copy_) else dim % index.dim()
                self.found.append(_Write((index.long().clone(),), (target.shape[dim],), along))
        elif func.overloadpacket in _IN_PLANES:
            place = given["indices"].flatten(-_IN_PLANES[func.overloadpacket])
            if place.numel():
                self.found.append(_Write((place.long().clone(),), (math.prod(given["output_size"]),), place.dim() - 1))
        elif func.overloadpacket in _PUTS and not given.get("accumulate") and given["index"].numel() > 1:
            place = given["index"].long().reshape(-1).clone()
            self.found.append(_Write((place,), (given["self"].numel(),), None))
        elif func.overloadpacket in _AT and not given.get("accumulate") and given["values"].numel() > 1:
            self._note_put(given["self"], given["indices"])
        return func(*args, **kwargs)

    def _note_put(self, target: torch.Tensor, indices: Any) -> None:
        along = [(i, n) for i, n in zip(indices, target.shape, strict=False) if i is not None]
        if along and all(i.dtype not in (torch.bool, torch.uint8) for i, _ in along):
            shape = torch.broadcast_shapes(  # type: ignore[no-untyped-call]
                *(i.shape for i, _ in along)
            )
            each = tuple(i.long().expand(shape).clone() for i, _ in along)
            self.found.append(_Write(each, tuple(n for _, n in along), None))


def _watched(model: torch.nn.Module, specimen: Specimen) -> list[_Write]:
    """The writes of a call on copies, as far as it gets: a place outside ends it."""
    args, kwargs = copy.deepcopy((specimen.args, specimen.kwargs))
    writes = _Writes()
    with torch.no_grad(), contextlib.suppress(IndexError, RuntimeError), writes:
        copied(model)(*args, **kwargs)
    return writes.found


def _equal_inputs(specimen: Specimen, index: torch.Tensor) -> list[torch.Tensor]:
    """Inputs of integers that hold ``index``, in whatever type; without those whose elements share memory."""
    inputs = (t for _, t in tensors_in(named_inputs(specimen, specimen.args, specimen.kwargs)))
    return [
        t
        for t in inputs
        if not t.is_floating_point() and t.dtype != torch.bool and 0 not in t.stride()
        if t.numel() == index.numel() and torch.equal(t.long().reshape(-1), index.reshape(-1))
    ]
