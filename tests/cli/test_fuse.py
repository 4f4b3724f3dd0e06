"""``fuse`` from end to end: the result, the run directory, the file that the user gets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Done, kernelagent
from kernelagent.contract.codec import from_json, read_json, to_json
from kernelagent.contract.result import Result
from warm_command_line import Warm

PUBLIC_RESULT = {
    *("schema", "run_id", "status", "target", "route", "subgraphs", "kernel", "entry_points", "verification"),
    *("benchmark", "cost", "elapsed_s", "artifacts", "error"),
}
PUBLIC_VERIFICATION = {
    *("verdict", "mode", "device", "dtype", "rtol", "atol", "max_abs_err", "max_rel_err", "eager_max_abs_err"),
    *("precision", "degenerate", "cases", "shapes", "sandbox", "source_sha256", "kernel_sha256", "versions"),
    *("checks", "compiled"),
}


def test_the_result_has_the_public_names(fused: Done) -> None:
    assert fused.status == 0, fused.stderr
    assert set(fused.document) >= PUBLIC_RESULT
    assert set(fused.document["verification"]) >= PUBLIC_VERIFICATION
    assert set(fused.document["route"]) == {"kind", "reasons"}
    (subgraph,) = fused.document["subgraphs"]
    assert set(subgraph) == {"id", "ops", "inputs", "outputs", "synthesizer", "status"}
    assert subgraph["status"] == "verified"


def test_progress_goes_to_stderr_stage_by_stage(fused: Done) -> None:
    stages = [line[1:].partition("]")[0] for line in fused.stderr.splitlines() if line.startswith("[")]
    assert list(dict.fromkeys(stages)) == ["load", "route", "extract", "dispatch", "compose", "verify"]
    assert "\x1b" not in fused.stderr


def test_the_run_directory_is_whole(fused: Done, project: Path) -> None:
    run = project / ".fuse" / "first"
    assert fused.document["artifacts"]["run_dir"] == str(run)
    for name in (
        *("problem.py", "route.json", "orchestrator/fused.py", "subgraphs.json", "kernels_out/summary.json"),
        *("compose_out/composed_kernel.py", "compose_out/summary.json", "events.jsonl", "result.json"),
    ):
        assert (run / name).is_file(), name
    assert fused.document["kernel"] == "compose_out/composed_kernel.py"
    assert (run / fused.document["kernel"]).is_file()
    assert (run / "problem.py").read_text() == (project / "model.py").read_text()
    kinds = [json.loads(line)["kind"] for line in (run / "events.jsonl").read_text().splitlines()]
    assert (kinds[0], kinds[-1]) == ("run_started", "run_finished")


def test_the_result_survives_its_json(fused: Done, project: Path) -> None:
    result = read_json(project / ".fuse/first/result.json", Result)
    assert to_json(result) == fused.document
    assert from_json(Result, fused.document) == result


def test_each_architecture_is_in_the_report(fused: Done) -> None:
    compiled = fused.document["verification"]["compiled"]
    assert {kernel["arch"] for kernel in compiled} == {"sm_80", "sm_90"}
    assert all(kernel["registers"] for kernel in compiled)


def test_the_output_is_the_composed_file_and_checks_itself(fused: Done, project: Path) -> None:
    output = project / "block_triton.py"
    assert output.read_bytes() == (project / ".fuse/first" / fused.document["kernel"]).read_bytes()
    done = subprocess.run([sys.executable, output], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].startswith("PASS")


def test_the_report_names_verdict_kernel_and_run(project: Path) -> None:
    done = kernelagent("fuse", "model.py", "--run-dir", ".fuse/second", cwd=project)
    assert done.status == 0, done.stderr
    assert "VERIFIED  model.py::Block" in done.stdout
    assert "compiled for sm_90, not run on a GPU." in done.stdout
    assert str(project / ".fuse/second/compose_out/composed_kernel.py") in done.stdout
    assert "registers" in done.stdout


def test_without_verification_nothing_is_claimed(project: Path, warm: Warm) -> None:
    done = warm("fuse", "model.py", "--json", "--no-verify", "--run-dir", ".fuse/third", cwd=project)
    assert done.status == 0
    assert (done.document["status"], done.document["verification"]) == ("unverified", None)
    assert {subgraph["status"] for subgraph in done.document["subgraphs"]} == {"unverified"}


def test_the_routes_agree(project: Path, warm: Warm) -> None:
    for route in ("direct", "fuser"):
        folder = f".fuse/{route}"
        done = warm("fuse", "model.py", "--json", "--route", route, "--run-dir", folder, cwd=project)
        assert (done.status, done.document["route"]["kind"]) == (0, route), done.stderr


def test_a_new_run_gets_a_folder_that_git_ignores(project: Path, warm: Warm) -> None:
    done = warm("fuse", "model.py", "--json", "--no-verify", cwd=project)
    run_dir = Path(done.document["artifacts"]["run_dir"])
    assert run_dir.parent == project / ".fuse"
    assert run_dir.name == done.document["run_id"]
    assert (project / ".fuse" / ".gitignore").read_text() == "*\n"


CHANNELS_LAST = """import torch
import torch.nn as nn


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.pooled = nn.Conv2d(4, 2, 1)

    def forward(self, x):
        return self.pooled(torch.relu(self.conv(x)))


def get_inputs():
    return [torch.randn(2, 3, 6, 5).to(memory_format=torch.channels_last)]
"""


@pytest.mark.whole
def test_a_module_whose_channels_come_last_is_verified_in_pieces(tmp_path: Path, warm: Warm) -> None:
    """The judge's other values lie in memory as the example does, and so do the pieces' own examples."""
    (tmp_path / "model.py").write_text(CHANNELS_LAST)
    done = warm("fuse", "model.py", "--route", "fuser", "--run-dir", "run", "--json", cwd=tmp_path)
    assert done.status == 0, done.stderr
    assert len(done.document["subgraphs"]) == 2
    assert not any("strides" in said for said in done.document["verification"]["not_checked"])


CONFIGURED = {
    "pyproject.toml": "",
    "pk/__init__.py": "from .net import Net\n",
    "pk/config.py": "from dataclasses import dataclass\n\n\n@dataclass\nclass Config:\n    gain: float = 2.0\n",
    "pk/net.py": (
        "import torch\n\nfrom .config import Config\n\n\n# kernelagent: inputs=(torch.randn(4, 6),), init=(Config(),)\n"
        "class Net(torch.nn.Module):\n    def __init__(self, config):\n        super().__init__()\n"
        "        self.gain = config.gain\n\n    def forward(self, x):\n        return torch.tanh(x) * self.gain\n"
    ),
}


def test_a_module_of_a_package_that_takes_an_object_of_another_file(tmp_path: Path, warm: Warm) -> None:
    """The judge makes the object as the user's files do, in the candidate's process, too."""
    for name, text in CONFIGURED.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = warm("fuse", "pk/net.py", "--device", "cpu", "--json", cwd=tmp_path)
    assert done.document["status"] == "verified", done.document
    kernel = (tmp_path / ".fuse" / done.document["run_id"] / done.document["kernel"]).read_text(encoding="utf-8")
    assert 'if repr(config) != "Config(gain=2.0)":' in kernel
