"""Fewer processors than workers are wanted: whoever is there does all of it. On a real Ray cluster; the work sleeps."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kernelagent.contract.batch import BatchSummary
from kernelagent.contract.options import Options
from kernelagent.driver.batch.batch import run_batch
from kernelagent.driver.batch.executors.ray import RayExecutor
from kernelagent.driver.batch.problems import problems
from kernelagent.driver.batch.watcher import Watcher
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.cluster import leases as leases_module
from kernelagent.driver.cluster.lease import Lease
from kernelagent.errors import BadOption, ClusterLost, GpuBusy
from ray_head import Head, another_node, kill_node

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the campaign is run from the repository's root
from tests.bench.ray_overhead import WORK, InHand, answered_once, zoo

BUILTIN = Options(provider="builtin")


@contextmanager
def others_use(ray: Any, cpus: float) -> Iterator[Lease]:
    """Somebody else has ``cpus`` of the cluster's processors."""
    lease = Lease(ray, WORK, {}, cpus=cpus)
    lease.open(CancelToken(), print, 60)
    try:
        yield lease
    finally:
        lease.close()


@contextmanager
def executor_of(ray: Any, jobs: int, *, wait_s: float = 60, tells: list[str] | None = None) -> Iterator[RayExecutor]:
    told = [] if tells is None else tells
    executor = RayExecutor(ray, None, jobs, told.append, CancelToken(), WORK, wait_s)
    try:
        yield executor
    finally:
        executor.close()


def batch(executor: RayExecutor, zoo: Path, watch: Watcher | None = None) -> BatchSummary:
    """Ended by a cancel after two minutes, where it would hang."""
    cancel = CancelToken()
    end = threading.Timer(120, cancel.cancel)
    end.start()
    try:
        return run_batch(
            problems([str(zoo)]), BUILTIN, folder=zoo.parent / "answers", executor=executor, watch=watch, cancel=cancel
        )
    finally:
        end.cancel()


def test_with_fewer_processors_than_workers_all_is_answered(
    ray: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases_module, "PATIENCE_S", 0.5)
    told: list[str] = []
    in_hand = AtATime()
    with others_use(ray, 6), executor_of(ray, 5, tells=told) as executor:
        summary = batch(executor, zoo(tmp_path / "zoo", 7, 0.7), in_hand)
    assert summary.verified == 7
    assert answered_once(tmp_path / "answers", 7) == []
    assert in_hand.most <= 2, "a problem waits for a worker, and no worker that is waited for has one"
    assert re.search(r"[12] of 5 workers do the work", " ".join(told)), told


def test_room_that_comes_later_is_used(ray: Any, tmp_path: Path) -> None:
    with others_use(ray, 8) as theirs, executor_of(ray, 2) as executor:
        threading.Timer(3, theirs.close).start()
        summary = batch(executor, zoo(tmp_path / "zoo", 3, 0.2))
    assert summary.verified == 3


def test_without_any_room_it_is_said_and_the_same_goes_on_later(
    ray: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases_module, "PATIENCE_S", 0.5)
    monkeypatch.setattr(leases_module, "TELL_S", 1.0)
    told: list[str] = []
    folder = zoo(tmp_path / "zoo", 2, 0.1)
    with others_use(ray, 8), executor_of(ray, 2, wait_s=4, tells=told) as executor:
        with pytest.raises(GpuBusy, match="No processor of the cluster became free for a worker within 4 s"):
            batch(executor, folder)
        assert len(told) > 1, "and that it is waited for meanwhile, again and again"
    with executor_of(ray, 2) as executor:
        assert batch(executor, folder).verified == 2


def test_all_processors_gone_in_the_middle_ends_the_batch(head: Head, ray: Any, tmp_path: Path) -> None:
    """Its one worker dies, and others take the place; the problem in hand is begun again by the next command."""
    folder = zoo(tmp_path / "zoo", 2, 30)
    in_hand = InHand()
    with others_use(ray, 7), executor_of(ray, 1, wait_s=4) as executor:
        executor.open_all()
        theirs = Lease(ray, WORK, {}, cpus=1)
        theirs.start()  # the next in the line
        killer = threading.Thread(target=kill_the_first, args=(in_hand,))
        killer.start()
        with pytest.raises(GpuBusy):
            batch(executor, folder, in_hand)
        killer.join()
        theirs.drop()
    assert not (tmp_path / "answers" / "results.jsonl").exists()


def test_a_machine_that_dies_leaves_its_problem_to_those_that_are_left(head: Head, ray: Any, tmp_path: Path) -> None:
    with others_use(ray, 7), another_node(head, cpus=1) as raylet:
        in_hand = InHand()
        with executor_of(ray, 2) as executor:
            executor.open_all()
            killer = threading.Thread(target=kill_when_two_are_in_hand, args=(in_hand, raylet))
            killer.start()
            summary = batch(executor, zoo(tmp_path / "zoo", 3, 4), in_hand)
            killer.join()
    assert summary.verified == 3
    assert answered_once(tmp_path / "answers", 3) == []
    assert sum(entry.retries for entry in summary.entries) == 1


def test_idle_workers_of_a_dead_machine_are_no_losses_of_a_problem(head: Head, ray: Any, tmp_path: Path) -> None:
    """Four workers of one machine are idle when it dies: one problem meets one of them, and not three."""
    with others_use(ray, 7), another_node(head, cpus=4) as raylet, executor_of(ray, 5) as executor:
        executor.open_all()
        kill_node(raylet)
        summary = batch(executor, zoo(tmp_path / "zoo", 3, 0.5))
    assert summary.verified == 3
    assert max(entry.retries for entry in summary.entries) <= 1


def test_a_worker_that_dies_at_each_start_is_told(ray: Any) -> None:
    executor = RayExecutor(ray, None, 3, print, CancelToken(), "rehearsal:NoSuchWork")
    try:
        with pytest.raises(ClusterLost, match="No worker could be started on the cluster: the worker died"):
            executor.versions()
    finally:
        executor.close()


def test_what_is_lacking_there_ends_the_batch_at_once(ray: Any) -> None:
    executor = RayExecutor(ray, "refuse", 3, print, CancelToken(), WORK)
    try:
        with pytest.raises(BadOption, match="no such interpreter"):
            executor.versions()
    finally:
        executor.close()


class AtATime(Watcher):
    """How many problems were in hand at once, at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now = self.most = 0

    def begun(self, target: str) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)

    def left(self, target: str) -> None:
        with self._lock:
            self._now -= 1


def kill_the_first(in_hand: InHand) -> None:
    deadline = time.monotonic() + 60
    while not in_hand.pids and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(next(iter(in_hand.pids.values())), signal.SIGKILL)


def kill_when_two_are_in_hand(in_hand: InHand, raylet: int) -> None:
    deadline = time.monotonic() + 60
    while len(in_hand.pids) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    kill_node(raylet)
