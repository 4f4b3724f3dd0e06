"""Folders, files and interpreters that are not as one would like them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import kernelagent
from warm_command_line import Warm

SOURCE = (
    "import torch\nfrom torch import nn\n\n\nclass Block(nn.Module):\n    def forward(self, x):\n"
    "        return torch.relu(x) + 1\n\n\ndef get_inputs():\n    return [torch.randn(4, 8)]\n"
)
ONLY_PERMISSIONS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search") if os.geteuid() == 0 else ()
"""A command's prefix under which also root obeys permissions."""


@pytest.fixture
def model(project: Path) -> Path:
    file = project / "model.py"
    file.write_text(SOURCE, encoding="utf-8")
    return file


def test_an_interpreter_without_torch(project: Path, model: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", project / ".venv"], check=True)
    done = kernelagent("fuse", model, "--json", cwd=project)
    assert done.status == 2
    assert done.document["error"]["code"] == "TorchMissing"
    assert str(project / ".venv") in done.document["error"]["message"]


def test_a_read_only_folder(project: Path, model: Path) -> None:
    project.chmod(0o555)
    try:
        done = kernelagent("fuse", model, "--json", cwd=project, prefix=ONLY_PERMISSIONS)
        assert done.status == 2
        assert done.document["error"]["code"] == "FolderNotWritable"
        assert "--run-dir" in done.document["error"]["hint"]
    finally:
        project.chmod(0o755)


def test_a_batch_in_a_read_only_folder_is_told_of_its_own_option(project: Path, model: Path) -> None:
    project.chmod(0o555)
    try:
        done = kernelagent("batch", model, "--json", cwd=project, prefix=ONLY_PERMISSIONS)
        assert done.status == 2
        assert done.document["error"]["code"] == "FolderNotWritable"
        assert "--folder" in done.document["error"]["hint"]
        assert "--run-dir" not in done.document["error"]["hint"]
    finally:
        project.chmod(0o755)


def test_a_read_only_folder_with_a_run_directory_elsewhere(
    project: Path, model: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "run"
    project.chmod(0o555)
    try:
        done = kernelagent("fuse", model, "--json", "--run-dir", elsewhere, cwd=project, prefix=ONLY_PERMISSIONS)
        assert done.status == 0, done.stdout + done.stderr
        assert (elsewhere / "result.json").is_file()
        assert sorted(path.name for path in project.iterdir()) == ["model.py", "pyproject.toml"]
    finally:
        project.chmod(0o755)


def test_a_runs_folder_that_is_a_file(project: Path, model: Path) -> None:
    (project / ".fuse").write_text("", encoding="utf-8")
    done = kernelagent("fuse", model, "--json", cwd=project)
    assert (done.status, done.document["error"]["code"]) == (2, "FolderNotWritable")


def test_a_run_directory_that_holds_something_else(project: Path, model: Path) -> None:
    precious = project / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("mine", encoding="utf-8")
    done = kernelagent("fuse", model, "--json", "--run-dir", precious, cwd=project)
    assert (done.status, done.document["error"]["code"]) == (2, "BadOption")
    assert [path.name for path in precious.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(("output", "code"), [("nowhere/kernel.py", "BadOption"), (".", "BadOption")])
def test_an_output_that_cannot_be_written(project: Path, model: Path, output: str, code: str) -> None:
    done = kernelagent("fuse", model, "--json", "--output", output, cwd=project)
    assert (done.status, done.document["error"]["code"]) == (2, code)
    assert not (project / ".fuse").exists()


@pytest.mark.parametrize("name", ["mit Leerzeichen/größe ☃.py", "模型/module 'quoted' \"twice\".py", "a;b$(c)/-x.py"])
def test_a_path_with_spaces_and_other_letters(project: Path, warm: Warm, name: str) -> None:
    file = project / name
    file.parent.mkdir()
    file.write_text(SOURCE, encoding="utf-8")
    done = warm("fuse", file, "--json", cwd=file.parent)
    assert done.status == 0, done.stdout + done.stderr
    assert Path(done.document["artifacts"]["run_dir"]).is_dir()


@pytest.mark.parametrize(
    "content",
    [
        SOURCE.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + SOURCE.encode(),
        b"# -*- coding: latin-1 -*-\n# Gr\xf6\xdfe\n" + SOURCE.encode(),
        SOURCE.replace("import torch\n", "import torch\n\x0c# \u2028 form feed and line separator\n", 1).encode(),
    ],
    ids=["CRLF", "byte order mark", "latin-1", "odd line ends"],
)
def test_text_files_of_every_kind(project: Path, warm: Warm, content: bytes) -> None:
    (project / "model.py").write_bytes(content)
    done = warm("fuse", "model.py", "--json", cwd=project)
    assert done.status == 0, done.stdout + done.stderr
    assert (project / "model.py").read_bytes() == content


def test_bytes_that_are_no_text(project: Path) -> None:
    (project / "model.py").write_bytes(b"x = '\xff'\n")
    done = kernelagent("fuse", "model.py", "--json", cwd=project)
    assert (done.status, done.document["error"]["code"]) == (2, "TargetNotFound")
    assert "UTF-8" in done.document["error"]["hint"]


def test_a_terminal_that_knows_ascii_only(project: Path, model: Path) -> None:
    done = kernelagent("fuse", model, cwd=project, PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    assert done.status == 0, done.stderr
    assert "VERIFIED" in done.stdout


@pytest.mark.parametrize("room", ["4k", "16k"])
def test_a_full_disk(project: Path, model: Path, room: str) -> None:
    """The run directory stands on a disk of a few kilobytes, mounted in a namespace of the test's own."""
    disk = project / "disk"
    disk.mkdir()
    mount = f'mount -t tmpfs -o size={room} tmpfs "$1" && shift && exec "$@"'
    prefix = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh", str(disk))
    done = kernelagent("fuse", model, "--json", "--run-dir", disk / "run", cwd=project, prefix=prefix)
    assert done.status == 1, done.stdout + done.stderr
    assert done.document["error"]["code"] == "DiskFull"
    assert done.document["status"] == "failed"
