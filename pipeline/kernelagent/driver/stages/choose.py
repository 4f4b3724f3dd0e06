"""``--compute best``: for each subgraph, its kernel or PyTorch's own operators, whichever was measured to be faster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kernelagent.contract.benchmark import Benchmark
from kernelagent.contract.codec import read_json, write_json
from kernelagent.contract.compute import NOISE, Choice, Compute, Measured
from kernelagent.contract.events import StageProgress
from kernelagent.contract.problem import Problem
from kernelagent.contract.result import SubgraphResult
from kernelagent.contract.subgraph import Extraction, Subgraph
from kernelagent.driver.benchmark import beside_pytorch, first_gpu
from kernelagent.driver.measured import MeasuredCache, key_of
from kernelagent.driver.run import Run
from kernelagent.driver.run_directory import runs_folder
from kernelagent.driver.stages.dispatch import SYNTHESIZER
from kernelagent.errors import Cancelled, KernelAgentError

PYTORCH = "pytorch"
"""Who writes a subgraph that PyTorch's operators compute: beside the synthesizers."""

NOTHING_MEASURED = "Without a GPU nothing could be measured: all arithmetic stays Triton's."
BUILT_IN_ONLY = (
    "PyTorch's operators are kept in files of the built-in synthesizer alone: all arithmetic stays Triton's."
)
NOTHING_FASTER = "Nothing is faster than PyTorch here: its own operators were kept for every subgraph."


def choose(extraction: Extraction, problem: Problem, run: Run) -> Compute:
    """Measure what is not known yet, and decide. Leaves kernels_out/<subgraph>/pytorch/ and compute.json."""
    with run.stage("dispatch", "Measuring PyTorch's operators beside the kernels") as report:
        device = first_gpu(run.pool, run.cancel, run.options)
        if not device:
            found = Compute("", (), NOTHING_MEASURED)
        else:
            cache = _cache(problem)
            known: dict[str, Choice] = {}
            for subgraph in extraction.subgraphs:
                if subgraph.same_as is None:
                    known[subgraph.id] = _one(subgraph, device, cache, run)
            choices = [replace(known[s.same_as or s.id], subgraph=s.id) for s in extraction.subgraphs]
            found = Compute(device, tuple(choices), _message(choices, device))
        write_json(run.folder.compute, found)
        report.message = found.message
        return found


def wanted(compute: Compute) -> dict[str, Measured]:
    """Subgraphs that PyTorch is to compute, with the figures."""
    return {c.subgraph: c.measured for c in compute.choices if c.computed_by == "pytorch" and c.measured is not None}


def decide(subgraph: str, measured: Measured, *, remembered: bool = False) -> Choice:
    """The choice is a function of the figures alone."""
    figures = f"PyTorch {measured.pytorch_ms:.4g} ms, the Triton kernel {measured.triton_ms:.4g} ms"
    if measured.keeps_pytorch:
        return Choice(subgraph, "pytorch", figures, measured, remembered)
    if measured.pytorch_ms < measured.triton_ms:
        figures += f", which is within {NOISE:.0%}"
    return Choice(subgraph, "triton", figures, measured, remembered)


def settled(compute: Compute, kept: Sequence[str], refused: Mapping[str, str]) -> Compute:
    """After composing: subgraphs that could not be left to PyTorch in the whole stay Triton's, with the reason."""
    choices = []
    for choice in compute.choices:
        if choice.computed_by == "triton" or choice.subgraph in kept:
            choices.append(choice)
        else:
            reason = refused.get(choice.subgraph, "the composed file has no such subgraph")
            choices.append(replace(choice, computed_by="triton", reason=f"{choice.reason}; {reason}"))
    return replace(compute, choices=tuple(choices), message=_message(choices, compute.device))


def marked(subgraphs: Sequence[SubgraphResult], compute: Compute) -> tuple[SubgraphResult, ...]:
    """The subgraphs' rows, with who computes each."""
    by_pytorch = {c.subgraph for c in compute.choices if c.computed_by == "pytorch"}
    return tuple(replace(s, synthesizer=PYTORCH) if s.id in by_pytorch else s for s in subgraphs)


def beside_the_better(compute: Compute, benchmark: Benchmark) -> Compute:
    """How the whole stands beside the faster of eager and ``torch.compile``."""
    gains = [gain for gain in (benchmark.speedup_eager, benchmark.speedup_compile) if gain is not None]
    if compute.is_all_pytorch:
        return compute
    is_faster = min(gains) >= 1.0
    told = f"The whole is {min(gains):.2f} times as fast as the better of eager and torch.compile."
    if not is_faster:
        told += " It is slower, so it is not applied unasked."
    return replace(compute, message=f"{compute.message} {told}", is_faster=is_faster)


def _one(subgraph: Subgraph, device: str, cache: MeasuredCache, run: Run) -> Choice:
    kernel, by_pytorch = (run.folder.candidate(subgraph.id, who) for who in (SYNTHESIZER, PYTORCH))
    refused = _write(subgraph, by_pytorch, run)
    if refused:
        return Choice(subgraph.id, "triton", f"not measured: {refused}")
    problem = read_json(run.folder.subgraph_problem(subgraph.id), Problem)
    texts = [path.read_text(encoding="utf-8") for path in (kernel, by_pytorch)]
    key = key_of(texts[0], texts[1], problem, run.options, run.pool.versions(), device)
    known = cache.find(key, device)
    if known is not None:
        return decide(subgraph.id, known, remembered=True)
    try:
        measured = beside_pytorch(
            kernel,
            by_pytorch,
            problem,
            pool=run.pool,
            cancel=run.cancel,
            tell=lambda message: run.emit(StageProgress("dispatch", f"{subgraph.id}: {message}", 0, 0)),
            options=run.options,
        )
    except Cancelled:
        raise
    except KernelAgentError as exc:  # one that can't be measured stays as it is
        return Choice(subgraph.id, "triton", f"not measured: {exc.message}")
    cache.keep(key, measured)
    return decide(subgraph.id, measured)


def _write(subgraph: Subgraph, out: Path, run: Run) -> str:
    """The subgraph in PyTorch's operators, as the composed file would have it; why not, where it can't be."""
    args: dict[str, Any] = {
        "problem": str(run.folder.subgraph_problem(subgraph.id)),
        "graph": str(run.folder.subgraph_graph(subgraph.id)),
        "arch": list(run.options.arch),
        "fp32": run.options.fp32,
        "allow_tf32": run.options.allow_tf32,
        "by_pytorch": True,
        "out": str(out),
    }
    return str(run.call("synthesize", args)["refused"])


def _message(choices: Sequence[Choice], device: str) -> str:
    kept = [choice.subgraph for choice in choices if choice.computed_by == "pytorch"]
    if choices and len(kept) == len(choices):
        return NOTHING_FASTER
    if not kept:
        return f"No operator of PyTorch's was measured to be faster on {device}: all arithmetic is Triton's."
    return f"PyTorch computes {', '.join(kept)}, measured to be faster on {device}; the rest is Triton's."


def _cache(problem: Problem) -> MeasuredCache:
    try:
        return MeasuredCache(runs_folder(Path(problem.file)) / "measured.json")
    except OSError:
        return MeasuredCache(None)  # a project that may only be read
