"""What ``verify`` shows of a kernel that is wrong, and one case alone."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from warm_command_line import Warm

ADVERSARIAL = Path(__file__).resolve().parents[1] / "adversarial"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("wrong kernels")
    shutil.copy(ADVERSARIAL / "problems" / "scaled_softmax.py", where / "module.py")
    for name in ("tail_in_the_sum.py", "writes_one_too_many.py"):
        shutil.copy(ADVERSARIAL / name, where / name)
    shutil.copy(ADVERSARIAL / "honest" / "softmax_rows.py", where / "right.py")
    return where


def test_reads_like_a_compilers_message(folder: Path, warm: Warm) -> None:
    done = warm("verify", "writes_one_too_many.py", "--problem", "module.py", "--device", "cpu", cwd=folder)
    assert done.status == 1
    text = (folder / "writes_one_too_many.py").read_text().splitlines()
    line = next(number for number, content in enumerate(text, 1) if "tl.store(" in content)
    assert done.stdout.startswith("NOT VERIFIED  writes_one_too_many.py")
    assert "error[memory]: " in done.stdout
    assert "error[values]: " in done.stdout
    assert f"--> writes_one_too_many.py:{line}" in done.stdout
    assert f"{line} | {text[line - 1]}" in done.stdout
    assert re.search(r"expected -?\d\S*, got -?\d", done.stdout)
    assert "= the inputs: x 16x96 float32" in done.stdout
    assert "docs/verification.md#values" in done.stdout


def test_the_command_that_it_names_shows_the_same_again(folder: Path, warm: Warm) -> None:
    first = warm("verify", "tail_in_the_sum.py", "--problem", "module.py", "--device", "cpu", cwd=folder)
    command = next(line for line in first.stdout.splitlines() if line.startswith("reproduce: "))
    program, *args = shlex.split(command.removeprefix("reproduce: "))
    assert program == "kernelagent"
    assert "--case" in args
    again = warm(*args, "--device", "cpu", "--json", cwd=folder)
    assert again.status == 1
    document = again.document
    assert [case["name"] for case in document["cases"]] == ["example"]
    found = next(check["detail"] for check in document["checks"] if check["name"] == "values: example")
    assert found in first.stdout.replace("\n", " ")


def test_the_command_that_it_names_says_how_it_was_judged(folder: Path, warm: Warm) -> None:
    how = ("--arch=sm_80", "--device=cpu", "--sandbox=limits")
    first = warm("verify", "tail_in_the_sum.py", "--problem", "module.py", *how, cwd=folder)
    command = next(line for line in first.stdout.splitlines() if line.startswith("reproduce: "))
    assert set(how) <= set(shlex.split(command))


def test_one_case_is_no_verification(folder: Path, warm: Warm) -> None:
    args = ("verify", "right.py", "--problem", "module.py", "--device", "cpu", "--case", "another seed")
    done = warm(*args, cwd=folder)
    assert done.status == 0
    assert done.stdout.startswith("PASSES  right.py")
    as_json = warm(*args, "--json", cwd=folder)
    (folder / "partial.json").write_text(as_json.stdout)
    assert warm("verify", "--certificate", "partial.json", cwd=folder).status == 1
    assert any("another seed" in what for what in json.loads(as_json.stdout)["not_checked"])


@pytest.mark.whole
def test_a_case_that_a_kernel_may_refuse_is_the_same_alone(folder: Path, warm: Warm) -> None:
    """With the same one of an autotuner's configurations, too."""
    shutil.copy(ADVERSARIAL / "problems" / "relu_doubled.py", folder / "relu.py")
    shutil.copy(ADVERSARIAL / "one_configuration_is_right.py", folder / "relu_kernel.py")
    args = ("verify", "relu_kernel.py", "--problem", "relu.py", "--device", "cpu", "--json")
    whole = {check["name"]: check for check in warm(*args, cwd=folder).document["checks"]}
    at_a_number = next(name for name in whole if ": the kernel's " in name)
    for name in ("values: unaligned inputs", "values: infinities", at_a_number):
        alone = warm(*args, "--case", name.removeprefix("values: "), cwd=folder).document
        again = next(check for check in alone["checks"] if check["name"] == name)
        assert (again["detail"], again["notes"]) == (whole[name]["detail"], whole[name]["notes"])


def test_a_case_that_there_is_not_lists_those_that_there_are(folder: Path, warm: Warm) -> None:
    done = warm("verify", "right.py", "--problem", "module.py", "--device", "cpu", "--case", "none", cwd=folder)
    assert done.status == 2
    assert "another seed" in done.stderr
