"""A campaign of a long day: one server, thousands of fuses that end, are cancelled, or whose document is typed in.

    python tests/fuzz/soak.py --cycles 2000

Each cycle opens a module, fuses it, cancels it sooner or later, types, answers the question with one of its buttons or
with none, asks for menus, hover and an outline, and closes. At the end no progress may be without its end, and memory,
open files, threads and processes are held against those after a tenth of the cycles. Exits 1 where something has grown
or was left.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lsp"), str(TESTS.parent / "pipeline"), str(TESTS.parent / "server")]

from wire_client import Message, Wire  # noqa: E402

MODULE = """import torch
from torch import nn


# kernelagent: inputs=(torch.randn(4, 8),)
class Gate{number}(nn.Module):
    def forward(self, x):
        return torch.relu(x + {number}.0) * x
"""
CLASS_LINE = 5
OPTIONS = {"provider": "builtin", "arch": ["sm_90"], "device": "cpu", "analyzeOnSave": False}
BUTTONS = ("Apply", "Review", "Discard", None, None)
TO_THE_END = 0.05
"""Share of the jobs that nobody cancels."""
GROWTH = 1.25
"""Of memory, from a tenth of the cycles on, that is let pass: caches fill."""


@dataclass(frozen=True)
class Held:
    """What the server and its children hold."""

    resident_mb: float
    files: int
    threads: int
    processes: int

    @classmethod
    def now(cls, pid: int) -> Held:
        status = dict(
            line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
        )
        children = list(descendants(pid))
        files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        return cls(int(status["VmRSS"].split()[0]) / 1024, files, int(status["Threads"]), len(children))


def descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


class Client:
    """Answers what the server asks, as an editor does, and counts."""

    def __init__(self, wire: Wire, chance: random.Random) -> None:
        self._wire, self._chance = wire, chance
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.begun: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()

    def read(self) -> None:
        """All that has come, answered."""
        waiting = list(self._wire.unread())
        self._wire.unread().clear()
        for message in waiting:
            self._take(message)

    def _take(self, message: Message) -> None:
        method, params = message.get("method"), message.get("params") or {}
        if method == "$/progress":
            kind = params["value"]["kind"]
            (self.begun if kind == "begin" else self.ended if kind == "end" else Counter())[params["token"]] += 1
        elif method == "window/showMessageRequest":
            pressed = self._chance.choice(BUTTONS)
            self.counts[f"question: {pressed}"] += 1
            self._wire.reply(message, None if pressed is None else {"title": pressed})
        elif method == "workspace/applyEdit":
            self.counts["edit"] += 1
            self._wire.reply(message, {"applied": self._edit(params["edit"])})
        elif "id" in message and method is not None:
            self._wire.reply(message, None)

    def _edit(self, edit: dict[str, Any]) -> bool:
        """Whole documents as the server leaves them are not needed here: an edit of an old version is refused, and any
        other is made to the file that it creates, or refused, by turns."""
        changes = edit.get("documentChanges", [])
        for change in changes:
            document = change.get("textDocument", {})
            if document.get("version") not in (None, self.versions.get(document.get("uri"))):
                return False
        return bool(self._chance.random() < 0.5)

    def open(self, uri: str, text: str) -> None:
        self.texts[uri], self.versions[uri] = text, 1
        self._wire.open(uri, text)

    def type(self, uri: str) -> None:
        self.texts[uri] += "# typed\n"
        self.versions[uri] += 1
        self._wire.replace(uri, self.texts[uri], self.versions[uri])

    def close(self, uri: str) -> None:
        self._wire.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        del self.texts[uri], self.versions[uri]


def cycle(wire: Wire, client: Client, chance: random.Random, folder: Path, number: int) -> str:
    """One cycle; how its job ended."""
    path = folder / f"model_{number % 7}.py"
    text = MODULE.format(number=number % 7)
    path.write_text(text, encoding="utf-8")
    uri, name = path.as_uri(), f"Gate{number % 7}"
    client.open(uri, text)
    wire.actions(uri, CLASS_LINE)
    job = wire.execute("kernelagent.fuse", uri=uri, **{"class": name})["jobId"]
    patience = 600.0 if chance.random() < TO_THE_END else chance.choice((0.0, 0.05, 0.3, 1.0))
    began = time.monotonic()
    cancelled = False
    while True:
        client.read()
        state = next(row["state"] for row in wire.execute("kernelagent.jobs")["jobs"] if row["jobId"] == job)
        if state not in ("waiting", "running", "cancelling"):
            break
        if not cancelled and time.monotonic() - began >= patience:
            wire.execute("kernelagent.cancel", jobId=job)
            cancelled = True
        if chance.random() < 0.1:
            client.type(uri)
            wire.request("textDocument/documentSymbol", {"textDocument": {"uri": uri}})
            place = {"line": CLASS_LINE, "character": 8}
            wire.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": place})
        time.sleep(0.02)
    for _ in range(40 if state == "verified" else 5):  # an edit is made a moment after the button
        client.read()
        time.sleep(0.02)
    client.close(uri)
    for made in folder.glob("*_triton*.py"):
        made.unlink()
    return str(state)


def soak(cycles: int, seed: int, tell: Callable[[str], None] = print) -> list[str]:
    """One server's long day; what is wrong afterwards."""
    chance = random.Random(seed)
    states: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "pyproject.toml").touch()
        wire = Wire("--stdio", "--log-level", "error")
        try:
            wire.initialize(initializationOptions={**OPTIONS, "runDirectory": str(folder / "runs")})
            client = Client(wire, chance)
            warm = Held(0.0, 0, 0, 0)
            for number in range(cycles):
                states[cycle(wire, client, chance, folder, number)] += 1
                if number + 1 == max(5, cycles // 10):
                    warm = _settled(wire, client)
                if (number + 1) % 50 == 0:
                    tell(f"{number + 1:6} cycles  {dict(states)}  {Held.now(wire.process.pid)}")
            last = _settled(wire, client)
            tell(f"after a tenth: {warm}\nat the end:    {last}\n{dict(states)} {dict(client.counts)}")
            return _judged(wire, client, warm, last)
        finally:
            wire.close()


def _settled(wire: Wire, client: Client) -> Held:
    """Once what was killed is gone."""
    for _ in range(100):
        client.read()
        time.sleep(0.05)
    return Held.now(wire.process.pid)


def _judged(wire: Wire, client: Client, warm: Held, last: Held) -> list[str]:
    wrong = [f"progress {token} has {client.ended[token]} ends" for token in client.begun if client.ended[token] != 1]
    if last.resident_mb > GROWTH * warm.resident_mb:
        wrong.append(f"memory grew from {warm.resident_mb:.0f} to {last.resident_mb:.0f} MB")
    for name, more in (("files", 4), ("threads", 6), ("processes", 1)):  # pools of threads fill, and no more
        if getattr(last, name) > getattr(warm, name) + more:
            wrong.append(f"{name} grew from {getattr(warm, name)} to {getattr(last, name)}")
    children = descendants(wire.process.pid)
    if wire.stop() != 0:
        wrong.append(f"it ended with {wire.process.returncode}")
    time.sleep(2.0)
    wrong += [f"{found} is left" for pid in children if (found := living(pid))]
    said = "".join(wire.stderr)
    return wrong + [line for line in said.splitlines() if "Traceback" in line or " ERROR " in line][:5]


def living(pid: int) -> str:
    """What ``pid`` is; empty for one that has ended, whether somebody has asked how or not."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
    return "" if "State:\tZ" in status else f"process {pid} ({command.strip()})"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cycles", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    wrong = soak(given.cycles, given.seed, lambda line: print(line, flush=True))
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
