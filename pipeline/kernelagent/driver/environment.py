"""The environment that worker processes get: an allow-list, so that no secret of the user's shell reaches the code
that they run."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

_NAMES = frozenset(
    (
        *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "SHELL"),
        *("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
        *("XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "CC", "CXX", "SYSTEMROOT", "WINDIR", "COMSPEC", "PATHEXT"),
        *("APPDATA", "LOCALAPPDATA", "USERPROFILE", "PROGRAMFILES", "PROGRAMDATA"),
    )
)
_PREFIXES = (
    "LC_",
    "CUDA_",
    "NVIDIA_",
    "HIP_",
    "ROCM_",
    "ROCR_",
    "HSA_",
    "TRITON_",
    "TORCH_",
    "TORCHINDUCTOR_",
    "PYTORCH_",
)
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL", re.IGNORECASE)
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(32 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}
"""For glibc: arrays of a few megabytes come from memory that the process has. By default each is asked of the kernel
and given back, which takes longer than what is computed on it."""


def worker_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The part of ``environ`` (default: this process's) that a worker may see."""
    given = os.environ if environ is None else environ
    kept = {
        name: value
        for name, value in given.items()
        if (name.upper() in _NAMES or name.upper().startswith(_PREFIXES)) and not _SECRET.search(name)
    }
    kept.pop("TRITON_INTERPRET", None)  # the worker's flavor decides
    kept.update(dict.fromkeys(_ONE_THREAD, "1"))
    kept.update(_MEMORY)
    return kept
