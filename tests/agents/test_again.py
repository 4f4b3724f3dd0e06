"""A run that is killed goes on without paying twice, and is run again from its replies with nobody to ask."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import kernelagent
from doors import KEY
from kernelagent.cli.progress import describe
from kernelagent.cli.report import cost_told
from kernelagent.contract.codec import read_json
from kernelagent.contract.events import CostChanged, Event, Warned
from kernelagent.contract.options import Options
from kernelagent.contract.run_request import RunRequest
from kernelagent.driver.again import find_run, replay, resume
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.run_directory import create_run_directory
from kernelagent.driver.run_lock import is_going
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import BadOption, StillGoing, TargetNotFound
from kernels import MODULE, NOT_PYTHON, RIGHT, WRONG_VALUES, said
from model_server import Act, Hang, Say, Seen, playing

ROOT = Path(__file__).resolve().parents[2]
TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\nusd-input = 2.0\nusd-output = 8.0\n'
PATHS = {"run_dir": ".fuse/one", "env_file": "keys.env", "output": "block_triton.py"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "model.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    return tmp_path


def environment(url: str) -> dict[str, str]:
    paths = os.pathsep.join(str(ROOT / part) for part in ("pipeline", "server"))
    return {**os.environ, "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": f"{url}/v1", "PYTHONPATH": paths}


def character(seen: Seen, turn: int) -> Act:
    return Say(said(RIGHT if "judge does not accept" in seen.text else WRONG_VALUES))


def named(run: Path, name: str) -> int:
    """Files of that name in a folder in which folders come and go."""
    return sum(name in files for _, _, files in os.walk(run))


KILLED_WHEN: dict[str, Callable[[Path], bool]] = {
    "before anything is asked": lambda run: (run / "graph.json").exists(),
    "after the first reply": lambda run: named(run, "reply.json") == 1,
    "after the first verdict": lambda run: named(run, "verdict.json") == 1,
    "after the second reply": lambda run: named(run, "reply.json") == 2,
    "after the composed file": lambda run: (run / "compose_out" / "summary.json").exists(),
}


SELDOM = {"before anything is asked", "after the first verdict", "after the second reply"}
"""Before or between moments that are always tried; with ``--whole`` alone."""


@pytest.mark.parametrize(
    "when", [pytest.param(when, marks=[pytest.mark.whole] if when in SELDOM else []) for when in KILLED_WHEN]
)
def test_killed_and_resumed(when: str, project: Path) -> None:
    run = project / ".fuse" / "20310102-the-run"
    command = [
        sys.executable,
        "-m",
        "kernelagent.cli",
        "fuse",
        "model.py::Block",
        "--provider",
        "openai",
        "--model",
        "m",
    ]
    command += ["--workers", "1", "--run-dir", str(run)]
    with playing(character) as server:
        env = environment(server.url)
        started = subprocess.Popen(
            command, cwd=project, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        deadline = time.monotonic() + 120
        while not KILLED_WHEN[when](run) and started.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        if started.poll() is None:
            os.kill(started.pid, signal.SIGKILL)
        started.wait()
        answered = named(run, "reply.json")
        asked = len(server.seen)
        listed = kernelagent("runs", "list", cwd=project, **env)
        if not (run / "result.json").exists():
            assert "did not end" in listed.stdout
        done = kernelagent("runs", "resume", "20310102", "--json", cwd=project, **env)
        result = json.loads(done.stdout)
        assert result["status"] == "verified", result
        assert len(server.seen) - asked == 2 - answered, "nothing that was answered is asked again"
    assert result["cost"]["output_tokens"] == 1000, "both replies count, whenever they were paid for"
    for file in run.rglob("*"):
        assert not file.is_file() or KEY.encode() not in file.read_bytes(), file


def test_replayed_without_a_key_or_a_network(project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    with playing(character) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(provider="openai", model="m", workers=2, max_iters=3)
        first = fuse(Target(project / "model.py", "Block"), options, pool=pool)
    assert first.status == "verified"
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.delenv("OPENAI_BASE_URL")
    (project / "model.py").write_text("raise SystemExit('changed since')\n", encoding="utf-8")
    past = find_run(project / ".fuse", first.run_id[:20])
    events: list[Event] = []
    again = replay(past, pool=pool, on_event=events.append)
    assert again.status == "verified", again.error
    assert again.run_id != first.run_id
    assert again.verification is not None
    assert first.verification is not None
    assert again.verification.kernel_sha256 == first.verification.kernel_sha256
    assert 0 < again.cost.usd <= first.cost.usd
    assert (first.cost.recorded, again.cost.recorded) == (False, True)
    told = cost_told(again.cost)
    assert told.startswith("recorded: ")
    assert told.endswith("; nothing was paid now")
    shown = [describe(event) for event in events if isinstance(event, CostChanged)]
    assert shown
    assert all("recorded: " in line for line in map(str, shown))
    assert not list((project / ".fuse" / again.run_id).rglob("prompt.md")), "nobody was asked"


@pytest.mark.parametrize("optimize", [False, pytest.param(True, marks=pytest.mark.whole)])
def test_a_replay_has_the_winner_of_the_run(
    optimize: bool, project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reply is right, and another; the last worker's comes first, and is first in nothing else."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def act(seen: Seen, turn: int) -> Act:
        own = f"# at {seen.body['temperature']}, {len(seen.body['messages'])}\n"
        return Say(said(own + RIGHT), pause_s=0.0 if seen.body["temperature"] == 1.0 else 4.0)

    with playing(act) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        given = {"optimize": optimize, "max_iters": 1 + optimize, "route": "direct"}
        options = Options(provider="openai", model="m", workers=3, run_dir=str(project / "run"), **given)  # type: ignore[arg-type]
        first = fuse(Target(project / "model.py", "Block"), options, pool=pool)
        assert first.status == "verified", first.error
        kernel = (project / "run" / "compose_out" / "composed_kernel.py").read_bytes()
    if not optimize:
        assert b"# at 1.0" in kernel
        others = [path for path in (project / "run").rglob("attempt_1") if "worker_3" not in path.parts]
        for path in others:
            record = json.loads(next((project / "run").rglob("reply.json")).read_text(encoding="utf-8"))
            record["said"]["text"] = said("# late\n" + RIGHT)
            (path / "reply.json").write_text(json.dumps(record), encoding="utf-8")
        assert len(others) == 2, "they have answered too, after it was over"
    for _ in range(2):
        replayed = replay(find_run(project, str(project / "run")), pool=pool)
        assert replayed.status == "verified", replayed.error
        folder = Path(replayed.artifacts["run_dir"])
        assert (folder / "compose_out" / "composed_kernel.py").read_bytes() == kernel


def test_a_replay_without_replies_is_an_error_of_its_own(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with playing(character) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(provider="openai", model="m", workers=1, max_iters=1)
        first = fuse(Target(project / "model.py", "Block"), options, pool=pool)
        past = find_run(project / ".fuse", first.run_id)
        for record in past.folder.path.rglob("reply.json"):
            record.unlink()
        again = replay(past, pool=pool)
        assert len(server.seen) == 1
    assert again.error is not None
    assert again.error.code == "NotRecorded"


def test_what_the_module_imports_has_changed_since(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "acts.py").write_text("import torch\n\n\ndef act(x):\n    return torch.relu(x)\n", encoding="utf-8")
    text = MODULE.replace("torch.relu(", "act(").replace("import torch\n", "import torch\nfrom acts import act\n", 1)
    (project / "model.py").write_text(text, encoding="utf-8")
    with playing(lambda seen, turn: Say(said(RIGHT))) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(provider="openai", model="m", workers=1, max_iters=1)
        first = fuse(Target(project / "model.py", "Block"), options, pool=pool)
        assert first.status == "verified"
        helper = (project / "acts.py").read_text(encoding="utf-8").replace("relu", "sigmoid")
        (project / "acts.py").write_text(helper, encoding="utf-8")
        past = find_run(project / ".fuse", first.run_id)
        assert "acts.py has changed since" in past.outdated[0]
        again = resume(past, pool=pool)
        assert again.status == "failed"
        assert again.error is not None and again.error.code == "NoVerifiedKernel"
        assert len(server.seen) == 1, "the reply is used, its verdict is not"


@pytest.mark.whole
def test_a_project_that_was_moved(tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its runs, and with the file that the module imports."""
    project = tmp_path / "there"
    project.mkdir()
    module = MODULE.replace("import torch\n", "import torch\nfrom beside import ONE\n", 1).replace("x *", "ONE * x *")
    (project / "model.py").write_text(module, encoding="utf-8")
    (project / "beside.py").write_text("ONE = 1.0\n", encoding="utf-8")
    (project / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with playing(character) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(provider="openai", model="m", workers=1, run_dir=str(project / ".fuse" / "one"))
        first = fuse(Target(project / "model.py", "Block"), options, pool=pool)
        assert first.status == "verified", first.error
        asked = len(server.seen)
        (project / ".fuse" / "one" / "result.json").unlink()
        project.rename(tmp_path / "here")
        past = find_run(tmp_path / "here" / ".fuse", "one")
        assert past.target.file == tmp_path / "here" / "model.py"
        assert not past.notes
        assert not past.outdated
        again = resume(past, pool=pool)
        assert again.status == "verified", again.error
        assert len(server.seen) == asked


@pytest.mark.whole
def test_a_project_that_was_copied(tmp_path: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its run is about the copy, whose import and ``.env`` are other ones by now, and not about the first project."""
    project, copied = tmp_path / "first", tmp_path / "copied"
    project.mkdir()
    module = MODULE.replace("import torch\n", "import torch\nfrom beside import ONE\n", 1).replace("x *", "ONE * x *")
    (project / "model.py").write_text(module, encoding="utf-8")
    (project / "beside.py").write_text("ONE = 1.0\n", encoding="utf-8")
    (project / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    (project / "keys.env").write_text("", encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with playing(lambda seen, turn: Say(said(RIGHT))) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        paths = {name: str(project / path) for name, path in PATHS.items()}
        options = Options(provider="openai", model="m", workers=1, max_iters=1, **paths)
        first = fuse(Target(project / "model.py", "Block"), options, pool=pool)
    assert first.status == "verified", first.error
    shutil.copytree(project, copied)
    (copied / "beside.py").write_text("ONE = 2.0\n", encoding="utf-8")
    past = find_run(copied / ".fuse", "one")
    assert (past.target.file, past.request.file) == (copied / "model.py", str(copied / "model.py"))
    assert {name: getattr(past.request.options, name) for name in PATHS} == {
        name: str(copied / path) for name, path in PATHS.items()
    }
    assert past.outdated[0].startswith(f"{copied / 'beside.py'} has changed since")
    again = replay(past, pool=pool)
    assert again.status == "failed", "the kernel is right in the first project only"
    kept = find_run(project / ".fuse", "one")
    assert (kept.target.file, kept.outdated) == (project / "model.py", ())
    (copied / "model.py").unlink()
    assert find_run(copied / ".fuse", "one").target.file == project / "model.py"


def test_the_module_itself_has_changed_since(project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    with playing(lambda seen, turn: Say(said(RIGHT))) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(provider="openai", model="m", workers=1, max_iters=1)
        first = fuse(Target(project / "model.py", "Block"), options, pool=pool)
        (project / "model.py").write_text(MODULE.replace("x * self", "x + self"), encoding="utf-8")
        events: list[Event] = []
        past = find_run(project / ".fuse", first.run_id)
        (past.folder.graph).write_text("{", encoding="utf-8")
        again = resume(past, pool=pool, on_event=events.append)
    assert again.status == "verified"
    assert any(isinstance(event, Warned) and "has changed since" in event.message for event in events)
    assert again.verification is not None
    assert str(past.folder.problem_copy) in again.verification.summary
    assert "has changed since" in again.verification.not_checked[0]
    past.folder.problem_copy.unlink()
    with pytest.raises(BadOption, match=r"problem\.py cannot be read"):
        find_run(project / ".fuse", first.run_id)


def test_what_was_answered_is_judged_before_anything_is_asked(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first worker's recorded reply is wrong at a look, and its next request is paid; the right one lies beside
    it, and takes the judge longer."""
    with playing(lambda seen, turn: Say(said(NOT_PYTHON))) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(provider="openai", model="m", workers=2, max_iters=1, run_dir=str(project / "run"))
        first = fuse(Target(project / "model.py", "Block"), options, pool=pool)
        assert first.status == "failed"
        (last,) = (path for path in (project / "run").rglob("reply.json") if "worker_2" in path.parts)
        record = json.loads(last.read_text(encoding="utf-8"))
        record["said"]["text"] = said(RIGHT)
        last.write_text(json.dumps(record), encoding="utf-8")
        again = resume(find_run(project, str(project / "run")), pool=pool, max_iters=3)
        assert again.status == "verified", again.error
        assert len(server.seen) == 2, "nothing was asked for that was not needed"


def test_a_verdict_that_lies_in_the_directory_is_not_believed(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with playing(lambda seen, turn: Say(said(RIGHT))) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(provider="openai", model="m", workers=1, max_iters=1)
        first = fuse(Target(project / "model.py", "Block"), options, pool=pool)
        past = find_run(project / ".fuse", first.run_id)
        (attempt,) = past.folder.path.rglob("attempt_1")
        reply, verdict = attempt / "reply.json", attempt / "verdict.json"
        forged = reply.read_text(encoding="utf-8").replace("product <= 0, 0.0", "product <= 0, 0.5")
        assert forged != reply.read_text(encoding="utf-8")
        reply.write_text(forged, encoding="utf-8")
        kernel = (attempt / "kernel.py").read_text(encoding="utf-8").replace("product <= 0, 0.0", "product <= 0, 0.5")
        told = json.loads(verdict.read_text(encoding="utf-8"))
        told["kernel_sha256"] = hashlib.sha256(kernel.encode()).hexdigest()
        verdict.write_text(json.dumps(told), encoding="utf-8")
        again = resume(past, pool=pool)
    assert again.error is not None and again.error.code == "NoVerifiedKernel"


def test_a_new_run_in_an_old_directory_asks_anew(
    project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with playing(lambda seen, turn: Say(said(RIGHT))) as server:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        options = Options(provider="openai", model="m", workers=1, max_iters=1, run_dir=str(project / "run"))
        for count in (1, 2):
            assert fuse(Target(project / "model.py", "Block"), options, pool=pool).status == "verified"
            assert len(server.seen) == count
        monkeypatch.setenv("OPENAI_API_KEY", "")
        past = find_run(project, str(project / "run"))
        refused = resume(past, pool=pool)
        assert refused.error is not None
        assert refused.error.code == "ProviderNotConfigured"


def test_a_run_that_cannot_go_on(tmp_path: Path) -> None:
    with pytest.raises(TargetNotFound):
        find_run(tmp_path, "20310102")
    for name in ("20310102-a", "20310102-b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadOption, match="several"):
        find_run(tmp_path, "20310102")
    with pytest.raises(BadOption, match="cannot be read"):
        find_run(tmp_path, "20310102-a")


def test_the_request_is_written_whole(tmp_path: Path) -> None:
    from kernelagent.contract.codec import write_json

    request = RunRequest("m.py", "Block", Options(arch=("sm_90", "gfx942"), budget_usd=0.5), "openai", "m")
    write_json(tmp_path / "run.json", request)
    assert read_json(tmp_path / "run.json", RunRequest) == request


def test_one_run_at_a_time_in_a_directory(project: Path, pool: WorkerPool) -> None:
    run = project / ".fuse" / "20310102-the-run"
    arguments = ["fuse", "model.py::Block", "--provider", "openai", "--model", "m", "--workers", "1", "--no-verify"]
    with playing(lambda seen, turn: Hang()) as server:
        env = environment(server.url)
        command = [sys.executable, "-m", "kernelagent.cli", *arguments, "--run-dir", str(run)]
        started = subprocess.Popen(
            command, cwd=project, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            deadline = time.monotonic() + 120
            while not server.seen and started.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            with pytest.raises(StillGoing, match=f"still going .process {started.pid}"):
                create_run_directory(project / "model.py", "Block", str(run))
            refused = kernelagent(*arguments, "--run-dir", run, "--json", cwd=project, **env)
            assert json.loads(refused.stdout)["error"]["code"] == "StillGoing"
            assert is_going(run)
            assert len(server.seen) == 1
        finally:
            os.kill(started.pid, signal.SIGKILL)
            started.wait()
    assert not is_going(run), "a process that died holds nothing"
    create_run_directory(project / "model.py", "Block", str(run), goes_on=True)[1].release()


def test_a_run_goes_on_in_another_folder(project: Path, pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its paths are those of the folder in which it was begun."""
    script, elsewhere = {"replies": [{"text": said(RIGHT)}]}, project / "elsewhere"
    elsewhere.mkdir()
    (project / "script.json").write_text(json.dumps(script), encoding="utf-8")
    (elsewhere / "out.py").write_text("# mine\n", encoding="utf-8")
    monkeypatch.chdir(project)
    begun = {"provider": "scripted", "model": "script.json", "extract_model": "script.json", "env_file": "keys.env"}
    paths = {"output": "out.py", "run_dir": "run", "interpreter": os.path.relpath(sys.executable)}
    options: dict[str, Any] = {**begun, **paths, "workers": 1, "max_iters": 1, "verify": False}
    result = fuse(Target(Path("model.py"), "Block"), Options(**options), pool=pool)
    assert result.kernel is not None, result.error
    (project / "out.py").unlink()
    for reply in (project / "run").rglob("reply.json"):
        reply.unlink()
    monkeypatch.chdir(elsewhere)
    past = find_run(project, str(project / "run"))
    for name in (*begun, *paths):
        if name != "provider":
            assert getattr(past.request.options, name) == str(project / options[name])
    result = resume(past, pool=pool)
    assert result.kernel is not None, result.error
    assert "kernel_function" in (project / "out.py").read_text(encoding="utf-8")
    assert (elsewhere / "out.py").read_text(encoding="utf-8") == "# mine\n"
