"""Structure, shapes, dtypes and values of the outputs, and of the state that the call changed: one for each case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kernelagent.contract.verdict import Check
from kernelagent.driver.checks.sizes_apart import taken_apart
from kernelagent.driver.checks.wording import FEW, by_reason, may_be_refused, not_compared, shortened
from kernelagent.driver.evidence import Evidence, Run


def check(evidence: Evidence) -> Iterator[Check]:
    results = evidence.comparison.get("results", [])
    raised = {run.case for run in evidence.runs if run.error is not None}
    apart = taken_apart(evidence, raised | {result["case"] for result in results if result["failures"]})
    for result in results:
        name = f"values: {evidence.name(result['case'], result['entry'], result['turn'])}"
        if result["failures"]:
            parts = [part for failure in result["failures"][:4] for part in failure.split("; ")]
            run = _run(evidence, result)
            notes = (
                *_kept(evidence, result),
                *_inputs(evidence, result),
                *_given(evidence, result),
                *_mode(run),
                *_gradients(evidence, result),
                *_configurations(run),
                *parts[2:],
                *apart,
                *may_be_refused(evidence, result["case"]),
            )
            yield Check(name, False, "; ".join(parts[:2]), _line(run, result), notes=notes)
        else:
            yield Check(name, True, "; ".join([_figures(result), *disclosed(result)]))
    yield from _jumps(evidence)
    slow = [evidence.call(run) for run in evidence.refusals if run.error is not None and run.error.slow]
    if len(slow) > FEW:
        yield Check("values: too slow", False, not_compared(slow, "which take too long"), skipped=True)
    for name in slow if len(slow) <= FEW else ():
        yield Check(f"values: {name}", False, "not compared: it takes too long", skipped=True)
    for run in evidence.refusals:
        if run.error is not None and not run.error.slow:
            detail = f"the kernel refuses it: {run.error.message}"
            yield Check(f"values: {evidence.call(run)}", False, detail, run.error.line, skipped=True)
    left = by_reason((skipped["name"], skipped["reason"]) for skipped in evidence.reference.get("skipped", []))
    for reason, names in left.items():
        if len(names) > FEW:
            told = f"{len(names)} cases were not tried: {reason}: {shortened(names)}"
            yield Check("values: not tried", False, told, skipped=True)
        for name in names if len(names) <= FEW else ():
            yield Check(f"values: {name}", False, f"not tried: {reason}", skipped=True)


def _figures(result: dict[str, Any]) -> str:
    if result.get("max_abs_err") is None:
        return "equal"
    own = result["eager_max_abs_err"]
    return f"error {result['max_abs_err']:.3g} at most against float64; PyTorch's own {own:.3g}"


def disclosed(result: dict[str, Any]) -> Iterator[str]:
    """What was let pass, and on how many elements the fixed tolerance could not be asked."""
    yield from result.get("notes", ())
    total = result.get("elements", 0)
    if result.get("loose"):
        yield f"{result['loose']} of {total} elements are ill-conditioned and were held against PyTorch's own error"
    if result.get("jumps"):
        yield f"at {result['jumps']} of {total} elements PyTorch and float64 give different right answers"


def _kept(evidence: Evidence, result: dict[str, Any]) -> Iterator[str]:
    keeps = evidence.reference.get("keeps")
    if keeps and evidence.case(result["case"]).get("follows"):
        yield f"the module's forward keeps {keeps} from one call to the next, outside of its state_dict"
        if result["entry"] == "function":
            yield "kernel_function keeps nothing from call to call: a module class can"


def _mode(run: Run | None) -> Iterator[str]:
    if run is not None and run.other_mode:
        yield "its class was called after train(not training): the module gives the same in both modes"


def _gradients(evidence: Evidence, result: dict[str, Any]) -> Iterator[str]:
    if evidence.reference.get("asks_gradients"):
        how = "on" if evidence.case(result["case"])["gradients"] else "off"
        yield f"the module asks torch.is_grad_enabled(): both were called with gradients {how}"


def _inputs(evidence: Evidence, result: dict[str, Any]) -> Iterator[str]:
    shapes = evidence.case(result["case"])["shapes"]
    if shapes:
        yield f"the inputs: {', '.join(f'{name} {shape}' for name, shape in shapes.items())}"


def _jumps(evidence: Evidence) -> Iterator[Check]:
    known = range(len(evidence.reference.get("cases", [])))
    for jump in evidence.report.jumps if evidence.report is not None else ():
        if jump.case in known:
            where = f"line {jump.line}" if jump.line else "the kernel"
            yield Check(
                f"values: {evidence.name(jump.case, jump.entry, 0)}, as a GPU divides",
                False,
                f"the result jumps from {jump.plain} to {jump.moved} where the `/` in {where} is off by 2 units in the "
                "last place, as it may be on a GPU: Triton divides float32 by div.full.f32",
                jump.line,
                notes=("use tl.div_rn(a, b) in its place, which is exact",),
            )


def _given(evidence: Evidence, result: dict[str, Any]) -> Iterator[str]:
    case = evidence.case(result["case"])
    if case["left_out"]:
        yield f"called without {', '.join(case['left_out'])}: the module's own default holds"
    if case["by_keyword"] and result["entry"] == "module":
        yield f"its class was called by forward's names, {', '.join(f'{name}=...' for name in case['by_keyword'])}"
    if case["keys_turned"]:
        yield "the keys of dictionaries among the inputs are in another order than the example's"


def _run(evidence: Evidence, result: dict[str, Any]) -> Run | None:
    identity = result["case"], result["entry"], result["turn"]
    return next((run for run in evidence.runs if (run.case, run.entry, run.turn) == identity), None)


def _configurations(run: Run | None) -> Iterator[str]:
    for kernel, chosen in run.configurations.items() if run is not None else ():
        yield f"{kernel} ran with the autotuner's {chosen}"


def _line(run: Run | None, result: dict[str, Any]) -> int | None:
    """Where the wrong output was stored, if that is one place."""
    wrong = {failure.split(" ")[1] for failure in result["failures"] if failure.startswith("output ")}
    origins = run.origins.items() if run is not None else ()
    lines = {line for path, origin in origins if not path or path in wrong for line in origin.lines}
    return lines.pop() if len(lines) == 1 else None
