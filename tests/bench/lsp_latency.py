"""Prints how fast the language server is, beside a bare pygls server, as a table. Not a test: figures are for reading.

python tests/bench/lsp_latency.py [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lsp"))

from models import SOFTMAX
from wire_client import FULL, Wire

BARE = """
from lsprotocol import types
from pygls.lsp.server import LanguageServer
server = LanguageServer("bare", "1")
@server.feature(types.TEXT_DOCUMENT_CODE_ACTION)
def actions(params: types.CodeActionParams):
    return []
@server.command("ping")
def ping(*args):
    return {}
server.start_io()
"""

CLASS = '''
class Module{0}(nn.Module):
    """Number {0}."""

    def __init__(self, width):
        super().__init__()
        self.linear = nn.Linear(width, width)

    def forward(self, x):
        hidden = torch.relu(self.linear(x)) * 2 + {0}
        return hidden
'''
HEAD = "import torch\nfrom torch import nn\n\n# kernelagent: inputs=(torch.randn(8, 64),), init=(64,)\n"


def source(lines: int) -> str:
    """A file of about ``lines`` lines, dense with modules."""
    return HEAD + "".join(CLASS.format(n) for n in range(lines // CLASS.count("\n")))


OURS = (sys.executable, "-m", "kernelagent_lsp", "--stdio")
PYGLS = (sys.executable, "-c", BARE)


@contextmanager
def server(program: tuple[str, ...]) -> Iterator[Wire]:
    wire = Wire(program=program)
    try:
        yield wire
    finally:
        wire.close()


def timed(action: Callable[[], object]) -> float:
    begun = time.perf_counter()
    action()
    return (time.perf_counter() - begun) * 1e3


class Table:
    """Rows as they are measured."""

    def __init__(self) -> None:
        print(f"{'':46}{'p50 ms':>10}{'p95 ms':>10}{'limit':>10}{'bare p50':>11}{'bare p95':>10}")

    def row(self, name: str, ours: list[float], limit: float | None, bare: list[float] | None = None) -> None:
        cells = [f"{value:10.1f}" for value in _percentiles(ours)]
        cells.append(f"{limit:10.0f}" if limit is not None else " " * 10)
        cells += [f"{value:10.1f}" for value in _percentiles(bare)] if bare else []
        print(f"{name:46}" + "".join(cells), flush=True)


def _percentiles(values: list[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


def spawn_to_initialize(rounds: int, program: tuple[str, ...]) -> list[float]:
    figures = []
    for _ in range(rounds):
        begun = time.perf_counter()
        with server(program) as wire:
            wire.request("initialize", {"processId": None, "capabilities": FULL})
            figures.append((time.perf_counter() - begun) * 1e3)
    return figures


def code_actions(wire: Wire, uri: str, lines: int, rounds: int, *, edited: bool) -> list[float]:
    """Answering at a class in the middle; ``edited``: after a keystroke each time."""
    wire.open(uri, source(lines))
    wire.actions(uri, lines // 2)
    figures = []
    for number in range(rounds):
        if edited:
            keystroke(wire, uri, lines // 2, number + 2)
        figures.append(timed(lambda: wire.actions(uri, lines // 2)))
    return figures


def lenses(wire: Wire, uri: str, classes: int, rounds: int) -> tuple[list[float], list[float], list[float]]:
    """All lenses of ``classes`` classes of 50 lines after a keystroke, a code action that is sent right behind the
    request for them, and what a lens costs the server of CPU time with nothing edited between."""
    body = CLASS.format("{0}").rstrip("\n") + "\n" + "    # kept\n" * (50 - CLASS.count("\n"))
    text = HEAD + "".join(body.format(number) for number in range(classes))
    wire.open(uri, text)
    of_document = {"textDocument": {"uri": uri}}
    middle = text.count("\n") // 2
    wire.request("textDocument/codeLens", of_document)
    time.sleep(1 + classes / 50)  # what was begun when it was opened ends
    lens, behind = [], []
    for number in range(rounds):
        keystroke(wire, uri, middle, number + 2)
        begun = time.perf_counter()
        asked = wire.begin("textDocument/codeLens", of_document)
        wire.actions(uri, middle)
        behind.append((time.perf_counter() - begun) * 1e3)
        wire.answer(asked)
        lens.append((time.perf_counter() - begun) * 1e3)
        time.sleep(0.5)
    time.sleep(1 + classes / 50)
    before = cpu_ms(wire)
    for _ in range(10):
        wire.request("textDocument/codeLens", of_document)
    return lens, behind, [(cpu_ms(wire) - before) / 10]


def cpu_ms(wire: Wire) -> float:
    """CPU time of the server's process so far."""
    fields = Path(f"/proc/{wire.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1e3 / os.sysconf("SC_CLK_TCK")


def keystroke(wire: Wire, uri: str, line: int, version: int) -> None:
    place = {"line": line, "character": 0}
    wire.notify(
        "textDocument/didChange",
        {
            "textDocument": {"uri": uri, "version": version},
            "contentChanges": [{"range": {"start": place, "end": place}, "text": "" if version % 2 else "# x\n"}],
        },
    )


def did_change(wire: Wire, uri: str, lines: int, rounds: int, ping: str) -> list[float]:
    """A keystroke and a request that answers nothing, less the request alone."""
    wire.open(uri, source(lines))
    alone = statistics.median(timed(lambda: wire.execute(ping)) for _ in range(rounds))
    figures = []
    for number in range(rounds):

        def both(version: int = number + 2) -> None:
            keystroke(wire, uri, lines // 2, version)
            wire.execute(ping)

        figures.append(max(0.0, timed(both) - alone))
    return figures


def hovers(wire: Wire, folder: Path, lines: int, rounds: int) -> list[float]:
    """On a line of a class that was surveyed, of a long file, after a keystroke in its middle each time."""
    path = folder / f"hover_{lines}.py"
    text = HEAD + source(lines).removeprefix(HEAD).lstrip()
    path.write_text(text)
    uri = path.as_uri()
    wire.open(uri, text)
    place = {"line": text[: text.index("hidden")].count("\n"), "character": 8}
    asked = {"textDocument": {"uri": uri}, "position": place}
    deadline = time.monotonic() + 120
    while wire.request("textDocument/hover", asked)["result"] is None:
        if time.monotonic() > deadline:
            raise TimeoutError("the file was not surveyed")
        time.sleep(0.2)
    figures = []
    for number in range(rounds):
        keystroke(wire, uri, lines // 2, number + 2)
        figures.append(timed(lambda: wire.request("textDocument/hover", asked)))
    return figures


def jobs(wire: Wire, folder: Path, rounds: int) -> dict[str, list[float]]:
    """Command to answer, answer to begin, cancel to end."""
    figures: dict[str, list[float]] = {"answer": [], "begin": [], "end": []}
    uri = _model(wire, folder, "timed.py")
    for _ in range(rounds):
        begun = time.perf_counter()
        job = wire.execute("kernelagent.fuse", uri=uri, **{"class": "Module0"})["jobId"]
        figures["answer"].append((time.perf_counter() - begun) * 1e3)
        begun = time.perf_counter()
        request = wire.message("window/workDoneProgress/create")
        wire.reply(request, None)
        wire.wait_for(lambda m: m.get("method") == "$/progress" and m["params"]["value"]["kind"] == "begin", "begin")
        figures["begin"].append((time.perf_counter() - begun) * 1e3)
        time.sleep(0.5)
        begun = time.perf_counter()
        wire.execute("kernelagent.cancel", jobId=job)
        wire.wait_for(lambda m: m.get("method") == "$/progress" and m["params"]["value"]["kind"] == "end", "end")
        figures["end"].append((time.perf_counter() - begun) * 1e3)
        time.sleep(0.3)
    return figures


def fuses(wire: Wire, folder: Path, rounds: int) -> list[float]:
    """From the command to the verdict, with workers that have done it once before."""
    path = folder / "softmax.py"
    path.write_text(SOFTMAX)
    uri = path.as_uri()
    wire.open(uri, SOFTMAX)
    figures = []
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        wire.execute("kernelagent.fuse", uri=uri, **{"class": "Gate"})
        wire.reply(wire.message("window/workDoneProgress/create"), None)
        wire.wait_for(lambda m: m.get("method") == "$/progress" and m["params"]["value"]["kind"] == "end", "end", 120)
        figures.append((time.perf_counter() - begun) * 1e3)
        wire.reply(wire.message("window/showMessageRequest"), None)
    return figures[1:]


def _model(wire: Wire, folder: Path, name: str) -> str:
    path = folder / name
    path.write_text(HEAD + CLASS.format(0).lstrip())
    (folder / "pyproject.toml").touch()
    wire.open(path.as_uri(), path.read_text())
    return path.as_uri()


@contextmanager
def four_jobs(wire: Wire, folder: Path) -> Iterator[None]:
    """Four fuses going on."""
    uris = [_model(wire, folder, f"busy_{n}.py") for n in range(4)]
    for uri in uris:
        wire.execute("kernelagent.fuse", uri=uri, **{"class": "Module0"})
    try:
        yield
    finally:
        for uri in uris:
            wire.execute("kernelagent.cancel", uri=uri, **{"class": "Module0"})


def resident(wire: Wire) -> float:
    status = Path(f"/proc/{wire.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def lens_rows(table: Table, rounds: int) -> None:
    """A server for each: what one file leaves to be done would be counted for the next."""
    for classes in (50, 100, 200):
        with server(OURS) as ours:
            ours.initialize(initializationOptions={"codeLens": True, "analyzeOnSave": False})
            lens, behind, cpu = lenses(ours, f"file:///nowhere/lens_{classes}.py", classes, rounds)
        table.row(f"codeLens after an edit, {classes} classes", lens, 100)
        table.row("a codeAction sent right behind it", behind, 100)
        table.row("CPU of the server for a lens, nothing edited", cpu, None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    table = Table()
    few = max(3, rounds // 4)
    table.row("spawn to initialize", spawn_to_initialize(few, OURS), 1000, spawn_to_initialize(few, PYGLS))
    with tempfile.TemporaryDirectory() as name, server(OURS) as ours, server(PYGLS) as bare:
        folder = Path(name)
        options = {"interpreter": sys.executable}
        ours.initialize(initializationOptions=options)
        bare.initialize()
        print(f"{'memory, idle, MiB':46}{resident(ours):10.1f}{'':10}{80:10.0f}{resident(bare):10.1f}")
        for lines, limit in ((1_000, 50), (10_000, 100)):
            uri = f"file:///nowhere/{lines}.py"
            theirs = code_actions(bare, uri, lines, rounds, edited=True)
            mine = code_actions(ours, uri, lines, rounds, edited=True)
            table.row(f"codeAction after an edit, {lines} lines", mine, limit, theirs)
            table.row(f"codeAction again, {lines} lines", code_actions(ours, uri, lines, rounds, edited=False), limit)
        lens_rows(table, few)
        for lines, limit in ((1_000, 50), (10_000, 100)):
            table.row(f"hover after an edit, {lines} lines", hovers(ours, folder, lines, rounds), limit)
        for lines in (1_000, 10_000, 50_000):
            uri = f"file:///nowhere/change_{lines}.py"
            mine = did_change(ours, uri, lines, rounds, "kernelagent.jobs")
            theirs = did_change(bare, uri, lines, rounds, "ping")
            table.row(f"didChange, {lines} lines", mine, 5 if lines == 10_000 else None, theirs)
        figures = jobs(ours, folder, few)
        table.row("kernelagent.fuse to its answer", figures["answer"], 100)
        table.row("answer to progress begin", figures["begin"], 300)
        table.row("cancel to progress end", figures["end"], 250)
        table.row("a softmax, warm, from command to verdict", fuses(ours, folder, 5), 5000)
        with four_jobs(ours, folder):
            pings = [timed(lambda: ours.execute("kernelagent.jobs")) for _ in range(rounds * 20)]
            table.row("a request while four jobs run", pings, None)
            table.row("the slowest of them", [max(pings)], 100)
            for lines, limit in ((1_000, 100), (10_000, 200)):
                busy = code_actions(ours, f"file:///nowhere/busy_{lines}.py", lines, rounds, edited=True)
                table.row(f"codeAction, {lines} lines, four jobs running", busy, limit)
        table.row("shutdown", [timed(lambda: ours.request("shutdown"))], 500, [timed(lambda: bare.request("shutdown"))])
        ours.notify("exit")
        table.row("exit", [timed(lambda: ours.process.wait(10))], 2000)


if __name__ == "__main__":
    main()
