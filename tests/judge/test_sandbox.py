"""What the sandbox denies, tried from inside; and that it says what it could not put in force."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from kernelagent.driver import isolation
from kernelagent.worker.sandbox import supervisor

PREAMBLE = """
import json, os, socket, sys
from pathlib import Path
from kernelagent.worker.sandbox import enter
scratch, hidden, outside = sys.argv[1:4]
other = int(sys.argv[5])
layers = enter({"scratch": scratch, "hide": [hidden], **json.loads(sys.argv[4])})
"""


LEVELS = ["bubblewrap", "namespaces", "limits"]


def inside(
    code: str, tmp_path: Path, level: isolation.Level = "namespaces", **policy: object
) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a fresh sandboxed process."""
    scratch, hidden, outside = tmp_path / "scratch", tmp_path / "expected", tmp_path / "outside"
    for folder in (hidden, outside):
        folder.mkdir(exist_ok=True)
        (folder / "file.txt").write_text("secret")
    shut_in = isolation.Isolation(level, "")
    policy["level"] = "limits" if level == "limits" else "namespaces"
    policy["inside"] = "bubblewrap" if level == "bubblewrap" else ""
    scratch.mkdir(exist_ok=True)
    return subprocess.run(
        [
            *shut_in.prefix(str(scratch), (str(hidden),)),
            *(sys.executable, "-c", PREAMBLE + textwrap.dedent(code)),
            *(scratch, hidden, outside, json.dumps(policy), str(os.getpid())),
        ],
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
        *("file rules", "system call filter", "process limit", "no privileges", "resource limits"),
        "clean environment",
    ]


