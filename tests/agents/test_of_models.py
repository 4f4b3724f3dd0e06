"""A module that a model wrote is shut in by every process that runs it, whatever its text could do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import rewriting
from kernelagent.contract.codec import read_json
from kernelagent.contract.options import Options
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.driver.again import find_run, resume
from kernelagent.driver.of_models import learned
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernels import MODULE

QUICK = Options(provider="builtin", arch=())


def reaching_out(text: str, outside: Path) -> str:
    """``text`` that notes each process that imports it, where that is possible."""
    return (
        "import sys\n"
        "try:\n"
        f"    with open({str(outside)!r}, 'a') as noted:\n"
        "        noted.write(' '.join(sys.argv) + '\\n')\n"
        f"except OSError:\n    pass\n{text}"
    )


@pytest.mark.parametrize("by_model", [True, False])
@pytest.mark.parametrize("route", ["direct", "fuser"])
def test_no_process_of_a_run_lets_it_out(by_model: bool, route: str, tmp_path: Path, pool: WorkerPool) -> None:
    outside, file = tmp_path / "outside.txt", tmp_path / "model.py"
    file.write_text(reaching_out(MODULE, outside), encoding="utf-8")
    options = replace(QUICK, route=route, run_dir=str(tmp_path / "run"))  # type: ignore[arg-type]
    result = fuse(Target(file, None, by_model=by_model), options, pool=pool)
    assert result.status == "verified", result.error
    assert outside.exists() == (not by_model)


def test_nor_one_that_does_not_export(tmp_path: Path, pool: WorkerPool) -> None:
    outside, file, script = tmp_path / "outside.txt", tmp_path / "model.py", tmp_path / "script.json"
    file.write_text(reaching_out(rewriting.GUARDED, outside), encoding="utf-8")
    script.write_text('{"replies": [{"text": "no"}]}', encoding="utf-8")
    options = Options(provider="scripted", model=str(script), route="fuser", max_iters=1, workers=1, arch=())
    result = fuse(Target(file, None, by_model=True), options, pool=pool)
    assert result.error is not None
    assert result.error.code == "NoFusedModule", result.error
    assert not outside.exists()


def test_a_run_that_goes_on_knows_whose_module_it_is(tmp_path: Path, pool: WorkerPool) -> None:
    outside, file = tmp_path / "outside.txt", tmp_path / "model.py"
    file.write_text(reaching_out(MODULE, outside), encoding="utf-8")
    options = replace(QUICK, run_dir=str(tmp_path / "run"), until="extract")
    fuse(Target(file, None, by_model=True), options, pool=pool)
    past = find_run(tmp_path, str(tmp_path / "run"))
    assert past.target.by_model
    assert resume(past, pool=pool, until="end").status == "verified"
    assert not outside.exists()
    assert read_json(tmp_path / "run" / "problem.json", Problem).by_model


def test_such_a_process_cannot_say_which_code_is_run() -> None:
    asked = Problem("/a/model.py", "Model", 3, "0" * 64, ExampleInputs("", "()", "(1,)"), by_model=True)
    forged = replace(
        asked,
        file="/b/other.py",
        class_name="Other",
        text_file="/b/other.py",
        import_root="/b",
        example=ExampleInputs("", "()", "(__import__('os').system('id'),)"),
        by_model=False,
        random=True,
    )
    assert learned(asked, forged) == replace(asked, random=True)
    assert learned(replace(asked, by_model=False), forged) == forged
