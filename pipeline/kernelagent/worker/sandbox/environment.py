"""The environment variables that a candidate sees: a short list, nothing else."""

from __future__ import annotations

import os
import tempfile

from kernelagent.worker.sandbox.policy import Policy

ALLOWED = frozenset(
    {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "PYTHONHASHSEED", "TRITON_INTERPRET"}
    | {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "CUDA_HOME", "CC"}
    | {"HOME", "TMPDIR", "TRITON_CACHE_DIR", "TRITON_HOME", "CUDA_CACHE_PATH", "XDG_CACHE_HOME"}
)


def scrub(policy: Policy) -> None:
    for name in list(os.environ):
        if name not in ALLOWED:
            del os.environ[name]
    for name in ("HOME", "TMPDIR", "TRITON_HOME", "XDG_CACHE_HOME"):
        os.environ[name] = policy.scratch
    tempfile.tempdir = None  # it has asked for TMPDIR once, in the process that this one was forked from
    os.environ["TRITON_CACHE_DIR"] = os.path.join(policy.scratch, "triton")
    os.environ["CUDA_CACHE_PATH"] = os.path.join(policy.scratch, "cuda")


def is_clean() -> bool:
    return set(os.environ) <= ALLOWED
