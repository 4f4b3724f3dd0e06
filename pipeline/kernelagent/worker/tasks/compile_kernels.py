"""Compile every launched kernel for every wanted architecture, where Triton's compiler is, not its interpreter."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.worker import sandbox
from kernelagent.worker.aot.compile_one import Compilation
from kernelagent.worker.aot.standing_gpu import USUAL, on_a_gpu
from kernelagent.worker.aot.targets import architecture
from kernelagent.worker.judge import entry_points

AT_ONCE = max(1, min(2, os.cpu_count() or 1))


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """``{kernel, launches, arch, scratch, policy, limit_s, further_s}`` → ``{compiled, unknown, left, sandbox}``.

    Launches that are marked as ``further`` come last, and only while they have not taken ``further_s`` seconds for each
    architecture; ``left``: ``{kernel, arch}`` of each that was not compiled. The file is imported in the sandbox too:
    its top level may run anything.
    """
    layers = sandbox.enter(args["policy"])
    scratch = Path(args["scratch"])
    known = {arch: architecture(arch) for arch in args["arch"]}
    unknown = [arch for arch, target in known.items() if target is None]
    try:
        with on_a_gpu(next(iter(args["arch"]), USUAL)):
            namespace = entry_points.load_file(Path(args["kernel"]).resolve())
    except BaseException as exc:  # noqa: BLE001  the file may raise anything, also SystemExit
        return {
            "error": f"importing the file: {type(exc).__name__}: {exc}",
            "compiled": [],
            "left": [],
            "unknown": unknown,
            "sandbox": layers,
        }
    _warm()
    targets = {arch: target for arch, target in known.items() if target is not None}
    launches = sorted(args["launches"], key=lambda launch: bool(launch.get("further")))
    running: list[Compilation] = []
    compiled: list[dict[str, Any]] = []
    left: list[dict[str, str]] = []
    until = 0.0
    for launch, (arch, target) in itertools.product(launches, targets.items()):
        if launch.get("further"):
            until = until or time.monotonic() + args["further_s"] * len(targets)
            if time.monotonic() > until:
                left.append({"kernel": launch["kernel"], "arch": arch})
                continue
        if len(running) >= AT_ONCE:
            compiled.append(running.pop(0).wait(args["limit_s"]))
            emit({"event": "compiled", "kernel": compiled[-1]["kernel"], "arch": compiled[-1]["arch"]})
        running.append(Compilation(namespace, launch, arch, target, scratch))
    compiled += [compilation.wait(args["limit_s"]) for compilation in running]
    return {"error": None, "compiled": compiled, "left": left, "unknown": unknown, "sandbox": layers}


def _warm() -> None:
    """What every compilation needs once, done before the children are forked: the hash of Triton's own files."""
    from triton.runtime import cache

    getattr(cache, "triton_key", lambda: None)()
