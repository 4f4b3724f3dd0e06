"""``run.json``: what a run was asked for, written before anything else, so that it can go on or be run again."""

from __future__ import annotations

from dataclasses import dataclass

from kernelagent.contract.options import Options

SCHEMA = 1


@dataclass(frozen=True)
class RunRequest:
    file: str
    """Absolute path of the module's file; its text then is ``problem.py`` beside this."""
    class_name: str
    options: Options
    provider: str | None
    """Of the language model that may be asked; ``None``: none may."""
    model: str | None
    by_model: bool = False
    """A language model wrote the module."""
    schema: int = SCHEMA
