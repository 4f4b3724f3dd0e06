"""The reference: the user's module, in its own process, on every case.

First all inputs and weights are written, so that the candidate can begin; then the float64 yardstick is run. What is
written under ``inputs`` the candidate may see; ``expected`` it never sees.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.crossing import JOINT
from kernelagent.contract.problem import Problem
from kernelagent.errors import BadOption, KernelAgentError, ModelRaised, RandomModel
from kernelagent.worker.judge import (
    arguments,
    cases,
    crossed,
    drawn_samples,
    fixed_draws,
    reference_run,
    telling,
    tensorfile,
)
from kernelagent.worker.judge.at_edges import AT_EDGES
from kernelagent.worker.judge.broadcast_by_chance import refuse_chance_broadcasts
from kernelagent.worker.judge.case_files import write_case, write_float64, write_init, write_others
from kernelagent.worker.judge.case_inputs import specimen_of
from kernelagent.worker.judge.case_plan import CasePlan
from kernelagent.worker.judge.counted_draws import ModuleDraws
from kernelagent.worker.judge.drawn_inputs import Draws, draws
from kernelagent.worker.judge.either_mode import is_of_either_mode
from kernelagent.worker.judge.inside import makes_too_much
from kernelagent.worker.judge.integer_steps import INTEGER_STEPS
from kernelagent.worker.judge.integers_tried import integers_untried
from kernelagent.worker.judge.kept_attributes import FEW, Kept, calls_in_a_row, kept_attributes
from kernelagent.worker.judge.later_calls import MANY, later_calls
from kernelagent.worker.judge.left_out import LEFT_OUT
from kernelagent.worker.judge.models import Models
from kernelagent.worker.judge.module_ways import ModuleWays
from kernelagent.worker.judge.no_case import NoCase
from kernelagent.worker.judge.opposites import OPPOSITES
from kernelagent.worker.judge.own_sizes import own_shapes
from kernelagent.worker.judge.planned import planned_for
from kernelagent.worker.judge.promised import with_promised_sizes
from kernelagent.worker.judge.unseen import unseen
from kernelagent.worker.judge.with_gradients import with_gradients
from kernelagent.worker.problem import Specimen, base_sizes, make_inputs
from kernelagent.worker.problem.carried import same_bits
from kernelagent.worker.problem.data_files import Reads
from kernelagent.worker.problem.deep_copy import deep_copy
from kernelagent.worker.problem.environment_reads import EnvironmentReads
from kernelagent.worker.problem.load import line_in
from kernelagent.worker.problem.not_judged import PLAIN, not_judged, refuse_results
from kernelagent.worker.problem.sizes import evaluate_dim
from kernelagent.worker.problem.tensors import tensors_in

Prepared = tuple[CasePlan, Specimen, reference_run.ReferenceRun]
Emit = Callable[[dict[str, Any]], None]
_SPREAD = ("every magnitude", "many magnitudes")
FINITE = (
    *("signed", "positive", "huge", "equal", "equal, positive", "ties"),
    *("full and empty masks", "full masks", "slices around one value"),
    *("rows of zeros among integers", "zeros among integers"),
    *("few of a kind", "two of a kind"),
    *arguments.FAR,
)
"""Kinds of values on which a result that is not finite says too little; others are tried instead."""

DRAWING_S = 10.0
"""Seconds that may go into the reference's calls for one set of inputs on which it draws again and again."""

FAR = (
    "far",
    "less far",
    *("rows of numbers looked for", "numbers looked for", "numbers of the kernel"),
    *("one beside a number", "one past a number"),
    "steps",
    *OPPOSITES,
    *(f"{what} of {how}" for what in ("slices", "elements") for how in _SPREAD),
)
"""Kinds of values on which nothing is asked that PyTorch itself can't do."""


