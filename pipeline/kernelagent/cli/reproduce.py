"""The command that judges a kernel again, on the same problem."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

PROBLEM = ("inputs", "init", "mode")
"""Options that say which problem it is, beside the class and its file."""


def command_for(
    kernel: Path,
    target: str,
    case: str = "",
    named: Mapping[str, Any] = MappingProxyType({}),
    judged_with: Sequence[str] = (),
) -> str:
    """What to type to judge ``kernel`` again, on one case if it is named. ``named``: options that say which problem it
    is; ``judged_with``: those that say how to judge it."""
    said = [f"--{name}={named[name]}" for name in PROBLEM if name in named]
    said += judged_with
    only = ["--case", case] if case else []
    return shlex.join(["kernelagent", "verify", str(kernel), "--problem", target, *said, *only])
