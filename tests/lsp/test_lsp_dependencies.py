"""A verdict stands as long as what its module imports and reads: in one server, and after a restart."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kernelagent.contract.problem import DataFile, ImportedFile
from kernelagent.driver.run_directory import RUNS_FOLDER
from kernelagent.driver.store import last_verdicts
from models import DOUBLE, RIGHT_KERNEL, SOFTMAX
from past_runs import sha256, verification, write_run
from wire_client import Message, Wire

OPTIONS = {"interpreter": sys.executable, "analyzeOnSave": False}
MODULE = DOUBLE.replace("from torch import nn\n", "from torch import nn\n\nfrom .fn import act\n").replace(
    "x * 2", "act(x)"
)
TWICE = "def act(x):\n    return x * 2\n"
THRICE = "def act(x):\n    return x * 3\n"
INFORMATION, HINT, ERROR = 3, 4, 1


class Opened:
    """A server of its own, with one document."""

    def __init__(self, path: Path, capabilities: Message | None = None) -> None:
        self.wire = Wire("--stdio", "--log-level", "error")
        self.wire.initialize(capabilities, initializationOptions=OPTIONS)
        self.uri, self.text = path.as_uri(), path.read_text()
        self.wire.open(self.uri, self.text)

    def next_verdict(self) -> Message:
        """The first diagnostic of the document's next ones, which are not none."""
        found = self.wire.wait_for(
            lambda m: (
                m.get("method") == "textDocument/publishDiagnostics"
                and m["params"]["uri"] == self.uri
                and bool(m["params"]["diagnostics"])
            ),
            "verdict",
            60.0,
        )
        first: Message = found["params"]["diagnostics"][0]
        return first

    def verdict(self, severity: int) -> Message:
        """The next one of this severity."""
        while (found := self.next_verdict())["severity"] != severity:
            continue
        return found

    def titles(self) -> list[str]:
        line = self.text.split("\n").index("class Gate(nn.Module):")
        return [action["title"] for action in self.wire.actions(self.uri, line)]

    def verify(self) -> None:
        self.wire.execute("kernelagent.verify", uri=self.uri, **{"class": "Gate"})


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Of a module, what it imports and its kernel; the module's file."""
    (tmp_path / "pyproject.toml").touch()
    folder = tmp_path / "layers"
    folder.mkdir()
    for name, text in {"__init__": "", "fn": TWICE, "gate": MODULE, "gate_triton": RIGHT_KERNEL}.items():
        (folder / f"{name}.py").write_text(text)
    return folder / "gate.py"


@pytest.fixture
def servers() -> Iterator[list[Wire]]:
    """To close at the end."""
    started: list[Wire] = []
    yield started
    for wire in started:
        wire.close()


def test_a_verdict_is_held_against_what_is_imported_and_the_last_one_is_known_after_a_restart(
    package: Path, servers: list[Wire]
) -> None:
    before = Opened(package)
    servers.append(before.wire)
    before.verify()
    assert before.next_verdict()["code"] == "Verified"
    assert "Verify again" not in before.titles()

    (package.parent / "fn.py").write_text(THRICE)
    before.wire.notify("workspace/didChangeWatchedFiles", {"changes": []})
    found = before.verdict(HINT)
    assert found["code"] == "Verified"
    assert found["message"].endswith("(fn.py has changed since.)")
    assert {"Fuse again", "Verify again"} <= set(before.titles())

    before.verify()
    found = before.verdict(ERROR)
    assert found["code"] == "values"
    assert "Verify again" not in before.titles()
    before.wire.stop()

    after = Opened(package)
    servers.append(after.wire)
    again = after.next_verdict()
    assert (again["severity"], again["message"], again["range"]) == (ERROR, found["message"], found["range"])
    (job,) = after.wire.execute("kernelagent.jobs")["jobs"]
    assert (job["kind"], job["state"]) == ("verify", "failed")
    assert job["report"] is not None

    (package.parent / "fn.py").write_text(TWICE)
    after.wire.notify("textDocument/didSave", {"textDocument": {"uri": (package.parent / "fn.py").as_uri()}})
    found = after.verdict(HINT)
    assert (found["code"], "fn.py has changed since" in found["message"]) == ("values", True)
    after.verify()
    assert after.verdict(INFORMATION)["code"] == "Verified"


