"""A certificate says whether it still holds: on the command line, with the files of a real verdict."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from kernelagent.contract.codec import from_json
from kernelagent.contract.problem import ImportedFile
from kernelagent.contract.verdict import Verification
from kernelagent.driver import certificate, dependencies

ADVERSARIAL = Path(__file__).resolve().parents[1] / "adversarial"


def verify(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kernelagent.cli", "verify", *args],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a module, a kernel and the verdict on it."""
    folder = tmp_path_factory.mktemp("judged")
    shutil.copy(ADVERSARIAL / "honest" / "softmax_rows.py", folder / "kernel.py")
    shutil.copy(ADVERSARIAL / "problems" / "scaled_softmax.py", folder / "module.py")
    done = verify(folder, "kernel.py", "--problem", "module.py::ScaledSoftmax", "--device", "cpu", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "verdict.json").write_text(done.stdout)
    return folder


@pytest.fixture
def folder(judged: Path, tmp_path: Path) -> Path:
    """A copy of it to alter."""
    return Path(shutil.copytree(judged, tmp_path / "copy with a space"))


def standing(folder: Path, *args: str) -> tuple[int, dict[str, bool]]:
    done = verify(folder, "--certificate", "verdict.json", "--json", *args)
    document = json.loads(done.stdout)
    assert document["holds"] == (done.returncode == 0)
    return done.returncode, {binding["name"]: binding["holds"] for binding in document["bindings"]}


def test_holds_while_nothing_changes_from_any_folder(folder: Path) -> None:
    status, bindings = standing(folder)
    assert status == 0
    assert set(bindings) == {
        *("verdict", "digest", "source", "imports", "data", "packages", "problem", "kernel"),
        *("python", "torch", "triton", "device", "isolation"),
    }
    elsewhere = verify(folder.parent, "--certificate", str(folder / "verdict.json"))
    assert elsewhere.returncode == 0
    assert elsewhere.stdout.startswith("HOLDS")


@pytest.mark.parametrize(("name", "broken"), [("kernel.py", "kernel"), ("module.py", "source")])
def test_is_bound_to_every_byte_of_both_files(folder: Path, name: str, broken: str) -> None:
    with open(folder / name, "a", encoding="utf-8") as stream:
        stream.write("\n")
    status, bindings = standing(folder)
    assert status == 1
    assert [name for name, holds in bindings.items() if not holds] == [broken]


def test_is_bound_to_what_the_module_imports(folder: Path) -> None:
    text = (
        (folder / "module.py").read_text().replace("import torch\n", "import torch\nfrom defaults import FACTOR\n", 1)
    )
    (folder / "module.py").write_text(text.replace("factor: float = 0.5", "factor: float = FACTOR"))
    (folder / "defaults.py").write_text("from numbers_of_ours import HALF as FACTOR\n")
    (folder / "numbers_of_ours.py").write_text("HALF = 0.5\n")
    done = verify(folder, "kernel.py", "--problem", "module.py::ScaledSoftmax", "--device", "cpu", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "verdict.json").write_text(done.stdout)
    assert [file["path"] for file in json.loads(done.stdout)["imports"]] == ["defaults.py", "numbers_of_ours.py"]
    assert standing(folder)[0] == 0
    (folder / "numbers_of_ours.py").write_text("HALF = 0.25\n")
    status, bindings = standing(folder)
    assert status == 1
    assert [name for name, holds in bindings.items() if not holds] == ["imports"]
    told = verify(folder, "--certificate", "verdict.json").stdout
    assert "numbers_of_ours.py has changed since" in told
    assert "defaults.py has changed" not in told


def test_is_bound_to_the_class_and_to_what_options_say(folder: Path) -> None:
    data = json.loads((folder / "verdict.json").read_text())
    assert data["judged"]["class_name"] == "ScaledSoftmax"
    assert data["judged"]["given"] == []
    for args, told in (
        (["--problem", "module.py::Other"], "defines no class Other"),
        (["--mode", "eval"], "mode constructed was judged, not eval"),
        (["--inputs", "(torch.ones(3),)"], "not (torch.ones(3),)"),
        (["--init", "(2.0,)"], "not (2.0,)"),
    ):
        done = verify(folder, "--certificate", "verdict.json", *args)
        assert done.returncode == 1, args
        assert done.stdout.startswith("DOES NOT HOLD")
        assert [told in line for line in done.stdout.splitlines() if line.startswith("✗")] == [True], done.stdout
    assert standing(folder, "--inputs", data["judged"]["inputs"], "--mode", "constructed")[0] == 0


def test_options_without_a_meaning_beside_it_are_refused(folder: Path) -> None:
    done = verify(folder, "--certificate", "verdict.json", "--arch", "sm_80", "--case", "example")
    assert done.returncode == 2
    assert "--arch, --case: says nothing beside --certificate" in done.stderr


READS = """
import json
from pathlib import Path

import torch

BESIDE = Path(__file__).parent
TOLD = json.loads((BESIDE / "settings.json").read_text())


class Scaled(torch.nn.Module):
    def __init__(self, power=1.0):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.load(BESIDE / "weights.pt") * TOLD["factor"] * power)

    def forward(self, x):
        return x * self.weight
"""
SCALES = """
import torch
import triton
import triton.language as tl


@triton.jit
def scale(x, w, out, count, width, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    value = tl.load(x + at, mask=at < count) * tl.load(w + at % width, mask=at < count)
    tl.store(out + at, value, mask=at < count)


class ScaledTriton(torch.nn.Module):
    def __init__(self, power=1.0):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.empty(4))

    def forward(self, x):
        x = x.contiguous()
        out = torch.empty_like(x)
        if x.numel():
            scale[(triton.cdiv(x.numel(), 64),)](x, self.weight, out, x.numel(), 4, BLOCK=64)
        return out
"""


