"""A failed verdict as a compiler would say it: what, at which line, what was expected and what came, and what next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.text import Text

from kernelagent.contract.verdict import Failure, Verification

DOCUMENTATION = "docs/verification.md"


def failure_blocks(verification: Verification, kernel: Path, reproduce: str) -> Iterator[Text]:
    """One block for each kind of check that failed. ``reproduce`` is the command that judges the kernel again."""
    lines = _lines_of(kernel)
    for failure in verification.failures:
        yield Text("\n").join(_block(failure, kernel, lines))
        yield Text("")
    if reproduce:
        yield Text.assemble(("reproduce", "bold"), f": {reproduce}")


def _block(failure: Failure, kernel: Path, lines: list[str]) -> Iterator[Text]:
    check = failure.check
    case = check.name.partition(": ")[2]
    about = f"{case}: " if case and case not in check.detail else ""
    yield Text.assemble((f"error[{check.family}]", "bold red"), (f": {about}{check.detail}", "bold"))
    width = len(str(check.line)) if check.line else 1
    margin = " " * width
    if check.line is not None and 1 <= check.line <= len(lines):
        source = lines[check.line - 1].rstrip()
        start = len(source) - len(source.lstrip())
        yield Text.assemble((f"{margin}--> ", "blue"), f"{kernel}:{check.line}")
        yield Text.assemble((f"{margin} |", "blue"))
        yield Text.assemble((f"{check.line} | ", "blue"), source)
        yield Text.assemble((f"{margin} | ", "blue"), " " * start, ("^" * (len(source) - start), "red"))
    for note in failure.notes:
        yield Text.assemble((f"{margin} = ", "blue"), note)
    yield Text.assemble((f"{margin} = ", "blue"), (f"see {DOCUMENTATION}#{_anchor(check.family)}", "dim"))


def _anchor(family: str) -> str:
    return "compiles" if family.startswith("compiles") else family.replace(" ", "-")


def _lines_of(kernel: Path) -> list[str]:
    try:
        return kernel.read_text(encoding="utf-8", errors="replace").expandtabs(4).splitlines()
    except OSError:
        return []
