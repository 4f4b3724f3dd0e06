"""Task ``observe``: a module that does not export, learned by running it.

``{problem, cases_dir}`` → ``{problem, cases}``: each case's inputs, state and results are left in ``cases_dir``, of a
module made for the case alone, and of one module that is called on those of plain values in a row. Beside what it
returns a result holds what it left in its inputs; for other values, what it gives in float64, where it runs so. Ways of
the module that no case took are left there too.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from kernelagent.contract.codec import from_json, to_json, write_json
from kernelagent.contract.problem import Problem
from kernelagent.worker.judge import tensorfile
from kernelagent.worker.judge.module_ways import ModuleWays
from kernelagent.worker.judge.reference_run import ReferenceRun, run_float64
from kernelagent.worker.problem import Specimen, build_model, make_inputs, saved_tensors
from kernelagent.worker.problem.data_files import Reads
from kernelagent.worker.problem.inputs import named_inputs, total_bytes
from kernelagent.worker.problem.installed_packages import Imports
from kernelagent.worker.problem.not_judged import PLAIN, not_judged
from kernelagent.worker.problem.observed import SYMBOL, observed
from kernelagent.worker.problem.tensors import tensors_in
from kernelagent.worker.problem.told_on_failure import told_on_failure
from kernelagent.worker.refactor.other_values import KINDS, TooLong, Varying, bounded, varied

SEEDS = 6
"""Inputs that are drawn at the example's sizes: what a module decides by numbers is to be seen both ways."""
OTHER_SIZES = (1, 7, 2, 3)
LARGE_BYTES = 1 << 27
"""Of inputs and weights: each case is written down, and beyond this there are fewer."""
ROW_FILE = "row.json"
"""The cases that one module was called on, in that order."""
UNTAKEN_FILE = "untaken.json"
"""Ways of the module that no case took, in words."""
ROW_S = 15.0
"""For calls in a row, of which ``FEW`` are made however long they take."""
FEW = 3
VALUES_S = 30.0
"""For cases of other values, all together; those that come later are left out."""


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    reads, imports = Reads(), Imports()
    given, folder = from_json(Problem, args["problem"]), Path(args["cases_dir"])
    folder.mkdir(parents=True, exist_ok=True)
    ways = ModuleWays(given)
    with told_on_failure(given, reads, imports, args):
        problem = observed(given)
    is_large = total_bytes((*problem.inputs, *problem.state)) > LARGE_BYTES
    planned: list[tuple[int, dict[str, int] | None]] = [(seed, None) for seed in range(FEW if is_large else SEEDS)]
    if problem.free_sizes:
        planned += [(SEEDS + 3 * i, {SYMBOL: size}) for i, size in enumerate(OTHER_SIZES[: 2 if is_large else None])]
    taken: list[tuple[int, dict[str, int] | None]] = []
    for seed, sizes in planned:
        model = build_model(problem, seed)
        specimen = _specimen(problem, seed, sizes)
        _leave_given(folder / f"{len(taken)}", model, specimen)
        if _leaves_result(problem, ways, model, specimen, folder / f"{len(taken)}_expected"):
            taken.append((seed, sizes))
    write_json(folder / ROW_FILE, _call_in_a_row(problem, ways, taken, folder))
    count = _other_values(problem, ways, len(taken), folder, KINDS[: FEW if is_large else None])
    write_json(folder / UNTAKEN_FILE, ways.untaken())
    files, packages = imports.of(problem)
    problem = replace(problem, imports=files, data=reads.files(problem, [folder]), packages=packages)
    return {"problem": to_json(problem), "cases": count}


def _other_values(problem: Problem, ways: ModuleWays, count: int, folder: Path, wanted: Sequence[Varying]) -> int:
    """Cases of other values, numbered from ``count`` on: those that are ``wanted``, then those that take a way which
    none before has taken. How many cases there are then."""
    started = time.monotonic()
    for number, kind in enumerate(itertools.chain(wanted, ways.asked())):
        is_further = number >= len(wanted)
        if time.monotonic() - started > VALUES_S or (is_further and not ways.left):
            break
        seed = SEEDS + len(OTHER_SIZES) + number
        model = build_model(problem, seed)
        specimen = varied(make_inputs(problem, None, seed), kind, seed)
        if specimen is None:
            continue
        name = f"{folder / str(count)}"
        _leave_given(Path(name), model, specimen)
        try:
            with bounded():
                exact = _exact(model, specimen)
                expected = Path(f"{name}_expected")
                if not _leaves_result(problem, ways, model, specimen, expected, kind.name, only_if_new=is_further):
                    continue
        except TooLong:
            continue
        if exact is not None:
            tensorfile.write(Path(f"{name}_exact"), exact)
        count += 1
    return count


