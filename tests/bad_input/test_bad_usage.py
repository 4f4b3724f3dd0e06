"""Mistakes on the command line itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import kernelagent

CASES: dict[str, tuple[str, ...]] = {
    "an unknown command": ("fusee",),
    "an unknown option": ("fuse", "model.py", "--fast"),
    "no target": ("fuse",),
    "an unknown route": ("fuse", "model.py", "--route", "scenic"),
    "an unknown architecture": ("fuse", "model.py", "--arch", "h100"),
    "no workers": ("fuse", "model.py", "--workers", "0"),
    "no time": ("fuse", "model.py", "--budget-seconds", "0"),
    "a model without a provider": ("fuse", "model.py", "--model", "large"),
    "no problem": ("verify", "kernel.py"),
    "an unknown shell": ("completion", "tcsh"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_exit_status_is_2_and_the_mistake_is_named(project: Path, name: str) -> None:
    done = kernelagent(*CASES[name], cwd=project)
    assert done.status == 2
    assert done.stdout == ""
    assert done.stderr.startswith("BadOption: ")
    assert "--help" in done.stderr or "provider" in done.stderr


@pytest.mark.parametrize("name", CASES)
def test_with_json_it_is_one_document(project: Path, name: str) -> None:
    done = kernelagent(*CASES[name], "--json", cwd=project)
    assert done.status == 2
    assert done.document["error"]["code"] == "BadOption"


@pytest.mark.parametrize(
    ("kernel", "problem", "code"),
    [
        ("nowhere.py", "model.py", "NotAKernelFile"),
        ("model.py", "nowhere.py", "TargetNotFound"),
    ],
)
def test_verify_names_what_is_missing(project: Path, kernel: str, problem: str, code: str) -> None:
    (project / "model.py").write_text(
        "import torch\nclass Block(torch.nn.Module):\n    def forward(self, x): return x + 1\n"
        "def get_inputs(): return [torch.ones(2)]\n",
        encoding="utf-8",
    )
    done = kernelagent("verify", kernel, "--problem", problem, "--json", cwd=project)
    assert (done.status, done.document["error"]["code"]) == (2, code)


def test_bench_without_a_gpu_says_what_is_needed(project: Path) -> None:
    done = kernelagent("bench", "model.py", "--device", "cpu", "--json", cwd=project)
    assert (done.status, done.document["error"]["code"]) == (2, "GpuNotFound")
    assert "doctor" in done.document["error"]["hint"]
