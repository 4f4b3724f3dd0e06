"""Project files are imported with their original classes: where one puts a Triton version in a class's place
(``static/wiring.py``), that statement is left out. A module that uses such a class is fused, and judged, by PyTorch."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
from typing import Any

from kernelagent.static.wiring import originals

_INSTALLED = ("site-packages", "dist-packages")


def import_originals(root: str) -> None:
    """From now on, of all that this process imports from below ``root``."""
    loaded = importlib.machinery.SourceFileLoader.get_code
    below = os.path.join(os.path.abspath(root), "")

    def get_code(loader: Any, fullname: str) -> Any:
        path = loader.get_filename(fullname)
        if path.startswith(below) and not any(part in path for part in _INSTALLED):
            text = importlib.util.decode_source(loader.get_data(path))
            if (original := originals(text)) != text:
                return compile(original, path, "exec", dont_inherit=True)
        return loaded(loader, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[assignment, method-assign]
