"""Kernels → one file: every kernel, ``kernel_function``, the drop-in module, and its self-check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from kernelagent.contract.codec import read_json, to_json, write_json
from kernelagent.contract.compute import Measured
from kernelagent.contract.problem import Problem
from kernelagent.contract.result import EntryPoints
from kernelagent.driver.agents.assignment import module_name
from kernelagent.driver.run import Run
from kernelagent.driver.stages.dispatch import KernelsSummary
from kernelagent.static.kernel_file import launched_kernels


@dataclass(frozen=True)
class ComposeSummary:
    """``compose_out/summary.json``."""

    kernel: str
    entry_points: EntryPoints
    kernels: tuple[str, ...]
    """Names of the ``@triton.jit`` functions that are launched."""
    kept: tuple[str, ...] = ()
    """Subgraphs that PyTorch's operators compute."""
    refused: dict[str, str] = field(default_factory=dict)
    """Those that were to be and are not, with reasons."""


def compose(problem: Problem, run: Run, kept: Mapping[str, Measured] = MappingProxyType({})) -> ComposeSummary:
    """The built-in synthesizer's file for the whole graph; ``kept`` are the subgraphs that PyTorch is to compute.
    Leaves compose_out/composed_kernel.py and its summary."""
    options = run.options
    given: dict[str, Any] = {"arch": list(options.arch), "fp32": options.fp32, "allow_tf32": options.allow_tf32}
    given |= {"kept": {name: to_json(measured) for name, measured in kept.items()}}
    summary = _composed("compose", problem, run, given)
    for kernel in read_json(run.folder.kernels_summary, KernelsSummary).kernels.values():
        candidate = run.folder.path / kernel
        if not candidate.exists():  # of the one subgraph that is the whole graph
            candidate.parent.mkdir(parents=True, exist_ok=True)
            candidate.write_bytes(run.folder.composed_kernel.read_bytes())
    return summary


def link(problem: Problem, run: Run) -> ComposeSummary:
    """The kernels of the pieces, whoever wrote them, chained by the graph. Leaves the same."""
    kernels = read_json(run.folder.kernels_summary, KernelsSummary).kernels
    return _composed("link", problem, run, {"kernels": {k: str(run.folder.path / v) for k, v in kernels.items()}})


def _composed(task: Literal["compose", "link"], problem: Problem, run: Run, given: dict[str, Any]) -> ComposeSummary:
    with run.stage("compose", "Composing one file") as report:
        out = run.folder.composed_kernel
        out.parent.mkdir(parents=True, exist_ok=True)
        args = {"problem": to_json(problem), "graph": str(run.folder.graph), "out": str(out), **given}
        value: dict[str, Any] = run.call(task, args)
        summary = ComposeSummary(
            run.folder.relative(out),
            EntryPoints(value.get("function"), value.get("module")),
            tuple(str(kernel) for kernel in value.get("kernels", ())),
            tuple(value.get("kept", ())),
            dict(value.get("refused", {})),
        )
        write_json(run.folder.compose_summary, summary)
        count = len(summary.kernels)
        by_pytorch = f", {len(summary.kept)} subgraphs by PyTorch's operators," if summary.kept else ""
        report.message = f"{count} Triton kernel{'s' * (count != 1)}{by_pytorch} in {summary.kernel}"
        return summary


def adopt(kernel: Path, problem: Problem, run: Run) -> ComposeSummary:
    """The file of a model that was given the whole module is the composed one. Leaves the same as :func:`compose`."""
    with run.stage("compose", "Taking the kernel file over") as report:
        out = run.folder.composed_kernel
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(kernel.read_bytes())  # its verdict is bound to the bytes
        summary = ComposeSummary(
            run.folder.relative(out),
            EntryPoints("kernel_function", module_name(problem.class_name)),
            launched_kernels(out.read_text(encoding="utf-8")),
        )
        write_json(run.folder.compose_summary, summary)
        report.message = summary.kernel
        return summary
