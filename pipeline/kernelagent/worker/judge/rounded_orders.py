"""Which elements of a result rest on an order that rounding decides: ``argmax`` of a linear layer names the one or the
other of two numbers that lie nearer to each other than their own error.

The module is run again with what its ordering operators are given moved by a few times that error, which is what the
operand differs by from the operand in float64 at the same call. What is no computed value, or comes of exact
arithmetic, has no error and stays, and numbers that are equal in both are moved alike: the first of equals stays the
first. NaN that the module itself has made has no place in any order: a slice with it is ordered at random.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from kernelagent.worker.judge import beside_run, reference_run
from kernelagent.worker.problem import Specimen

_aten = torch.ops.aten
ORDERING = frozenset(
    {
        *(_aten.argmax.default, _aten.argmin.default, _aten.max.dim, _aten.min.dim, _aten.cummax.default),
        *(_aten.cummin.default, _aten.topk.default, _aten.sort.default, _aten.sort.stable, _aten.kthvalue.default),
        _aten.median.dim,
    }
)
"""Give the indices of an order, most of them values besides."""
_PLACES_ALONE = frozenset({_aten.argmax.default, _aten.argmin.default})
_TIMES, _TIMES_OF_16_BITS = 4.0, 2.0
"""An element is moved by as many times its error: another order of operations may make a few of it, and what is
computed in float32 and rounded to 16 bits hardly more than once."""
_USUAL = 16.0
"""Units in the last place up to which an element's error is taken to be what is usual in its operand."""
_UNITS = 4.0
"""Units in the last place by which a float may differ between two runs that order alike."""
_RANDOM = 2


def dependent(model: torch.nn.Module, specimen: Specimen) -> dict[str, torch.Tensor]:
    """Path of an output or a state entry → which of its elements (bool, of its shape); paths with none are left out."""
    plain = _Told()
    native = beside_run.flat(reference_run.run(model, specimen, mode=plain))
    errors = _errors(model, specimen, plain.calls) if plain.calls else []
    if not any(e.is_any for e in errors):
        return {}
    found: dict[str, torch.Tensor] = {}
    for way in (1.0, -1.0, *range(2, 2 + _RANDOM)):
        other = beside_run.flat(reference_run.run(model, specimen, mode=_Moved(errors, way)))
        for path, tensor in native.items():
            if path in other and other[path].shape == tensor.shape:
                differs = _differs(tensor, other[path])
                found[path] = found[path] | differs if path in found else differs
    return {path: elements for path, elements in found.items() if bool(elements.any())}


@dataclass(frozen=True)
class _Call:
    """Of an ordering operator."""

    func: Any
    operand: torch.Tensor
    places: torch.Tensor


@dataclass(frozen=True)
class _Errors:
    """What is known of one call's operand, all of its shape, in float64."""

    exact: torch.Tensor
    """The operand in float64."""
    error: torch.Tensor
    """How far it may be moved."""
    is_any: bool
    """Some of it has an error, or is NaN."""


