"""Problems worked at on a Ray cluster, each in a worker of its own with warm processes of its own.

A worker gets the files of a problem and gives back those of its run; the batch's folder, its journal and all that is
decided by it stay here. What runs there is the whole of ``answering.py`` with the built-in synthesizer.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kernelagent.contract.batch import BatchEntry
from kernelagent.contract.codec import from_json, read_json, to_json, write_json
from kernelagent.contract.events import Event
from kernelagent.contract.options import Options
from kernelagent.contract.result import Cost, Result
from kernelagent.driver import certificate
from kernelagent.driver.batch.answering import Done, entry_of
from kernelagent.driver.batch.family import ELSEWHERE
from kernelagent.driver.batch.standing import kernel_sha256
from kernelagent.driver.batch.task import Task, key_file
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.cluster.cluster import cluster, is_started_here
from kernelagent.driver.cluster.lease import Lease, Lost
from kernelagent.driver.cluster.leases import Leases
from kernelagent.driver.cluster.parcel import packed
from kernelagent.driver.cluster.returned import place, turned
from kernelagent.driver.cluster.sources import sources_of
from kernelagent.driver.outcome import failed_result
from kernelagent.driver.run_directory import RunDirectory, create_run_directory, disk_error
from kernelagent.errors import BadOption, Cancelled, ClusterLost, KernelAgentError, StillGoing

WORK = "kernelagent.driver.batch.executors.far_answering:FarAnswering"
BEGUN_AT_MOST = 3
"""How often a problem is begun whose worker or machine is lost."""
WAIT_S = 300.0
"""So long a batch waits while there is no worker at all."""


@dataclass(frozen=True)
class _Said:
    event: Event


class RayExecutor:
    """Opened by :func:`ray_executor`."""

    def __init__(
        self,
        ray: Any,
        interpreter: str | None,
        jobs: int,
        tell_wait: Callable[[str], None],
        cancel: CancelToken,
        work: str = WORK,
        wait_s: float = WAIT_S,
    ) -> None:
        self.jobs = jobs
        self.cost = Cost()
        """No model is asked there: keys stay here."""
        self._cancel = cancel
        listen_s = max(1.0, jobs / 16)  # so that listening to many takes no more than to a few
        setup = {"interpreter": interpreter}
        leases = [Lease(ray, work, setup, listen_s=listen_s, to_the_end=False) for _ in range(jobs)]
        self._leases = Leases(ray, leases, tell_wait, wait_s)

    def versions(self) -> Mapping[str, str]:
        """Raises what :meth:`room` does."""
        self._await(1)
        lease = self._leases.take(self._cancel, asked_first=False)
        self._leases.give(lease)
        return {name: str(lease.about[name]) for name in ("python", "torch", "triton")}

    def room(self, wanted: int) -> int:
        return self._leases.room(wanted)

    def open_all(self) -> None:
        """Start every worker now, and not when its first problem comes."""
        self._await(self.jobs)

    def _await(self, workers: int) -> None:
        while self.room(workers) < workers:
            self._cancel.raise_if_cancelled()
            self._cancel.wait(0.1)

    def answer(self, task: Task, cancel: CancelToken, on_event: Callable[[Event], None]) -> Done:
        began = time.monotonic()
        try:
            folder, lock = create_run_directory(
                task.target.file, task.target.class_name or "", task.options.run_dir, goes_on=False
            )
        except KernelAgentError as exc:
            done = self._without_a_run(task, exc, began)
            return replace(done, met_another=exc.message) if isinstance(exc, StillGoing) else done
        try:
            return self._answered(task, folder, cancel, on_event, began)
        finally:
            lock.release()

    def close(self) -> None:
        self._leases.close()

    def _answered(
        self, task: Task, folder: RunDirectory, cancel: CancelToken, on_event: Callable[[Event], None], began: float
    ) -> Done:
        losses: list[str] = []
        try:
            request, root, parcel = _request(task)
            while True:
                cancel.raise_if_cancelled()
                lease = self._leases.take(cancel, asked_first=bool(losses))
                try:
                    value, files = lease.do(request, parcel, cancel, lambda said: _tell(said, on_event))
                except Lost as exc:
                    losses.append(str(exc))
                    if len(losses) == BEGUN_AT_MOST:
                        lost = ClusterLost(f"It was begun {BEGUN_AT_MOST} times; each time {_each(losses)}.")
                        done = self._without_a_run(task, lost, began)
                        return Done(replace(done.entry, retries=len(losses) - 1))
                else:
                    return Done(replace(_placed(task, folder, root, value, files), retries=len(losses)))
                finally:
                    self._leases.give(lease)
        except KernelAgentError as exc:
            return self._without_a_run(task, exc, began)
        except OSError as exc:
            return self._without_a_run(task, disk_error(exc, folder.path, "--folder"), began)

    def _without_a_run(self, task: Task, exc: KernelAgentError, began: float) -> Done:
        result = replace(failed_result(task.target, exc), elapsed_s=time.monotonic() - began)
        entry = entry_of(task, result, Path(task.options.run_dir or ""), {})
        return Done(replace(entry, family=ELSEWHERE) if isinstance(exc, (StillGoing, Cancelled)) else entry)


@contextmanager
def ray_executor(
    address: str | None,
    interpreter: str | None,
    jobs: int | None,
    *,
    local: str,
    tell_wait: Callable[[str], None],
    cancel: CancelToken,
    wait_s: float = WAIT_S,
) -> Iterator[RayExecutor]:
    """``address`` as :func:`cluster` has it; ``interpreter``: the Python there, ``local`` where the cluster is started
    here. ``jobs``: ``None`` for as many as the cluster has processors; fewer are at work where it has no room for them.
    Nothing that it has started is left."""
    with cluster(address, cpus=jobs or _cpus()) as ray:
        is_ours = is_started_here(address)
        most = jobs or max(1, int(ray.cluster_resources().get("CPU", 1)))
        python = interpreter or (local if is_ours else None)
        executor = RayExecutor(ray, python, most, tell_wait, cancel, wait_s=wait_s)
        try:
            yield executor
        finally:
            executor.close()


def require_built_in(options: Options) -> Options:
    """``options`` for a run on a cluster. Raises ``BadOption`` where a model is asked for."""
    if options.provider not in ("auto", "builtin"):
        raise BadOption(
            f"--executor ray and --provider {options.provider} do not go together: keys and what models are told stay "
            "on this machine.",
            hint="Use --executor local, or --provider builtin.",
        )
    return replace(options, provider="builtin", env_file=None, relay_url=None)


def _cpus() -> int:
    return min(8, os.cpu_count() or 1)


def _request(task: Task) -> tuple[dict[str, Any], Path, bytes]:
    target = task.target
    options = replace(task.options, run_dir=None, output=None, interpreter=None)
    request = {
        "file": "",
        "package": task.package,
        "class_name": target.class_name,
        "options": to_json(options),
        "key": task.key,
        "inputs_belong": task.inputs_belong,
    }
    if task.package:
        return request, target.file.absolute().parent, packed({})
    root, files = sources_of(target.file)
    request["file"] = target.file.absolute().relative_to(root).as_posix()
    return request, root, packed(files)


def _placed(task: Task, folder: RunDirectory, root: Path, value: Any, files: bytes) -> BatchEntry:
    """What came back, as if it had been computed here. Raises ``ClusterLost`` for what cannot be read."""
    try:
        there = {name: str(value[name]) for name in ("project", "run_dir", "file")}
        here = str(task.target.file.absolute())
        paths = {there["file"]: here, there["run_dir"]: str(folder.path.absolute()), there["project"]: str(root)}
        entry = from_json(BatchEntry, value["entry"])
        place(files, folder.path, paths)
        _sealed_anew(folder)
    except (ValueError, KeyError, TypeError) as exc:
        raise ClusterLost(f"What came back from the cluster cannot be read: {exc}") from exc
    key_file(folder.path.parent, task.target).write_text(task.key, encoding="ascii")
    return replace(
        entry,
        target=str(task.target),
        key=task.key,
        author=task.author,
        reason=turned(entry.reason, paths),
        run_dir=folder.path.name,
        kernel_sha256=kernel_sha256(folder.path) if entry.kernel_sha256 else "",
        cost=Cost(),
        seal="",
    )


def _sealed_anew(folder: RunDirectory) -> None:
    """The verdict's digest speaks of the paths in it."""
    if not folder.result.is_file():
        return
    result = read_json(folder.result, Result)
    if result.verification is not None:
        write_json(folder.result, replace(result, verification=certificate.sealed(result.verification)))


def _tell(said: Any, on_event: Callable[[Event], None]) -> None:
    try:
        event = from_json(_Said, {"event": said}).event
    except ValueError:
        return
    on_event(event)


def _each(losses: list[str]) -> str:
    return "; ".join(dict.fromkeys(losses))
