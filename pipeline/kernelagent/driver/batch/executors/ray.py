"""Problems worked at on a Ray cluster, each in a worker of its own with warm processes of its own.

A worker gets the files of a problem and gives back those of its run; the batch's folder, its journal and all that is
decided by it stay here. What runs there is the whole of ``answering.py`` with the built-in synthesizer.
"""

from __future__ import annotations

import os
import queue
import threading
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
from kernelagent.driver.cluster.parcel import packed
from kernelagent.driver.cluster.returned import place, turned
from kernelagent.driver.cluster.sources import sources_of
from kernelagent.driver.outcome import failed_result
from kernelagent.driver.run_directory import RunDirectory, create_run_directory, disk_error
from kernelagent.errors import BadOption, Cancelled, ClusterLost, KernelAgentError, StillGoing

WORK = "kernelagent.driver.batch.executors.far_answering:FarAnswering"
BEGUN_AT_MOST = 3
"""How often a problem is begun whose worker or machine is lost."""


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
    ) -> None:
        self.jobs = jobs
        self.cost = Cost()
        """No model is asked there: keys stay here."""
        self._tell, self._cancel = tell_wait, cancel
        self._told = threading.Lock()
        """Taken for good by the one that tells of waiting."""
        self._leases: queue.LifoQueue[Lease] = queue.LifoQueue()
        listen_s = max(1.0, jobs / 16)  # so that listening to many takes no more than to a few
        self._all = [
            Lease(ray, work, {"interpreter": interpreter}, listen_s=listen_s, to_the_end=False) for _ in range(jobs)
        ]
        for lease in reversed(self._all):
            self._leases.put(lease)

    def versions(self) -> Mapping[str, str]:
        """Raises what is lacking there, and ``ClusterLost``."""
        lease = self._leases.get()
        try:
            about = lease.open(self._cancel, self._tell_wait)
            return {name: str(about[name]) for name in ("python", "torch", "triton")}
        except Lost as exc:
            raise ClusterLost(f"No worker could be started on the cluster: {exc}.") from exc
        finally:
            self._leases.put(lease)

    def _tell_wait(self, text: str) -> None:
        if self._told.acquire(blocking=False):
            self._tell(text)

    def open_all(self) -> None:
        """Start every worker now, and not when its first problem comes."""
        threads = [threading.Thread(target=lease.open, args=(self._cancel, self._tell_wait)) for lease in self._all]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

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
        threads = [threading.Thread(target=lease.close) for lease in self._all]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _answered(
        self, task: Task, folder: RunDirectory, cancel: CancelToken, on_event: Callable[[Event], None], began: float
    ) -> Done:
        losses: list[str] = []
        lease = self._leases.get()
        try:
            request, root, parcel = _request(task)
            while True:
                try:
                    cancel.raise_if_cancelled()
                    lease.open(cancel, self._tell_wait)
                    value, files = lease.do(request, parcel, cancel, lambda said: _tell(said, on_event))
                    return Done(replace(_placed(task, folder, root, value, files), retries=len(losses)))
                except Lost as exc:
                    losses.append(str(exc))
                    if len(losses) == BEGUN_AT_MOST:
                        lost = ClusterLost(f"It was begun {BEGUN_AT_MOST} times; each time {_each(losses)}.")
                        done = self._without_a_run(task, lost, began)
                        return Done(replace(done.entry, retries=len(losses) - 1))
        except KernelAgentError as exc:
            return self._without_a_run(task, exc, began)
        except OSError as exc:
            return self._without_a_run(task, disk_error(exc, folder.path, "--folder"), began)
        finally:
            self._leases.put(lease)

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
) -> Iterator[RayExecutor]:
    """``address`` as :func:`cluster` has it; ``interpreter``: the Python there, ``local`` where the cluster is started
    here. ``jobs``: ``None`` for as many as the cluster has processors. Nothing that it has started is left."""
    with cluster(address, cpus=jobs or _cpus()) as ray:
        is_ours = is_started_here(address)
        room = jobs or max(1, int(ray.cluster_resources().get("CPU", 1)))
        executor = RayExecutor(ray, interpreter or (local if is_ours else None), room, tell_wait, cancel)
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
