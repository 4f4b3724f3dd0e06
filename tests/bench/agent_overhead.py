"""What a model's round costs beside the model, with the judge and without; how soon eight workers end; and what ten
subgraphs at a time take of memory: ``python tests/bench/agent_overhead.py``. Prints a table; asserts nothing."""

from __future__ import annotations

import contextlib
import functools
import itertools
import json
import resource
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kernelagent.contract.events import CandidateJudged
from kernelagent.contract.options import Options
from kernelagent.contract.problem import ExampleInputs, Problem, TensorSpec
from kernelagent.driver.agents.assignment import assignment
from kernelagent.driver.agents.author import Author, open_author
from kernelagent.driver.agents.race import race
from kernelagent.driver.agents.worker import Verdicts, Worker
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.pipeline import fuse
from kernelagent.driver.stages.pieces import in_parallel
from kernelagent.driver.target import Target
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import Cancelled, NoVerifiedKernel
from kernels import MODULE, WRONG_VALUES, said

ROUNDS, WORKERS, JUDGED_ROUNDS = 100, 8, 6
PROSE = "I would begin with the loads. " * 200


def problem_in(folder: Path) -> Problem:
    source = folder / "problem.py"
    source.write_text("import torch\n\n\nclass Block(torch.nn.Module): ...\n" + "# a comment\n" * 200, encoding="utf-8")
    given = {"name": "x", "kind": "input", "path": "x", "dtype": "float32"}
    nodes = [
        {
            "name": f"add_{i}",
            "op": "aten.add.Tensor",
            "args": {"self": {"node": f"add_{i - 1}" if i else "x"}, "other": 1},
            "shape": ["s0", "64"],
            "dtype": "float32",
            "line": 4,
            "source": "x",
        }
        for i in range(200)
    ]
    graph = {"inputs": [given], "nodes": nodes, "mutations": {}}
    (folder / "graph.json").write_text(json.dumps(graph), encoding="utf-8")
    spec = TensorSpec("x", (8, 64), "float32", ("s0", "64"), "randn")
    return Problem(
        str(source), "Block", 4, "", ExampleInputs("get_inputs", "()", "(x,)"), inputs=(spec,), outputs=(spec,)
    )


def author_that(folder: Path, **reply: object) -> Author:
    script = folder / "script.json"
    script.write_text(json.dumps({"replies": [reply]}), encoding="utf-8")
    author = open_author(folder / "problem.py", Options(provider="scripted", model=str(script)))
    assert author is not None
    return author


def workers_in(folder: Path, author: Author, count: int) -> list[Worker]:
    given = assignment("sg0", problem_in(folder), folder / "graph.json", arch=("sm_90",), triton="3.7.1")
    verdicts = Verdicts()
    return [
        Worker(number, given, author, None, folder / f"worker_{number}", verdicts, lambda message: None)
        for number in range(count)
    ]


def round_ms() -> float:
    """Prompt built, asked, parsed, and written down."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        problem_in(folder)
        started = time.monotonic()
        try:
            race(workers_in(folder, author_that(folder, text=PROSE), 1), ROUNDS, CancelToken())
        except NoVerifiedKernel:
            return (time.monotonic() - started) * 1000 / ROUNDS
    raise AssertionError("prose is no kernel")


def cancel_ms() -> float:
    """From the token to the end of eight workers that wait for an answer."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        problem_in(folder)
        token, cancelled = CancelToken(), [0.0]

        def cancel() -> None:
            cancelled[0] = time.monotonic()
            token.cancel()

        threading.Timer(0.5, cancel).start()
        try:
            race(workers_in(folder, author_that(folder, text=PROSE, delay_s=60), WORKERS), 1, token)
        except Cancelled:
            return (time.monotonic() - cancelled[0]) * 1000
    raise AssertionError("nobody had an answer")


def judged_round_ms() -> float:
    """A whole round with warm workers: prompt, reply, and the sandboxed verdict on a small kernel that is wrong."""
    with tempfile.TemporaryDirectory() as name, WorkerPool(sys.executable) as pool:
        folder = Path(name)
        (folder / "model.py").write_text(MODULE, encoding="utf-8")
        pool.start()
        pool.call("probe", {}, flavor="interpret")
        replies = [{"text": said(f"# {n}\n{WRONG_VALUES}")} for n in range(JUDGED_ROUNDS)]
        (folder / "script.json").write_text(json.dumps({"replies": replies}), encoding="utf-8")
        options = Options(provider="scripted", model=str(folder / "script.json"), workers=1, max_iters=JUDGED_ROUNDS)
        moments: list[float] = []
        fuse(
            Target(folder / "model.py", "Block"),
            options,
            pool=pool,
            on_event=lambda event: moments.append(time.monotonic()) if isinstance(event, CandidateJudged) else None,
        )
        return statistics.median(b - a for a, b in itertools.pairwise(moments)) * 1000


def ten_subgraphs_mb() -> float:
    """How much more memory this process holds while ten subgraphs with eight workers each wait for answers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        problem_in(folder)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        def one(number: int, token: CancelToken) -> None:
            part = folder / str(number)
            part.mkdir()
            problem_in(part)
            with contextlib.suppress(NoVerifiedKernel):
                race(workers_in(part, author_that(part, text=PROSE, delay_s=0.5), WORKERS), 2, token)

        in_parallel({str(n): functools.partial(one, n) for n in range(10)}, 10, CancelToken())
        return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def main() -> None:
    print(f"ten subgraphs at a time         {ten_subgraphs_mb():8.1f} MB")
    print(f"a round beside model and judge  {statistics.median(round_ms() for _ in range(3)):8.1f} ms")
    print(f"a round with the judge          {judged_round_ms():8.1f} ms")
    print(f"cancelling {WORKERS} workers            {statistics.median(cancel_ms() for _ in range(3)):8.1f} ms")


if __name__ == "__main__":
    main()