DENIED = {
    "writing beside the scratch folder": "Path(outside, 'new').write_text('x')",
    "overwriting a file": "Path(outside, 'file.txt').write_text('x')",
    "deleting a file": "os.unlink(Path(outside, 'file.txt'))",
    "writing to /tmp": "Path('/tmp/left-behind').write_text('x')",
    "reading what is hidden": "print(Path(hidden, 'file.txt').read_text())",
    "the hidden folder by way of another process": "print(Path(f'/proc/{other}/root{hidden}/file.txt').read_text())",
    "a network socket": "socket.socket()",
    "a local socket": "socket.socket(socket.AF_UNIX)",
    "a child process": "os.fork()",
    "a thread": "import threading; threading.Thread(target=print).start()",
    "another program": "os.execv('/bin/true', ['true'])",
    "signals to other processes": "os.kill(other, 0)",
    "the environment of another process": "print(Path(f'/proc/{other}/environ').read_bytes())",
    "the memory of another process": "print(open(f'/proc/{other}/mem', 'rb'))",
    "tracing another process": "import ctypes\nassert ctypes.CDLL(None).ptrace(16, other, 0, 0) == 0, 'denied'",
    "a handle on another process": "import ctypes; assert ctypes.CDLL(None).syscall(434, other, 0) >= 0, 'no'",
    "a handle on itself": "import ctypes; assert ctypes.CDLL(None).syscall(434, os.getpid(), 0) >= 0, 'no'",
    "a file by its handle": "import ctypes, platform; l = ctypes.CDLL(None, use_errno=True)\n"
    "l.syscall({'x86_64': 304, 'aarch64': 265}[platform.machine()], -1, None, 0)\n"
    "assert ctypes.get_errno() != 1, 'no'",
    "a datagram to a name server": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "an IPv6 socket": "socket.socket(socket.AF_INET6)",
    "a raw socket": "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
    "a pipe with a name": "os.mkfifo(Path(scratch, 'pipe'))",
    "a device": "os.mknod(Path(scratch, 'device'), 0o60644, os.makedev(254, 0))",
    "a link to what is hidden": "os.link(Path(hidden, 'file.txt'), Path(scratch, 'link')); "
    "print(Path(scratch, 'link').read_text())",
    "keys of the kernel": "import ctypes; assert ctypes.CDLL(None).syscall(248, b'user', b'x', b'y', 1, -3) > 0, 'no'",
    "asynchronous calls past the filter": "import ctypes; assert ctypes.CDLL(None).syscall(425, 8, 0) >= 0, 'no'",
    "memory that nobody's size shows": "import ctypes; assert ctypes.CDLL(None).syscall(447, 0) >= 0, 'no'",
    "pages that a pipe keeps": "import ctypes, mmap; r, w = os.pipe()\n"
    "page = mmap.mmap(-1, 4096); at = ctypes.addressof(ctypes.c_char.from_buffer(page))\n"
    "one = (ctypes.c_size_t * 2)(at, 4096); assert ctypes.CDLL(None).vmsplice(w, one, 1, 8) > 0, 'no'",
    "files that a set of rules keeps": "import ctypes\n"
    "assert ctypes.CDLL(None).syscall(444, (1).to_bytes(8, 'little'), 8, 0) >= 0, 'no'",
    "disk in no time": "import ctypes; f = os.open('new', os.O_RDWR | os.O_CREAT)\n"
    "assert ctypes.CDLL(None).fallocate(f, 0, ctypes.c_long(0), ctypes.c_long(1 << 20)) == 0, 'no'",
    "the same by its older name": "import fcntl, struct; f = os.open('new', os.O_RDWR | os.O_CREAT)\n"
    "fcntl.ioctl(f, 0x4030582A, struct.pack('hhqqiI16x', 0, 0, 0, 1 << 20, 0, 0))",
    "hiding what is open": "import ctypes; assert ctypes.CDLL(None).prctl(4, 0, 0, 0, 0) == 0, 'no'",
    "a shared memory file": "open('/dev/shm/left-behind', 'w')",
    "taking a file's mode": "os.chmod(Path(outside, 'file.txt'), 0)",
    "the same by way of the open file": "os.fchmod(os.open(Path(outside, 'file.txt'), os.O_RDONLY), 0)",
    "the same by the newest call": "import ctypes\n"
    "assert ctypes.CDLL(None).syscall(452, -100, bytes(Path(outside, 'file.txt')), 0, 0) == 0, 'no'",
    "giving a file away": "os.chown(Path(outside, 'file.txt'), -1, os.getgid())",
    "making a file older": "os.utime(Path(outside, 'file.txt'), (0, 0))",
    "making an open file older": "os.utime(os.open(Path(outside, 'file.txt'), os.O_RDONLY), (0, 0))",
    "labelling a file": "os.setxattr(Path(outside, 'file.txt'), 'user.k', b'1')",
    "removing a label": "try: os.removexattr(Path(outside, 'file.txt'), 'user.k')\n"
    "except OSError as e: assert e.errno == 61, e  # there is none",
    "turning on a flag of a file": "import fcntl\n"
    "fcntl.ioctl(os.open(Path(outside, 'file.txt'), os.O_RDONLY), 0x40086602, (0x40).to_bytes(8, 'little'))",
    "gaining capabilities": "os.setuid(0 if os.getuid() else 1)",
    "mounting": "import ctypes; l = ctypes.CDLL(None, use_errno=True)\n"
    "assert l.mount(b'none', b'/mnt', b'tmpfs', 0, None) == 0, 'denied'",
    "leaving by another namespace": "import ctypes; assert ctypes.CDLL(None).unshare(0x10000000) == 0, 'denied'",
    "endless memory": "x = bytearray(40 << 30)",
    "a huge file": "f = open(Path(scratch, 'big'), 'wb')\nwhile True: f.write(bytes(1 << 20))",
    "many open files": "x = [open('/dev/null') for _ in range(10000)]",
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("what", DENIED)
def test_denies(what: str, level: isolation.Level, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file.txt").write_text("secret")
    before = (tmp_path / "outside" / "file.txt").stat()
    done = inside(DENIED[what] + "\nprint('GRANTED')", tmp_path, file_bytes=1 << 22, level=level)
    assert "GRANTED" not in done.stdout
    assert done.returncode != 0
    after = (tmp_path / "outside" / "file.txt").stat()
    assert (tmp_path / "outside" / "file.txt").read_text() == "secret"
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)
    assert after.st_mtime >= before.st_mtime
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


CACHES = """
import ctypes, subprocess, tempfile
with tempfile.TemporaryDirectory(dir=scratch) as folder:
    Path(folder, "new").write_text("x")
    os.replace(Path(folder, "new"), Path(scratch, "kept"))
    Path(folder, "stub.c").write_text("int answer(void) { return 42; }")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", "stub.so", "stub.c"], cwd=folder, check=True)
    assert ctypes.CDLL(str(Path(folder, "stub.so"))).answer() == 42
print("GRANTED")
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
@pytest.mark.parametrize("level", LEVELS)
def test_a_cache_is_written_and_what_was_linked_is_loaded(level: isolation.Level, tmp_path: Path) -> None:
    """As Triton does; without namespaces no file's mode can be changed, which a linker takes in its stride."""
    done = inside(CACHES, tmp_path, level=level, processes=True)
    assert "GRANTED" in done.stdout, done.stderr


def test_the_compiler_may_start_processes(tmp_path: Path) -> None:
    done = inside("import subprocess; subprocess.run(['true'], check=True)\nprint('GRANTED')", tmp_path, processes=True)
    assert "GRANTED" in done.stdout, done.stderr


TALKS_TO_ITSELF = """
listener = socket.create_server(("127.0.0.1", 0))
socket.create_connection(listener.getsockname(), timeout=5).close()
print("GRANTED", json.dumps(layers))
"""


def test_tools_may_talk_to_each_other_in_a_network_of_their_own(tmp_path: Path) -> None:
    done = inside(TALKS_TO_ITSELF, tmp_path, gpu=True, own_channels=True)
    assert "GRANTED" in done.stdout, done.stderr
    assert "no network" in done.stdout


@pytest.mark.parametrize("level", LEVELS)
def test_tools_may_talk_through_named_pipes(level: isolation.Level, tmp_path: Path) -> None:
    done = inside("os.mkfifo('pipe')\nprint('GRANTED', layers)", tmp_path, level=level, gpu=True, own_channels=True)
    assert "GRANTED" in done.stdout, done.stderr
    assert "file rules" in done.stdout
    assert "GRANTED" not in inside("os.mkfifo('pipe')\nprint('GRANTED')", tmp_path, level=level, gpu=True).stdout


def test_the_common_network_is_not_opened_for_it(tmp_path: Path) -> None:
    """Without namespaces ``own_channels`` would be everybody's."""
    done = inside(TALKS_TO_ITSELF, tmp_path, level="limits", gpu=True, own_channels=True)
    assert "GRANTED" not in done.stdout


def test_inside_bubblewrap_every_layer_is_in_force(tmp_path: Path) -> None:
    done = inside("print(json.dumps(layers))", tmp_path, level="bubblewrap")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        *("bubblewrap", "user namespace", "private processes", "no network", "read-only files", "hidden folders"),
        *("file rules", "system call filter", "process limit", "no privileges", "resource limits"),
        "clean environment",
    ]


