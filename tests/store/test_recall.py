"""The same request again is answered by the run that answered it before, if all that this hangs on is as it was."""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kernelagent.contract.codec import read_json, write_json
from kernelagent.contract.events import AnsweredBefore, Event, RunFinished, RunStarted
from kernelagent.contract.file_digest import sha256_of_names
from kernelagent.contract.options import Options
from kernelagent.contract.problem import DataFile, ImportedFile, InstalledPackage
from kernelagent.contract.result import Result
from kernelagent.driver import own_seal, pipeline
from kernelagent.driver.certificate import sealed
from kernelagent.driver.interpreter import find_interpreter, probe
from kernelagent.driver.run_directory import ANSWER, RunDirectory
from kernelagent.driver.stages import load
from kernelagent.driver.store import answers
from kernelagent.driver.store.answers import may_recall
from kernelagent.driver.store.machine import environment_of, machine_of
from kernelagent.driver.store.recall import recall
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from past_runs import sha256, verification, write_run
from warm_command_line import in_this_process, share

MODEL = """import torch
from scale import SCALE


# kernelagent: inputs=(torch.randn(4, 8),)
class Gate(torch.nn.Module):
    def forward(self, x):
        return x.sigmoid() * SCALE


class Other(torch.nn.Module):
    def forward(self, x):
        return x
"""
OPTIONS = Options(provider="builtin", device="cpu")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A project and the run that has answered the request, as a real one leaves it (``tests/cli`` has a real one);
    tests work in copies of it."""
    project = tmp_path_factory.mktemp("made")
    (project / "pyproject.toml").touch()
    (project / "model.py").write_text(MODEL, encoding="utf-8")
    (project / "scale.py").write_text("SCALE = 2.0\n", encoding="utf-8")
    (project / "parts").mkdir()
    record = project / "site" / "einsum_like-1.0.dist-info" / "RECORD"
    record.parent.mkdir(parents=True)
    record.write_text("a.py,,\n", encoding="utf-8")
    python = probe(sys.executable, "the tests")
    problem = load.read(Target(project / "model.py", "Gate"), OPTIONS).problem
    judged = verification(
        MODEL,
        versions={"python": python.python, "torch": str(python.torch), "triton": str(python.triton)},
        imports=(ImportedFile("scale.py", sha256("SCALE = 2.0\n")),),
        data=(
            DataFile("other.txt", kind="absent"),
            DataFile("site", kind="there"),
            DataFile("parts", sha256_of_names(project / "parts"), kind="folder"),
        ),
        packages=(InstalledPackage("einsum_like", "1.0", "site/einsum_like-1.0.dist-info/RECORD", sha256("a.py,,\n")),),
    )
    folder = RunDirectory(
        write_run(project / ".fuse", "20260101-100000-gate-0001", source=MODEL, options=OPTIONS, verification=judged)
    )
    folder.graph.write_text('{"nodes": []}', encoding="utf-8")
    result = read_json(folder.result, Result)
    key = answers.key_of(problem, judged.versions, OPTIONS, "", find_interpreter(project / "model.py")[0])
    answers.keep(folder, result, key, folder.run_id)
    return project, result


@pytest.fixture
def project(made: tuple[Path, Result], tmp_path: Path) -> Path:
    shutil.copytree(made[0], tmp_path / "p")
    return tmp_path / "p"


def again(project: Path, options: Options = OPTIONS, **more: Any) -> Result | None:
    return recall(Target(project / "model.py", "Gate", **more), options)


def run_of(project: Path) -> RunDirectory:
    (found,) = (project / ".fuse").glob("2*")
    return RunDirectory(found)


def test_it_answers_at_once_and_says_so(project: Path, made: tuple[Path, Result]) -> None:
    before = made[1]
    events: list[Event] = []
    began = time.monotonic()
    result = recall(Target(project / "model.py", "Gate"), OPTIONS, on_event=events.append)
    assert time.monotonic() - began < 5
    assert result is not None
    assert result.cached == before.run_id != result.run_id
    assert result.verification == before.verification
    assert [type(event) for event in events] == [RunStarted, AnsweredBefore, RunFinished]
    assert before.run_id in events[1].message  # type: ignore[union-attr]
    folder = RunDirectory(Path(result.artifacts["run_dir"]))
    assert read_json(folder.result, Result) == result
    assert folder.composed_kernel.read_bytes() == run_of_made(made).composed_kernel.read_bytes()
    assert before.run_id in folder.report.read_text(encoding="utf-8")
    assert json.loads(folder.problem.read_text())["file"] == str(project / "model.py")
    shutil.rmtree(project / ".fuse" / before.run_id)
    third = again(project)
    assert third is not None, "what was given again can be given again"
    assert third.cached == before.run_id


def run_of_made(made: tuple[Path, Result]) -> RunDirectory:
    return run_of(made[0])


def test_an_editors_text_is_the_same_request(project: Path) -> None:
    (project / "model.py").write_text("import torch\n", encoding="utf-8")
    assert again(project, text=MODEL) is not None
    assert again(project) is None


def test_a_copy_may_go_elsewhere(project: Path, tmp_path: Path) -> None:
    options = replace(OPTIONS, output=str(tmp_path / "kernel.py"), run_dir=str(tmp_path / "here"))
    result = again(project, options)
    assert result is not None
    assert result.artifacts["run_dir"] == str(tmp_path / "here")
    assert (tmp_path / "kernel.py").read_bytes() == run_of(project).composed_kernel.read_bytes()


def linked(path: Path) -> None:
    there = path.rename(path.with_name("there"))
    path.symlink_to(there)


def forged(project: Path) -> None:
    """A whole run in which everything fits, but that this user's seal is missing."""
    folder = run_of(project)
    folder.composed_kernel.write_text("import triton\n# wrong\n", encoding="utf-8")
    result = read_json(folder.result, Result)
    assert result.verification is not None
    digest = answers._sha256(folder.composed_kernel)
    write_json(folder.result, replace(result, verification=sealed(replace(result.verification, kernel_sha256=digest))))
    answer = json.loads((folder.path / ANSWER).read_text())
    for path in (folder.composed_kernel, folder.result):
        answer["files"][folder.relative(path)] = answers._sha256(path)
    write_json(folder.path / ANSWER, answer)


