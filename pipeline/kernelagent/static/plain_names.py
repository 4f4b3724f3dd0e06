"""What plain PyTorch may name of the modules that it imports: an allow-list, since ``torch`` and the standard library
hold each other, and through them everything, as attributes."""

from __future__ import annotations

import itertools
import math
from collections import abc
from collections.abc import Mapping

TORCH_MODULES = (
    *("torch", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.nn.parameter", "torch.nn.utils"),
    *("torch.nn.utils.rnn", "torch.linalg", "torch.fft", "torch.special", "torch.cuda", "torch.ops", "torch.ops.aten"),
)
"""What may be named of each is told by the installed torch (worker/plain_torch.py)."""
IMPORTABLE = frozenset(TORCH_MODULES) - {"torch.ops", "torch.ops.aten", "torch.nn.utils"}


def _public(module: object) -> frozenset[str]:
    return frozenset(name for name in vars(module) if not name.startswith("_"))


STANDARD: Mapping[str, frozenset[str]] = {
    "__future__": frozenset({"annotations"}),
    "math": _public(math),
    "itertools": _public(itertools),
    "collections.abc": frozenset(abc.__all__),
    "collections": frozenset({"OrderedDict", "defaultdict", "deque", "namedtuple", "Counter"}),
    "dataclasses": frozenset({"dataclass", "field"}),
    "functools": frozenset({"partial", "reduce", "lru_cache", "cache"}),
    "typing": frozenset(
        {
            "Any",
            "Callable",
            "ClassVar",
            "Dict",
            "Final",
            "Generic",
            "Iterable",
            "Iterator",
            "List",
            "Literal",
            "Mapping",
        }
        | {
            "NamedTuple",
            "Optional",
            "Sequence",
            "Set",
            "Tuple",
            "Type",
            "TypeVar",
            "Union",
            "cast",
            "overload",
            "TYPE_CHECKING",
        }
    ),
}
"""``functools.wraps`` and ``typing.get_type_hints`` are not among them: they take names of attributes as strings."""

BUILTINS = frozenset(
    {"abs", "all", "any", "bool", "callable", "complex", "dict", "divmod", "enumerate", "filter", "float", "format"}
    | {"frozenset", "hasattr", "hash", "int", "isinstance", "issubclass", "iter", "len", "list", "map", "max", "min"}
    | {"next", "object", "pow", "print", "property", "range", "repr", "reversed", "round", "set", "slice", "sorted"}
    | {"staticmethod", "classmethod", "str", "sum", "super", "tuple", "zip", "NotImplemented", "Ellipsis"}
    | {"ArithmeticError", "AssertionError", "Exception", "IndexError", "KeyError", "NotImplementedError"}
    | {"RuntimeError", "StopIteration", "TypeError", "ValueError", "ZeroDivisionError", "OverflowError", "UserWarning"}
)
"""Of Python's own names; ``type`` besides, of one value."""

METHODS = frozenset(
    {"__init__", "__call__", "__len__", "__iter__", "__next__", "__getitem__", "__contains__", "__repr__", "__str__"}
    | {"__post_init__", "__eq__", "__hash__", "__enter__", "__exit__"}
)
"""Special methods that a class may define: none that is asked for names, or stands between tensors and torch."""
