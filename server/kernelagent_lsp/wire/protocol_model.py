"""The import of lsprotocol's classes, which is most of a server's start, in about half of its time.

attrs writes and compiles the methods of some 550 classes then. Comparing them by value and printing them are half of
that, and neither is done here: positions and ranges, which are compared, bring methods of their own.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module

import attrs


def import_protocol_model() -> None:
    """Import ``lsprotocol.types`` without the ``__eq__`` and ``__repr__`` that attrs would write."""
    define = attrs.define
    attrs.define = partial(define, eq=False, repr=False)
    try:
        import_module("lsprotocol.types")
    finally:
        attrs.define = define
