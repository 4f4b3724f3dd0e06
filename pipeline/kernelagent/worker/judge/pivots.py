"""Square matrices that are well conditioned and have pivots that are exactly 0: strongly diagonal ones, their rows in
another order.

Whoever factorizes a random matrix never meets a zero where it divides by one, and need not exchange any rows. So where
the module itself factorizes, its matrices are diagonals, alone, with a triangle, with a row added to all others or with
tiny numbers beside them, and rows are exchanged so that the first pivot is 0, the second, or a later one.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.worker.judge import reference_run
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.value_kinds import Values
from kernelagent.worker.problem import Specimen

PIVOTS: Values = "rows in another order"
TURNS = 3
"""Cases of it: a module may take a single matrix."""
_STRIDE = 5
"""Of matrices, from one turn to the next."""
_FACTORIZE = frozenset(
    {
        *("_linalg_solve_ex", "linalg_solve_ex", "linalg_inv_ex", "linalg_lu", "linalg_lu_factor"),
        *("linalg_lu_factor_ex", "_linalg_det", "_linalg_slogdet"),
    }
)
"""Operators that exchange rows for the largest pivot; that of Cholesky does not."""
_ORDERS, _BESIDE = 5, 4
"""Neither divides the other: of 20 matrices each has another pair."""
_TINY = 2.0**-20


class Factorizes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Around one call of a module: the square ``matrices`` that it factorizes."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.matrices: list[torch.Tensor] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func.overloadpacket.__name__ in _FACTORIZE:
            given = args[0] if args else next(iter((kwargs or {}).values()), None)
            if isinstance(given, torch.Tensor) and given.dim() > 1 and given.shape[-1] == given.shape[-2] > 1:
                self.matrices.append(given.detach().clone())
        return func(*args, **(kwargs or {}))


def with_rows_exchanged(model: torch.nn.Module, specimen: Specimen, turn: int, seed: int) -> Specimen:
    """The inputs that the module factorizes, however they are cut into matrices; where it makes its matrices itself,
    all square inputs. Raises ``NoCase`` where there are none."""
    with Factorizes() as met:
        reference_run.run(model, specimen)
    leaves = [leaf for leaf in tree_leaves((specimen.args, specimen.kwargs)) if _is_real(leaf)]
    sizes = {id(leaf): m.shape[-1] for leaf in leaves for m in met.matrices if _are_the_same(leaf, m)}
    if met.matrices and not sizes:
        sizes = {id(leaf): leaf.shape[-1] for leaf in leaves if leaf.dim() > 1 and leaf.shape[-1] == leaf.shape[-2] > 1}
    if not sizes:
        raise NoCase("it factorizes no square matrix of its inputs")

    def change(leaf: Any) -> Any:
        return _exchanged(leaf, sizes[id(leaf)], turn, seed) if id(leaf) in sizes else leaf

    args, kwargs = tree_map(change, (specimen.args, specimen.kwargs))
    return Specimen(args, kwargs, specimen.names)


def _is_real(leaf: Any) -> bool:
    is_meant = isinstance(leaf, torch.Tensor) and leaf.layout is torch.strided and leaf.is_floating_point()
    return bool(is_meant and leaf.numel())


def _are_the_same(leaf: torch.Tensor, matrix: torch.Tensor) -> bool:
    if leaf.numel() != matrix.numel() or matrix.is_complex():
        return False
    return torch.equal(leaf.double().flatten(), matrix.double().flatten())


def _exchanged(leaf: torch.Tensor, n: int, turn: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    size = float(leaf.double().square().mean().sqrt())
    size = 2.0 ** round(math.log2(size)) if 0.0 < size < float("inf") else 1.0  # what is exactly 0 stays so
    is_signed = bool((leaf < 0).any())
    count = leaf.numel() // (n * n)
    made = [_matrix(n, turn * _STRIDE + which, is_signed, generator) for which in range(count)]
    return (torch.stack(made) * size).reshape(leaf.shape).to(leaf.dtype)


def _matrix(n: int, number: int, is_signed: bool, generator: torch.Generator) -> torch.Tensor:
    def drawn(*shape: int) -> torch.Tensor:
        """From 1 to 2, of either sign where there are signs."""
        found = 1 + torch.rand(shape, generator=generator, dtype=torch.float64)
        return torch.where(torch.rand(shape, generator=generator) < 1 / 2, -found, found) if is_signed else found

    beside = number % _BESIDE
    matrix, off = drawn(n).diag(), drawn(n, n)
    if beside == 1:
        matrix += off.triu(1) / (4 * n) if number // _BESIDE % 2 == 0 else off.tril(-1) / (4 * n)
    elif beside == 3:
        matrix += _TINY * (off - off.diag().diag())
    order = _order(n, number % _ORDERS, generator)
    matrix = matrix[order]
    if beside == 2:  # exactly 0 only once the first row is taken away again
        first = torch.where(matrix[0] == 0, off[0] / (2 * n), matrix[0])
        halves = torch.where(torch.arange(n) % 2 == 0, -1 / 2 if is_signed else 1 / 2, 1 / 2)[:, None]
        matrix = (matrix + halves * first.float()).index_copy(0, torch.tensor([0]), first.float().double()[None])
    return matrix


def _order(n: int, which: int, generator: torch.Generator) -> torch.Tensor:
    """Of each row, which column is large."""
    steps = torch.arange(n)
    if n == 2 or which == 1:
        return steps.roll(-1)
    if which == 0:  # the first pivot is there
        return torch.cat([steps[:1], steps[1:].roll(-1)])
    if which == 2:
        return steps.flip(0)
    if which == 3:  # only the last but one is not
        return torch.cat([steps[:-2], steps[-2:].flip(0)])
    drawn = torch.randperm(n, generator=generator)
    return drawn.roll(1) if torch.equal(drawn, steps) else drawn
