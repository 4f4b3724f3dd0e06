"""The judge's conductor: static check, reference, candidate, comparison and compilation, each in its own process.

This side never sees a tensor. It starts the processes so that two cores are busy, collects what they report, and
lets ``driver/verdict.py`` turn it into a certificate.
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from kernelagent.contract.codec import to_json
from kernelagent.contract.events import CheckFinished, Event, StageProgress
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.verdict import Verification
from kernelagent.driver import certificate, isolation, sanitizer, verdict
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.candidate import Candidate
from kernelagent.driver.compilation import Compilation
from kernelagent.driver.crossings import add, crossings
from kernelagent.driver.evidence import Evidence, Execution
from kernelagent.driver.fixed_sizes import fixed_sizes
from kernelagent.driver.kernel_size import refuse_too_large
from kernelagent.driver.of_models import shut_in
from kernelagent.driver.tied_sizes import on_what_it_takes
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import BadOption, GpuNotFound, NotAKernelFile

Profile = Literal["full", "quick"]
CANDIDATE_LIMIT_S = {"full": 120.0, "quick": 60.0}
"""For a small problem; more for one with large weights, which the interpreter has to go through."""
LONGEST_S = 900.0
PATIENCE = 1 / 6
"""Of the limit: so much processor time may pass without any program of a kernel ending."""
WAITING = 4.0
"""By the clock all cases may take so many times their processor time: the machine may be busy with other things."""


def verify(
    kernel: Path,
    problem: Problem,
    options: Options,
    *,
    pool: WorkerPool,
    work_dir: Path,
    on_event: Callable[[Event], None],
    cancel: CancelToken,
    profile: Profile = "full",
) -> Verification:
    """Judge ``kernel`` as an implementation of ``problem`` (a captured one).

    ``quick`` takes the example alone and compiles nothing. Raises the problem's own errors (``ModelRaised``,
    ``RandomModel``, ``ConstantModel`` ...), ``NotAKernelFile``, and ``Cancelled``; whatever the candidate does ends in
    a failed check, never in an exception.
    """
    if profile == "quick":
        options = replace(options, arch=())
    if pool.far is not None:
        kernel = _readable(kernel)
        return pool.far.verify(kernel, problem, options, on_event=on_event, cancel=cancel, profile=profile)
    return _Judging(kernel, problem, options, pool, work_dir, on_event, cancel, profile).run()


def _readable(kernel: Path) -> Path:
    """``kernel`` as it is on the disk. Raises ``NotAKernelFile``."""
    if not kernel.is_file():
        raise NotAKernelFile(f"There is no file {kernel}.")
    refuse_too_large(kernel)
    return kernel.resolve()


def candidate_limit(problem: Problem, profile: Profile, work: int = 0) -> float:
    """Seconds of processor time that a candidate may take for all its cases; ``work``: that of the example, at the
    sizes at which it is judged, in ``Problem.work``'s unit."""
    weights = sum(math.prod(spec.shape) for spec in problem.state)
    inputs = sum(math.prod(spec.shape) for spec in problem.inputs if not problem.free_sizes)
    return min(LONGEST_S, CANDIDATE_LIMIT_S[profile] * (1 + (weights + inputs) / 2**20 + work / 2**27))


