"""What the sandbox denies, tried from inside; and that it says what it could not put in force."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

PREAMBLE = """
import json, os, socket, sys
from pathlib import Path
from kernelagent.worker.sandbox import enter
scratch, hidden, outside = sys.argv[1:4]
layers = enter({"scratch": scratch, "hide": [hidden], **json.loads(sys.argv[4])})
"""


def inside(code: str, tmp_path: Path, **policy: object) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a fresh sandboxed process."""
    scratch, hidden, outside = tmp_path / "scratch", tmp_path / "expected", tmp_path / "outside"
    for folder in (hidden, outside):
        folder.mkdir(exist_ok=True)
        (folder / "file.txt").write_text("secret")
    return subprocess.run(
        [sys.executable, "-c", PREAMBLE + textwrap.dedent(code), scratch, hidden, outside, json.dumps(policy)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/bin:/bin", "OPENAI_API_KEY": "sk-secret", "HOME": str(outside)},
    )


def test_every_layer_is_in_force_here(tmp_path: Path) -> None:
    done = inside("print(json.dumps(layers))", tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        *("user namespace", "private processes", "no network", "read-only files", "hidden folders"),
        *("system call filter", "no privileges", "resource limits", "clean environment"),
    ]


DENIED = {
    "writing beside the scratch folder": "Path(outside, 'new').write_text('x')",
    "overwriting a file": "Path(outside, 'file.txt').write_text('x')",
    "deleting a file": "os.unlink(Path(outside, 'file.txt'))",
    "writing to /tmp": "Path('/tmp/left-behind').write_text('x')",
    "reading what is hidden": "print(Path(hidden, 'file.txt').read_text())",
    "the hidden folder by way of another process": "print(Path('/proc/2/root').resolve(strict=True))",
    "a network socket": "socket.socket()",
    "a local socket": "socket.socket(socket.AF_UNIX)",
    "a child process": "os.fork()",
    "a thread": "import threading; threading.Thread(target=print).start()",
    "another program": "os.execv('/bin/true', ['true'])",
    "signals to other processes": f"os.kill({2**22 - 1}, 9)",
    "gaining capabilities": "os.setuid(0 if os.getuid() else 1)",
    "mounting": "import ctypes; l = ctypes.CDLL(None, use_errno=True)\n"
    "assert l.mount(b'none', b'/mnt', b'tmpfs', 0, None) == 0, 'denied'",
    "leaving by another namespace": "import ctypes; assert ctypes.CDLL(None).unshare(0x10000000) == 0, 'denied'",
    "endless memory": "x = bytearray(40 << 30)",
    "a huge file": "f = open(Path(scratch, 'big'), 'wb')\nwhile True: f.write(bytes(1 << 20))",
    "many open files": "x = [open('/dev/null') for _ in range(10000)]",
}


@pytest.mark.parametrize("what", DENIED)
def test_denies(what: str, tmp_path: Path) -> None:
    done = inside(DENIED[what] + "\nprint('GRANTED')", tmp_path, file_bytes=1 << 22)
    assert "GRANTED" not in done.stdout
    assert done.returncode != 0
    assert (tmp_path / "outside" / "file.txt").read_text() == "secret"
    assert not Path("/tmp/left-behind").exists()


ALLOWED = {
    "writing in the scratch folder": "Path(scratch, 'new').write_text('x')",
    "reading the rest": "assert Path(outside, 'file.txt').read_text() == 'secret'",
    "seeing itself as the only process": "assert [p for p in os.listdir('/proc') if p.isdigit()] == ['1']",
    "an environment without secrets": "assert 'sk-secret' not in str(os.environ)",
    "memory within bounds": "x = bytearray(1 << 28)",
}


@pytest.mark.parametrize("what", ALLOWED)
def test_allows(what: str, tmp_path: Path) -> None:
    done = inside(ALLOWED[what] + "\nprint('GRANTED')", tmp_path)
    assert "GRANTED" in done.stdout, done.stderr


def test_the_compiler_may_start_processes(tmp_path: Path) -> None:
    done = inside("import subprocess; subprocess.run(['true'], check=True)\nprint('GRANTED')", tmp_path, processes=True)
    assert "GRANTED" in done.stdout, done.stderr


ENDS = {"sys.exit(7)": 7, "os._exit(9)": 9, "import ctypes; ctypes.string_at(0)": 128 + 11}


@pytest.mark.parametrize("code", ENDS)
def test_ends_as_the_process_inside_ended(code: str, tmp_path: Path) -> None:
    assert inside(code, tmp_path).returncode == ENDS[code]


def test_what_the_machine_refuses_is_not_claimed(tmp_path: Path) -> None:
    """Inside a sandbox there is no second one to be had: the answer must say so, not repeat the list."""
    code = """
    os.chdir(scratch)
    again = enter({"scratch": scratch, "hide": [hidden]})
    print(json.dumps(again))
    """
    done = inside(code, tmp_path, processes=True)
    assert done.returncode == 0, done.stderr
    assert "user namespace" not in json.loads(done.stdout)


BOMBS = {
    "processes": "while True: os.fork()",
    "memory": "kept = []\nwhile True: kept.append(bytearray(b'x' * (1 << 24)))",
    "memory of many": "import time\nfor _ in range(15):\n    if not os.fork(): break\n"
    "x = bytearray(b'x' * (1 << 25))\ntime.sleep(60)",
}


@pytest.mark.parametrize("what", BOMBS)
def test_ends_what_grows_beyond_its_bounds_where_processes_are_allowed(what: str, tmp_path: Path) -> None:
    done = inside(BOMBS[what], tmp_path, processes=True, resident_bytes=1 << 28)
    assert done.returncode == 128 + 9
