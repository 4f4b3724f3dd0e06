"""``python -m Fuser.auto_agent``: the router, the route that it chooses, and the other one if that fails."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kernelagent.cli.from_kernelagent import flags, running
from kernelagent.cli.from_kernelagent.flat_yaml import entries
from kernelagent.contract.result import Result
from kernelagent.contract.shown import shown
from kernelagent.contract.typed_numbers import number, whole_number
from kernelagent.driver import standalone
from kernelagent.driver.caller_test import run_caller_test
from kernelagent.driver.interrupt import cancelled_by_signals
from kernelagent.driver.run import HEARTBEAT_S
from kernelagent.driver.target import Target, read_source
from kernelagent.errors import BadConfiguration, BadOption, KernelAgentError

_CONFIGURED = {
    "ka_num_workers": "ka_workers",
    "ka_max_rounds": "ka_rounds",
    "router_temperature": "router_temp",
}
_SWITCHES = {
    "use_router_cache": "no_router_cache",
    "allow_fallback": "no_fallback",
    "ka_high_reasoning": "no_ka_high_reasoning",
    "router_high_reasoning": "no_router_high_reasoning",
}
"""Names that say yes where the flag says no."""
_NOT_CONFIGURED = ("problem", "config", "test_paths", "yes")


@flags.said_plainly
def main(argv: Sequence[str] | None = None) -> int:
    """Prints one JSON object: ``route``, ``success``, ``details``, and ``kernel_code`` with success."""
    parser = _parser()
    args = parser.parse_args(argv)
    problem = flags.problem_file(args.problem)
    if problem is None:
        return 2
    test: bytes | None = None
    if args.test_paths:
        path = Path(args.test_paths).resolve()
        if not path.is_file():
            print(f"test file not found: {path}", file=sys.stderr)
            return 2
        test = read_source(Target(path, None)).content
    agreement = flags.agreement(
        args.yes, args.router_model, args.extract_model, args.dispatch_model, args.compose_model, args.ka_model
    )
    if args.config is not None:
        _configure(parser, args, Path(args.config))
    options = flags.options(
        flags.Models(
            args.router_model,
            args.extract_model,
            args.dispatch_model or args.ka_model,
            args.compose_model,
            args.ka_model,
        ),
        workers=args.workers,
        max_iters=args.max_iters,
        direct_workers=args.ka_workers,
        direct_max_iters=args.ka_rounds,
        llm_timeout_s=args.llm_timeout_s,
        dispatch_jobs=flags.jobs(str(args.dispatch_jobs)),
        router_cache=not args.no_router_cache,
        fallback=not args.no_fallback,
        effort="medium" if args.no_ka_high_reasoning else "high",
    )
    result = running.fuse(problem, options, agreement)
    outcome = _outcome(result)
    status = running.status(result)
    if test is not None and outcome["success"]:
        try:
            _try(result, test, args.test_timeout_s, options.sandbox, problem, outcome)
        except KernelAgentError as exc:  # what the judge accepted is told all the same
            status = exc.exit_status
            _does_not_count(outcome, f"the judge accepts the kernel, the test was not run to its end: {exc.told}")
    print(json.dumps(outcome, indent=2), flush=True)
    return 0 if outcome["success"] else max(1, status)


def _outcome(result: Result) -> dict[str, Any]:
    folder = running.folder_of(result)
    kind = result.route.kind if result.route is not None else None
    names = {"direct": "kernelagent", "fuser": "fuser", None: None}
    where = str(folder.path) if folder is not None else None
    details: dict[str, Any] = {
        "run_dir": where,
        "reasons": list(result.route.reasons) if result.route is not None else [],
        "session_dir": where,
    }
    out: dict[str, Any] = {"route": names[kind], "success": result.status == "verified", "details": details}
    if folder is not None and out["success"]:
        details["composed_path"] = str(folder.composed_kernel)
        details["message"] = running.why(result)
        out["kernel_code"] = folder.composed_kernel.read_text(encoding="utf-8")
    else:
        details["error"] = running.why(result)
        details["exception"] = result.error.code if result.error is not None else "NotVerified"
    return out


def _try(result: Result, test: bytes, timeout_s: float, sandbox: Any, problem: Path, outcome: dict[str, Any]) -> None:
    """The caller's own test, after the judge."""
    from kernelagent.contract.options import Options

    folder = running.folder_of(result)
    assert folder is not None  # a kernel lies in it
    options = Options(sandbox=sandbox)
    with (
        cancelled_by_signals() as cancel,
        standalone.worker_pool(problem, options) as pool,
        _told_meanwhile(timeout_s),
    ):
        tested = run_caller_test(
            folder.composed_kernel,
            test,
            options,
            pool=pool,
            scratch=folder.path / "test",
            gpu=result.verification is not None and result.verification.mode == "gpu",
            timeout_s=timeout_s,
            cancel=cancel,
            project=problem,
        )
    if not tested.passed:
        _does_not_count(outcome, f"the judge accepts the kernel, the test does not: {tested.said}")


