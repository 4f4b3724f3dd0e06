"""Integer inputs that a module counts from the end where they are negative, as ``cache[pages]`` does, and of which no
draw of the example is negative.

Pages, tokens and neighbours are never negative, kernels go where they point, and no ``forward`` says so: PyTorch's
indexing takes them all the same. Where a module hears a negative number in any other way, as a label to leave out for
one, it is no such input.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

import torch
from torch.utils._pytree import tree_flatten, tree_unflatten

from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.ended_by import ended_by
from kernelagent.worker.judge.operators_met import operators_met
from kernelagent.worker.judge.reference_run import ReferenceRun
from kernelagent.worker.problem import Specimen, saved_tensors
from kernelagent.worker.problem.inputs import named_tensors
from kernelagent.worker.problem.tensors import tensors_in

_aten = torch.ops.aten
_COUNT = frozenset(
    {
        *(_aten.index.Tensor, _aten.index_put.default, _aten.index_put_.default, _aten._unsafe_index.Tensor),
        *(_aten._index_put_impl_.default, _aten.take.default, _aten.put.default, _aten.put_.default),
        *(_aten.index_fill.int_Scalar, _aten.index_fill_.int_Scalar),
    }
)
"""Operators that count from the end."""
_INDICES = (torch.int64, torch.int32)
_MOST_SIZES = 12
"""That are tried for what an input may count from the end of."""


def from_the_end(model: torch.nn.Module, draws: Sequence[Specimen]) -> tuple[str, ...]:
    """Names of those inputs; ``draws`` differ in their seed alone."""
    named = [dict(named_tensors(draw)) for draw in draws]
    integers = [name for name, tensor in named[0].items() if tensor.dtype in _INDICES]
    meant = [name for name in integers if all(d[name].numel() and int(d[name].min()) >= 0 for d in named)]
    try:
        if not meant or not operators_met(model, draws[0]) & _COUNT:
            return ()
        given = reference_run.run(model, draws[0])
    except Exception:  # noqa: BLE001  a module may raise anything; who runs it on its example says so
        return ()
    tensors = (*named[0].values(), *saved_tensors(model).values())
    sizes = {n for tensor in tensors for n in (*tensor.shape, tensor.numel())}
    return tuple(name for name in meant if _counts(model, draws[0], name, sizes, given))


def _counts(model: torch.nn.Module, specimen: Specimen, name: str, sizes: Iterable[int], given: ReferenceRun) -> bool:
    """Whether for one of ``sizes`` the module makes the same of all numbers less that size, and refuses what is less
    than all of them: a remainder takes any number."""
    tensor = dict(named_tensors(specimen))[name]
    least = int(tensor.max()) + 1

    def of(other: torch.Tensor) -> ReferenceRun | None:
        call = functools.partial(reference_run.run, model, _with(specimen, tensor, other))
        try:
            return None if ended_by(call) else call()
        except Exception:  # noqa: BLE001  past the end, or whatever else the module raises
            return None

    for size in sorted(n for n in sizes if n >= least)[:_MOST_SIZES]:
        found = of(tensor - size)
        if found is not None and _are_equal(found, given):
            return of(torch.full_like(tensor, -size - 1)) is None
    return False


def _with(specimen: Specimen, tensor: torch.Tensor, other: torch.Tensor) -> Specimen:
    leaves, tree = tree_flatten((specimen.args, specimen.kwargs))
    args, kwargs = tree_unflatten([other if leaf is tensor else leaf for leaf in leaves], tree)
    return Specimen(args, kwargs, specimen.names)


def _are_equal(one: ReferenceRun, other: ReferenceRun) -> bool:
    def tensors(run: ReferenceRun) -> dict[str, torch.Tensor]:
        return dict(tensors_in((run.outputs, run.state)))

    first, second = tensors(one), tensors(other)
    return first.keys() == second.keys() and all(
        torch.allclose(value, second[path], rtol=0, atol=0, equal_nan=True)
        if value.is_floating_point()
        else torch.equal(value, second[path])
        for path, value in first.items()
    )
