"""One input with whole slices at one number, as a mask leaves them: what a maximum is over nothing but -inf, and a mean
of what is there where nothing is."""

from __future__ import annotations

import torch
from torch.utils._pytree import tree_flatten, tree_unflatten

from kernelagent.worker.problem import Specimen


def with_whole_slices(specimen: Specimen, number: int, value: float) -> Specimen:
    """``specimen`` with ``value`` all over the first slice along each dimension of its floating input of that number,
    and all over one that has a single dimension: whatever is reduced, some result is made of nothing else."""
    leaves, tree = tree_flatten((specimen.args, specimen.kwargs))
    floats = [i for i, leaf in enumerate(leaves) if isinstance(leaf, torch.Tensor) and leaf.is_floating_point()]
    tensor = leaves[floats[number]].clone()
    axes = [axis for axis, size in enumerate(tensor.shape) if size > 1]
    for axis in axes:
        tensor.select(axis, 0).fill_(value)
    if len(axes) < 2:
        tensor.fill_(value)
    leaves[floats[number]] = tensor
    args, kwargs = tree_unflatten(leaves, tree)
    return Specimen(args, kwargs, specimen.names)
