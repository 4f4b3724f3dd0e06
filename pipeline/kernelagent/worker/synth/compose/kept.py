"""Subgraphs that a composed file leaves to PyTorch: which of the synthesis's kernels they stand for, the statements of
each, and what the file declares of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kernelagent.contract.compute import Measured
from kernelagent.static.torch_operators import CONSTANT
from kernelagent.worker.capture.graph import Node
from kernelagent.worker.synth.compose.attention_calls import with_attention
from kernelagent.worker.synth.compose.pytorch_calls import NoSuchCall, statements
from kernelagent.worker.synth.emit.kernel_source import KernelSource
from kernelagent.worker.synth.plan import Kernel
from kernelagent.worker.synth.subgraphs import Piece, cut
from kernelagent.worker.synth.synthesize import Synthesis


@dataclass(frozen=True)
class KeptPiece:
    piece: Piece
    nodes: tuple[Node, ...]
    """What PyTorch runs, its attention in one."""
    operators: tuple[str, ...]
    """One for each call."""
    measured: Measured | None
    """``None``: it is written to be measured."""


@dataclass(frozen=True)
class Kept:
    """All that a file keeps; nothing by default."""

    pieces: tuple[KeptPiece, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    """Subgraphs that were to be kept and are not, with reasons."""

    @property
    def kernels(self) -> frozenset[int]:
        """Kernels of the plan that are not there, by ``id``."""
        return frozenset(id(kernel) for kept in self.pieces for kernel in kept.piece.kernels)

    def of(self, kernel: Kernel) -> KeptPiece | None:
        return next((kept for kept in self.pieces if any(kernel is one for one in kept.piece.kernels)), None)

    def launched(self, synthesis: Synthesis) -> tuple[KernelSource, ...]:
        """The sources of the kernels that are there, in launch order."""
        pairs = zip(synthesis.plan.kernels, synthesis.kernels, strict=True)
        return tuple(source for kernel, source in pairs if id(kernel) not in self.kernels)


NOTHING = Kept()


def keep(synthesis: Synthesis, wanted: dict[str, Measured | None]) -> Kept:
    """``wanted``: subgraphs by id, with what was measured. Launches that are joined stay together, with PyTorch or
    with Triton."""
    refused: dict[str, str] = {}
    found: dict[str, KeptPiece] = {}
    for piece in cut(synthesis):
        if piece.id in wanted:
            try:
                found[piece.id] = _kept(piece, wanted[piece.id])
            except NoSuchCall as exc:
                refused[piece.id] = str(exc)
    source_of = {id(k): s for k, s in zip(synthesis.plan.kernels, synthesis.kernels, strict=True)}
    while True:
        there = {id(k) for kept in found.values() for k in kept.piece.kernels}
        joined = {
            id(source_of[id(k)]) for k in synthesis.plan.kernels if id(k) not in there and source_of[id(k)].joined > 1
        }
        split = [n for n, kept in found.items() if any(id(source_of[id(k)]) in joined for k in kept.piece.kernels)]
        if not split:
            break
        for name in split:
            refused[name] = "its kernel is one launch with others that stay Triton's"
            del found[name]
    return Kept(tuple(found.values()), tuple(refused.items()))


def _kept(piece: Piece, measured: Measured | None) -> KeptPiece:
    """Raises ``NoSuchCall``."""
    graph = piece.graph
    if graph.random:
        raise NoSuchCall("it draws random numbers, whose seeds the kernels share")
    if any(given.kind == "constant" for given in graph.inputs):
        raise NoSuchCall("it reads a constant of the module")
    nodes = tuple(with_attention(graph.nodes, graph.outputs))
    texts = {g.name: g.name for g in graph.inputs}
    operators = []
    for _, made in statements(nodes, texts, lambda node, _: node.name, "device"):
        operators += [made] if made is not None else []
    if not operators:
        raise NoSuchCall("it only rearranges memory")
    return KeptPiece(piece, nodes, tuple(operators), measured)


def declaration_lines(kept: Kept) -> list[str]:
    """The file's own word on what PyTorch computes in it; ``static/declared.py`` reads it."""
    measured = [(one, one.measured) for one in kept.pieces if one.measured is not None]
    if not measured:
        return []
    devices = ", ".join(dict.fromkeys(found.device for _, found in measured))
    lines = [f"# What PyTorch's own operators were measured to compute faster than a Triton kernel, on {devices},"]
    lines += ["# at the example's sizes. `kernelagent verify --compute best` allows these calls and no others."]
    lines.append(f"{CONSTANT} = (")
    for one, found in measured:
        operators = "".join(f'"{operator}", ' for operator in one.operators)
        lines += [
            "    {",
            f'        "subgraph": "{one.piece.id}",{_where(one)}',
            f'        "operators": ({operators.rstrip() if len(one.operators) == 1 else operators.rstrip(", ")}),',
            f'        "pytorch_ms": {_figure(found.pytorch_ms)},',
            f'        "triton_ms": {_figure(found.triton_ms)},',
            f'        "device": "{found.device}",',
            "    },",
        ]
    return [*lines, ")"]


def _where(one: KeptPiece) -> str:
    numbers = sorted({node.line for node in one.nodes if node.line})
    return f"  # line{'s' * (len(numbers) > 1)} {', '.join(map(str, numbers))}" if numbers else ""


def _figure(milliseconds: float) -> str:
    text = f"{milliseconds:.4g}"
    return text if re.search(r"[.e]", text) else f"{text}.0"
