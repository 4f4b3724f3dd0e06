"""A real server of the web pages in a project of its own, and what a program asks of it over plain HTTP."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[1]
KEYS = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "ANTHROPIC_API_KEY", "LLM_RELAY_URL", "OPENAI_MODEL")
GATE = """import torch


# kernelagent: inputs=(torch.randn(4, 8),)
class Gate(torch.nn.Module):
    def forward(self, x):
        return x.sigmoid() * x
"""
FIELDS: dict[str, Any] = {
    "source": GATE,
    "picked": None,
    "class_name": "",
    "inputs": "",
    "init": "",
    "mode": "constructed",
    "provider": "builtin",
    "model": "",
    "agree": False,
    "arch": ["sm_90"],
    "workers": 2,
    "max_iters": 10,
    "budget_usd": None,
    "budget_seconds": None,
    "verify": True,
    "fresh": False,
}
"""As a page hands them over; its own come last."""
OWN = {"pipeline": ("auto", "triton"), "fuser": ("extract",), "direct": ("",)}
PANES = ("card", "live", "report", "graph", "kernel", "files")


@dataclass
class Server:
    process: subprocess.Popen[str]
    address: str
    """With its key."""
    project: Path
    said: list[str]
    """Lines of its stderr before the address."""

    @property
    def origin(self) -> str:
        return self.address.partition("/?")[0]

    @property
    def key(self) -> str:
        return self.address.partition("key=")[2]

    @contextmanager
    def browser(self) -> Iterator[httpx.Client]:
        """One that has opened the address, as a browser does."""
        with httpx.Client(base_url=self.origin, timeout=120, follow_redirects=True, trust_env=False) as client:
            client.get(self.address).raise_for_status()
            yield client


@contextmanager
def serving(
    project: Path, *arguments: str, module: str = "kernelagent.cli", before: tuple[str, ...] = ("ui",), **extra: str
) -> Iterator[Server]:
    paths = os.pathsep.join(str(ROOT / part) for part in ("pipeline", "pipeline/compat"))
    env = {name: value for name, value in os.environ.items() if name not in KEYS}
    env = {**env, "PYTHONPATH": paths, "XDG_CONFIG_HOME": str(project / "config"), **extra}
    command = [sys.executable, "-m", module, *before, "--port", "0", *arguments]
    process = subprocess.Popen(
        command,
        cwd=project,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said: list[str] = []
        assert process.stderr is not None
        for line in process.stderr:
            found = re.search(r"Open (http://\S+)", line)
            if found:
                yield Server(process, found[1], project, said)
                break
            said.append(line)
        else:
            raise AssertionError(f"the server has not begun: {''.join(said)}")
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
        process.stderr.close()  # type: ignore[union-attr]  # it is a pipe


def values(page: str, *own: Any, **changed: Any) -> list[Any]:
    assert set(changed) <= set(FIELDS)
    return [*{**FIELDS, **changed}.values(), *(own or OWN[page])]


def stream(client: httpx.Client, name: str, given: list[Any]) -> Iterator[list[Any]]:
    """What the endpoint ``name`` answers, each time it does."""
    begun = client.post(f"/gradio_api/call/{name}", json={"data": given})
    begun.raise_for_status()
    before: list[Any] = []
    with client.stream("GET", f"/gradio_api/call/{name}/{begun.json()['event_id']}") as answer:
        kind = ""
        for line in answer.iter_lines():
            if line.startswith("event:"):
                kind = line.partition(":")[2].strip()
            elif line.startswith("data:") and kind in ("generating", "complete"):
                data = json.loads(line.partition(":")[2])
                before = [_kept(new, old) for new, old in zip(data, before or [None] * len(data), strict=True)]
                yield before
            elif line.startswith("data:") and kind == "error":
                raise AssertionError(line)


def _kept(new: Any, old: Any) -> Any:
    """An output that is left as it is comes as an update of nothing."""
    return old if isinstance(new, dict) and new.get("__type__") == "update" and "value" not in new else new


def last(answers: Iterator[list[Any]]) -> dict[str, str]:
    """The last of them, as panes by name, and the job's."""
    *_, final = answers
    return panes(final)


def panes(answer: list[Any]) -> dict[str, str]:
    names = ("job", *PANES) if len(answer) == len(PANES) + 1 else PANES
    return {name: _text(value) for name, value in zip(names, answer, strict=True)}


def _text(value: Any) -> str:
    return str(value or "")


def runs(client: httpx.Client, state: str = "", target: str = "") -> list[list[str]]:
    (table,) = next(stream(client, "runs", [state, target]))
    found: list[list[str]] = table["data"]
    return found


def until(condition: Any, seconds: float = 120.0) -> Any:
    """The first true value of ``condition``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError("it did not come")
