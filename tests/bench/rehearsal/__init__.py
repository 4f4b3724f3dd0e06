"""A piece of work for a cluster's worker that sleeps where a verdict would be: it imports neither torch nor Triton."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.cluster.parcel import packed
from kernelagent.errors import BadOption, Cancelled

KERNEL = packed({"compose_out/composed_kernel.py": Path(__file__)})
"""An answer holds as long as its kernel is there, so there is one: this file."""


class Sleeping:
    """A target is ``<anything>_<seconds>.py``."""

    def __init__(self, setup: dict[str, Any]) -> None:
        if setup.get("interpreter") == "refuse":
            raise BadOption("there is no such interpreter")

    def about(self) -> dict[str, Any]:
        return {"python": "3", "torch": "none", "triton": "none"}

    def do(self, request: Any, parcel: bytes, say: Callable[[Any], None], cancel: CancelToken) -> tuple[Any, bytes]:
        name = str(request["file"])
        seconds = float(name.rpartition("_")[2].removesuffix(".py"))
        say({"kind": "stage_started", "stage": "verify", "message": f"in process {os.getpid()}"})
        if cancel.wait(seconds):
            raise Cancelled("cancelled")
        entry = {
            **{"target": name, "status": "verified", "family": "sleep", "reason": "", "elapsed_s": seconds},
            **{"stages": {}, "kernels": 1, "run_dir": "there", "key": "", "kernel_sha256": "-"},
        }
        return {"entry": entry, "project": "/there", "run_dir": "/there/run", "file": f"/there/{name}"}, KERNEL

    def close(self) -> None:
        """There is nothing to end."""
