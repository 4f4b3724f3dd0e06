"""``python -m Fuser.pipeline``: extract, dispatch, compose, with a model for each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kernelagent.cli.from_kernelagent import flags, running
from kernelagent.contract.result import Result


@flags.said_plainly
def main(argv: Sequence[str] | None = None) -> int:
    """Prints one JSON object: ``run_dir``, ``subgraphs``, ``kernels_summary``, ``composition``."""
    p = flags.parser("Extract, dispatch, compose")
    p.add_argument("--problem", required=True, help="the problem's file")
    p.add_argument("--extract-model", default=None)
    p.add_argument("--dispatch-model", default=None)
    p.add_argument("--dispatch-jobs", default="2", help="subgraphs at a time; auto: all of them")
    p.add_argument("--compose-model", default=None)
    flags.add_limits(p, iterations=5)
    p.add_argument("--out-root", default=None, help="where the run directory is made; .fuse of the current folder")
    p.add_argument("--verify", action="store_true", help="always so here")
    flags.add_number(p, "--compose-max-iters", "max_iters", 5)
    flags.add_number(p, "--test-timeout-s", "test_timeout_s", 30.0)
    flags.add_platform(p)
    args = p.parse_args(argv)
    problem = flags.problem_file(args.problem)
    if problem is None:
        return 2
    options = flags.options(
        flags.Models(None, args.extract_model, args.dispatch_model, args.compose_model),
        workers=args.workers,
        max_iters=args.max_iters,
        llm_timeout_s=args.llm_timeout_s,
        dispatch_jobs=flags.jobs(args.dispatch_jobs),
        route="fuser",
    )
    named = flags.agreement(args.yes, args.extract_model, args.dispatch_model, args.compose_model)
    result = running.fuse(problem, options, named, Path(args.out_root).resolve() if args.out_root else None)
    if not result.artifacts:
        print(f"pipeline failed: {running.why(result)}")
        return running.status(result)
    print(json.dumps(told(result), indent=2))
    return running.status(result)


def told(result: Result) -> dict[str, Any]:
    """``result`` of a run that has a directory."""
    folder = running.folder_of(result)
    assert folder is not None
    passed = result.status == "verified"
    composition: dict[str, Any] = {"success": passed, "verify_passed": passed, "verify_reason": running.why(result)}
    if result.kernel is not None:
        composition["composed_path"] = str(folder.path / result.kernel)
    return {
        "run_dir": str(folder.path),
        "subgraphs": str(folder.subgraphs),
        "kernels_summary": str(folder.kernels_summary),
        "composition": composition,
    }
