"""Sizes of a problem's inputs that its trace takes for fixed, and that cases may change all the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kernelagent.contract.problem import Problem


@dataclass(frozen=True)
class FixedSize:
    """The size of one dimension that no symbol stands for."""

    where: str
    """``x.shape[0]``, by which a case calls it that changes it."""
    example: int

    def at(self, sizes: Mapping[str, int]) -> int:
        """What it is in a case of such ``sizes``."""
        return sizes.get(self.where, self.example)


def fixed_sizes(problem: Problem) -> tuple[FixedSize, ...]:
    return tuple(_of_inputs(problem))


def _of_inputs(problem: Problem) -> Iterator[FixedSize]:
    for spec in problem.inputs:
        dims = spec.dims if len(spec.dims) == len(spec.shape) else tuple(map(str, spec.shape))
        for axis, dim in enumerate(dims):
            if dim.isdecimal() and int(dim) > 1:
                yield FixedSize(f"{spec.name}.shape[{axis}]", int(dim))