class _Told(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes what ordering operators are given. ``like``: calls of another run, whose order is taken in place of this
    one's, so that what comes after is computed from the same."""

    def __init__(self, like: list[_Call] | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._like = like
        self.calls: list[_Call] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if not _orders(func, args):
            return result
        operand, number = args[0], len(self.calls)
        places = result if func in _PLACES_ALONE else result[1]
        before = self._like[number] if self._like is not None and number < len(self._like) else None
        if before is not None and before.func is func and before.operand.shape == operand.shape:
            places = before.places
            result = places if func in _PLACES_ALONE else (_taken(operand, places, _dim(func, args, kwargs)), places)
        self.calls.append(_Call(func, operand.detach().clone(), places.clone()))
        return result


class _Moved(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Ordering operators give the places that they would give of a moved operand, and the values of the unmoved one.

    ``way``: 1 and -1 move neighbours in the order towards each other, the one every other pair and the other those
    between, so that each place is seen to change hands where it may; any other number is the seed of random moves.
    """

    def __init__(self, errors: list[_Errors], way: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._errors = iter(errors)
        self._way = way
        self._generator = torch.Generator().manual_seed(int(way) + _RANDOM)

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        if not _orders(func, args):
            return result
        errors, operand = next(self._errors, None), args[0]
        if errors is None or not errors.is_any or errors.error.shape != operand.shape:
            return result
        dim = _dim(func, args, kwargs)
        rows = (operand.reshape(-1), errors.exact.reshape(-1), errors.error.reshape(-1)) if dim is None else None
        moved = self._moved(*(rows or (operand, errors.exact, errors.error)), 0 if dim is None else dim)
        found = func(moved.reshape(operand.shape), *args[1:], **kwargs)
        if func in _PLACES_ALONE:
            return found
        unordered = operand.isnan().any(dim, keepdim=True)
        if found[1].dim() < operand.dim():
            unordered = unordered.squeeze(dim)
        return torch.where(unordered, _taken(operand, found[1], dim), result[0]), found[1]

    def _moved(self, operand: torch.Tensor, exact: torch.Tensor, error: torch.Tensor, dim: int) -> torch.Tensor:
        wide = operand.double()
        rank = _ranks(wide, exact, dim)
        if abs(self._way) == 1.0:
            share = self._way * (1.0 - 2.0 * (rank % 2))
        else:
            share = (2.0 * self._drawn(wide.shape) - 1.0).gather(dim, rank)
        moved = wide + share * error
        overflows = wide.isinf() & exact.isfinite() & (share < 0)
        moved = torch.where(overflows, exact, moved)
        return torch.where(wide.isnan().any(dim, keepdim=True), self._drawn(wide.shape), moved)

    def _drawn(self, shape: torch.Size) -> torch.Tensor:
        return torch.rand(shape, generator=self._generator, dtype=torch.float64)


def _errors(model: torch.nn.Module, specimen: Specimen, calls: list[_Call]) -> list[_Errors]:
    """Of each of ``calls``, in their order; none but for NaN where the module does not order alike in float64."""
    wide = _Told(calls)
    try:
        with wide:
            reference_run.run_float64(model, specimen)
        there = wide.calls
    except Exception:  # noqa: BLE001  a module may raise anything in a dtype it was not made for
        there = []
    alike = len(there) == len(calls) and all(
        one.func is other.func and one.operand.shape == other.operand.shape
        for one, other in zip(calls, there, strict=True)
    )
    exact = [call.operand.double() for call in (there if alike else calls)]
    return [_error(call.operand, truth) for call, truth in zip(calls, exact, strict=True)]


def _error(operand: torch.Tensor, exact: torch.Tensor) -> _Errors:
    """An element that has an error may have been lucky: it is taken to have what is usual for the others, if that is
    not much beside it."""
    eps = torch.finfo(operand.dtype).eps
    wide = operand.double()
    error = torch.where(wide.isfinite() & exact.isfinite(), (wide - exact).abs(), 0.0)
    has_any = error > 0
    if bool(has_any.any()):
        usual = error[has_any].median()
        least = torch.maximum(torch.minimum(_USUAL * eps * wide.abs(), usual), eps / 2 * wide.abs())
        times = _TIMES_OF_16_BITS if operand.dtype.itemsize < 4 else _TIMES
        error = torch.where(has_any, times * torch.maximum(error, least), 0.0)
    overflows = wide.isinf() & exact.isfinite()
    return _Errors(exact, error, bool(has_any.any() | overflows.any() | wide.isnan().any()))


def _ranks(wide: torch.Tensor, exact: torch.Tensor, dim: int) -> torch.Tensor:
    """The place of each element in the order of its slice, the same for those that are equal in both."""
    order = exact.argsort(dim=dim, stable=True)
    order = order.gather(dim, wide.gather(dim, order).argsort(dim=dim, stable=True))
    ordered, truths = wide.gather(dim, order), exact.gather(dim, order)
    is_next = torch.zeros_like(order)
    count = order.shape[dim]
    if count > 1:
        one, other = ([t.narrow(dim, start, count - 1) for t in (ordered, truths)] for start in (0, 1))
        is_next.narrow(dim, 1, count - 1).copy_((one[0] != other[0]) | (one[1] != other[1]))
    return torch.zeros_like(order).scatter(dim, order, is_next.cumsum(dim))


def _orders(func: Any, args: Any) -> bool:
    return func in ORDERING and args[0].is_floating_point() and args[0].dim() > 0 and args[0].numel() > 0


def _dim(func: Any, args: Any, kwargs: Mapping[str, Any]) -> int | None:
    """Along which an operator orders; ``None``: all elements."""
    given = {**dict(zip((a.name for a in func._schema.arguments), args, strict=False)), **kwargs}
    return given.get("dim", None if func in _PLACES_ALONE else -1)


def _taken(values: torch.Tensor, places: torch.Tensor, dim: int | None) -> torch.Tensor:
    assert dim is not None
    if places.dim() == values.dim():
        return values.gather(dim, places)
    return values.gather(dim, places.unsqueeze(dim)).squeeze(dim)


def _differs(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    same = (one == other) | (one.isnan() & other.isnan())
    if one.is_floating_point():
        near = _UNITS * torch.finfo(one.dtype).eps * torch.maximum(one.double().abs(), other.double().abs())
        same = same | ((one.double() - other.double()).abs() <= near)
    return ~same