def test_a_verdict_is_held_against_the_kernel_that_it_is_of(package: Path, servers: list[Wire]) -> None:
    kernel = package.with_name("gate_triton.py")
    server = Opened(package)
    servers.append(server.wire)
    server.verify()
    assert server.next_verdict()["code"] == "Verified"
    kernel.write_text(RIGHT_KERNEL + "\n# another\n")
    server.wire.notify("workspace/didChangeWatchedFiles", {"changes": []})
    found = server.verdict(HINT)
    assert (found["code"], "(gate_triton.py has changed since.)" in found["message"]) == ("Verified", True)
    assert "Verify again" in server.titles()
    kernel.write_text(RIGHT_KERNEL.replace("\n", "\r\n"))
    server.wire.notify("workspace/didChangeWatchedFiles", {"changes": []})
    assert "has changed since" not in server.verdict(INFORMATION)["message"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({}, ""),
        ({"imports": (ImportedFile("fn.py", sha256(THRICE)),)}, "fn.py has changed since"),
        ({"data": (DataFile("table.txt", sha256("2")),)}, "table.txt cannot be read"),
        ({"data": (DataFile("fn.py", kind="absent"),)}, "fn.py was not there then"),
        (
            {"imports": (ImportedFile("fn.py", sha256(THRICE)), ImportedFile("gone.py", sha256("")))},
            "fn.py has changed since, and 1 more",
        ),
    ],
)
def test_a_verdict_of_a_run_is_held_against_its_files_before_it_is_shown(
    tmp_path: Path, servers: list[Wire], changed: dict[str, tuple[ImportedFile | DataFile, ...]], why: str
) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "fn.py").write_text(TWICE)
    path = tmp_path / "model.py"
    path.write_text(SOFTMAX)
    told = verification(SOFTMAX, **changed)
    write_run(tmp_path / RUNS_FOLDER, "20260101-120000-gate-0001", source=SOFTMAX, verification=told)
    opened = Opened(path)
    servers.append(opened.wire)
    found = opened.next_verdict()
    assert found["code"] == "Verified"
    if not why:
        assert (found["severity"], found["message"]) == (INFORMATION, told.summary)
        return
    assert (found["severity"], found["message"]) == (HINT, f"{told.summary} ({why}.)")
    titles = opened.titles()
    assert "Fuse again" in titles
    assert "Verify again" not in titles, "no kernel lies beside the class yet"


def test_files_are_watched_where_the_client_can(tmp_path: Path, servers: list[Wire]) -> None:
    (tmp_path / "model.py").write_text(SOFTMAX)
    watching = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
    opened = Opened(tmp_path / "model.py", watching)
    servers.append(opened.wire)
    (registered,) = opened.wire.message("client/registerCapability")["params"]["registrations"]
    assert registered["method"] == "workspace/didChangeWatchedFiles"
    assert registered["registerOptions"] == {"watchers": [{"globPattern": "**/*.py"}]}


def test_a_kept_verdict_is_of_one_kernel_and_of_this_user(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    told = verification(SOFTMAX, RIGHT_KERNEL)
    last_verdicts.keep(tmp_path, path, "Gate", SOFTMAX, told)
    last_verdicts.keep(tmp_path, path, "Gate", SOFTMAX, replace(told, verdict="fail"))
    kept = last_verdicts.last(tmp_path, path, "Gate", RIGHT_KERNEL)
    assert kept is not None
    assert (kept.verification.verdict, kept.text) == ("fail", SOFTMAX)
    assert last_verdicts.last(tmp_path, path, "Gate", f"{RIGHT_KERNEL}\n") is None
    assert last_verdicts.last(tmp_path, path, "Other", RIGHT_KERNEL) is None
    (file,) = (tmp_path / last_verdicts.FOLDER).iterdir()
    file.write_text(file.read_text().replace('"fail"', '"pass"'))
    assert last_verdicts.last(tmp_path, path, "Gate", RIGHT_KERNEL) is None
