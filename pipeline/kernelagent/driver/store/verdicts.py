"""Verdicts of ``kernelagent verify`` that are given again: the same kernel, byte for byte, against the same module.

    kernel, module ─▶ key ─▶ .fuse/verdicts/KEY.json ─▶ sealed by this user? does its certificate hold?
                   ─▶ the old verdict, which says when it was come to

Only passes are kept: a failure may have been a limit of time, and who sees one mends something and asks anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path

from kernelagent.contract.codec import dumps, read_json, to_json
from kernelagent.contract.options import Options
from kernelagent.contract.verdict import Verification
from kernelagent.driver import certificate
from kernelagent.driver.dependencies import files_of
from kernelagent.driver.interpreter import find_interpreter, probe
from kernelagent.driver.own_seal import is_ours, seal
from kernelagent.driver.project_file import project_root
from kernelagent.driver.run_directory import RUNS_FOLDER, runs_folder
from kernelagent.driver.stages import load
from kernelagent.driver.store import answers
from kernelagent.driver.store.kept_files import put
from kernelagent.driver.target import Target
from kernelagent.errors import KernelAgentError

FOLDER = "verdicts"
MOST = 400
"""That are kept; the ones that were written first go first."""


@dataclass(frozen=True)
class _Kept:
    key: str
    at: str
    """Local time, ``2026-11-29 10:15:04``."""
    verification: Verification
    seal: str = ""


def recalled(kernel: Path, target: Target, options: Options) -> Verification | None:
    """The verdict on the same request, with ``cached``; ``None`` where there is none that holds, or a new one is asked
    for. No worker is started."""
    if options.fresh or not _may_be_kept(options):
        return None
    try:
        key = _key(kernel, target, options)
        kept = read_json(project_root(target.file) / RUNS_FOLDER / FOLDER / f"{key}.json", _Kept)
        bound = certificate.Certificate(kept.verification, kernel, target)
        python = probe(*find_interpreter(target.file, options.interpreter))
        stands = certificate.standing(bound, python, kept.verification.device, {}).holds
        if not stands or kept.key != key or not is_ours(_unsealed(kept), kept.seal):
            return None
        if files_of(kept.verification).changed(target.file):
            return None
    except (KernelAgentError, OSError, ValueError):
        return None  # judging meets it, and tells
    return certificate.sealed(replace(kept.verification, cached=kept.at))


def keep(kernel: Path, target: Target, options: Options, verification: Verification) -> None:
    """Write down that ``verification`` answers the request. A disk that refuses only makes the next one judge again."""
    passed = verification.verdict == "pass" and not verification.partial and files_of(verification).is_known
    if not passed or not _may_be_kept(options):
        return
    with contextlib.suppress(KernelAgentError, OSError, ValueError):
        key = _key(kernel, target, options)
        kept = _Kept(key, time.strftime("%Y-%m-%d %H:%M:%S"), verification)
        file = runs_folder(target.file) / FOLDER / f"{key}.json"
        put(file, dumps(replace(kept, seal=seal(_unsealed(kept)))), MOST)


def _may_be_kept(options: Options) -> bool:
    return options.remote is None and not options.cases and not options.sanitize


def _key(kernel: Path, target: Target, options: Options) -> str:
    """Raises ``OSError`` and what reading a target raises, and ``ValueError`` where the machine can't be told from
    others."""
    python = probe(*find_interpreter(target.file, options.interpreter))
    digest = hashlib.sha256(kernel.read_bytes()).hexdigest()
    problem = load.read(target, options).problem
    key = answers.key_of(problem, vars(python), options, f"verify {digest}", python.path)
    if not key:
        raise ValueError("it can't be told which GPUs are here")
    return key


def _unsealed(kept: _Kept) -> str:
    return "verdict " + json.dumps(to_json(replace(kept, seal="")), sort_keys=True)
