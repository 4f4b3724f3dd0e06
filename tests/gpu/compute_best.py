"""``--compute best`` on a real GPU: what is measured of each subgraph, what is chosen, and the whole beside PyTorch.

    python tests/gpu/compute_best.py [NAME...] [--allow-tf32]

Fuses modules of its own, each in a fresh project, so that nothing was measured before, then the first one again, whose
figures must come from the cache. Needs an NVIDIA GPU, which continuous integration has not. Exits 1 when a file is not
verified, when a choice does not follow from its figures, or when the declarations are not what was chosen.
"""

from __future__ import annotations

import sys
import tempfile
import traceback
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS.parent / "pipeline"))

from kernelagent.contract.compute import Compute  # noqa: E402
from kernelagent.contract.events import StageProgress  # noqa: E402
from kernelagent.contract.options import Options  # noqa: E402
from kernelagent.contract.result import Result  # noqa: E402
from kernelagent.driver import pipeline, standalone  # noqa: E402
from kernelagent.driver.stages.choose import decide  # noqa: E402
from kernelagent.driver.target import parse_target  # noqa: E402
from kernelagent.driver.workers import WorkerPool  # noqa: E402

MODULES = """
import torch
from torch import nn
import torch.nn.functional as F


# kernelagent: inputs=(torch.randn(4096, 4096),)
class SquareLinear(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4096, 4096)

    def forward(self, x):
        return self.fc(x)


# kernelagent: inputs=(torch.randn(16, 64, 56, 56),)
class Conv3x3(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(64, 128, 3, padding=1)

    def forward(self, x):
        return torch.relu(self.conv(x))


# kernelagent: inputs=(torch.randn(8192, 1024),)
class Softmax(nn.Module):
    def forward(self, x):
        return torch.softmax(x * 2.0, dim=-1)


# kernelagent: inputs=(torch.randn(2048, 1024),)
class LinearGelu(nn.Module):
    def __init__(self):
        super().__init__()
        self.up = nn.Linear(1024, 4096)
        self.down = nn.Linear(4096, 1024)

    def forward(self, x):
        hidden = F.gelu(self.up(x))
        return torch.softmax(self.down(hidden), dim=-1)


# kernelagent: inputs=(torch.randn(4, 1024, 512),)
class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q = nn.Linear(512, 512)
        self.k = nn.Linear(512, 512)
        self.v = nn.Linear(512, 512)

    def forward(self, x):
        b, s, d = x.shape
        q, k, v = (f(x).view(b, s, 8, 64).transpose(1, 2) for f in (self.q, self.k, self.v))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return mixed.transpose(1, 2).reshape(b, s, d)
"""
NAMES = ("SquareLinear", "Conv3x3", "Softmax", "LinearGelu", "Attention")


def main() -> int:
    names = [name for name in sys.argv[1:] if not name.startswith("--")] or list(NAMES)
    options = Options(device="cuda", compute="best", allow_tf32="--allow-tf32" in sys.argv)
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="kernelagent-best-") as folder:
        project = Path(folder)
        (project / "pyproject.toml").write_text("", encoding="utf-8")
        file = project / "modules.py"
        file.write_text(MODULES, encoding="utf-8")
        with standalone.worker_pool(file, options) as pool:
            for name in names:
                _, problems = _fuse(file, name, options, pool)
                wrong += [f"{name}: {problem}" for problem in problems]
            again, problems = _fuse(file, names[0], options, pool)
            wrong += [f"{names[0]} again: {problem}" for problem in problems]
            if again is not None and not all(c.remembered for c in again.choices if c.measured is not None):
                wrong.append(f"{names[0]} again: what was measured a moment ago was measured anew")
    for line in wrong:
        print(f"WRONG  {line}")
    print("all as it should be" if not wrong else f"{len(wrong)} wrong")
    return 1 if wrong else 0


def _fuse(file: Path, name: str, options: Options, pool: WorkerPool) -> tuple[Compute | None, list[str]]:
    print(f"\n== {name}", flush=True)
    try:
        result = pipeline.fuse(parse_target(f"{file}::{name}"), options, pool=pool, on_event=_tell)
    except Exception:  # noqa: BLE001  the others are still to be tried
        traceback.print_exc()
        return None, ["raised"]
    _print(result)
    return result.compute, _problems(result)


def _tell(event: object) -> None:
    if isinstance(event, StageProgress) and event.stage == "benchmark":
        print(f"   {event.message}", flush=True)


def _print(result: Result) -> None:
    if result.error is not None:
        print(f"   {result.error.code}: {result.error.message}")
    if result.verification is not None:
        print(f"   {result.verification.summary}")
        for check in result.verification.checks:
            if not check.passed and not check.skipped:
                print(f"   FAILED {check.name}: {check.detail} (line {check.line})")
    if result.compute is not None:
        for choice in result.compute.choices:
            known = " (remembered)" if choice.remembered else ""
            print(f"   {choice.subgraph:<32} {choice.computed_by:<8} {choice.reason}{known}")
        print(f"   {result.compute.message}")
    if (timed := result.benchmark) is not None:
        compiled = f"{timed.compile_ms.median:.4f}" if timed.compile_ms is not None else "-"
        print(
            f"   whole: {timed.kernel_ms.median:.4f} ms, eager {timed.eager_ms.median:.4f}, torch.compile {compiled}, "
            f"{timed.of_floor:.0%} of the floor, on {timed.device}"
        )
    kernel = Path(result.artifacts.get("run_dir", ".")) / (result.kernel or "none")
    if kernel.is_file():
        text = kernel.read_text(encoding="utf-8")
        calls = [line.strip() for line in text.partition("\ndef reference(")[0].splitlines() if " = torch.nn.f" in line]
        for line in calls:
            print(f"   | {line}")


def _problems(result: Result) -> list[str]:
    found = []
    if result.status != "verified" or result.verification is None:
        return ["not verified"]
    if result.compute is None or not result.compute.device:
        return ["nothing was measured"]
    kept = {c.subgraph for c in result.compute.choices if c.computed_by == "pytorch"}
    declared = {entry.subgraph for entry in result.verification.computed_by_pytorch}
    if kept != declared:
        found.append(f"kept {sorted(kept)}, declared {sorted(declared)}")
    for choice in result.compute.choices:
        if choice.measured is None:
            found.append(f"{choice.subgraph}: {choice.reason}")
        elif choice.computed_by == "pytorch" and decide(choice.subgraph, choice.measured).computed_by != "pytorch":
            found.append(f"{choice.subgraph}: kept, and not faster")
    if result.benchmark is None:
        found.append("the whole was not timed")
    return found


if __name__ == "__main__":
    sys.exit(main())
