"""Run the candidate on every case in a sandboxed process of its own, and keep what that process reports."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

from kernelagent.contract.codec import from_json
from kernelagent.driver.evidence import Execution, Report, Run
from kernelagent.driver.isolation import Isolation
from kernelagent.driver.printable import printable
from kernelagent.errors import InternalError, TimedOut, WorkerDied

CASES_LIMIT = 1000
"""More than are ever planned: a larger number was not made by the judge."""

IDLE_S = 20.0
"""A kernel that waits so long without computing waits for what never comes: nobody else is there."""


class Call(Protocol):
    """A task for a worker: ``WorkerPool.call`` with the verification's own cancel token."""

    def __call__(
        self,
        task: str,
        args: dict[str, Any],
        *,
        flavor: Literal["interpret", "compile"],
        timeout_s: float,
        on_event: Callable[[dict[str, Any]], None],
        prefix: tuple[str, ...],
    ) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Candidate:
    """A kernel file, and where its inputs, what it must not see and its scratch folder are."""

    kernel: Path
    inputs: Path
    hidden: tuple[str, ...]
    """Folders and files."""
    scratch: Path
    isolation: Isolation
    limit_s: float
    """Of processor time, for all cases together."""
    longest_s: float
    """By the clock."""
    arch: str
    """Of the GPU that stands in for one where there is none."""
    patience_s: float
    """Of processor time, without any program of a kernel ending."""
    declared: tuple[tuple[int, int], ...] = ()
    """First and last lines of calls that PyTorch may compute."""
    in_the_project: bool = False
    """It needs the module's own source, or what that imports."""
    reads: tuple[tuple[Any, ...], ...] = ()
    """Where calls begin and end that may read a number which a kernel wrote, how, and what is wrong with each."""
    idle_s: float = IDLE_S
    """All of its threads may sleep so long. A GPU computes while they do: there this is not asked."""

    def run(self, call: Call, into: Execution, *, gpu: bool, on_run: Callable[[int], None]) -> None:
        """Fill ``into`` while it runs; ``on_run`` is told how many calls were made. Whatever the candidate does ends
        here; raises ``Cancelled`` alone."""

        def note(event: dict[str, Any]) -> None:
            if event.get("event") == "sandbox":
                into.sandbox = tuple(str(layer) for layer in event.get("layers", ()))
            elif event.get("event") == "run":
                run = from_json(Run, printable(event))
                if not 0 <= run.case < CASES_LIMIT:
                    raise ValueError(f"there is no case {run.case}")
                into.runs.append(run)
                on_run(len(into.runs))

        args = {
            "kernel": str(self.kernel),
            "inputs_dir": str(self.inputs),
            "scratch": str(self.scratch),
            "device": "cuda" if gpu else "cpu",
            "arch": self.arch,
            "patience_s": self.patience_s,
            "declared": [list(lines) for lines in self.declared],
            "reads": [list(read) for read in self.reads],
            "policy": {
                "scratch": str(self.scratch),
                "hide": list(self.hidden),
                "idle_seconds": 0.0 if gpu else self.idle_s,
                "cpu_seconds": math.ceil(self.limit_s) + 1,
                "memory_bytes": (4 << 30) + 8 * sum(f.stat().st_size for f in self.inputs.glob("*.bin")),
                "gpu": gpu,
                **self.isolation.shut_in(() if self.in_the_project else (self.kernel, self.inputs)),
            },
        }
        try:
            value = call(
                "candidate",
                args,
                flavor="compile" if gpu else "interpret",
                timeout_s=self.longest_s,
                on_event=note,
                prefix=self.isolation.prefix(str(self.scratch), self.hidden),
            )
            into.report = from_json(Report, printable(value))
        except TimedOut:
            into.death = f"did not end within {self.longest_s:g} s"
        except (WorkerDied, InternalError) as exc:
            into.death = f"{exc.message}{self._crash_line()}"
        except ValueError as exc:  # the record is kept in the candidate's process, which may have tampered with it
            into.death = f"its process reported what it cannot have seen: {exc}"

    def _crash_line(self) -> str:
        """Where ``faulthandler`` saw the process die, as far as it is in the kernel file."""
        try:
            text = (self.scratch / "crash.txt").read_text(encoding="utf-8", errors="replace")[:20_000]
        except OSError:
            return ""
        mark = f'File "{self.kernel}", line '
        position = text.find(mark)
        return "" if position < 0 else f" at line {text[position + len(mark) :].split(' ')[0].strip()}"
