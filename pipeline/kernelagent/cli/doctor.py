"""``kernelagent doctor``: what this environment can do, and how to get the rest."""

from __future__ import annotations

from pathlib import Path

import click

from kernelagent.cli import colours
from kernelagent.cli.failure import print_json
from kernelagent.cli.shared_options import json_option
from kernelagent.contract.options import Options
from kernelagent.driver.diagnosis import diagnose

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@click.option("--interpreter", metavar="PATH", help="The Python to look at. Default: the one that fuse would use.")
@json_option
def command(interpreter: str | None, as_json: bool) -> int:
    """Say what this environment can do, and how to get the rest.

    Looks at Python, torch, Triton, NumPy, GPUs, the sandbox, keys (present or not, never their values) and disk
    space. Exit status: 0 when modules can be fused here, 1 when something that is needed is missing.
    """
    diagnosis = diagnose(Path.cwd() / "here.py", Options(interpreter=interpreter))
    failed = any(finding.status == "fail" for finding in diagnosis.findings)
    if as_json:
        print_json(diagnosis)
        return int(failed)
    width = max(len(finding.name) for finding in diagnosis.findings)
    for finding in diagnosis.findings:
        colours.echo(f"{finding.status:5}", fg=_COLOURS[finding.status], nl=False)
        click.echo(f"{finding.name:{width}}  {finding.detail}")
        if finding.remedy:
            click.echo(f"     {'':{width}}  → {finding.remedy}")
    click.echo("\nSomething that is needed is missing." if failed else "\nModules can be fused here.")
    return int(failed)
