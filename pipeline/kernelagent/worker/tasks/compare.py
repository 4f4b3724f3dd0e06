"""The comparison: a process that reads raw tensors and has seen neither the candidate's nor the reference's code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kernelagent.contract.tensor_paths import joined
from kernelagent.errors import ConstantModel
from kernelagent.worker.judge import beside_run, degenerate, randomness, tensorfile
from kernelagent.worker.judge.compare_case import PRECISIONS, CaseResult, compare_values
from kernelagent.worker.judge.reduced_nothing import without_nan_over_nothing
from kernelagent.worker.judge.yardstick import Beside
from kernelagent.worker.problem.tensors import tensors_in

MOST_TIMES_EXPECTED, MOST_BESIDES = 16, 256 << 20
"""How much a candidate's outputs may take: slices of padded buffers bring more along than they show."""


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """``{cases, runs, drawn, expected_dir, outputs_dir, further}`` → ``{results: [{case, entry, failures, ...}],
    randomness: [{name, passed, detail}], degenerate: [..]}``.

    ``drawn`` names the inputs on which it drew again and again, ``{number, name}``;
    ``runs`` are the candidate's, ``{case, entry, turn}``; ``cases`` the reference's, in order. A result counts the
    ``elements``, how many of them were ``loose`` or ``jumps`` (``compare_tensor``), names the ``precision`` class that
    the error shows, says whether the inputs were ``telling`` of it, and has ``notes`` on what was let pass.
    Raises ``ConstantModel`` when
    the reference gives not one finite number, but where they are ``further`` cases beside others.
    """
    expected_dir, outputs_dir = Path(args["expected_dir"]), Path(args["outputs_dir"])
    expected: list[degenerate.Expected] = []
    known: list[_Known] = []
    otherwise: frozenset[str] = frozenset()
    for number, case in enumerate(args["cases"]):
        native = tensorfile.read(expected_dir / str(number))
        has_float64 = (expected_dir / f"{number}_float64.json").exists()
        exact = tensorfile.read(expected_dir / f"{number}_float64") if has_float64 else None
        outputs, truth = native["outputs"], exact["outputs"] if exact else None
        inputs = tuple(tensorfile.read(expected_dir / f"{number}_inputs"))
        expected.append(degenerate.Expected(case["seed"], case["weights"], outputs, truth, inputs, case["values"]))
        beside, others = (_read_if_there(expected_dir / f"{number}_{name}") for name in ("beside", "others"))
        state = exact["state"] if exact else {}
        known.append(_Known(native["state"], state, beside, others, case["empty"], case["contiguous"]))
        if case["name"] == "example":
            otherwise = frozenset(path for path, t in tensors_in(outputs) if not t.is_contiguous())
    useless = "" if args.get("further") else degenerate.useless(expected)
    told = f"the module {useless} for every input and every set of weights tried" if useless else ""
    if useless and useless != degenerate.CONSTANT:
        raise ConstantModel(f"T{told[1:]}.")
    results = [
        {
            "case": run["case"],
            "entry": run["entry"],
            "turn": run["turn"],
            **_one(expected[run["case"]], known[run["case"]], outputs_dir, run, otherwise),
        }
        for run in args["runs"]
    ]
    drawn = randomness.compare(expected_dir, outputs_dir, args.get("drawn", ()))
    return {
        "results": results,
        "randomness": drawn,
        "degenerate": [*([told] if told else ()), *(degenerate.SENTENCES[n] for n in degenerate.survivors(expected))],
    }


@dataclass(frozen=True)
class _Known:
    """What one case must give besides its outputs, and what is known beside both."""

    state: dict[str, Any]
    exact_state: dict[str, Any]
    beside: dict[str, Any]
    others: dict[str, Any]
    empty: bool
    contiguous: bool
    """All inputs are."""

    def at(self, part: str) -> Callable[[str], Beside]:
        return lambda path: beside_run.beside(joined(part, path), self.beside, self.others)


def _read_if_there(path: Path) -> dict[str, Any]:
    if not path.with_name(f"{path.name}.json").exists():
        return {}
    found: dict[str, Any] = tensorfile.read(path)
    return found


def _parts(got: Any) -> tuple[Any, dict[str, Any]]:
    """Outputs and state of what a candidate's process wrote, or the candidate itself in its place."""
    if not isinstance(got, dict) or got.keys() != {"outputs", "state"} or not isinstance(got["state"], dict):
        raise tensorfile.BadTensorFile("there are no outputs beside a state")
    if not all(isinstance(key, str) for key in got["state"]):
        raise tensorfile.BadTensorFile("an entry of the state has no name")
    return got["outputs"], got["state"]


def _one(
    expected: degenerate.Expected, known: _Known, outputs_dir: Path, run: dict[str, Any], otherwise: frozenset[str]
) -> dict[str, Any]:
    """``otherwise``: outputs that are not contiguous in the example."""
    try:
        tensors = tensors_in((expected.native, known.state))
        sensible = sum(tensor.numel() * tensor.element_size() for _, tensor in tensors)
        most = MOST_TIMES_EXPECTED * sensible + MOST_BESIDES
        got = tensorfile.read(
            outputs_dir / tensorfile.outputs_name(run["entry"], run["case"], run["turn"]), most_bytes=most
        )
        given, given_state = _parts(got)
    except tensorfile.BadTensorFile as exc:
        return {"failures": [f"outputs cannot be read: {exc}"]}
    over_nothing: tuple[str, ...] = ()
    if known.empty:
        given, over_nothing = without_nan_over_nothing(given, expected.native)
    beside = known.at("outputs")
    values = compare_values(given, expected.native, expected.exact, "output", beside, known.contiguous, otherwise)
    state = CaseResult(())
    if run["entry"] == "module" and not known.empty:  # what becomes of statistics over nothing is anybody's guess
        native = known.state
        missing, extra = sorted(set(native) - set(given_state)), sorted(set(given_state) - set(native))
        if missing:
            state = CaseResult((f"state {', '.join(missing)} was not updated, as the module does",))
        elif extra:
            state = CaseResult((f"state {', '.join(extra)} was changed, which the module does not do",))
        else:
            in_order = {key: given_state[key] for key in native}
            state = compare_values(in_order, native, known.exact_state or None, "state", known.at("state"))
    return {
        "failures": [*values.failures, *state.failures],
        "max_abs_err": values.max_abs_err,
        "max_rel_err": values.max_rel_err,
        "eager_max_abs_err": values.eager_max_abs_err,
        "elements": values.elements + state.elements,
        "loose": values.loose + state.loose,
        "jumps": values.jumps + state.jumps,
        "precision": max(values.precision, state.precision, key=PRECISIONS.index),
        "telling": values.telling,
        "notes": list(dict.fromkeys((*over_nothing, *values.notes, *state.notes))),
    }
