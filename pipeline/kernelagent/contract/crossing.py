"""Cases that are two in one: how both sides name them, and which layouts they are made with."""

from __future__ import annotations

JOINT = ", as in "
"""Between the names of the two: what is tried, and where."""
LAYOUTS = ("transposed", "sliced")
"""That each way of a kernel's file has to meet, of the inputs of a case."""
