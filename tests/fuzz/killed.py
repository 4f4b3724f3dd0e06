"""A campaign of kill -9 at random moments: of the server, of one of its workers, of the editor that started it.

    python tests/fuzz/killed.py --rounds 200

A round opens a module, fuses it, waits for a random moment and kills. Two seconds later no process of the server may
live; a run directory that tells its result must tell it whole, and a new server takes it up: what was verified is
verified there. A worker that is killed ends its job with an error, and the next fuse of the same server is verified.
Exits 1 where it was otherwise.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(Path(__file__).parent), str(TESTS / "lsp"), str(TESTS.parent / "pipeline")]
sys.path.insert(0, str(TESTS.parent / "server"))

from soak import OPTIONS, descendants, living  # noqa: E402
from wire_client import FULL, Wire  # noqa: E402

MODULE = """import torch
from torch import nn


# kernelagent: inputs=(torch.randn(4, 8),)
class Gate(nn.Module):
    def forward(self, x):
        return torch.relu(x + 1.0) * x
"""
LONGEST_S = 20.0
"""Until the kill: a fuse takes about as long here."""
ORPHANS_S = 2.0


def play(chance: random.Random, victim: str) -> tuple[str, list[str]]:
    """One round; what the run had come to, and what is wrong."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "pyproject.toml").touch()
        path = folder / "model.py"
        path.write_text(MODULE, encoding="utf-8")
        editor = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        wire = Wire("--stdio", f"--clientProcessId={editor.pid}", "--log-level", "error")
        try:
            params = {"processId": editor.pid, "capabilities": FULL, "initializationOptions": OPTIONS}
            wire.request("initialize", params)
            wire.notify("initialized", {})
            wire.open(path.as_uri(), MODULE)
            job = wire.execute("kernelagent.fuse", uri=path.as_uri(), **{"class": "Gate"})["jobId"]
            time.sleep(chance.uniform(0.0, LONGEST_S))
            below = list(descendants(wire.process.pid))
            if victim == "worker":
                return _worker(wire, chance, below, path.as_uri(), job)
            os.kill(wire.process.pid if victim == "server" else editor.pid, signal.SIGKILL)
            if victim == "editor":
                editor.wait(5)
            return _orphans([wire.process.pid, *below], folder, path)
        finally:
            editor.kill()
            editor.wait(5)
            wire.close()


def _worker(wire: Wire, chance: random.Random, below: list[int], uri: str, job: str) -> tuple[str, list[str]]:
    if below:
        try:
            os.kill(chance.choice(below), signal.SIGKILL)
        except ProcessLookupError:
            return "had ended", []
    first = _ended(wire, job)
    again = wire.execute("kernelagent.fuse", uri=uri, **{"class": "Gate"})["jobId"]
    second = _ended(wire, again)
    wrong = [] if second == "verified" else [f"after a worker was killed the next fuse is {second}, the first {first}"]
    return f"{first}, then {second}", wrong


def _ended(wire: Wire, job: str) -> str:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        for message in list(wire.unread()):
            if "id" in message and "method" in message:
                wire.reply(message, None)
        wire.unread().clear()
        row = next(row for row in wire.execute("kernelagent.jobs")["jobs"] if row["jobId"] == job)
        if row["state"] not in ("waiting", "running", "cancelling"):
            return str(row["state"])
        time.sleep(0.1)
    return "without an end"


def _orphans(pids: list[int], folder: Path, path: Path) -> tuple[str, list[str]]:
    time.sleep(ORPHANS_S)
    wrong = [f"{found} lives" for pid in pids if (found := living(pid))]
    results = list(folder.glob(".fuse/*/result.json"))
    if not results:
        return "no result", wrong
    try:
        result: dict[str, Any] = json.loads(results[0].read_text(encoding="utf-8"))
    except ValueError as exc:
        return "a broken result", [*wrong, f"result.json: {exc}"]
    return _taken_up(path, str(result["status"]), wrong)


def _taken_up(path: Path, status: str, wrong: list[str]) -> tuple[str, list[str]]:
    """By a server that begins afterwards."""
    wire = Wire("--stdio", "--log-level", "error")
    try:
        wire.initialize(initializationOptions=OPTIONS)
        wire.open(path.as_uri(), MODULE)
        deadline = time.monotonic() + 20
        while status in ("verified", "failed") and time.monotonic() < deadline:
            if [row["state"] for row in wire.execute("kernelagent.jobs")["jobs"]] == [status]:
                return status, wrong
            time.sleep(0.1)
        return status, [*wrong, f"a run that is {status} was not taken up"] if status == "verified" else wrong
    finally:
        wire.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    outcomes: Counter[str] = Counter()
    for number in range(given.rounds):
        victim = ("server", "worker", "editor")[number % 3]
        outcome, wrong = play(chance, victim)
        outcomes[f"{victim}: {outcome}"] += 1
        if wrong:
            print(f"round {number}, {victim} killed:", *wrong, sep="\n  ")
            return 1
    for said, count in sorted(outcomes.items()):
        print(f"{count:5}  {said}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
