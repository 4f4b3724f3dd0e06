"""From evidence to checks: one function each, cheapest first. Each yields nothing when there is nothing to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from kernelagent.contract.options import Options
from kernelagent.contract.verdict import Check
from kernelagent.driver.evidence import Compiled, Evidence, Run


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
    report = evidence.report
    if report is None:
        return
    if report.error is not None:
        yield Check("loads", False, report.error.message, report.error.line)
    else:
        yield Check("loads", True, f"entries: {', '.join(name for name in (report.module, report.function) if name)}")


def _runs(evidence: Evidence) -> Iterator[Check]:
    if evidence.static["error"] is not None:
        return
    failed = [run for run in evidence.runs if run.error is not None]
    missing = _missing(evidence)
    if failed and failed[0].error is not None:
        error = failed[0].error
        yield Check("runs", False, f"{_named(evidence, failed[0])}: {error.message}", error.line)
    elif evidence.report is None:
        done = f" after {len(evidence.runs)} case{_s(len(evidence.runs))}" if evidence.runs else ""
        yield Check("runs", False, f"{evidence.death}{done}", _line_in(evidence.death))
    elif missing and evidence.report.error is None:
        yield Check("runs", False, f"{missing} was not run, although the process ended well")
    elif evidence.runs:
        yield Check("runs", True, f"{len(evidence.runs)} calls")


def _missing(evidence: Evidence) -> str:
    """The first case that the entry that must see all of them has not seen."""
    entry = "module" if evidence.report is not None and evidence.report.module else "function"
    seen = {run.case for run in evidence.runs if run.entry == entry}
    numbers = range(len(evidence.reference.get("cases", [])))
    return next((evidence.name(number, entry) for number in numbers if number not in seen), "")


def _dispatch(evidence: Evidence) -> Iterator[Check]:
    if not evidence.runs:
        return
    for run in evidence.runs:
        if run.computed:
            operators = sorted({item.op for item in run.computed})
            line = run.computed[0].line
            where = f" at line {line}" if line else ""
            yield Check("dispatch", False, f"computes in PyTorch: {', '.join(operators[:5])}{where}", line)
            return
    yield Check("dispatch", True, "only allocation, views and copies were dispatched to PyTorch")


def _launches(evidence: Evidence) -> Iterator[Check]:
    done = evidence.finished
    if not done:
        return
    idle = [run for run in done if not run.programs]
    if idle:
        yield Check("launches", False, f"{_named(evidence, idle[0])}: no Triton kernel ran a single program")
    else:
        names = sorted({name for run in done for name in run.kernels})
        yield Check("launches", True, f"launched: {', '.join(names)}")


def _first(evidence: Evidence, name: str, runs: list[Run], wrong: Callable[[Run], str], good: str) -> Iterator[Check]:
    """One check over several calls: the first that is wrong speaks for all."""
    for run in runs:
        if found := wrong(run):
            yield Check(name, False, f"{_named(evidence, run)}: {found}")
            return
    if runs:
        yield Check(name, True, good)


def _outputs_written(evidence: Evidence) -> Iterator[Check]:
    yield from _first(evidence, "outputs written", evidence.finished, _not_written, "by the kernels, every element")


def _not_written(run: Run) -> str:
    """What is wrong with where the outputs of one call come from."""
    for path, origin in run.origins.items():
        name = f"output {path}".rstrip()
        if origin.unwritten:
            first = f", first at {list(origin.first_unwritten)}" if origin.first_unwritten else ""
            return f"{name} has {origin.unwritten} elements that no kernel wrote{first}"
        if origin.origin == "none":
            return f"no kernel wrote {name}"
    if run.origins and not any(origin.origin == "kernel" for origin in run.origins.values()):
        return "every output is an input handed back"
    return ""


def _memory(evidence: Evidence) -> Iterator[Check]:
    for run in evidence.runs:
        if run.violations:
            first = run.violations[0]
            yield Check("memory", False, f"{_named(evidence, run)}: {first.kernel} {first.what}", first.line)
            return
    how = "guard bands are intact" if evidence.gpu else "every load and store lies inside the launch's tensors"
    yield from _first(evidence, "memory", evidence.runs, _damage, how)


def _damage(run: Run) -> str:
    return f"memory around a tensor ({', '.join(run.damaged)}) was written to" if run.damaged else ""


def _inputs(evidence: Evidence) -> Iterator[Check]:
    def wrong(run: Run) -> str:
        case = evidence.case(run.case)
        if surplus := sorted(set(run.mutated) - set(case["mutated"])):
            return f"writes to its input {', '.join(surplus)}"
        if missing := sorted(set(case["mutated"]) - set(run.mutated)):
            return f"does not update the input {', '.join(missing)} as the module does"
        for path, owner in run.aliases.items():
            if case["aliases"].get(path) != owner:
                return f"output {path} shares memory with input {owner}"
        return ""

    good = "inputs come back bit for bit; outputs have memory of their own"
    yield from _first(evidence, "inputs unchanged", evidence.finished, wrong, good)


def _values(evidence: Evidence) -> Iterator[Check]:
    for result in evidence.comparison.get("results", []):
        name = f"values: {evidence.name(result['case'], result['entry'])}"
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


def compiles(evidence: Evidence, options: Options) -> Iterator[Check]:
    if evidence.compile_error:
        yield Check("compiles", False, evidence.compile_error)
    for arch in options.arch:
        entries = [entry for entry in evidence.compiled if entry.arch == arch]
        failed = [entry for entry in entries if entry.error is not None]
        if arch in evidence.unknown_arch:
            yield Check(
                f"compiles for {arch}", False, "not an architecture that is known: nothing was compiled", skipped=True
            )
        elif failed:
            yield Check(f"compiles for {arch}", False, f"{failed[0].kernel} {failed[0].error}", failed[0].line)
        elif any(not entry.unchecked for entry in entries):
            yield Check(f"compiles for {arch}", True, "; ".join(_resources(entry) for entry in entries))
        elif not evidence.compile_error:
            yield Check(f"compiles for {arch}", False, "no launch was recorded that could be compiled", skipped=True)


def products(evidence: Evidence) -> str | None:
    """The least exact precision of any kernel's float32 products, as compiled; ``None`` where there are none."""
    found = {entry.products for entry in evidence.compiled if entry.products is not None}
    order = ("ieee", "tf32x3", "bf16x6", "bf16x3", "tf32")
    return max(found, key=lambda name: order.index(name) if name in order else len(order), default=None)


def precision(evidence: Evidence) -> Iterator[Check]:
    """Float32 products must be as exact as float32: the interpreter computes them so whatever the kernel asks for."""
    found = products(evidence)
    if found in ("tf32", "bf16x3"):
        culprit = next(entry for entry in evidence.compiled if entry.products == found)
        detail = (
            f"{culprit.kernel} multiplies float32 operands in {found}, which is some hundred times less exact than "
            'PyTorch\'s float32; say input_precision="tf32x3" or "ieee" (tl.dot\'s default is tf32)'
        )
        yield Check("precision", False, detail)
    elif found is not None:
        yield Check("precision", True, f"float32 products are computed in {found}")


def _resources(entry: Compiled) -> str:
    figures = f"{entry.registers} registers, {entry.spills} bytes spilled, {entry.shared_bytes} bytes shared"
    return f"{entry.kernel}: {figures}{''.join(f' ({note})' for note in entry.notes)}"


def _named(evidence: Evidence, run: Run) -> str:
    return evidence.name(run.case, run.entry)


def _line_in(text: str) -> int | None:
    last = text.rpartition(" at line ")[2]
    return int(last) if last.isdecimal() else None


def _s(count: int) -> str:
    return "" if count == 1 else "s"