class _Judging:
    """One verification under way."""

    def __init__(
        self,
        kernel: Path,
        problem: Problem,
        options: Options,
        pool: WorkerPool,
        work_dir: Path,
        on_event: Callable[[Event], None],
        cancel: CancelToken,
        profile: Profile,
    ) -> None:
        self._kernel = kernel.resolve()
        self._problem = problem
        self._options = options
        self._pool = pool
        self._on_event = on_event
        self._cancel = cancel
        self._profile = profile
        self._work_dir = work_dir
        self._inputs, self._expected = work_dir / "inputs", work_dir / "expected"
        self._scratch, self._beside = work_dir / "scratch", work_dir / "scratch_interpreter"
        self._compile_scratch = work_dir / "scratch_compile"
        private = [Path(file) for file in problem.private_files]
        self._isolation = isolation.choose(options.sandbox, pool.interpreter, private, options.env_file)
        self._kernel_sha256 = ""
        self._gpu_found: dict[str, Any] | None = None
        self._lock = threading.Lock()
        self._seconds: dict[str, float] = {}

    def run(self) -> Verification:
        _readable(self._kernel)
        started = time.monotonic()
        kernel_sha256 = self._kernel_sha256 = self._hash()
        result, evidence = self._judged(self._problem)
        if self._profile == "full" and not self._options.cases:
            result = on_what_it_takes(self._judged, self._problem, result, evidence, self._progress)
        for check in (check for check in result.checks if not check.skipped):
            self._on_event(CheckFinished(check.name, check.passed, check.detail))
        if self._hash() != kernel_sha256:
            raise NotAKernelFile(f"{self._kernel.name} was changed while it was judged.", hint="Verify it again.")
        took = {**self._seconds, "total": time.monotonic() - started}
        seconds = {task: round(value, 3) for task, value in took.items()}
        return certificate.sealed(replace(result, kernel_sha256=kernel_sha256, seconds=seconds))

    def _judged(self, problem: Problem) -> tuple[Verification, Evidence]:
        """The verdict on ``problem``, and what it rests on."""
        self._problem = problem
        self._compilation = Compilation(
            self._kernel, self._options.arch, self._isolation, self._compile_scratch, self._expected, self._call
        )
        evidence = Evidence(
            static=self._call("static_check", {"kernel": str(self._kernel)}),
            arch=self._options.arch,
            compute=self._options.compute,
            kernel_name=self._kernel.name,
            free_sizes=self._problem.free_sizes,
            fixed_sizes=fixed_sizes(self._problem),
            only=self._options.cases,
        )
        if evidence.static["error"] is None:
            self._gathered(evidence)
            if evidence.report is not None and evidence.report.no_entry:
                module = f"{self._problem.class_name}Triton"
                raise NotAKernelFile(f"{self._kernel.name} defines none of kernel_function, {module} and ModelNew.")
        result = self._concluded(evidence)
        if result.verdict == "pass" and self._profile == "full" and not self._options.cases:
            self._on_every_way(evidence)
            result = self._concluded(evidence)
        return result, evidence

    def _concluded(self, evidence: Evidence) -> Verification:
        versions = self._pool.versions()
        return verdict.conclude(evidence, self._problem, self._options, self._profile, versions, self._kernel)

    def _on_every_way(self, evidence: Evidence) -> None:
        """Add what comes of kinds of values and strides on the ways of the kernel's file that have not met them."""
        names, left = crossings(evidence)
        if not names:
            return
        self._progress(f"Trying {len(names)} more cases: on each way of the kernel's file")
        further = replace(evidence.begun(), only=tuple(names), further=True)
        try:
            self._gathered(further)
        except BadOption:  # the module takes none of them
            return
        add(evidence, further)
        evidence.crossings_left = left

    def _gathered(self, evidence: Evidence) -> None:
        folders = (self._inputs, self._expected, self._scratch, self._beside, self._compile_scratch)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
        try:
            self._gather(evidence)
        finally:
            for folder in folders:
                shutil.rmtree(folder, ignore_errors=True)

    def _hash(self) -> str:
        return hashlib.sha256(self._kernel.read_bytes()).hexdigest()

    def _gather(self, evidence: Evidence) -> None:
        if not evidence.further:
            evidence.gpu = "" if self._problem.random else self._gpu()  # random numbers are held in the interpreter
        tool = sanitizer.require(self._gpu_found, self._pool.interpreter) if self._options.sanitize else None
        with ThreadPoolExecutor(max_workers=4, thread_name_prefix="kernelagent-verify") as threads:
            ready, launched = threading.Event(), threading.Event()
            reference = threads.submit(self._reference, evidence, ready)
            reference.add_done_callback(lambda _: ready.set())
            candidate = threads.submit(self._candidate, evidence, ready, launched, reference)
            candidate.add_done_callback(lambda _: launched.set())
            beside: Future[None] | None = None
            if evidence.gpu and self._profile == "full":
                evidence.interpreted = Execution()
                beside = threads.submit(self._interpreted, evidence, evidence.interpreted, ready, reference)
            compiling: Future[None] | None = None
            if self._options.arch:
                launched.wait()
                compiling = threads.submit(self._compile, evidence)
            try:
                reference.result()
                candidate.result()
                if tool is not None and self._profile == "full" and evidence.finished and not evidence.further:
                    self._sanitize(evidence, tool)
                if beside is not None:
                    beside.result()
                self._compare(evidence)
            finally:
                if compiling is not None:
                    compiling.result()
            if compiling is not None:
                self._compile(evidence)

    def _gpu(self) -> str:
        if self._options.device == "cpu":
            return ""
        gpus = self._call("probe", {}, flavor="compile").get("gpus") or []
        self._gpu_found = gpus[0] if gpus else None
        if not gpus and self._options.device != "auto":
            raise GpuNotFound(f"--device {self._options.device}: PyTorch sees no such GPU here.")
        return str(gpus[0]["name"]) if gpus else ""

    def _reference(self, evidence: Evidence, ready: threading.Event) -> None:
        args = {
            "problem": to_json(self._problem),
            "profile": self._profile,
            "only": list(evidence.only),
            "further": evidence.further,
            "constants": evidence.static["constants"],
            "compared": evidence.static["compared"],
            "groups": evidence.static["groups"],
            "persistent": evidence.static["persistent"],
            "kernel_sha256": self._kernel_sha256,
            "inputs_dir": str(self._inputs),
            "expected_dir": str(self._expected),
        }
        shut = shut_in(self._problem, self._isolation, self._work_dir)
        evidence.reference = self._call("reference", args, on_event=lambda _: ready.set(), **shut)
        self._progress("The module itself was run on every case")

    def _candidate(
        self, evidence: Evidence, ready: threading.Event, launched: threading.Event, reference: Future[None]
    ) -> None:
        ready.wait()
        if reference.done() and reference.exception() is not None:
            return

        manifest = self._manifest()
        cases = len(manifest["cases"])

        def count(calls: int) -> None:
            launched.set()
            self._progress("Running the kernel on the cases", min(calls, cases), cases)

        run = self._in_process(manifest, evidence, self._scratch).run
        run(self._call, evidence, gpu=bool(evidence.gpu), on_run=count)

    def _interpreted(
        self, evidence: Evidence, into: Execution, ready: threading.Event, reference: Future[None]
    ) -> None:
        """The same cases where every load and store is seen."""
        ready.wait()
        if reference.done() and reference.exception() is not None:
            return
        run = self._in_process(self._manifest(), evidence, self._beside).run
        run(self._call, into, gpu=False, on_run=lambda calls: None)

    def _manifest(self) -> dict[str, Any]:
        """What the reference has written before the candidate may begin."""
        found: dict[str, Any] = json.loads((self._inputs / "manifest.json").read_text(encoding="utf-8"))
        return found

    def _in_process(self, manifest: dict[str, Any], evidence: Evidence, scratch: Path) -> Candidate:
        most = candidate_limit(self._problem, self._profile, manifest["work"])
        budget = self._options.budget_seconds or float("inf")
        return Candidate(
            self._kernel,
            self._inputs,
            self._hidden(manifest),
            scratch,
            self._isolation,
            arch=next(iter(self._options.arch), "sm_90"),
            limit_s=min(most, budget),
            longest_s=min(most * WAITING, budget),
            patience_s=most * PATIENCE,
            declared=evidence.declared_lines,
            in_the_project=bool(manifest["init"]),
            reads=tuple(tuple(read) for read in evidence.static["reads"]),
        )

    def _hidden(self, manifest: dict[str, Any]) -> tuple[str, ...]:
        """The expected outputs, and the module's source, which a candidate could run. Where the constructor's arguments
        are objects that only that source makes, it is needed."""
        if manifest["init"]:
            return (str(self._expected),)
        problem = self._problem
        imported = [str(Path(problem.file).parent / i.path) for i in problem.imports]
        sources = [problem.file, problem.text_file, *imported]
        files = [str(Path(path).resolve()) for path in sources if path and Path(path).is_file()]
        return (str(self._expected), *(path for path in dict.fromkeys(files) if path != str(self._kernel)))

    def _compare(self, evidence: Evidence) -> None:
        known = len(evidence.reference["cases"])
        evidence.drop_unknown(known)
        if evidence.interpreted is not None:
            evidence.interpreted.drop_unknown(known)
        runs = [{"case": run.case, "entry": run.entry, "turn": run.turn} for run in evidence.finished]
        args = {
            "cases": evidence.reference["cases"],
            "runs": runs,
            "expected_dir": str(self._expected),
            "outputs_dir": str(self._scratch),
            "further": evidence.further,
            "drawn": [{"number": n, "name": draw["name"]} for n, draw, error in evidence.drawn if error is None],
        }
        evidence.comparison = self._call("compare", args)
        self._progress("Outputs were compared")

    def _sanitize(self, evidence: Evidence, tool: Path) -> None:
        """The same cases again, each tensor an allocation of its own, under the tool."""
        folder = self._scratch / "sanitizer"
        limit = min(sanitizer.LIMIT_S, self._options.budget_seconds or float("inf"))
        args = sanitizer.arguments(
            tool, self._kernel, self._inputs, folder, self._expected, limit_s=limit, shut_in=self._isolation.shut_in()
        )
        prefix = self._isolation.prefix(str(folder), (str(self._expected),))

        def call(timeout_s: float) -> dict[str, Any]:
            return self._call("sanitize", args, flavor="compile", timeout_s=timeout_s, prefix=prefix)

        evidence.sanitized = sanitizer.watch(call, limit)
        self._progress("compute-sanitizer has watched the kernel")

    def _compile(self, evidence: Evidence) -> None:
        if self._compilation.run(evidence):
            self._progress(f"Compiled for {', '.join(self._options.arch)}")

    def _call(
        self,
        task: str,
        args: dict[str, Any],
        *,
        flavor: Literal["interpret", "compile"] = "interpret",
        timeout_s: float | None = None,
        on_event: Callable[[dict[str, Any]], None] | None = None,
        prefix: tuple[str, ...] = (),
        sandbox: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        started = time.monotonic()
        try:
            return self._pool.call(
                task,
                args,
                flavor=flavor,
                sandbox=sandbox,
                timeout_s=timeout_s or self._options.task_seconds,
                cancel=self._cancel,
                on_event=on_event,
                prefix=prefix,
            )
        finally:
            with self._lock:
                self._seconds[task] = self._seconds.get(task, 0.0) + time.monotonic() - started

    def _progress(self, message: str, done: int = 0, total: int = 0) -> None:
        if self._profile == "full":
            self._on_event(StageProgress("verify", message, done, total))
