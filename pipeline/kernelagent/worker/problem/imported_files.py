"""Files of the user's project that the module's file has imported: a verdict speaks of their text too."""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

from kernelagent.contract.problem import ImportedFile, Problem
from kernelagent.static.wiring import unwired_bytes

_INSTALLED = ("site-packages", "dist-packages")
_COMMON_GROUND = frozenset({"torch", "torchgen", "functorch", "triton", "numpy", "sympy"})
"""The certificate names versions of these, wherever they are installed."""
OURS = Path(__file__).resolve().parents[2]


def imported_files(problem: Problem) -> tuple[ImportedFile, ...]:
    """All that has been imported by now, whoever imported it, but for the module's own file, the standard library,
    installed packages and this one. Packages installed in place (``pip install -e``) are the project's."""
    source = Path(problem.file).resolve()
    standard_library = tuple(_standard_library())
    found = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not isinstance(file, str) or not file.endswith(".py") or name.partition(".")[0] in _COMMON_GROUND:
            continue
        if file.startswith(standard_library) or any(part in file for part in _INSTALLED):
            continue
        path = Path(file).resolve()
        if path != source and OURS not in path.parents and path.is_file():
            found.append(path)
    return told(found, source.parent)


def told(paths: Iterable[Path], folder: Path) -> tuple[ImportedFile, ...]:
    """``paths`` as they are seen from ``folder``, each once and in order."""
    found = {os.path.relpath(path, folder).replace(os.sep, "/"): path for path in paths}
    return tuple(ImportedFile(name, _sha256(path)) for name, path in sorted(found.items()))


def _sha256(path: Path) -> str:
    return hashlib.sha256(unwired_bytes(path.read_bytes())).hexdigest()


def _standard_library() -> set[str]:
    paths = sysconfig.get_paths()
    return {os.path.join(paths[name], "") for name in ("stdlib", "platstdlib") if paths.get(name)}