def _exact(model: torch.nn.Module, specimen: Specimen) -> dict[str, Any] | None:
    """What float64 gives; ``None`` where it can't be asked."""
    try:
        found: ReferenceRun = run_float64(model, specimen)
        tensors = {"outputs": found.outputs, "state": found.state, "inputs": found.written}
        return {part: dict(tensors_in(value)) for part, value in tensors.items()}
    except Exception:  # noqa: BLE001  the module may raise anything in a dtype it was not made for
        return None


def _leave_given(name: Path, model: torch.nn.Module, specimen: Specimen) -> None:
    given = {"args": list(specimen.args), "kwargs": dict(specimen.kwargs), "names": list(specimen.names)}
    tensorfile.write(Path(f"{name}_inputs"), given)
    tensorfile.write(Path(f"{name}_state"), _state(model))


def _call_in_a_row(
    problem: Problem, ways: ModuleWays, taken: Sequence[tuple[int, dict[str, int] | None]], folder: Path
) -> list[int]:
    """One module on the inputs of one case after the other; the numbers of those that it took. What it keeps from one
    call to the next is compared like any other result of it."""
    if not taken:
        return []
    model = build_model(problem, taken[0][0])
    tensorfile.write(folder / "row_state", _state(model))
    made: list[int] = []
    started = time.monotonic()
    for case in in_a_row([(seed % 3 == 2, sizes is not None) for seed, sizes in taken]):
        if len(made) >= FEW and time.monotonic() - started > ROW_S:
            break
        specimen = _specimen(problem, *taken[case])
        if not _leaves_result(problem, ways, model, specimen, folder / f"row_{len(made)}_expected"):
            break  # it takes these inputs, but not after the others
        made.append(case)
    return made


def in_a_row(cases: Sequence[tuple[bool, bool]]) -> list[int]:
    """An order of calls in which each case but the last comes again after another one. Of each case: whether it has
    odd values (those come late, since NaN stays in what is kept), and whether it has other sizes than the example."""
    plain, other = (
        [n for n, (odd, sized) in enumerate(cases) if not odd and sized is which] for which in (False, True)
    )
    mixed = [n for pair in zip(plain, other, strict=False) for n in pair]
    order = [*mixed, *(n for n in (*plain, *other) if n not in mixed), *(n for n, (odd, _) in enumerate(cases) if odd)]
    return [*order[:1], *(n for pair in zip(order[1:], order, strict=False) for n in pair)]


def _specimen(problem: Problem, seed: int, sizes: dict[str, int] | None) -> Specimen:
    specimen = make_inputs(problem, sizes, seed)
    if seed % 3 == 2:
        _with_odd_values(specimen.args)
    return specimen


def _state(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {key: tensor.clone() for key, tensor in saved_tensors(model).items()}


def _leaves_result(
    problem: Problem,
    ways: ModuleWays,
    model: torch.nn.Module,
    specimen: Specimen,
    file: Path,
    told: str = "",
    *,
    only_if_new: bool = False,
) -> bool:
    """Whether the module takes the inputs: a size or a value that it does not take itself is no case. ``told``: what
    values they are. ``only_if_new``: it is none either where it takes no way that no case has taken."""
    try:
        with torch.no_grad(), ways.watch():
            torch.manual_seed(0)
            outputs = model(*specimen.args, **specimen.kwargs)
    except Exception:  # noqa: BLE001  the module may raise anything on inputs that it does not take
        return False
    left = len(ways.left)
    ways.keep_call(is_something=any(tensor.numel() for _, tensor in tensors_in([outputs])))
    if only_if_new and len(ways.left) == left:
        return False
    try:
        inputs = named_inputs(specimen, specimen.args, specimen.kwargs)
        tensorfile.write(file, {"outputs": outputs, "state": saved_tensors(model), "inputs": inputs, "told": told})
    except TypeError as exc:
        raise not_judged(problem, f"gives what is not judged: {exc}", PLAIN) from exc
    return True


def _with_odd_values(values: tuple[Any, ...]) -> None:
    """Large numbers, zeros and NaN here and there: modules that don't export often ask for them."""
    for value in values:
        if isinstance(value, torch.Tensor) and value.is_floating_point() and value.numel() > 4:
            flat = value.view(-1) if value.is_contiguous() else value.reshape(-1)
            flat[0], flat[1], flat[2] = float("nan"), 0.0, 1e4
