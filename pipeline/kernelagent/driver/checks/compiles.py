"""Every launch compiles ahead of time for the architecture, and its shared memory fits."""

from __future__ import annotations

from collections.abc import Iterator

from kernelagent.contract.verdict import Check
from kernelagent.driver.evidence import Compiled, Evidence


def check(evidence: Evidence) -> Iterator[Check]:
    if evidence.compile_error:
        yield Check("compiles", False, evidence.compile_error)
    for arch in evidence.arch:
        entries = [e for e in evidence.compiled if e.arch == arch and not (e.may_refuse and e.error)]
        failed = [entry for entry in entries if entry.error is not None]
        if arch in evidence.unknown_arch:
            yield Check(
                f"compiles for {arch}", False, "not an architecture that is known: nothing was compiled", skipped=True
            )
        elif failed:
            yield Check(f"compiles for {arch}", False, f"{failed[0].kernel} {failed[0].error}", failed[0].line)
        elif any(not entry.unchecked for entry in entries):
            yield Check(f"compiles for {arch}", True, "; ".join(_resources(entry) for entry in entries))
        elif not evidence.compile_error:
            yield Check(f"compiles for {arch}", False, "no launch was recorded that could be compiled", skipped=True)


def _resources(entry: Compiled) -> str:
    figures = f"{entry.registers} registers, {entry.spills} bytes spilled, {entry.shared_bytes} bytes shared"
    return f"{entry.kernel}: {figures}{''.join(f' ({note})' for note in entry.notes)}"
