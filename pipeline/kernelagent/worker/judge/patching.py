"""Replace an attribute by a function that is handed the original: the one way this judge patches Triton.

Only in processes that run one candidate and end; nothing is ever put back.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def replace(owner: Any, name: str, wrapper: Callable[..., Any]) -> None:
    """Make ``owner.name(...)`` call ``wrapper(original, ...)``. ``original`` is ``None`` where there was none."""
    original = getattr(owner, name, None)

    @functools.wraps(original if callable(original) else wrapper)
    def patched(*args: Any, **kwargs: Any) -> Any:
        return wrapper(original, *args, **kwargs)

    setattr(owner, name, patched)
