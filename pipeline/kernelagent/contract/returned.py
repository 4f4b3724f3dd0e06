"""What a module's ``forward()`` returns, where it is more than a tensor or a tuple of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Returned:
    text: str
    """Python over the names of the problem's outputs: ``Peaks(values=output.0, places=output.1)``."""
    named_tuples: tuple[str, ...] = ()
    """Those in it, each with its fields: ``Peaks(values, places)``."""
    dataclasses: tuple[str, ...] = ()
    """The same of dataclasses, for which a dictionary passes."""
    beside_fields: tuple[str, ...] = ()
    """What else users may read of a named tuple: ``Peaks.span``."""
