"""Which files count as the module's data: what a certificate is bound to besides code."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PREPARED = """
import json, os, signal, sys
from pathlib import Path
from kernelagent.contract.codec import to_json
from kernelagent.contract.problem import ExampleInputs, Problem
from kernelagent.worker.problem import data_files

for line in sys.stdin:
    if child := os.fork():
        if status := os.waitpid(child, 0)[1]:
            print(json.dumps({"status": status}), flush=True)
        continue
    signal.alarm(120)
    asked = json.loads(line)
    os.chdir(asked["folder"])
    data_files.MOST_BYTES = 100
    reads = data_files.Reads()
    exec(asked["body"])
    problem = Problem(os.path.abspath("model.py"), "Block", 1, "", ExampleInputs("option", "()", "()"))
    print(json.dumps(to_json(reads.files(problem, [Path("scratch")]))), flush=True)
    os._exit(0)
"""
FilesRead = Callable[[Path, str], list[dict[str, str]]]


@pytest.fixture(scope="module")
def files_read() -> Iterator[FilesRead]:
    """What is found after some code has run in a folder: each time in a process of its own, which has imported what a
    worker has and nothing else. One process imports that, and they are its forks."""
    with subprocess.Popen(
        [sys.executable, "-c", PREPARED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as prepared:
        asks, answers = prepared.stdin, prepared.stdout
        assert asks is not None
        assert answers is not None

        def read(folder: Path, body: str) -> list[dict[str, str]]:
            asks.write(json.dumps({"folder": str(folder), "body": body}) + "\n")
            asks.flush()
            found: list[dict[str, str]] = json.loads(answers.readline())
            assert isinstance(found, list), f"the code has failed: {found}"
            return found

        yield read


@pytest.mark.parametrize(
    "body",
    [
        "open('numbers.txt').read()",
        "open(b'numbers.txt', 'r+b').read()",
        "os.read(os.open('numbers.txt', os.O_RDONLY), 9)",
        "Path('numbers.txt').read_text()",
        "Path('link').symlink_to('numbers.txt'); open('link').read()",
        "import numpy; numpy.loadtxt('numbers.txt')",
        "exec(open('numbers.txt').read())",
        "import runpy; runpy.run_path('numbers.txt')",
    ],
)
def test_every_way_to_read_is_seen(tmp_path: Path, files_read: FilesRead, body: str) -> None:
    (tmp_path / "numbers.txt").write_text("3\n")
    assert files_read(tmp_path, body) == [
        {
            "path": "link" if "link" in body else "numbers.txt",
            "sha256": hashlib.sha256(b"3\n").hexdigest(),
            "unhashed": "",
            "kind": "file",
        }
    ]


@pytest.mark.parametrize(
    "body",
    [
        "open('written.txt', 'w').write('3')",
        "os.write(os.open('written.txt', os.O_WRONLY | os.O_CREAT), b'3')",
        "open('model.py').read()",
        "open('scratch/kept.json').read()",
        "import email.mime.text, triton; open('/proc/self/status').read(); open('/etc/passwd').read()",
        "open('numbers.txt').read(); os.remove('numbers.txt')",
        "os.listdir('.')",
    ],
)
def test_what_is_no_data_of_the_module_is_left_out(tmp_path: Path, files_read: FilesRead, body: str) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch" / "kept.json").write_text("{}")
    for name in ("model.py", "numbers.txt"):
        (tmp_path / name).write_text("3\n")
    assert files_read(tmp_path, body) == []


def test_a_file_that_is_too_large_is_named_with_the_reason(tmp_path: Path, files_read: FilesRead) -> None:
    (tmp_path / "large.bin").write_bytes(bytes(2000))
    (found,) = files_read(tmp_path, "open('large.bin', 'rb').read(4)")
    assert found == {"path": "large.bin", "sha256": "", "unhashed": "it has 2,000 bytes", "kind": "file"}


USERS = """
import sys
sys.path.insert(0, {folder!r})
try:
    import users_code