def test_without_namespaces_the_rest_is_in_force_and_says_so(tmp_path: Path) -> None:
    done = inside("print(json.dumps(layers))", tmp_path, level="limits")
    assert json.loads(done.stdout) == [
        *("no network", "read-only files", "hidden folders", "file rules", "system call filter", "process limit"),
        *("no privileges", "resource limits", "clean environment"),
    ]


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
    "threads": "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,)).start()",
    "memory": "kept = []\nwhile True: kept.append(bytearray(b'x' * (1 << 24)))",
    "memory of many": "import time\nfor _ in range(15):\n    if not os.fork(): break\n"
    "x = bytearray(b'x' * (1 << 25))\ntime.sleep(60)",
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("what", BOMBS)
def test_ends_what_grows_beyond_its_bounds_where_processes_are_allowed(
    what: str, level: isolation.Level, tmp_path: Path
) -> None:
    bound = {"resident_bytes": 1 << 28} if "memory" in what else {"most_tasks": 128}  # one, lest two are exceeded
    done = inside(BOMBS[what], tmp_path, processes=True, level=level, **bound)
    assert done.returncode == (203 if "memory" in what else 201)


FLOODS = {
    "many large files": "for n in range(1000): open(Path(scratch, str(n)), 'wb').write(bytes(1 << 22))",
    "many small files": "for n in range(1000000): open(Path(scratch, str(n)), 'wb').close()",
    "many folders": "for n in range(1000000): Path(scratch, str(n)).mkdir()",
    "one file that grows back": "while True: open(Path(scratch, 'x'), 'ab').write(bytes(1 << 20))",
}


