"""Eager, ``torch.compile`` and the kernel, timed one after the other on this machine's GPU, each in its own process.

The kernel's is shut in as it is when it's judged, and what it gives after the last run is compared with the module's:
a kernel that stops computing once it has been called often enough is not faster.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kernelagent.contract.benchmark import Benchmark, Timing
from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.compute import Measured
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver import isolation
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.devices import estimate
from kernelagent.driver.gpu_turn import longest_wait, turn_file
from kernelagent.driver.of_models import shut_in
from kernelagent.driver.printable import printable
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import KernelAgentError, NotAKernelFile, TimedOutputsDiffer

_LIMIT_S = 300.0
_MOST_TOLD = 200
_MOST_OFF = 0.01
"""Of the sampled elements: rounding alone turns an occasional comparison or index around."""


def first_gpu(pool: WorkerPool, cancel: CancelToken, options: Options) -> str:
    """The name of the GPU that is measured on; empty where there is none, or ``--device cpu`` forbids it."""
    if options.device == "cpu":
        return ""
    if pool.far is not None:
        found = pool.far.gpu(options, cancel)
        return str(found["name"]) if found is not None else ""
    gpus = pool.call("probe", {}, flavor="compile", cancel=cancel)["gpus"]
    return str(gpus[0]["name"]) if gpus else ""


def beside_pytorch(
    kernel: Path,
    by_pytorch: Path,
    problem: Problem,
    *,
    pool: WorkerPool,
    cancel: CancelToken,
    tell: Callable[[str], None],
    options: Options,
) -> Measured:
    """Time a subgraph's kernel and, in its place, PyTorch's operators, both files of the built-in synthesizer. Raises
    ``GpuNotFound``, and ``TimedOutputsDiffer`` where they don't give the same."""
    if pool.far is not None:
        return pool.far.beside_pytorch(kernel, by_pytorch, problem, options, tell=tell, cancel=cancel)
    with tempfile.TemporaryDirectory(prefix="kernelagent-bench-") as name:
        extra = {"turn": _as_text(turn_file(pool, cancel)), "compile_mode": None}
        timing = _Timing(kernel, problem, options, pool, cancel, tell, Path(name), extra)
        theirs, ours = timing.both(by_pytorch)
    return Measured(theirs["median"], ours["median"], ours["device"])


def measure(
    kernel: Path,
    problem: Problem,
    extraction: Extraction,
    *,
    pool: WorkerPool,
    cancel: CancelToken,
    tell: Callable[[str], None],
    options: Options,
    turn: Path | None = None,
    compile_mode: str | None = None,
) -> Benchmark:
    """Time all three at the example's sizes. Raises ``GpuNotFound``, ``NotAKernelFile`` for what the static check
    refuses, ``TimedOutputsDiffer``; a module that ``torch.compile`` refuses is timed without it.

    ``turn``: a file that is locked while a clock runs; the one that stands for the GPU (``gpu_turn.py``) if not given.
    Raises ``GpuBusy`` where it is held, or memory is short, for too long, and ``OutOfGpuMemory``. ``compile_mode``: the
    mode of ``torch.compile``; its default if not given.
    """
    if pool.far is not None:
        return pool.far.measure(
            kernel, problem, extraction, options, compile_mode=compile_mode, tell=tell, cancel=cancel
        )
    _refuse_impure(kernel, pool, cancel, options)
    with tempfile.TemporaryDirectory(prefix="kernelagent-bench-") as name:
        extra = {"turn": _as_text(turn or turn_file(pool, cancel)), "compile_mode": compile_mode}
        eager, compiled, own = _Timing(kernel, problem, options, pool, cancel, tell, Path(name), extra).all_three()
    dtypes = {spec.dtype for spec in problem.inputs if spec.dtype.startswith(("float", "bfloat"))}
    estimates = [estimate(subgraph, own["arch"], eager["bandwidth"]) for subgraph in extraction.subgraphs]
    floor_ms = sum(e.seconds for e in estimates if e is not None) * 1e3
    return Benchmark(
        device=own["device"],
        precision=", ".join(sorted(dtypes)) or "exact",
        eager_ms=from_json(Timing, eager),
        compile_ms=None if compiled is None else from_json(Timing, compiled),
        kernel_ms=from_json(Timing, own),
        speedup_eager=eager["median"] / own["median"],
        speedup_compile=None if compiled is None else compiled["median"] / own["median"],
        bytes=sum(subgraph.cost.bytes for subgraph in extraction.subgraphs),
        flops=sum(subgraph.cost.flops for subgraph in extraction.subgraphs),
        floor_ms=floor_ms,
        of_floor=floor_ms / own["median"],
        notes=tuple(_notes(own, floor_ms)),
    )


