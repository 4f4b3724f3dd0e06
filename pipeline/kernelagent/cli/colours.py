"""Words in colour, where standard output is a terminal and the user has not said ``NO_COLOR``."""

from __future__ import annotations

import os
from typing import Any

import click


def echo(text: str, *, err: bool = False, nl: bool = True, **style: Any) -> None:
    """``click.secho``, which does not look at the variable."""
    click.secho(text, err=err, nl=nl, color=False if os.environ.get("NO_COLOR") else None, **style)
