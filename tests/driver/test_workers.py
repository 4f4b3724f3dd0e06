"""The pool: errors by name, cancelling and timing out without leaving a process, and death on either side."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driver_processes import alive, leave_pid, pids_in, wait_for
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import Cancelled, InternalError, TimedOut, TorchMissing, WorkerDied

Capture = Callable[[str], dict[str, Any]]

STAY = "import time; time.sleep(600)\n"


def spawn_detached(folder: Path) -> str:
    """Source that starts a process in a session of its own, where killing the group does not reach it."""
    script = leave_pid(folder).strip() + "; import time; time.sleep(600)"
    return f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {script!r}], start_new_session=True)\n"


def test_a_task_runs_in_a_process_of_its_own_and_returns_its_value(pool: WorkerPool) -> None:
    value = pool.call("probe", {})
    assert value["executable"] == sys.executable
    assert value["torch"].startswith("2.")


def test_the_warm_process_has_one_thread(pool: WorkerPool) -> None:
    """Forking a process with several threads may deadlock the child."""
    for flavor in ("interpret", "compile"):
        pool.call("probe", {}, flavor=flavor)  # type: ignore[arg-type]
        process = pool._workers[flavor]  # type: ignore[index]
        assert len(os.listdir(f"/proc/{process.pid}/task")) == 1


def test_many_calls_at_once(pool: WorkerPool) -> None:
    values: list[dict[str, Any]] = []
    threads = [threading.Thread(target=lambda: values.append(pool.call("probe", {}))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(values) == 8


def test_an_unknown_task_is_a_defect_with_its_traceback_in_the_log_only(pool: WorkerPool) -> None:
    with pytest.raises(InternalError) as caught:
        pool.call("no_such_task", {})
    assert "Traceback" in caught.value.details
    assert "Traceback" not in caught.value.message


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("import os; os._exit(7)", "status 7"),
    ],
)
def test_a_process_that_ends_by_itself(pool: WorkerPool, capture_of: Capture, body: str, name: str) -> None:
    words = "import sys; print('last words', file=sys.stderr, flush=True)\n"
    with pytest.raises(WorkerDied, match=name) as caught:
        pool.call("capture", capture_of(words + body))
    assert "last words" in caught.value.details


@pytest.mark.parametrize("forks", [True, False])
def test_a_task_that_prints_without_end_is_ended(capture_of: Capture, forks: bool) -> None:
    """And without a line's end; the others are served meanwhile."""
    endless = "import os\nwhile True:\n    os.write(1, b'x' * 65_536)\n"
    with WorkerPool(sys.executable, forks=forks) as workers:
        with pytest.raises(WorkerDied, match="printed more than 64 MiB and was ended") as caught:
            workers.call("capture", capture_of(endless), timeout_s=60)
        assert len(caught.value.details) < 100_000
        assert workers.call("capture", capture_of(""))["problem"]["class_name"] == "Block"


def test_what_the_users_code_prints_does_not_reach_the_wire(pool: WorkerPool, capture_of: Capture) -> None:
    noise = 'import os\nprint(\'{"id": 1, "ok": true, "value": {}}\')\nos.write(1, b\'x\' * 200_000)\n'
    assert pool.call("capture", capture_of(noise))["problem"]["class_name"] == "Block"


def test_the_users_code_finds_no_arguments_of_ours(pool: WorkerPool, capture_of: Capture) -> None:
    parses = "import argparse\nassert not vars(argparse.ArgumentParser().parse_args())\n"
    assert pool.call("capture", capture_of(parses))["problem"]["class_name"] == "Block"


def test_code_that_writes_to_every_descriptor_ends_no_worker(pool: WorkerPool, capture_of: Capture) -> None:
    nested = (
        "import contextlib, os\nfor fd in range(3, 64):\n    with contextlib.suppress(OSError):\n"
        "        os.write(fd, b'[' * 60_000 + b'\\n')\n"
    )
    assert pool.call("capture", capture_of(nested))["problem"]["class_name"] == "Block"
    assert pool.call("capture", capture_of(""))["problem"]["class_name"] == "Block"


def test_cancelling_kills_the_task_and_all_that_it_started(
    pool: WorkerPool, capture_of: Capture, tmp_path: Path
) -> None:
    token = CancelToken()
    args = capture_of(leave_pid(tmp_path) + spawn_detached(tmp_path) + STAY)
    caught: list[BaseException] = []

    def work() -> None:
        try:
            pool.call("capture", args, cancel=token)
        except Cancelled as exc:
            caught.append(exc)

    thread = threading.Thread(target=work)
    thread.start()
    pids = pids_in(tmp_path, 2)
    token.cancel()
    thread.join(5)
    assert len(caught) == 1
    wait_for(lambda: not any(alive(pid) for pid in pids), 5)
    assert pool.call("probe", {})["torch"]