class _Timing:
    """One benchmark under way, in a folder of its own."""

    def __init__(
        self,
        kernel: Path,
        problem: Problem,
        options: Options,
        pool: WorkerPool,
        cancel: CancelToken,
        tell: Callable[[str], None],
        folder: Path,
        extra: dict[str, str | None],
    ) -> None:
        self._kernel, self._problem, self._pool, self._extra = kernel.resolve(), problem, pool, extra
        self._cancel, self._tell, self._folder = cancel, tell, folder
        self._wait_s = longest_wait(options)
        self._allow_tf32 = options.allow_tf32 and options.compute == "best"
        private = [Path(file) for file in problem.private_files]
        self._isolation = isolation.choose(options.sandbox, pool.interpreter, private, options.env_file)

    def all_three(self) -> tuple[dict[str, Any], dict[str, Any] | None, dict[str, Any]]:
        """Eager, ``torch.compile`` (``None`` where it failed) and the kernel."""
        modules = self._folder / "modules"
        modules.mkdir()
        eager = self._timed("eager", modules)
        try:
            compiled: dict[str, Any] | None = self._timed("compile", modules)
        except KernelAgentError as exc:
            if exc.exit_status != 1:
                raise
            self._tell(f"torch.compile failed: {exc.message}")
            compiled = None
        own, samples = self._shut_in("kernel", self._kernel, (modules,))
        if eager["steady"]:
            self._compare(modules / "eager", samples)
        else:
            self._tell("the module gives something else each time: what the kernel gave was not compared")
        return eager, compiled, own

    def both(self, other: Path) -> tuple[dict[str, Any], dict[str, Any]]:
        """``other``, a file that computes the same, and the kernel."""
        theirs, expected = self._shut_in("other", other.resolve(), ())
        own, samples = self._shut_in("kernel", self._kernel, (expected.parent,))
        self._compare(expected, samples)
        return theirs, own

    def _shut_in(self, name: str, file: Path, hidden: tuple[Path, ...]) -> tuple[dict[str, Any], Path]:
        """The times of a kernel file in its sandbox, and where what it gave is left."""
        folder = self._folder / name
        folder.mkdir()
        hide = [str(path) for path in hidden]
        policy = {"scratch": str(folder), "hide": hide, "gpu": True, **self._isolation.shut_in()}
        prefix = self._isolation.prefix(str(folder), tuple(hide))
        return self._timed("kernel", folder, policy, prefix, file), folder / "kernel"

    def _compare(self, expected: Path, found: Path) -> None:
        files = {"eager": str(expected), "kernel": str(found)}
        off = self._pool.call("timed_outputs", files, cancel=self._cancel)["off"]
        if off > _MOST_OFF:
            raise TimedOutputsDiffer(
                f"Called again after it was timed, {self._kernel.name} gave something else than the module at "
                f"{off:.0%} of the elements looked at."
            )

    def _timed(
        self,
        what: str,
        folder: Path,
        policy: dict[str, Any] | None = None,
        prefix: tuple[str, ...] = (),
        file: Path | None = None,
    ) -> dict[str, Any]:
        self._tell(f"timing {what if file in (None, self._kernel) else 'PyTorch in its place'}")
        if policy is None:  # the task enters it by itself, once it has opened the file of its turn
            shut = shut_in(self._problem, self._isolation, folder, gpu=True)
            policy, prefix = shut.get("sandbox"), shut.get("prefix", ())
        args = {
            "problem": to_json(self._problem),
            "what": what,
            "kernel": str(file or self._kernel),
            "allow_tf32": self._allow_tf32,
            "samples": str(folder / what),
            "policy": policy,
            "wait_s": self._wait_s,
            **self._extra,
        }
        return self._pool.call(
            "measure",
            args,
            flavor="compile",
            timeout_s=_LIMIT_S + self._wait_s,
            cancel=self._cancel,
            on_event=self._heard,
            prefix=prefix,
        )

    def _heard(self, event: dict[str, Any]) -> None:
        if event.get("event") == "waiting":
            self._tell(printable(str(event.get("what")))[:_MOST_TOLD])


def _as_text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _refuse_impure(kernel: Path, pool: WorkerPool, cancel: CancelToken, options: Options) -> None:
    """Raises ``NotAKernelFile`` for a file that no verdict could pass: its times would be PyTorch's."""
    static = pool.call("static_check", {"kernel": str(kernel.resolve())}, cancel=cancel)
    if static["error"] is not None:
        raise NotAKernelFile(
            f"{kernel.name}: {static['error']}", hint="Mend it first.", file=str(kernel), line=static["line"]
        )
    if static["declared"] and options.compute != "best":
        raise NotAKernelFile(
            f"{kernel.name} leaves operators to PyTorch, as it declares; the time would not be a kernel's alone.",
            file=str(kernel),
            hint="--compute best allows declared operators.",
        )
    if static["findings"]:
        what, line = static["findings"][0]["what"], static["findings"][0]["line"]
        raise NotAKernelFile(
            f"{kernel.name}: the wrapper {what}; the time would not be a kernel's.",
            file=str(kernel),
            line=line,
            hint="`kernelagent verify` tells all that is wrong with it.",
        )


def _notes(own: dict[str, Any], floor_ms: float) -> Iterator[str]:
    if own["aside"]:
        yield (
            "The kernel leaves work to other streams, so it was timed by the host's clock, until the device was done: "
            "some microseconds of that are the launch."
        )
    if floor_ms > own["median"]:
        yield (
            f"This is {floor_ms / own['median']:.2f} times faster than the device can read, write and compute all that "
            "the module does. Either the estimate doesn't fit (loads by index, inputs that are not read whole), or the "
            "kernel leaves something out."
        )
