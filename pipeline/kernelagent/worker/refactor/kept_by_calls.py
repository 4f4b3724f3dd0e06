"""What calls of a rewritten module change besides tensors of its state: attributes, names of its file, what their
containers, functions and iterators hold. Comparing it before and after takes no guess at which call would show it."""

from __future__ import annotations

import functools
import re
import types
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import torch

from kernelagent.worker.problem.carried import raw_bytes

Standing = Mapping[str, object]
"""Place → what stands there, in a form that can be compared."""

_REGISTERED = re.compile(r"\._(?:modules|parameters|buffers)\['(\w+)'\]")
_PLAIN = (bool, int, float, complex, str, bytes, torch.dtype, torch.device, torch.Size)


def standing(model: torch.nn.Module, state: Mapping[str, torch.Tensor]) -> Standing:
    """All that ``model`` and the file of its class hold now, but for the values of the tensors of ``state``."""
    methods = [value for value in vars(type(model)).values() if isinstance(value, types.FunctionType)]
    file = methods[0].__globals__ if methods else {}
    given = {tensor.untyped_storage().data_ptr() for tensor in state.values() if tensor.numel()}
    walk = _Walk(file, given)
    for name, value in list(file.items()):
        if not _is_special(name) and name.isidentifier():  # no text of the file can name what watches it
            walk.visit(name, value)
    walk.visit("self", model)
    walk.visit("state", dict(state))
    return walk.found


def kept(before: Standing, after: Standing) -> list[str]:
    """The places at which calls in between have left something else."""
    places = [place for place in dict.fromkeys([*before, *after]) if before.get(place) != after.get(place)]
    return [_REGISTERED.sub(r".\1", place) for place in places]


class _Walk:
    def __init__(self, file: Mapping[str, Any], given: set[int]) -> None:
        self._file, self._given = file, given
        self._seen: dict[int, Any] = {}
        """By identity, with the object, so that no other gets its identity."""
        self.found: dict[str, object] = {}

    def visit(self, place: str, value: Any) -> None:
        waiting = [(place, value)]
        while waiting:
            here, one = waiting.pop()
            if id(one) in self._seen and one is not None and not isinstance(one, _PLAIN):
                self.found.setdefault(here, type(one))
                continue
            self._seen[id(one)] = one
            self.found[here] = self._own(one)
            waiting.extend(self._parts(here, one))

    def _own(self, one: Any) -> object:
        """What it is, without its parts."""
        if isinstance(one, torch.Tensor):
            strided = one.layout is torch.strided
            known = strided and one.numel() and one.untyped_storage().data_ptr() in self._given
            return repr(one) if not strided else (one.dtype, one.shape, one.stride(), None if known else _bytes(one))
        if one is None or isinstance(one, _PLAIN):
            return type(one), repr(one)  # NaN is as it was
        if isinstance(one, (dict, list, tuple, set, frozenset, deque)):
            return type(one), len(one)
        if isinstance(one, functools._lru_cache_wrapper):
            return one.cache_info().currsize
        if isinstance(one, types.GeneratorType):
            return one.gi_frame.f_lasti if one.gi_frame is not None else "used up"
        if callable(one) or isinstance(one, types.ModuleType):
            return id(one)
        return type(one) if _has_attributes(one) else _written(one)

    def _parts(self, here: str, one: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(one, dict):
            yield from ((f"{here}[{_key(key)}]", value) for key, value in list(one.items()))
        elif isinstance(one, (list, tuple, deque)):
            yield from ((f"{here}[{number}]", value) for number, value in enumerate(one))
        elif isinstance(one, (set, frozenset)):
            yield from ((f"{here}[{text}]", None) for text in sorted(map(_key, one)))
        elif isinstance(one, types.GeneratorType):
            if one.gi_frame is not None:
                yield from ((f"{here}.{name}", value) for name, value in one.gi_frame.f_locals.items())
        elif isinstance(one, types.FunctionType):
            if one.__globals__ is self._file:
                yield from self._parts_of_function(here, one)
        elif isinstance(one, type):
            if one.__module__ == self._file.get("__name__"):
                yield from _attributes(here, one)
        elif isinstance(one, types.MethodType):
            yield f"{here}.__func__", one.__func__
            yield f"{here}.__self__", one.__self__
        elif not isinstance(one, types.ModuleType):
            if wrapped := getattr(one, "__wrapped__", None):
                yield f"{here}.__wrapped__", wrapped
            if isinstance(one, (staticmethod, classmethod)):
                yield here + ".__func__", one.__func__
            elif isinstance(one, property):
                yield from ((f"{here}.{name}", getattr(one, name)) for name in ("fget", "fset", "fdel"))
            elif _has_attributes(one):
                yield from _attributes(here, one)
                if not isinstance(one, torch.Tensor):
                    yield f"{here}.__class__", type(one)

    def _parts_of_function(self, here: str, one: types.FunctionType) -> Iterator[tuple[str, Any]]:
        yield from _attributes(here, one)
        defaults = (*(one.__defaults__ or ()), *(one.__kwdefaults__ or {}).values())
        yield from ((f"a default argument of {here}", value) for value in (defaults,) if defaults)
        for name, cell in zip(one.__code__.co_freevars, one.__closure__ or (), strict=True):
            try:
                yield f"{name} of {here}", cell.cell_contents
            except ValueError:  # nothing is bound yet
                continue


def _has_attributes(one: Any) -> bool:
    return isinstance(getattr(one, "__dict__", None), (dict, types.MappingProxyType))


def _attributes(here: str, one: Any) -> Iterator[tuple[str, Any]]:
    yield from ((f"{here}.{name}", value) for name, value in list(vars(one).items()) if not _is_special(name))


def _is_special(name: object) -> bool:
    return isinstance(name, str) and name.startswith("__") and name.endswith("__")


def _key(key: Any) -> str:
    return repr(key) if isinstance(key, _PLAIN) else f"{type(key).__name__} {id(key)}"


def _bytes(tensor: torch.Tensor) -> bytes:
    plain = torch.view_as_real(tensor) if tensor.is_complex() else tensor
    return raw_bytes(plain.cpu()).numpy().tobytes()


def _written(one: Any) -> object:
    """How a C object is built anew, which tells where an iterator stands; else how it is shown."""
    try:
        return repr(one.__reduce_ex__(2))
    except Exception:  # noqa: BLE001  it can't be copied
        return repr(one)
