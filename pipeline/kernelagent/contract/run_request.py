"""``run.json``: what a run was asked for, written before anything else, so that it can go on or be run again."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kernelagent.contract.options import Options

SCHEMA = 1
_PATHS = ("interpreter", "output", "run_dir", "env_file")
_SCRIPTS = ("model", "router_model", "extract_model", "dispatch_model", "compose_model", "direct_model")
"""Models of the scripted provider are files."""


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
    from_run: str = ""
    """Path of the file relative to the run directory, which finds it where the project was moved or copied with its
    runs; empty where there is none, as between two drives."""
    schema: int = SCHEMA


def seen_from(run: Path, file: str) -> str:
    """``RunRequest.from_run``."""
    try:
        return Path(os.path.relpath(file, run)).as_posix()
    except ValueError:  # two drives
        return ""


def anchored(options: Options) -> Options:
    """``options`` as they are meant now, in the current folder: a run may go on in another."""
    names = (*_PATHS, *_SCRIPTS) if options.provider == "scripted" else _PATHS
    given = {name: getattr(options, name) for name in names}
    whole: dict[str, Any] = {name: os.path.join(os.getcwd(), path) for name, path in given.items() if path is not None}
    if options.interpreter is not None:
        whole["interpreter"] = os.path.join(os.getcwd(), os.path.expanduser(options.interpreter))
    if options.relay_url is not None and _has_secrets(options.relay_url):
        whole["relay_url"] = None
    return replace(options, **whole)


def _has_secrets(address: str) -> bool:
    """Whether there is a user, a password or a query in it, or what nobody can take apart: it is not written down, and
    has to be said again."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return True
    return bool(parts.query or parts.fragment or "@" in parts.netloc)


def moved(options: Options, before: Path, now: Path) -> Options:
    """``options`` of a project in which the module's file was ``before`` and is ``now``: its own files are meant where
    they lie now, and what is written is written there."""
    old, new = list(before.parts), list(now.parts)
    while len(old) > 1 and len(new) > 1 and old[-1] == new[-1]:
        del old[-1], new[-1]
    changed: dict[str, Any] = {}
    for name in (*_PATHS, *_SCRIPTS) if options.provider == "scripted" else _PATHS:
        path = Path(getattr(options, name) or "")
        if before == now or not path.is_relative_to(Path(*old)):
            continue
        there = Path(*new, path.relative_to(Path(*old)))
        if (there.parent if name == "output" else there).exists():
            changed[name] = str(there)
    return replace(options, **changed)