except ImportError:
    pass
"""


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("open('numbers.txt')", {"numbers.txt"}),
        ("from pathlib import Path; Path('numbers.txt').exists()", {"numbers.txt"}),
        ("import os; os.path.isfile('numbers.txt')", {"numbers.txt"}),
        ("import os; os.access('numbers.txt', os.R_OK)", {"numbers.txt"}),
        ("import os; os.path.islink('a/numbers.txt')", {"a/numbers.txt"}),
        (
            "import numpy; numpy.loadtxt('numbers.txt')",
            {"numbers.txt", *(f"numbers.txt.{end}" for end in ("gz", "bz2", "xz", "lzma"))},
        ),
        ("import override", {"override.py", "override/__init__.py"}),
        ("import importlib; importlib.import_module('override')", {"override.py", "override/__init__.py"}),
        ("import importlib.util; importlib.util.find_spec('override')", {"override.py", "override/__init__.py"}),
        ("open('there.txt', 'w').close(); import os; os.remove('there.txt')", set()),
        ("import os; os.path.exists('there.txt'); open('there.txt', 'w')", set()),
        ("import torch.utils.data, email.mime.text", set()),
    ],
)
def test_what_is_looked_for_and_not_there(tmp_path: Path, files_read: FilesRead, code: str, names: set[str]) -> None:
    body = f"try:\n    {code}\nexcept (OSError, ImportError):\n    pass\n"
    (tmp_path / "users_code.py").write_text(body)
    found = files_read(tmp_path, USERS.format(folder=str(tmp_path)))
    ours = {file["path"] for file in found if not file["path"].startswith("../") and ".so" not in file["path"]}
    assert ours == names
    assert {file["kind"] for file in found} <= {"absent"}


def test_a_folder_that_is_listed_is_its_names(tmp_path: Path, files_read: FilesRead) -> None:
    (tmp_path / "users_code.py").write_text("from pathlib import Path; list(Path('parts').glob('*.pt'))")
    (tmp_path / "parts").mkdir()

    def listed() -> str:
        (found,) = files_read(tmp_path, USERS.format(folder=str(tmp_path)))
        assert (found["path"], found["kind"]) == ("parts", "folder")
        return found["sha256"]

    first = listed()
    (tmp_path / "parts" / "__pycache__").mkdir()
    assert listed() == first
    (tmp_path / "parts" / "a.pt").touch()
    assert listed() != first


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("Path('numbers.txt').exists()", "file"),
        ("os.stat('numbers.txt').st_size", "file"),
        ("os.access('numbers.txt', os.R_OK)", "file"),
        ("Path('parts').is_dir()", "there"),
    ],
)
def test_what_is_looked_for_and_found(tmp_path: Path, files_read: FilesRead, code: str, kind: str) -> None:
    (tmp_path / "users_code.py").write_text(f"import os\nfrom pathlib import Path\n{code}\n")
    (tmp_path / "numbers.txt").write_text("3\n")
    (tmp_path / "parts").mkdir()
    (found,) = files_read(tmp_path, USERS.format(folder=str(tmp_path)))
    assert (found["kind"], bool(found["sha256"])) == (kind, kind == "file")


def test_only_the_last_one_watches(tmp_path: Path, files_read: FilesRead) -> None:
    (tmp_path / "users_code.py").write_text("from pathlib import Path\nPath('numbers.txt').exists()\n")
    before = "import os\nreal = os.stat.args[0]\nreads = data_files.Reads()\nassert os.stat.args[0] is real\n"
    before += "assert sum(type(finder).__name__ == '_LastFinder' for finder in sys.meta_path) == 1\n"
    (found,) = files_read(tmp_path, before + USERS.format(folder=str(tmp_path)))
    assert (found["path"], found["kind"]) == ("numbers.txt", "absent")
