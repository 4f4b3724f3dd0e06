"""Which texts are our own: files that a run generated for a class, and nobody has touched since."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from kernelagent.contract.codec import parse_json
from kernelagent.driver.run_directory import RunDirectory
from kernelagent.static.provenance import without_provenance

from kernelagent_lsp.edits.plan import same_text

IsOurs = Callable[[str], bool]
"""Whether a text is exactly one that we generated: such a file may be replaced by a newer one."""


def generated_for(runs: Path | None, path: str, class_name: str, applied: Iterable[str]) -> IsOurs:
    """Texts that a run below ``runs`` composed for ``class_name`` of the file ``path``, and those ``applied`` before.

    One character typed by hand makes a text its author's. Nothing is read before the answer is asked for.
    """

    def is_ours(text: str) -> bool:
        plain = without_provenance(text.replace("\r\n", "\n"))
        return any(same_text(text, known) for known in applied) or any(
            same_text(plain, known) for known in composed(runs, path, class_name)
        )

    return is_ours


def composed(runs: Path | None, path: str, class_name: str) -> Iterator[str]:
    """What runs below ``runs`` have composed for ``class_name`` of the file ``path``, the newest first."""
    for folder in () if runs is None else sorted(runs.glob("*/"), reverse=True):
        run = RunDirectory(folder)
        try:
            problem = parse_json(run.problem.read_bytes())
            kernel = run.composed_kernel.read_text(encoding="utf-8")
        except (OSError, ValueError):  # an unfinished run, or a folder of somebody else's
            continue
        if isinstance(problem, dict) and problem.get("class_name") == class_name and _same_file(problem, path):
            yield kernel


def _same_file(problem: dict[str, object], path: str) -> bool:
    return os.path.realpath(str(problem.get("file", ""))) == os.path.realpath(path)
