"""How an error is shown: what happened, what to do, and the exit status."""

from __future__ import annotations

import json
import sys
import tempfile
import traceback
from typing import Any

import click

from kernelagent.cli import colours
from kernelagent.contract.codec import to_json
from kernelagent.contract.result import ErrorInfo
from kernelagent.driver.printable import printable
from kernelagent.errors import CATALOGUE, BadOption, Cancelled, InternalError, KernelAgentError


def print_json(document: Any) -> None:
    """The one JSON document of ``--json``: ASCII, so that no terminal or locale can spoil it."""
    click.echo(json.dumps(to_json(document), indent=2, allow_nan=False))


def print_error(error: KernelAgentError, as_json: bool) -> int:
    """Show ``error`` and return the exit status that it asks for."""
    if as_json:
        print_json({"error": error.to_json()})
    else:
        show(ErrorInfo(error.code, error.message, error.remedy, error.file, error.line))
    return error.exit_status


def show(error: ErrorInfo) -> None:
    """Three lines on stderr: what happened, where, what to do."""
    error = printable(error)
    if error.code == Cancelled.__name__:
        click.echo(f"Cancelled. {error.hint}", err=True)
        return
    colours.echo(f"{error.code}: ", fg="red", bold=True, err=True, nl=False)
    click.echo(error.message, err=True)
    if error.file is not None and error.line is not None:
        click.echo(f"  at {error.file}:{error.line}", err=True)
    if error.hint:
        click.echo(f"  {error.hint}", err=True)


def status_of(error: ErrorInfo) -> int:
    """The exit status of an error that came back in a result."""
    return CATALOGUE.get(error.code, InternalError).exit_status


def print_usage_error(exc: click.ClickException, as_json: bool) -> int:
    """A mistake on the command line itself, as click found it."""
    hint = "See --help."
    if isinstance(exc, click.UsageError) and exc.ctx is not None:
        hint = f"See `{exc.ctx.command_path} --help`."
    return print_error(BadOption(exc.format_message(), hint=hint), as_json)


def unexpected(exc: Exception, as_json: bool) -> int:
    """A defect of this program: the traceback goes to a file."""
    text = "".join(traceback.format_exception(type(exc), exc, exc.__traceback__))
    with tempfile.NamedTemporaryFile(
        "w", prefix="kernelagent-", suffix=".log", delete=False, encoding="utf-8", errors="backslashreplace"
    ) as log:
        log.write(text)
    error = InternalError(
        f"{type(exc).__name__}: {exc}",
        hint=f"This is a defect of KernelAgent: please report it, with {log.name} and `kernelagent doctor`.",
    )
    sys.stdout.flush()
    return print_error(error, as_json)
