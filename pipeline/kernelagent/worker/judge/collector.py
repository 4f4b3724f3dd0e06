"""The garbage collector knows every object of the process, the judge's own records among them."""

from __future__ import annotations

import gc
from typing import Any


def shut() -> None:
    """Refuse its lists from now on, in this process."""

    def refused(*args: Any) -> Any:
        raise PermissionError("a candidate has no business with the garbage collector's lists")

    for name in ("get_objects", "get_referrers", "get_referents"):
        setattr(gc, name, refused)
