"""``fuse`` on a class of ``__main__``, in a process of its own: verified, shared, answered again, nothing left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import kernelagent
import pytest
import torch
from kernelagent.driver.outcome import failed_result
from kernelagent.driver.target import Target
from kernelagent.errors import ClassNotFound, GpuNotFound
from kernelagent.live import Fused
from kernelagent.live.drop_in import drop_in

SCRIPT = """
import json, os, sys, tempfile
from pathlib import Path
os.environ["TRITON_INTERPRET"] = "1"
import torch
import kernelagent

print("the script runs", file=sys.stderr)
SCALE = 3.0

class Gate(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.randn(8))
        self.register_buffer("shift", torch.randn(8), persistent=False)
    def forward(self, x):
        return torch.relu(x * self.weight + self.shift) * SCALE

gate, x = Gate().eval(), torch.randn(4, 8)
fused = kernelagent.fuse(gate, x)
again = kernelagent.fuse(gate, x)
with torch.no_grad():
    gate.weight += 1
told = {
    "status": fused.status,
    "error": fused.error and fused.error.message,
    "cached": [fused.result.cached, again.result.cached == fused.result.run_id],
    "same": torch.allclose(fused.module(x), gate(x)),
    "shared": [fused.module.weight is gate.weight, fused.module.shift is gate.shift, fused.module.training],
    "repr": repr(fused),
    "html": fused._repr_html_(),
    "saved": fused.save("gate_triton.py").read_text() == fused.source,
    "report": str(fused.report),
    "left": [str(p) for p in Path(tempfile.gettempdir()).glob("kernelagent-*")],
    "pickles": [str(p) for p in Path(".fuse").rglob("*") if p.is_file() and b"kernelagent-live-" in p.read_bytes()
                and b"module.pt" in p.read_bytes()],
}
print(json.dumps(told))
"""


def test_a_class_of_a_script(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    (tmp_path / "tmp").mkdir()
    env = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the script runs") == 1
    told = json.loads(done.stdout)
    assert (told["status"], told["error"]) == ("verified", None)
    assert told["cached"] == ["", True]
    assert told["same"]
    assert told["shared"] == [True, True, False]
    assert told["repr"].startswith("<Gate verified in ")
    assert '<strong class="verified">Verified</strong>' in told["html"]
    assert told["saved"]
    assert "**Verified**" in told["report"]
    assert (told["left"], told["pickles"]) == ([], [])


def test_a_failure_is_told_where_it_is_used() -> None:
    fused = kernelagent.fuse(torch.nn.LazyLinear(3), torch.randn(2, 2))
    assert fused.error is not None
    assert fused.error.code == "NotPicklable"
    failed = Fused(failed_result(Target(Path("m"), "M"), ClassNotFound("no <M>.", hint="Look.")), torch.nn.ReLU())
    with pytest.raises(ClassNotFound):
        _ = failed.module
    assert "no &lt;M&gt;." in failed._repr_html_()
    assert "no <M>." in repr(failed)


def test_a_kernel_without_a_gpu_says_so(tmp_path: Path) -> None:
    kernel = tmp_path / "kernel.py"
    kernel.write_text(
        "import torch\nclass ReLUTriton(torch.nn.Module):\n    def forward(self, x):\n        return x\n",
        encoding="utf-8",
    )
    with pytest.raises(GpuNotFound, match="Triton kernels need a GPU"):
        drop_in(kernel, "ReLUTriton", torch.nn.ReLU())(torch.ones(2))
