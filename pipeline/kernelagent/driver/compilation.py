"""The launches that a candidate made, compiled ahead of time in a sandboxed process: each once, for every architecture
that was asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from kernelagent.contract.codec import from_json
from kernelagent.driver.evidence import Compiled, Evidence
from kernelagent.driver.isolation import Isolation
from kernelagent.errors import InternalError, TimedOut, WorkerDied

LIMIT_S = 60.0
"""Of processor time, for one kernel and one architecture."""
PATIENCE = 4
"""How much longer all may take beside others on a busy machine."""
FURTHER_S = 30.0
"""For all launches, and one architecture, that differ from others of the same kernel in numbers above 1 alone, such as
the widths of layers."""


class Call(Protocol):
    """A task for a worker: ``WorkerPool.call`` with the verification's own cancel token."""

    def __call__(
        self, task: str, args: dict[str, Any], *, flavor: Literal["compile"], timeout_s: float, prefix: tuple[str, ...]
    ) -> dict[str, Any]: ...


@dataclass
class Compilation:
    """Of one kernel file, for one judgement."""

    kernel: Path
    arch: tuple[str, ...]
    isolation: Isolation
    scratch: Path
    hidden: Path
    """A folder that the file, which is imported there too, must not see."""
    call: Call
    _known: set[str] = field(default_factory=set)
    """What the launches that it was asked for are told apart by."""
    _kinds: set[str] = field(default_factory=set)
    """The same without numbers above 1."""

    def run(self, evidence: Evidence) -> bool:
        """Add to ``evidence`` what comes of its launches that are new; whether anything was compiled. Whatever the
        file does ends there as an error; raises ``Cancelled`` alone."""
        launches = [launch for launch in _launches(evidence) if _identity(launch) not in self._known]
        if not launches:
            return False
        self._known |= {_identity(launch) for launch in launches}
        launches = [launch | {"further": self._is_further(launch)} for launch in launches]
        hidden = (str(self.hidden),)
        args = {
            "kernel": str(self.kernel),
            "launches": launches,
            "arch": list(self.arch),
            "scratch": str(self.scratch),
            "limit_s": LIMIT_S,
            "further_s": FURTHER_S,
            "policy": {
                "scratch": str(self.scratch),
                "hide": list(hidden),
                "cpu_seconds": int(LIMIT_S),
                "processes": True,
                **self.isolation.shut_in((self.kernel,)),
            },
        }
        prefix = self.isolation.prefix(str(self.scratch), hidden)
        try:
            limit = PATIENCE * LIMIT_S * len(launches) * len(self.arch)
            value = self.call("compile_kernels", args, flavor="compile", timeout_s=limit, prefix=prefix)
            compiled = [from_json(Compiled, entry) for entry in value["compiled"]]
            left = [(str(entry["kernel"]), str(entry["arch"])) for entry in value["left"]]
        except (TimedOut, WorkerDied, InternalError) as exc:
            evidence.compile_error = exc.message
            return False
        except (ValueError, KeyError, TypeError) as exc:  # the file is imported there too: it may have tampered
            evidence.compile_error = f"the compiling process reported something else than its results: {exc}"
            return False
        evidence.compile_error = value.get("error") or ""
        evidence.compiled += compiled
        evidence.uncompiled.update(left)
        evidence.unknown_arch = tuple(arch for arch in self.arch if arch in value.get("unknown", ()))
        return True

    def _is_further(self, launch: dict[str, Any]) -> bool:
        """Whether one was seen that differs in numbers above 1 alone."""
        arguments = launch.get("arguments")
        if not isinstance(arguments, list):
            return False
        kind = _identity({**launch, "arguments": [_of_any_number(argument) for argument in arguments]})
        is_known = kind in self._kinds
        self._kinds.add(kind)
        return is_known


def _of_any_number(argument: dict[str, Any]) -> dict[str, Any]:
    value = argument.get("value")
    is_number = isinstance(value, int) and not isinstance(value, bool) and value > 1
    return {**argument, "value": "number"} if is_number else argument


def _launches(evidence: Evidence) -> list[dict[str, Any]]:
    """One launch for each kernel, choice of constants and types; divisibility alone makes no other. Marked: those of
    cases alone that a kernel may refuse."""
    needed: dict[str, dict[str, Any]] = {}
    further: dict[str, dict[str, Any]] = {}
    for run in evidence.runs:
        may_refuse = bool(evidence.reference) and evidence.case(run.case).get("may_refuse")
        into = further if may_refuse else needed
        for launch in run.launches if evidence.is_compiled(run) else ():
            into.setdefault(_identity(launch), launch)
    for launch in evidence.own_sizes.launches if evidence.own_sizes is not None else ():
        needed.setdefault(_identity(launch), launch)
    left = [launch | {"may_refuse": True} for identity, launch in further.items() if identity not in needed]
    return [*needed.values(), *left]


def _identity(launch: dict[str, Any]) -> str:
    """What makes a launch a compilation of its own: all but alignment and divisibility."""
    arguments = launch.get("arguments")
    if not isinstance(arguments, list):
        return json.dumps(launch, sort_keys=True)
    kept = [{k: v for k, v in a.items() if k in ("name", "kind", "dtype", "value", "items")} for a in arguments]
    return json.dumps({**launch, "arguments": kept, "may_refuse": False}, sort_keys=True)
