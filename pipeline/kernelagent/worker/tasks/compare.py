"""The comparison: a process that reads raw tensors and has seen neither the candidate's nor the reference's code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.errors import ConstantModel
from kernelagent.worker.judge import degenerate, tensorfile
from kernelagent.worker.judge.compare_case import CaseResult, compare_values


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """``{cases, runs, expected_dir, outputs_dir}`` → ``{results: [{case, entry, failures, ...}], degenerate: [..]}``.

    ``runs`` are the candidate's, ``{case, entry}``; ``cases`` the reference's, in order. Raises ``ConstantModel`` when
    nothing that was changed changed the reference's output.
    """
    expected_dir, outputs_dir = Path(args["expected_dir"]), Path(args["outputs_dir"])
    expected: list[degenerate.Expected] = []
    states: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for number, case in enumerate(args["cases"]):
        native = tensorfile.read(expected_dir / str(number))
        has_float64 = (expected_dir / f"{number}_float64.json").exists()
        exact = tensorfile.read(expected_dir / f"{number}_float64") if has_float64 else None
        expected.append(
            degenerate.Expected(case["seed"], case["weights"], native["outputs"], exact and exact["outputs"])
        )
        states.append((native["state"], exact["state"] if exact else {}))
    if degenerate.all_equal(expected):
        raise ConstantModel(
            "The module gives one and the same constant for every input and every set of weights tried."
        )
    results = [
        {
            "case": run["case"],
            "entry": run["entry"],
            **_one(expected[run["case"]], states[run["case"]], outputs_dir, run),
        }
        for run in args["runs"]
    ]
    return {"results": results, "degenerate": degenerate.reasons(expected)}


def _one(
    expected: degenerate.Expected, states: tuple[dict[str, Any], dict[str, Any]], outputs_dir: Path, run: dict[str, Any]
) -> dict[str, Any]:
    try:
        got = tensorfile.read(outputs_dir / f"{run['entry']}{run['case']}")
    except tensorfile.BadTensorFile as exc:
        return {"failures": [f"outputs cannot be read: {exc}"]}
    values = compare_values(got["outputs"], expected.native, expected.exact, "output")
    state = CaseResult(())
    if run["entry"] == "module":
        native, exact = states
        missing, extra = sorted(set(native) - set(got["state"])), sorted(set(got["state"]) - set(native))
        if missing:
            state = CaseResult((f"state {', '.join(missing)} was not updated, as the module does",))
        elif extra:
            state = CaseResult((f"state {', '.join(extra)} was changed, which the module does not do",))
        else:
            in_order = {key: got["state"][key] for key in native}
            state = compare_values(in_order, native, exact or None, "state")
    return {
        "failures": [*values.failures, *state.failures],
        "max_abs_err": values.max_abs_err,
        "max_rel_err": values.max_rel_err,
        "eager_max_abs_err": values.eager_max_abs_err,
    }
