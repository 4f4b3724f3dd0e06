"""KernelAgent's commands for single stages: ``Fuser.cli run``, ``Fuser.subgraph_extractor``,
``Fuser.dispatch_kernel_agent``, ``Fuser.compose_end_to_end``. A run directory is what they hand each other."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from kernelagent.cli.from_kernelagent import flags, of_one_run, pipeline, running
from kernelagent.driver.run_directory import disk_error
from kernelagent.errors import KernelAgentError


@flags.said_plainly
def orchestrate(argv: Sequence[str] | None = None) -> int:
    """``Fuser.cli run``: the module as pieces, checked by running them. Prints the run directory."""
    given = list(sys.argv[1:] if argv is None else argv)
    if not given or given[0] != "run":
        print("usage: fuse run --problem /abs/path.py [--model <name>] [flags]", file=sys.stderr)
        return 2
    p = flags.parser("The module as fusable pieces")
    p.add_argument("--problem", required=True)
    p.add_argument("--model", default=None)
    flags.add_limits(p, iterations=10, timeout_s=180)
    p.add_argument("--stream", choices=["all", "winner", "none"], default="all")
    for name in ("--store-responses", "--isolated", "--deny-network", "--enable-reasoning-extras"):
        p.add_argument(name, action="store_true")
    flags.add_platform(p)
    args = p.parse_args(given[1:])
    return _extract(args, prints_run=True)


@flags.said_plainly
def extract(argv: Sequence[str] | None = None) -> int:
    """``Fuser.subgraph_extractor``: the same. Prints the path of subgraphs.json."""
    p = flags.parser("The subgraphs of a module")
    p.add_argument("--problem", required=True)
    p.add_argument("--model", default=None)
    flags.add_limits(p, iterations=5, timeout_s=2400)
    flags.add_platform(p)
    args = p.parse_args(argv)
    return _extract(args, prints_run=False)


@flags.said_plainly
def dispatch(argv: Sequence[str] | None = None) -> int:
    """``Fuser.dispatch_kernel_agent``: a kernel for each subgraph of a run. Prints the path of summary.json."""
    p = flags.parser("A kernel for each subgraph")
    p.add_argument("--subgraphs", required=True, help="subgraphs.json of a run directory")
    p.add_argument("--out-dir", default="kernels_out")
    p.add_argument("--agent-model", default=None)
    p.add_argument("--jobs", default="2")
    flags.add_number(p, "--test-timeout-s", "test_timeout_s", 30.0)
    flags.add_platform(p)
    args = p.parse_args(argv)
    run = _run_of(args.subgraphs)
    if run is None:
        return 2
    out_dir = flags.out_folder(args.out_dir, "--out-dir")
    changed = {"dispatch_model": args.agent_model} if args.agent_model else {}
    try:
        agreement = flags.agreement(args.yes, args.agent_model)
        with of_one_run.told_of_edits(run):
            result = running.go_on(run, agreement, until="dispatch", dispatch_jobs=flags.jobs(args.jobs), **changed)
    except KernelAgentError as exc:
        print(f"dispatch failed: {exc.message}", file=sys.stderr)
        return 1
    if result.error is not None:
        print(f"dispatch failed: {running.why(result)}", file=sys.stderr)
        return running.status(result)
    try:
        summary = _copied(run / "kernels_out", out_dir) / "summary.json"
    except OSError as exc:
        raise disk_error(exc, out_dir, "--out-dir") from exc
    print(summary)
    return 0


@flags.said_plainly
def compose(argv: Sequence[str] | None = None) -> int:
    """``Fuser.compose_end_to_end``: one verified file of a run's kernels. Prints one JSON object."""
    p = flags.parser("One program of all kernels")
    p.add_argument("--problem", required=True)
    p.add_argument("--subgraphs", required=True, help="subgraphs.json of a run directory")
    p.add_argument("--kernels-summary", required=True)
    p.add_argument("--out-dir", default="compose_out")
    p.add_argument("--model", default=None)
    p.add_argument("--verify", action="store_true", help="always so here")
    flags.add_number(p, "--max-iters", "max_iters", 5)
    flags.add_platform(p)
    args = p.parse_args(argv)
    run = _run_of(args.subgraphs)
    for path, what in ((args.problem, "problem file"), (args.kernels_summary, "kernels summary")):
        if not Path(path).is_file():
            print(f"{what} not found: {Path(path).resolve()}")
            return 2
    if run is None:
        return 2
    of_one_run.require_problem(run, Path(args.problem))
    of_one_run.require_summary(run, Path(args.kernels_summary))
    out_dir = flags.out_folder(args.out_dir, "--out-dir")
    changed = {"compose_model": args.model} if args.model else {}
    try:
        with of_one_run.told_of_edits(run):
            result = running.go_on(run, flags.agreement(args.yes, args.model), until="end", **changed)
    except KernelAgentError as exc:
        print(f"compose failed: {exc.message}")
        return 1
    composition = pipeline.told(result)["composition"]
    failed = 0
    if result.kernel is not None:
        try:
            out = _copied(run / "compose_out", out_dir)
            composition["composed_path"] = str(out / "composed_kernel.py")
        except OSError as exc:
            failed = 1
            lies = f"The kernel lies in {run / result.kernel}."
            print(f"{disk_error(exc, out_dir, '--out-dir').told} {lies}", file=sys.stderr)
    print(json.dumps(composition, indent=2))
    return running.status(result) or failed


def _extract(args: argparse.Namespace, *, prints_run: bool) -> int:
    file = flags.problem_file(args.problem)
    if file is None:
        return 2
    options = flags.options(
        flags.Models(extract=args.model),
        workers=args.workers,
        max_iters=args.max_iters,
        llm_timeout_s=args.llm_timeout_s,
        route="fuser",
        until="extract",
    )
    result = running.fuse(file, options, flags.agreement(args.yes, args.model))
    if result.error is not None:
        print(running.why(result), file=sys.stderr)
        return running.status(result)
    folder = running.folder_of(result)
    assert folder is not None  # it was made, or there would be an error
    print(folder.path if prints_run else folder.subgraphs)
    return 0


def _run_of(subgraphs: str) -> Path | None:
    """Says on stderr when there is no such file. Raises ``BadOption``."""
    path = Path(subgraphs).resolve()
    if not path.is_file():
        print(f"subgraphs file not found: {path}", file=sys.stderr)
        return None
    return of_one_run.run_with(path)


def _copied(source: Path, wanted: Path) -> Path:
    if wanted != source:
        shutil.copytree(source, wanted, dirs_exist_ok=True)
    return wanted
