"""What the value of an option may be, through whichever door it comes: of its type, and within its range."""

from __future__ import annotations

import re
import types
import typing
from typing import Any

from kernelagent.contract.codec import conform
from kernelagent.contract.shown import shown
from kernelagent.errors import BadOption

ARCHITECTURE = re.compile(r"sm_\d{2,3}[af]?|gfx[0-9a-f]{3,4}")
MOST_WORKERS = 64
"""Each is a thread that waits for a model, or has what it says judged."""
_FROM_ONE = (1, 1e12)
_WORKERS = (1, MOST_WORKERS + 1)
_SECONDS = (0.001, 1e9)
_RANGES: dict[str, tuple[float, float]] = {
    "workers": _WORKERS,
    "max_iters": _FROM_ONE,
    "samples": (1, 65),
    "direct_workers": _WORKERS,
    "direct_max_iters": _FROM_ONE,
    "dispatch_jobs": _FROM_ONE,
    "budget_usd": (0, 1e9),
    "budget_tokens": (0, 1e12),
    "budget_seconds": (0, 1e9),
    "llm_timeout_s": _SECONDS,
    "test_timeout_s": _SECONDS,
}
"""What each is not less than, and what it is less than: no timer takes more seconds."""


def checked(name: str, hint: Any, value: Any, *, called: str | None = None) -> Any:
    """``value`` as the type ``hint`` has it. Raises ``BadOption`` for what the option ``name`` cannot be; ``called`` is
    its name at the door through which it came."""
    said = called or name
    try:
        fitting = conform(hint, value)
    except ValueError:
        raise _bad(said, value, _in_words(hint)) from None
    if fitting is not None and not is_within(name, fitting):
        least, most = _RANGES[name]
        raise _bad(said, value, f"a number from {least:g} to {most - 1:.12g}")
    if name == "arch" and not all(map(ARCHITECTURE.fullmatch, fitting)):
        raise _bad(said, value, "GPU architectures such as sm_90 or gfx942")
    return fitting


def is_within(name: str, value: Any) -> bool:
    """Whether the number ``value`` is within the range of the option ``name``; other options have none."""
    least, most = _RANGES.get(name, (None, None))
    return least is None or most is None or least <= value < most


def _bad(name: str, value: Any, wanted: str) -> BadOption:
    return BadOption(f"{name} = {shown(value)} is not possible: it is {wanted}.", hint="Correct it, or leave it out.")


def _in_words(hint: Any) -> str:
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return f"one of {', '.join(map(str, inside))}"
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_in_words(one) for one in inside)
    if origin is tuple:
        return 'a tuple of texts, as ("…",)'
    names = {str: "a text", bool: "True or False", int: "a whole number", float: "a number", type(None): "None"}
    return names[hint]
