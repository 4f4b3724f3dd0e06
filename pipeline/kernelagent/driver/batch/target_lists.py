"""Files of targets: one in a line, as on the command line; ``#`` begins a comment, also after a target."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from kernelagent.errors import TargetNotFound


def targets_in(file: Path) -> Iterator[tuple[str, str]]:
    """Each target, and where it stands (``FILE, line 3``). Paths in it count from the file's own folder. Raises
    ``TargetNotFound``."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise TargetNotFound(f"{file} cannot be read: {exc.strerror or exc}.") from exc
    except ValueError as exc:
        raise TargetNotFound(
            f"{file} is no list of targets: {exc}.", hint="Save it as UTF-8, a target a line."
        ) from exc
    for number, line in enumerate(text.splitlines(), 1):
        target = re.sub(r"(^|\s)#.*", "", line).strip()
        if target.startswith("@"):
            raise TargetNotFound(
                f"{file}, line {number}: a list of targets names no other list.", hint="Name it itself."
            )
        if target:
            yield target, f"{file}, line {number}"
