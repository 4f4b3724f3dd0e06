"""Task ``plain_source``: whether a model's file is plain PyTorch, by its text. ``{file}`` → ``{findings}``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from kernelagent.static.plain_source import findings
from kernelagent.worker import plain_torch


def run(args: dict[str, Any], emit: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    text = Path(args["file"]).read_text(encoding="utf-8")
    return {"findings": findings(text, plain_torch.names(), plain_torch.attributes())}
