"""KernelBench at its published shapes on a real GPU: eager, ``torch.compile`` and the built-in synthesizer's kernel.

    python tests/gpu/kernelbench.py KERNELBENCH --out times.jsonl --kernels kernels.jsonl --levels 1,2 --seconds 560

KERNELBENCH is the folder that holds ``level1``, ``level2`` and ``level3``. All cores write kernels first, timed then
with ``kernelagent bench``'s own machinery, one at a time, while others compile, and what a kernel gives after its last
run is compared with what the module gives. Both files are appended to, and what they hold is not done again: a kernel
is timed if it is another one now (with ``--again``, each is). Prints geometric means by level and by family. Needs an
NVIDIA GPU, but for ``--synthesize-only`` and ``--table-only``.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "pipeline"))

from kernelagent.contract.codec import from_json, to_json
from kernelagent.contract.options import Options
from kernelagent.contract.problem import Problem
from kernelagent.contract.subgraph import Extraction
from kernelagent.driver import standalone
from kernelagent.driver.batch.family import family_of
from kernelagent.driver.benchmark import measure
from kernelagent.driver.cancel import CancelToken
from kernelagent.driver.target import parse_target
from kernelagent.driver.workers import WorkerPool
from kernelagent.errors import KernelAgentError

CLASS = "Model"
SYNTHESIS_S = 120.0
Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    options: Options
    dtype: str
    staged: Path
    """Where the problems lie, in the wanted dtype; the same folder in every run, for the kernels' problems name it."""