def test_is_bound_to_the_files_that_the_module_reads_and_to_the_configured_inputs(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(READS)
    (tmp_path / "kernel.py").write_text(SCALES)
    (tmp_path / "settings.json").write_text('{"factor": 2.0}')
    torch.save(torch.arange(4.0), tmp_path / "weights.pt")
    table = '[tool.kernelagent.modules."module.Scaled"]\ninputs = "(torch.randn(6, 4),)"\n'
    (tmp_path / "pyproject.toml").write_text(table)
    options = ("--init", "(3.0,)", "--device", "cpu", "--json")
    done = verify(tmp_path, "kernel.py", "--problem", "module.py::Scaled", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "verdict.json").write_text(done.stdout)
    document = json.loads(done.stdout)
    assert [file["path"] for file in document["data"]] == ["settings.json", "weights.pt"]
    assert document["judged"]["given"] == ["init"]
    assert standing(tmp_path)[0] == 0

    def broken_by(name: str, content: str | torch.Tensor) -> list[str]:
        before = (tmp_path / name).read_bytes()
        if isinstance(content, str):
            (tmp_path / name).write_text(content)
        else:
            torch.save(content, tmp_path / name)
        found = [binding for binding, holds in standing(tmp_path)[1].items() if not holds]
        (tmp_path / name).write_bytes(before)
        return found

    assert broken_by("settings.json", '{"factor": 5.0}') == ["data"]
    assert broken_by("weights.pt", torch.ones(4)) == ["data"]
    assert broken_by("pyproject.toml", table.replace("6, 4", "6, 4, dtype=torch.float64")) == ["problem"]
    assert broken_by("pyproject.toml", table + 'mode = "eval"\n') == ["problem"]
    assert broken_by("pyproject.toml", table + 'init = "(5.0,)"\n') == []
    again = verify(tmp_path, "--certificate", "verdict.json", "--mode", "eval").stdout
    assert "Verify again:" in again
    assert "'--init=(3.0,)' --mode=eval" in again


def test_is_bound_to_the_versions(folder: Path) -> None:
    data = json.loads((folder / "verdict.json").read_text())
    data["versions"]["triton"] = "3.0.0"
    (folder / "verdict.json").write_text(json.dumps(data))
    status, bindings = standing(folder)
    assert status == 1
    assert [name for name, holds in bindings.items() if not holds] == ["digest", "triton"]


def test_a_moved_kernel_can_be_named(folder: Path) -> None:
    (folder / "kernel.py").rename(folder / "moved.py")
    assert standing(folder)[0] == 1
    assert standing(folder, "moved.py", "--problem", "module.py::ScaledSoftmax")[0] == 0


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"verification": 3}', "kernel", '{"kernel_sha256": 1}', "[" * 9999]
)
def test_what_is_no_certificate_is_said_to_be_none(folder: Path, content: str) -> None:
    (folder / "verdict.json").write_text(content)
    done = verify(folder, "--certificate", "verdict.json")
    assert done.returncode == 2
    assert done.stderr.startswith("NotACertificate: ")


def test_a_missing_kernel_or_problem_is_a_mistake_on_the_command_line(folder: Path) -> None:
    done = verify(folder, "kernel.py")
    assert done.returncode == 2
    assert "--problem" in done.stderr


def test_a_package_that_hides_an_imported_file_is_a_change(tmp_path: Path) -> None:
    kept = tmp_path / "scales.py"
    kept.write_text("K = 1.0\n")
    files = [ImportedFile("scales.py", hashlib.sha256(kept.read_bytes()).hexdigest())]
    assert dependencies.changed(tmp_path / "module.py", files) == []
    (tmp_path / "scales").mkdir()
    assert dependencies.changed(tmp_path / "module.py", files) == []  # no package: the file is still what is imported
    (tmp_path / "scales" / "__init__.py").write_text("K = 3.0\n")
    (told,) = dependencies.changed(tmp_path / "module.py", files)
    assert "imported now in place of" in told


def test_an_installed_package_is_bound_by_its_version_and_on_another_machine_told_only(folder: Path) -> None:
    """Another machine has the same version elsewhere, with another list of its files."""
    site = folder / "site-packages"
    (site / "ours-1.2.dist-info").mkdir(parents=True)
    data = json.loads((folder / "verdict.json").read_text())
    record = "site-packages/ours-1.2.dist-info/RECORD"
    data["packages"] = [{"name": "ours", "version": "1.2", "record": record, "sha256": "0" * 64}]
    data["digest"] = certificate.digest(from_json(Verification, data))
    (folder / "verdict.json").write_text(json.dumps(data))
    assert standing(folder)[0] == 0
    (site / "ours-1.2.dist-info").rename(site / "ours-1.3.dist-info")
    status, bindings = standing(folder)
    assert (status, [name for name, holds in bindings.items() if not holds]) == (1, ["packages"])
    shutil.rmtree(site)
    assert standing(folder)[0] == 0
    assert "ours 1.2 (not compared" in verify(folder, "--certificate", "verdict.json").stdout