@pytest.mark.parametrize("what", FLOODS)
def test_ends_what_fills_the_disk(what: str, tmp_path: Path) -> None:
    done = inside(FLOODS[what], tmp_path, scratch_bytes=1 << 26, scratch_files=2000)
    assert done.returncode == 202
    left = [path for path in (tmp_path / "scratch").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in left) < 1 << 31


HELD = {
    "files without a name": "kept = []\nfor n in range(200):\n"
    "    kept.append(open(os.open(scratch, os.O_TMPFILE | os.O_RDWR), 'wb'))\n    kept[-1].write(bytes(1 << 22))",
    "files whose name is gone": "kept = []\nfor n in range(200):\n    kept.append(open(Path(scratch, 'x'), 'wb'))\n"
    "    os.unlink(Path(scratch, 'x'))\n    kept[-1].write(bytes(1 << 22))",
    "files of which a page is mapped": "import mmap, time\nkept = []\nfor n in range(200):\n"
    "    f = open(Path(scratch, 'x'), 'w+b'); f.write(bytes(1 << 22)); f.flush(); time.sleep(0.01)\n"
    "    kept.append(mmap.mmap(f.fileno(), 4096)); os.unlink(Path(scratch, 'x'))\n"
    "    f.close()\n",
}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("what", HELD)
def test_ends_what_fills_the_disk_with_files_that_no_folder_lists(
    what: str, level: isolation.Level, tmp_path: Path
) -> None:
    assert inside(HELD[what], tmp_path, level=level, scratch_bytes=1 << 26).returncode == 202


FILES_OF_ITS_OWN = """
import ctypes, errno, platform
clone = {"x86_64": 56, "aarch64": 220}[platform.machine()]
thread = ctypes.CDLL(None, use_errno=True).syscall(clone, 0x10900, 0, 0, 0, 0)
assert (thread, ctypes.get_errno()) == (-1, errno.EPERM)
print("GRANTED")
"""


def test_a_thread_has_the_files_of_its_process(tmp_path: Path) -> None:
    """Whoever looks at the process would not see them."""
    done = inside(FILES_OF_ITS_OWN, tmp_path, processes=True)
    assert "GRANTED" in done.stdout, done.stderr


@pytest.mark.parametrize("level", LEVELS)
def test_ends_what_stops_itself(level: isolation.Level, tmp_path: Path) -> None:
    """In a namespace of its own the first process cannot; it waits then."""
    stop = "import signal, time; os.kill(os.getpid(), signal.SIGSTOP); time.sleep(50)"
    assert inside(stop, tmp_path, level=level, idle_seconds=1.0).returncode in (205, 134, -6)


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_outlives_the_sandbox(level: isolation.Level, tmp_path: Path) -> None:
    """A daemon of its own session, with its parent gone."""
    mark = f"left-behind-{tmp_path.name}"
    code = f"""
    import time
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(300)", "{mark}"])
        os._exit(0)
    time.sleep(0.5)
    print("DONE")
    """
    done = inside(code, tmp_path, processes=True, level=level)
    assert "DONE" in done.stdout, done.stderr
    assert not [found for found in Path("/proc").glob("[0-9]*/cmdline") if mark in _text(found)]


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:  # it ended meanwhile
        return ""


def test_processor_time_that_is_used_up_is_told_as_such_in_a_namespace_too() -> None:
    """The first process of one does not hear SIGXCPU, and is killed later."""
    used = os.wait4(os.posix_spawn("/bin/true", ["true"], {}), 0)[2]
    killed = int(signal.SIGKILL)
    assert supervisor._of_processor_time(killed, used, -1) == signal.SIGXCPU
    assert supervisor._of_processor_time(killed, used, 100) == killed
    assert supervisor._of_processor_time(0, used, -1) == 0
