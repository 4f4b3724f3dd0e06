"""How a session of ``TritonKernelAgent`` ended."""

from __future__ import annotations

from pathlib import Path

import click

from kernelagent.cli.failure import print_json, show, status_of
from kernelagent.contract.session import SessionResult
from kernelagent.driver.printable import printable


def told_session(folder: Path, result: SessionResult, as_json: bool) -> int:
    """Print it, and return the exit status that says it."""
    if as_json:
        print_json(result)
    elif result.error is not None:
        show(result.error)
        click.echo(f"  Session: {folder}", err=True)
    else:
        click.echo(printable(result.message))
        click.echo(f"Kernel: {folder / result.kernel}" if result.kernel is not None else f"Session: {folder}")
    if result.error is not None:
        return status_of(result.error)
    return 0 if result.status == "verified" else 1
