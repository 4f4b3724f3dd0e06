"""Target → ``Problem``: the class, its example inputs, and what capturing it tells of shapes, state and free sizes."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import from_json, write_json
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem, TensorSpec
from kernelagent.driver.benchmark import first_gpu
from kernelagent.driver.example_inputs import find_example
from kernelagent.driver.modules import ModuleClass
from kernelagent.driver.of_models import learned
from kernelagent.driver.run import Run
from kernelagent.driver.target import Source, Target, choose_class, read_source
from kernelagent.errors import GpuNotFound, KernelAgentError, NotExportable


@dataclass(frozen=True)
class Reading:
    """What the target's text tells before anything runs."""

    target: Target
    source: Source
    module: ModuleClass
    problem: Problem
    """Without specs: they are learned by capturing."""


def read(target: Target, options: Options) -> Reading:
    """Read the target. Raises every error that needs no worker: no file, no such class, no example inputs ..."""
    source = read_source(target)
    module = choose_class(target, source)
    found = find_example(target.file, source.text, module, inputs=options.inputs, init=options.init)
    mode = options.mode if options.mode != "constructed" else found.mode or "constructed"
    problem = Problem(
        file=str(target.file.absolute()),
        class_name=module.name,
        line=module.line,
        source_sha256=source.sha256,
        example=found.example,
        mode=mode,
        by_model=target.by_model,
        live=target.live,
    )
    return Reading(target, source, module, problem)


def load(reading: Reading, run: Run) -> Problem:
    """Capture the module from the copy of its text in the run directory. Leaves problem.json and graph.json.

    Where a model may be asked, a module that does not export is learned by running it: there is no graph.json then.
    """
    with run.stage("load", f"Reading {reading.module.name} and its example inputs") as report:
        _require_device(run)
        given = _with_text(reading.problem, run.folder.problem_copy)
        try:
            value = _captured(given, run)
        except NotExportable as exc:
            if run.author is None:
                raise
            run.folder.graph.unlink(missing_ok=True)
            given = replace(given, not_exported=exc.message)
            cases = {"cases_dir": str(run.folder.cases)}
            value = _learned("observe", given, run, cases, run.folder.cases)
        problem = learned(given, from_json(Problem, value["problem"]))
        write_json(run.folder.problem, problem.without_live_file())
        report.message = ", ".join(describe(spec) for spec in problem.inputs) or "no tensor inputs"
        return problem


def _captured(problem: Problem, run: Run) -> dict[str, Any]:
    """What the task ``capture`` tells; leaves graph.json."""
    with tempfile.TemporaryDirectory(dir=run.folder.path, prefix="capture-") as scratch:
        out = Path(scratch) / "graph.json"
        value = _learned("capture", problem, run, {"out": str(out)}, Path(scratch))
        out.replace(run.folder.graph)
        return value


def _learned(task: str, problem: Problem, run: Run, args: dict[str, str], scratch: Path) -> dict[str, Any]:
    """Leaves the module's files where it fails."""
    read = scratch / "read.json"
    try:
        value: dict[str, Any] = run.call_with_module(task, problem, {**args, "read": str(read)}, scratch)
    except KernelAgentError:
        with contextlib.suppress(FileNotFoundError):
            read.replace(run.folder.read)
        raise
    return value


def describe(spec: TensorSpec) -> str:
    """``x: float32[s0, 64]``"""
    dims = spec.dims if len(spec.dims) == len(spec.shape) else tuple(str(size) for size in spec.shape)
    return f"{spec.name}: {spec.dtype}[{', '.join(dims)}]"


def _with_text(problem: Problem, copy: Path) -> Problem:
    return replace(problem, text_file=str(copy))


def _require_device(run: Run) -> None:
    wanted = run.options.device
    if wanted in ("cuda", "xpu") and not first_gpu(run.pool, run.cancel, run.options):
        raise GpuNotFound(
            f"--device {wanted}: PyTorch sees no such GPU here.", hint="Use --device cpu or leave it out."
        )
