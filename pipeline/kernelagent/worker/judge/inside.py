"""How large the tensors are that a module makes on its way, counted on fake tensors before it is run.

Sizes are chosen by inputs and outputs. A module that gathers pages, or forms all pairs, makes far more in between: a
hundred of each of five free sizes is gigabytes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from kernelagent.contract.problem import Problem
from kernelagent.worker.problem import make_inputs
from kernelagent.worker.problem.deep_copy import deep_copy

MOST = 1 << 23
"""Elements of one tensor; a run keeps several, and float64's are twice as large."""
_ASKED_FROM = 1 << 16
"""Product of the free sizes: below it nothing is counted."""


class _TooLarge(Exception):
    pass


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if not func.is_view and any(t.numel() > MOST for t in tree_leaves(result) if isinstance(t, torch.Tensor)):
            raise _TooLarge
        return result


def makes_too_much(problem: Problem, model: torch.nn.Module, sizes: Mapping[str, int]) -> bool:
    """Whether some tensor in between has more than ``MOST`` elements. What can't be run on fake tensors is let pass."""
    if math.prod(sizes.values()) < _ASKED_FROM:
        return False
    mode = FakeTensorMode(allow_non_fake_inputs=True)

    def fake(leaf: Any) -> Any:
        return mode.from_tensor(leaf) if isinstance(leaf, torch.Tensor) else leaf

    try:
        specimen, copied = make_inputs(problem, sizes), deep_copy(model)
        with mode, _Watch(), torch.no_grad():  # type: ignore[no-untyped-call]
            copied(*tree_map(fake, specimen.args), **tree_map(fake, specimen.kwargs))
    except _TooLarge:
        return True
    except Exception:  # noqa: BLE001  it decides by values, or raises on these sizes, which its own run tells
        return False
    return False
