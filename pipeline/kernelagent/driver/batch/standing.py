"""Whether an answer that a batch has kept still holds, and what a new one is to be kept with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from kernelagent.contract.batch import BatchEntry
from kernelagent.contract.codec import read_json
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.result import Result
from kernelagent.driver.agents.author import open_author
from kernelagent.driver.dependencies import Files, deciding, digest, files_of
from kernelagent.driver.run_directory import RunDirectory
from kernelagent.driver.stages import load
from kernelagent.driver.target import Target
from kernelagent.errors import CATALOGUE, InternalError, KernelAgentError


def key_of(target: Target, options: Options, versions: Mapping[str, str]) -> str:
    """Digest of what is known of an answer before anything runs; of a file that cannot be read, what is said of it."""
    try:
        problem = load.read(target, options).problem
    except KernelAgentError as exc:
        told = f"{exc.code} {exc.message} {options.inputs} {options.init} {sorted(versions.items())}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]
    return digest(problem, versions, str(target), deciding(options))[:16]


def author_of(target: Target, options: Options) -> str:
    """Whom the run of ``target`` could ask, as one line; or why nobody."""
    try:
        author = open_author(target.file, options)
    except KernelAgentError as exc:
        return exc.code
    return f"{author.provider.name}/{author.model.name} {author.provider.destination}" if author is not None else ""


def is_answer(result: Result) -> bool:
    """It tells of the module, and not of the network, a key, a budget or this machine."""
    return result.error is None or CATALOGUE.get(result.error.code, InternalError).of_module


def files_read(result: Result, run_dir: Path) -> Files:
    """What the module has imported and read, as far as it came."""
    folder = RunDirectory(run_dir)
    captured = _told(folder.problem) or _told(folder.read) or Files()
    return captured | files_of(result.verification) if result.verification is not None else captured


def _told(file: Path) -> Files | None:
    try:
        return files_of(read_json(file, Problem))
    except (OSError, ValueError):
        return None


def kernel_sha256(run_dir: Path) -> str:
    try:
        return hashlib.sha256(RunDirectory(run_dir).composed_kernel.read_bytes()).hexdigest()
    except OSError:
        return ""


def holds(entry: BatchEntry, target: Target, key: str, author: str, folder: Path, *, retry: bool) -> bool:
    """Nothing has changed since that the answer hangs on, and its kernel is the file that was judged."""
    good = entry.status in ("verified", "unverified")
    if entry.key != key or not entry.is_answer or (retry and not good):
        return False
    if good and (not entry.kernel_sha256 or kernel_sha256(folder / entry.run_dir) != entry.kernel_sha256):
        return False
    if not good and entry.author != author:
        return False
    return not Files(entry.imports, entry.data, entry.packages).changed(target.file)