CHANGES: dict[str, Callable[[Path], object]] = {
    "the module": lambda p: (p / "model.py").write_text(MODEL.replace("* SCALE", "+ SCALE")),
    "its inputs": lambda p: (p / "model.py").write_text(MODEL.replace("(4, 8)", "(4, 9)")),
    "what it imports": lambda p: (p / "scale.py").write_text("SCALE = 3.0\n"),
    "what it imports is shadowed": lambda p: ((p / "scale").mkdir(), (p / "scale" / "__init__.py").touch()),
    "a file that was not there": lambda p: (p / "other.txt").touch(),
    "a folder has another file": lambda p: (p / "parts" / "a.pt").touch(),
    "a package is another": lambda p: next(p.glob("site/*/RECORD")).write_text("a.py,,\nb.py,,\n"),
    "a package is gone": lambda p: shutil.rmtree(p / "site"),
    "the kernel": lambda p: run_of(p).composed_kernel.write_text("import torch\n"),
    "the kernel is gone": lambda p: run_of(p).composed_kernel.unlink(),
    "the graph": lambda p: run_of(p).graph.write_text("{}"),
    "the run is gone": lambda p: shutil.rmtree(run_of(p).path),
    "the result is garbage": lambda p: run_of(p).result.write_bytes(b"\xff"),
    "the answer is garbage": lambda p: (run_of(p).path / ANSWER).write_bytes(b"[]"),
    "the answer is a link": lambda p: linked(run_of(p).path / ANSWER),
    "the kernel is a link": lambda p: linked(run_of(p).composed_kernel),
    "another verdict": forged,
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_has_changed_is_done_anew(project: Path, what: str) -> None:
    CHANGES[what](project)
    assert again(project) is None


@pytest.mark.parametrize(
    "changed", [{"fp32": "ieee"}, {"arch": ("sm_80",)}, {"mode": "eval"}, {"inputs": "(torch.randn(4, 8),)"}], ids=str
)
def test_another_request_is_another(project: Path, changed: dict[str, Any]) -> None:
    assert again(project, replace(OPTIONS, **changed)) is None


def test_a_folder_that_came_with_a_repository_makes_no_verdict(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "somebody"))
    assert again(project) is None
    assert own_seal.seal("x")


def test_without_a_key_nothing_is_believed(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    assert again(project) is None


def test_versions_and_the_program_itself_count(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_ANYTHING", "1")
    assert again(project) is None
    monkeypatch.delenv("TRITON_ANYTHING")
    monkeypatch.setattr(answers, "own_text", lambda: "another judge")
    assert again(project) is None


def test_what_looks_for_something_better_or_is_no_whole_run_is_never_recalled(project: Path) -> None:
    for options in (
        replace(OPTIONS, fresh=True),
        replace(OPTIONS, optimize=True),
        replace(OPTIONS, verify=False),
        replace(OPTIONS, until="dispatch"),
        replace(OPTIONS, cases=("example",)),
    ):
        assert again(project, options) is None
        assert options.fresh or not may_recall(options)


def test_the_command_says_it_and_does_it_anew_when_asked(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    share(lambda: WorkerPool(sys.executable), monkeypatch)
    warm = in_this_process(monkeypatch, capsys)
    arguments = ("fuse", "model.py::Gate", "--provider", "builtin", "--device", "cpu")
    done = warm(*arguments, cwd=project)
    assert done.status == 0, done.stderr
    assert "whose answer still holds (--fresh: anew)" in done.stdout
    assert "The same request was answered by the run" in done.stderr
    assert warm(*arguments, "--json", cwd=project).document["cached"] == run_of_first(project)
    monkeypatch.setattr(pipeline, "fuse", lambda *_, **__: pytest.fail("done anew"))
    assert warm(*arguments, cwd=project).status == 0
    with pytest.raises(pytest.fail.Exception, match="done anew"):
        warm(*arguments, "--fresh", cwd=project)


def run_of_first(project: Path) -> str:
    return sorted(path.name for path in (project / ".fuse").glob("2*"))[0]


def test_machines_are_told_apart(tmp_path: Path) -> None:
    def files(**texts: str) -> Path:
        root = tmp_path / str(len(list(tmp_path.iterdir())))
        root.mkdir()
        for name, text in texts.items():
            path = root / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root

    auto = Options()
    one = files(dev__nvidia0="", proc__driver__nvidia__gpus__a__information="Model: H200\nUUID: 1\n")
    two = files(dev__nvidia0="", proc__driver__nvidia__gpus__a__information="Model: H100\nUUID: 2\n")
    assert len({machine_of(auto, root) for root in (one, two, files())}) == 3
    assert machine_of(auto, files(dev__nvidia0="")) is None, "there is a GPU, and nothing says which"
    assert machine_of(auto, files(dev__dxg="")) is None
    assert machine_of(Options(device="cpu"), one) == "cpu"
    assert environment_of({"TRITON_X": "1", "HOME": "/h", "OPENAI_API_KEY": "k"}) == {"TRITON_X": "1"}
