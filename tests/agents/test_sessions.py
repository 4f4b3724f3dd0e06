"""Sessions of ``TritonKernelAgent``: their seconds, their disk, and that a killed one goes on without paying twice."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command_line import environment, kernelagent
from doors import KEY
from kernelagent import TritonKernelAgent
from kernelagent.contract.python_names import in_python
from kernels import MODULE, RIGHT, said
from model_server import Act, Hang, ModelServer, Say, Seen, playing, serving

TABLE = '[tool.kernelagent.models."m"]\nprovider = "openai"\napi = "chat"\nusd-input = 2.0\nusd-output = 8.0\n'
WORDS = "Implement a scaled ReLU"
MADE = MODULE.replace("class Block", "class Model")
KERNEL = RIGHT.replace("BlockTriton", "ModelNew")
TEST = """\
import sys, torch
from kernel import kernel_function
x, weight = torch.randn(3, 24), torch.randn(24)
sys.exit(0 if torch.allclose(kernel_function(x, weight), torch.relu(x * weight)) else "not content")
"""
CALL = """\
import json, sys
from kernelagent import TritonKernelAgent
words, test, options = json.loads(sys.argv[1])
agent = TritonKernelAgent(num_workers=1, preferred_provider="openai", model_name="m", yes=True, **options)
print(json.dumps(agent.generate_kernel(words, test)))
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text(TABLE, encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def right(seen: Seen, turn: int) -> Act:
    return Say(said(MADE if "You turn a description" in seen.text else KERNEL))


def generated(server: ModelServer, monkeypatch: pytest.MonkeyPatch, words: str = WORDS, **given: Any) -> dict[str, Any]:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
    agent = TritonKernelAgent(num_workers=1, preferred_provider="openai", model_name="m", **{"yes": True, **given})
    return agent.generate_kernel(words)


def test_the_budget_of_seconds_holds_while_a_module_is_made(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    with serving(Hang()) as server:
        result = generated(server, monkeypatch, budget_seconds=3.0)
        assert server.wait_until_closed()
    assert time.monotonic() - began < 8
    assert not result["success"]
    assert "the budget of 3 s is used up while a model made a module" in result["message"]
    assert "Raise budget_seconds" in result["message"]
    listed = kernelagent("runs", "list", cwd=project)
    assert "TimedOut" in listed.stdout


def test_what_the_words_took_is_no_longer_there_for_the_kernel(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def act(seen: Seen, turn: int) -> Act:
        return Hang() if turn else Say(said(MADE), pause_s=1.5)

    began = time.monotonic()
    with playing(act) as server:
        result = generated(server, monkeypatch, budget_seconds=9.0)
    assert 8 < time.monotonic() - began < 14
    assert not result["success"]
    assert "is used up" in result["message"]


@pytest.mark.parametrize(
    "name",
    [
        "description.txt",
        "reply.json",
        "final_kernel.py",
        *(pytest.param(name, marks=pytest.mark.whole) for name in ("prompt.md", "reply.md")),
    ],
)
def test_a_disk_that_is_full_is_told(name: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At whatever file it is: the write fails as the system's does, without a name."""
    text, data, replace = Path.write_text, Path.write_bytes, os.replace

    def fails(path: object) -> None:
        if Path(str(path)).name == name:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write_text(path: Path, *given: Any, **more: Any) -> int:
        fails(path)
        return text(path, *given, **more)

    def write_bytes(path: Path, *given: Any) -> int:
        fails(path)
        return data(path, *given)

    def put(source: object, target: object) -> None:
        fails(target)
        replace(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "write_text", write_text)
    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    monkeypatch.setattr(os, "replace", put)
    with playing(right) as server:
        result = generated(server, monkeypatch)
    assert not result["success"]
    assert "the disk is full" in result["message"]


def has(pattern: str) -> Callable[[Path], bool]:
    return lambda runs: any(runs.glob(f"session_*/{pattern}"))


@pytest.mark.parametrize(
    ("when", "words"),
    [
        pytest.param(has("session.json"), WORDS, marks=pytest.mark.whole),
        (has("problem/attempt_1/reply.json"), WORDS),
        (has("run/kernels_out/*/*/worker_1/attempt_1/reply.json"), WORDS),
        pytest.param(has("test/kernel.py"), WORDS, marks=pytest.mark.whole),
        pytest.param(has("run/kernels_out/*/*/worker_1/attempt_1/reply.json"), MADE, marks=pytest.mark.whole),
    ],
    ids=["at its start", "after the words", "after the kernel", "at the test", "source, after the kernel"],
)
def test_killed_and_resumed(
    when: Callable[[Path], bool], words: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with playing(right) as server:
        given = json.dumps([words, TEST, {"budget_tokens": 200_000}])
        env = environment(OPENAI_BASE_URL=f"{server.url}/v1")
        with subprocess.Popen([sys.executable, "-c", CALL, given], cwd=project, env=env) as dying:
            deadline = time.monotonic() + 120
            while not when(project / ".fuse") and dying.poll() is None and time.monotonic() < deadline:
                time.sleep(0.002)
            assert dying.poll() is None, "it is killed"
            dying.kill()
        listed = kernelagent("runs", "list", cwd=project)
        (session,) = (project / ".fuse").glob("session_*")
        assert f"{session.name}  did not end; `kernelagent runs resume {session.name}` lets it go on" in listed.stdout
        done = kernelagent("runs", "resume", "session_", "--folder", ".fuse", "--yes", "--json", cwd=project, **env)
        assert done.document["status"] == "verified", done.stderr
        assert (session / "final_kernel.py").read_text(encoding="utf-8") == KERNEL
        assert (session / "test" / "test.py").read_text(encoding="utf-8") == TEST
        assert len(server.seen) == (2 if words == WORDS else 1), "nothing is asked twice"
        assert done.document["cost"]["input_tokens"] == 1000 * (2 if words == WORDS else 1)
        assert ("made of the words by m" in done.document["message"]) == (words == WORDS)
        listed = kernelagent("runs", "list", "--json", cwd=project)
        assert [(one["run_id"], one["status"]) for one in listed.document] == [(session.name, "verified")]


def test_a_session_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With nobody to ask, once with its replies, once in a new run of them; without a key nothing goes on that needs
    one."""
    with playing(right) as server:
        session = Path(generated(server, monkeypatch)["session_dir"])
        asked = len(server.seen)
        again = kernelagent("runs", "resume", session, "--yes", cwd=project)
        assert again.status == 0, again.stderr
        assert str(session / "final_kernel.py") in again.stdout
        replayed = kernelagent("runs", "replay", session.name, "--json", cwd=project, OPENAI_API_KEY="")
        assert replayed.document["status"] == "verified", replayed.stderr
        assert replayed.document["route"]["reasons"].count("as decided before for the same content") == 1
        assert len(server.seen) == asked
    (session / "run" / "run.json").unlink()
    refused = kernelagent("runs", "resume", "session_", cwd=project, OPENAI_API_KEY="")
    assert refused.status == 2, "nothing is taken from nowhere"


def test_a_session_without_a_run_is_not_replayed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with playing(lambda seen, turn: Say("no code")) as server:
        session = Path(generated(server, monkeypatch, max_rounds=1)["session_dir"])
    refused = kernelagent("runs", "replay", session.name, cwd=project)
    assert refused.status == 2
    assert f"the session {session.name} ended before it had a module" in refused.stderr
    assert "Start the session anew with generate_kernel" in refused.stderr
    assert "fuse" not in refused.stderr.replace(".fuse", "")


@pytest.mark.whole
def test_a_test_that_is_not_content_with_a_kernel_that_goes_on(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with playing(right) as server:
        monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
        agent = TritonKernelAgent(num_workers=1, preferred_provider="openai", model_name="m", yes=True)
        result = agent.generate_kernel(MADE, "import kernel\nraise SystemExit('never content')")
        assert "never content" in result["message"]
        done = kernelagent("runs", "resume", result["session_dir"], "--yes", cwd=project)
        assert (done.status, "never content" in done.stdout) == (1, True), done.stderr
        shown = kernelagent("runs", "show", "session_", cwd=project)
        assert (shown.status, "never content" in shown.stdout) == (1, True), shown.stderr
        assert len(server.seen) == 1


def test_python_callers_are_told_arguments(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://model.example/v1")
    agent = TritonKernelAgent(model_name="m", preferred_provider="openai")
    told = agent.generate_kernel(WORDS)["message"]
    assert "yes=True" in told
    assert "--" not in told
    assert "ConsentNeeded" in kernelagent("runs", "list", cwd=project).stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Raise --max-iters or --workers.", "Raise max_rounds or num_workers."),
        ("Pass --yes, or", "Pass yes=True, or"),
        ("Use --provider builtin, which", 'Use preferred_provider="builtin", which'),
        ("--no-verify and --no-router-cache", "verify=False and router_cache=False"),
        ("Pass --interpreter PATH, or", "Pass interpreter=PATH, or"),
        ("`kernelagent fuse --yes` and `--yes`", "`kernelagent fuse --yes` and `yes=True`"),
        ("a--yes, --security-opt x", "a--yes, --security-opt x"),
    ],
)
def test_flags_as_arguments(text: str, told: str) -> None:
    assert in_python(text) == told
