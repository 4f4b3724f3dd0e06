"""Synthesize one case and run it in Triton's interpreter beside the module itself, at several sizes."""

from __future__ import annotations

import copy
import functools
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

os.environ["TRITON_INTERPRET"] = "1"

import torch
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.worker.capture.export import capture
from kernelagent.worker.capture.rewrites import Rewrites
from kernelagent.worker.judge import fixed_draws, interpreter_bfloat16, interpreter_scalars
from kernelagent.worker.judge.sizes_outside_trace import keeps_comparisons
from kernelagent.worker.problem import build_model, make_inputs
from kernelagent.worker.problem.compared_sizes import that_change_operators
from kernelagent.worker.problem.sizes import example_sizes, fit
from kernelagent.worker.synth.compose.file import ComposedFile, compose_file
from kernelagent.worker.synth.compose.kept import NOTHING, Kept
from kernelagent.worker.synth.lowering import WHOLE
from kernelagent.worker.synth.synthesize import Synthesis, synthesize
from torch.utils._pytree import tree_leaves

from tests.synth.case import Case
from tests.synth.in_float64 import in_float64
from tests.synth.rounding import is_rounding, off_by_a_unit, only_float64_holds

interpreter_bfloat16.install()  # as shipped, the interpreter computes on bfloat16's bits
interpreter_scalars.install()  # and spreads conditions on scalars as numbers

Layout = Literal["strict", "contiguous", "any"]
EAGER_MULTIPLE = 16.0
"""The kernel may be this many times further from float64 than PyTorch is in the same dtype."""


def module_text(case: Case) -> str:
    import ast

    count = len(ast.parse(f"({case.inputs},)", mode="eval").body.elts)  # type: ignore[attr-defined]
    names = ["x", "y", "z", "u", "v"][:count]
    return f"""import math
import torch
import torch.nn as nn
import torch.nn.functional as F


class Sample(nn.Module):
    def __init__(self):
        super().__init__()
        {case.init or "pass"}

    def forward(self, {", ".join(names)}):
        {case.body}


def get_inputs():
    return [{case.inputs}]
"""


def synthesized(
    case: Case, folder: Path, dtype: str = "float32", kept: Callable[[Synthesis], Kept] = lambda _: NOTHING
) -> tuple[Problem, ComposedFile, Path]:
    """``kept``: what of a synthesis PyTorch's operators compute."""
    problem, _, composed = _synthesized(case, folder, dtype, kept=kept)
    out = folder / "composed.py"
    out.write_text(composed.text)
    return problem, composed, out


def synthesis_of(case: Case, folder: Path, dtype: str, arch: str) -> tuple[Synthesis, ComposedFile]:
    return _synthesized(case, folder, dtype, (arch,))[1:]


def _synthesized(
    case: Case,
    folder: Path,
    dtype: str,
    arches: Sequence[str] = (),
    kept: Callable[[Synthesis], Kept] = lambda _: NOTHING,
) -> tuple[Problem, Synthesis, ComposedFile]:
    text = module_text(case)
    if dtype != "float32":
        text = text.replace("    def forward(", f"        self.to(torch.{dtype})\n\n    def forward(", 1)
        text += f"\n\ndef cast(v):\n    return v.to(torch.{dtype}) if v.is_floating_point() else v\n"
        text = text.replace(f"return [{case.inputs}]", f"return [cast(v) for v in ({case.inputs},)]")
    source = folder / "sample.py"
    source.write_text(text)
    problem = Problem(str(source), "Sample", 0, "", ExampleInputs("get_inputs", "()", "get_inputs()"))
    for name in [n for n in sys.modules if n.startswith("_fused_sample")]:
        del sys.modules[name]
    problem, graph = capture(problem, WHOLE)
    graph = replace(graph, comparisons=that_change_operators(problem, Rewrites))
    synthesis = synthesize(graph, arches)
    return problem, synthesis, compose_file(synthesis, problem, text, kept=kept(synthesis))


@dataclass
class Leniency:
    """What is let pass of a module that nobody has looked at, and what came of it."""

    unsettled: list[str] = field(default_factory=list)
    """Faults in what rounding alone decides: :mod:`tests.synth.rounding`."""
    refused: list[str] = field(default_factory=list)
    """Sizes that the kernel refuses because a comparison of sizes that the trace relied on fails."""