def run(args: dict[str, Any], emit: Emit) -> dict[str, Any]:
    """``{problem, profile, only, further, constants, compared, groups, persistent, kernel_sha256, inputs_dir,
    expected_dir}`` → ``{cases, drawn, skipped, float64, notes, keeps, data, asks_gradients}``.

    ``only`` names the cases to try; empty: all. ``further``: they come after others, of which everything else is known.
     ``constants`` are numbers in the kernel's file that may be sizes of its
    blocks, ``compared`` what its kernels compare something with, ``groups`` numbers of blocks that it takes together;
    ``persistent``: its programs take several blocks in turn. ``kernel_sha256``: of its text, from which seeds come.
    ``notes`` say what no case shows. ``keeps`` names the attributes by which a call depends on those before it.
    ``data``: files that the module read. ``asks_gradients``: it asks whether gradients are recorded.

    Emits ``{"event": "inputs"}`` once everything that the candidate needs is there. Raises ``ModelRaised`` when the
    module fails on its own example, ``RandomModel`` when two runs on equal inputs differ.
    """
    problem = from_json(Problem, args["problem"])
    inputs_dir, expected_dir = Path(args["inputs_dir"]), Path(args["expected_dir"])
    reads, asked = Reads(), EnvironmentReads()
    ways = ModuleWays(problem)
    models = Models(problem, inputs_dir, args["profile"])
    genuine = _genuine(problem, models, args["profile"]) if problem.random else {}
    bits = _held(problem, models) if problem.random else None
    problem = with_promised_sizes(problem, models.promises)
    plan = planned_for(problem, models, args)
    only, further = args.get("only") or [], bool(args.get("further"))
    planned_cases = [*plan.cases, *crossed.named(plan.cases, only)]
    chosen = _chosen(planned_cases, only)
    kept, skipped = _tried(problem, models, ways, chosen, plan.exactly)
    _refuse_randomness(problem, models[0], kept[0][1])
    keeps = Kept()
    if not only or chosen == planned_cases:
        calls, keeps = _further_calls(problem, models, ways, kept, args["profile"])
        kept += calls
        kept += telling.more_cases(kept, models, lambda case: _prepare(problem, models, ways, case))
        kept += ways.more_cases(kept, lambda case: _prepare(problem, models, ways, case))
    places = _places(planned_cases, kept)
    kept = _filtered(kept, planned_cases, only) if only and not further else kept
    kept, recorded = with_gradients(models, kept, places, ways.modes.gradients)
    essential = set() if further else cases.essential([case.name for case, _, _ in kept])
    described = _described(problem, models, kept, places, planned_cases, essential, inputs_dir, expected_dir)
    described = [case | {"gradients": gradients} for case, gradients in zip(described, recorded, strict=True)]
    manifest = {
        "class_name": problem.class_name,
        "mode": problem.mode,
        "problem": to_json(problem.without_live_file()),
        "bits": bits,
    }
    manifest |= {"init": write_init(problem, inputs_dir), "cases": described, "drawn": []}
    manifest |= {
        "anew": keeps.matter or bool(only),
        "either_mode": _is_of_either_mode(problem, models, kept, args["profile"], keeps),
        "own_shapes": own_shapes(problem, kept) if args["profile"] == "full" and not further else None,
    }
    drawn: list[Draws] = []
    if genuine and args["profile"] == "full" and not further:
        drawn = draws(
            problem,
            genuine,
            kept,
            plan.constants,
            plan.changes,
            plan.kernel_sha256,
            lambda case: _prepare(problem, models, ways, case),
        )
        manifest["drawn"] = [_write_draws(n, entry, genuine, inputs_dir) for n, entry in enumerate(drawn)]
    manifest["work"] = evaluate_dim(problem.work, kept[0][0].sizes) if problem.work else 0
    (inputs_dir / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    emit({"event": "inputs"})
    for number, entry in enumerate(drawn):
        _write_drawn(genuine[entry.case.weights], entry.specimen, expected_dir / tensorfile.drawn_name(number))
    notes: list[str] = []
    for number, (prepared, gradients) in enumerate(zip(kept, recorded, strict=True)):
        with reference_run.recording(gradients and ways.modes.gradients):
            notes.append(_write_expected(models, prepared, expected_dir / str(number)))
    told = [*plan.notes, *ways.untaken(), *asked.told(), *(promise.note for promise in models.promises)]
    told += ways.modes.told(models[0], kept[0][1])
    told += _unseen(problem, models, kept, args["profile"], keeps) if not further else []
    if not further:
        told += _untried(problem, models, planned_cases, kept)
    data = reads.files(problem, [inputs_dir, expected_dir])
    return {
        "cases": described,
        "drawn": [{"name": entry["name"], "may_refuse": entry["may_refuse"]} for entry in manifest["drawn"]],
        "skipped": skipped,
        "float64": next(filter(None, notes), ""),
        "notes": told,
        "keeps": keeps.told if keeps.matter else "",
        "data": to_json(data),
        "asks_gradients": ways.modes.gradients,
    }


def _tried(
    problem: Problem, models: Models, ways: ModuleWays, chosen: list[CasePlan], exactly: bool
) -> tuple[list[Prepared], list[dict[str, str]]]:
    """Those that the module takes, and why it does not take others. Raises ``BadOption`` where there are none."""
    kept: list[Prepared] = []
    skipped: list[dict[str, str]] = []
    for planned in chosen:
        for case in (planned, *planned.otherwise):
            prepared = case.left_out or _prepare(problem, models, ways, case, exactly)
            if not isinstance(prepared, str):
                kept.append((case, *prepared))
                break
        else:
            if not planned.only_if_accepted:
                skipped.append({"name": planned.name, "reason": str(prepared)})
    if not kept:
        why = skipped[0] if skipped else {"name": chosen[0].name, "reason": "the module takes no such inputs"}
        raise BadOption(f"{why['name']}: {why['reason']}.", hint="Choose another case.")
    return kept, skipped


def _is_of_either_mode(problem: Problem, models: Models, kept: list[Prepared], profile: str, keeps: Kept) -> bool:
    by_itself = not (problem.decides_by_mode or problem.random or problem.updates or keeps.matter)
    return profile == "full" and by_itself and is_of_either_mode(models[0], kept[0][1])


def _unseen(problem: Problem, models: Models, kept: list[Prepared], profile: str, keeps: Kept) -> list[str]:
    is_left_out = any(case.values == LEFT_OUT for case, _, _ in kept)
    of_module = unseen(problem, models[0], kept[0], is_left_out) if profile == "full" else []
    return [*of_module, *keeps.unseen(sum(case.follows for case, _, _ in kept))]


def _untried(problem: Problem, models: Models, planned: list[CasePlan], kept: list[Prepared]) -> list[str]:
    """What inputs were not had: integers, and floats just at an edge."""
    promised = {promise.name for promise in models.promises} | {whole.name for whole in models.wholes}
    told = [*integers_untried(problem, (specimen for _, specimen, _ in kept), promised)]
    if models.without_steps and not any(case.values == INTEGER_STEPS for case, _, _ in kept):
        told.append(f"Integers at which results step: {models.without_steps}")
    return [*told, *(models.at_edges.told if any(case.values == AT_EDGES for case in planned) else [])]


def _described(
    problem: Problem,
    models: Models,
    kept: list[Prepared],
    places: dict[str, int],
    planned: list[CasePlan],
    essential: set[str],
    inputs_dir: Path,
    expected_dir: Path,
) -> list[dict[str, Any]]:
    """Each case, written down. Raises ``UnsupportedDtype`` for what can't be."""
    by_name = {case.name for first in planned for case in (first, *first.otherwise)}
    try:
        return [
            write_case(number, *entry, models[entry[0].weights], _left_out(kept, entry), inputs_dir, expected_dir)
            | {"essential": entry[0].name in essential, "number": places[entry[0].name]}
            | {"planned": entry[0].name in by_name}
            for number, entry in enumerate(kept)
        ]
    except TypeError as exc:
        raise not_judged(problem, f"gives what is not judged: {exc}", PLAIN) from exc


def _left_out(kept: list[Prepared], entry: Prepared) -> list[str]:
    given = {*entry[1].names, *entry[1].kwargs}
    of_example = [*kept[0][1].names, *kept[0][1].kwargs] if entry[0].values == LEFT_OUT else []
    return [name for name in of_example if name not in given]


def _write_expected(models: Models, entry: Prepared, path: Path) -> str:
    """What the candidate never sees; returns why there is no yardstick, or nothing."""
    case, specimen, given = entry
    why = "" if case.only_by_tolerance else write_float64(models[case.weights], specimen, path)
    write_others(models, case, specimen, given, path.with_name(f"{path.name}_others"))
    return why


def _held(problem: Problem, models: Models) -> int:
    """Hold the numbers that the models draw, at the smallest choice that lets every dropout keep everything."""
    specimen = make_inputs(problem, base_sizes(problem), seed=1)
    for bits in fixed_draws.choices():
        probe = deep_copy(models[0])
        mode = fixed_draws.hold(probe, bits)
        with torch.no_grad():
            probe(*specimen.args, **specimen.kwargs)
        if mode.dropped < min(fixed_draws.as_uniform(bits), 1.0):
            break
    models.hold(bits)
    return bits


def _genuine(problem: Problem, models: Models, profile: str) -> dict[int, torch.nn.Module]:
    """Copies that go on drawing their own numbers, by the number of the set of weights: the first one's, and others
    where those are few."""
    is_light = sum(math.prod(spec.shape) for spec in problem.state) <= cases.HEAVY
    return {n: deep_copy(models[n]) for n in range(min(len(models), 2 if is_light and profile == "full" else 1))}


def _write_draws(number: int, entry: Draws, genuine: dict[int, torch.nn.Module], inputs_dir: Path) -> dict[str, Any]:
    given = {"args": entry.specimen.args, "kwargs": entry.specimen.kwargs}
    tensorfile.write(inputs_dir / tensorfile.drawn_name(number), given)
    return {
        "name": entry.name,
        "names": list(entry.specimen.names),
        "weights": entry.case.weights,
        "may_refuse": bool(entry.name) or entry.case.may_refuse,
        "count": _count_draws(genuine[entry.case.weights], entry.specimen),
    }


def _count_draws(model: torch.nn.Module, specimen: Specimen) -> int | None:
    """Random numbers of one call; ``None`` where that cannot be told."""
    with ModuleDraws() as counted:
        reference_run.run(model, specimen, seed=drawn_samples.SEED)
    return counted.count  # type: ignore[no-any-return]


def _write_drawn(model: torch.nn.Module, specimen: Specimen, path: Path) -> None:
    """Results of calls that differ in their seed only, as many as there is time for."""
    started = time.monotonic()
    results: list[Any] = []
    count = 1
    while len(results) < count:
        results.append(reference_run.run(model, specimen, seed=drawn_samples.SEED + len(results)).outputs)
        elements = sum(t.numel() for _, t in tensors_in(results[0]))
        count = min(drawn_samples.REFERENCE_CALLS, max(drawn_samples.MOST_ELEMENTS // max(elements, 1), 2))
        if time.monotonic() - started > DRAWING_S and len(results) >= drawn_samples.LEAST_REFERENCE_CALLS:
            break
    tensorfile.write(path, results)


def _chosen(plan: list[CasePlan], only: list[str]) -> list[CasePlan]:
    """The cases of that names; all of them where one is only known once others have run (a second call)."""
    if not only:
        return plan
    by_name: dict[str, CasePlan] = {}
    for planned in plan:
        for case in (planned, *planned.otherwise):
            by_name.setdefault(case.name, case)
    return [by_name[name] for name in only] if all(name in by_name for name in only) else plan


def _places(plan: list[CasePlan], kept: list[Prepared]) -> dict[str, int]:
    """By a case's name, the same whichever others are tried: what order programs run in, and which of an autotuner's
    configurations is taken, goes by it."""
    found = {case.name: n for n, planned in enumerate(plan) for case in (planned, *planned.otherwise)}
    for name in (case.name for case in plan if case.crossed):
        what, _, where = name.partition(JOINT)
        found[name] = found[what] + found[where]
    later = [case.name for case, _, _ in kept if case.name not in found]
    return found | {name: len(plan) + n for n, name in enumerate(later)}


def _filtered(kept: list[Prepared], plan: list[CasePlan], only: list[str]) -> list[Prepared]:
    """Those of ``kept`` that were asked for, and what they follow. Raises ``BadOption`` for a name that none has."""
    places = {case.name: place for place, (case, _, _) in reversed([*enumerate(kept)])}
    for name in only:
        if name not in places:
            known = dict.fromkeys([*(planned.name for planned in plan), *places])
            raise BadOption(f"There is no case {name!r}.", hint=f"There are: {'; '.join(known)}.")
    found: dict[int, Prepared] = {}
    for place in (places[name] for name in only):
        first = place
        while kept[first][0].follows:
            first -= 1
        found |= {n: kept[n] for n in range(first, place + 1)}
    return [*found.values()]


def _further_calls(
    problem: Problem, models: Models, ways: ModuleWays, kept: list[Prepared], profile: str
) -> tuple[list[Prepared], Kept]:
    """Cases that are calls after others, and what the module keeps besides its ``state_dict``."""
    small = next((entry for entry in kept if entry[0].name == "another seed"), kept[0])
    if profile != "full" or small[0].weights:
        return [], Kept()

    def prepare(case: CasePlan) -> tuple[Specimen, reference_run.ReferenceRun] | str:
        return _prepare(problem, models, ways, case)

    keeps = kept_attributes(models, small[0])
    if not keeps.matter:
        return later_calls(problem, models, small, prepare), keeps
    is_heavy = sum(math.prod(spec.shape) for spec in problem.state) > cases.HEAVY
    return calls_in_a_row(models, small[0], prepare, FEW if is_heavy else MANY), keeps


def _prepare(
    problem: Problem, models: Models, ways: ModuleWays, case: CasePlan, exactly: bool = False
) -> tuple[Specimen, reference_run.ReferenceRun] | str:
    """Inputs and result of one case, or why it can't be had. The example must work. ``exactly``: PyTorch's own result
    must be exact."""
    essential = case.name == "example"
    try:
        if not essential and makes_too_much(problem, models[case.weights], case.sizes):
            return "the module itself would take too much memory on it"
        if not essential:
            refuse_chance_broadcasts(problem, models, case)
        specimen = specimen_of(models, case)
        result = reference_run.run(models[case.weights], specimen, mode=ways.watch())
    except NoCase as exc:
        return str(exc)
    except Exception as exc:
        if isinstance(exc, KernelAgentError) and essential:
            raise
        if essential:
            raise ModelRaised(
                f"{problem.class_name} raised on its own example inputs: {type(exc).__name__}: {exc}",
                file=problem.file,
                line=line_in(exc, problem.file) or problem.line or None,
            ) from exc
        return f"the module itself raises on it: {type(exc).__name__}: {exc}"
    if essential:
        refuse_results(problem, ((path, t.layout, t.dtype) for path, t in tensors_in(result.outputs)))
    is_far = case.values in FAR or case.weights > 1
    if (case.values in FINITE or is_far) and not reference_run.is_finite(result.outputs):
        return "the module's own result is not finite on it"
    if (is_far or (exactly and not essential)) and not reference_run.is_exact(models[case.weights], specimen, result):
        return "PyTorch's own result is not exact on it"
    ways.keep(case, result)
    return specimen, result


def _refuse_randomness(problem: Problem, model: torch.nn.Module, specimen: Specimen) -> None:
    if problem.random:
        return
    one, other = (reference_run.run(model, specimen, seed=seed) for seed in (1, 2))
    pairs = zip(tensors_in(one.outputs), tensors_in(other.outputs), strict=True)
    if not all(same_bits(a, b) for (_, a), (_, b) in pairs):
        raise RandomModel(
            f"{problem.class_name} gives different results for equal inputs.",
            file=problem.file,
            line=problem.line or None,
        )
