"""Which comparisons of sizes change what a module computes: it is run beside, and its operators are compared.

PyTorch's own questions about strides (is this slice the whole row?) leave the same kind of guard as ``if n == 64``. So
the module is run on fake tensors, with nothing computed, at two sets of sizes that keep a comparison and at one that
fails it. Views and copies don't count: whether a tensor has to be copied is what PyTorch asks about. (A module that
does something else by views alone is left to the judge, which tries such sizes anyway.)
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from kernelagent.contract.problem import Problem, SizeComparison
from kernelagent.worker.problem.fake_run import Around, runs_at
from kernelagent.worker.problem.sizes import evaluate_dim, example_sizes

_COPIES = {"clone", "contiguous", "copy", "copy_", "_to_copy", "empty_like", "empty_strided", "detach"}
_SCALARS = (bool, int, float, str, torch.dtype)

Called = list[tuple[str, tuple[Any, ...]]]
"""Each operator with what it is given besides tensors."""


def that_change_operators(problem: Problem, around: Around = contextlib.nullcontext) -> tuple[SizeComparison, ...]:
    """Those of the problem's comparisons at whose other side the module calls other operators, or has other shapes than
    its trace. One that cannot be asked for is taken to change them, unless the module raises there."""
    if not problem.comparisons:
        return ()
    example = example_sizes(problem)
    usual = _called(problem, example, around)
    other = _called(problem, _other_sizes(problem, example), around)
    if usual is None:
        return problem.comparisons
    return tuple(
        comparison
        for comparison in problem.comparisons
        if (turned := _called(problem, example | comparison.fails_at, around)) is not None
        and (comparison.of_shapes or not _same(usual, other or usual, turned))
    )


def _other_sizes(problem: Problem, example: Mapping[str, int]) -> dict[str, int]:
    """Each a step past the example's, where every comparison holds; else the example's."""
    for steps in (1, 2, 3, 5):
        sizes = {f.symbol: example[f.symbol] + steps * f.multiple_of for f in problem.free_sizes}
        allowed = all(f.maximum is None or sizes[f.symbol] <= f.maximum for f in problem.free_sizes)
        if allowed and all(evaluate_dim(comparison.holds, sizes) for comparison in problem.comparisons):
            return sizes
    return dict(example)


def _same(usual: Called, other: Called, turned: Called) -> bool:
    """Whether ``turned`` is ``usual`` but for what differs between ``usual`` and ``other`` as well: sizes."""
    if [name for name, _ in usual] != [name for name, _ in turned]:
        return False
    if [name for name, _ in usual] != [name for name, _ in other]:
        return True  # then the names say nothing
    return all(
        len(one) == len(three)
        and (len(one) != len(two) or all(b != a or c == a for a, b, c in zip(one, two, three, strict=True)))
        for (_, one), (_, two), (_, three) in zip(usual, other, turned, strict=True)
    )


class _Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.called: Called = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.overloadpacket.__name__
        if func.namespace != "prim" and not func.is_view and name not in _COPIES and "view" not in name:
            leaves = tree_leaves((args, kwargs or {}))
            self.called.append((name, tuple(leaf for leaf in leaves if isinstance(leaf, _SCALARS))))
        return func(*args, **(kwargs or {}))


def _called(problem: Problem, sizes: Mapping[str, int], around: Around) -> Called | None:
    """``None`` where the module raises, as it may on sizes that it was not made for."""
    recorder = _Recorder()

    @contextlib.contextmanager
    def recorded() -> Iterator[None]:
        with around(), recorder:
            yield

    return recorder.called if runs_at(problem, sizes, recorded) else None
