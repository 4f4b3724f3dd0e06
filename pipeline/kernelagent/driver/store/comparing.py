"""Two runs, side by side: what changed from the one to the other."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from kernelagent.contract.codec import read_json, to_json
from kernelagent.contract.options import Options
from kernelagent.contract.result import Result
from kernelagent.contract.run_request import RunRequest
from kernelagent.contract.verdict import Case
from kernelagent.driver.run_directory import RUN_OF_SESSION, SESSION, RunDirectory
from kernelagent.errors import BadOption

T = TypeVar("T")
_IDLE = ("run_dir", "output", "yes", "fresh")
"""Options that change nothing of what is made."""


@dataclass(frozen=True)
class Change:
    """One thing that is not the same; a side without it has ``None``."""

    what: str
    before: str | float | None
    after: str | float | None


@dataclass(frozen=True)
class RunDiff:
    before: str
    """Ids."""
    after: str
    verdict: tuple[Change, ...]
    """Status, error, summary, precision, checks."""
    request: tuple[Change, ...]
    """Target, options, example inputs."""
    versions: tuple[Change, ...]
    errors: tuple[Change, ...]
    """The largest error of each case, absolute."""
    timings: tuple[Change, ...]
    """``_s`` are seconds, ``_ms`` milliseconds."""
    cost: tuple[Change, ...]
    source: tuple[str, ...]
    """Lines of a unified diff of the module's file."""
    kernel: tuple[str, ...]
    """The same of the composed file."""

    @property
    def is_empty(self) -> bool:
        """Nothing but times differs."""
        told = (self.verdict, self.request, self.versions, self.errors, self.cost, self.source, self.kernel)
        return not any(told)


def compare(before: Path, after: Path) -> RunDiff:
    """Of two run directories. Raises ``BadOption`` for one that has no result."""
    one, two = _result(before), _result(after)
    asked = _request(before), _request(after)
    return RunDiff(
        before=before.name,
        after=after.name,
        verdict=_changes(_verdict(one), _verdict(two)),
        request=_changes(_asked(asked[0], one), _asked(asked[1], two)),
        versions=_changes(_versions(one), _versions(two)),
        errors=_changes(_errors(one), _errors(two)),
        timings=_changes(_timings(one), _timings(two)),
        cost=_changes(_cost(one), _cost(two)),
        source=_lines(before, after, "problem.py"),
        kernel=_lines(before, after, one.kernel or two.kernel or "compose_out/composed_kernel.py"),
    )


def _inner(path: Path) -> Path:
    return path / RUN_OF_SESSION if (path / SESSION).is_file() else path


def _result(path: Path) -> Result:
    file = RunDirectory(_inner(path)).result
    try:
        return read_json(file, Result)
    except FileNotFoundError:
        raise BadOption(f"{path.name} has no result: it did not end.", hint="See `kernelagent runs list`.") from None
    except (OSError, ValueError) as exc:
        raise BadOption(f"{file} cannot be read: {exc}.", hint="See `kernelagent runs list`.") from exc


def _request(path: Path) -> RunRequest | None:
    try:
        return read_json(RunDirectory(_inner(path)).request, RunRequest)
    except (OSError, ValueError):
        return None


def _changes(before: dict[str, Any], after: dict[str, Any]) -> tuple[Change, ...]:
    names = [*before, *(name for name in after if name not in before)]
    pairs = ((name, before.get(name), after.get(name)) for name in names)
    return tuple(Change(name, one, two) for name, one, two in pairs if one != two)


def _verdict(result: Result) -> dict[str, Any]:
    told: dict[str, Any] = {"status": result.status}
    if result.error is not None:
        told["error"] = f"{result.error.code}: {result.error.message}"
    if (verification := result.verification) is not None:
        told |= {"summary": verification.summary, "mode": verification.mode, "device": verification.device}
        told |= {"precision": verification.precision}
        for check in verification.checks:
            told[f"check {check.name}"] = "skipped" if check.skipped else "passed" if check.passed else "failed"
    return told


def _asked(request: RunRequest | None, result: Result) -> dict[str, Any]:
    told: dict[str, Any] = {"target": result.target}
    if request is not None:
        names = [field.name for field in fields(Options) if field.name not in _IDLE]
        told |= {f"--{name.replace('_', '-')}": _plain(getattr(request.options, name)) for name in names}
        told |= {"provider": request.provider, "model": request.model}
    if result.verification is not None and (judged := result.verification.judged) is not None:
        told |= {"inputs": judged.inputs, "init": judged.init, "mode of the module": judged.mode}
    return told


def _plain(value: Any) -> str | float | None:
    value = to_json(value)
    return value if value is None or isinstance(value, (str, float)) else str(value)


def _versions(result: Result) -> dict[str, Any]:
    return dict(result.verification.versions) if result.verification is not None else {}


def _errors(result: Result) -> dict[str, Any]:
    def told(case: Case) -> float | str | None:
        return case.max_abs_err if case.passed else f"failed, {case.max_abs_err}"

    return {case.name: told(case) for case in result.verification.cases} if result.verification is not None else {}


def _timings(result: Result) -> dict[str, Any]:
    told: dict[str, Any] = {"elapsed_s": round(result.elapsed_s, 2)}
    if result.verification is not None and "total" in result.verification.seconds:
        told["judging_s"] = round(result.verification.seconds["total"], 2)
    if (found := result.benchmark) is not None:
        told |= {"eager_ms": found.eager_ms.median, "kernel_ms": found.kernel_ms.median}
        told |= {"compile_ms": found.compile_ms.median if found.compile_ms is not None else None}
        told |= {"speedup_eager": found.speedup_eager, "speedup_compile": found.speedup_compile}
    return told


def _cost(result: Result) -> dict[str, Any]:
    cost = result.cost
    return {"input_tokens": cost.input_tokens, "output_tokens": cost.output_tokens, "usd": cost.usd}


def _lines(before: Path, after: Path, name: str) -> tuple[str, ...]:
    one, two = (_text(_inner(path) / name).splitlines() for path in (before, after))
    return tuple(difflib.unified_diff(one, two, f"{before.name}/{name}", f"{after.name}/{name}", lineterm=""))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
