"""The source that a model is told where there is no graph: the module's file, and those of the project that it
imports, without which nobody can say what it computes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kernelagent.contract.problem import Problem

MOST_CHARACTERS = 60_000
"""Of imported files together."""


def told_source(problem: Problem) -> str:
    """The text of the module's file, then each file of ``problem.imports`` under a comment with its path. One that
    there is no room for, or that can't be read any more, is named."""
    own = Path(problem.text_file or problem.file).read_text(encoding="utf-8")
    imported = list(_imported(problem)) if problem.not_exported else []
    return "\n\n".join([own.rstrip(), *imported]) + "\n" if imported else own


def _imported(problem: Problem) -> Iterator[str]:
    left = MOST_CHARACTERS
    for file in problem.imports:
        try:
            text = (Path(problem.file).parent / file.path).read_text(encoding="utf-8").rstrip()
        except (OSError, UnicodeDecodeError):
            yield f"# --- {file.path}, which it imports, cannot be read"
            continue
        if len(text) > left:
            yield f"# --- {file.path}, which it imports, is too long to be shown"
            continue
        left -= len(text)
        yield f"# --- {file.path}, which it imports:\n{text}"
