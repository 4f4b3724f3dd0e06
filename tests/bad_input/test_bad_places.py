"""Folders, files and interpreters that are not as one would like them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command_line import Done, kernelagent
from doors import KEY
from kernelagent.contract.codec import read_json
from kernelagent.driver.agents.conversation import Record
from kernels import MODULE, RIGHT, said
from model_server import Act, Say, Seen, playing
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


def test_a_limit_on_the_size_of_files(project: Path, model: Path) -> None:
    done = kernelagent("fuse", model, "--json", cwd=project, prefix=("prlimit", "--fsize=0"))
    assert done.status == 1
    error = done.document["error"]
    assert (error["code"], "ulimit -f" in error["message"]) == ("DiskFull", True)
    assert "Raise that limit" in error["hint"]
    assert "disk space" not in error["hint"]


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


@pytest.mark.parametrize(
    ("output", "arch", "is_told"),
    [
        ("noyau é.py", "sm_90", True),
        ('k"q.py', "sm_90", True),
        ("noyau é.py", "gfx942", False),
        ("größe/kernel one.py", "sm_90", False),
    ],
)
def test_an_output_that_ptxas_does_not_take(project: Path, warm: Warm, output: str, arch: str, is_told: bool) -> None:
    """Verified under the run directory's own name; where it lies it compiles for no NVIDIA GPU."""
    (project / "größe").mkdir()
    (project / "model.py").write_text(SOURCE, encoding="utf-8")
    done = warm("fuse", "model.py", "--output", output, "--arch", arch, cwd=project)
    assert done.status == 0, done.stdout + done.stderr
    assert (project / output).is_file()
    told = done.stdout + done.stderr
    assert told.count("ptxas takes no file name") == (3 if is_told else 0)  # before it begins, and in the result
    judged = warm("verify", output, "--problem", "model.py", "--arch", arch, "--json", cwd=project)
    assert judged.status == (1 if is_told else 0)
    assert ("ptxas takes no file name" in judged.stdout) is is_told


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
    disk, prefix = small_disk(project, room)
    done = kernelagent("fuse", model, "--json", "--run-dir", disk / "run", cwd=project, prefix=prefix)
    assert done.status == 1, done.stdout + done.stderr
    assert done.document["error"]["code"] == "DiskFull"
    assert done.document["status"] == "failed"


def small_disk(project: Path, room: str) -> tuple[Path, tuple[str, ...]]:
    """Where it is, and the prefix of a command that has it."""
    disk = project / "disk"
    disk.mkdir()
    mount = f'mount -t tmpfs -o size={room} tmpfs "$1" && shift && exec "$@"'
    return disk, ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, "sh", str(disk))


def asked(server_url: str, disk: Path, project: Path, prefix: tuple[str, ...]) -> Done:
    (project / "model.py").write_text(MODULE, encoding="utf-8")
    options = ("--provider", "relay", "--model", "mm", "--yes", "--route", "direct", "--no-fallback")
    few = ("--workers", "1", "--max-iters", "1", "--json", "--run-dir", disk / "run")
    address = {"LLM_RELAY_URL": f"{server_url}/v1", "LLM_RELAY_API_KEY": KEY}
    return kernelagent("fuse", "model.py", *options, *few, cwd=project, prefix=prefix, **address)


def test_no_answer_is_asked_for_that_would_have_no_room(project: Path) -> None:
    disk, prefix = small_disk(project, "260k")
    with playing(lambda seen, turn: Say(said(RIGHT) + " " + "x" * 300_000, tells_tokens=False)) as server:
        done = asked(server.url, disk, project, prefix)
    assert done.document["error"]["code"] == "DiskFull", done.stdout + done.stderr
    assert "this was not asked" in done.document["error"]["hint"]
    assert not server.seen
    assert done.document["cost"]["usd"] == 0


FILLED_MEANWHILE = """\
mount -t tmpfs -o size=8m tmpfs "$1" && disk=$1 && shift
exec 3>&2 2>/dev/null
(until [ -e "$disk/../fill" ]; do sleep 0.05; done; cat /dev/zero > "$disk/filler"; touch "$disk/../filled") &
"$@" 2>&3; code=$?
kill $! 2>/dev/null
find "$disk/run" -name reply.json -exec cp {} "$disk/../kept.json" \\;
exit $code
"""


def test_an_answer_is_kept_on_a_disk_that_has_filled_up_meanwhile(project: Path) -> None:
    """All but the room that is held for it is taken before it comes."""
    disk, prefix = small_disk(project, "8m")

    def act(seen: Seen, turn: int) -> Act:
        (project / "fill").touch()
        end = time.monotonic() + 60
        while not (project / "filled").exists() and time.monotonic() < end:
            time.sleep(0.05)
        return Say(said(RIGHT) + " " + "x" * 300_000, tells_tokens=False, pause_s=0.003)

    with playing(act) as server:
        done = asked(server.url, disk, project, (*prefix[:-3], FILLED_MEANWHILE, *prefix[-2:]))
    assert (project / "filled").exists(), done.stdout + done.stderr
    assert len(server.seen) == 1
    record = read_json(project / "kept.json", Record)
    assert len(record.said.text) > 300_000, "whole"


def test_an_answer_that_cannot_be_kept_is_told_so(project: Path) -> None:
    """Its folder is gone when it comes."""
    disk = project / "disk"
    disk.mkdir()

    def act(seen: Seen, turn: int) -> Act:
        (attempt,) = (disk / "run").rglob("attempt_1")
        shutil.rmtree(attempt)
        attempt.write_text("", encoding="utf-8")
        return Say(said(RIGHT))

    with playing(act) as server:
        error = asked(server.url, disk, project, ()).document["error"]
    assert "an answer that was paid for could not be kept" in error["message"]
    assert "paid for, a second time" in error["hint"]
    assert "; what was finished is kept" not in error["hint"]