def _does_not_count(outcome: dict[str, Any], why: str) -> None:
    outcome["success"] = False
    outcome["details"]["error"] = why
    del outcome["kernel_code"]


@contextlib.contextmanager
def _told_meanwhile(timeout_s: float) -> Iterator[None]:
    """A line on stderr when the test begins, and one as often as a run's heart beats."""
    ended = threading.Event()
    began = time.monotonic()

    def beat() -> None:
        while not ended.wait(HEARTBEAT_S):
            print(f"[test]   still running, {time.monotonic() - began:.0f} s of {timeout_s:g} s", file=sys.stderr)

    print("[test] Running the test of --test-paths ...", file=sys.stderr, flush=True)
    beating = threading.Thread(target=beat, name="kernelagent-test-heartbeat", daemon=True)
    beating.start()
    try:
        yield
    finally:
        ended.set()
        beating.join()


def _configure(parser: argparse.ArgumentParser, args: argparse.Namespace, file: Path) -> None:
    """KernelAgent's flat YAML of names and plain values; the command line's other flags give way to it.

    Raises ``BadConfiguration`` for a file, a name or a value that cannot be meant.
    """
    flags_named = {action.dest: action for action in parser._actions if action.dest in vars(args)}
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise BadConfiguration(f"the configuration {file} cannot be read: {exc}.", file=str(file)) from exc
    for entry in entries(text):

        def bad(reason: str, line: int = entry.line) -> BadConfiguration:
            return BadConfiguration(f"{file}, line {line}: {reason}", file=str(file), line=line)

        switch = _SWITCHES.get(entry.name)
        flag = flags_named.get(switch or _CONFIGURED.get(entry.name, entry.name))
        if entry.understood and entry.value is None and (flag is not None or entry.name == "test_code"):
            continue
        if flag is None or entry.value is None or flag.dest in _NOT_CONFIGURED:
            raise bad(f"there is no setting {shown(entry.name)}.")
        if not entry.understood:
            raise bad(f"{entry.name} can't be {shown(entry.value)}: write a plain value, or one in quotes.")
        try:
            value = _value(entry.name, entry.value, flag)
        except BadOption as exc:
            raise bad(exc.message) from exc
        if value is None:
            raise bad(f"{entry.name} can't be {shown(entry.value)}.")
        setattr(args, flag.dest, not value if switch is not None else value)


_OF_YAML = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


def _value(name: str, text: str, flag: argparse.Action) -> Any:
    """``text`` as the value of ``flag``; ``None`` where it is none. Raises ``BadOption``."""
    if flag.nargs == 0:
        return _OF_YAML.get(text.lower())
    if isinstance(flag.type, flags.Number):
        return replace(flag.type, called=name)(text)
    if flag.type in (int, float):
        return whole_number(text) if flag.type is int else number(text)
    if flag.choices is not None and text not in flag.choices:
        return None
    return text


def _parser() -> argparse.ArgumentParser:
    p = flags.parser("Auto-router: one kernel for the whole module, or its pieces, with the other way to fall back on")
    p.add_argument("--problem", required=True, help="the problem's file")
    p.add_argument("--test-paths", default=None, help="a test of your own, run after the judge")
    p.add_argument("--config", default=None, help="these flags as a YAML file, which wins over the command line")
    p.add_argument("--ka-model", default=None, help="model for the kernels")
    flags.add_number(p, "--ka-workers", "direct_workers", 4)
    flags.add_number(p, "--ka-rounds", "direct_max_iters", 10)
    p.add_argument("--no-ka-high-reasoning", action="store_true")
    flags.add_number(p, "--test-timeout-s", "test_timeout_s", 30.0)
    p.add_argument("--router-model", default=None)
    p.add_argument("--no-router-high-reasoning", action="store_true")
    p.add_argument("--router-temp", type=float, default=0.2)
    p.add_argument("--router-max-tokens", type=int, default=700)
    p.add_argument("--extract-model", default=None)
    p.add_argument("--dispatch-model", default=None)
    p.add_argument("--compose-model", default=None)
    flags.add_limits(p, iterations=5)
    flags.add_number(p, "--compose-max-iters", "max_iters", 5)
    p.add_argument("--verify", action="store_true", help="always so here")
    p.add_argument("--dispatch-jobs", default="2")
    p.add_argument("--no-fallback", action="store_true")
    p.add_argument("--ignore-router-config", action="store_true")
    p.add_argument("--no-router-cache", action="store_true")
    flags.add_platform(p)
    return p
