"""From evidence to certificate, and the sentence that sums it up honestly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, cast

from kernelagent.contract.codec import from_json
from kernelagent.contract.options import Options
from kernelagent.contract.problem import DataFile, Problem
from kernelagent.contract.verdict import Case, Check, CompiledKernel, Judged, Precision, Verification
from kernelagent.driver.checks import CHECKS
from kernelagent.driver.checks.precision import products, shown
from kernelagent.driver.checks.values import disclosed
from kernelagent.driver.checks.wording import FEW, by_reason, not_compared, shortened
from kernelagent.driver.crossings import told_of_left
from kernelagent.driver.dependencies import changed
from kernelagent.driver.evidence import Evidence, Report
from kernelagent.driver.largest_tried import beyond_the_largest
from kernelagent.driver.stages.load import describe

_SLOW, _REFUSED = "it takes too long in the interpreter", "the kernel refuses it"
_HALF = ("float16", "bfloat16")
_HARDLY_SHOWN = "Much of what the module does, which the cases hardly show"
_MOST_UNSEEN, _WORDS = 4, 200
"""How many ways that no case took are told, and characters of each."""

_MOST_DECLARED = 3
"""Subgraphs of PyTorch's that the summary tells one by one."""


def conclude(
    evidence: Evidence, problem: Problem, options: Options, profile: str, versions: dict[str, str], kernel: Path
) -> Verification:
    """The certificate. ``kernel_sha256`` is left empty for the caller, who has the file."""
    checks = [check for make in CHECKS for check in make(evidence)]
    passed = all(check.passed or check.skipped for check in checks)
    dtype = _dtype(problem)
    tolerance = 1e-2 if dtype in _HALF else 1e-3
    results = evidence.comparison.get("results", [])
    return Verification(
        verdict="pass" if passed else "fail",
        summary=_summary(passed, checks, evidence, options, profile),
        mode="gpu" if evidence.gpu else "interpreter",
        device=evidence.gpu or "cpu",
        dtype=dtype,
        rtol=tolerance,
        atol=tolerance,
        max_abs_err=_largest(results, "max_abs_err"),
        max_rel_err=_largest(results, "max_rel_err"),
        eager_max_abs_err=_largest(results, "eager_max_abs_err"),
        precision=_precision(dtype, evidence, passed),
        degenerate=bool(evidence.comparison.get("degenerate")),
        cases=tuple(_cases(evidence)),
        shapes=_shapes(evidence),
        sandbox=evidence.sandbox,
        source_sha256=problem.source_sha256,
        kernel_sha256="",
        imports=problem.imports,
        data=_data(evidence, Path(problem.file)),
        packages=problem.packages,
        judged=judged(problem, options),
        versions=versions,
        checks=tuple(checks),
        compiled=tuple(
            CompiledKernel(c.kernel, c.arch, c.registers, c.spills, c.shared_bytes)
            for c in evidence.compiled
            if c.error is None and not c.unchecked
        ),
        not_checked=tuple(_not_checked(evidence, problem, options, profile)),
        partial=bool(options.cases),
        compute=options.compute,
        computed_by_pytorch=evidence.declared,
        judged_with=tuple(_asked_for(options)),
    )


def _asked_for(options: Options) -> Iterator[str]:
    """How to judge, where it is not the default, as options of the command line."""
    defaults = Options()
    if options.arch != defaults.arch:
        yield from (f"--arch={arch}" for arch in options.arch)
    for name in ("device", "sandbox", "compute", "budget_seconds"):
        value = getattr(options, name)
        if value != getattr(defaults, name):
            yield f"--{name.replace('_', '-')}={value:g}" if isinstance(value, float) else f"--{name}={value}"
    if options.sanitize:
        yield "--sanitize"


def judged(problem: Problem, options: Options) -> Judged:
    """What of ``problem`` the bytes of its files leave open."""
    given: list[Literal["inputs", "init", "mode"]] = []
    given += ["inputs"] if options.inputs is not None else []
    given += ["init"] if options.init is not None else []
    given += ["mode"] if options.mode != "constructed" else []
    return Judged(
        problem.class_name,
        problem.mode,
        problem.example.init,
        problem.example.inputs,
        problem.example.origin,
        tuple(given),
        tuple(describe(spec) for spec in problem.inputs),
        tuple(free.symbol for free in problem.free_sizes),
    )


