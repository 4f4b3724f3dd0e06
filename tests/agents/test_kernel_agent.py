"""KernelAgent's interface: ``TritonKernelAgent().generate_kernel`` with its return keys, and the caller's own test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from kernelagent import TritonKernelAgent
from kernelagent.contract.options import Options
from kernelagent.driver.caller_test import run_caller_test
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import BadOption
from kernels import MODULE, RIGHT, said

ROOT = Path(__file__).resolve().parents[2]
TEST = """\
import sys, torch
from kernel import kernel_function
x, weight = torch.randn(3, 24), torch.randn(24)
sys.exit(0 if torch.allclose(kernel_function(x, weight), torch.relu(x * weight)) else 1)
"""


def test_a_module_gives_a_kernel_and_the_callers_test_is_run(tmp_path: Path) -> None:
    agent = TritonKernelAgent(log_dir=str(tmp_path), preferred_provider=None)
    result = agent.generate_kernel(MODULE, TEST)
    assert result["success"], result["message"]
    assert set(result) == {
        *("success", "kernel_code", "kernel_path", "session_dir", "rounds", "worker_id", "message"),
    }
    assert Path(result["kernel_path"]).read_text(encoding="utf-8") == result["kernel_code"]
    assert (result["worker_id"], result["rounds"]) == (0, 1)
    assert Path(result["session_dir"]).parent == tmp_path
    agent.cleanup()


def test_a_model_writes_it_in_so_many_rounds(tmp_path: Path) -> None:
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"replies": [{"text": "prose"}, {"text": said(RIGHT)}]}), encoding="utf-8")
    agent = TritonKernelAgent(
        num_workers=1, log_dir=str(tmp_path), model_name=str(script), preferred_provider="scripted"
    )
    result = agent.generate_kernel(MODULE, "raise SystemExit('I am never content')")
    assert not result["success"]
    assert "never content" in result["message"]
    result = agent.generate_kernel(MODULE)
    assert (result["worker_id"], result["rounds"], result["kernel_code"]) == (1, 2, RIGHT)


@pytest.mark.parametrize("description", ["Implement ReLU over a 1D tensor", "def relu(x):\n    return max(x, 0)\n"])
def test_what_cannot_be_compared_is_told(tmp_path: Path, description: str) -> None:
    result = TritonKernelAgent(log_dir=str(tmp_path)).generate_kernel(description)
    assert not result["success"]
    assert "torch.nn.Module" in result["message"]
    assert (Path(result["session_dir"]) / "problem.py").read_text(encoding="utf-8") == description


def test_the_callers_test_is_shut_in(tmp_path: Path, pool: WorkerPool) -> None:
    kernel = tmp_path / "k.py"
    kernel.write_text(RIGHT, encoding="utf-8")
    outside = tmp_path / "outside.txt"
    number = iter(range(100))

    def tested(code: str, timeout_s: float = 30.0) -> tuple[bool, str]:
        done = run_caller_test(
            kernel,
            code,
            Options(),
            pool=pool,
            scratch=tmp_path / f"test_{next(number)}",
            gpu=False,
            timeout_s=timeout_s,
            cancel=CancelToken(),
        )
        return done.passed, done.said

    assert tested(TEST) == (True, "")
    assert tested("print('no'); raise SystemExit(3)") == (False, "no\n")
    assert not tested(f"open({str(outside)!r}, 'w').write('x')")[0]
    assert not outside.exists()
    assert not tested("import os; os._exit(0)")[0], "a process that ends early says nothing"
    passed, why = tested("while True: pass", timeout_s=2.0)
    assert not passed
    assert "2 s" in why


def test_variables_of_kernelagent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUM_KERNEL_SEEDS", "many")
    with pytest.raises(BadOption, match="NUM_KERNEL_SEEDS"):
        TritonKernelAgent(log_dir=str(tmp_path))


def test_the_import_path_of_kernelagent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "pipeline" / "compat"))
    from triton_kernel_agent import TritonKernelAgent as imported  # type: ignore[import-not-found]

    assert imported is TritonKernelAgent