def compare(problem: Problem, kernel_file: Path, is_strict: bool = True, lenient: Leniency | None = None) -> list[str]:
    """What is wrong, in words; empty where all is well. ``is_strict``: strides must be PyTorch's; otherwise a
    result for contiguous inputs must be contiguous where PyTorch's is."""
    spec = importlib.util.spec_from_file_location("composed_case", kernel_file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model = build_model(problem, seed=1)
    fused = module.SampleTriton()
    fused.load_state_dict(model.state_dict())
    if problem.random:  # every number that is drawn is the same one, on both sides
        bits = fixed_draws.choices()[-1]
        fixed_draws.hold(model, bits)
        fixed_draws.install(lambda: bits, lambda *_: None)
    faults: list[str] = []
    base = example_sizes(problem)
    variations = [base]
    for delta in (-1, 3):
        varied = {f.symbol: fit(f, base[f.symbol] + delta * f.multiple_of) for f in problem.free_sizes}
        if varied not in variations:
            variations.append(varied)
    for sizes in variations:
        try:
            specimen = make_inputs(problem, sizes, seed=3)
            before = copy.deepcopy(model)
            with torch.no_grad():
                want = model(*specimen.args, **specimen.kwargs), _buffers(model)
        except Exception:
            if sizes is base:
                raise
            continue  # the module itself does not take these sizes
        precise = in_float64(before, specimen.args, functools.partial(_results, before))
        plain = all(t.is_contiguous() for t in tree_leaves(specimen.args) if isinstance(t, torch.Tensor))
        layout: Layout = "strict" if is_strict else "contiguous" if plain else "any"
        try:
            with torch.no_grad():
                got = fused(*specimen.args, **specimen.kwargs), _buffers(fused)
        except ValueError as refusal:
            if lenient is None or keeps_comparisons(problem, sizes) or "these kernels are for" not in str(refusal):
                raise
            lenient.refused.append(f"{sizes}: {refusal}")
            continue
        differing = _differences(got, want, precise, layout)
        if differing and lenient is not None:
            differing = _settled(differing, got, want, precise, problem, specimen, lenient)
        faults += [f"{sizes}: {fault.text}" for fault in differing]
    return faults


def _settled(
    faults: list[Fault], got: Any, want: Any, precise: list[Any], problem: Problem, specimen: Any, lenient: Leniency
) -> list[Fault]:
    """Those of ``faults`` that rounding alone does not explain."""
    runs = off_by_a_unit(build_model(problem, seed=1), specimen.args, specimen.kwargs)
    left = []
    for fault in faults:
        mine, theirs = tree_leaves(got)[fault.output], tree_leaves(want)[fault.output]
        others = [run[fault.output] for run in runs] if fault.output < len(runs[0]) else []
        allowed = fault.allowed + _off(theirs, precise[fault.output])
        if fault.of_values and theirs.is_floating_point():
            exact = precise[fault.output].to(theirs.dtype)
            lost = only_float64_holds(theirs, exact)
            theirs, *others = (torch.where(lost, exact, t) for t in (theirs, *others))
        if fault.of_values and others and is_rounding(mine, theirs, allowed, EAGER_MULTIPLE, others):
            lenient.unsettled.append(fault.text)
        else:
            left.append(fault)
    return left


def _off(found: torch.Tensor, exact: torch.Tensor) -> float:
    if not found.is_floating_point() or not found.numel():
        return 0.0
    return (found.double() - exact.double()).nan_to_num(0.0, 0.0, 0.0).abs().max().item()


def _results(model: torch.nn.Module, returned: Any) -> list[Any]:
    return tree_leaves((returned, _buffers(model)))


def _buffers(model: torch.nn.Module) -> list[torch.Tensor]:
    """What a call may update, as it is now."""
    return [buffer.clone() for buffer in model.buffers()]


@dataclass(frozen=True)
class Fault:
    text: str
    output: int
    of_values: bool = False
    """Not of shapes, dtypes or strides."""
    allowed: float = 0.0
    """How far a value may be off."""


def _differences(got: Any, want: Any, precise: list[Any], layout: Layout) -> list[Fault]:
    faults = []
    for i, (a, b, c) in enumerate(zip(tree_leaves(got), tree_leaves(want), precise, strict=True)):
        if not isinstance(b, torch.Tensor):
            if a != b:
                faults.append(Fault(f"output {i}: {a!r} for {b!r}", i))
            continue
        other_layout = layout == "strict" and a.stride() != b.stride()
        other_layout |= layout == "contiguous" and b.is_contiguous() and not a.is_contiguous()
        if a.shape != b.shape or a.dtype != b.dtype or other_layout:
            text = f"output {i}: {a.dtype} {tuple(a.shape)} {a.stride()} for {b.dtype} {tuple(b.shape)} {b.stride()}"
            faults.append(Fault(text, i))
            continue
        if not b.is_floating_point():
            if not torch.equal(a, b):
                faults.append(Fault(f"output {i}: {(a != b).sum().item()} of {a.numel()} differ", i, True))
            continue
        finite = b.isfinite()
        exact = c[finite].double()
        scale = max(exact.abs().max().item(), 1e-30) if exact.numel() else 1e-30
        eager = (b[finite].double() - exact).abs().max().item() / scale if exact.numel() else 0.0
        unit = torch.finfo(b.dtype).eps
        allowed = EAGER_MULTIPLE * max(eager, unit)
        if not torch.equal(a.isnan(), b.isnan()) or not torch.equal(a.isinf(), b.isinf()):
            faults.append(Fault(f"output {i}: NaN or infinity in other places", i, True, allowed * scale))
            continue
        mine = (a[finite].double() - exact).abs().max().item() / scale if exact.numel() else 0.0
        if not mine <= allowed:
            text = f"output {i}: error {mine:.2e} of scale, PyTorch's {eager:.2e}"
            faults.append(Fault(text, i, True, allowed * scale))
    return faults
