"""How long the run browser takes over a run of many subgraphs: ``python tests/bench/web_page.py [SUBGRAPHS] [TIMES]``.

A real server, and a real Chromium that goes back and forth between that run and one of a single subgraph. Measured are
what the server draws, in this process, and what a person waits for: from the choice to the last row, the graph and the
report being laid out in the page.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from kernelagent.contract.codec import dumps, write_json
from kernelagent.contract.events import CandidateJudged, RunStarted, StageFinished, StageStarted
from kernelagent.contract.result import SubgraphResult
from kernelagent.ui.drawing import outcome
from kernelagent.ui.drawing.progress import progress
from kernelagent.ui.past import read_past
from past_runs import write_run
from playwright.sync_api import Page, sync_playwright
from web_pages import serving

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
LIMIT_S = 1.0
SETTLED = """rows => new Promise(done => {
    const count = what => document.querySelectorAll(what).length;
    const look = () => {
        const live = count('#runs-live .candidates tbody tr') === rows;
        if (live && count('#runs-report tr') > rows && count('#runs-graph svg g') >= rows) done();
        else requestAnimationFrame(look);
    };
    look();
})"""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    times = int(sys.argv[2]) if len(sys.argv) > 2 else 10
    project = Path(tempfile.mkdtemp(prefix="kernelagent-page-"))
    try:
        (project / "pyproject.toml").touch()
        big, small = (made(project / ".fuse", f"20260101-00000{n}-net", n) for n in (count, 1))
        drawn = [timed(lambda: everything(big)) for _ in range(times)]
        told(f"drawn by the server, {count} subgraphs", drawn)
        with serving(project) as server, sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.goto(server.address)
            page.get_by_role("tab", name="Runs").click()
            for name in ("Report", "Graph", "Progress"):  # a tab's inside is made when it is first looked at
                page.get_by_role("tab", name=name, exact=True).locator("visible=true").click()
            shown = []
            for _ in range(times):
                choose(page, small.name, 1)
                shown.append(choose(page, big.name, count))
            told(f"shown in Chromium, {count} subgraphs", shown)
            browser.close()
        median = statistics.median(shown)
        print(f"{'within' if median < LIMIT_S else 'OVER'} {LIMIT_S:g} s")
        sys.exit(median >= LIMIT_S)
    finally:
        shutil.rmtree(project)


def made(runs: Path, name: str, count: int) -> Path:
    """A run with ``count`` subgraphs, each with a product and an activation."""
    ids = [f"sg{n}_linear_relu" for n in range(count)]
    results = tuple(
        SubgraphResult(
            one, ("aten.linear.default", "aten.relu.default"), ("x: float32[s0, 64]",), (), "builtin", "verified"
        )
        for one in ids
    )
    folder = write_run(runs, name, target="net.py::Net", subgraphs=results)
    nodes, cut = [], []
    last = "x"
    for n, one in enumerate(ids):
        product, result = f"linear_{n}", f"relu_{n}"
        for node, op, reads in ((product, "aten.linear.default", last), (result, "aten.relu.default", product)):
            nodes.append(
                {"name": node, "op": op, "args": [{"node": reads}], "shape": ["s0", 64], "dtype": "torch.float32"}
            )
        cut.append({"id": one, "nodes": [{"name": product}, {"name": result}]})
        last = result
    write_json(folder / "graph.json", {"nodes": nodes})
    write_json(folder / "subgraphs.json", {"subgraphs": cut})
    events: list[object] = [RunStarted(name, "net.py::Net", str(folder)), StageStarted("dispatch", "Writing kernels")]
    events += [CandidateJudged(one, "builtin", "pass", "Verified in the interpreter.") for one in ids]
    events += [StageFinished("dispatch", f"{count} kernels written", 12.3)]
    (folder / "events.jsonl").write_text("".join(f"{dumps(event)}\n" for event in events), encoding="utf-8")
    return folder


def everything(folder: Path) -> None:
    past = read_past(folder)
    for draw in (outcome.outcome, outcome.report, outcome.graph, outcome.kernel, outcome.files):
        draw(past)
    progress(past.events, is_going=False)


def choose(page: Page, name: str, rows: int) -> float:
    """Seconds from naming the run to all of it being there."""
    began = time.perf_counter()
    page.locator("#runs-name textarea, #runs-name input").first.fill(name)
    page.evaluate(SETTLED, rows)
    return time.perf_counter() - began


def timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def told(what: str, seconds: list[float]) -> None:
    print(f"{what}: median {statistics.median(seconds) * 1000:.0f} ms, worst {max(seconds) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
