"""Jobs on the wire, with the real workers: verifying a kernel file, refusing bad input, cancelling, leaving nothing."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from models import CLASS_LINE, DOUBLE, RIGHT_KERNEL, SOFTMAX, TORCH_KERNEL
from wire_client import FULL, Message, Wire

OPTIONS = {"interpreter": sys.executable, "analyzeOnSave": False}


@pytest.fixture(scope="module")
def shared() -> Iterator[Wire]:
    """One server for many tests: its workers are warm from the second one on."""
    client = Wire("--stdio")
    try:
        client.initialize(initializationOptions=OPTIONS)
        yield client
    finally:
        client.close()


@pytest.fixture
def editor(shared: Wire) -> Iterator[Wire]:
    """A server whose client can do everything; messages may stay unread, and jobs may be left running."""
    yield shared
    for row in shared.execute("kernelagent.jobs")["jobs"]:
        shared.execute("kernelagent.cancel", jobId=row["jobId"])
    shared.notify("workspace/didChangeConfiguration", {"settings": {}})
    shared.execute("kernelagent.debugInformation")
    shared.unread().clear()


def write(folder: Path, text: str, name: str = "model.py") -> str:
    """A file with ``text``; its URI."""
    (folder / "pyproject.toml").touch()
    path = folder / name
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return path.as_uri()


def progress_of(wire: Wire) -> tuple[str, list[Message]]:
    """Grant the next progress its token; the token and all values up to the end."""
    request = wire.message("window/workDoneProgress/create")
    token: str = request["params"]["token"]
    wire.reply(request, None)
    values: list[Message] = []
    while not values or values[-1]["kind"] != "end":
        found = wire.wait_for(
            lambda m: m.get("method") == "$/progress" and m["params"]["token"] == token, f"progress of {token}", 120
        )
        values.append(found["params"]["value"])
    return token, values


def diagnostics_of(wire: Wire, uri: str) -> list[Message]:
    found = wire.wait_for(
        lambda m: m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == uri,
        "diagnostics",
        timeout=60.0,  # a whole verdict, where other tests run beside it
    )
    result: list[Message] = found["params"]["diagnostics"]
    return result


def children_of(pid: int) -> set[int]:
    """All descendants of ``pid``."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found: set[int] = set()
    while fresh := {child for child, parent in parents.items() if parent in found | {pid}} - found:
        found |= fresh
    return found


