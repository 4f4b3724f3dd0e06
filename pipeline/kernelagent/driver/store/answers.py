"""What a verified run has answered: ``answer.json`` in its directory, with all that the answer hangs on, sealed by the
user whose run it was. A directory that came with a repository answers nothing."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kernelagent.contract.codec import from_json, parse_json, read_json, to_json, write_json
from kernelagent.contract.options import Options
from kernelagent.contract.problem import DataFile, ImportedFile, InstalledPackage, Problem
from kernelagent.contract.result import Result
from kernelagent.driver.dependencies import Files, deciding, digest, files_of
from kernelagent.driver.own_seal import is_ours, seal
from kernelagent.driver.run_directory import ANSWER, RunDirectory
from kernelagent.driver.store.machine import environment_of, machine_of

VERSION = 1


@dataclass(frozen=True)
class Answer:
    key: str
    """Of the request."""
    run_id: str
    """Of the run that made and judged the kernel."""
    files: dict[str, str]
    """SHA-256 of what is given again, by path in the run directory; ``result.json`` among them."""
    imports: tuple[ImportedFile, ...] = ()
    data: tuple[DataFile, ...] = ()
    packages: tuple[InstalledPackage, ...] = ()
    seal: str = ""


def may_recall(options: Options) -> bool:
    """A request of this kind has the same answer each time. One that looks for something better, that stops before
    the end or that tries some cases alone has none that could be given again; nor has one that another machine answers,
    of which nothing is known before it is asked."""
    if options.remote is not None:
        return False
    whole = options.until == "end" and options.verify and not options.cases
    return whole and not options.optimize and options.provider != "scripted"


def key_of(problem: Problem, versions: Mapping[str, str | None], options: Options, author: str, python: str) -> str:
    """Of the request, or empty where this machine can't be told from others. ``problem`` as its text says it;
    ``author`` names the model where one was asked for by name; ``python`` is the path of the interpreter."""
    machine = machine_of(options)
    if machine is None:
        return ""
    known = {name: str(versions.get(name)) for name in ("python", "torch", "triton")}
    given = {**deciding(options), "interpreter": python}
    besides = ("answer", VERSION, own_text(), given, author, machine, environment_of(), problem.by_model)
    return digest(problem, known, *besides)


def keep(folder: RunDirectory, result: Result, key: str, run_id: str) -> None:
    """Write down that ``result``, which lies in ``folder``, answers the request ``key``. A disk that refuses only makes
    the next one do it again."""
    verification = result.verification
    if not key or result.status != "verified" or verification is None or verification.partial:
        return
    files = files_of(verification)
    with contextlib.suppress(OSError, ValueError):
        files = files_of(read_json(folder.problem, Problem)) | files
        if not files.is_known:
            return  # read, and never hashed: whether it has changed can't be told
        given = {name: _sha256(folder.path / name) for name in _given(folder) if (folder.path / name).is_file()}
        answer = Answer(key, run_id, given, files.imports, files.data, files.packages)
        write_json(folder.path / ANSWER, replace(answer, seal=seal(_unsealed(answer))))


def read(folder: RunDirectory) -> Answer | None:
    """The answer in ``folder``, if this user sealed it and every file of it is there as it was then."""
    try:
        path = folder.path / ANSWER
        if not stat.S_ISREG(os.lstat(path).st_mode) or folder.path.is_symlink():
            return None
        answer = from_json(Answer, parse_json(path.read_bytes()))
        ours = is_ours(_unsealed(answer), answer.seal)
        if not ours or not set(answer.files) <= set(_given(folder)) or "result.json" not in answer.files:
            return None
        whole = all(_sha256(folder.path / name) == expected for name, expected in answer.files.items())
    except (OSError, ValueError):
        return None
    return answer if whole else None


def holds(answer: Answer, source: Path) -> bool:
    """What the module in ``source`` imports and reads is as it was."""
    return not Files(answer.imports, answer.data, answer.packages).changed(source)


@functools.cache
def own_text() -> str:
    """Of this program itself: another judge may come to another verdict, whatever its version is called."""
    folder = Path(__file__).parents[2]
    found = hashlib.sha256()
    for file in sorted(folder.rglob("*.py")):
        with contextlib.suppress(OSError):  # an editor's own, for a moment
            found.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()


def _given(folder: RunDirectory) -> tuple[str, ...]:
    """What a run is given that is answered by another."""
    whole = (folder.problem, folder.graph, folder.route, folder.subgraphs, folder.compute, folder.fused, folder.result)
    more = (folder.kernels_summary, folder.composed_kernel, folder.compose_summary)
    return tuple(folder.relative(path) for path in (*whole, *more))


def _sha256(path: Path) -> str:
    """Raises ``OSError``, also for what is no plain file."""
    if not stat.S_ISREG(os.lstat(path).st_mode):
        raise OSError(f"{path} is no plain file")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _unsealed(answer: Answer) -> str:
    return "answer " + json.dumps(to_json(replace(answer, seal="")), sort_keys=True)
