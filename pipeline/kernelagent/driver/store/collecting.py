"""Runs that can go, and their going. Never one that is going on, and never one that the project still points to."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kernelagent.driver.run_directory import SESSION, RunDirectory
from kernelagent.driver.run_lock import RunLock, is_going
from kernelagent.driver.store.pointed_at import PointedAt, digest_of
from kernelagent.driver.store.run_row import RunRow
from kernelagent.driver.store.run_store import RunStore, Wanted
from kernelagent.errors import StillGoing

GONE = ".gone-"
"""How the names of directories begin that are being removed; what a kill left of one goes the next time."""
JUST_BEGUN_S = 600.0
"""A run without a result that is younger may not have come to its lock."""


@dataclass(frozen=True)
class Rule:
    """A run goes if all of these say so."""

    keep: int = 0
    """The newest of each target that stay."""
    older_than_s: float = 0.0
    failed_only: bool = False
    """Only what ended without a kernel: failed, cancelled, interrupted, unreadable."""


@dataclass(frozen=True)
class Doomed:
    name: str
    target: str
    state: str
    bytes: int


@dataclass(frozen=True)
class Spared:
    """One that the rule would let go, and why it stays."""

    name: str
    target: str
    why: Literal["it is going on", "the project uses its kernel", "its class has a kernel in the project"]


@dataclass(frozen=True)
class Plan:
    doomed: tuple[Doomed, ...]
    spared: tuple[Spared, ...]
    runs: int
    """Of the folder, all in all."""

    @property
    def bytes(self) -> int:
        return sum(one.bytes for one in self.doomed)


def plan(store: RunStore, rule: Rule, used: PointedAt) -> Plan:
    """What would go. Reads the disk, changes nothing."""
    doomed: list[Doomed] = []
    spared: list[Spared] = []
    of_target: Counter[str] = Counter()
    classes = set(used.classes)
    runs = 0
    for row in store.newest(Wanted()):
        runs += 1
        # targets are as they were typed, in whatever folder
        target = f"{row.file}::{row.class_name}" if row.file else row.target or row.name
        of_target[target] += 1
        of_class = (os.path.basename(row.file), row.class_name)
        newest_of_used = row.state == "verified" and of_class in classes
        classes -= {of_class} if newest_of_used else set()
        if of_target[target] <= rule.keep or not _goes(row, rule):
            continue
        path = store.runs / row.name
        if is_going(path) or (row.state == "begun" and time.time() - row.mtime_ns / 1e9 < JUST_BEGUN_S):
            spared.append(Spared(row.name, row.target, "it is going on"))
        elif _is_used(path, used):
            spared.append(Spared(row.name, row.target, "the project uses its kernel"))
        elif newest_of_used:
            spared.append(Spared(row.name, row.target, "its class has a kernel in the project"))
        else:
            doomed.append(Doomed(row.name, row.target, row.state, size_of(path)))
    return Plan(tuple(doomed), tuple(spared), runs)


def remove(store: RunStore, doomed: tuple[Doomed, ...]) -> tuple[list[str], list[str]]:
    """Names of those that are gone, and a sentence for each that is not. Each goes out of the way first, in one step:
    nobody ever sees half a run."""
    gone: list[str] = []
    left: list[str] = []
    for one in doomed:
        path, aside = store.runs / one.name, store.runs / f"{GONE}{secrets.token_hex(6)}"
        try:
            lock = RunLock(path)
        except StillGoing:
            left.append(f"{one.name} stays: it is going on again.")
            continue
        except FileNotFoundError:
            continue  # another process was faster
        except OSError as exc:
            left.append(f"{one.name} stays: {exc.strerror or exc}.")
            continue
        if os.name == "nt":
            lock.release()  # there a directory with an open file in it stays where it is
        try:
            path.rename(aside)
            gone.append(one.name)
            shutil.rmtree(aside)
        except OSError as exc:
            left.append(f"{one.name} could not be removed: {exc.strerror or exc}.")
        finally:
            lock.release()
    store.take(gone)
    return gone, left


def sweep(runs: Path) -> None:
    """Remove what an earlier removal left, when it was killed."""
    for path in runs.glob(f"{GONE}*"):
        if path.is_dir() and not path.is_symlink() and not is_going(path):
            shutil.rmtree(path, ignore_errors=True)


def size_of(folder: Path) -> int:
    """Bytes of all files in it."""
    total = 0
    for inside, _, files in os.walk(folder):
        for name in files:
            try:
                total += os.lstat(os.path.join(inside, name)).st_size
            except OSError:
                continue
    return total


def _goes(row: RunRow, rule: Rule) -> bool:
    if rule.failed_only and row.state in ("verified", "unverified"):
        return False
    return time.time() - row.mtime_ns / 1e9 >= rule.older_than_s


def _is_used(path: Path, used: PointedAt) -> bool:
    folder = RunDirectory(path / "run" if (path / SESSION).is_file() else path)
    for kernel in (folder.composed_kernel, path / "final_kernel.py"):
        try:
            content = kernel.read_bytes()
        except OSError:
            continue
        if {digest_of(content), hashlib.sha256(content).hexdigest()} & used.kernels:
            return True
    return False
