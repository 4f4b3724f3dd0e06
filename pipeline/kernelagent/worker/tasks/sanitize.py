"""compute-sanitizer over the candidate, both of them shut in: the tool is started inside the sandbox."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kernelagent.contract.codec import parse_json
from kernelagent.worker import sandbox
from kernelagent.worker.tasks.sanitized_run import telling

MOST_LOG_BYTES = 8 << 20
BOOTSTRAP = Path(__file__).resolve().parents[1] / "bootstrap.py"

_OPTIONS = {
    # Next to each allocation a stretch that belongs to nobody, or reading one tensor's neighbour would be legal.
    "memcheck": ("--padding", "1024"),
    "racecheck": (),
}
_FOR_ALL = (
    *("--target-processes", "application-only", "--launch-timeout", "120"),
    *("--report-api-errors", "no", "--show-backtrace", "no", "--print-limit", "1000"),
)


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """``{executable, tools, kernel, inputs_dir, scratch, device, flavor, limit_s, policy}`` → ``{sandbox, runs}``.

    A run is ``{tool, log, cases, begun, finished, completed, error, ended, seconds, last_words}``: the tool's log, the
    numbers of the cases to try, of those begun and of those finished, whether the kernel's process came to its end,
    what it raised, and how the whole ended (``in time``, ``too late``). All of it lies where the candidate may write.
    """
    scratch, inputs_dir = Path(args["scratch"]), Path(args["inputs_dir"])
    python_path = os.environ.get("PYTHONPATH", "")
    layers = sandbox.enter(args["policy"])
    emit({"event": "sandbox", "layers": layers})
    manifest = json.loads((inputs_dir / "manifest.json").read_text(encoding="utf-8"))
    cases = list(telling(manifest["cases"]))
    runs = []
    for tool in args["tools"]:
        runs.append(run_under(tool, args, scratch, cases, python_path))
        emit({"event": "tool", "tool": tool})
    return {"sandbox": layers, "runs": runs}


def run_under(tool: str, args: dict[str, Any], scratch: Path, cases: list[int], python_path: str) -> dict[str, Any]:
    """The cases under one tool, in a fresh process that the tool starts; a run as :func:`run` describes it."""
    log, said, printed = (scratch / f"{tool}.{kind}" for kind in ("log", "out", "err"))
    request = {
        "id": 1,
        "task": "sanitized_run",
        "args": {key: args[key] for key in ("kernel", "inputs_dir", "device")} | {"cases": cases},
    }
    asked = scratch / f"{tool}.in"
    asked.write_text(json.dumps(request) + "\n", encoding="utf-8")
    command = [
        *(args["executable"], "--tool", tool, *_OPTIONS[tool], *_FOR_ALL, "--log-file", str(log)),
        *(sys.executable, "-X", "utf8", str(BOOTSTRAP), "--flavor", args["flavor"], "--single"),
    ]
    # PyTorch's allocator hands out pieces of one large block, which the tool takes for one tensor.
    environment = {**os.environ, "PYTORCH_NO_CUDA_MEMORY_CACHING": "1"}
    if python_path:  # the new process needs it to find the same packages
        environment["PYTHONPATH"] = python_path
    started = time.monotonic()
    with open(asked, "rb") as source, open(said, "wb") as out, open(printed, "wb") as err:
        try:
            process = subprocess.Popen(command, stdin=source, stdout=out, stderr=err, env=environment, cwd=scratch)
        except OSError as exc:
            return _never_ran(tool, cases, str(exc))
        try:
            process.wait(timeout=args["limit_s"])
            ended = "in time"
        except subprocess.TimeoutExpired:
            process.kill()  # what it started ends with the sandbox
            process.wait()
            ended = "too late"
    messages = list(_messages(_tail(said)))
    value: dict[str, Any] = next((m["value"] for m in messages if m.get("ok") and isinstance(m.get("value"), dict)), {})
    failed = next((str(m["error"].get("message")) for m in messages if isinstance(m.get("error"), dict)), "")
    events = [m["event"] for m in messages if isinstance(m.get("event"), dict)]
    return {
        "tool": tool,
        "log": _tail(log),
        "cases": cases,
        "finished": [e["case"] for e in events if e.get("event") == "case"],
        "begun": [e["case"] for e in events if e.get("event") == "begin"],
        "completed": bool(value),
        "error": str(value.get("error") or failed),
        "ended": ended,
        "seconds": time.monotonic() - started,
        "last_words": _tail(printed)[-2000:],
    }


def _never_ran(tool: str, cases: list[int], why: str) -> dict[str, Any]:
    empty: dict[str, Any] = {"log": "", "begun": [], "finished": [], "completed": False, "error": "", "seconds": 0.0}
    return {"tool": tool, "cases": cases, **empty, "ended": "not started", "last_words": why}


def _messages(text: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        try:
            message = parse_json(line)
        except ValueError:
            continue  # the tool's greeting, or what the candidate printed
        if isinstance(message, dict):
            yield message


def _tail(path: Path) -> str:
    try:
        with open(path, "rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - MOST_LOG_BYTES))
            return stream.read(MOST_LOG_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
