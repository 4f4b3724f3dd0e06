"""What is known of a file's modules before anything is fused: operators with sizes, subgraphs, bytes and FLOPs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from kernelagent.contract.problem import TensorSpec
from kernelagent.contract.result import ErrorInfo
from kernelagent.contract.subgraph import OperatorNode, Subgraph


@dataclass(frozen=True)
class Lines:
    """From ``first`` to ``last``, 1-based, both inclusive."""

    first: int
    last: int


@dataclass(frozen=True)
class ClassSurvey:
    """One module class with example inputs."""

    class_name: str
    line: int
    """Of the ``class`` keyword, 1-based."""
    hangs_on: tuple[Lines, ...] = ()
    """Statements of the file, and the directive, without which this may not be true any more; the class among them."""
    names: tuple[str, ...] = ()
    """What these statements bind."""
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    subgraphs: tuple[Subgraph, ...] = ()
    launches: int = 0
    """Kernels that one call of the fused module launches; 0 where they were not counted."""
    error: ErrorInfo | None = None
    """Why it can't be fused as a whole by the built-in synthesizer, or at all."""

    @cached_property
    def nodes(self) -> tuple[OperatorNode, ...]:
        """Each once, also where several subgraphs compute it anew."""
        return tuple({node.name: node for graph in self.subgraphs for node in graph.nodes}.values())

    @cached_property
    def operators(self) -> tuple[OperatorNode, ...]:
        """Those that eager PyTorch launches a kernel for."""
        return tuple(node for node in self.nodes if node.bytes)

    @property
    def bytes(self) -> int:
        return sum(graph.cost.bytes for graph in self.subgraphs)

    @property
    def eager_bytes(self) -> int:
        return sum(node.bytes for node in self.operators)

    @property
    def flops(self) -> int:
        return sum(graph.cost.flops for graph in self.subgraphs)

    @property
    def is_comparable(self) -> bool:
        """Whether eager's bytes and those of the kernels count the same work: not where a loop is one operator."""
        return bool(self.bytes) and self.error is None and self.launches <= max(1, len(self.operators))

    def subgraphs_of(self, node: OperatorNode) -> tuple[Subgraph, ...]:
        return tuple(graph for graph in self.subgraphs if any(one.name == node.name for one in graph.nodes))


@dataclass(frozen=True)
class Survey:
    """Of one text of one file."""

    classes: tuple[ClassSurvey, ...] = ()

    def of(self, class_name: str) -> ClassSurvey | None:
        return next((one for one in self.classes if one.class_name == class_name), None)


def operators_of(subgraph: Subgraph) -> tuple[OperatorNode, ...]:
    """Those that eager PyTorch launches a kernel for; a view is none, nor is a part of an operator."""
    return tuple(node for node in subgraph.nodes if node.bytes)


def eager_bytes(subgraph: Subgraph) -> int:
    """What eager PyTorch moves for it; 0 where that counts other work than the kernels': a loop is one operator."""
    operators = operators_of(subgraph)
    return sum(node.bytes for node in operators) if subgraph.launches <= max(1, len(operators)) else 0