def in_dtype(text: str, dtype: str) -> str:
    """The problem's file with its weights and floating inputs in ``dtype``."""
    if dtype == "float32":
        return text
    tree = ast.parse(text)
    model = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == CLASS)
    made = next(node for node in model.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    lines = text.splitlines()
    lines.insert(made.end_lineno or 0, f"{' ' * made.body[0].col_offset}self.to(torch.{dtype})")
    narrowed = f"value.to(torch.{dtype}) if torch.is_tensor(value) and value.is_floating_point() else value"
    lines += ["", "", "_get_inputs_as_published = get_inputs", "", "", "def get_inputs():"]
    lines += [f"    return [{narrowed} for value in _get_inputs_as_published()]", ""]
    return "\n".join(lines)


def stage(folder: Path, level: int, asked: Asked) -> Iterator[str]:
    """Copy a level's problems; gives the name of each, ``level1/19_ReLU``."""
    target = asked.staged / asked.dtype / f"level{level}"
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted((folder / f"level{level}").glob("*.py"), key=lambda p: int(p.name.partition("_")[0])):
        text = in_dtype(path.read_text(encoding="utf-8"), asked.dtype)
        (target / path.name).write_text(text, encoding="utf-8")
        yield f"level{level}/{path.stem}"


def synthesize(name: str, asked: Asked, pool: WorkerPool) -> Row:
    """The kernel's file as text, and what timing it needs to know."""
    started, cancel = time.monotonic(), CancelToken()
    row: Row = {"name": name, "dtype": asked.dtype, "error": ""}
    file = asked.staged / asked.dtype / f"{name}.py"
    timer = threading.Timer(SYNTHESIS_S, cancel.cancel)
    timer.start()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            target = parse_target(f"{file}::{CLASS}")
            problem = standalone.capture(target, asked.options, pool=pool, folder=folder, cancel=cancel)
            cut = standalone.cut(problem, pool=pool, folder=folder, cancel=cancel)
            args = {"problem": to_json(problem), "graph": str(folder / "graph.json"), "out": str(folder / "kernel.py")}
            args |= {"arch": list(asked.options.arch), "fp32": asked.options.fp32, "allow_tf32": False}
            pool.call("compose", args, cancel=cancel)
            row["kernel"] = (folder / "kernel.py").read_text(encoding="utf-8")
        row["problem"] = to_json(replace(problem, text_file=""))
        row["extraction"] = to_json(replace(cut, passes={}))
        row["family"] = family_of(node.op for piece in cut.subgraphs for node in piece.nodes)
    except KernelAgentError as exc:
        row |= {"error": f"{exc.code}: {exc.message}"[:400], "family": "not written"}
    finally:
        timer.cancel()
    row["seconds"] = round(time.monotonic() - started, 2)
    return row


def clocked(written: Row, asked: Asked, pool: WorkerPool, turn: Path, compile_mode: str | None) -> Row:
    """The times of one problem's three implementations."""
    row: Row = {"name": written["name"], "dtype": asked.dtype, "family": written["family"], "error": ""}
    row["kernel_sha256"] = digest(written)
    started = time.monotonic()
    if written["error"]:
        return {**row, "error": written["error"], "seconds": 0.0}
    with tempfile.TemporaryDirectory() as scratch:
        kernel = Path(scratch) / "kernel.py"
        kernel.write_text(written["kernel"], encoding="utf-8")
        try:
            found = measure(
                kernel,
                from_json(Problem, written["problem"]),
                from_json(Extraction, written["extraction"]),
                pool=pool,
                cancel=CancelToken(),
                tell=lambda message: None,
                options=asked.options,
                turn=turn,
                compile_mode=compile_mode,
            )
            row |= dict(to_json(found))
        except KernelAgentError as exc:
            row["error"] = f"{exc.code}: {exc.message}"[:600]
    row["seconds"] = round(time.monotonic() - started, 2)
    return row


def digest(written: Row) -> str:
    return hashlib.sha256(written.get("kernel", "").encode()).hexdigest()


def spread(rows: Iterable[Row]) -> list[Row]:
    """Level by level, one of each family after the other: what is done when the time is up is a sample of all."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row["name"].partition("/")[0], row["family"]].append(row)
    return [row for turn in zip_longest(*groups.values()) for row in turn if row is not None]


def in_parallel(work: list[Callable[[], Row]], jobs: int, seconds: float, into: Path, started: float) -> list[Row]:
    """Run ``work``, append each row to ``into``; what has not begun after ``seconds`` is left for the next time."""

    def unless_late(one: Callable[[], Row]) -> Row | None:
        return None if time.monotonic() - started > seconds else one()

    rows = []
    with ThreadPoolExecutor(jobs) as threads, into.open("a", encoding="utf-8") as log:
        for done in as_completed([threads.submit(unless_late, one) for one in work]):
            row = done.result()
            if row is None:
                continue
            rows.append(row)
            log.write(json.dumps(row) + "\n")
            log.flush()
            print(told(row), flush=True)
    return rows


def told(row: Row) -> str:
    said = f"{row['name']} ({row['family']}, {row['seconds']:.0f} s): "
    if row["error"] or "kernel_ms" not in row:
        return said + (row["error"] or "written")
    compiled = row["compile_ms"]["median"] if row["compile_ms"] else float("nan")
    times = (
        f"eager {row['eager_ms']['median']:.4g}, compiled {compiled:.4g}, kernel {row['kernel_ms']['median']:.4g} ms"
    )
    return f"{said}{times}, {row['speedup_eager']:.2f}x eager, {row['of_floor']:.0%} of the floor"


def read(path: Path, dtype: str) -> dict[str, Row]:
    """The last row of each problem in ``dtype``."""
    if not path.exists():
        return {}
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {row["name"]: row for row in rows if row["dtype"] == dtype}


def table(rows: Iterable[Row]) -> str:
    """Geometric means by level, then by family within each level."""
    by_level: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_level[row["name"].partition("/")[0]].append(row)
    lines = [
        "| level, family | problems | right | over eager | over `torch.compile` | over the better | of the floor |",
        "|---" * 7 + "|",
    ]
    for level, group in sorted(by_level.items()):
        lines.append(_line(f"**{level}**", group))
        families: dict[str, list[Row]] = defaultdict(list)
        for row in group:
            families[row["family"]].append(row)
        lines += [_line(name, members) for name, members in sorted(families.items(), key=lambda item: -len(item[1]))]
    return "\n".join(lines)


def _line(name: str, rows: list[Row]) -> str:
    timed = [row for row in rows if not row["error"]]
    compiled = [row for row in timed if row["speedup_compile"]]
    better = [min(row["speedup_eager"], row["speedup_compile"] or row["speedup_eager"]) for row in timed]
    cells = [
        _mean([row["speedup_eager"] for row in timed]),
        _mean([row["speedup_compile"] for row in compiled]),
        _mean(better),
        _mean([row["of_floor"] for row in timed if row["of_floor"] > 0]),
    ]
    return f"| {name} | {len(rows)} | {len(timed)} | {' | '.join(cells)} |"


def _mean(values: list[float]) -> str:
    return f"{statistics.geometric_mean(values):.2f}" if values else "–"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("times.jsonl"), help="times, one JSON line for each problem")
    parser.add_argument("--kernels", type=Path, default=Path("kernels.jsonl"), help="what was written, likewise")
    parser.add_argument("--staged", type=Path, default=Path(tempfile.gettempdir()) / "kernelbench")
    parser.add_argument("--levels", default="1,2,3")
    parser.add_argument("--only", default="", help="problems whose name contains one of these, separated by commas")
    parser.add_argument("--dtype", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2, help="kernels written at a time")
    parser.add_argument("--at-once", type=int, default=5, help="problems that are compiled side by side")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin nothing new after so long")
    parser.add_argument("--arch", default="sm_90")
    parser.add_argument("--max-autotune", action="store_true", help="compare with torch.compile(mode='max-autotune')")
    parser.add_argument("--again", action="store_true", help="time once more what --out holds")
    parser.add_argument("--synthesize-only", action="store_true")
    parser.add_argument("--table-only", action="store_true")
    given = parser.parse_args()
    started = time.monotonic()
    asked = Asked(Options(arch=(given.arch,)), given.dtype, given.staged)
    levels = [int(level) for level in given.levels.split(",")]
    names = [name for level in levels for name in stage(given.folder, level, asked)]
    names = [name for name in names if any(part in name for part in given.only.split(","))]
    if not given.table_only:
        # A pool of compiling processes for each of many short-lived processes costs more than it saves.
        os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")
        with WorkerPool(sys.executable) as pool, tempfile.TemporaryDirectory() as scratch:
            pool.start()
            known = read(given.kernels, given.dtype)
            unwritten = [name for name in names if name not in known]
            write = [lambda name=name: synthesize(name, asked, pool) for name in unwritten]
            in_parallel(write, given.jobs, given.seconds, given.kernels, started)
            if not given.synthesize_only:
                known, before = read(given.kernels, given.dtype), {} if given.again else read(given.out, given.dtype)
                timed = {name: row["kernel_sha256"] for name, row in before.items()}
                new = (known[name] for name in names if name in known)
                waiting = spread(row for row in new if timed.get(row["name"]) != digest(row))
                mode, turn = "max-autotune" if given.max_autotune else None, Path(scratch) / "turn"
                clock = [lambda row=row: clocked(row, asked, pool, turn, mode) for row in waiting]
                in_parallel(clock, given.at_once, given.seconds, given.out, started)
    if not given.synthesize_only:
        timed = read(given.out, given.dtype)
        print(table(timed[name] for name in names if name in timed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