def alive(pids: set[int]) -> set[int]:
    left = set()
    for pid in pids:
        try:
            if (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                left.add(pid)
        except OSError:
            continue
    return left


def gone_within(pids: set[int], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_right_kernel_is_verified_at_the_class(editor: Wire, tmp_path: Path) -> None:
    uri = write(tmp_path, DOUBLE)
    write(tmp_path, RIGHT_KERNEL, "model_triton.py")
    editor.open(uri, DOUBLE)
    titles = [action["title"] for action in editor.actions(uri, 6)]
    assert titles == [
        "Fuse to Triton",
        "Use the Triton version of Gate",
        "Verify the Triton kernel",
        "Benchmark the Triton kernel",
    ]
    job = editor.execute("kernelagent.verify", uri=uri, **{"class": "Gate"})["jobId"]
    _, values = progress_of(editor)
    assert values[0]["kind"] == "begin"
    assert values[0]["cancellable"] is True
    assert [v["kind"] for v in values].count("end") == 1
    (diagnostic,) = diagnostics_of(editor, uri)
    assert diagnostic["range"]["start"] == {"line": CLASS_LINE, "character": 0}
    assert (diagnostic["severity"], diagnostic["source"], diagnostic["code"]) == (3, "kernelagent", "Verified")
    row = editor.execute("kernelagent.jobs")["jobs"][-1]
    assert (row["state"], row["applied"]) == ("verified", False)
    assert row["message"].startswith("Gate: ")
    assert [stage["stage"] for stage in row["stages"]][-1:] == ([row["stage"]] if row["stage"] else [])
    starts = [stage["startedS"] for stage in row["stages"]]
    assert starts == sorted(starts)
    report = editor.execute("kernelagent.report", jobId=job)["uri"]
    assert row["report"] == report
    assert "### Checks" in Path(report.removeprefix("file://")).read_text()
    assert [a["title"] for a in editor.actions(uri, CLASS_LINE - 1)][:2] == ["Fuse to Triton", "Show the fusing report"]
    assert editor.message("window/showDocument")["params"]["uri"] == report


def test_reports_go_with_the_server(tmp_path: Path) -> None:
    client = Wire("--stdio")
    try:
        client.initialize(initializationOptions=OPTIONS)
        uri = write(tmp_path, DOUBLE)
        write(tmp_path, RIGHT_KERNEL, "model_triton.py")
        client.open(uri, DOUBLE)
        job = client.execute("kernelagent.verify", uri=uri, **{"class": "Gate"})["jobId"]
        request = client.message("window/workDoneProgress/create")
        client.reply(request, None)
        assert [a["title"] for a in client.actions(uri, CLASS_LINE)] == ["Cancel verifying"]
        diagnostics_of(client, uri)
        report = Path(client.execute("kernelagent.report", jobId=job)["uri"].removeprefix("file://"))
        assert report.is_file()
        assert client.stop() == 0
        assert not report.parent.exists()
        assert not report.parent.parent.exists()
    finally:
        client.close()


@pytest.mark.parametrize("is_answered", [True, pytest.param(False, marks=pytest.mark.whole)])
def test_a_job_waits_for_the_settings(tmp_path: Path, is_answered: bool) -> None:
    client = Wire("--stdio")
    try:
        client.initialize(
            {**FULL, "workspace": {**FULL["workspace"], "configuration": True}}, initializationOptions=OPTIONS
        )
        uri = write(tmp_path, SOFTMAX)
        client.open(uri, SOFTMAX)
        question = client.message("workspace/configuration")
        asked = {"command": "kernelagent.fuse", "arguments": [{"uri": uri, "class": "Gate"}]}
        fuse = client.begin("workspace/executeCommand", asked)
        job = client.answer(fuse)["result"]["jobId"]
        if is_answered:
            time.sleep(1.3)  # on a busy machine, more
        assert [row["state"] for row in client.execute("kernelagent.jobs")["jobs"]] == ["waiting"]
        if is_answered:
            client.reply(question, [{"runDirectory": str(tmp_path / "runs")}])
        else:
            told = client.message("window/showMessage")["params"]["message"]
            assert told.startswith("The editor has not told its kernelagent settings in 10 s")
        progress_of(client)
        assert (tmp_path / "runs" / job).is_dir() is is_answered
    finally:
        client.close()


def test_a_kernel_that_cheats_is_shown_where_it_does(editor: Wire, tmp_path: Path) -> None:
    uri = write(tmp_path, DOUBLE)
    kernel = write(tmp_path, TORCH_KERNEL, "model_triton.py")
    editor.open(uri, DOUBLE)
    editor.execute("kernelagent.verify", uri=uri, **{"class": "Gate"})
    progress_of(editor)
    (at_class,) = diagnostics_of(editor, uri)
    assert at_class["severity"] == 1
    in_kernel = diagnostics_of(editor, kernel)
    assert TORCH_KERNEL.splitlines().index("        return torch.mul(x, 2)") in {
        found["range"]["start"]["line"] for found in in_kernel
    }
    assert at_class["relatedInformation"][0]["location"]["uri"] == kernel


@pytest.mark.parametrize(
    ("text", "name", "code", "line"),
    [
        ("import torch\nclass Gate(torch.nn.Module:\n", "Gate", "SyntaxErrorInTarget", 1),
        (SOFTMAX, "Door", "ClassNotFound", 0),
        (SOFTMAX + "\n\nclass Plain:\n    pass\n", "Plain", "NotAModule", 0),
        (SOFTMAX.replace("# kernelagent: ", "# "), "Gate", "NoExampleInputs", CLASS_LINE),
        (SOFTMAX.replace("init=(64,)", "init=("), "Gate", "BadExampleInputs", CLASS_LINE - 1),
        (SOFTMAX.replace("init=(64,)", "init=(32,)"), "Gate", None, None),
        ("x = '\ud800'\n" + SOFTMAX, "Gate", "SyntaxErrorInTarget", None),
    ],
)
def test_bad_input_is_an_error_of_the_catalogue_at_its_line(
    editor: Wire, tmp_path: Path, text: str, name: str, code: str | None, line: int | None
) -> None:
    uri = write(tmp_path, text)
    editor.open(uri, text)
    editor.execute("kernelagent.fuse", uri=uri, **{"class": name})
    _, values = progress_of(editor)
    (diagnostic,) = diagnostics_of(editor, uri)
    assert diagnostic["severity"] == 1
    assert diagnostic["message"].lower() in values[-1]["message"].lower()
    if code is not None:
        assert diagnostic["code"] == code
    if line is not None:
        assert diagnostic["range"]["start"]["line"] == line
    assert editor.execute("kernelagent.jobs")["jobs"][-1]["state"] == "failed"


def test_without_a_gpu_there_is_nothing_to_time(editor: Wire, tmp_path: Path) -> None:
    uri = write(tmp_path, DOUBLE)
    editor.notify("workspace/didChangeConfiguration", {"settings": {"kernelagent": {"device": "cpu"}}})
    editor.open(uri, DOUBLE)
    editor.execute("kernelagent.benchmark", uri=uri, **{"class": "Gate"})
    _, values = progress_of(editor)
    assert "needs a GPU" in values[-1]["message"]
    assert diagnostics_of(editor, uri)[0]["code"] == "GpuNotFound"


def test_an_interpreter_without_torch(tmp_path: Path) -> None:
    client = Wire("--stdio")
    try:
        client.initialize(initializationOptions={"interpreter": str(tmp_path / "nowhere" / "python")})
        uri = write(tmp_path, SOFTMAX)
        client.open(uri, SOFTMAX)
        client.execute("kernelagent.fuse", uri=uri, **{"class": "Gate"})
        progress_of(client)
        assert diagnostics_of(client, uri)[0]["code"] == "InterpreterNotFound"
    finally:
        client.close()


def test_another_interpreter_ends_the_workers_of_the_one_before(tmp_path: Path) -> None:
    """And neither the server nor, before its end, a job that they work for."""
    other = tmp_path / "python"
    other.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    other.chmod(0o755)
    client = Wire("--stdio")
    try:
        client.initialize(initializationOptions=OPTIONS)
        uri = write(tmp_path, SOFTMAX)
        client.open(uri, SOFTMAX)
        job, _ = begin(client, uri)
        deadline = time.monotonic() + 20
        while len(children_of(client.process.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        before = children_of(client.process.pid)
        client.notify("workspace/didChangeConfiguration", {"settings": {**OPTIONS, "interpreter": str(other)}})
        client.execute("kernelagent.debugInformation")
        assert alive(before)
        client.execute("kernelagent.cancel", jobId=job)
        assert gone_within(before, 10)
        deadline = time.monotonic() + 20  # its run directory is written to the end first
        while (state := client.execute("kernelagent.jobs")["jobs"][-1]["state"]) == "cancelling":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert state == "cancelled"
    finally:
        client.close()


def begin(editor: Wire, uri: str) -> tuple[str, str]:
    """Start a fuse and wait until it runs; its job and its token."""
    job: str = editor.execute("kernelagent.fuse", uri=uri, **{"class": "Gate"})["jobId"]
    request = editor.message("window/workDoneProgress/create")
    editor.reply(request, None)
    token: str = request["params"]["token"]
    editor.wait_for(
        lambda m: m.get("method") == "$/progress" and m["params"]["token"] == token, "the beginning of progress"
    )
    return job, token


@pytest.mark.parametrize("way", ["progress", "job", "class", "action"])
def test_every_way_to_cancel(editor: Wire, tmp_path: Path, way: str) -> None:
    uri = write(tmp_path, SOFTMAX)
    editor.open(uri, SOFTMAX)
    job, token = begin(editor, uri)
    assert [a["title"] for a in editor.actions(uri, CLASS_LINE)] == ["Cancel fusing"]
    if way == "progress":
        editor.notify("window/workDoneProgress/cancel", {"token": token})
    elif way == "job":
        assert editor.execute("kernelagent.cancel", jobId=job) == {"cancelled": True}
    elif way == "class":
        assert editor.execute("kernelagent.cancel", uri=uri, **{"class": "Gate"}) == {"cancelled": True}
    else:
        (action,) = editor.actions(uri, CLASS_LINE)
        command = action["command"]
        editor.request("workspace/executeCommand", {k: command[k] for k in ("command", "arguments")})
    end = editor.wait_for(
        lambda m: m.get("method") == "$/progress" and m["params"]["value"]["kind"] == "end", "the end of progress", 5
    )
    assert "cancelled" in end["params"]["value"]["message"]
    assert editor.execute("kernelagent.cancel", jobId=job) == {"cancelled": False}
    row = editor.execute("kernelagent.jobs")["jobs"][-1]
    assert row["state"] == "cancelled"
    assert editor.actions(uri, CLASS_LINE)[0]["title"] == "Fuse to Triton"


def test_a_new_job_for_a_class_takes_the_old_ones_place(editor: Wire, tmp_path: Path) -> None:
    uri = write(tmp_path, SOFTMAX)
    editor.open(uri, SOFTMAX)
    first, _ = begin(editor, uri)
    second = editor.execute("kernelagent.fuse", uri=uri, **{"class": "Gate"})["jobId"]
    editor.wait_for(lambda m: m.get("method") == "$/progress" and m["params"]["value"]["kind"] == "end", "the end", 5)
    states = {row["jobId"]: row["state"] for row in editor.execute("kernelagent.jobs")["jobs"]}
    assert states[first] == "cancelled"
    assert states[second] in {"running", "verified"}
    assert editor.execute("kernelagent.apply", jobId=first)["applied"] is False


def test_no_more_than_a_few_jobs_run_at_once(editor: Wire, tmp_path: Path) -> None:
    for number in range(6):
        uri = write(tmp_path, SOFTMAX, f"model_{number}.py")
        editor.execute("kernelagent.fuse", uri=uri, **{"class": "Gate"})
    states = [row["state"] for row in editor.execute("kernelagent.jobs")["jobs"][-6:]]
    assert states.count("running") <= 4
    assert states[-1] == "waiting"
    last = editor.execute("kernelagent.jobs")["jobs"][-1]["jobId"]
    assert editor.execute("kernelagent.cancel", jobId=last) == {"cancelled": True}
    assert editor.execute("kernelagent.jobs")["jobs"][-1]["state"] == "cancelled"


@pytest.mark.parametrize("how", ["exit", "end of input", "SIGTERM", "SIGKILL", "death of the client"])
def test_no_process_is_left_whichever_way_it_ends(tmp_path: Path, how: str) -> None:
    client = Wire("--stdio")
    watched = os.fork() if how == "death of the client" else 0
    if how == "death of the client" and watched == 0:
        signal.pause()
        os._exit(0)
    try:
        client.initialize(initializationOptions=OPTIONS, processId=watched or None)
        uri = write(tmp_path, SOFTMAX)
        client.open(uri, SOFTMAX)
        begin(client, uri)
        deadline = time.monotonic() + 60
        while len(children_of(client.process.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.1)
        processes = children_of(client.process.pid)
        assert processes
        assert client.process.stdin is not None
        if how == "exit":
            client.notify("exit")
        elif how == "end of input":
            client.process.stdin.close()
        elif how == "SIGTERM":
            client.process.terminate()
        elif how == "SIGKILL":
            client.process.kill()
        else:
            os.kill(watched, signal.SIGKILL)
            os.waitpid(watched, 0)
        client.process.wait(10)
        assert gone_within(processes, 5), f"{alive(processes)} outlived the server"
    finally:
        client.close()


def test_a_client_without_progress_is_told_in_messages(tmp_path: Path) -> None:
    client = Wire("--stdio")
    try:
        client.initialize({**FULL, "window": {}}, initializationOptions=OPTIONS)
        uri = write(tmp_path, SOFTMAX)
        client.open(uri, SOFTMAX)
        job = client.execute("kernelagent.fuse", uri=uri, **{"class": "Gate"})["jobId"]
        assert client.message("window/showMessage")["params"]["message"].startswith("Fusing Gate to Triton")
        assert client.message("window/logMessage")["params"]["message"].startswith("Gate: load")
        client.execute("kernelagent.cancel", jobId=job)
        assert "cancelled" in client.message("window/showMessage")["params"]["message"]
    finally:
        client.close()


def test_a_client_that_refuses_a_token_is_told_in_messages(editor: Wire, tmp_path: Path) -> None:
    uri = write(tmp_path, SOFTMAX)
    editor.open(uri, SOFTMAX)
    editor.execute("kernelagent.fuse", uri=uri, **{"class": "Gate"})
    request = editor.message("window/workDoneProgress/create")
    editor.send({"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32600, "message": "no"}})
    assert editor.message("window/showMessage")["params"]["message"].startswith("Fusing Gate to Triton")


def test_a_verdict_moves_with_its_class_and_goes_when_the_class_changes(editor: Wire, tmp_path: Path) -> None:
    uri = write(tmp_path, DOUBLE)
    write(tmp_path, RIGHT_KERNEL, "model_triton.py")
    editor.open(uri, DOUBLE)
    editor.execute("kernelagent.verify", uri=uri, **{"class": "Gate"})
    progress_of(editor)
    assert diagnostics_of(editor, uri)[0]["range"]["start"]["line"] == CLASS_LINE
    editor.replace(uri, "# above\n\n" + DOUBLE, 2)
    (moved,) = diagnostics_of(editor, uri)
    assert moved["range"]["start"]["line"] == CLASS_LINE + 2
    assert moved["severity"] == 4
    assert "has changed since" in moved["message"]
    editor.replace(uri, DOUBLE, 3)
    assert diagnostics_of(editor, uri)[0]["severity"] == 3
    editor.replace(uri, DOUBLE.replace("x * 2", "x * 3"), 4)
    assert diagnostics_of(editor, uri) == []
    editor.replace(uri, "class Gate(", 5)
    assert diagnostics_of(editor, uri) == []


def test_an_editor_that_knows_no_questions_is_told(editor: Wire, tmp_path: Path) -> None:
    text = SOFTMAX.replace("# kernelagent: ", "# ")
    uri = write(tmp_path, text)
    editor.open(uri, text)
    editor.execute("kernelagent.fuse", uri=uri, **{"class": "Gate"})
    request = editor.message("window/showMessageRequest")
    assert [action["title"] for action in request["params"]["actions"]] == ["Add example inputs"]
    editor.send({"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32601, "message": "unknown"}})
    assert editor.message("window/showMessage")["params"]["message"] == request["params"]["message"]
