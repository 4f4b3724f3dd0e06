"""What a model's round costs beside the model and the judge, and how soon eight workers end: ``python
tests/bench/agent_overhead.py``. Prints a table; asserts nothing."""

from __future__ import annotations

import json
import statistics
import tempfile
import threading
import time
from pathlib import Path

from kernelagent.contract.options import Options
from kernelagent.contract.problem import ExampleInputs, Problem, TensorSpec
from kernelagent.driver.agents.assignment import assignment
from kernelagent.driver.agents.author import Author, open_author
from kernelagent.driver.agents.race import race
from kernelagent.driver.agents.worker import Verdicts, Worker
from kernelagent.driver.cancel import CancelToken
from kernelagent.errors import Cancelled, NoVerifiedKernel

ROUNDS, WORKERS = 100, 8
PROSE = "I would begin with the loads. " * 200


def problem_in(folder: Path) -> Problem:
    source = folder / "problem.py"
    source.write_text("import torch\n\n\nclass Block(torch.nn.Module): ...\n" + "# a comment\n" * 200, encoding="utf-8")
    nodes = [
        {
            "name": f"add_{i}",
            "op": "aten.add.Tensor",
            "shape": ["s0", "64"],
            "dtype": "float32",
            "line": 4,
            "source": "x",
        }
        for i in range(200)
    ]
    (folder / "graph.json").write_text(json.dumps({"nodes": nodes}), encoding="utf-8")
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


def main() -> None:
    print(f"a round beside model and judge  {statistics.median(round_ms() for _ in range(3)):8.1f} ms")
    print(f"cancelling {WORKERS} workers            {statistics.median(cancel_ms() for _ in range(3)):8.1f} ms")


if __name__ == "__main__":
    main()
