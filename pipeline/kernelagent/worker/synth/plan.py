"""What fusion decides: kernels, the values that each computes and stores, and loops of launches."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kernelagent.worker.synth.attention import Attention
from kernelagent.worker.synth.index import ONE, Index, dim
from kernelagent.worker.synth.ir import Buffer, Condition, Loop, LoopResult, Op


@dataclass(eq=False)
class Kernel:
    kind: str
    """``pointwise``, ``reduction``, ``contraction``, ``attention``, ``scan``; ``loop`` while it is planned"""
    domain: Index
    axes: tuple[int, ...] = ()
    """Reduced axes of the domain."""
    valid: tuple[Condition, ...] = ()
    """The part of the domain for which there are results, where it is not all of it."""
    attention: Attention | None = None
    """What comes before the product with the values, which is the kernel's only heavy value."""
    placed: dict[Op, Index] = field(default_factory=dict)
    """Value → index over the domain's dimensions ``d0, d1, ...`` at which it is computed."""
    heavies: list[Op] = field(default_factory=list)
    """The contraction, or the reductions in the order in which they must be taken."""
    stores: list[Op] = field(default_factory=list)
    loads: list[Op] = field(default_factory=list)
    """Buffers and values of other kernels that are read."""
    results: list[LoopResult] = field(default_factory=list)
    """What the loop that it is part of leaves of its stores."""
    times: Any = ONE
    """How often it is launched."""

    @property
    def ranges(self) -> dict[Any, Any]:
        return {dim(i): size for i, size in enumerate(self.domain)}

    @property
    def kept(self) -> tuple[int, ...]:
        return tuple(i for i in range(len(self.domain)) if i not in self.axes)


@dataclass(frozen=True)
class LoopPlan:
    loop: Loop
    kernels: list[Kernel]
    """Those of the body, in launch order."""
    results: list[LoopResult]


@dataclass
class Plan:
    kernels: list[Kernel]
    """In launch order."""
    storage: dict[Op, Buffer]
    """Stored value → the memory it is kept in."""
    home: dict[Op, Kernel]
    own: set[Op]
    """Stored for the caller only: other kernels that need the value compute it themselves, and wait for none."""
    loops: list[LoopPlan] = field(default_factory=list)
    """Runs of ``kernels`` that are launched again and again."""

    def is_loaded(self, op: Op, kernel: Kernel) -> bool:
        """Whether ``kernel`` reads a value that another one has stored."""
        return op in self.storage and self.home[op] is not kernel and op not in self.own
