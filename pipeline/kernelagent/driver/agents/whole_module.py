"""A module that does not export as one subgraph, for an author that is given the whole of it: its operators are not
known."""

from __future__ import annotations

import math
import re

from kernelagent.contract.problem import Problem, TensorSpec
from kernelagent.contract.subgraph import Cost, Subgraph

_BITS = re.compile(r"(\d+)")


def unseen(problem: Problem) -> Subgraph:
    """Its cost is a lower bound: the outputs must be written, and what the operators need of the inputs is not known
    here."""
    name = re.sub(r"[^a-z0-9]+", "_", problem.class_name.lower()).strip("_") or "module"
    written = sum(math.prod(spec.shape) * _bytes_of(spec) for spec in problem.outputs)
    return Subgraph(
        id=f"sg0_{name}",
        family="module",
        nodes=(),
        inputs=problem.inputs,
        outputs=problem.outputs,
        cost=Cost(bytes=written, flops=0, eager_bytes=written),
    )


def _bytes_of(spec: TensorSpec) -> int:
    """``float32`` → 4, ``bool`` → 1, ``float8_e4m3fn`` → 1."""
    bits = _BITS.search(spec.dtype)
    return max(1, int(bits[1]) // 8) if bits is not None else 1
