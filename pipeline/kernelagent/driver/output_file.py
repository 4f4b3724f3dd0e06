"""``--output``: the composed file, beside the run directory, written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from kernelagent.contract.compilable_name import FORM, ptxas_takes
from kernelagent.driver.run_directory import disk_error
from kernelagent.errors import BadOption, FolderNotWritable


def require_writable_parent(path: Path, source: Path) -> None:
    """Raise before any work is done: ``BadOption``, ``FolderNotWritable``. The module's own file stays."""
    parent = path.absolute().parent
    if path.exists() and source.exists() and os.path.samefile(path, source):
        raise BadOption(f"--output {path} is the module's own file.", hint="Name another file.")
    if path.is_dir():
        raise BadOption(f"--output {path} is a folder.", hint="Name the file to write.")
    if not parent.is_dir():
        raise BadOption(f"--output {path}: there is no folder {parent}.", hint="Create it, or name another file.")
    if not os.access(parent, os.W_OK) or (path.exists() and not os.access(path, os.W_OK)):
        raise FolderNotWritable(f"--output {path} cannot be written.", hint="Name a file in a folder that can be.")


def not_compiled_there(path: Path, arch: Iterable[str]) -> str:
    """What to say where the file can't be compiled for one of ``arch`` under the name of ``path``; empty where it can.
    What is verified is the run directory's file, whose name is its own."""
    if ptxas_takes(path.name) or not any(one.startswith("sm_") for one in arch):
        return ""
    return f"No NVIDIA GPU can run the kernels from --output {path.name}: {FORM}. Name it otherwise."


def write_output(source: Path, path: Path) -> None:
    """Copy ``source`` to ``path``: a reader sees the old file or the new one.

    Raises ``FolderNotWritable``, ``DiskFull``.
    """
    temporary = path.absolute().with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        temporary.write_bytes(source.read_bytes())
        os.replace(temporary, path)
    except OSError as exc:
        temporary.unlink(missing_ok=True)
        error = disk_error(exc, path)
        if isinstance(error, FolderNotWritable):
            error = FolderNotWritable(
                error.message, hint="Name a file in a folder that can be written to, with --output."
            )
        raise error from exc
