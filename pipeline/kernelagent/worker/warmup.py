"""What a worker pays for once: imports, the first export, the first interpreted launch. Every child inherits it."""

from __future__ import annotations

import contextlib
import sys
from importlib import import_module
from typing import Any

from kernelagent.errors import TorchMissing, TritonMissing
from kernelagent.worker import tasks


def import_heavy_modules(flavor: str) -> dict[str, str]:
    """Import torch, NumPy and Triton; return their versions. A missing Triton is left to the task that needs it."""
    try:
        import torch
    except ImportError as exc:
        raise TorchMissing(f"{sys.executable} cannot import torch: {exc}") from exc
    torch.set_num_threads(1)  # OpenMP's threads would not survive a fork
    _no_monitor_thread()
    versions = {"python": sys.version.split()[0], "torch": torch.__version__}
    for name in ("numpy", "triton"):
        try:
            versions[name] = str(import_module(name).__version__)
        except ImportError as exc:
            print(f"worker: {name} cannot be imported: {exc}", file=sys.stderr)
    if flavor == "compile" and "triton" in versions:
        import_module("triton.compiler")
    return versions


def _no_monitor_thread() -> None:
    """Keep tqdm, which torch's graph interpreter makes bars with where it is installed, from starting its thread."""
    with contextlib.suppress(ImportError):
        import_module("tqdm").tqdm.monitor_interval = 0


def require_triton() -> None:
    """Raise ``TritonMissing`` where Triton cannot be imported."""
    try:
        import_module("triton")
    except ImportError as exc:
        raise TritonMissing(f"{sys.executable} cannot import triton: {exc}") from exc


def import_tasks() -> None:
    """Import every task once. One that cannot be imported fails when it is asked for, with the reason."""
    for name in tasks.TASKS:
        try:
            tasks.find(name)
        except Exception as exc:  # noqa: BLE001  whatever an import may raise
            print(f"worker: task {name} cannot be imported: {type(exc).__name__}: {exc}", file=sys.stderr)


def warm_export() -> None:
    """Export a tiny module: the first ``torch.export`` of a process takes seconds, later ones milliseconds."""
    import torch

    class Tiny(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = torch.nn.Linear(4, 4)

        def forward(self, x: Any) -> Any:
            return torch.nn.functional.gelu(self.linear(x)).softmax(-1)

    state = torch.random.get_rng_state()
    sizes = {0: torch.export.Dim.AUTO}
    program = torch.export.export(Tiny(), (torch.ones(2, 4),), dynamic_shapes=(sizes,), strict=False)
    program.run_decompositions({})
    torch.random.set_rng_state(state)