def _data(evidence: Evidence, source: Path) -> tuple[DataFile, ...]:
    """Without what is absent, or another folder, in the sandbox alone."""
    told = [from_json(DataFile, entry) for entry in evidence.reference.get("data", [])]
    return tuple(file for file in told if file.kind == "file" or not changed(source, [file]))


def _cases(evidence: Evidence) -> Iterator[Case]:
    for number, case in enumerate(evidence.reference.get("cases", [])):
        results = [result for result in evidence.comparison.get("results", []) if result["case"] == number]
        runs = [run for run in evidence.runs if run.case == number]
        if runs and all(run in evidence.refusals for run in runs):
            continue
        passed = (
            bool(results)
            and len(results) == sum(run not in evidence.refusals for run in runs)
            and not any(result["failures"] for result in results)
        )
        own = _largest(results, "eager_max_abs_err")
        yield Case(case["name"], case["sizes"], case["seed"], passed, _largest(results, "max_abs_err"), own)


def _shapes(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    shapes: dict[str, list[str]] = {}
    for case in evidence.reference.get("cases", []):
        for name, shape in case["shapes"].items():
            if shape not in shapes.setdefault(name, []):
                shapes[name].append(shape)
    return {name: tuple(found) for name, found in shapes.items()}


def _largest(results: list[dict[str, Any]], key: str) -> float | None:
    values = [_number(result[key]) for result in results if result.get(key) is not None]
    return max(values) if values else None


def _number(value: Any) -> float:
    """Infinities cross processes as strings."""
    return float(value)


def _dtype(problem: Problem) -> str:
    names = [spec.dtype for spec in (*problem.outputs, *problem.inputs)]
    return next((name for name in names if name.startswith(("float", "bfloat"))), names[0] if names else "float32")


def _precision(dtype: str, evidence: Evidence, passed: bool) -> Precision:
    """The class that the error shows; where that is float32's, the compiled products say by which way."""
    compiled, read = products(evidence), shown(evidence)
    if dtype == "float32" and (passed or compiled == "tf32" or read not in (None, "fp32")):
        if read in ("fp16", "bf16", "tf32"):
            return cast(Precision, read)
        return "tf32" if compiled == "tf32" else "tf32x3" if compiled in ("tf32x3", "bf16x6") else "fp32"
    if not passed:
        return "unknown"
    if dtype in _HALF:
        return "fp16" if dtype == "float16" else "bf16"
    return "unknown" if dtype.startswith("float") else "exact"


def _smaller_than_the_example(evidence: Evidence) -> Iterator[str]:
    smaller = [
        f"{free.where or free.symbol} is {free.example:,} there, and was {tried:,} at most"
        for free, tried in evidence.larger_there.items()
    ]
    if smaller:
        own = evidence.own_sizes
        done = ""
        if own is not None and not own.untold:
            done = "; the kernels were launched for them, and compiled, but not run"
        yield f"The sizes of the example itself: {'; '.join(smaller)}{done}."


def _together(told: Iterable[tuple[str, str]]) -> Iterator[str]:
    """One line for all cases of which the same is to be said, where they are more than two."""
    for reason, names in by_reason(told).items():
        if len(names) <= FEW:
            yield from (f"{name}: {reason}." for name in names)
        elif reason == _SLOW:
            yield f"{not_compared(names, 'which take too long in the interpreter')}."
        else:
            yield f"In {len(names)} cases, {reason}: {shortened(names)}."


def _read_off_the_file(evidence: Evidence) -> Iterator[str]:
    for what, line in evidence.static.get("surroundings", []):
        yield f"The kernel's file {what} (line {line}): what it does for another answer, or later."
    for what, kind, bits, line in evidence.static.get("narrow_numbers", []):
        yield (
            f"Tensors of 2^{bits} elements and more: line {line} of the kernel's file computes {what} in {kind}, "
            "which holds every integer below that only."
        )
    for rounds, line in evidence.static.get("repeated", []):
        yield (
            f"Inputs that take more than {rounds} rounds of the loop at line {line} of the kernel's file, whose number "
            "no size and no value decides."
        )
    for line in evidence.static.get("contracted", []):
        yield (
            f"One rounding in place of two in the difference of products at line {line} of the kernel's file: compiled "
            "code may contract it, and decides by what is left; enable_fp_fusion=False in the launch forbids it."
        )


def _keys_for_attributes(problem: Problem) -> Iterator[str]:
    if problem.returned is None:
        return
    if problem.returned.beside_fields:
        names = ", ".join(problem.returned.beside_fields)
        yield f"Attributes of the result: the kernel's named tuples have the fields alone, and not {names}."
    for name in problem.returned.dataclasses:
        yield f"Attributes of the result: a dictionary passes for the dataclass {name}, and its fields are keys there."


def _not_checked(evidence: Evidence, problem: Problem, options: Options, profile: str) -> Iterator[str]:
    if options.cases:
        yield f"Every case but {', '.join(options.cases)}, which was asked for."
    if not evidence.gpu:
        yield "A run on a GPU: the interpreter shows neither tensor cores' precision nor what the file does only there."
    else:
        yield from _not_watched(evidence)
    if evidence.declared:
        yield "The times that the file declares for PyTorch's operators: they were not measured here."
        yield "PyTorch's operators with TF32 allowed: they follow PyTorch's settings, which were off here."
    if profile == "quick":
        yield "Only the example was tried, and nothing was compiled."
        return
    if not any(case["sizes"] for case in evidence.reference.get("cases", [])):
        yield "Other sizes: the module leaves none free."
    yield from _smaller_than_the_example(evidence)
    yield from beyond_the_largest(evidence)
    floats = dict.fromkeys(s.dtype for s in problem.inputs if s.dtype.startswith(("float", "bfloat")))
    if floats:
        yield f"Inputs of another type than {' and '.join(floats)}, that of the example."
        yield "Gradients: no backward pass was run."
    if problem.inputs:
        yield (
            "Inputs of another number of dimensions than the example's"
            + (", or that broadcast against each other otherwise." if len(problem.inputs) > 1 else ".")
        )
    yield from _keys_for_attributes(problem)
    yield from _read_off_the_file(evidence)
    for file in _data(evidence, Path(problem.file)):
        if file.unhashed:
            yield f"Whether {file.path}, which the module reads, stays as it is: {file.unhashed}."
    yield from _together((skipped["name"], skipped["reason"]) for skipped in evidence.reference.get("skipped", []))
    yield from (f"{note}." for note in evidence.reference.get("notes", []))
    if evidence.reference.get("float64"):
        yield f"The error against float64: {evidence.reference['float64']}."
    refused = [entry for entry in evidence.compiled if entry.may_refuse and entry.error]
    yield from dict.fromkeys(f"Sizes at which no {e.arch} takes {e.kernel}, which {e.error}." for e in refused)
    yield from _together(
        (evidence.call(run), _SLOW if run.error is not None and run.error.slow else _REFUSED)
        for run in evidence.refusals
    )
    yield from _together(
        (
            f"results drawn again and again at {draw['name']}",
            _SLOW if error.slow else f"the kernel refuses it ({error.message})",
        )
        for _, draw, error in evidence.drawn
        if error is not None and draw["may_refuse"]
    )
    yield from _together(
        (evidence.name(result["case"], result["entry"], result["turn"]), told)
        for result in evidence.comparison.get("results", [])
        for told in disclosed(result)
    )
    report = evidence.report
    if report is not None and report.module and report.function:
        yield "kernel_function on more than two cases; the module class was judged on all."
    beside = evidence.interpreted.report if evidence.interpreted is not None else None
    notes = [note for found in (report, beside) if found is not None for note in found.notes]
    yield from (f"{note}." for note in dict.fromkeys(notes))
    if not options.cases:
        yield from (*_unseen(beside or report), *told_of_left(evidence))
    for kernel in evidence.unlaunched:
        yield f"{kernel}: no case launches this kernel."
    yield from _not_compiled(evidence)
    for watched in evidence.sanitized:
        if watched.ended == "too late":
            done = f"{len(watched.finished)} of {len(watched.cases)}"
            yield f"compute-sanitizer's {watched.tool} on more than {done} cases: it did not end in time."
    if evidence.comparison.get("degenerate"):
        yield f"{_HARDLY_SHOWN}: {'; '.join(evidence.comparison['degenerate'])}."


def _not_compiled(evidence: Evidence) -> Iterator[str]:
    for entry in evidence.compiled:
        if entry.unchecked:
            yield from (f"{note}." for note in entry.notes)
    for (kernel, arch), count in evidence.uncompiled.items():
        yield (
            f"Compiling {count} more launches of {kernel} for {arch}: they differ from those that were compiled in "
            "numbers above 1 alone, and there was no time for all."
        )
    for arch in evidence.unknown_arch:
        yield f"{arch}: not an architecture that is known."


def _unseen(report: Report | None) -> Iterator[str]:
    """Ways of the kernel's file that no case took."""
    found = report.unseen if report is not None else ()
    if found:
        told = "; ".join(f"line {way.line}: {way.what[:_WORDS]}" for way in found[:_MOST_UNSEEN])
        more = f"; and {len(found) - _MOST_UNSEEN} more" if len(found) > _MOST_UNSEEN else ""
        yield f"Ways of the kernel's file that no case took: {told}{more}."


def _not_watched(evidence: Evidence) -> Iterator[str]:
    """Cases on a GPU whose single loads and stores nobody saw."""
    beside = evidence.interpreted
    if beside is None:
        yield "Single loads and stores: nothing was run in the interpreter."
        return
    seen = {(run.case, run.entry) for run in evidence.watched}
    unseen = [run for run in evidence.finished if (run.case, run.entry) not in seen]
    if unseen:
        failed = next((run.error.message for run in beside.runs if run.error is not None), beside.death)
        where = "any case" if len(unseen) == len(evidence.finished) else f"{len(unseen)} of the cases"
        yield f"Single loads and stores on {where}: the interpreter did not get through it ({failed})."


def _summary(passed: bool, checks: list[Check], evidence: Evidence, options: Options, profile: str) -> str:
    if not passed:
        first = next(check for check in checks if not check.passed and not check.skipped)
        where = f" (line {first.line})" if first.line and "line" not in first.detail else ""
        return f"Not verified: {first.name}: {first.detail}{where}"
    if options.cases:
        return f"Passes {', '.join(options.cases)}. Nothing else was tried: this is no verification."
    where = "in the interpreter"
    if evidence.gpu:
        where = f"on {evidence.gpu}{' and in the interpreter' if evidence.watched else ''}"
    done = sorted({entry.arch for entry in evidence.compiled}, key=list(options.arch).index)
    compiled = f", compiled for {', '.join(done)}" if done else ", not compiled" if profile == "full" else ""
    rest = "" if evidence.gpu else ", not run on a GPU"
    reasons = evidence.comparison.get("degenerate")
    weak = f" The problem is degenerate ({reasons[0]}): little was proved." if reasons else ""
    told = "".join(f" {line}" for line in by_pytorch(evidence))
    return f"Verified {where}{compiled}{rest}.{told}{weak}"


def by_pytorch(evidence: Evidence) -> Iterator[str]:
    """What is not Triton's, in one sentence; ``computed_by_pytorch`` has all of it."""
    declared = evidence.declared
    if declared:
        told = "; ".join(
            f"{entry.subgraph} ({', '.join(dict.fromkeys(entry.operators))}), declared, measured "
            f"{entry.pytorch_ms:.4g} ms against {entry.triton_ms:.4g} ms on {entry.device}"
            for entry in declared[:_MOST_DECLARED]
        )
        more = f"; and {len(declared) - _MOST_DECLARED} more" if len(declared) > _MOST_DECLARED else ""
        yield f"Computed by PyTorch: {told}{more}."
