"""Single stages without a whole run: a pool for one command, judging a kernel file, inspecting a module."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.events import Event
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.subgraph import Extraction
from kernelagent.contract.verdict import Verification
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.certificate import sealed
from kernelagent.driver.far import far_for
from kernelagent.driver.interpreter import Interpreter, find_interpreter, probe, require
from kernelagent.driver.of_models import Shut
from kernelagent.driver.stages import load
from kernelagent.driver.target import Target
from kernelagent.driver.verification import verify
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import NotAKernelFile, NotExportable


@contextmanager
def worker_pool(file: Path, options: Options) -> Iterator[WorkerPool]:
    """Warm workers in the user's interpreter, gone when the block ends. Raises what the interpreter lacks."""
    interpreter = probe(*find_interpreter(file, options.interpreter))
    require(interpreter, judges=options.remote is None)
    with WorkerPool(interpreter.path, far=far_for(options.remote, interpreter)) as pool:
        pool.start()
        yield pool


@dataclass(frozen=True)
class How:
    """How a task is run."""

    shut: Shut
    """What it is shut in by; empty: it has the user's rights."""
    limit_s: float = 300.0


AS_THE_USER = How({})


def capture(
    target: Target,
    options: Options,
    *,
    pool: WorkerPool,
    folder: Path,
    cancel: CancelToken,
    how: How = AS_THE_USER,
) -> Problem:
    """The problem with all that capturing tells; leaves problem.py and graph.json in ``folder``."""
    reading = load.read(target, options)
    copy = folder / "problem.py"
    copy.write_text(reading.source.text, encoding="utf-8", newline="\n")
    given = to_json(replace(reading.problem, text_file=str(copy)))
    args = {"problem": given, "out": str(folder / "graph.json")}
    value = pool.call("capture", args, cancel=cancel, timeout_s=how.limit_s, **how.shut)
    return from_json(Problem, value["problem"])


def learned(target: Target, options: Options, *, pool: WorkerPool, folder: Path, cancel: CancelToken) -> Problem:
    """As :func:`capture`; a module that does not export is learned by running it, and leaves no graph.json."""
    try:
        return capture(target, options, pool=pool, folder=folder, cancel=cancel)
    except NotExportable as exc:
        reading = load.read(target, options)
        given = to_json(replace(reading.problem, text_file=str(folder / "problem.py"), not_exported=exc.message))
        value = pool.call("observe", {"problem": given, "cases_dir": str(folder / "cases")}, cancel=cancel)
        return from_json(Problem, value["problem"])


def cut(
    problem: Problem,
    *,
    pool: WorkerPool,
    folder: Path,
    cancel: CancelToken,
    passes: bool = False,
    by_operators: bool = False,
    how: How = AS_THE_USER,
) -> Extraction:
    """The subgraphs of what :func:`capture` left in ``folder``, with the graph as text after each pass where ``passes``
    are wanted; nothing is executed. ``by_operators``: of a graph that the built-in synthesizer does not take whole."""
    args = {"problem": to_json(problem), "graph": str(folder / "graph.json"), "out_dir": str(folder), "passes": passes}
    task = "cut_by_operators" if by_operators else "extract"
    args["launches"] = True
    return from_json(Extraction, pool.call(task, args, cancel=cancel, timeout_s=how.limit_s, **how.shut))


def verify_file(
    kernel: Path,
    target: Target,
    options: Options,
    *,
    pool: WorkerPool,
    on_event: Callable[[Event], None] | None,
    cancel: CancelToken,
) -> Verification:
    """Judge any kernel file against a module. Raises ``NotAKernelFile`` and every error that loading may raise."""
    if not kernel.is_file():
        raise NotAKernelFile(f"there is no file {kernel}.", hint="Name an existing kernel file.")
    with tempfile.TemporaryDirectory(prefix="kernelagent-verify-") as scratch:
        problem = learned(target, options, pool=pool, folder=Path(scratch), cancel=cancel)
        work_dir = Path(scratch) / "judge"
        work_dir.mkdir()
        judged = verify(
            kernel.absolute(),
            problem,
            options,
            pool=pool,
            work_dir=work_dir,
            on_event=on_event or _ignore,
            cancel=cancel,
            profile="full",
        )
        return sealed(
            replace(judged, target=f"{_from_here(target.file)}::{problem.class_name}", kernel=_from_here(kernel))
        )


def _from_here(path: Path) -> str:
    """As it would be written in this folder."""
    with contextlib.suppress(ValueError):
        return path.absolute().relative_to(Path.cwd()).as_posix()
    return str(path.absolute())


def gpu_name(interpreter: Interpreter) -> str:
    """The first GPU that PyTorch sees there; empty without one."""
    with WorkerPool(interpreter.path) as pool:
        gpus = pool.call("probe", {}, flavor="compile").get("gpus") or []
        return str(gpus[0]["name"]) if gpus else ""


@dataclass(frozen=True)
class Inspection:
    """What is known of a module without generating anything."""

    problem: Problem
    extraction: Extraction


def inspect(
    target: Target, options: Options, *, pool: WorkerPool, cancel: CancelToken, passes: bool = False
) -> Inspection:
    """Capture the module and cut its graph; nothing is generated and nothing is left behind."""
    with tempfile.TemporaryDirectory(prefix="kernelagent-inspect-") as scratch:
        folder = Path(scratch)
        problem = capture(target, options, pool=pool, folder=folder, cancel=cancel)
        return Inspection(problem, cut(problem, pool=pool, folder=folder, cancel=cancel, passes=passes))


def _ignore(event: Event) -> None:
    """The reader when nobody watches."""
