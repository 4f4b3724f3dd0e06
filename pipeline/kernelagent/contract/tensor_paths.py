"""The path of a tensor in a nested value, as text: ``states.0``, ``out.mask``, ``out['a.b']``, ``out[1]``.

A place in a list or a tuple is a number behind a dot, a key that is an identifier is a name there; every other key is
a Python literal in brackets. So two tensors of one value never have the same path.
"""

from __future__ import annotations

import re
from typing import Any

from kernelagent.contract.result_structure import key_text, plain_key


def keyed(path: str, key: Any) -> str:
    """The path of what a dictionary at ``path`` has under ``key``, or a dataclass as a field."""
    key = plain_key(key)
    return joined(path, key if isinstance(key, str) and key.isidentifier() else f"[{key_text(key)}]")


def placed(path: str, place: int) -> str:
    """The path of an item of a list or a tuple at ``path``."""
    return joined(path, str(place))


def joined(path: str, within: str) -> str:
    """``within`` begins at ``path``; either may be empty."""
    return f"{path}.{within}" if path and within and not within.startswith("[") else path + within


def told(what: str, path: str) -> str:
    """As messages say it: ``output a``, ``output['a.b']``, ``output``."""
    return f"{what}{'' if path.startswith('[') else ' '}{path}".strip()


def root_of(path: str) -> str:
    """The argument that a path of an input begins with."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]
