"""From evidence to certificate: every check as one function, and the sentence that sums them up honestly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.verdict import Case, Check, CompiledKernel, Precision, Verification

if TYPE_CHECKING:
    from kernelagent.driver.verification import Evidence

_HALF = ("float16", "bfloat16")


def conclude(
    evidence: Evidence, problem: Problem, options: Options, profile: str, versions: dict[str, str], kernel: Path
) -> Verification:
    """The certificate. ``kernel_sha256`` is left empty for the caller, who has the file."""
    checks = [check for make in CHECKS for check in make(evidence)]
    if profile == "full":
        checks += _compiles(evidence, options)
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
        precision=_precision(dtype) if passed else "unknown",
        degenerate=bool(evidence.comparison.get("degenerate")),
        cases=tuple(_cases(evidence)),
        shapes=_shapes(evidence),
        sandbox=evidence.sandbox,
        source_sha256=problem.source_sha256,
        kernel_sha256="",
        versions=versions,
        checks=tuple(checks),
        compiled=tuple(
            CompiledKernel(c["kernel"], c["arch"], c["registers"], c["spills"], c["shared_bytes"])
            for c in evidence.compiled
            if c["error"] is None and not c.get("unchecked")
        ),
        not_checked=tuple(_not_checked(evidence, problem, profile)),
    )


# Checks, cheapest first. Each yields nothing when there is nothing to look at.


def _static(evidence: Evidence) -> Iterator[Check]:
    static = evidence.static
    if static["error"] is not None:
        yield Check("static", False, static["error"], static["line"])
        return
    if not static["kernels"]:
        yield Check("static", False, "defines no @triton.jit kernel")
        return
    findings = static["findings"]
    if findings:
        more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
        yield Check("static", False, f"the wrapper {findings[0]['what']}{more}", findings[0]["line"])
    else:
        count = len(static["kernels"])
        yield Check(
            "static", True, f"{count} Triton kernel{_s(count)}; the wrapper names no PyTorch operator that computes"
        )


def _sandbox(evidence: Evidence) -> Iterator[Check]:
    if evidence.static["error"] is None:
        held = ", ".join(evidence.sandbox)
        yield Check("sandbox", True, f"in force: {held}" if held else "no layer is in force on this machine")


def _loads(evidence: Evidence) -> Iterator[Check]:
    if evidence.candidate is None:
        return
    error = evidence.candidate["error"]
    if error is not None:
        yield Check("loads", False, error["message"], error["line"])
    else:
        entries = [name for name in (evidence.candidate["module"], evidence.candidate["function"]) if name]
        yield Check("loads", True, f"entries: {', '.join(entries)}")


def _runs(evidence: Evidence) -> Iterator[Check]:
    if evidence.static["error"] is not None:
        return
    failed = [run for run in evidence.runs if run["error"] is not None]
    if failed:
        first = failed[0]
        yield Check("runs", False, f"{_named(evidence, first)}: {first['error']['message']}", first["error"]["line"])
    elif evidence.candidate is None:
        done = f" after {len(evidence.runs)} case{_s(len(evidence.runs))}" if evidence.runs else ""
        yield Check("runs", False, f"{evidence.candidate_death}{done}", _line_in(evidence.candidate_death))
    elif evidence.runs:
        yield Check("runs", True, f"{len(evidence.runs)} calls")
    elif evidence.candidate["error"] is None:
        yield Check("runs", False, "nothing was run")


def _dispatch(evidence: Evidence) -> Iterator[Check]:
    if not evidence.runs:
        return
    for run in evidence.runs:
        if run["computed"]:
            operators = sorted({item["op"] for item in run["computed"]})
            first = run["computed"][0]
            where = f" at line {first['line']}" if first["line"] else ""
            yield Check("dispatch", False, f"computes in PyTorch: {', '.join(operators[:5])}{where}", first["line"])
            return
    yield Check("dispatch", True, "only allocation, views and copies were dispatched to PyTorch")


def _launches(evidence: Evidence) -> Iterator[Check]:
    finished = _finished(evidence)
    if not finished:
        return
    idle = [run for run in finished if not run["programs"]]
    if idle:
        yield Check("launches", False, f"{_named(evidence, idle[0])}: no Triton kernel ran a single program")
    else:
        names = sorted({name for run in finished for name in run["kernels"]})
        yield Check("launches", True, f"launched: {', '.join(names)}")


def _outputs_written(evidence: Evidence) -> Iterator[Check]:
    for run in _finished(evidence):
        origins: dict[str, dict[str, Any]] = run["origins"]
        for path, origin in origins.items():
            if origin["unwritten"]:
                where = f"first at {origin['first_unwritten']}" if origin["first_unwritten"] else ""
                detail = f"{_named(evidence, run)}: output{path and ' ' + path} has {origin['unwritten']} elements that no kernel wrote, {where}"
                yield Check("outputs written", False, detail.rstrip(", "))
                return
            if origin["origin"] == "none":
                yield Check(
                    "outputs written", False, f"{_named(evidence, run)}: no kernel wrote output {path}".rstrip()
                )
                return
        if origins and not any(origin["origin"] == "kernel" for origin in origins.values()):
            yield Check("outputs written", False, f"{_named(evidence, run)}: every output is an input handed back")
            return
    if _finished(evidence):
        yield Check("outputs written", True, "by the kernels, every element")


def _memory(evidence: Evidence) -> Iterator[Check]:
    if not evidence.runs:
        return
    for run in evidence.runs:
        if run["violations"]:
            first = run["violations"][0]
            yield Check("memory", False, f"{_named(evidence, run)}: {first['kernel']} {first['what']}", first["line"])
            return
        if run["damaged"]:
            yield Check(
                "memory",
                False,
                f"{_named(evidence, run)}: memory around a tensor ({', '.join(run['damaged'])}) was written to",
            )
            return
    how = "guard bands are intact" if evidence.gpu else "every load and store lies inside the launch's tensors"
    yield Check("memory", True, how)


def _inputs(evidence: Evidence) -> Iterator[Check]:
    finished = _finished(evidence)
    if not finished:
        return
    for run in finished:
        case = evidence.reference["cases"][run["case"]]
        surplus = sorted(set(run["mutated"]) - set(case["mutated"]))
        if surplus:
            yield Check("inputs unchanged", False, f"{_named(evidence, run)}: writes to its input {', '.join(surplus)}")
            return
        missing = sorted(set(case["mutated"]) - set(run["mutated"]))
        if missing:
            yield Check(
                "inputs unchanged",
                False,
                f"{_named(evidence, run)}: does not update the input {', '.join(missing)} as the module does",
            )
            return
        shared = {path: owner for path, owner in run["aliases"].items() if case["aliases"].get(path) != owner}
        if shared:
            path, owner = next(iter(shared.items()))
            yield Check(
                "inputs unchanged", False, f"{_named(evidence, run)}: output {path} shares memory with input {owner}"
            )
            return
    yield Check("inputs unchanged", True, "inputs come back bit for bit; outputs have memory of their own")


def _values(evidence: Evidence) -> Iterator[Check]:
    for result in evidence.comparison.get("results", []):
        name = f"values: {_named(evidence, result)}"
        if result["failures"]:
            yield Check(name, False, "; ".join(result["failures"][:4]))
        elif result.get("max_abs_err") is not None:
            own = result["eager_max_abs_err"]
            yield Check(
                name, True, f"error {result['max_abs_err']:.3g} at most against float64; PyTorch's own {own:.3g}"
            )
        else:
            yield Check(name, True, "equal")
    for skipped in evidence.reference.get("skipped", []):
        yield Check(f"values: {skipped['name']}", False, f"not tried: {skipped['reason']}", skipped=True)


def _degenerate(evidence: Evidence) -> Iterator[Check]:
    if evidence.comparison:
        reasons = evidence.comparison["degenerate"]
        found = f"degenerate problem: {'; '.join(reasons)}"
        yield Check(
            "degenerate",
            True,
            found if reasons else "zeros, a constant, other inputs' and other weights' outputs would fail",
        )


CHECKS: tuple[Callable[[Evidence], Iterator[Check]], ...] = (
    *(_static, _sandbox, _loads, _runs, _dispatch, _launches, _outputs_written, _memory, _inputs, _values, _degenerate),
)


def _compiles(evidence: Evidence, options: Options) -> Iterator[Check]:
    if evidence.compile_error:
        yield Check("compiles", False, evidence.compile_error)
    for arch in options.arch:
        entries = [entry for entry in evidence.compiled if entry["arch"] == arch]
        failed = [entry for entry in entries if entry["error"] is not None]
        if arch in evidence.unknown_arch:
            yield Check(
                f"compiles for {arch}", False, "not an architecture that is known: nothing was compiled", skipped=True
            )
        elif failed:
            yield Check(f"compiles for {arch}", False, f"{failed[0]['kernel']} {failed[0]['error']}", failed[0]["line"])
        elif any(not entry.get("unchecked") for entry in entries):
            yield Check(f"compiles for {arch}", True, "; ".join(_resources(entry) for entry in entries))
        elif not evidence.compile_error:
            yield Check(f"compiles for {arch}", False, "no launch was recorded that could be compiled", skipped=True)


def _resources(entry: dict[str, Any]) -> str:
    figures = f"{entry['registers']} registers, {entry['spills']} bytes spilled, {entry['shared_bytes']} bytes shared"
    return f"{entry['kernel']}: {figures}{''.join(f' ({note})' for note in entry['notes'])}"


def _finished(evidence: Evidence) -> list[dict[str, Any]]:
    return [run for run in evidence.runs if run["error"] is None]


def _named(evidence: Evidence, run: dict[str, Any]) -> str:
    """The case, and the entry where it is the second one."""
    name = str(evidence.reference["cases"][run["case"]]["name"])
    both = evidence.candidate is not None and evidence.candidate["module"] and evidence.candidate["function"]
    return f"{name} (kernel_function)" if run["entry"] == "function" and both else name


def _cases(evidence: Evidence) -> Iterator[Case]:
    for number, case in enumerate(evidence.reference.get("cases", [])):
        results = [result for result in evidence.comparison.get("results", []) if result["case"] == number]
        runs = [run for run in evidence.runs if run["case"] == number]
        passed = bool(results) and len(results) == len(runs) and not any(result["failures"] for result in results)
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


def _precision(dtype: str) -> Precision:
    if dtype == "float32":
        return "fp32"
    if dtype == "float16":
        return "fp16"
    if dtype == "bfloat16":
        return "bf16"
    return "unknown" if dtype.startswith("float") else "exact"


def _line_in(text: str) -> int | None:
    last = text.rpartition(" at line ")[2]
    return int(last) if last.isdecimal() else None


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _not_checked(evidence: Evidence, problem: Problem, profile: str) -> Iterator[str]:
    if not evidence.gpu:
        yield "It was not run on a GPU: races between programs and the precision of tensor cores don't show in the interpreter."
    if profile == "quick":
        yield "Only the example was tried, and nothing was compiled."
        return
    if not problem.free_sizes:
        yield "Other sizes: the module leaves none free."
    for skipped in evidence.reference.get("skipped", []):
        yield f"{skipped['name']}: {skipped['reason']}."
    if evidence.reference.get("float64"):
        yield f"The error against float64: {evidence.reference['float64']}."
    yield "NaN and infinities among the inputs."
    both = evidence.candidate is not None and evidence.candidate["module"] and evidence.candidate["function"]
    if both:
        yield "kernel_function on any case but the example; the module class was judged on all."
    for note in (evidence.candidate or {}).get("notes", []):
        yield f"{note}."
    for entry in evidence.compiled:
        if entry.get("unchecked"):
            yield from (f"{note}." for note in entry["notes"])
    for arch in evidence.unknown_arch:
        yield f"{arch}: not an architecture that is known."
    if evidence.comparison.get("degenerate"):
        yield f"Much: {'; '.join(evidence.comparison['degenerate'])}."


def _summary(passed: bool, checks: list[Check], evidence: Evidence, options: Options, profile: str) -> str:
    if not passed:
        first = next(check for check in checks if not check.passed and not check.skipped)
        where = f" (line {first.line})" if first.line and "line" not in first.detail else ""
        return f"Not verified: {first.name}: {first.detail}{where}"
    where = f"on {evidence.gpu}" if evidence.gpu else "in the interpreter"
    done = sorted({entry["arch"] for entry in evidence.compiled}, key=list(options.arch).index)
    compiled = f", compiled for {', '.join(done)}" if done else ", not compiled" if profile == "full" else ""
    rest = "" if evidence.gpu else ", not run on a GPU"
    weak = " The problem is degenerate: little was proved." if evidence.comparison.get("degenerate") else ""
    return f"Verified {where}{compiled}{rest}.{weak}"
