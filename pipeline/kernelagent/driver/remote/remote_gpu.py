"""A worker on a Ray cluster that judges and times for this machine, which keeps all the rest.

It is leased with its GPU when it is first needed and kept until the pool is closed. What is asked of it by several
threads is done one after another: one benchmark at a time on a device, and no verdict beside it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from kernelagent.contract.benchmark import Benchmark
from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.compute import Measured
from kernelagent.contract.events import Event, StageProgress, Warned
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.subgraph import Extraction
from kernelagent.contract.verdict import Verification
from kernelagent.driver import certificate
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.cluster.cluster import cluster
from kernelagent.driver.cluster.lease import Lease, Lost
from kernelagent.driver.cluster.parcel import packed
from kernelagent.driver.far import Tell
from kernelagent.driver.project_file import project_root
from kernelagent.driver.remote.mirrored import files_for, name_of, turned_back
from kernelagent.errors import Cancelled, ClusterLost, GpuBusy, GpuNotFound

T = TypeVar("T")

WORK = "kernelagent.driver.remote.far_judging:FarJudging"
TRIES = 2
"""How often one thing is asked for whose worker, or the way to it, is lost meanwhile."""
IDLE_S = 60.0
"""So long it is kept for what may come next; then others may have it."""


@dataclass(frozen=True)
class _Said:
    event: Event


class RemoteGpu:
    """``address``: as ``--remote`` has it; ``versions``: those of PyTorch and Triton here."""

    def __init__(self, address: str, versions: dict[str, str]) -> None:
        self._address = address
        self._versions = versions
        self._turn = threading.Lock()
        self._opened = ExitStack()
        self._lease: Lease | None = None
        self._gpus = 0.0
        self._idle: threading.Timer | None = None

    def gpu(self, options: Options, cancel: CancelToken) -> dict[str, Any] | None:
        with self._its_turn(cancel, _nothing):
            about = self._about(options, cancel, _nothing)
        found = about["gpus"][0] if options.device != "cpu" and about["gpus"] else None
        return dict(found) if found is not None else None

    def verify(
        self,
        kernel: Path,
        problem: Problem,
        options: Options,
        *,
        on_event: Callable[[Event], None],
        cancel: CancelToken,
        profile: str,
    ) -> Verification:
        """The verdict, with where it was made in it."""

        def heard(said: Any) -> None:
            event = _event(said)
            if event is not None:
                on_event(event)

        def tell(message: str) -> None:
            on_event(StageProgress("verify", message, 0, 0))

        request = {"what": "verify", "profile": profile}
        value = self._asked(request, [kernel], problem, options, tell, heard, cancel)
        found = from_json(Verification, value)
        told = f"{found.summary} Judged on a remote worker."
        differing = self._differing(found.versions)
        if differing:
            on_event(Warned("VersionsDiffer", differing))
        notes = (differing,) if differing else ()
        return certificate.sealed(
            replace(found, where="remote", summary=told, not_checked=(*notes, *found.not_checked))
        )

    def measure(
        self,
        kernel: Path,
        problem: Problem,
        extraction: Extraction,
        options: Options,
        *,
        compile_mode: str | None,
        tell: Tell,
        cancel: CancelToken,
    ) -> Benchmark:
        request = {"what": "measure", "extraction": to_json(extraction), "compile_mode": compile_mode}
        found = from_json(Benchmark, self._asked(request, [kernel], problem, options, tell, _telling(tell), cancel))
        return replace(found, notes=("Timed on a remote worker.", *found.notes))

    def beside_pytorch(
        self, kernel: Path, by_pytorch: Path, problem: Problem, options: Options, *, tell: Tell, cancel: CancelToken
    ) -> Measured:
        request = {"what": "beside_pytorch", "by_pytorch": name_of(by_pytorch)}
        value = self._asked(request, [kernel, by_pytorch], problem, options, tell, _telling(tell), cancel)
        return from_json(Measured, value)

    def close(self) -> None:
        """End the worker and the connection."""
        with self._turn:
            self._keep(False)
            if self._lease is not None:
                self._lease.close()
            self._lease = None
            self._opened.close()

    def _asked(
        self,
        request: dict[str, Any],
        kernels: list[Path],
        problem: Problem,
        options: Options,
        tell: Tell,
        heard: Callable[[Any], None],
        cancel: CancelToken,
    ) -> Any:
        """The value of what was asked for, with this side's paths. ``kernels``: the file that is meant comes first."""
        files = files_for(problem) | {name_of(path): path for path in kernels}
        request |= {
            "problem": to_json(problem),
            "options": to_json(_of_there(options)),
            "kernel": name_of(kernels[0]),
            "project": name_of(project_root(Path(problem.file))),
        }
        with self._its_turn(cancel, tell):
            lost: list[str] = []
            while True:
                try:
                    self._about(options, cancel, tell)
                    assert self._lease is not None
                    value, _ = self._lease.do(request, packed(files), cancel, heard)
                    break
                except (Lost, ClusterLost) as exc:
                    lost.append(str(exc))
                    if isinstance(exc, ClusterLost):
                        self._disconnect()
                    if len(lost) == TRIES:
                        told = "; then ".join(dict.fromkeys(lost))
                        raise ClusterLost(f"The remote worker was lost {TRIES} times: {told}") from exc
                    tell(f"The remote worker was lost ({exc}): it is tried once more")
        return json.loads(turned_back(json.dumps(value["value"], ensure_ascii=False), str(value["root"])))

    def _about(self, options: Options, cancel: CancelToken, tell: Tell) -> dict[str, Any]:
        """What the worker says of its place; it is leased by need."""
        if self._lease is None:
            tell("Connecting to the remote worker")
            ray = self._opened.enter_context(cluster(self._address, cpus=1))
            self._gpus = float(ray.cluster_resources().get("GPU", 0.0))
            if options.device in ("cuda", "xpu") and not self._gpus:
                raise GpuNotFound(f"--device {options.device}: the cluster at {self._address} has no GPU.")
            wanted = 1.0 if self._gpus and options.device != "cpu" else 0.0
            self._lease = Lease(ray, WORK, {"interpreter": None}, gpus=wanted)
        limit_s = options.task_seconds
        try:
            return self._lease.open(cancel, lambda _: tell("Waiting for the remote worker to have room"), limit_s)
        except TimeoutError:
            what = "GPU" if self._gpus and options.device != "cpu" else "processor"
            raise GpuBusy(f"No {what} of the cluster became free within {limit_s:g} s.") from None

    def _disconnect(self) -> None:
        self._lease = None
        self._opened.close()
        self._opened = ExitStack()

    def _differing(self, there: dict[str, str]) -> str:
        """A sentence where PyTorch or Triton there are not those of here, as far as here has them."""
        pairs = [(name, self._versions.get(name, ""), there.get(name, "")) for name in ("torch", "triton")]
        told = [f"{name} {theirs} there and {ours} here" for name, ours, theirs in pairs if _differ(ours, theirs)]
        return f"The remote worker has {', '.join(told)}: the verdict speaks of what is there." if told else ""

    @contextmanager
    def _its_turn(self, cancel: CancelToken, tell: Tell) -> Iterator[None]:
        if not self._turn.acquire(timeout=0.1):
            tell("Waiting for the remote worker, which is at work on another kernel")
            while not self._turn.acquire(timeout=0.2):
                if cancel.cancelled:
                    raise Cancelled("cancelled")
        try:
            self._keep(False)
            yield
        finally:
            self._keep(True)
            self._turn.release()

    def _keep(self, for_a_while: bool) -> None:
        """Give the worker back in a while, unless something comes before; or not yet."""
        if self._idle is not None:
            self._idle.cancel()
        self._idle = None
        if for_a_while and self._lease is not None:
            self._idle = threading.Timer(IDLE_S, self._give_back, (self._lease,))
            self._idle.daemon = True
            self._idle.start()

    def _give_back(self, lease: Lease) -> None:
        if self._turn.acquire(blocking=False):
            try:
                lease.close()
            finally:
                self._turn.release()


def _of_there(options: Options) -> Options:
    """What is sent of the options: no place of this machine, and nothing of a provider."""
    return replace(
        options,
        interpreter=None,
        run_dir=None,
        output=None,
        env_file=None,
        relay_url=None,
        remote=None,
        provider="builtin",
        model=None,
    )


def _differ(ours: str, theirs: str) -> bool:
    known = ours not in ("", "None") and theirs not in ("", "None")
    return known and ours.partition("+")[0] != theirs.partition("+")[0]


def _event(said: Any) -> Event | None:
    try:
        return from_json(_Said, {"event": said}).event
    except ValueError:
        return None


def _telling(tell: Tell) -> Callable[[Any], None]:
    def heard(said: Any) -> None:
        if isinstance(said, dict) and isinstance(said.get("told"), str):
            tell(said["told"])

    return heard


def _nothing(message: str) -> None:
    """Nobody is told."""