def test_a_cancelled_token_starts_nothing(pool: WorkerPool, capture_of: Capture, tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        pool.call("capture", capture_of(leave_pid(tmp_path)), cancel=token)
    assert not list(tmp_path.glob("*.pid"))


def test_a_task_that_takes_too_long_is_killed(pool: WorkerPool, capture_of: Capture, tmp_path: Path) -> None:
    with pytest.raises(TimedOut, match="capture"):
        pool.call("capture", capture_of(leave_pid(tmp_path) + STAY), timeout_s=1.5)
    (pid,) = pids_in(tmp_path, 1)
    wait_for(lambda: not alive(pid), 5)


def test_what_a_finished_task_left_running_is_killed(pool: WorkerPool, capture_of: Capture, tmp_path: Path) -> None:
    pool.call("capture", capture_of(spawn_detached(tmp_path)))
    wait_for(lambda: not any(alive(int(file.stem)) for file in tmp_path.glob("*.pid")), 5)


def test_close_leaves_no_process(capture_of: Capture, tmp_path: Path) -> None:
    workers = WorkerPool(sys.executable)
    args = capture_of(leave_pid(tmp_path) + STAY)
    ended: list[BaseException] = []

    def work() -> None:
        try:
            workers.call("capture", args)
        except WorkerDied as exc:
            ended.append(exc)

    thread = threading.Thread(target=work)
    thread.start()
    pids = [*pids_in(tmp_path, 1), workers._workers["interpret"].pid]
    workers.close()
    thread.join(5)
    assert len(ended) == 1
    wait_for(lambda: not any(alive(pid) for pid in pids), 2)


def test_when_the_warm_process_dies_the_next_call_starts_another(tmp_path: Path) -> None:
    with WorkerPool(sys.executable) as workers:
        workers.call("probe", {}, flavor="compile")
        os.kill(workers._workers["compile"].pid, signal.SIGKILL)
        wait_for(lambda: not workers._workers["compile"].alive)
        assert workers.call("probe", {}, flavor="compile")["torch"]


@pytest.mark.parametrize("warm", [True, False])
def test_when_the_driver_is_killed_its_workers_end(tmp_path: Path, warm: bool) -> None:
    call = "pool.call('probe', {}, flavor='compile')" if warm else "pass"
    script = (
        "import sys, time, pathlib\n"
        "from kernelagent.driver.workers import WorkerPool\n"
        "pool = WorkerPool(sys.executable)\n"
        "pool._warm('compile')\n"
        f"{call}\n"
        f"pathlib.Path({os.fspath(tmp_path)!r}, 'worker.pid').write_text(str(pool._workers['compile'].pid))\n"
        "time.sleep(600)\n"
    )
    driver = subprocess.Popen([sys.executable, "-c", script])
    (pid,) = pids_in(tmp_path, 1)
    driver.kill()
    driver.wait()
    wait_for(lambda: not alive(pid), 5)


def test_no_secret_reaches_a_worker(capture_of: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("TRITON_SECRET_TOKEN", "secret")
    monkeypatch.setenv("UNRELATED", "x")
    seen = tmp_path / "environment"
    body = f"import os, pathlib; pathlib.Path({os.fspath(seen)!r}).write_text('\\n'.join(os.environ))"
    with WorkerPool(sys.executable) as workers:
        workers.call("capture", capture_of(body))
    names = seen.read_text().split("\n")
    assert "PATH" in names
    assert not {"OPENAI_API_KEY", "TRITON_SECRET_TOKEN", "UNRELATED"} & set(names)


def test_where_forking_is_unsafe_each_task_gets_a_fresh_process(capture_of: Capture, tmp_path: Path) -> None:
    with WorkerPool(sys.executable, forks=False) as workers:
        assert workers.call("probe", {}, flavor="compile")["torch"]
        with pytest.raises(TimedOut):
            workers.call("capture", capture_of(leave_pid(tmp_path) + STAY), timeout_s=30)
        (pid,) = pids_in(tmp_path, 1)
        wait_for(lambda: not alive(pid), 5)


def test_an_interpreter_without_torch_says_so(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    with WorkerPool(str(tmp_path / "bare" / "bin" / "python")) as workers, pytest.raises(TorchMissing):
        workers.call("probe", {})


def test_running_a_module_leaves_no_bytecode(pool: WorkerPool, capture_of: Capture, tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("x = 1\n", encoding="utf-8")
    pool.call("capture", capture_of("import beside"))
    assert not list(tmp_path.rglob("*.pyc"))
