"""What a release consists of: the same bytes twice, one version everywhere, and a bare install that starts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kernelagent
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a release of the last commit."""
    return release(tmp_path_factory.mktemp("release"))


def release(out: Path) -> Path:
    subprocess.run([sys.executable, ROOT / "scripts" / "release.py", "--out", out], check=True, capture_output=True)
    return out


@pytest.fixture(scope="module")
def bare(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The programs of an environment that holds the wheel and what it needs, nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    alone = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # it may lead here
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    (wheel,) = built.glob("*.whl")
    subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", wheel], env=alone, check=True)
    yield folder / "bin"
    shutil.rmtree(folder)


def test_the_same_commit_gives_the_same_bytes(built: Path, tmp_path: Path) -> None:
    again = release(tmp_path / "again")
    assert sorted(file.name for file in again.iterdir()) == sorted(file.name for file in built.iterdir())
    assert {file.name: file.read_bytes() for file in again.iterdir()} == {
        f.name: f.read_bytes() for f in built.iterdir()
    }


def test_the_sums_are_those_of_the_files(built: Path) -> None:
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=built, check=True)
    assert len((built / "SHA256SUMS").read_text().splitlines()) == 2


def test_the_source_distribution_holds_what_tests_need(built: Path) -> None:
    (file,) = built.glob("*.tar.gz")
    with tarfile.open(file) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    kept = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [name for name in kept if name not in held and not name.startswith((".github/", ".gitignore"))] == []


def test_the_wheel_holds_no_tests(built: Path) -> None:
    (file,) = built.glob("*.whl")
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(file).namelist()}
    told = {
        "kernelagent",
        "kernelagent_lsp",
        "Fuser",
        "triton_kernel_agent",
        f"kernelagent_lsp-{kernelagent.__version__}.dist-info",
    }
    assert tops >= {"kernelagent", "kernelagent_lsp"}
    assert "tests" not in tops and tops - told == set()


def test_one_version() -> None:
    manifest = json.loads((ROOT / "vscode-client" / "package.json").read_text(encoding="utf-8"))
    locked = json.loads((ROOT / "vscode-client" / "package-lock.json").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert manifest["version"] == locked["version"] == kernelagent.__version__
    assert re.search(r"^## (\S+?)[, ]", changes, re.MULTILINE)[1] == kernelagent.__version__  # type: ignore[index]


def test_a_bare_install_starts_and_says_what_is_missing(bare: Path, tmp_path: Path) -> None:
    def output(*command: str) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
        done = subprocess.run(
            [bare / command[0], *command[1:]],
            env=environment,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )
        return done.stdout + done.stderr

    assert kernelagent.__version__ in output("kernelagent", "--version")
    assert kernelagent.__version__ in output("kernelagent-lsp", "--version")
    assert "torch" in output("kernelagent", "doctor")
    (tmp_path / "model.py").write_text(
        "import torch\n\n\nclass M(torch.nn.Module):\n    def forward(self, x):\n        return x + 1\n"
    )
    assert "pip install" in output("kernelagent", "fuse", "model.py::M", "--inputs", "(torch.randn(4),)")


def test_the_server_of_a_bare_install_answers(bare: Path) -> None:
    body = json.dumps(
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {"capabilities": {}, "processId": None, "rootUri": None},
        }
    )
    frame = f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
    server = subprocess.Popen([bare / "kernelagent-lsp", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out, _ = server.communicate(frame, timeout=60)
    answer = json.loads(out.partition(b"\r\n\r\n")[2].partition(b"Content-Length")[0])
    assert answer["result"]["serverInfo"] == {"name": "kernelagent-lsp", "version": kernelagent.__version__}


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_workflows_take_actions_by_their_commit(file: Path) -> None:
    """A tag can be moved to other code, which would have the release's rights."""
    workflow: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            if "uses" in step:
                assert re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40}", step["uses"]), step["uses"]
            else:
                subprocess.run(["bash", "-n"], input=step["run"], text=True, check=True)


def test_only_what_publishes_may_write() -> None:
    release_file = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    writers = {
        name for name, job in release_file["jobs"].items() if job.get("permissions", {}).get("contents") == "write"
    }
    assert writers == {"publish"} and release_file["jobs"]["publish"]["environment"] == "release"
