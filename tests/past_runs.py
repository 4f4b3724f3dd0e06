"""Run directories as earlier runs have left them, without any run: JSON by the contract's own codec."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import write_json
from kernelagent.contract.options import Options
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.contract.result import Cost, EntryPoints, ErrorInfo, Result
from kernelagent.contract.run_request import RunRequest
from kernelagent.contract.verdict import Case, Check, Judged, Verification
from kernelagent.driver.certificate import sealed

SOURCE = """import torch


class Gate(torch.nn.Module):
    # kernelagent: inputs=(torch.randn(4, 8),)
    def forward(self, x):
        return x.sigmoid()
"""
KERNEL = """import torch
import triton


@triton.jit
def gate_kernel(x):
    pass


class GateTriton(torch.nn.Module):
    pass
"""


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def verification(source: str = SOURCE, kernel: str = KERNEL, **changed: Any) -> Verification:
    judged = Judged("Gate", "constructed", "()", "(torch.randn(4, 8),)", "directive", tensors=("x: float32[s0, 8]",))
    found = Verification(
        verdict="pass",
        summary="Verified in the interpreter, compiled for sm_90, not run on a GPU.",
        mode="interpreter",
        device="cpu",
        dtype="float32",
        rtol=1e-3,
        atol=1e-3,
        max_abs_err=1e-7,
        max_rel_err=1e-6,
        eager_max_abs_err=1e-7,
        precision="fp32",
        degenerate=False,
        cases=(Case("example", {"s0": 4}, 0, True, 1e-7, 1e-7), Case("seed 1", {"s0": 4}, 1, True, 2e-7, 1e-7)),
        shapes={"x": ("4x8 float32",)},
        sandbox=("rlimits",),
        source_sha256=sha256(source),
        kernel_sha256=sha256(kernel),
        versions={"python": "3.11.2", "torch": "2.9.0", "triton": "3.5.0"},
        checks=(Check("values: example", True, "as it should be"),),
        compiled=(),
        judged=judged,
        seconds={"total": 2.5},
    )
    return sealed(replace(found, **changed))


def write_run(
    runs: Path,
    name: str,
    *,
    status: str = "verified",
    target: str = "model.py::Gate",
    source: str = SOURCE,
    kernel: str = KERNEL,
    options: Options | None = None,
    **changed: Any,
) -> Path:
    """One that has ended, or with the status ``begun`` one that has not. ``changed`` are fields of its result."""
    folder = runs / name
    file, _, class_name = target.partition("::")
    path = str((runs.parent / file).absolute())
    write_json(folder / "run.json", RunRequest(path, class_name, options or Options(), None, None))
    (folder / "problem.py").write_text(source, encoding="utf-8")
    (folder / "events.jsonl").write_text("", encoding="utf-8")
    if status == "begun":
        return folder
    example = ExampleInputs("directive", "(torch.randn(4, 8),)", "()")
    write_json(folder / "problem.json", Problem(path, class_name, 4, sha256(source), example))
    good = status == "verified"
    if good:
        (folder / "compose_out").mkdir(exist_ok=True)
        (folder / "compose_out" / "composed_kernel.py").write_text(kernel, encoding="utf-8")
    result = Result(
        run_id=name,
        status=status,  # type: ignore[arg-type]  # as a test says
        target=target,
        route=None,
        subgraphs=(),
        kernel="compose_out/composed_kernel.py" if good else None,
        entry_points=EntryPoints("kernel_function", f"{class_name}Triton") if good else None,
        verification=verification(source, kernel) if good else None,
        benchmark=None,
        cost=Cost(),
        elapsed_s=12.3,
        artifacts={"run_dir": str(folder)},
        error=None if good else ErrorInfo("UnsupportedOperator", "aten.foo is not known.", "Ask a model."),
    )
    write_json(folder / "result.json", replace(result, **changed))
    return folder
