"""Workers on a real Ray cluster: what they say, that they end when they are told to, and that none that dies takes an
answer with it. The work sleeps; nothing of PyTorch is imported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from kernelagent.contract.codec import read_json
from kernelagent.contract.options import Options
from kernelagent.contract.result import Result
from kernelagent.driver import certificate
from kernelagent.driver.batch.batch import run_batch
from kernelagent.driver.batch.executors import ray as executors_ray
from kernelagent.driver.batch.executors.ray import RayExecutor
from kernelagent.driver.batch.problems import problems
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.cluster.cluster import cluster
from kernelagent.driver.cluster.lease import Lease, Lost
from kernelagent.driver.cluster.parcel import unpacked
from kernelagent.errors import BadOption, Cancelled, ClusterNeedsToken, ClusterTokenRejected, InternalError
from laptop import project, run
from ray_head import Head

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the campaign is run from the repository's root
from tests.bench.ray_overhead import WORK, InHand, answered_once, killing, zoo

ROOT = Path(__file__).resolve().parents[2]
BUILTIN = Options(provider="builtin")


def asked_for(name: str) -> dict[str, Any]:
    return {"file": name}


def test_a_worker_is_told_listened_to_stopped_and_replaced(ray: Any) -> None:
    lease = Lease(ray, WORK, {}, cpus=0.1)
    about = lease.open(CancelToken(), print)
    assert about["torch"] == "none"
    heard: list[Any] = []
    value, files = lease.do(asked_for("a_0.1.py"), b"", CancelToken(), heard.append)
    assert (value["entry"]["target"], list(unpacked(files))) == ("a_0.1.py", ["compose_out/composed_kernel.py"])
    assert heard[0]["message"] == f"in process {about['pid']}"
    with pytest.raises(InternalError, match="KeyError"):
        lease.do({}, b"", CancelToken(), heard.append)

    cancel = CancelToken()
    threading.Timer(0.3, cancel.cancel).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        lease.do(asked_for("a_60.py"), b"", cancel, heard.append)
    assert time.monotonic() - began < 20
    assert lease.open(CancelToken(), print)["pid"] == about["pid"], "it is kept: the work has ended by itself"

    threading.Timer(0.3, os.kill, (about["pid"], signal.SIGKILL)).start()
    with pytest.raises(Lost, match="died"):
        lease.do(asked_for("a_60.py"), b"", CancelToken(), heard.append)
    assert lease.open(CancelToken(), print)["pid"] != about["pid"]
    lease.close()


def test_what_is_lacking_there_is_told_as_it_was_raised(ray: Any) -> None:
    with pytest.raises(BadOption, match="no such interpreter"):
        Lease(ray, WORK, {"interpreter": "refuse"}, cpus=0.1).open(CancelToken(), print)


def test_workers_that_die_cost_no_answer(ray: Any, tmp_path: Path) -> None:
    """A slice of ``tests/bench/ray_overhead.py --problems 200 --kill-every 1``; one may be hit by each kill."""
    folder = zoo(tmp_path / "zoo", 6, 1.5)
    executor = RayExecutor(ray, None, 2, print, CancelToken(), WORK)
    in_hand = InHand()
    try:
        with killing(in_hand, 2.5, most=executors_ray.BEGUN_AT_MOST - 1) as killed:
            summary = run_batch(
                problems([str(folder)]), BUILTIN, folder=tmp_path / "answers", executor=executor, watch=in_hand
            )
    finally:
        executor.close()
    assert killed
    assert answered_once(tmp_path / "answers", 6) == []
    assert summary.verified == 6
    assert sum(entry.retries for entry in summary.entries) == len(killed)


def test_what_is_lost_again_and_again_is_told_and_tried_another_time(
    ray: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executors_ray, "BEGUN_AT_MOST", 1)
    folder = zoo(tmp_path / "zoo", 1, 60)
    executor = RayExecutor(ray, None, 1, print, CancelToken(), WORK)
    in_hand = InHand()
    try:
        with killing(in_hand, 0.2):
            summary = run_batch(
                problems([str(folder)]), BUILTIN, folder=tmp_path / "answers", executor=executor, watch=in_hand
            )
    finally:
        executor.close()
    (entry,) = summary.entries
    assert entry.reason == "ClusterLost: It was begun 1 times; each time the worker died."
    assert (entry.status, entry.is_answer, entry.retries) == ("failed", False, 0)


def test_a_batch_that_is_killed_goes_on(head: Head, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.bench.ray_overhead", "--workers", "1", "--problems", "4", "--seconds", "1"]
    command += ["--address", head.address, "--folder", str(tmp_path)]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **head.environment}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    journal = tmp_path / "answers" / "results.jsonl"
    while process.poll() is None and (not journal.is_file() or journal.read_bytes().count(b"\n") < 2):
        time.sleep(0.05)
    process.kill()
    process.wait()
    before = journal.read_bytes()
    assert before.count(b"\n") < 4
    again = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **head.environment}, capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stdout + again.stderr
    assert "each problem is answered once" in again.stdout
    assert journal.read_bytes().startswith(before)


def test_a_wrong_token_and_none_are_told_apart(head: Head, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for address in (head.address, head.through_client):
        monkeypatch.setenv("RAY_AUTH_MODE", "token")
        monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * 64)
        with pytest.raises(ClusterTokenRejected), cluster(address, cpus=1):
            pass
        monkeypatch.delenv("RAY_AUTH_MODE")
        expected = ClusterTokenRejected if address == head.address else ClusterNeedsToken
        with pytest.raises(expected), cluster(address, cpus=1):
            pass


def test_the_command_fuses_on_a_cluster_and_leaves_its_files_here(head: Head, tmp_path: Path) -> None:
    project(tmp_path)
    command = [sys.executable, "-m", "kernelagent.cli", "batch", "soft.py", "--no-verify", "--json"]
    command += ["--executor", "ray", "--address", head.through_client, "--jobs", "1"]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **head.environment}, capture_output=True, text=True, check=False
    )
    (entry,) = json.loads(done.stdout)["entries"]
    assert (entry["status"], entry["family"], entry["target"]) == ("unverified", "pointwise", "soft.py"), done.stderr
    assert [file["path"] for file in entry["imports"]] == ["acts.py"]
    run_dir = tmp_path / ".fuse" / "batch" / entry["run_dir"]
    result = json.loads((run_dir / "result.json").read_text(encoding="utf-8"))
    assert result["artifacts"]["run_dir"] == str(run_dir)
    assert (run_dir / result["kernel"]).is_file()
    for file in run_dir.rglob("*.json*"):
        assert "/tmp/kernelagent-" not in file.read_text(encoding="utf-8"), file


def test_a_machine_without_triton_gets_a_verdict(head: Head, tmp_path: Path) -> None:
    project(tmp_path)
    done = run(tmp_path, head, "verify", "kernel.py", "--problem", "soft.py", "--case", "example")
    verdict = json.loads(done.stdout)
    assert verdict["verdict"] == "pass", done.stdout + done.stderr
    assert verdict["where"] == "remote"
    assert verdict["summary"].endswith("Judged on a remote worker.")
    assert verdict["versions"]["triton"], "that of there"
    assert verdict["sandbox"], "in force there"
    assert "/tmp/kernelagent-" not in done.stdout
    assert "Running the kernel on the cases" in done.stderr, "progress comes over"


@pytest.mark.whole
def test_a_machine_without_triton_fuses(head: Head, tmp_path: Path) -> None:
    project(tmp_path)
    done = run(tmp_path, head, "fuse", "soft.py", "--run-dir", "run")
    assert json.loads(done.stdout)["status"] == "verified", done.stdout + done.stderr
    verification = read_json(tmp_path / "run" / "result.json", Result).verification
    assert verification is not None
    assert verification.where == "remote"
    assert verification.digest == certificate.digest(verification)
