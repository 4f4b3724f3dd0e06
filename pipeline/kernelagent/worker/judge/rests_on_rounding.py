"""Inputs at which a stepwise result of a module's rests on how a float on the way was rounded.

``floor(log10(n))`` of 10**15 - 1 is one too many in float64, and a kernel that counts digits in integers is right. So
the module is run again with every float that it computes moved by a few units in the last place: elements whose result
turns with that tell nothing of a kernel, and other numbers are put in their place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten

from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.sureness import MOVES
from kernelagent.worker.problem import Specimen
from kernelagent.worker.problem.tensors import tensors_in

_UNITS = 8
"""In the last place, by which each float is moved."""
_UP, _DOWN, _RUNS = 0, 1, 4
"""Runs: all up, all down, and at random."""
_OF_WHOLE = frozenset({"add", "sub", "rsub", "mul", "neg", "sum"})
"""What makes whole numbers of whole numbers, exactly as long as there is room for their digits."""
_CONVERTS = frozenset({"_to_copy", "copy"})


def is_stepwise(tensor: torch.Tensor) -> bool:
    """Integers, bools, and floats that are all whole numbers."""
    if tensor.is_complex() or tensor.layout is not torch.strided:
        return False
    return not tensor.is_floating_point() or bool((tensor.isfinite() & (tensor == tensor.round())).all())


def settled(model: torch.nn.Module, specimen: Specimen, otherwise: Sequence[Specimen]) -> Specimen:
    """``specimen`` with elements of the first of ``otherwise``, then of the next, where a stepwise result rests on a
    rounding. Where one still does at elements of the last, which are the example's own, it stays so. Raises ``NoCase``
    where it can't be told which elements it rests on."""
    for other in otherwise:
        turned = _turned(model, specimen)
        if not turned:
            return specimen
        specimen = _exchanged(specimen, other, turned)
    left = _turned(model, specimen)
    if left and not _are_equal(specimen, _exchanged(specimen, otherwise[-1], left)):
        raise NoCase("what comes of it rests on a rounding")
    return specimen


def onto(shape: torch.Size, where: torch.Tensor) -> torch.Tensor | None:
    """Which elements of an input of ``shape`` lead to any of ``where`` in an output whose first dimensions are the
    input's, or that it broadcasts to; ``None`` for another output."""
    if where.shape[: len(shape)] == shape:
        return where.reshape(*shape, -1).any(-1)
    aligned = (1,) * (where.dim() - len(shape)) + tuple(shape)
    if len(shape) > where.dim() or any(s not in (1, w) for s, w in zip(aligned, where.shape, strict=True)):
        return None
    for dim, size in enumerate(aligned):
        where = where.any(dim, keepdim=True) if size == 1 else where
    return where.reshape(shape)


def _onto_rows(shape: torch.Size, where: torch.Tensor) -> torch.Tensor | None:
    """The same of whole rows along the last dimension for which it can be told."""
    for dim in range(len(shape) - 1, -1, -1):
        places = onto(torch.Size([*shape[:dim], *shape[dim + 1 :]]), where)
        if places is not None:
            return places.unsqueeze(dim).expand(shape)
    return None


def stepwise(result: reference_run.ReferenceRun) -> dict[str, torch.Tensor]:
    """Path of an output, or entry of the state, that is stepwise → what it is."""
    return {path: t for path, t in tensors_in((result.outputs, result.state)) if t.numel() and is_stepwise(t)}


class _Moved(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self, number: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._number = number
        self._generator = torch.Generator().manual_seed(number)
        self.has_met_any = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        given = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        name = str(func._schema.name).partition("::")[2].rstrip("_")
        are_whole = name in _OF_WHOLE and all(map(_is_whole, tree_leaves((args, kwargs))))
        source = given[-1] if name in _CONVERTS and given else None
        before = source.clone() if source is not None and func._schema.is_mutable else source
        result = func(*args, **(kwargs or {}))
        if not isinstance(result, torch.Tensor) or not result.is_floating_point() or func.is_view or not given:
            return result
        eps = torch.finfo(result.dtype).eps
        if before is not None:
            stays = _is_as_it_was(before, result)
        elif name in MOVES:
            return result
        else:
            stays = (result.abs() <= 1 / eps) if are_whole else torch.zeros(result.shape, dtype=torch.bool)
        if bool(stays.all()):
            return result
        self.has_met_any = True
        signs = torch.randint(2, result.shape, generator=self._generator) if self._number > _DOWN else self._number
        factors = 1 + _UNITS * eps * (1.0 - 2 * torch.as_tensor(signs, dtype=torch.float64))
        moved = torch.where(stays, result, (result.double() * factors).to(result.dtype))
        return result.copy_(moved) if func._schema.is_mutable else moved


def _is_whole(leaf: Any) -> bool:
    if isinstance(leaf, torch.Tensor):
        return is_stepwise(leaf)
    return not isinstance(leaf, float) or leaf.is_integer()


def _is_as_it_was(source: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
    """Where a conversion is exact."""
    if source.shape != result.shape or source.is_complex():
        return torch.zeros(result.shape, dtype=torch.bool)
    if source.is_floating_point():
        return source.double() == result.double()
    return result.abs() <= 1 / torch.finfo(result.dtype).eps


def _turned(model: torch.nn.Module, specimen: Specimen) -> list[torch.Tensor]:
    """Of each stepwise result that turns, where."""
    plain = stepwise(reference_run.run(model, specimen))
    found = {path: torch.zeros(tensor.shape, dtype=torch.bool) for path, tensor in plain.items()}
    for number in range(_RUNS):
        mode = _Moved(number)
        result = reference_run.run(model, specimen, mode=mode)
        other = dict(tensors_in((result.outputs, result.state)))
        if not mode.has_met_any:
            return []
        for path, tensor in plain.items():
            moved = other.get(path)
            is_alike = moved is not None and moved.shape == tensor.shape
            found[path] |= tensor != _as_whole(moved, tensor.dtype) if is_alike and moved is not None else True
    return [where for where in found.values() if bool(where.any())]


def _as_whole(moved: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    return moved.to(dtype).round() if dtype.is_floating_point else moved.to(dtype)


def _exchanged(specimen: Specimen, other: Specimen, turned: list[torch.Tensor]) -> Specimen:
    leaves, layout = tree_flatten((specimen.args, specimen.kwargs))
    others, _ = tree_flatten((other.args, other.kwargs))
    found: list[Any] = []
    explained = [False] * len(turned)
    for leaf, instead in zip(leaves, others, strict=True):
        is_meant = isinstance(leaf, torch.Tensor) and leaf is not instead and not leaf.is_floating_point()
        value = leaf
        for number, where in enumerate(turned if is_meant else ()):
            places = onto(leaf.shape, where)
            places = _onto_rows(leaf.shape, where) if places is None else places
            if places is not None:
                explained[number] = True
                value = torch.where(places, instead, value)
        found.append(value)
    if not all(explained):
        raise NoCase("what comes of it rests on a rounding")
    args, kwargs = tree_unflatten(found, layout)
    return Specimen(args, kwargs, specimen.names)


def _are_equal(one: Specimen, other: Specimen) -> bool:
    pairs = zip(tree_leaves((one.args, one.kwargs)), tree_leaves((other.args, other.kwargs)), strict=True)
    return all(a is b or (isinstance(a, torch.Tensor) and torch.equal(a, b)) for a, b in pairs)
