"""Frozen dataclasses to JSON and back: the one way values cross a process or reach the disk.

Supported field types: ``str int float bool None``, ``dict[str, T]``, ``tuple[T, ...]``, other frozen dataclasses,
``Optional``/unions of these, and tagged unions (dataclasses with a ``kind: Literal[...]`` class variable, see
:mod:`kernelagent.contract.events`). Non-finite floats are written as the strings ``"nan" "inf" "-inf"``, so the
output is strict JSON.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import os
import tempfile
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

from kernelagent.contract.shown import shown
from kernelagent.errors import KernelAgentError

T = TypeVar("T")

_TOO_DEEP = "it is nested too deeply"
_NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def to_json(value: Any) -> Any:
    """Turn a value of the contract into plain JSON types."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        out = {f.name: to_json(getattr(value, f.name)) for f in dataclasses.fields(value)}
        tag = getattr(type(value), "kind", None)
        return {"kind": tag, **out} if isinstance(tag, str) and "kind" not in out else out
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    if isinstance(value, dict):
        return {str(k): to_json(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(v) for v in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise TypeError(f"{type(value).__name__} is not a type of the contract")


def from_json(cls: type[T], data: Any) -> T:
    """Rebuild ``cls`` from what :func:`to_json` made of it. Unknown keys are ignored (a newer writer); missing
    keys take the field's default. Raises ``ValueError`` where there is none, and for all that does not fit."""
    try:
        return typing.cast(T, _decode(cls, data, cls.__name__))
    except RecursionError:
        raise ValueError(f"{cls.__name__}: {_TOO_DEEP}") from None


def conform(hint: Any, value: Any) -> Any:
    """``value`` as a field of the type ``hint`` has it when it comes back. Raises ``ValueError`` where it does not."""
    try:
        return _decode(hint, to_json(value), "it")
    except TypeError as exc:
        raise ValueError(str(exc)) from None


@functools.cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def _decode(hint: Any, data: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if hint is Any:
        return data
    if origin in (typing.Union, types.UnionType):
        return _decode_union(typing.get_args(hint), data, where)
    if origin is tuple:
        (item, *_) = typing.get_args(hint)
        return tuple(_decode(item, v, f"{where}[{i}]") for i, v in enumerate(_expect(list, data, where)))
    if origin is dict:
        _, item = typing.get_args(hint)
        return {k: _decode(item, v, f"{where}.{k}") for k, v in _expect(dict, data, where).items()}
    if origin is typing.Literal:
        if data not in typing.get_args(hint):
            raise ValueError(f"{where}: {shown(data)} is not one of {typing.get_args(hint)}")
        return data
    if dataclasses.is_dataclass(hint):
        return _decode_dataclass(typing.cast(type, hint), data, where)
    if hint is float:
        return _float(data, where)
    if hint is type(None) and data is None:
        return None
    return _expect(hint, data, where)


def _float(data: Any, where: str) -> float:
    if isinstance(data, str) and data in _NON_FINITE:
        return _NON_FINITE[data]
    try:
        return float(_expect(int if isinstance(data, int) else float, data, where))
    except OverflowError as exc:
        raise ValueError(f"{where}: {exc}") from exc


def _decode_union(members: tuple[Any, ...], data: Any, where: str) -> Any:
    if data is None and type(None) in members:
        return None
    if isinstance(data, dict) and "kind" in data:
        for member in members:
            if getattr(member, "kind", None) == data["kind"]:
                return _decode(member, data, where)
    for member in members:
        if member is type(None):
            continue
        try:
            return _decode(member, data, where)
        except (ValueError, TypeError):
            continue
    raise ValueError(f"{where}: {shown(data)} fits none of {members}")


def _decode_dataclass(cls: type, data: Any, where: str) -> Any:
    given = _expect(dict, data, where)
    hints = _hints(cls)
    kwargs = {
        f.name: _decode(hints[f.name], given[f.name], f"{where}.{f.name}")
        for f in dataclasses.fields(cls)
        if f.init and f.name in given
    }
    try:
        return cls(**kwargs)
    except (TypeError, KernelAgentError) as exc:
        raise ValueError(f"{where}: {exc}") from exc


def _expect(kind: Any, data: Any, where: str) -> Any:
    if (kind is int and isinstance(data, bool)) or not isinstance(data, kind):
        raise ValueError(f"{where}: expected {getattr(kind, '__name__', kind)}, got {type(data).__name__}")
    return data


def dumps(value: Any, *, indent: int | None = None) -> str:
    return json.dumps(to_json(value), indent=indent, allow_nan=False, ensure_ascii=False)


def write_json(path: str | os.PathLike[str], value: Any) -> None:
    """Write atomically: a reader sees the old file or the new one, never half of one. What has no UTF-8, as a byte of a
    path may not, is written as JSON escapes it."""
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(dumps(value, indent=2) + "\n")
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def parse_json(text: str | bytes) -> Any:
    """Raises ``ValueError`` for whatever is no JSON in UTF-8, or is nested deeper than anything that is written here:
    a file that is read again may have been torn, or have come with a repository."""
    try:
        return json.loads(text if isinstance(text, str) else text.decode("utf-8"))
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None


def read_json(path: str | os.PathLike[str], cls: type[T]) -> T:
    """Raises ``OSError``, and ``ValueError`` for a file that does not hold a ``cls``."""
    return from_json(cls, parse_json(Path(path).read_bytes()))
